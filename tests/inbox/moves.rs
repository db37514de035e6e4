//! A customer whose number or id changes stays the same person, and the thread says so.

use jiff::SignedDuration;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{START, TestApp, Text};

const OLD: &str = "34600000001";
const NEW: &str = "34600000077";
const BSUID: &str = "ES.12345678901234567890";
const NEW_BSUID: &str = "ES.99999999999999999999";

/// A system line: the author's number became another, and with it the id.
fn number_changed(t: &TestApp, n: i64, from: &str, to: &str, bsuid: Option<&str>) -> Value {
    let mut system = json!({"type": "user_changed_number", "wa_id": to,
        "body": format!("User Nerea changed from {from} to {to}")});
    if let Some(bsuid) = bsuid {
        system["user_id"] = json!(bsuid);
    }
    json!({"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "34960001234", "phone_number_id": t.number(0)},
        "messages": [{"from": from, "id": format!("wamid.{n}"), "timestamp": (START + n).to_string(),
            "type": "system", "system": system}],
    }})
}

/// An element of `user_id_update`.
fn id_changed(t: &TestApp, n: i64, wa_id: Option<&str>, from: &str, to: &str) -> Value {
    let mut update = json!({"timestamp": (START + n).to_string(), "detail": "changed",
        "user_id": {"previous": from, "current": to}});
    if let Some(wa_id) = wa_id {
        update["wa_id"] = json!(wa_id);
    }
    json!({"field": "user_id_update", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "34960001234", "phone_number_id": t.number(0)},
        "user_id_update": [update],
    }})
}

async fn told(t: &TestApp, change: Value) {
    t.told(&t.changes(&[change])).await;
}

async fn writes(t: &TestApp, text: Text) {
    t.told(&t.texts(&[text])).await;
}

async fn contacts(t: &TestApp) -> i64 {
    t.rows("contacts", "1 = 1").await
}

/// The event lines of a thread: their kinds and parameters.
async fn events(t: &TestApp, conversation: &str) -> Vec<(String, Value)> {
    let lines = t.ana.thread(conversation).await;
    let events = lines.iter().filter(|line| line["direction"] == "event");
    let told = events.map(|e| {
        (
            e["kind"].as_str().unwrap().to_owned(),
            e["parts"][0]["params"].clone(),
        )
    });
    told.collect()
}

async fn only_conversation(t: &TestApp) -> Value {
    let all = t.ana.view("all").await;
    assert_eq!(all.len(), 1, "{all:#?}");
    all[0].clone()
}

test_both! {
    async fn a_new_number_goes_on_in_the_same_thread_which_says_so_once(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), None, 1)).await;
        for _ in 0..2 {
            told(&t, number_changed(&t, 2, OLD, NEW, None)).await;
        }
        writes(&t, Text::by(Some(NEW), None, 3)).await;
        let one = only_conversation(&t).await;
        assert_eq!(one["contact"]["phone"], format!("+{NEW}"));
        let id = one["id"].as_str().unwrap();
        assert_eq!(t.ana.texts(id, "in").await, ["message 1", "message 3"]);
        let said = json!({"from": OLD, "to": NEW, "held": false});
        assert_eq!(events(&t, id).await, [("number_changed".to_owned(), said)]);
        assert_eq!(one["preview"]["text"], "message 3", "an event is no preview");
    }

    async fn a_change_told_in_two_ways_is_said_once(db: TestDb) {
        for number_first in [true, false] {
            let own = store::test_db::TestDb::sqlite();
            let t = TestApp::new(if number_first { db.clone() } else { own }).await;
            writes(&t, Text::by(Some(OLD), Some(BSUID), 1)).await;
            let number = number_changed(&t, 2, OLD, NEW, Some(NEW_BSUID));
            let id = id_changed(&t, 3, Some(NEW), BSUID, NEW_BSUID);
            let both = if number_first { [number, id] } else { [id, number] };
            for change in both {
                told(&t, change).await;
            }
            writes(&t, Text::by(None, Some(NEW_BSUID), 4)).await;
            writes(&t, Text::by(Some(NEW), None, 5)).await;
            assert_eq!(contacts(&t).await, 1, "number first: {number_first}");
            let one = only_conversation(&t).await;
            assert_eq!(one["contact"]["bsuid"], NEW_BSUID);
            assert_eq!(one["contact"]["phone"], format!("+{NEW}"));
            let kinds: Vec<String> = events(&t, one["id"].as_str().unwrap()).await.into_iter().map(|e| e.0).collect();
            assert!(kinds.iter().filter(|kind| *kind == "number_changed").count() == 1, "{kinds:?}");
            assert!(kinds.len() <= 2, "{kinds:?}");
        }
    }

    async fn a_move_told_before_anybody_wrote_is_remembered(db: TestDb) {
        let t = TestApp::new(db).await;
        told(&t, number_changed(&t, 2, OLD, NEW, Some(NEW_BSUID))).await;
        assert_eq!(t.ana.view("all").await.len(), 0, "nobody said anything");
        writes(&t, Text::by(Some(NEW), Some(NEW_BSUID), 3)).await;
        writes(&t, Text::by(Some(OLD), None, 1)).await;
        assert_eq!(contacts(&t).await, 1);
        let one = only_conversation(&t).await;
        assert_eq!(one["contact"]["name"], "Nerea Soler");
        assert_eq!(one["contact"]["phone"], format!("+{NEW}"), "a late message from the old number is late");
    }

    async fn a_new_id_that_wrote_before_the_move_was_told_stays_apart_and_is_asked_about(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), Some(BSUID), 1)).await;
        writes(&t, Text::by(Some(NEW), Some(NEW_BSUID), 3)).await;
        for _ in 0..2 {
            told(&t, number_changed(&t, 2, OLD, NEW, Some(NEW_BSUID))).await;
        }
        assert_eq!(contacts(&t).await, 2);
        assert_eq!(t.rows("suggestions", "reason = 'moved'").await, 1);
        let all = t.ana.view("all").await;
        let first = all.iter().find(|c| c["contact"]["bsuid"] == BSUID).unwrap();
        let said = json!({"from": OLD, "to": NEW, "held": true});
        let id = first["id"].as_str().unwrap();
        assert_eq!(events(&t, id).await, [("number_changed".to_owned(), said)]);
        assert_eq!(t.ana.texts(id, "in").await, ["message 1"]);
    }

    async fn whoever_moves_back_is_written_to_at_the_old_number(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), None, 1)).await;
        told(&t, number_changed(&t, 2, OLD, NEW, None)).await;
        t.pass_here(SignedDuration::from_hours(2));
        told(&t, number_changed(&t, 7200, NEW, OLD, None)).await;
        let one = only_conversation(&t).await;
        assert_eq!(one["contact"]["phone"], format!("+{OLD}"));
        told(&t, number_changed(&t, 2, OLD, NEW, None)).await;
        assert_eq!(only_conversation(&t).await["contact"]["phone"], format!("+{OLD}"), "old news");
        assert_eq!(events(&t, one["id"].as_str().unwrap()).await.len(), 2);
    }

    async fn nobody_is_written_to_at_a_number_that_they_left(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), None, 1)).await;
        told(&t, number_changed(&t, 2, OLD, NEW, None)).await;
        let begin = async |number: &str| {
            let new = json!({"channel_id": t.channel, "number": format!("+{number}")});
            t.ana.post("conversations", new).await
        };
        let refused = begin(OLD).await;
        assert_eq!((refused.said(), &refused.body["field"]), ("409 number-left".to_owned(), &json!("number")));
        let phone = refused.body["params"]["phone"].as_str();
        assert_eq!(phone, Some(format!("+{NEW}").as_str()), "{}", refused.body);
        assert_eq!(begin(NEW).await.body["id"], only_conversation(&t).await["id"]);
        assert_eq!(contacts(&t).await, 1);
    }

    async fn a_number_that_was_left_and_comes_with_a_new_id_is_somebody_else_without_a_question(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), None, 1)).await;
        told(&t, number_changed(&t, 2, OLD, NEW, None)).await;
        writes(&t, Text::by(Some(OLD), Some(BSUID), 3)).await;
        assert_eq!(contacts(&t).await, 2);
        assert_eq!(t.rows("suggestions", "1 = 1").await, 0);
    }

    async fn a_known_number_with_another_id_is_asked_about(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some(OLD), Some(BSUID), 1)).await;
        writes(&t, Text::by(Some(OLD), Some(NEW_BSUID), 2)).await;
        writes(&t, Text::by(None, Some(NEW_BSUID), 3)).await;
        assert_eq!(t.rows("suggestions", "1 = 1").await, 1);
        assert_eq!(t.rows("suggestions", "reason = 'same_number'").await, 1);
    }

    async fn a_variant_of_a_known_number_with_another_id_is_asked_about(db: TestDb) {
        let t = TestApp::new(db).await;
        writes(&t, Text::by(Some("5215512345678"), Some("MX.1"), 1)).await;
        writes(&t, Text::by(Some("525512345678"), Some("MX.2"), 2)).await;
        assert_eq!(contacts(&t).await, 2);
        assert_eq!(t.rows("suggestions", "reason = 'number_variant'").await, 1);
    }

    async fn one_username_and_one_name_are_asked_about_and_one_of_them_is_not(db: TestDb) {
        let t = TestApp::new(db).await;
        let named = |bsuid: &str, name: &str, n: i64| Text {
            username: Some("nerea.s".to_owned()),
            name: name.to_owned(),
            ..Text::by(None, Some(bsuid), n)
        };
        writes(&t, named("ES.1", "Nerea Soler", 1)).await;
        writes(&t, named("ES.2", "Somebody else", 2)).await;
        assert_eq!(t.rows("suggestions", "1 = 1").await, 0);
        t.told(&t.texts(&[named("ES.3", "nerea solér", 3), named("ES.4", "Nerea Soler", 4)])).await;
        assert_eq!(t.rows("suggestions", "reason = 'same_username'").await, 3);
        writes(&t, named("ES.3", "nerea solér", 5)).await;
        assert_eq!(t.rows("suggestions", "1 = 1").await, 3);
    }

    async fn a_parent_id_finds_the_same_person_under_another_id(db: TestDb) {
        let t = TestApp::new(db).await;
        let parent = |bsuid: &str, n: i64| {
            let mut change = Text::by(None, Some(bsuid), n).change(t.number(0));
            change["value"]["contacts"][0]["parent_user_id"] = json!("ES.ENT.1");
            change["value"]["messages"][0]["from_parent_user_id"] = json!("ES.ENT.1");
            change
        };
        told(&t, parent("ES.1", 1)).await;
        told(&t, parent("ES.2", 2)).await;
        assert_eq!(contacts(&t).await, 1);
        only_conversation(&t).await;
    }

    async fn the_form_of_a_number_that_wrote_last_is_answered(db: TestDb) {
        let t = TestApp::new(db).await;
        for (n, wa_id) in [(1, "5511987654321"), (2, "551187654321"), (3, "5511987654321")] {
            writes(&t, Text::by(Some(wa_id), None, n)).await;
            assert_eq!(only_conversation(&t).await["contact"]["phone"], format!("+{wa_id}"));
        }
    }

    async fn a_contact_is_called_as_they_call_themselves_now(db: TestDb) {
        let t = TestApp::new(db).await;
        let named = |name: &str, n: i64| Text { name: name.to_owned(), ..Text::by(Some(OLD), None, n) };
        writes(&t, named("", 1)).await;
        assert_eq!(only_conversation(&t).await["contact"]["name"], format!("+{OLD}"));
        for (n, name) in [(2, "Nerea"), (3, "Nerea Soler")] {
            writes(&t, named(name, n)).await;
            assert_eq!(only_conversation(&t).await["contact"]["name"], name);
        }
        assert_eq!(t.ana.get("conversations?q=soler").await["items"].as_array().unwrap().len(), 1);
    }
}
