//! Files that go wrong, switch by switch.

use std::time::{Duration, Instant};

use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::Bench;

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo of a table";

async fn received(bench: &Bench) -> String {
    let (_, file) = bench.puts("image/jpeg", JPEG).await;
    file["id"].as_str().unwrap().to_owned()
}

async fn look_up(bench: &Bench, id: &str) -> Value {
    let (status, known) = bench.get(&format!("/{id}")).await;
    assert_eq!(status, 200, "{known}");
    known
}

async fn download(bench: &Bench, known: &Value) -> Response {
    let request = bench.http.get(known["url"].as_str().unwrap());
    let request = request.bearer_auth(&bench.hello.access_token);
    request.send().await.unwrap()
}

#[tokio::test]
async fn links_expire_and_servers_fail_for_some_downloads() {
    let bench = Bench::new().await;
    let known = look_up(&bench, &received(&bench).await).await;
    bench
        .bend(json!({"media_expired_next": 2, "media_500_next": 1}))
        .await;
    for expect in [500, 404, 404, 200] {
        assert_eq!(download(&bench, &known).await.status(), expect);
    }
    bench.bend(json!({"down": true})).await;
    assert_eq!(download(&bench, &known).await.status(), 503);
    bench
        .bend(json!({"down": false, "token_revoked": true}))
        .await;
    assert_eq!(download(&bench, &known).await.status(), 401);
}

#[tokio::test]
async fn a_file_is_gone_for_some_look_ups() {
    let bench = Bench::new().await;
    let id = received(&bench).await;
    bench.bend(json!({"media_gone_next": 1})).await;
    let (status, answer) = bench.get(&format!("/{id}")).await;
    assert_eq!(
        (status, &answer["error"]["error_subcode"]),
        (400, &json!(33))
    );
    look_up(&bench, &id).await;
}

#[tokio::test]
async fn a_download_breaks_off_in_the_middle() {
    let bench = Bench::new().await;
    let known = look_up(&bench, &received(&bench).await).await;
    bench.bend(json!({"media_cut_next": 1})).await;
    let mut answer = download(&bench, &known).await;
    assert_eq!(answer.headers()["content-length"], JPEG.len().to_string());
    let mut bytes = Vec::new();
    let broke = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => bytes.extend(chunk),
            end => break end,
        }
    };
    assert!(broke.is_err());
    assert!(JPEG.starts_with(&bytes) && bytes.len() < JPEG.len());
    assert_eq!(download(&bench, &known).await.bytes().await.unwrap(), JPEG);
}

#[tokio::test]
async fn a_download_takes_its_time() {
    let bench = Bench::new().await;
    let known = look_up(&bench, &received(&bench).await).await;
    bench.bend(json!({"media_slow_ms": 200})).await;
    let began = Instant::now();
    assert_eq!(download(&bench, &known).await.bytes().await.unwrap(), JPEG);
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_download_is_longer_than_told() {
    let bench = Bench::new().await;
    let known = look_up(&bench, &received(&bench).await).await;
    assert_eq!(known["file_size"], JPEG.len());
    bench.bend(json!({"media_oversize_mb": 3})).await;
    let answer = download(&bench, &known).await;
    assert!(answer.headers().get("content-length").is_none());
    let bytes = answer.bytes().await.unwrap();
    assert_eq!(bytes.len(), JPEG.len() + 3 * 1024 * 1024);
    assert!(bytes.starts_with(JPEG));
}

#[tokio::test]
async fn type_and_hash_are_told_wrong_everywhere() {
    let mut bench = Bench::new().await;
    let id = received(&bench).await;
    bench
        .bend(json!({"media_wrong_type": true, "media_wrong_sha256": true}))
        .await;
    let known = look_up(&bench, &id).await;
    let hash = Sha256::digest(JPEG);
    assert_eq!(known["mime_type"], "image/png");
    assert_ne!(known["sha256"], hex::encode(hash));
    let answer = download(&bench, &known).await;
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.bytes().await.unwrap(), JPEG);
    let path = format!("/customers/{}/messages", bench.id(0));
    let body = json!({"type": "image", "file": id});
    bench.control(Method::POST, &path, &body).await;
    let image = bench.webhook().await.value()["messages"][0]["image"].clone();
    assert_eq!(image["mime_type"], "image/png");
    assert_ne!(image["sha256"], STANDARD.encode(hash));
}

#[tokio::test]
async fn uploads_are_refused_on_request() {
    let bench = Bench::new().await;
    bench.bend(json!({"media_refuse_next": 1})).await;
    let parts = [
        ("messaging_product", None, b"whatsapp".to_vec()),
        ("type", None, b"image/jpeg".to_vec()),
        ("file", Some("image/jpeg".to_owned()), JPEG.to_vec()),
    ];
    let (status, answer) = bench.upload(&parts).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_053)));
    bench.uploads("image/jpeg", JPEG).await;
}
