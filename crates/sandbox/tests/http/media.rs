//! Files over the Graph API.

use reqwest::{Method, Response};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::harness::{Bench, answered, form};

const JPEG: &[u8] = b"\xff\xd8\xff\xe0 a photo";

async fn download(bench: &Bench, url: &str, token: Option<&str>) -> Response {
    let mut request = bench.http.get(url);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_file_is_uploaded_looked_up_downloaded_and_deleted() {
    let bench = Bench::new().await;
    let id = bench.uploads("image/jpeg", JPEG).await;
    let (status, known) = bench.get(&format!("/v25.0/{id}")).await;
    assert_eq!(status, 200, "{known}");
    assert_eq!(known["messaging_product"], "whatsapp");
    assert_eq!(known["id"], id.as_str());
    assert_eq!(known["mime_type"], "image/jpeg");
    assert_eq!(known["file_size"], JPEG.len());
    assert_eq!(known["sha256"], hex::encode(Sha256::digest(JPEG)));
    let url = known["url"].as_str().unwrap();
    let answer = download(&bench, url, Some(&bench.hello.access_token)).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["content-length"], JPEG.len().to_string());
    assert_eq!(answer.bytes().await.unwrap(), JPEG);
    let path = format!("/v25.0/{id}");
    let deleted = answered(bench.call(Method::DELETE, &path, None).await).await;
    assert_eq!(deleted, (200, json!({"success": true})));
    let (status, answer) = bench.get(&path).await;
    assert_eq!(
        (status, &answer["error"]["error_subcode"]),
        (400, &json!(33))
    );
    let answer = download(&bench, url, Some(&bench.hello.access_token)).await;
    assert_eq!(answer.status(), 404);
}

#[tokio::test]
async fn a_link_needs_the_token_and_lives_five_minutes() {
    let bench = Bench::new().await;
    let id = bench.uploads("image/jpeg", JPEG).await;
    let look_up = async || bench.get(&format!("/{id}")).await.1["url"].clone();
    let url = look_up().await.as_str().unwrap().to_owned();
    let token = Some(bench.hello.access_token.as_str());
    for (case, url, token, expect) in [
        ("no token", url.clone(), None, 401),
        ("another token", url.clone(), Some("EAAother"), 401),
        (
            "prolonged by hand",
            url.replace("ext=", "ext=9"),
            token,
            403,
        ),
        ("as it is", url.clone(), token, 200),
    ] {
        assert_eq!(
            download(&bench, &url, token).await.status(),
            expect,
            "{case}"
        );
    }
    bench.passes(299).await;
    assert_eq!(download(&bench, &url, token).await.status(), 200);
    bench.passes(2).await;
    assert_eq!(download(&bench, &url, token).await.status(), 404);
    let fresh = look_up().await;
    let answer = download(&bench, fresh.as_str().unwrap(), token).await;
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn an_id_of_an_upload_lives_30_days() {
    let bench = Bench::new().await;
    let id = bench.uploads("text/plain; charset=utf-8", b"Hola").await;
    let path = format!("/{id}");
    bench.passes(30 * 86_400 - 60).await;
    assert_eq!(bench.get(&path).await.0, 200);
    bench.passes(60).await;
    assert_eq!(bench.get(&path).await.0, 400);
}

#[tokio::test]
async fn an_id_belongs_to_the_number_that_uploaded_it() {
    let bench = Bench::new().await;
    let id = bench.uploads("image/jpeg", JPEG).await;
    let own = &bench.hello.phone_number_id;
    for (number, expect) in [(own.as_str(), 200), ("1234", 400)] {
        let path = format!("/{id}?phone_number_id={number}");
        assert_eq!(bench.get(&path).await.0, expect, "{number}");
    }
}

#[tokio::test]
async fn a_bad_upload_is_refused_in_metas_envelope() {
    let bench = Bench::new().await;
    let big = vec![0; 5 * 1024 * 1024 + 1];
    let file = |mime_type: &str, bytes: &[u8]| ("file", Some(mime_type.to_owned()), bytes.to_vec());
    let field = |name: &'static str, value: &str| (name, None, value.as_bytes().to_vec());
    let product = || field("messaging_product", "whatsapp");
    for (case, parts, code) in [
        (
            "no product",
            vec![field("type", "image/jpeg"), file("image/jpeg", JPEG)],
            100,
        ),
        ("no type", vec![product(), file("image/jpeg", JPEG)], 100),
        ("no file", vec![product(), field("type", "image/jpeg")], 100),
        (
            "another type",
            vec![
                product(),
                field("type", "image/svg+xml"),
                file("image/svg+xml", b"<svg/>"),
            ],
            100,
        ),
        (
            "the type of the part counts",
            vec![
                product(),
                field("type", "image/jpeg"),
                file("application/octet-stream", JPEG),
            ],
            100,
        ),
        (
            "too big",
            vec![
                product(),
                field("type", "image/png"),
                file("image/png", &big),
            ],
            131_053,
        ),
        (
            "empty",
            vec![
                product(),
                field("type", "image/png"),
                file("image/png", b""),
            ],
            131_053,
        ),
    ] {
        let (status, answer) = bench.upload(&parts).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (400, &json!(code)),
            "{case}: {answer}"
        );
    }
    let (_, answer) = bench
        .upload(&[product(), field("type", "a/b"), file("a/b", b"x")])
        .await;
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("(#100) Param file must be a file with one of the following types: ")
            && message.ends_with("Received file of type 'a/b'."),
        "{message}"
    );
    let body = form(&[product()]);
    let answer = bench
        .http
        .post(bench.media())
        .header("content-type", "multipart/form-data; boundary=sandbox")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(answered(answer).await.1["error"]["code"], 200, "no token");
}

#[tokio::test]
async fn the_log_tells_of_files_and_keeps_no_bytes() {
    let bench = Bench::new().await;
    let id = bench.uploads("image/jpeg", JPEG).await;
    let url = bench.get(&format!("/{id}")).await.1["url"].clone();
    let token = Some(bench.hello.access_token.as_str());
    download(&bench, url.as_str().unwrap(), token).await;
    let log = bench.look("/log?after=0").await;
    let upload = &log["entries"][0];
    assert_eq!(upload["kind"], "POST /media");
    assert_eq!(upload["detail"]["what"], "image/jpeg");
    assert_eq!(
        upload["request"]["file"],
        json!({"filename": "file", "content_type": "image/jpeg", "bytes": JPEG.len()})
    );
    let download = &log["entries"][2];
    assert_eq!(download["kind"], "GET media");
    assert_eq!(download["detail"]["what"], "image/jpeg");
    assert_eq!(
        download["response"],
        json!({"content_type": "image/jpeg", "bytes": JPEG.len()})
    );
}

#[tokio::test]
async fn a_customers_file_is_kept_and_served_without_harm() {
    let bench = Bench::new().await;
    for (mime_type, served_as, disposition) in [
        ("image/jpeg", "image/jpeg", "inline"),
        ("audio/ogg; codecs=opus", "audio/ogg; codecs=opus", "inline"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("text/html", "application/octet-stream", "attachment"),
    ] {
        let (status, file) = bench.puts(mime_type, JPEG).await;
        assert_eq!(status, 201, "{file}");
        assert_eq!(file["file_size"], JPEG.len());
        assert_eq!(file["filename"], "photo 1.jpg");
        let url = format!(
            "{}/files/{}",
            bench.hello.control_url,
            file["id"].as_str().unwrap()
        );
        let answer = bench.http.get(url).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], served_as);
        assert_eq!(answer.headers()["content-disposition"], disposition);
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.bytes().await.unwrap(), JPEG);
    }
    assert_eq!(bench.puts("image/jpeg", b"").await.0, 422);
    let long = vec![0; 6 * 1024 * 1024];
    assert_eq!(
        bench.puts("video/mp4", &long).await.1["file_size"],
        long.len()
    );
    assert_eq!(bench.look("/files/1").await["code"], "not-found");
}

#[tokio::test]
async fn a_received_id_lives_seven_days() {
    let bench = Bench::new().await;
    let (_, file) = bench.puts("image/jpeg", JPEG).await;
    let path = format!("/{}", file["id"].as_str().unwrap());
    bench.passes(7 * 86_400 - 60).await;
    let (status, known) = bench.get(&path).await;
    assert_eq!((status, &known["mime_type"]), (200, &json!("image/jpeg")));
    bench.passes(60).await;
    assert_eq!(bench.get(&path).await.0, 400);
}
