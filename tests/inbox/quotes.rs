//! Answers to one message of a thread: shown as such here, and quoted on the phone.

use serde_json::json;
use store::test_both;

use crate::harness::{Answer, TestApp};

async fn quote(t: &TestApp, conversation: &str, text: &str, reply_to: &str) -> Answer {
    let body = json!({"kind": "reply", "text": text, "key": text, "reply_to": reply_to});
    t.ana
        .post(&format!("conversations/{conversation}/messages"), body)
        .await
}

test_both! {
    async fn an_answer_to_one_message_quotes_it_on_the_phone(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Does it come in blue?").await;
        vera.says("And in red?").await;
        let asked = t.ana.thread(&conversation).await[0].clone();
        let asked_id = asked["id"].as_str().unwrap();
        let sent = quote(&t, &conversation, "In blue, yes", asked_id).await.ok();
        assert_eq!(sent["reply_to"], asked["id"]);
        t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        t.called(1).await;
        let context = &t.sends().await[0]["request"]["context"];
        assert_eq!(context, &json!({"message_id": asked["external_id"]}));
        let again = quote(&t, &conversation, "In blue, yes", asked_id).await;
        assert_eq!((again.status, &again.body["id"]), (200, &sent["id"]));
    }

    async fn only_a_message_of_the_same_thread_can_be_answered(db: TestDb) {
        let t = TestApp::new(db).await;
        let (vera, tom) = (t.customer("34600000001").await, t.customer("34600000002").await);
        let (hers, his) = (vera.says("Hi").await, tom.says("Hi").await);
        let note = t.ana.write(&hers, "note", "A note", "note").await.ok();
        let note = note["id"].as_str().unwrap();
        let of_tom = t.ana.thread(&his).await[0]["id"].as_str().unwrap().to_owned();
        for (case, reply_to) in [("another's", of_tom.as_str()), ("a note", note), ("none", "msg_00000000000000000000000000000000")] {
            let refused = quote(&t, &hers, "Hello", reply_to).await;
            assert_eq!(refused.said(), "422 nothing-to-quote", "{case}");
            assert_eq!(refused.body["field"], "reply_to", "{case}");
        }
        let thread = t.ana.thread(&hers).await;
        let hi = thread.iter().find(|line| line["direction"] == "in").unwrap();
        quote(&t, &hers, "Hello", hi["id"].as_str().unwrap()).await.ok();
        let without = t.ana.write(&hers, "reply", "Hello", "Hello").await;
        assert_eq!(without.said(), "409 key-taken", "the same words, and no quote");
    }
}
