//! Answering: while the window is open, with time to take it back, into the right conversation.

use charla_tests::until::until;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use store::test_both;

use crate::harness::{TestApp, instant};

/// Moves Charla, not Meta, to so long before a conversation's window closes.
async fn before_it_closes(t: &TestApp, conversation: &str, left: SignedDuration) {
    let until = instant(&t.ana.conversation(conversation).await["window_until"]);
    t.pass_here(until.duration_since(t.app.clock.now()) - left);
}

fn kinds(lines: &[serde_json::Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect()
}

/// The agent's own unsent reply.
async fn draft(t: &TestApp, conversation: &str) -> serde_json::Value {
    t.ana
        .get(&format!("conversations/{conversation}/thread"))
        .await["drafts"]["reply"]
        .clone()
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

test_both! {
    async fn a_reply_is_taken_in_the_last_second_and_refused_at_24_hours(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        before_it_closes(&t, &conversation, SECOND).await;
        t.ana.reply(&conversation, "in time").await;
        vera.gets(&["in time"]).await;
        t.pass_here(SECOND);
        let late = t.ana.try_reply(&conversation, "late").await;
        assert_eq!(late.said(), "409 window-closed");
        assert_eq!(late.body["params"]["closed_at"], json!(t.app.clock.now()));
        assert_eq!(vera.phone().await, ["in time"]);
        t.pass_at_meta(SignedDuration::from_hours(24)).await;
        assert_eq!(vera.says("still there?").await, conversation, "and a new message opens it");
        t.ana.reply(&conversation, "yes").await;
        t.as_time_passes("the answer", async || (vera.phone().await.len() == 2).then_some(())).await;
    }

    async fn a_reply_that_waited_past_the_edge_goes_back_to_the_draft_and_never_out(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let mut socket = t.listens(t.ana.cursor().await).await;
        t.ana.takes_back_for(5).await;
        before_it_closes(&t, &conversation, SECOND * 2).await;
        t.ana.put(&format!("conversations/{conversation}/drafts/reply"), json!({"text": "and more"})).await;
        let sent = t.ana.reply(&conversation, "nearly late").await;
        assert_eq!(sent["delivery"], "queued");
        t.pass_here(SECOND * 5);
        let event = until("the reply to be given back", async || {
            let lines = t.ana.thread(&conversation).await;
            lines.into_iter().find(|line| line["kind"] == "returned_to_draft")
        })
        .await;
        assert_eq!((&event["direction"], &event["agent_id"]), (&json!("event"), &json!(t.ana.id())));
        assert_eq!(draft(&t, &conversation).await, "nearly late\nand more");
        assert_eq!(t.ana.texts(&conversation, "out").await, [""; 0]);
        assert_eq!(t.ana.try_get(&format!("messages/{}", sent["id"].as_str().unwrap())).await.status, 404);
        let removed = loop {
            let frame = socket.hears_a("changes").await;
            if frame["removed"] != json!([]) {
                break frame["removed"].clone();
            }
        };
        assert_eq!(removed, json!([sent["id"]]));
        assert_eq!(t.sends().await.len(), 0);
        assert_eq!(vera.phone().await, [""; 0]);
    }

    async fn a_reply_is_refused_with_the_field_that_is_wrong(db: TestDb) {
        let t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        for (case, text, expect) in [
            ("nothing", String::new(), "422 text-empty"),
            ("white space", " \n\t ".to_owned(), "422 text-empty"),
            ("a bell", "ding\u{7}".to_owned(), "422 text-control-characters"),
            ("too long", "ñ".repeat(4097), "422 text-too-long"),
            ("as long as may be", "ñ".repeat(4096), "201"),
        ] {
            for kind in ["reply", "note"] {
                let answer = t.ana.write(&conversation, kind, &text, &format!("{kind} {case}")).await;
                assert_eq!(answer.said(), expect, "{kind}: {case}");
                if answer.status == 422 {
                    assert_eq!(answer.body["field"], "text", "{kind}: {case}");
                }
            }
        }
        let long = t.ana.write(&conversation, "reply", &"ñ".repeat(4097), "k").await;
        assert_eq!(long.body["params"], json!({"max": 4096, "length": 4097}));
    }

    async fn a_message_soon_after_resolve_opens_the_conversation_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.pass(SignedDuration::from_mins(1)).await;
        let resolved = t.ana.does("resolve", &conversation).await;
        assert_eq!((&resolved["state"], &resolved["resolved_at"]), (&json!("resolved"), &json!(t.app.clock.now())));
        t.pass(SignedDuration::from_hours(23)).await;
        assert_eq!(vera.says("One more thing").await, conversation);
        let shown = t.ana.conversation(&conversation).await;
        assert_eq!((&shown["state"], &shown["resolved_at"]), (&json!("open"), &json!(null)));
        let lines = t.ana.thread(&conversation).await;
        assert_eq!(kinds(&lines), ["text", "resolved", "reopened", "text"]);
    }

    async fn a_message_a_day_after_resolve_starts_a_new_conversation_that_scrolls_into_the_old(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let first = vera.says("Hi").await;
        t.ana.does("resolve", &first).await;
        t.pass(SignedDuration::from_hours(24) + SECOND).await;
        let second = vera.says("Me again").await;
        assert_ne!(second, first);
        let (old, new) = (t.ana.conversation(&first).await, t.ana.conversation(&second).await);
        assert_eq!((&old["number"], &new["number"]), (&json!(1), &json!(2)));
        assert_eq!(old["state"], "resolved");
        assert_eq!(t.ana.texts(&second, "in").await, ["Hi", "Me again"]);
        assert_eq!(t.ana.get("counters").await["resolved"], 1);
    }

    async fn an_old_conversation_that_is_opened_again_shows_the_window_as_it_is(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let first = vera.says("Hi").await;
        t.ana.does("resolve", &first).await;
        t.pass(SignedDuration::from_hours(25)).await;
        let second = vera.says("Me again").await;
        let refused = t.ana.post(&format!("conversations/{first}/reopen"), json!({})).await;
        assert_eq!(refused.said(), "409 newer-conversation-open");
        let refused = t.ana.try_reply(&first, "to the old one").await;
        assert_eq!(refused.said(), "409 newer-conversation-open");
        t.pass(SignedDuration::from_hours(1)).await;
        vera.says("And again").await;
        let window = t.ana.does("resolve", &second).await["window_until"].clone();
        let reopened = t.ana.does("reopen", &first).await;
        assert_eq!((&reopened["state"], &reopened["window_until"]), (&json!("open"), &window));
        t.ana.reply(&first, "Hello!").await;
        vera.gets(&["Hello!"]).await;
        assert_eq!(vera.says("Thanks").await, first, "what comes next joins it");
    }

    async fn a_reply_opens_a_resolved_conversation_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.does("resolve", &conversation).await;
        t.ana.reply(&conversation, "I forgot").await;
        vera.gets(&["I forgot"]).await;
        assert_eq!(t.ana.conversation(&conversation).await["state"], "open");
        let counters = t.ana.get("counters").await;
        assert_eq!((&counters["all"], &counters["resolved"]), (&json!(1), &json!(0)));
    }

    async fn a_reply_that_is_taken_back_in_time_is_a_draft_again_and_never_on_the_phone(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let before = t.ana.conversation(&conversation).await;
        t.ana.takes_back_for(5).await;
        let sent = t.ana.reply(&conversation, "Oops").await;
        let path = format!("messages/{}", sent["id"].as_str().unwrap());
        assert_eq!(instant(&sent["due_at"]), t.app.clock.now() + SECOND * 5);
        t.pass_here(SECOND * 4);
        let jordi = t.colleague("Jordi Peris").await;
        assert_eq!(jordi.delete(&path).await.said(), "409 not-your-message");
        assert_eq!(t.ana.delete(&path).await.ok()["text"], "Oops");
        assert_eq!(draft(&t, &conversation).await, "Oops");
        let after = t.ana.conversation(&conversation).await;
        for field in ["preview", "last_at", "waiting_since", "state"] {
            assert_eq!(after[field], before[field], "{field} is as before");
        }
        assert_eq!(t.ana.delete(&path).await.said(), "404 not-found");
        t.pass_here(SECOND * 60);
        t.ana.takes_back_for(0).await;
        t.ana.reply(&conversation, "What I meant").await;
        vera.gets(&["What I meant"]).await;
    }

    async fn a_reply_that_is_taken_back_by_who_has_its_text_leaves_the_draft_alone(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.takes_back_for(5).await;
        let sent = t.ana.reply(&conversation, "Oops").await;
        let corrected = json!({"text": "Oops, corrected"});
        t.ana.put(&format!("conversations/{conversation}/drafts/reply"), corrected).await;
        let path = format!("messages/{}?kept=true", sent["id"].as_str().unwrap());
        assert_eq!(t.ana.delete(&path).await.ok()["text"], "Oops");
        assert_eq!(draft(&t, &conversation).await, "Oops, corrected");
        assert!(t.ana.texts(&conversation, "out").await.is_empty());
    }

    async fn a_reply_that_is_on_its_way_cannot_be_taken_back(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.takes_back_for(5).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let id = sent["id"].as_str().unwrap();
        t.pass_here(SECOND * 5);
        vera.gets(&["Hello!"]).await;
        assert_eq!(t.ana.delete(&format!("messages/{id}")).await.said(), "409 already-sent");
        assert_eq!(t.ana.texts(&conversation, "out").await, ["Hello!"]);
        assert_eq!(draft(&t, &conversation).await, json!(null));
    }

    async fn what_is_no_reply_cannot_be_taken_back(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.write(&conversation, "note", "hm", "k").await.ok();
        t.ana.does("resolve", &conversation).await;
        let thread = t.ana.thread(&conversation).await;
        for direction in ["in", "note", "event"] {
            let line = thread.iter().find(|line| line["direction"] == direction).unwrap();
            let path = format!("messages/{}", line["id"].as_str().unwrap());
            assert_eq!(t.ana.delete(&path).await.said(), "404 not-found", "{direction}");
        }
    }

    async fn the_same_key_is_the_same_message(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let write = || t.ana.write(&conversation, "reply", "Hello!", "a key");
        let answers = join_all((0..10).map(|_| write())).await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 1, "{:?}", answers.iter().map(|a| a.status).collect::<Vec<_>>());
        let again = write().await;
        assert_eq!(again.status, 200);
        for answer in &answers {
            assert_eq!(answer.body["id"], again.body["id"]);
            assert_eq!(answer.body["key"], "a key");
        }
        vera.gets(&["Hello!"]).await;
        let jordi = t.colleague("Jordi Peris").await;
        let other = jordi.write(&conversation, "reply", "Hello too!", "a key").await;
        assert_eq!(other.status, 201, "another person's key is another key");
        vera.gets(&["Hello!", "Hello too!"]).await;
    }

    async fn a_key_says_one_thing_only(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let (conversation, other) = (vera.says("Hi").await, t.customer("34600000002").await.says("Hi").await);
        assert_eq!(t.ana.write(&conversation, "reply", "Hello!", "a key").await.status, 201);
        for (to, kind, text) in [
            (&conversation, "reply", "Hello, Vera!"),
            (&conversation, "note", "Hello!"),
            (&other, "reply", "Hello!"),
        ] {
            let refused = t.ana.write(to, kind, text, "a key").await;
            assert_eq!((refused.said().as_str(), &refused.body["field"]), ("409 key-taken", &json!("key")), "{kind} {text}");
        }
        for key in ["", "\u{200b}", "a\0key", &"k".repeat(81)] {
            let refused = t.ana.write(&conversation, "reply", "Hello!", key).await;
            assert_eq!(refused.said(), "422 key-invalid", "{key:?}");
        }
        vera.gets(&["Hello!"]).await;
    }

    async fn a_note_never_reaches_the_phone(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let note = t.ana.write(&conversation, "note", "She is always in a hurry", "n1").await.ok();
        assert_eq!((&note["direction"], &note["delivery"]), (&json!("note"), &json!(null)));
        t.ana.reply(&conversation, "Hello!").await;
        vera.gets(&["Hello!"]).await;
        t.pass_here(SignedDuration::from_hours(30));
        assert_eq!(t.ana.write(&conversation, "note", "Closed now", "n2").await.status, 201);
        t.called(1).await;
        assert_eq!(
            t.ana.conversation(&conversation).await["preview"]["text"], "Hello!",
            "the list does not show notes"
        );
    }

    async fn the_second_in_which_a_message_was_queued_is_its_place_in_the_thread(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("first").await;
        t.pass(SignedDuration::from_mins(1)).await;
        t.ana.takes_back_for(30).await;
        t.ana.reply(&conversation, "second").await;
        t.pass(SECOND * 10).await;
        vera.says("third").await;
        t.pass(SECOND * 20).await;
        vera.gets(&["second"]).await;
        let lines = t.ana.thread(&conversation).await;
        let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
        assert_eq!(texts, ["first", "second", "third"]);
    }
}
