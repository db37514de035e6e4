//! What arrives at the business's callback.

use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::{Arrived, Bench, options};

fn is_signed(bench: &Bench, webhook: &Arrived) -> bool {
    let mut mac = Hmac::<Sha256>::new_from_slice(bench.hello.app_secret.as_bytes()).unwrap();
    mac.update(&webhook.body);
    webhook.signature == format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_message_arrives_signed_over_its_escaped_bytes() {
    let mut bench = Bench::new().await;
    let webhook = bench.hears(0, "¿Qué tal? 🙂").await;
    assert!(is_signed(&bench, &webhook));
    assert!(webhook.body.is_ascii());
    assert!(
        webhook.text().contains(r"\u00bfQu\u00e9 tal? \ud83d\ude42"),
        "{}",
        webhook.text()
    );
    let json = webhook.json();
    let value = webhook.value();
    let message = &value["messages"][0];
    assert_eq!(json["object"], "whatsapp_business_account");
    assert_eq!(json["entry"][0]["id"], bench.hello.waba_id);
    assert!(json["entry"][0].get("time").is_none());
    assert_eq!(
        value["metadata"],
        json!({"display_phone_number": "34960001234", "phone_number_id": bench.hello.phone_number_id})
    );
    let vera = &bench.hello.customers[0];
    assert_eq!(
        value["contacts"],
        json!([{"profile": {"name": "Vera Iborra"}, "wa_id": "34600009901", "user_id": vera.bsuid}])
    );
    assert_eq!(message["from"], "34600009901");
    assert_eq!(message["from_user_id"], vera.bsuid);
    assert_eq!(message["text"]["body"], "¿Qué tal? 🙂");
    assert!(
        message["timestamp"]
            .as_str()
            .unwrap()
            .parse::<i64>()
            .is_ok()
    );
}

#[tokio::test]
async fn every_kind_of_inbound_message_can_be_written() {
    let mut bench = Bench::new().await;
    let first = bench.writes(0, "Hola").await;
    bench.webhook().await;
    for (kind, payload) in [
        (
            "image",
            json!({"id": "1", "mime_type": "image/jpeg", "sha256": "x", "caption": "Mesa"}),
        ),
        (
            "audio",
            json!({"id": "1", "mime_type": "audio/ogg; codecs=opus", "sha256": "x", "voice": true}),
        ),
        ("location", json!({"latitude": 39.47, "longitude": -0.37})),
        ("contacts", json!([{"name": {"formatted_name": "Ana"}}])),
        ("reaction", json!({"message_id": first, "emoji": "👍"})),
        (
            "interactive",
            json!({"type": "button_reply", "button_reply": {"id": "1", "title": "Sí"}}),
        ),
        ("button", json!({"payload": "1", "text": "Sí"})),
        ("order", json!({"catalog_id": "1", "product_items": []})),
        ("revoke", json!({"original_message_id": first})),
        (
            "edit",
            json!({"original_message_id": first, "message": {"type": "text", "text": {"body": "x"}}}),
        ),
        (
            "system",
            json!({"type": "user_changed_number", "wa_id": "34600009999"}),
        ),
        ("unsupported", json!({"type": "poll_creation"})),
    ] {
        let path = format!("/customers/{}/messages", bench.id(0));
        let body = json!({"type": kind, "payload": payload, "reply_to": first});
        let (status, answer) = bench.control(Method::POST, &path, &body).await;
        assert_eq!(status, 201, "{kind}: {answer}");
        let value = bench.webhook().await.value();
        let message = &value["messages"][0];
        assert_eq!(message["type"], kind);
        assert_eq!(message[kind], payload, "{kind}");
        assert_eq!(
            message["context"],
            json!({"from": "34600009901", "id": first}),
            "{kind}"
        );
        assert_eq!(value.get("contacts").is_some(), kind != "system", "{kind}");
        assert_eq!(
            message.get("errors").is_some(),
            kind == "unsupported",
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_message_may_come_from_an_ad_in_the_past() {
    let mut bench = Bench::new().await;
    let state = bench.look("/state").await;
    let now: jiff::Timestamp = state["clock"]["now"].as_str().unwrap().parse().unwrap();
    let at = now - jiff::SignedDuration::from_hours(2);
    let referral = json!({"source_type": "ad", "source_id": "1", "ctwa_clid": "x"});
    let path = format!("/customers/{}/messages", bench.id(0));
    let body = json!({"text": "Hola", "at": at, "referral": referral});
    assert_eq!(bench.control(Method::POST, &path, &body).await.0, 201);
    let message = bench.webhook().await.value()["messages"][0].clone();
    assert_eq!(message["referral"], referral);
    assert_eq!(message["timestamp"], at.as_second().to_string());
    bench.send(&bench.text_to(0, "Hola")).await;
    let sent = bench.webhook().await.value()["statuses"][0].clone();
    assert_eq!(sent["pricing"]["type"], "free_entry_point");
    let future = json!({"text": "Hola", "at": now + jiff::SignedDuration::from_hours(2)});
    let (status, problem) = bench.control(Method::POST, &path, &future).await;
    assert_eq!((status, &problem["field"]), (422, &json!("at")));
}

#[tokio::test]
async fn prices_follow_the_date_of_the_clock() {
    for (start, expect) in [
        (
            "2025-06-30T12:00:00Z",
            json!({"billable": true, "pricing_model": "CBP", "category": "service"}),
        ),
        (
            "2026-09-30T12:00:00Z",
            json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"}),
        ),
        (
            "2026-10-01T12:00:00Z",
            json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": "service"}),
        ),
    ] {
        let mut options = options();
        options.start_clock = Some(start.parse().unwrap());
        let mut bench = Bench::with(options).await;
        bench.hears(0, "Hola").await;
        bench.send(&bench.text_to(0, "Hola")).await;
        let mut prices = Vec::new();
        for _ in 0..3 {
            prices.push(bench.webhook().await.value()["statuses"][0]["pricing"].clone());
        }
        assert_eq!(prices, [expect.clone(), expect, Value::Null], "{start}");
    }
}

#[tokio::test]
async fn a_webhook_is_tried_until_it_is_accepted_and_keeps_the_order() {
    let mut bench = Bench::new().await;
    bench.answers(&[500, 503, 404, 201]);
    bench.writes(0, "one").await;
    bench.writes(1, "two").await;
    let arrived = bench.words(6).await;
    assert_eq!(arrived, ["one", "one", "one", "one", "one", "two"]);
    let log = bench.look("/log?after=0").await;
    let answers: Vec<&Value> = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["http"])
        .collect();
    assert_eq!(answers[..5], [500, 503, 404, 201, 200]);
}

#[tokio::test]
async fn a_callback_that_is_down_is_shown_as_failing() {
    let mut options = options();
    options.callback_url = Some("http://127.0.0.1:9/nobody".to_owned());
    let bench = Bench::with(options).await;
    bench.writes(0, "Hola").await;
    let log = bench.look("/log?after=0&wait=10").await;
    assert_eq!(log["entries"][0]["http"], Value::Null);
    assert_eq!(log["entries"][0]["kind"], "messages");
    let log = bench.look("/log?after=1&wait=10").await;
    assert_eq!(log["entries"][0]["n"], 2);
    let state = bench.look("/state").await;
    assert_eq!(state["callback"]["failing"], true);
    assert_eq!(state["callback"]["waiting"], 1);
}

#[tokio::test]
async fn a_body_written_by_hand_is_signed_and_delivered_as_it_is() {
    let mut bench = Bench::new().await;
    let whole = json!({"object": "whatsapp_business_account", "entry": [{"id": "7", "changes": [], "é": 1}]});
    let (status, answer) = bench.control(Method::POST, "/webhooks/raw", &whole).await;
    assert_eq!((status, &answer["http"]), (200, &json!(200)));
    let webhook = bench.webhook().await;
    assert_eq!(webhook.json(), whole);
    assert!(is_signed(&bench, &webhook) && webhook.text().contains(r"\u00e9"));
    let value = json!({"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}});
    bench.answers(&[500]);
    let (_, answer) = bench.control(Method::POST, "/webhooks/raw", &value).await;
    assert_eq!(answer["http"], 500);
    for _ in 0..2 {
        let json = bench.webhook().await.json();
        assert_eq!(json["entry"][0]["id"], bench.hello.waba_id);
        assert_eq!(json["entry"][0]["changes"], json!([value]));
    }
    let (status, _) = bench
        .control(Method::POST, "/webhooks/raw", &json!({}))
        .await;
    assert_eq!(status, 422);
}

#[tokio::test]
async fn a_body_written_by_hand_may_be_as_large_as_metas() {
    let mut bench = Bench::new().await;
    let value = json!({"value": {"filler": "x".repeat(3_000_000)}});
    let (status, answer) = bench.control(Method::POST, "/webhooks/raw", &value).await;
    assert_eq!((status, &answer["http"]), (200, &json!(200)));
    assert!(bench.webhook().await.body.len() > 3_000_000);
}
