//! Every kind of message there is, from Meta's JSON to the line of the thread.

use serde_json::Value;
use store::test_both;
use store::testing::Part;

use crate::harness::{TestApp, signed};

/// The number that the fixtures write to.
const NUMBER: &str = "520000000000001";
const FIXTURES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/meta/fixtures/whatsapp"
);

/// The fixture, the kind of its line, and what that is made of.
const KINDS: [(&str, &str, &[&str]); 46] = [
    ("text", "text", &[]),
    ("text_reply", "text", &["quoted"]),
    ("text_forwarded", "text", &["forwarded"]),
    ("text_frequently_forwarded", "text", &["forwarded"]),
    ("text_about_a_product", "text", &["product", "quoted"]),
    ("text_from_an_ad", "text", &["referral"]),
    ("text_from_a_video_ad", "text", &["referral"]),
    ("text_with_every_id", "text", &[]),
    ("image", "image", &["media"]),
    ("image_from_a_post", "image", &["media", "referral"]),
    ("video", "video", &["media"]),
    ("audio", "audio", &["media"]),
    ("voice", "voice", &["media"]),
    ("document", "document", &["media"]),
    ("sticker", "sticker", &["media"]),
    ("location", "location", &["location"]),
    ("location_bare", "location", &["location"]),
    ("contacts", "contacts", &["contacts", "raw"]),
    (
        "contacts_with_every_field",
        "contacts",
        &["contacts", "raw"],
    ),
    (
        "contacts_answer_to_a_request",
        "contacts",
        &["contacts", "raw", "quoted"],
    ),
    (
        "interactive_button_reply",
        "interactive",
        &["choice", "quoted"],
    ),
    (
        "interactive_list_reply",
        "interactive",
        &["choice", "quoted"],
    ),
    (
        "interactive_flow_reply",
        "interactive",
        &["form", "raw", "quoted"],
    ),
    (
        "interactive_flow_reply_that_is_no_object",
        "interactive",
        &["form", "raw", "quoted"],
    ),
    (
        "interactive_address_reply",
        "interactive",
        &["form", "raw", "quoted"],
    ),
    (
        "interactive_call_permission_refused",
        "interactive",
        &["raw", "quoted"],
    ),
    (
        "interactive_call_permission",
        "interactive",
        &["raw", "quoted"],
    ),
    (
        "interactive_of_a_new_type",
        "unsupported",
        &["not_passed_on", "raw"],
    ),
    (
        "interactive_without_its_object",
        "unsupported",
        &["not_passed_on", "raw"],
    ),
    ("button", "button", &["choice", "quoted"]),
    ("button_without_context", "button", &["choice"]),
    ("reaction", "reaction", &["reaction"]),
    ("order", "order", &["order", "raw"]),
    ("edit_text", "edit", &["change"]),
    ("edit_text_without_a_type", "edit", &["change"]),
    ("edit_image", "edit", &["change", "media"]),
    ("revoke", "revoke", &["change"]),
    ("system_user_changed_number", "number_changed", &["event"]),
    (
        "system_customer_identity_changed",
        "system",
        &["raw", "raw"],
    ),
    ("system_of_a_new_type", "system", &["raw"]),
    ("request_welcome", "request_welcome", &[]),
    ("unsupported", "unsupported", &["not_passed_on", "raw"]),
    (
        "unsupported_older",
        "unsupported",
        &["not_passed_on", "raw"],
    ),
    ("unsupported_edit", "unsupported", &["not_passed_on", "raw"]),
    (
        "media_that_meta_could_not_fetch",
        "unsupported",
        &["not_passed_on", "raw"],
    ),
    (
        "type_nobody_knows",
        "unknown",
        &["not_passed_on", "raw", "quoted"],
    ),
];

/// The line of a message, wherever it is.
async fn line(t: &TestApp, external_id: &str) -> Value {
    for conversation in t.ana.view("all").await {
        let thread = t.ana.thread(conversation["id"].as_str().unwrap()).await;
        if let Some(found) = thread.iter().find(|l| l["external_id"] == external_id) {
            return found.clone();
        }
    }
    panic!("{external_id} is in no thread")
}

test_both! {
    async fn every_kind_that_meta_sends_is_a_line_of_the_thread(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut wrong = Vec::new();
        for (name, kind, parts) in KINDS {
            let body = std::fs::read_to_string(format!("{FIXTURES}/{name}.json")).unwrap();
            let payload: Value = serde_json::from_str(&body).unwrap();
            let message = &payload["entry"][0]["changes"][0]["value"]["messages"][0];
            let body = body.replace(NUMBER, t.number(0));
            t.told(&signed(body, &t.sandbox.app_secret)).await;
            let line = line(&t, message["id"].as_str().unwrap()).await;
            let made_of: Vec<&str> = line["parts"].as_array().unwrap().iter().map(|p| p["type"].as_str().unwrap()).collect();
            if line["kind"] != kind || made_of != parts {
                wrong.push(format!("{name}: {} {made_of:?}", line["kind"]));
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    async fn what_was_kept_raw_before_it_could_be_read_is_shown_as_its_card(db: TestDb) {
        let t = TestApp::new(db).await;
        for (name, external_id) in [("contacts", "wamid.CARD1"), ("order", "wamid.ORDER1")] {
            let body = std::fs::read_to_string(format!("{FIXTURES}/{name}.json")).unwrap();
            t.told(&signed(body.replace(NUMBER, t.number(0)), &t.sandbox.app_secret)).await;
            let today = line(&t, external_id).await["parts"].clone();
            let kept = today.as_array().unwrap()[1..].to_vec();
            let as_then = Value::from(kept).to_string().replace('\'', "''");
            let set = format!("UPDATE messages SET parts = '{as_then}' WHERE external_id = '{external_id}'");
            t.app.store.meddle(Part::Main, &set).await;
            assert_eq!(line(&t, external_id).await["parts"], today, "{name}");
        }
    }

    async fn a_notice_brings_no_sentence_of_metas(db: TestDb) {
        let t = TestApp::new(db).await;
        let body = std::fs::read_to_string(format!("{FIXTURES}/system_of_a_new_type.json")).unwrap();
        t.told(&signed(body.replace(NUMBER, t.number(0)), &t.sandbox.app_secret)).await;
        let notice = line(&t, "wamid.SYS21").await;
        assert_eq!(notice["text"], Value::Null);
        assert_eq!(notice["parts"][0]["json"]["body"], "User Lucía did something new", "it is kept for the details");
        assert_eq!(t.ana.view("all").await[0]["preview"]["text"], "");
    }
}
