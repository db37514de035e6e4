//! Whatever is asked for wrongly is answered as a problem that says what is wrong.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::test_both;

use crate::harness::TestApp;

const JSON: &str = "application/json";

/// Asks, as Ana's browser would; the status and the problem.
async fn refused(
    t: &TestApp,
    method: Method,
    path: &str,
    kind: &str,
    body: String,
) -> (StatusCode, Value) {
    let answer = t
        .http
        .request(method, format!("{}{path}", t.url))
        .header("cookie", &t.ana.cookie)
        .header("origin", &t.url)
        .header("content-type", kind)
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(
        answer.headers()["content-type"],
        "application/problem+json",
        "{path}"
    );
    let status = answer.status();
    let says_what_is_allowed = answer.headers().contains_key("allow");
    assert_eq!(says_what_is_allowed, status == 405, "{path}");
    (status, answer.json().await.unwrap())
}

test_both! {
    async fn every_refusal_is_a_problem_with_its_code_and_field(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let ws = format!("/api/v1/workspaces/{}", t.workspace);
        let (assign, write) = (
            format!("{ws}/conversations/{conversation}/assign"),
            format!("{ws}/conversations/{conversation}/messages"),
        );
        let setup = "/api/v1/setup".to_owned();
        let large = json!({"kind": "note", "text": "x".repeat(3 << 20), "key": "k"}).to_string();
        for (method, path, kind, body, expect) in [
            (Method::POST, &assign, JSON, "{}", (422, "malformed-body", json!("agent_id"))),
            (Method::POST, &assign, JSON, r#"{"agent_id": 7}"#, (422, "malformed-body", json!("agent_id"))),
            (Method::POST, &assign, JSON, "[]", (422, "malformed-body", Value::Null)),
            (Method::POST, &assign, JSON, "{", (400, "malformed-body", Value::Null)),
            (Method::POST, &assign, "Application/JSON;charset=utf-8", "{", (400, "malformed-body", Value::Null)),
            (Method::POST, &assign, "text/plain", "{}", (415, "body-not-json", Value::Null)),
            (Method::POST, &assign, "application/jsonlines", "{}", (415, "body-not-json", Value::Null)),
            (Method::POST, &setup, JSON, r#"{"code": "c", "name": 7}"#, (422, "malformed-body", json!("name"))),
            (Method::POST, &setup, JSON, r#"{"workspace": {"name": "Turia", "locale": 7}}"#, (422, "malformed-body", json!("workspace.locale"))),
            (Method::POST, &write, JSON, &large, (413, "body-too-large", Value::Null)),
            (Method::DELETE, &assign, JSON, "", (405, "wrong-method", Value::Null)),
            (Method::GET, &format!("{ws}/conversations?limit=x"), JSON, "", (400, "malformed-query", Value::Null)),
            (Method::GET, &"/live".to_owned(), JSON, "", (400, "malformed-query", Value::Null)),
            (Method::GET, &format!("/live?workspace={}", t.workspace), JSON, "", (400, "no-websocket", Value::Null)),
            (Method::PUT, &"/webhooks/meta".to_owned(), JSON, "", (405, "wrong-method", Value::Null)),
        ] {
            let (status, problem) = refused(&t, method, path, kind, body.to_owned()).await;
            let said = (status.as_u16(), problem["code"].as_str().unwrap(), problem["field"].clone());
            assert_eq!(said, expect, "{path} {}", &body[..body.len().min(20)]);
        }
    }

    async fn nobody_is_assigned_only_if_that_is_said(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let assign = format!("conversations/{conversation}/assign");
        t.ana.post(&assign, json!({"agent_id": t.ana.id()})).await.ok();
        assert_eq!(t.ana.post(&assign, json!({})).await.status, 422);
        assert_eq!(t.ana.conversation(&conversation).await["assignee_id"], json!(t.ana.id()));
        t.ana.post(&assign, json!({"agent_id": null})).await.ok();
        assert_eq!(t.ana.conversation(&conversation).await["assignee_id"], json!(null));
    }
}
