//! The control API and the page.

use std::sync::{Arc, Mutex};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Bench, answered, options};

#[tokio::test]
async fn hello_names_everything_and_the_last_customer_never_wrote() {
    let mut with_sample = options();
    with_sample.sample = true;
    let mut bench = Bench::with(with_sample).await;
    let hello = serde_json::to_value(&bench.hello).unwrap();
    for key in ["app_id", "waba_id", "phone_number_id"] {
        let id = hello[key].as_str().unwrap();
        assert!(
            id.len() >= 15 && id.bytes().all(|b| b.is_ascii_digit()),
            "{key}"
        );
    }
    assert_eq!(hello["graph_url"], bench.sandbox.url());
    assert_eq!(
        hello["control_url"],
        format!("{}/control", bench.sandbox.url())
    );
    assert_eq!(hello["app_secret"].as_str().unwrap().len(), 32);
    let customers = hello["customers"].as_array().unwrap();
    assert_eq!(customers.iter().filter(|c| c["wa_id"].is_null()).count(), 1);
    let again = Bench::with(options()).await;
    assert_eq!(
        again.hello.app_secret, bench.hello.app_secret,
        "the seed decides"
    );

    let state = bench.look("/state").await;
    let people = state["customers"].as_array().unwrap();
    let (last, others) = people.split_last().unwrap();
    assert!(
        others
            .iter()
            .all(|c| c["threads"][0]["last_inbound"].is_string())
    );
    assert_eq!(last["threads"], json!([]));
    assert_eq!(bench.words(8).await.len(), 8);
}

#[tokio::test]
async fn a_callback_that_is_no_address_stops_the_start() {
    let mut options = options();
    options.callback_url = Some("localhost:8080/webhooks".to_owned());
    let why = sandbox::Sandbox::start(options)
        .await
        .err()
        .unwrap()
        .to_string();
    assert!(why.ends_with("localhost:8080/webhooks"), "{why}");
}

#[tokio::test]
async fn secrets_are_drawn_anew_or_given() {
    let fresh = async || {
        let mut options = options();
        options.seed = None;
        options.app_secret = None;
        options.access_token = Some("EAAgiven".to_owned());
        Bench::with(options).await.hello
    };
    let (one, two) = (fresh().await, fresh().await);
    assert_ne!(one.app_secret, two.app_secret);
    assert_eq!(one.access_token, "EAAgiven");
}

#[tokio::test]
async fn a_message_that_cannot_be_written_names_the_field() {
    let bench = Bench::new().await;
    let path = "/customers/34600009901/messages";
    for (case, body, field) in [
        ("empty", json!({"type": "text", "text": ""}), "text"),
        ("no text", json!({"type": "text"}), "text"),
        ("a number", json!({"text": 5}), "text"),
        (
            "text with a place",
            json!({"type": "location", "text": "x"}),
            "type",
        ),
        ("a place without", json!({"type": "location"}), "payload"),
        (
            "no such number",
            json!({"text": "x", "phone_number_id": "1"}),
            "phone_number_id",
        ),
        (
            "misspelled",
            json!({"text": "x", "reply": "wamid.x"}),
            "reply",
        ),
        ("no instant", json!({"text": "x", "at": "yesterday"}), "at"),
        (
            "not yet",
            json!({"text": "x", "at": "2999-01-01T00:00:00Z"}),
            "at",
        ),
    ] {
        let (status, problem) = bench.control(Method::POST, path, &body).await;
        assert_eq!(
            (status, &problem["field"]),
            (422, &json!(field)),
            "{case}: {problem}"
        );
    }
    let (status, problem) = bench.control(Method::POST, "/customers", &json!({})).await;
    assert_eq!((status, &problem["field"]), (422, &json!("name")));
    let nobody = "/customers/34999999999/messages";
    let (status, problem) = bench
        .control(Method::POST, nobody, &json!({"text": "x"}))
        .await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")));
}

#[tokio::test]
async fn what_is_no_json_or_no_method_is_a_problem() {
    let bench = Bench::new().await;
    let url = format!("{}/customers/34600009901/messages", bench.hello.control_url);
    for (body, kind, status) in [
        (r#"{"text":"#, "application/json", 400),
        (r#"{"text":"x"} {}"#, "application/json", 400),
        (r#"{"text":"x"}"#, "text/plain", 415),
    ] {
        let request = bench.http.post(&url).header("content-type", kind);
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let (http, problem) = answered(answer).await;
        assert_eq!(
            (http, &problem["code"]),
            (status, &json!("not-json")),
            "{problem}"
        );
    }
    for (query, names) in [("after=x", "after"), ("aftr=1", "aftr")] {
        let log = format!("{}/log?{query}", bench.hello.control_url);
        let (http, problem) = answered(bench.http.get(log).send().await.unwrap()).await;
        let title = problem["title"].as_str().unwrap();
        assert!(http == 422 && title.contains(names), "{problem}");
    }
    let misspelled = json!({"close_window": {"customer": "34600009901", "number": "1"}});
    let (status, problem) = bench.control(Method::PATCH, "/faults", &misspelled).await;
    assert_eq!((status, &problem["field"]), (422, &json!("close_window")));
    let answer = bench.http.delete(&url).send().await.unwrap();
    assert_eq!(answered(answer).await.1["code"], "method-not-allowed");
    let listed = bench.look("/customers").await;
    assert_eq!(listed["customers"][0]["wa_id"], "34600009901");
    assert_eq!(bench.look("/messages").await["messages"], json!([]));
}

#[tokio::test]
async fn customers_can_be_added_and_changed() {
    let mut bench = Bench::new().await;
    let add = async |body: Value| bench.control(Method::POST, "/customers", &body).await;
    let (status, ana) = add(json!({"name": "Ana", "wa_id": "5491100000001"})).await;
    assert_eq!(status, 201);
    assert_eq!(ana["id"], "5491100000001");
    assert!(ana["bsuid"].as_str().unwrap().starts_with("AR."));
    let (_, leo) = add(json!({"name": "Leo", "username": "leo.m"})).await;
    assert_eq!((&leo["id"], &leo["wa_id"]), (&leo["bsuid"], &Value::Null));
    for (case, body, status, field) in [
        ("no name", json!({"name": " "}), 422, json!("name")),
        (
            "plus",
            json!({"name": "A", "wa_id": "+5491100000001"}),
            422,
            json!("wa_id"),
        ),
        (
            "no bsuid",
            json!({"name": "A", "bsuid": "x"}),
            422,
            json!("bsuid"),
        ),
        (
            "taken",
            json!({"name": "A", "wa_id": "5491100000001"}),
            409,
            Value::Null,
        ),
    ] {
        let (got, problem) = add(body).await;
        assert_eq!((got, problem["field"].clone()), (status, field), "{case}");
    }
    let patch = json!({"reads": "manual"});
    let (status, ana) = bench
        .control(Method::PATCH, "/customers/5491100000001", &patch)
        .await;
    assert_eq!(
        (status, &ana["reads"], &ana["online"]),
        (200, &json!("manual"), &json!(true))
    );

    let person = "/customers/5491100000001";
    let text = json!({"type": "text", "text": "Hola"});
    bench
        .control(Method::POST, &format!("{person}/messages"), &text)
        .await;
    bench.webhook().await;
    let reply = json!({
        "messaging_product": "whatsapp", "to": "+5491100000001", "type": "text", "text": {"body": "Hola Ana"},
    });
    bench.send(&reply).await;
    assert_eq!(bench.words(2).await, ["sent", "delivered"]);
    let unread = async |bench: &Bench| {
        let state = bench.look("/state").await;
        let people = state["customers"].as_array().unwrap().clone();
        people.iter().find(|c| c["name"] == "Ana").unwrap()["unread"].clone()
    };
    assert_eq!(unread(&bench).await, 1);
    assert_eq!(
        bench
            .control(Method::POST, &format!("{person}/read"), &json!({}))
            .await
            .0,
        204
    );
    assert_eq!(bench.words(1).await, ["read"]);
    assert_eq!(unread(&bench).await, 0);
}

#[tokio::test]
async fn a_phone_that_was_off_gets_its_messages_later() {
    let mut bench = Bench::new().await;
    bench.hears(0, "Hola").await;
    let path = format!("/customers/{}", bench.id(0));
    bench
        .control(Method::PATCH, &path, &json!({"online": false}))
        .await;
    bench.send(&bench.text_to(0, "Hola")).await;
    assert_eq!(bench.words(1).await, ["sent"]);
    bench
        .control(Method::PATCH, &path, &json!({"online": true}))
        .await;
    assert_eq!(bench.words(2).await, ["delivered", "read"]);
}

#[tokio::test]
async fn the_clock_moves_forward_over_the_windows_edge_and_tells() {
    let moves = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&moves);
    let mut options = options();
    options.start_clock = Some("2026-11-19T12:00:00Z".parse().unwrap());
    options.clock_moved = Some(Box::new(move |offset| told.lock().unwrap().push(offset)));
    let mut bench = Bench::with(options).await;
    let start = bench.sandbox.clock_offset_seconds();
    bench.hears(0, "Hola").await;
    let body = bench.text_to(0, "Hola");
    let advance = async |bench: &Bench, seconds: i64| {
        let body = json!({"advance_seconds": seconds});
        bench.control(Method::POST, "/clock", &body).await
    };
    // Ten minutes of slack: the clock of the system goes on as well.
    let (status, clock) = advance(&bench, 86_400 - 600).await;
    assert_eq!(
        (status, &clock["offset_seconds"]),
        (200, &json!(start + 86_400 - 600))
    );
    assert_eq!(bench.send(&body).await.0, 200);
    bench.words(3).await;
    advance(&bench, 600).await;
    let (status, answer) = bench.send(&body).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(131_047)));
    assert_eq!(
        *moves.lock().unwrap(),
        [start + 86_400 - 600, start + 86_400]
    );
    let (status, problem) = advance(&bench, -1).await;
    assert_eq!(
        (status, &problem["field"]),
        (422, &json!("advance_seconds"))
    );
}

#[tokio::test]
async fn a_fixed_clock_says_so() {
    let mut options = options();
    options.movable_clock = false;
    let bench = Bench::with(options).await;
    let body = json!({"advance_seconds": 3_600});
    let (status, problem) = bench.control(Method::POST, "/clock", &body).await;
    assert_eq!((status, &problem["code"]), (403, &json!("clock-fixed")));
    assert_eq!(bench.look("/state").await["clock"]["movable"], false);
}

#[tokio::test]
async fn a_reset_forgets_threads_log_and_what_waits_and_tells() {
    let resets = Arc::new(Mutex::new(0));
    let told = Arc::clone(&resets);
    let mut options = options();
    options.reset = Some(Box::new(move || *told.lock().unwrap() += 1));
    let mut bench = Bench::with(options).await;
    bench.hears(0, "Hola").await;
    bench.bend(json!({"webhook_stop": true})).await;
    bench.writes(0, "never arrives").await;
    assert_eq!(
        bench.control(Method::POST, "/reset", &Value::Null).await.0,
        204
    );
    let state = bench.look("/state").await;
    assert_eq!(state["callback"]["waiting"], 0);
    assert_eq!(state["customers"][0]["threads"], json!([]));
    assert_eq!(bench.look("/log?after=0").await["entries"], json!([]));
    assert_eq!(*resets.lock().unwrap(), 1);
    assert_eq!(bench.hears(0, "after").await.word(), "after");
}

#[tokio::test]
async fn a_reset_forgets_what_is_being_tried_again() {
    let mut options = options();
    options.callback_url = Some("http://127.0.0.1:9/nobody".to_owned());
    let mut bench = Bench::with(options).await;
    bench.writes(0, "never arrives").await;
    bench.look("/log?after=0&wait=10").await;
    let reset = bench.control(Method::POST, "/reset", &Value::Null).await;
    assert_eq!(reset.0, 204);
    let body = json!({"url": bench.callback});
    bench.control(Method::POST, "/webhooks", &body).await;
    assert_eq!(bench.hears(0, "after").await.word(), "after");
}

#[tokio::test]
async fn a_webhook_in_the_log_can_be_replayed_byte_by_byte() {
    let mut bench = Bench::new().await;
    let first = bench.hears(0, "Hola").await;
    let log = bench.look("/log?after=0&wait=10").await;
    let n = &log["entries"][0]["n"];
    let (status, answer) = bench
        .control(Method::POST, &format!("/log/{n}/replay"), &Value::Null)
        .await;
    assert_eq!((status, &answer["http"]), (200, &json!(200)));
    assert_eq!(bench.webhook().await, first);
    bench.send(&bench.text_to(0, "Hola")).await;
    let log = bench.look("/log").await;
    let call = log["entries"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["direction"] == "from_charla")
        .unwrap();
    assert_eq!(call["kind"], "POST /messages");
    assert_eq!(call["detail"]["what"], "text");
    assert_eq!(log["entries"][1]["detail"]["from"], "Vera Iborra");
    assert_eq!(log["entries"][1]["detail"]["sent"], "replay");
    assert_eq!(call["headers"]["authorization"], "Bearer ***");
    assert_eq!(call["request"]["text"]["body"], "Hola");
    assert!(!log.to_string().contains(&bench.hello.access_token));
    let path = format!("/log/{}/replay", call["n"]);
    assert_eq!(
        bench.control(Method::POST, &path, &Value::Null).await.0,
        409
    );
    assert_eq!(
        bench
            .control(Method::POST, "/log/999/replay", &Value::Null)
            .await
            .0,
        404
    );
}

#[tokio::test]
async fn a_long_poll_answers_when_something_happens() {
    let bench = Bench::new().await;
    let (log, ()) = tokio::join!(bench.look("/log?after=0&wait=10"), async {
        bench.writes(0, "Hola").await;
    });
    assert_eq!(
        log["entries"][0]["detail"],
        json!({"what": "text", "from": "Vera Iborra", "updates": null, "sent": null})
    );
    assert_eq!(log["next"], 1);
    assert_eq!(
        bench.look("/log?after=1&wait=0").await,
        json!({"entries": [], "next": 1})
    );
}

#[tokio::test]
async fn other_sites_cannot_reach_the_control_api() {
    let bench = Bench::new().await;
    let own = bench.hello.graph_url.clone();
    for (origin, status) in [
        ("https://evil.example", 403),
        ("null", 403),
        (own.as_str(), 204),
    ] {
        let url = format!("{}/reset", bench.hello.control_url);
        let answer = bench
            .http
            .post(url)
            .header("origin", origin)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{origin}");
    }
    // No JSON, no preflight: such a body must not count.
    let url = format!("{}/clock", bench.hello.control_url);
    let answer = bench
        .http
        .post(url)
        .body(r#"{"advance_seconds":1}"#)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 415);
}

#[tokio::test]
async fn the_page_is_served_under_a_strict_policy() {
    let bench = Bench::new().await;
    let answer = bench.http.get(bench.sandbox.url()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("script-src 'self'") && !policy.contains("unsafe-inline"),
        "{policy}"
    );
    assert!(answer.text().await.unwrap().contains("<title>"));
    let (status, problem) = bench.control(Method::GET, "/nothing", &Value::Null).await;
    assert_eq!((status, &problem["code"]), (404, &json!("not-found")));
}

#[tokio::test]
async fn an_address_that_somebody_typed_leads_to_the_page_and_a_program_to_graph() {
    let bench = Bench::new().await;
    let get = |path: &str, accept: &str| {
        let url = format!("{}{path}", bench.sandbox.url());
        bench.http.get(url).header("accept", accept).send()
    };
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    let answer = get("/phones", browser).await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("<a href=\"/\">"));
    for (path, accept) in [("/phones", "*/*"), ("/v25.0/1?access_token=x", browser)] {
        let (_, answer) = answered(get(path, accept).await.unwrap()).await;
        assert!(answer["error"]["code"].is_u64(), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_callback_can_be_set_without_verification_and_the_sandbox_ends() {
    let mut options = options();
    options.callback_url = Some("http://127.0.0.1:9/nobody".to_owned());
    let mut bench = Bench::with(options).await;
    bench.writes(0, "Hola").await;
    let body = json!({"url": bench.callback});
    assert_eq!(bench.control(Method::POST, "/webhooks", &body).await.0, 204);
    assert_eq!(bench.webhook().await.word(), "Hola");
    let all = bench.look("/messages").await;
    assert_eq!(all["messages"][0]["direction"], "in");
    assert_eq!(all["messages"][0]["customer"], "34600009901");
    let url = bench.sandbox.url().to_owned();
    bench.sandbox.shutdown().await;
    assert!(bench.http.get(url).send().await.is_err());
}
