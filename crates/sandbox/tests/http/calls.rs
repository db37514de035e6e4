//! `POST /{phone_number_id}/messages`.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Bench, answered};

#[tokio::test]
async fn a_text_is_accepted_and_its_statuses_follow() {
    let mut bench = Bench::new().await;
    let inbound = bench.hears(0, "Hola").await;
    let mut body = bench.text_to(0, "Hola Vera");
    body["biz_opaque_callback_data"] = json!("try_1");
    body["context"] = json!({"message_id": inbound.value()["messages"][0]["id"]});
    let (status, answer) = bench.send(&body).await;
    assert_eq!(status, 200, "{answer}");
    let id = answer["messages"][0]["id"].as_str().unwrap();
    assert!(id.starts_with("wamid.HBgL"), "{id}");
    assert_eq!(
        answer,
        json!({
            "messaging_product": "whatsapp",
            "contacts": [{"input": "+34600009901", "wa_id": "34600009901"}],
            "messages": [{"id": id}],
        })
    );
    for word in ["sent", "delivered", "read"] {
        let value = bench.webhook().await.value();
        let status = &value["statuses"][0];
        assert_eq!(status["status"], word);
        assert_eq!(status["id"], id);
        assert_eq!(status["recipient_id"], "34600009901");
        assert_eq!(status["biz_opaque_callback_data"], "try_1");
        assert!(status["timestamp"].is_string());
        assert_eq!(value["contacts"][0]["wa_id"], "34600009901");
    }
    let phone = bench.look("/customers/34600009901/messages").await;
    assert_eq!(phone["messages"][1]["text"], "Hola Vera");
    assert_eq!(phone["messages"][1]["from"], "business");
    assert_eq!(phone["messages"][1]["status"], "read");
    assert_eq!(phone["messages"][1]["reply_to"], phone["messages"][0]["id"]);
}

#[tokio::test]
async fn a_customer_without_a_number_is_written_to_by_bsuid() {
    let mut bench = Bench::new().await;
    let nerea = 2;
    let bsuid = bench.hello.customers[nerea].bsuid.clone();
    assert_eq!(bench.hello.customers[nerea].wa_id, None);
    let inbound = bench.hears(nerea, "Hola").await.value();
    assert_eq!(inbound["messages"][0]["from_user_id"], bsuid);
    assert!(inbound["messages"][0].get("from").is_none());
    let (status, answer) = bench.send(&bench.text_to(nerea, "Hola Nerea")).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(
        answer["contacts"],
        json!([{"input": bsuid, "user_id": bsuid}])
    );
    let sent = bench.webhook().await.value();
    assert_eq!(sent["statuses"][0]["recipient_user_id"], bsuid);
    assert!(sent["statuses"][0].get("recipient_id").is_none());
}

/// A good body with some fields replaced, or removed by null.
pub(crate) fn with(good: &Value, patch: &Value) -> Value {
    let mut body = good.clone();
    for (key, value) in patch.as_object().unwrap() {
        if value.is_null() {
            body.as_object_mut().unwrap().remove(key);
        } else {
            body[key] = value.clone();
        }
    }
    body
}

/// Sends a text to Vera, whose window is open, with a patch; it is refused in Meta's envelope.
pub(crate) async fn refused(bench: &Bench, case: &str, patch: Value, http: u16, code: u32) {
    let body = with(&bench.text_to(0, "Hola"), &patch);
    let (status, answer) = bench.send(&body).await;
    let error = &answer["error"];
    assert_eq!(
        (status, &error["code"]),
        (http, &json!(code)),
        "{case}: {answer}"
    );
    assert_eq!(error["type"], "OAuthException", "{case}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with(&format!("(#{code}) ")),
        "{case}: {message}"
    );
    assert!(error["fbtrace_id"].as_str().unwrap().len() > 10, "{case}");
    if code > 1_000 {
        assert_eq!(
            error["error_data"]["messaging_product"], "whatsapp",
            "{case}"
        );
        assert!(error["error_data"]["details"].is_string(), "{case}");
    }
}

#[tokio::test]
async fn bad_parameters_are_refused_in_metas_envelope() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let long = "x".repeat(4_097);
    for (case, patch, code) in [
        ("no product", json!({"messaging_product": null}), 100),
        ("nobody", json!({"to": null}), 131_008),
        ("letters", json!({"to": "+34 vera"}), 131_009),
        ("a number as number", json!({"to": 34_600_009_901_u64}), 100),
        ("no text", json!({"text": null}), 131_008),
        ("empty", json!({"text": {"body": ""}}), 100),
        ("too long", json!({"text": {"body": long}}), 100),
        (
            "preview",
            json!({"text": {"body": "x", "preview_url": "yes"}}),
            100,
        ),
        (
            "callback data",
            json!({"biz_opaque_callback_data": "x".repeat(513)}),
            100,
        ),
        (
            "read of nothing",
            json!({"status": "read", "message_id": "wamid.x"}),
            131_009,
        ),
        ("read of no message", json!({"status": "read"}), 100),
        ("other status", json!({"status": "seen"}), 100),
    ] {
        refused(&bench, case, patch, 400, code).await;
    }
    let longest = json!({"text": {"body": "ñ".repeat(4_096)}});
    let body = with(&bench.text_to(0, ""), &longest);
    assert_eq!(bench.send(&body).await.0, 200);
}

#[tokio::test]
async fn what_the_rules_forbid_is_refused_in_metas_envelope() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let template = json!({"name": "hello", "language": {"code": "en"}});
    for (case, patch, http, code) in [
        ("itself", json!({"to": "+34960001234"}), 400, 131_021),
        ("group", json!({"recipient_type": "group"}), 400, 131_051),
        (
            "order",
            json!({"type": "order", "order": {"catalog_id": "1"}}),
            400,
            131_051,
        ),
        ("no such type", json!({"type": "gif"}), 400, 100),
        (
            "template",
            json!({"type": "template", "template": template}),
            404,
            132_001,
        ),
        ("closed window", json!({"to": "+34600009903"}), 400, 131_047),
    ] {
        refused(&bench, case, patch, http, code).await;
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_bad_parameter() {
    let bench = Bench::new().await;
    let answer = bench
        .http
        .post(format!("{}{}", bench.hello.graph_url, bench.messages()))
        .bearer_auth(&bench.hello.access_token)
        .body("{\"messaging_product\":")
        .send()
        .await
        .unwrap();
    let (status, answer) = answered(answer).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
}

#[tokio::test]
async fn a_token_is_asked_for() {
    let bench = Bench::new().await;
    let body = bench.text_to(0, "Hola");
    for (case, token, http, code) in [
        ("none", None, 403, 200),
        ("another", Some("EAAother"), 401, 190),
    ] {
        let path = bench.messages();
        let answer = bench
            .call_as(token, Method::POST, &path, Some(&body))
            .await
            .unwrap();
        let (status, answer) = answered(answer).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (http, &json!(code)),
            "{case}"
        );
    }
}

#[tokio::test]
async fn unknown_ids_and_paths_are_method_exceptions() {
    let bench = Bench::new().await;
    let own = bench.hello.phone_number_id.clone();
    for path in [
        "/v25.0/1234/messages".to_owned(),
        format!("/v25.0/{own}/nothing"),
    ] {
        let body = bench.text_to(0, "Hola");
        let (status, answer) = answered(bench.call(Method::POST, &path, Some(&body)).await).await;
        let error = &answer["error"];
        assert_eq!(status, 400, "{path}");
        assert_eq!(error["type"], "GraphMethodException", "{path}");
        assert_eq!(
            (&error["code"], &error["error_subcode"]),
            (&json!(100), &json!(33)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_version_is_optional_and_is_told() {
    let bench = Bench::new().await;
    let id = &bench.hello.phone_number_id;
    for (path, version) in [
        (format!("/{id}"), "v25.0"),
        (format!("/v23.0/{id}"), "v23.0"),
        (format!("/v14.0/{id}"), "v21.0"),
    ] {
        let answer = bench.call(Method::GET, &path, None).await;
        assert_eq!(answer.headers()["facebook-api-version"], version);
        assert_eq!(
            answer.headers()["content-type"],
            "application/json; charset=UTF-8"
        );
        assert_eq!(answered(answer).await.1["id"], *id);
    }
    let (status, answer) = bench.get(&format!("/v99.0/{id}")).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(2_500)));
    let message = format!("Unknown path components: /{id}");
    assert_eq!(answer["error"]["message"], message);
}

#[tokio::test]
async fn an_error_names_its_trace_and_who_is_to_blame() {
    let bench = Bench::new().await;
    let path = format!("/{}", bench.hello.phone_number_id);
    for (token, challenge) in [
        (Some("EAAother"), Some("invalid_token")),
        (None, Some("insufficient_scope")),
        (Some(bench.hello.access_token.as_str()), None),
    ] {
        let answer = bench.call_as(token, Method::GET, &path, None).await;
        let answer = answer.unwrap();
        let header = |name| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (trace, blame) = (header("x-fb-trace-id"), header("www-authenticate"));
        let begins = challenge.map(|word| format!(r#"OAuth "Facebook Platform" "{word}" "#));
        assert_eq!(begins.is_some(), blame.is_some());
        assert!(
            blame
                .unwrap_or_default()
                .starts_with(&begins.unwrap_or_default())
        );
        let error = answered(answer).await.1["error"].clone();
        assert!(error.is_null() || error["fbtrace_id"] == trace.unwrap());
    }
}

#[tokio::test]
async fn a_customer_is_answered_at_the_wa_id_of_the_webhook() {
    let mut bench = Bench::new().await;
    let wa_id = bench.hears(0, "Hola").await.value()["messages"][0]["from"].clone();
    for to in [&wa_id, &json!("+34 600 00-99 (01)"), &json!("600009901")] {
        let body = with(&bench.text_to(0, "Hola"), &json!({"to": to}));
        let (status, answer) = bench.send(&body).await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["contacts"], json!([{"input": to, "wa_id": wa_id}]));
    }
}

#[tokio::test]
async fn what_meta_does_not_know_is_passed_over() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let more = json!({
        "type": "TEXT",
        "recipient_type": "INDIVIDUAL",
        "recipient": bench.hello.customers[2].bsuid,
        "text": {"body": "Hola", "colour": "red"},
        "of_next_year": {},
    });
    let body = with(&bench.text_to(0, ""), &more);
    let (status, answer) = bench.send(&body).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"][0]["wa_id"], "34600009901", "to wins");
}

#[tokio::test]
async fn a_call_may_be_a_form_with_the_token_in_it() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let form = reqwest::Url::parse_with_params(
        "http://form/",
        [
            ("messaging_product", "whatsapp"),
            ("to", "+34600009901"),
            ("type", "text"),
            ("text", r#"{"body":"Hola","preview_url":"true"}"#),
            ("access_token", &bench.hello.access_token),
        ],
    );
    let answer = bench
        .http
        .post(format!("{}{}", bench.hello.graph_url, bench.messages()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.unwrap().query().unwrap().to_owned())
        .send()
        .await
        .unwrap();
    let (status, answer) = answered(answer).await;
    assert_eq!(status, 200, "{answer}");
    let phone = bench.look("/customers/34600009901/messages").await;
    assert_eq!(phone["messages"][1]["text"], "Hola");
}

#[tokio::test]
async fn reading_and_typing_show_on_the_phone() {
    let mut bench = Bench::new().await;
    let id = bench.hears(0, "Hola").await.value()["messages"][0]["id"].clone();
    let body = json!({
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": id,
        "typing_indicator": {"type": "text"},
    });
    assert_eq!(bench.send(&body).await, (200, json!({"success": true})));
    let phone = bench.look("/customers/34600009901/messages").await;
    assert_eq!(phone["messages"][0]["status"], "read");
    let state = bench.look("/state").await;
    assert_eq!(state["customers"][0]["threads"][0]["typing"], true);
}

#[tokio::test]
async fn the_46th_message_at_once_meets_the_pair_rate() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let body = bench.text_to(0, "Hola");
    for _ in 0..45 {
        assert_eq!(bench.send(&body).await.0, 200);
    }
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_056)));
    let moved = json!({"advance_seconds": 6});
    assert_eq!(bench.control(Method::POST, "/clock", &moved).await.0, 200);
    assert_eq!(bench.send(&body).await.0, 200);
}

#[tokio::test]
async fn a_number_has_a_throughput() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    bench.bend(json!({"throughput_per_second": 0})).await;
    let body = bench.text_to(0, "Hola");
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(130_429)));
    bench.bend(json!({"throughput_per_second": 80})).await;
    assert_eq!(bench.send(&body).await.0, 200);
}
