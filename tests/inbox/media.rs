//! Files: what a customer sends is here, shown safely, and holds nothing back when it does not come.

use charla_tests::until::until;
use jiff::SignedDuration;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, RANGE};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Agent, Customer, TestApp};

/// One red pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, b'I', b'H', b'D', b'R', 0, 0, 0,
    1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, 0, 0, 0, 0x0c, b'I', b'D', b'A', b'T',
    0x08, 0xd7, 0x63, 0xf8, 0xcf, 0xc0, 0, 0, 0x03, 0x01, 0x01, 0, 0x18, 0xdd, 0x8d, 0xb0, 0, 0, 0,
    0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// What somebody gets who follows an address.
pub(crate) struct Got {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Got {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }
}

async fn file(t: &TestApp, mime: &str, name: &str, bytes: &[u8]) -> String {
    let url = format!("{}/files?filename={name}", t.sandbox.control_url);
    let put = t
        .http
        .post(url)
        .header(CONTENT_TYPE, mime)
        .body(bytes.to_vec());
    let kept: Value = put.send().await.unwrap().json().await.unwrap();
    kept["id"].as_str().unwrap().to_owned()
}

/// A picture, as a customer's phone sends it.
pub(crate) async fn picture(t: &TestApp) -> Value {
    json!({"type": "image", "file": file(t, "image/png", "a.png", PNG).await})
}

/// The file of a conversation's newest message, once it is in this state: its id.
pub(crate) async fn file_in(agent: &Agent, conversation: &str, state: &str) -> String {
    until(&format!("the file to be {state}"), async || {
        let thread = agent.thread(conversation).await;
        let media = &thread.last().unwrap()["media"][0];
        (media["state"] == state).then(|| media["id"].as_str().unwrap().to_owned())
    })
    .await
}

/// A customer sends a file that is put on their phone first.
pub(crate) async fn sends(
    t: &TestApp,
    vera: &Customer<'_>,
    kind: &str,
    mime: &str,
    bytes: &[u8],
) -> String {
    let id = file(t, mime, "a.bin", bytes).await;
    vera.sends(json!({"type": kind, "file": id})).await
}

/// The one file of the newest message, as the thread shows it.
async fn media(t: &TestApp, conversation: &str) -> Value {
    let thread = t.ana.thread(conversation).await;
    let line = thread
        .iter()
        .rfind(|line| line["direction"] == "in")
        .unwrap();
    line["media"][0].clone()
}

pub(crate) async fn in_state(t: &TestApp, conversation: &str, state: &str) -> Value {
    until(&format!("the file to be {state}"), async || {
        let media = media(t, conversation).await;
        (media["state"] == state).then_some(media)
    })
    .await
}

pub(crate) async fn because(t: &TestApp, conversation: &str, reason: &str) -> Value {
    until(
        &format!("the file not to come because of {reason}"),
        async || {
            let media = media(t, conversation).await;
            (media["reason"] == reason).then_some(media)
        },
    )
    .await
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

/// The address that Charla answers for a file, if it does.
pub(crate) async fn link(
    t: &TestApp,
    cookie: &str,
    media: &Value,
    form: &str,
) -> Result<String, u16> {
    let (ws, id) = (t.workspace, media["id"].as_str().unwrap());
    let url = format!("{}/api/v1/workspaces/{ws}/media/{id}{form}", t.url);
    let answer = browser()
        .get(url)
        .header(COOKIE, cookie)
        .send()
        .await
        .unwrap();
    match answer.headers().get("location") {
        Some(place) => Ok(format!("{}{}", t.url, place.to_str().unwrap())),
        None => Err(answer.status().as_u16()),
    }
}

pub(crate) async fn get(url: &str, range: Option<&str>) -> Got {
    let mut request = browser().get(url);
    if let Some(range) = range {
        request = request.header(RANGE, range);
    }
    let answer = request.send().await.unwrap();
    Got {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        bytes: answer.bytes().await.unwrap().to_vec(),
    }
}

test_both! {
    async fn a_picture_is_fetched_and_shown_with_a_small_one_and_in_parts(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        let media = in_state(&t, &conversation, "stored").await;
        assert_eq!((&media["mime"], &media["width"], &media["size"]), (&json!("image/png"), &json!(1), &json!(PNG.len())));
        let whole = get(&link(&t, &t.ana.cookie, &media, "").await.unwrap(), None).await;
        assert_eq!((whole.status, whole.bytes.as_slice()), (200, PNG));
        assert_eq!(whole.header("content-type"), "image/png");
        assert_eq!(whole.header("x-content-type-options"), "nosniff");
        assert!(whole.header("content-security-policy").contains("sandbox"));
        assert!(whole.header("content-disposition").starts_with("inline"));
        let small = get(&link(&t, &t.ana.cookie, &media, "?preview=true").await.unwrap(), None).await;
        assert_eq!((small.header("content-type"), &small.bytes[..2]), ("image/jpeg", &[0xff, 0xd8][..]));
        let part = get(&link(&t, &t.ana.cookie, &media, "").await.unwrap(), Some("bytes=1-3")).await;
        assert_eq!((part.status, part.bytes.as_slice()), (206, &b"PNG"[..]));
        assert_eq!(part.header("content-range"), format!("bytes 1-3/{}", PNG.len()));
        let beyond = get(&link(&t, &t.ana.cookie, &media, "").await.unwrap(), Some("bytes=900-")).await;
        assert_eq!(beyond.status, 416);
    }

    async fn a_file_is_shown_to_its_workspace_by_addresses_that_end(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        let media = in_state(&t, &conversation, "stored").await;
        assert_eq!(link(&t, "", &media, "").await, Err(401));
        let url = link(&t, &t.ana.cookie, &media, "").await.unwrap();
        assert_eq!(get(&url, None).await.status, 200, "it needs no cookie");
        let (start, end) = url.split_once("mark=").unwrap();
        let forged = format!("{start}mark={}", end.chars().rev().collect::<String>());
        assert_eq!(get(&forged, None).await.status, 410);
        assert_eq!(get(&format!("{start}mark="), None).await.status, 410);
        t.pass_here(SignedDuration::from_hours(2));
        assert_eq!(get(&url, None).await.status, 410);
    }

    async fn what_could_run_something_is_only_ever_saved_under_a_harmless_name(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let html = b"<!DOCTYPE html><script>alert(1)</script>";
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
        for (claimed, bytes, mime) in [("image/png", html.as_slice(), "text/html"), ("image/jpeg", svg, "image/svg+xml")] {
            let conversation = sends(&t, &vera, "image", claimed, bytes).await;
            let media = until("the file", async || {
                let media = media(&t, &conversation).await;
                (media["state"] == "stored" && media["size"] == bytes.len()).then_some(media)
            })
            .await;
            assert_eq!((&media["mime"], &media["preview"]), (&json!(mime), &json!(false)));
            let got = get(&link(&t, &t.ana.cookie, &media, "").await.unwrap(), None).await;
            assert_eq!(got.header("content-type"), "application/octet-stream");
            assert!(got.header("content-disposition").starts_with("attachment"));
            assert_eq!(got.bytes, bytes);
            assert_eq!(link(&t, &t.ana.cookie, &media, "?preview=true").await, Err(404));
        }
        let id = file(&t, "application/pdf", "x", b"%PDF-1.7").await;
        let conversation = vera.sends(json!({"type": "document", "file": id, "filename": "../../fac\u{202e}tura.pdf"})).await;
        let media = until("the document", async || {
            let media = media(&t, &conversation).await;
            (media["mime"] == "application/pdf" && media["state"] == "stored").then_some(media)
        })
        .await;
        let got = get(&link(&t, &t.ana.cookie, &media, "?download=true").await.unwrap(), None).await;
        assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''factura.pdf");
    }

    async fn a_picture_that_is_cut_short_says_so_and_is_saved_as_what_it_is(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let cut = &PNG[..PNG.len() / 2];
        let conversation = sends(&t, &vera, "image", "image/png", cut).await;
        let media = in_state(&t, &conversation, "stored").await;
        assert_eq!(
            [&media["reason"], &media["mime"], &media["preview"]],
            [&json!("picture_damaged"), &json!("image/png"), &json!(false)]
        );
        let got = get(&link(&t, &t.ana.cookie, &media, "").await.unwrap(), None).await;
        assert_eq!(got.header("content-type"), "application/octet-stream");
        assert_eq!(got.header("content-disposition"), "attachment; filename*=UTF-8''file.png");
        assert_eq!(got.bytes, cut);
    }

    async fn a_file_that_meta_does_not_hand_out_says_so_and_its_message_is_there(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let wrote = json!({"type": "image", "payload": {"id": "1", "mime_type": "image/jpeg", "sha256": "", "caption": "Look"}});
        let conversation = vera.sends(wrote).await;
        let media = because(&t, &conversation, "gone").await;
        assert_eq!(media["state"], "waiting", "the token may be let in later");
        assert_eq!(t.ana.thread(&conversation).await[0]["text"], "Look");
        assert_eq!(link(&t, &t.ana.cookie, &media, "").await, Err(404));
    }

    async fn a_file_comes_when_meta_answers_again_and_when_somebody_asks(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        t.revokes_the_token().await;
        let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
        let media = because(&t, &conversation, "token").await;
        assert_eq!(media["state"], "waiting");
        t.faults(json!({"token_revoked": false})).await;
        let again = format!("media/{}/fetch", media["id"].as_str().unwrap());
        assert_eq!(t.ana.post(&again, json!({})).await.said(), "204");
        in_state(&t, &conversation, "stored").await;
        assert_eq!(t.ana.post(&again, json!({})).await.said(), "404 not-found", "it is here");

        t.revokes_the_token().await;
        let other = t.customer("34600000002").await;
        let conversation = sends(&t, &other, "image", "image/png", PNG).await;
        because(&t, &conversation, "token").await;
        t.faults(json!({"token_revoked": false})).await;
        t.as_time_passes("the file", async || {
            (self::media(&t, &conversation).await["state"] == "stored").then_some(())
        })
        .await;
    }

    async fn a_contacts_files_are_those_of_whom_it_is_made_of_the_newest_first(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let first = sends(&t, &vera, "image", "image/png", PNG).await;
        in_state(&t, &first, "stored").await;
        let nerea = t.customer("34600000002").await;
        let second = sends(&t, &nerea, "document", "text/plain", b"Hola").await;
        in_state(&t, &second, "stored").await;
        nerea.sends(json!({"type": "image", "payload": {"id": "1", "mime_type": "image/jpeg"}})).await;
        let contact = async |conversation: &str| t.ana.conversation(conversation).await["contact"]["id"].clone();
        let (kept, other) = (contact(&first).await, contact(&second).await);
        let path = format!("contacts/{}", kept.as_str().unwrap());
        t.ana.post(&format!("{path}/merge"), json!({"other": other, "name": "kept"})).await.ok();

        let page = t.ana.get(&format!("{path}/files?limit=1")).await;
        assert_eq!((&page["items"][0]["kind"], &page["items"][0]["conversation_id"]), (&json!("document"), &json!(second)));
        assert_eq!(page["items"][0]["from_contact"], true);
        let before = page["next"].as_str().unwrap();
        let page = t.ana.get(&format!("{path}/files?limit=1&before={before}")).await;
        assert_eq!((&page["items"][0]["kind"], &page["items"][0]["conversation_id"]), (&json!("image"), &json!(first)));
        let before = page["next"].as_str().unwrap();
        let page = t.ana.get(&format!("{path}/files?limit=1&before={before}")).await;
        assert_eq!(page, json!({"items": [], "next": null}));

        let lines = t.ana.thread(&first).await;
        let sent = &lines.iter().find(|line| line["direction"] == "in").unwrap()["external_id"];
        vera.sends(json!({"type": "revoke", "payload": {"original_message_id": sent}})).await;
        let page = t.ana.get(&format!("{path}/files")).await;
        assert_eq!(page["items"].as_array().unwrap().len(), 1, "what was deleted is not shown");
    }

    async fn slow_files_of_one_channel_leave_places_to_another(db: TestDb) {
        let t = TestApp::new(db).await;
        t.connect_number(1).await;
        let vera = t.customer("34600000001").await;
        t.faults(json!({"media_slow_ms": 200_000})).await;
        for _ in 0..20 {
            sends(&t, &vera, "image", "image/png", PNG).await;
        }
        let downloads = async || {
            let log = t.asked("log?limit=2000").await;
            let entries = log["entries"].as_array().unwrap();
            entries.iter().filter(|entry| entry["kind"] == "GET media").count()
        };
        until("half of the places to be taken", async || (downloads().await == 8).then_some(())).await;
        t.faults(json!({"media_slow_ms": 0})).await;
        let other = json!({"type": "image", "file": file(&t, "image/png", "a.png", PNG).await, "phone_number_id": t.number(1)});
        let luis = t.customer("34600000002").await;
        t.control(&format!("customers/{}/messages", luis.id), &other).await;
        until("the file of the other channel", async || (t.rows("media", "state = 'stored'").await == 1).then_some(())).await;
        assert_eq!(downloads().await, 9, "and one channel has no more than half");
    }

    async fn the_same_picture_is_kept_once(db: TestDb) {
        let t = TestApp::new(db).await;
        for wa_id in ["34600000001", "34600000002"] {
            let vera = t.customer(wa_id).await;
            let conversation = sends(&t, &vera, "image", "image/png", PNG).await;
            in_state(&t, &conversation, "stored").await;
        }
        let hashes: Option<String> = t.found("SELECT CAST(COUNT(DISTINCT content) AS TEXT) FROM media").await;
        assert_eq!(hashes.as_deref(), Some("1"));
    }

    async fn what_was_being_fetched_when_the_process_ended_is_fetched_by_the_next(db: TestDb) {
        let mut t = TestApp::new(db).await;
        t.faults(json!({"down": true})).await;
        let id = file(&t, "image/png", "a.png", PNG).await;
        let conversation = t.customer("34600000001").await.sends(json!({"type": "image", "file": id})).await;
        because(&t, &conversation, "unreachable").await;
        t.faults(json!({"down": false})).await;
        t.restart().await;
        in_state(&t, &conversation, "stored").await;
    }
}
