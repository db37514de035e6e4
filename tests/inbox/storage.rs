//! Files in an S3-compatible storage; here `s3s-fs`, a real server over a folder.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use serde_json::json;
use server::media::Files;
use store::test_both;
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::harness::TestApp;
use crate::media::{PNG, because, get, in_state, link, sends};

const BUCKET: &str = "media";
const KEY: &str = "AKIACHARLA";
const SECRET: &str = "only in this test";

/// The storage, which can be away.
struct Bucket {
    folder: TempDir,
    url: String,
    away: Arc<AtomicBool>,
}

impl Bucket {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(BUCKET)).unwrap();
        let mut s3 = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        s3.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let (s3, away) = (s3.build(), Arc::new(AtomicBool::new(false)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let is_away = Arc::clone(&away);
        let answers = move |request| answer(s3.clone(), Arc::clone(&is_away), request);
        let router = axum::Router::new().fallback(answers);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { folder, url, away }
    }

    fn files(&self, secret: &str) -> Files {
        let variables = [
            ("AWS_ENDPOINT", self.url.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "eu-south-2"),
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", secret),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Files::at(&format!("s3://{BUCKET}/charla"), variables).unwrap()
    }

    fn is_away(&self, away: bool) {
        self.away.store(away, Ordering::SeqCst);
    }

    /// How many files lie in it.
    fn holds(&self) -> usize {
        count(&self.folder.path().join(BUCKET))
    }
}

async fn answer(s3: S3Service, away: Arc<AtomicBool>, request: Request) -> Response {
    if away.load(Ordering::SeqCst) {
        return (StatusCode::SERVICE_UNAVAILABLE, "SlowDown").into_response();
    }
    let answer = s3.call(request.map(s3s::Body::http_body_unsync)).await;
    answer.unwrap().map(Body::new)
}

fn count(folder: &Path) -> usize {
    let inside = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    inside
        .map(|path| if path.is_dir() { count(&path) } else { 1 })
        .sum()
}

test_both! {
    async fn files_are_kept_shown_and_read_in_part_from_a_bucket(db: TestDb) {
        let bucket = Bucket::new().await;
        let t = TestApp::storing_in(bucket.files(SECRET), db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        let media = in_state(&t, &conversation, "stored").await;
        let url = link(&t, &t.ana.cookie, &media, "").await.unwrap();
        let whole = get(&url, None).await;
        assert_eq!((whole.status, whole.bytes.as_slice()), (200, PNG));
        assert_eq!(whole.header("content-type"), "image/png");
        let part = get(&url, Some("bytes=1-3")).await;
        assert_eq!((part.status, part.bytes.as_slice()), (206, &b"PNG"[..]));
        assert_eq!(part.header("content-range"), format!("bytes 1-3/{}", PNG.len()));
        assert_eq!(get(&url, Some("bytes=900-")).await.status, 416);
        let small = get(&link(&t, &t.ana.cookie, &media, "?preview=true").await.unwrap(), None).await;
        assert_eq!((small.header("content-type"), &small.bytes[..2]), ("image/jpeg", &[0xff, 0xd8][..]));

        let luis = t.customer("34600000002").await;
        let conversation = sends(&t, &luis, "image", "image/png", PNG).await;
        in_state(&t, &conversation, "stored").await;
        assert_eq!(bucket.holds(), 2, "the picture and the small one, once");
        t.pass_here(SignedDuration::from_hours(2));
        assert_eq!(get(&url, None).await.status, 410, "an address ends");
    }

    async fn a_bucket_that_is_away_says_so_and_gets_its_files_when_it_is_back(db: TestDb) {
        let bucket = Bucket::new().await;
        let t = TestApp::storing_in(bucket.files(SECRET), db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        let there = in_state(&t, &conversation, "stored").await;
        bucket.is_away(true);
        let url = link(&t, &t.ana.cookie, &there, "").await.unwrap();
        let got = get(&url, None).await;
        let said: serde_json::Value = serde_json::from_slice(&got.bytes).unwrap();
        assert_eq!((got.status, &said["code"]), (503, &json!("storage-unavailable")));

        let luis = t.customer("34600000002").await;
        let conversation = sends(&t, &luis, "document", "application/pdf", b"%PDF-1.7 other").await;
        let waiting = because(&t, &conversation, "storage").await;
        assert_eq!(waiting["state"], "waiting");
        bucket.is_away(false);
        t.as_time_passes("the document", async || {
            let thread = t.ana.thread(&conversation).await;
            (thread[0]["media"][0]["state"] == "stored").then_some(())
        })
        .await;
        assert_eq!(get(&url, None).await.bytes, PNG);
    }

    async fn a_bucket_that_refuses_the_key_keeps_no_message_back(db: TestDb) {
        let bucket = Bucket::new().await;
        let t = TestApp::storing_in(bucket.files("of somebody else"), db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        assert_eq!(because(&t, &conversation, "storage").await["state"], "waiting");
        assert_eq!(bucket.holds(), 0);
    }
}
