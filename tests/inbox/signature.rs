//! Only what Meta signed comes in, and only for channels of the app that signed it.

use charla_tests::webhook::Signed;
use serde_json::json;
use store::test_both;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{TestApp, Text, body_of, signed};

const OTHER: &str = "another app's secret";

/// Twelve ways of not being signed: what is wrong, the body, the values of the header.
fn forgeries(body: &str, secret: &str) -> Vec<(&'static str, Vec<u8>, Vec<String>)> {
    let good = signed(body.to_owned(), secret).signature;
    let digits = good.strip_prefix("sha256=").unwrap().to_owned();
    let with = |secret: &str| signed(body.to_owned(), secret).signature;
    let bytes = body.as_bytes().to_vec();
    let value: serde_json::Value = serde_json::from_str(body).unwrap();
    let mut changed = bytes.clone();
    let at = body.find("Hola").unwrap();
    changed[at] ^= 1;
    vec![
        ("none", bytes.clone(), vec![]),
        ("empty", bytes.clone(), vec![String::new()]),
        (
            "sha1",
            bytes.clone(),
            vec![format!("sha1={}", &digits[..40])],
        ),
        ("wrong secret", bytes.clone(), vec![with("a guess")]),
        ("other app's secret", bytes.clone(), vec![with(OTHER)]),
        ("truncated", bytes.clone(), vec![good[..70].to_owned()]),
        (
            "upper-case hex",
            bytes.clone(),
            vec![format!("sha256={}", digits.to_uppercase())],
        ),
        (
            "re-serialised body",
            serde_json::to_vec_pretty(&value).unwrap(),
            vec![good.clone()],
        ),
        (
            "gzip body",
            [b"\x1f\x8b\x08\x00".as_slice(), &bytes].concat(),
            vec![good.clone()],
        ),
        (
            "duplicate header",
            bytes.clone(),
            vec![good.clone(), good.clone()],
        ),
        (
            "byte order mark",
            [b"\xef\xbb\xbf".as_slice(), &bytes].concat(),
            vec![good.clone()],
        ),
        ("one byte changed", changed, vec![good]),
    ]
}

async fn post(t: &TestApp, path: &str, body: Vec<u8>, signatures: &[String]) -> u16 {
    let mut request = t.http.post(format!("{}{path}", t.url)).body(body);
    for signature in signatures {
        request = request.header("x-hub-signature-256", signature);
    }
    request.send().await.unwrap().status().as_u16()
}

/// Posts a body as a plain program does, which reads nothing before it has written all of it; the status.
async fn post_whole(t: &TestApp, webhook: &Signed, framing: &str, body: &[u8]) -> u16 {
    let address = t.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /webhooks/meta HTTP/1.1\r\nhost: {address}\r\nx-hub-signature-256: {}\r\n{framing}\r\n\r\n",
        webhook.signature
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.unwrap();
    String::from_utf8_lossy(&line[9..]).parse().unwrap()
}

fn in_chunks(body: &str) -> Vec<u8> {
    let mut chunks = Vec::new();
    for piece in body.as_bytes().chunks(65_536) {
        chunks.extend(format!("{:x}\r\n", piece.len()).into_bytes());
        chunks.extend([piece, b"\r\n"].concat());
    }
    chunks.extend(b"0\r\n\r\n");
    chunks
}

async fn verify(t: &TestApp, path: &str, mode: &str, token: &str) -> (u16, String) {
    let url = format!(
        "{}{path}?hub.mode={mode}&hub.verify_token={token}&hub.challenge=1158201444",
        t.url
    );
    let answer = t.http.get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

test_both! {
    async fn what_is_not_signed_by_the_app_is_refused_and_leaves_no_row(db: TestDb) {
        let t = TestApp::new(db).await;
        t.add_app("other", OTHER).await;
        let body = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]).body;
        for (case, bytes, signatures) in forgeries(&body, &t.sandbox.app_secret) {
            let status = post(&t, "/webhooks/meta", bytes, &signatures).await;
            assert_eq!(status, 401, "{case}");
        }
        assert_eq!(t.rows("journal", "1 = 1").await, 0);
        let good = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]);
        assert_eq!(t.post(&good).await, 200, "and the same body, signed, is taken");
        assert_eq!(t.rows("journal", "1 = 1").await, 1);
    }

    async fn a_body_larger_than_any_webhook_is_refused_whether_it_says_so_or_not(db: TestDb) {
        let t = TestApp::new(db).await;
        let text = "x".repeat(5 << 20);
        let large = t.texts(&[Text::from("34600000001", "wamid.1", &text)]);
        let body = &large.body;
        let length = format!("content-length: {}", body.len());
        assert_eq!(post_whole(&t, &large, &length, body.as_bytes()).await, 413);
        let chunked = "transfer-encoding: chunked";
        assert_eq!(post_whole(&t, &large, chunked, &in_chunks(body)).await, 413);
        assert_eq!(t.rows("journal", "1 = 1").await, 0);
    }

    async fn only_who_knows_the_verify_token_is_answered(db: TestDb) {
        let t = TestApp::new(db).await;
        t.add_app("other", OTHER).await;
        let token = t.sandbox.verify_token.clone();
        for (case, path, mode, token, expect) in [
            ("right", "/webhooks/meta", "subscribe", token.as_str(), 200),
            ("right, by name", "/webhooks/meta/default", "subscribe", &token, 200),
            ("another app's path", "/webhooks/meta/other", "subscribe", &token, 200),
            ("wrong token", "/webhooks/meta", "subscribe", "guess", 403),
            ("no token", "/webhooks/meta", "subscribe", "", 403),
            ("wrong mode", "/webhooks/meta", "unsubscribe", &token, 403),
            ("no such app", "/webhooks/meta/nobody", "subscribe", &token, 403),
        ] {
            let (status, body) = verify(&t, path, mode, token).await;
            assert_eq!(status, expect, "{case}");
            assert_eq!(body == "1158201444", expect == 200, "{case}: {body}");
        }
    }

    async fn a_webhook_for_an_app_nobody_set_up_is_refused(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhook = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]);
        assert_eq!(t.post_to("/webhooks/meta/nobody", &webhook).await, 401);
        assert_eq!(t.rows("journal", "1 = 1").await, 0);
    }

    async fn an_app_is_not_believed_about_another_apps_channel(db: TestDb) {
        let t = TestApp::new(db).await;
        t.add_app("other", OTHER).await;
        let body = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]).body;
        assert_eq!(t.post_to("/webhooks/meta/other", &signed(body, OTHER)).await, 200);
        t.applied().await;
        assert_eq!(t.rows("journal", "app = 'other'").await, 1);
        assert_eq!(t.app.metrics.updates_foreign.get(), 1);
        assert_eq!(t.rows("conversations", "1 = 1").await, 0);
        assert_eq!(t.rows("contacts", "1 = 1").await, 0);
        let health = t.ana.get("health").await;
        assert_eq!(health["quarantine"], json!([]));
        assert_eq!(health["channels"][0]["last_webhook_at"], json!(null));
    }

    async fn an_event_for_a_channel_that_is_not_ours_creates_nothing(db: TestDb) {
        let t = TestApp::new(db).await;
        let change = Text::from("34600000001", "wamid.1", "Hola").change("109999999999999");
        let body = body_of(&t.sandbox.waba_id, &[change]);
        t.told(&signed(body, &t.sandbox.app_secret)).await;
        assert_eq!(t.rows("journal", "1 = 1").await, 1);
        assert_eq!(t.app.metrics.updates_foreign.get(), 1);
        assert_eq!(t.rows("messages", "1 = 1").await, 0);
        assert_eq!(t.rows("contacts", "1 = 1").await, 0);
    }

    async fn a_secret_that_was_replaced_while_we_run_counts_at_once(db: TestDb) {
        let t = TestApp::new(db).await;
        let body = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]).body;
        let store = &t.app.store;
        let token = t.sandbox.verify_token.as_bytes();
        let now = t.app.clock.system_now();
        server::channels::set_app(store, &t.app.secrets, "default", b"fresh", token, now)
            .await
            .unwrap();
        t.pass_here(jiff::SignedDuration::from_secs(2));
        assert_eq!(t.post(&signed(body.clone(), "fresh")).await, 200);
        assert_eq!(t.post(&signed(body, &t.sandbox.app_secret)).await, 401);
    }
}
