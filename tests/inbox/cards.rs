//! Places and people's cards that agents send.

use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Answer, TestApp};

async fn sends(t: &TestApp, conversation: &str, kind: &str, what: Value) -> Answer {
    let mut body = json!({"kind": kind, "text": "", "key": what.to_string().chars().take(60).collect::<String>()});
    body.as_object_mut()
        .unwrap()
        .extend(what.as_object().unwrap().clone());
    t.ana
        .post(&format!("conversations/{conversation}/messages"), body)
        .await
}

test_both! {
    async fn a_place_and_cards_reach_the_phone(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Where are you?").await;
        let place = json!({"latitude": 39.47, "longitude": -0.376, "name": " Casa Turia ", "address": "Calle Mayor 1"});
        let card = json!({"name": "Marta Soler", "phones": [{"value": "+34 600 000 001", "label": "work"}]});
        for (n, (what, kind, part)) in [
            (json!({"location": place}), "location", json!({"type": "location", "name": "Casa Turia"})),
            (json!({"contacts": [card]}), "contacts", json!({"type": "contacts", "asked_for": false})),
        ]
        .into_iter()
        .enumerate()
        {
            let line = sends(&t, &conversation, "reply", what).await.ok();
            assert_eq!(line["kind"], kind);
            for (key, value) in part.as_object().unwrap() {
                assert_eq!(&line["parts"][0][key], value, "{kind}");
            }
            t.ana.until_delivery(line["id"].as_str().unwrap(), "seen").await;
            t.called(n + 1).await;
            assert_eq!(t.sends().await[n]["request"]["type"], kind);
        }
    }

    async fn what_is_taken_back_can_be_changed_and_sent(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Where are you?").await;
        t.ana.takes_back_for(30).await;
        let place = json!({"latitude": 39.47, "longitude": -0.376, "name": "Casa Turia", "address": null});
        let line = sends(&t, &conversation, "reply", json!({"location": place})).await.ok();
        let taken = t.ana.delete(&format!("messages/{}", line["id"].as_str().unwrap())).await.ok();
        assert_eq!((&taken["text"], &taken["location"], &taken["contacts"]), (&json!(""), &place, &Value::Null));

        let card = json!({"name": "Marta Soler", "phones": [{"value": "+34 600 000 001", "label": "work"}]});
        let line = sends(&t, &conversation, "reply", json!({"contacts": [card]})).await.ok();
        let taken = t.ana.delete(&format!("messages/{}", line["id"].as_str().unwrap())).await.ok();
        assert_eq!(taken["contacts"][0]["phones"], card["phones"]);
    }

    async fn what_cannot_be_sent_names_its_field(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        let place = json!({"latitude": 39.47, "longitude": -0.376});
        for (case, kind, what, says, field) in [
            ("off the earth", "reply", json!({"location": {"latitude": 91, "longitude": 0}}), "field-out-of-range", "location.latitude"),
            ("no cards", "reply", json!({"contacts": []}), "field-count", "contacts"),
            ("nobody's card", "reply", json!({"contacts": [{"name": " "}]}), "field-empty", "contacts[0].name"),
            ("out of reach", "reply", json!({"contacts": [{"name": "Marta"}]}), "field-empty", "contacts[0].phones"),
            ("no number", "reply", json!({"contacts": [{"name": "Marta", "phones": [{"value": "call me"}]}]}), "field-no-number", "contacts[0].phones[0]"),
            ("no mailbox", "reply", json!({"contacts": [{"name": "Marta", "emails": [{"value": "marta@"}]}]}), "field-no-email", "contacts[0].emails[0]"),
            ("no page", "reply", json!({"contacts": [{"name": "Marta", "urls": [{"value": "marta.example"}]}]}), "field-no-url", "contacts[0].urls[0]"),
            ("no day", "reply", json!({"contacts": [{"name": "Marta", "birthday": "24/03/1987", "phones": [{"value": "112"}]}]}), "field-no-day", "contacts[0].birthday"),
            ("a note", "note", json!({"location": place}), "field-not-here", "location"),
            ("words beside it", "reply", json!({"location": place, "text": "Here"}), "field-not-here", "text"),
            ("two at once", "reply", json!({"location": place, "contacts": []}), "field-not-here", "contacts"),
        ] {
            let answer = sends(&t, &conversation, kind, what).await;
            assert_eq!((answer.said(), &answer.body["field"]), (format!("422 {says}"), &json!(field)), "{case}");
        }
        t.called(0).await;
    }
}
