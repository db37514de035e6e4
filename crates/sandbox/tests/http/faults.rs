//! Each switch, seen from outside.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Bench, answered};

#[tokio::test]
async fn webhooks_can_be_sent_twice() {
    let mut bench = Bench::new().await;
    bench.bend(json!({"webhook_duplicate": 1})).await;
    let first = bench.hears(0, "Hola").await;
    assert_eq!(bench.webhook().await, first);
    bench.bend(json!({"webhook_duplicate": 0})).await;
    bench.writes(0, "once").await;
    bench.writes(0, "and once").await;
    assert_eq!(bench.words(2).await, ["once", "and once"]);
}

#[tokio::test]
async fn statuses_can_come_in_another_order() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    bench.bend(json!({"webhook_reorder": true})).await;
    bench.send(&bench.text_to(0, "Hola")).await;
    assert_eq!(bench.words(3).await, ["read", "delivered", "sent"]);
}

#[tokio::test]
async fn updates_can_share_a_webhook() {
    let mut bench = Bench::new().await;
    bench.bend(json!({"webhook_batch": 3})).await;
    for text in ["one", "two", "three"] {
        bench.writes(0, text).await;
    }
    let value = bench.webhook().await.value();
    assert_eq!(value["messages"].as_array().unwrap().len(), 3);
    assert_eq!(value["contacts"].as_array().unwrap().len(), 1);
    bench.writes(0, "a late one").await;
    let value = bench.webhook().await.value();
    assert_eq!(value["messages"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn webhooks_can_be_lost_for_good() {
    let mut bench = Bench::new().await;
    bench.bend(json!({"webhook_drop_next": 1})).await;
    bench.writes(0, "lost").await;
    assert_eq!(bench.hears(0, "kept").await.word(), "kept");
    assert_eq!(bench.look("/faults").await["webhook_drop_next"], 0);
    let log = bench.look("/log?after=0").await;
    assert_eq!(log["entries"][0]["http"], Value::Null);
    assert_eq!(log["entries"][0]["response"], "dropped by the sandbox");
}

#[tokio::test]
async fn webhooks_can_be_held_back() {
    let mut bench = Bench::new().await;
    bench.bend(json!({"webhook_stop": true})).await;
    bench.writes(0, "one").await;
    bench.writes(1, "two").await;
    assert_eq!(bench.look("/state").await["callback"]["waiting"], 2);
    assert!(bench.came().is_empty());
    bench.bend(json!({"webhook_stop": false})).await;
    assert_eq!(bench.words(2).await, ["one", "two"]);
}

#[tokio::test]
async fn webhooks_can_be_late() {
    let mut bench = Bench::new().await;
    bench.bend(json!({"webhook_delay_ms": 150})).await;
    let began = Instant::now();
    bench.hears(0, "Hola").await;
    assert!(began.elapsed() >= Duration::from_millis(150));
    bench.bend(json!({"webhook_delay_ms": 3_600_000})).await;
    bench.writes(0, "in an hour").await;
    bench.bend(json!({"webhook_delay_ms": 0})).await;
    assert_eq!(bench.webhook().await.word(), "in an hour");
}

#[tokio::test]
async fn messages_can_fail_at_once_or_later() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let body = bench.text_to(0, "Hola");
    bench
        .bend(json!({"fail_next": {"count": 1, "code": 131_016, "when": "sync"}}))
        .await;
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (500, &json!(131_016)));
    bench
        .bend(json!({"fail_next": {"count": 1, "code": 131_026, "when": "async"}}))
        .await;
    assert_eq!(bench.send(&body).await.0, 200);
    let failed = bench.webhook().await.value();
    let status = &failed["statuses"][0];
    assert_eq!(status["status"], "failed");
    assert_eq!(status["errors"][0]["code"], 131_026);
    assert_eq!(status["errors"][0]["title"], status["errors"][0]["message"]);
    assert_eq!(failed["contacts"], json!([{"wa_id": "34600009901"}]));
    assert_eq!(bench.look("/faults").await["fail_next"], Value::Null);
    assert_eq!(bench.send(&body).await.0, 200);
}

#[tokio::test]
async fn an_answer_can_stay_out_after_the_message_was_taken() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    bench.bend(json!({"answer_never_next": 1})).await;
    let body = bench.text_to(0, "Hola");
    let token = bench.hello.access_token.clone();
    let path = bench.messages();
    let cut = bench
        .call_as(Some(&token), Method::POST, &path, Some(&body))
        .await;
    assert!(!cut.unwrap_err().is_timeout(), "the connection is closed");
    assert_eq!(bench.words(3).await, ["sent", "delivered", "read"]);
    bench.bend(json!({"answer_hang_next": 1})).await;
    let hang = bench
        .http
        .post(format!("{}{path}", bench.hello.graph_url))
        .bearer_auth(&token)
        .json(&body)
        .timeout(Duration::from_millis(200))
        .send()
        .await;
    assert!(hang.unwrap_err().is_timeout());
    assert_eq!(bench.words(3).await, ["sent", "delivered", "read"]);
    assert_eq!(bench.send(&body).await.0, 200);
    let log = bench.look("/log?after=0").await;
    let calls = log["entries"].as_array().unwrap();
    let unanswered = calls
        .iter()
        .filter(|call| call["direction"] == "from_charla" && call["http"].is_null());
    assert_eq!(unanswered.count(), 2);
}

#[tokio::test]
async fn an_answer_can_be_a_500_without_an_envelope() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let body = bench.text_to(0, "Hola");
    bench
        .bend(json!({"answer_500_next": 1, "answer_500_processed": false}))
        .await;
    let (status, answer) = bench.send(&body).await;
    assert_eq!(status, 500);
    assert!(answer.is_string(), "{answer}");
    let thread = bench.look("/customers/34600009901/messages").await;
    assert_eq!(thread["messages"].as_array().unwrap().len(), 1);
    bench
        .bend(json!({"answer_500_next": 1, "answer_500_processed": true}))
        .await;
    assert_eq!(bench.send(&body).await.0, 500);
    assert_eq!(bench.words(3).await, ["sent", "delivered", "read"]);
}

#[tokio::test]
async fn answers_can_be_late() {
    let bench = Bench::new().await;
    bench.bend(json!({"answer_delay_ms": 150})).await;
    let began = Instant::now();
    bench
        .get(&format!("/{}", bench.hello.phone_number_id))
        .await;
    assert!(began.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn meta_can_be_down_and_the_token_revoked() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let body = bench.text_to(0, "Hola");
    bench.bend(json!({"down": true})).await;
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (503, &json!(2)));
    bench
        .bend(json!({"down": false, "token_revoked": true}))
        .await;
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (401, &json!(190)));
    assert_eq!(answer["error"]["error_subcode"], 460);
    bench.bend(json!({"token_revoked": false})).await;
    assert_eq!(bench.send(&body).await.0, 200);
}

#[tokio::test]
async fn a_window_can_be_closed_on_metas_side_only() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    bench
        .bend(json!({"close_window": {"customer": "34600009901"}}))
        .await;
    let body = bench.text_to(0, "Hola");
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_047)));
    bench.bend(json!({"window_error": "async"})).await;
    assert_eq!(bench.send(&body).await.0, 200);
    let failed = bench.webhook().await.value();
    assert_eq!(failed["statuses"][0]["errors"][0]["code"], 131_047);
}

#[tokio::test]
async fn a_fault_that_does_not_exist_is_refused_and_nothing_changes() {
    let bench = Bench::new().await;
    let patch = json!({"down": true, "webhook_dealy_ms": 1});
    let (status, problem) = bench.control(Method::PUT, "/faults", &patch).await;
    assert_eq!(
        (status, &problem["field"]),
        (422, &json!("webhook_dealy_ms"))
    );
    assert_eq!(bench.look("/faults").await["down"], false);
    bench.bend(json!({"down": true})).await;
    let url = format!("{}/faults", bench.hello.control_url);
    let answer = bench.http.delete(url).send().await.unwrap();
    assert_eq!(answered(answer).await.1["down"], false);
}
