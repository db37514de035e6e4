//! Messages that offer something to tap.

use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Answer, TestApp};

async fn offer(t: &TestApp, conversation: &str, kind: &str, interactive: &Value) -> Answer {
    let key = interactive.to_string().chars().take(60).collect::<String>();
    let body = json!({"kind": kind, "text": "Which day?", "key": key, "interactive": interactive});
    t.ana
        .post(&format!("conversations/{conversation}/messages"), body)
        .await
}

test_both! {
    async fn what_agents_offer_to_tap_is_sent_as_meta_wants_it(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let rows = json!([{"title": "Morning", "description": "8 to 12"}, {"title": "Evening"}]);
        let list = json!([{"title": "Friday", "rows": rows}, {"title": "Monday", "rows": [{"title": "Morning"}]}]);
        for (n, (interactive, word, action)) in [
            (
                json!({"header": " Delivery ", "footer": "", "offer": {"type": "buttons", "buttons": ["Friday", "Monday"]}}),
                "button",
                json!({"buttons": [
                    {"type": "reply", "reply": {"id": "1", "title": "Friday"}},
                    {"type": "reply", "reply": {"id": "2", "title": "Monday"}}]}),
            ),
            (
                json!({"offer": {"type": "list", "button": "Days", "sections": list}}),
                "list",
                json!({"button": "Days", "sections": [
                    {"title": "Friday", "rows": [
                        {"id": "1", "title": "Morning", "description": "8 to 12"}, {"id": "2", "title": "Evening"}]},
                    {"title": "Monday", "rows": [{"id": "3", "title": "Morning"}]}]}),
            ),
            (
                json!({"offer": {"type": "link", "label": "See it", "url": "https://example.com"}}),
                "cta_url",
                json!({"name": "cta_url", "parameters": {"display_text": "See it", "url": "https://example.com"}}),
            ),
            (json!({"offer": {"type": "location"}}), "location_request_message", json!({"name": "send_location"})),
            (json!({"offer": {"type": "contact"}}), "request_contact_info", json!({"name": "request_contact_info"})),
        ]
        .into_iter()
        .enumerate()
        {
            let sent = offer(&t, &conversation, "reply", &interactive).await.ok();
            assert_eq!((&sent["kind"], &sent["text"]), (&json!("interactive"), &json!("Which day?")));
            assert_eq!(sent["parts"][0]["type"], "interactive");
            t.called(n + 1).await;
            let object = t.sends().await[n]["request"]["interactive"].clone();
            assert_eq!((&object["type"], &object["action"]), (&json!(word), &action));
            assert_eq!(object["body"], json!({"text": "Which day?"}));
            let header = (n == 0).then(|| json!({"type": "text", "text": "Delivery"}));
            assert_eq!(object["header"], header.unwrap_or_default());
            assert_eq!(object["footer"], json!(null));
        }
    }

    async fn what_is_taken_back_comes_back_with_what_it_offered(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.takes_back_for(30).await;
        let offered = json!({"header": "Delivery", "footer": null, "offer": {"type": "buttons", "buttons": ["Friday"]}});
        let sent = offer(&t, &conversation, "reply", &offered).await.ok();
        let taken = t.ana.delete(&format!("messages/{}", sent["id"].as_str().unwrap())).await.ok();
        assert_eq!((&taken["text"], &taken["interactive"]), (&json!("Which day?"), &offered));

        let plain = t.ana.reply(&conversation, "Friday").await;
        let taken = t.ana.delete(&format!("messages/{}", plain["id"].as_str().unwrap())).await.ok();
        assert_eq!(taken["interactive"], Value::Null);
    }

    async fn what_meta_would_refuse_names_its_field(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let long = "x".repeat(21);
        for (kind, offered, said, field) in [
            ("reply", json!({"type": "buttons", "buttons": ["Yes", long]}), "422 field-too-long", "interactive.buttons[1]"),
            ("reply", json!({"type": "buttons", "buttons": []}), "422 field-count", "interactive.buttons"),
            ("reply", json!({"type": "link", "label": "See", "url": "nowhere"}), "422 field-no-url", "interactive.url"),
            ("note", json!({"type": "location"}), "422 field-not-here", "interactive"),
        ] {
            let refused = offer(&t, &conversation, kind, &json!({"offer": offered})).await;
            assert_eq!(refused.said(), said, "{offered}");
            assert_eq!(refused.body["field"], field, "{offered}");
        }
        assert_eq!(t.rows("outbox", "true").await, 0);
    }
}
