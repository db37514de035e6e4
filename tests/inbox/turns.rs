//! Since when a customer waits, and what a reply that failed makes of the conversation and of its window.

use charla_tests::until::until;
use domain::conversation::State;
use domain::delivery::Report;
use domain::inbound::Status;
use domain::message::Failure;
use domain::outbound::Content;
use domain::{ConversationId, MessageId, Timestamp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Handover, NewLine, Outcome, Retried, Written, test_both};

use crate::harness::{Shelf, TestApp, instant, report, start};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const UNDELIVERABLE: i64 = 131_026;
const CLOSED: i64 = 131_047;

async fn waiting_since(t: &TestApp, conversation: &str) -> Value {
    t.ana.conversation(conversation).await["waiting_since"].clone()
}

/// The newest line of the thread that is so: what stands in the same second may stand either way.
async fn newest(t: &TestApp, conversation: &str, field: &str, is: &str) -> Value {
    let mut thread = t.ana.thread(conversation).await;
    thread.retain(|line| line[field] == is);
    thread.pop().unwrap()
}

/// A reply that Meta refuses, in the answer (`sync`) or in a status (`async`).
async fn fails(t: &TestApp, conversation: &str, code: i64, when: &str) -> String {
    t.faults(json!({"fail_next": {"count": 1, "code": code, "when": when}}))
        .await;
    let sent = t.ana.reply(conversation, "Hello!").await;
    let id = sent["id"].as_str().unwrap();
    let failed = t.ana.until_delivery(id, "failed").await;
    assert_eq!(failed["entry"]["failure_code"], code, "{when}");
    id.to_owned()
}

/// A reply that Meta has taken, under this id of its own.
async fn accepted(shelf: &Shelf, conversation: ConversationId, external_id: &str) -> String {
    let handover = shelf.begins(conversation, external_id, start()).await;
    let external_id = external_id.to_owned();
    let outcome = Outcome::Accepted {
        external_id: external_id.clone(),
    };
    shelf.ends(&handover, outcome, start()).await;
    external_id
}

/// Another try of a reply that failed, under way.
async fn tried_again(shelf: &Shelf, message: MessageId, now: Timestamp) -> Handover {
    let retried = shelf.store.retry(shelf.workspace, message, false, now);
    assert_eq!(retried.await.unwrap(), Retried::Queued);
    shelf.hands_over(message, now).await
}

fn undeliverable() -> Outcome {
    Outcome::Refused(Failure {
        code: UNDELIVERABLE,
        detail: None,
    })
}

/// Three yes-or-no's in all their ways.
fn every_way() -> impl Iterator<Item = (bool, bool, bool)> {
    (0..8).map(|n| (n & 1 > 0, n & 2 > 0, n & 4 > 0))
}

test_both! {
    async fn a_conversation_that_is_opened_again_waits_since_its_oldest_unanswered_message(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.ana.reply(&conversation, "Hello!").await;
        vera.gets(&["Hello!"]).await;
        t.pass(MINUTE).await;
        vera.says("A question").await;
        let since = waiting_since(&t, &conversation).await;
        t.pass(MINUTE).await;
        vera.says("Are you there?").await;
        t.ana.does("resolve", &conversation).await;
        assert_eq!(waiting_since(&t, &conversation).await, json!(null));
        assert_eq!(t.ana.does("reopen", &conversation).await["waiting_since"], since);
    }

    async fn a_customer_who_opens_a_conversation_again_waits_since_then(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Thanks!").await;
        t.ana.does("resolve", &conversation).await;
        t.pass(MINUTE).await;
        vera.says("One more thing").await;
        let since = waiting_since(&t, &conversation).await;
        assert_eq!(since, newest(&t, &conversation, "direction", "in").await["at"]);
        t.ana.takes_back_for(5).await;
        let sent = t.ana.reply(&conversation, "Oops").await;
        assert_eq!(waiting_since(&t, &conversation).await, json!(null));
        t.ana.delete(&format!("messages/{}", sent["id"].as_str().unwrap())).await.ok();
        assert_eq!(waiting_since(&t, &conversation).await, since);
    }

    async fn a_reply_that_fails_leaves_the_customer_waiting_as_before(db: TestDb) {
        let t = TestApp::new(db).await;
        for (when, wa_id) in [("sync", "34600000001"), ("async", "34600000002")] {
            let vera = t.customer(wa_id).await;
            let conversation = vera.says("Hi").await;
            let since = waiting_since(&t, &conversation).await;
            t.pass(MINUTE).await;
            let failed = fails(&t, &conversation, UNDELIVERABLE, when).await;
            assert_eq!(waiting_since(&t, &conversation).await, since, "{when}");
            t.pass(MINUTE).await;
            vera.says("Are you there?").await;
            assert_eq!(waiting_since(&t, &conversation).await, since, "{when}");
            t.ana.reply(&conversation, "Yes!").await;
            assert_eq!(waiting_since(&t, &conversation).await, json!(null), "{when}: a later one answers");
            vera.gets(&["Yes!"]).await;
            t.ana.post(&format!("messages/{failed}/retry"), json!({})).await.ok();
            vera.gets(&["Yes!", "Hello!"]).await;
            assert_eq!(waiting_since(&t, &conversation).await, json!(null), "{when}");
        }
    }

    async fn a_reply_that_is_tried_again_is_under_way(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let since = waiting_since(&t, &conversation).await;
        let failed = fails(&t, &conversation, UNDELIVERABLE, "sync").await;
        let mut told = t.listens(t.ana.cursor().await).await;
        t.faults(json!({"fail_next": {"count": 1, "code": UNDELIVERABLE, "when": "async"}, "webhook_stop": true})).await;
        t.ana.post(&format!("messages/{failed}/retry"), json!({})).await.ok();
        t.ana.until_delivery(&failed, "accepted").await;
        assert_eq!(waiting_since(&t, &conversation).await, json!(null));
        t.faults(json!({"webhook_stop": false})).await;
        t.ana.until_delivery(&failed, "failed").await;
        let heard = loop {
            let frame = told.hears_a("changes").await;
            let waits = frame["conversations"].as_array().unwrap().iter().find(|c| !c["waiting_since"].is_null());
            if let Some(waits) = waits {
                break waits["waiting_since"].clone();
            }
        };
        assert_eq!(heard, since);
    }

    async fn a_reply_that_fails_opens_its_resolved_conversation_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let jordi = t.colleague("Jordi Peris").await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let since = waiting_since(&t, &conversation).await;
        t.ana.post(&format!("conversations/{conversation}/assign"), json!({"agent_id": jordi.id()})).await.ok();
        t.faults(json!({
            "webhook_stop": true, "fail_next": {"count": 1, "code": UNDELIVERABLE, "when": "async"},
        })).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let id = sent["id"].as_str().unwrap();
        t.ana.until_delivery(id, "accepted").await;
        t.ana.does("resolve", &conversation).await;
        let mut socket = t.listens(t.ana.cursor().await).await;
        t.faults(json!({"webhook_stop": false})).await;
        t.ana.until_delivery(id, "failed").await;

        let shown = t.ana.conversation(&conversation).await;
        assert_eq!((&shown["state"], &shown["resolved_at"]), (&json!("open"), &json!(null)));
        assert_eq!((&shown["assignee_id"], &shown["waiting_since"]), (&json!(jordi.id()), &since));
        let line = newest(&t, &conversation, "kind", "reopened").await;
        assert_eq!(line["agent_id"], json!(t.ana.id()));
        assert_eq!(line["parts"][0]["params"], json!({"why": "reply_failed"}));
        let counters = t.ana.get("counters").await;
        assert_eq!((&counters["all"], &counters["resolved"]), (&json!(1), &json!(0)));
        until("the browsers to hear of it", async || {
            let frame = socket.hears_a("changes").await;
            let heard = frame["conversations"].as_array().unwrap().iter().any(|c| c["state"] == "open");
            heard.then_some(())
        })
        .await;
    }

    async fn the_first_of_several_replies_that_fail_opens_their_resolved_conversation_again(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let (mut resolved, mut told) = (Vec::new(), Vec::new());
        for n in 0..6 {
            let said = shelf.text(&format!("3460000000{n}"), &format!("wamid.in{n}"), "Hi", start());
            shelf.apply(&[said], start()).await;
            let conversation = shelf.conversations().await[0];
            for agent in [shelf.agents[0], shelf.agents[1]] {
                let key = format!("k{n}");
                let content = Content::Text("Hola".to_owned());
                let line = NewLine { conversation, agent, content: &content, reply_to: None, key: &key };
                let written = shelf.store.reply(shelf.workspace, line, start(), start()).await.unwrap();
                let Written::Added(message) = written else { panic!("{written:?}") };
                let handover = shelf.hands_over(message, start()).await;
                let external_id = message.to_string();
                shelf.ends(&handover, Outcome::Accepted { external_id: external_id.clone() }, start()).await;
                told.push(shelf.status(report(&external_id, Report::Failed, 1)));
            }
            shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
            resolved.push(conversation);
        }
        shelf.apply(&told, start()).await;
        for conversation in resolved {
            let thread = shelf.store.thread(shelf.workspace, conversation, None, 100).await.unwrap();
            let reopened: Vec<_> = thread.iter().filter(|line| line.kind == "reopened").map(|line| line.agent_id).collect();
            assert_eq!(reopened, [Some(shelf.agents[0])]);
        }
    }

    async fn a_failure_and_the_next_message_end_alike_in_any_order_in_one_set_or_in_two(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let (again, told) = (start() + MINUTE, start() + MINUTE * 2);
        for (n, (cut, failure_first, resolved)) in every_way().enumerate() {
            let wa_id = format!("3460000000{n}");
            let known = shelf.every_conversation().await;
            shelf.apply(&[shelf.text(&wa_id, &format!("wamid.in{n}"), "Hi", start())], start()).await;
            let every = shelf.every_conversation().await;
            let conversation = every.into_iter().find(|id| !known.contains(id)).unwrap();
            let external_id = accepted(&shelf, conversation, &format!("wamid.out{n}")).await;
            if resolved {
                shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
            }
            let mut news = [
                shelf.status(report(&external_id, Report::Failed, 1)),
                shelf.text(&wa_id, &format!("wamid.again{n}"), "Are you there?", again),
            ];
            if !failure_first {
                news.reverse();
            }
            for set in news.chunks(if cut { 1 } else { 2 }) {
                shelf.apply(set, told).await;
            }
            let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
            let way = format!("cut: {cut}, failure first: {failure_first}, resolved: {resolved}");
            assert_eq!((shown.state, shown.waiting_since), (State::Open, Some(start())), "{way}");
            assert_eq!(shown.window_until, Some(again + SignedDuration::from_hours(24)), "{way}");
        }
        assert_eq!(shelf.every_conversation().await.len(), every_way().count());
    }

    async fn a_failure_counts_before_the_messages_of_its_set(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let conversation = shelf.conversations().await[0];
        let external_id = accepted(&shelf, conversation, "wamid.out").await;
        shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
        let next_day = start() + SignedDuration::from_hours(25);
        let news = [
            shelf.text("34600000001", "wamid.2", "Are you there?", next_day),
            shelf.status(report(&external_id, Report::Failed, 1)),
        ];
        shelf.apply(&news, next_day).await;
        assert_eq!(shelf.every_conversation().await, [conversation], "open again, and joined");
    }

    async fn what_was_settled_in_spite_of_a_failure_stays_settled(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let conversation = shelf.conversations().await[0];
        let first = shelf.begins(conversation, "first", start()).await;
        shelf.ends(&first, undeliverable(), start()).await;
        shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
        let again = start() + MINUTE;
        shelf.apply(&[shelf.text("34600000001", "wamid.2", "Something else", again)], again).await;
        let second = shelf.begins(conversation, "second", again).await;
        shelf.ends(&second, undeliverable(), again).await;
        let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
        assert_eq!(shown.waiting_since, Some(again));

        let retry = tried_again(&shelf, first.message, again).await;
        shelf.ends(&retry, undeliverable(), again).await;
        let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
        assert_eq!(shown.waiting_since, Some(again), "the first fails once more");
    }

    async fn what_was_resolved_while_a_reply_was_tried_again_is_not_settled_when_it_fails_once_more(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let conversation = shelf.conversations().await[0];
        let first = shelf.begins(conversation, "first", start()).await;
        shelf.ends(&first, undeliverable(), start()).await;
        let retry = tried_again(&shelf, first.message, start()).await;
        shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
        let again = start() + MINUTE;
        shelf.apply(&[shelf.text("34600000001", "wamid.2", "Are you there?", again)], again).await;
        shelf.ends(&retry, undeliverable(), again).await;
        let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
        assert_eq!(shown.waiting_since, Some(start()));
    }

    async fn a_reply_that_never_goes_out_opens_its_resolved_conversation_again(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let conversation = shelf.conversations().await[0];
        let waits = shelf.replies(conversation, "k", start()).await.unwrap();
        shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
        let closed = start() + SignedDuration::from_hours(24);
        shelf.store.hand_over(shelf.workspace, &[waits], || closed).await.unwrap();

        assert_eq!(shelf.conversations().await, [conversation]);
        let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
        assert_eq!((shown.waiting_since, shown.resolved_at), (Some(start()), None));
        let thread = shelf.store.thread(shelf.workspace, conversation, None, 100).await.unwrap();
        let reopened = thread.first().unwrap();
        assert_eq!((reopened.kind.as_str(), reopened.agent_id), ("reopened", Some(shelf.agents[0])));
        assert_eq!(reopened.parts[0]["params"], json!({"why": "returned"}));
    }

    async fn a_reply_whose_outcome_is_unknown_opens_nothing(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let conversation = shelf.conversations().await[0];
        let handover = shelf.begins(conversation, "k", start()).await;
        shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], start()).await.unwrap();
        let unknown = Outcome::Unknown { detail: "timeout".to_owned() };
        shelf.ends(&handover, unknown, start()).await;
        assert!(shelf.conversations().await.is_empty());
    }

    async fn of_two_resolved_conversations_whose_replies_fail_together_the_newer_is_open_again(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let mut told = Vec::new();
        let mut newest = None;
        for day in 1..=2 {
            let at = start() + SignedDuration::from_hours(25) * day;
            shelf.apply(&[shelf.text("34600000001", &format!("wamid.{day}"), "Hi", at)], at).await;
            let conversation = shelf.conversations().await[0];
            let handover = shelf.begins(conversation, &format!("k{day}"), at).await;
            let external_id = format!("wamid.out{day}");
            shelf.ends(&handover, Outcome::Accepted { external_id: external_id.clone() }, at).await;
            shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], at).await.unwrap();
            told.push(shelf.status(report(&external_id, Report::Failed, 1)));
            newest = Some(conversation);
        }
        shelf.apply(&told, start() + SignedDuration::from_hours(51)).await;
        assert_eq!(shelf.every_conversation().await.len(), 2);
        assert_eq!(shelf.conversations().await, newest.as_slice());
    }

    async fn a_reply_that_fails_opens_no_second_conversation(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        shelf.apply(&[shelf.text("34600000001", "wamid.1", "Hi", start())], start()).await;
        let old = shelf.conversations().await[0];
        let handover = shelf.begins(old, "k", start()).await;
        shelf.store.resolve(shelf.workspace, old, shelf.agents[0], start()).await.unwrap();
        let later = start() + SignedDuration::from_hours(25);
        shelf.apply(&[shelf.text("34600000001", "wamid.2", "Me again", later)], later).await;
        let new = shelf.conversations().await;
        let failure = Failure { code: CLOSED, detail: None };
        shelf.ends(&handover, Outcome::Refused(failure), later).await;
        assert_eq!(shelf.conversations().await, new);
        let shown = shelf.store.conversation(shelf.workspace, None, new[0]).await.unwrap().unwrap();
        assert_eq!(shown.window_until, Some(later + SignedDuration::from_hours(24)), "they wrote since");
    }

    async fn the_window_closes_when_meta_says_so_and_opens_with_the_next_message(db: TestDb) {
        let t = TestApp::new(db).await;
        for (how, wa_id) in [("sync", "34600000001"), ("async", "34600000002")] {
            let vera = t.customer(wa_id).await;
            let conversation = vera.says("Hi").await;
            t.pass(MINUTE).await;
            t.faults(json!({"window_error": how, "close_window": {"customer": wa_id}})).await;
            let sent = t.ana.reply(&conversation, "Hello!").await;
            let failed = sent["id"].as_str().unwrap();
            t.ana.until_delivery(failed, "failed").await;
            let shown = t.ana.conversation(&conversation).await;
            assert!(instant(&shown["window_until"]) <= t.app.clock.now(), "{how}: {shown}");
            assert_eq!(shown["waiting_since"], shown["opened_at"], "{how}");
            let calls = t.sends().await.len();
            assert_eq!(t.ana.try_reply(&conversation, "Hello?").await.said(), "409 window-closed", "{how}");
            let retry = t.ana.post(&format!("messages/{failed}/retry"), json!({})).await;
            assert_eq!(retry.said(), "409 window-closed", "{how}");
            t.called(calls).await;

            t.pass(MINUTE).await;
            vera.says("Hello?").await;
            // Meta's clock goes on while Charla's stands.
            let spoke = instant(&newest(&t, &conversation, "direction", "in").await["at"]).min(t.app.clock.now());
            let until = spoke + SignedDuration::from_hours(24);
            assert_eq!(t.ana.conversation(&conversation).await["window_until"], json!(until), "{how}");
            t.ana.reply(&conversation, "Here I am").await;
            vera.gets(&["Here I am"]).await;
        }
    }

    async fn the_window_closes_whichever_reason_of_a_failure_comes_first(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let orders: [&[&[i64]]; 3] =
            [&[&[UNDELIVERABLE], &[CLOSED]], &[&[CLOSED], &[UNDELIVERABLE]], &[&[UNDELIVERABLE, CLOSED]]];
        for (hour, reasons) in (1..).zip(orders) {
            let at = start() + SignedDuration::from_hours(hour);
            let said = shelf.text("34600000001", &format!("wamid.in{hour}"), "Hi", at);
            shelf.apply(&[said], at).await;
            let conversation = shelf.conversations().await[0];
            let refused = at + MINUTE;
            let handover = shelf.begins(conversation, &format!("k{hour}"), refused).await;
            let external_id = format!("wamid.out{hour}");
            shelf.ends(&handover, Outcome::Accepted { external_id: external_id.clone() }, refused).await;
            for codes in reasons {
                let failed = codes.iter().map(|&code| {
                    let failure = Some(Failure { code, detail: None });
                    shelf.status(Status { failure, ..report(&external_id, Report::Failed, hour) })
                });
                shelf.apply(&failed.collect::<Vec<_>>(), refused).await;
            }
            let shown = shelf.store.conversation(shelf.workspace, None, conversation).await.unwrap().unwrap();
            assert_eq!(shown.window_until, Some(refused), "{reasons:?}");
            assert_eq!(shown.waiting_since, Some(start() + SignedDuration::from_hours(1)), "{reasons:?}");
        }
    }

    async fn what_waits_behind_a_closed_window_is_a_draft_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.pass(MINUTE).await;
        t.faults(json!({"close_window": {"customer": "34600000001"}, "answer_delay_ms": 500})).await;
        t.ana.reply(&conversation, "one").await;
        t.ana.reply(&conversation, "two").await;
        until("the second to be given back", async || {
            let thread = t.ana.get(&format!("conversations/{conversation}/thread")).await;
            (thread["drafts"]["reply"] == "two").then_some(())
        })
        .await;
        t.called(1).await;
    }
}
