//! What Meta reports about our messages: in any order, twice, early, and kept for the bill.

use std::collections::{BTreeSet, HashSet};

use domain::conversation::State;
use domain::delivery::{Delivery, Report};
use domain::inbound::Status;
use domain::message::Failure;
use domain::{MessageId, Timestamp};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use store::testing::Part;
use store::{Conversation, Handover, Outcome, Received, test_both};

use crate::harness::{Shelf, TestApp, Text, instant, report, start};

/// How many messages, each with its own reports in its own order.
const CASES: usize = 1200;
/// Meta's code for "the window is closed".
const CLOSED: i64 = 131_047;

/// One message's fate: what is reported, and when our own call ends, by place in the sequence.
#[derive(Debug, Clone)]
struct Fate {
    /// Shuffled, with copies: which report, at which second.
    news: Vec<(Report, i64)>,
    /// Whether Meta echoes our try's id. Without it, only our call's answer tells what the reports are about.
    echoed: bool,
    /// Before which of them the call ends.
    ends_before: usize,
    /// Whether its answer comes.
    answered: bool,
    /// Whether the conversation was resolved before any of it.
    resolved: bool,
    /// Before which of them the customer writes again, if at all.
    writes_before: Option<usize>,
    /// Where the sequence is cut into batches.
    cuts: Vec<bool>,
}

/// The code of a failure that is reported at this second.
fn code_of(second: i64) -> i64 {
    [131_026, CLOSED, 131_000][usize::try_from(second % 3).unwrap()]
}

fn fates() -> impl Strategy<Value = Fate> {
    let one = (
        prop_oneof![
            3 => Just(Report::Sent),
            3 => Just(Report::Delivered),
            3 => Just(Report::Read),
            1 => Just(Report::Played),
            2 => Just(Report::Failed),
        ],
        0..5_i64,
    );
    let few = proptest::collection::vec(one, 1..6);
    let news = few.prop_flat_map(|few| {
        let copies: Vec<_> = few.iter().chain(&few).copied().collect();
        let some = few.len()..=copies.len();
        (Just(few), proptest::sample::subsequence(copies, some))
            .prop_map(|(few, some)| few.into_iter().chain(some).collect::<Vec<_>>())
            .prop_shuffle()
    });
    (
        news,
        any::<bool>(),
        0..12_usize,
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(0..12_usize),
        proptest::collection::vec(any::<bool>(), 24),
    )
        .prop_map(
            |(news, echoed, ends_before, answered, resolved, writes_before, cuts)| Fate {
                ends_before: ends_before.min(news.len()),
                writes_before: writes_before.map(|n| n.min(news.len())),
                answered: answered || !echoed,
                news,
                echoed,
                resolved,
                cuts,
            },
        )
}

impl Fate {
    /// The report of one row, as Meta would send it about this try.
    fn status(&self, external_id: &str, try_ref: &str, (what, second): (Report, i64)) -> Status {
        Status {
            try_ref: self.echoed.then(|| try_ref.to_owned()),
            failure: (what == Report::Failed).then(|| Failure {
                code: code_of(second),
                detail: None,
            }),
            pricing: Some(format!(r#"{{"billable":true,"n":{second}}}"#)),
            ..report(external_id, what, second)
        }
    }

    /// What the message must be in the end, whatever the order.
    fn end(&self) -> End {
        let earliest = |of: &[Report]| {
            let seconds = self
                .news
                .iter()
                .filter(|(what, _)| of.contains(what))
                .map(|(_, at)| *at);
            seconds
                .min()
                .map(|second| start() + SignedDuration::from_secs(second))
        };
        let rank = |what: &Report| match what {
            Report::Sent => Delivery::Sent,
            Report::Failed => Delivery::Failed,
            Report::Delivered => Delivery::Delivered,
            Report::Read | Report::Played => Delivery::Seen,
        };
        let failed = self.news.iter().filter(|(what, _)| *what == Report::Failed);
        let delivery = self.news.iter().map(|(what, _)| rank(what)).max().unwrap();
        End {
            delivery,
            delivered_at: earliest(&[Report::Delivered]),
            seen_at: earliest(&[Report::Read, Report::Played]),
            failure: failed
                .map(|(_, at)| code_of(*at))
                .min()
                .filter(|_| delivery == Delivery::Failed),
        }
    }

    /// How the conversation must stand in the end, whatever the order.
    fn turn(&self) -> Turn {
        let failed = self.end().delivery == Delivery::Failed;
        let wrote = self.writes_before.map(|_| again());
        let refused = |&(what, at): &(Report, i64)| what == Report::Failed && code_of(at) == CLOSED;
        Turn {
            waiting_since: if failed { Some(start()) } else { wrote },
            window_until: match wrote {
                None if self.news.iter().any(refused) => told(),
                _ => wrote.unwrap_or(start()) + SignedDuration::from_hours(24),
            },
        }
    }

    /// Whether the conversation must be open in the end; `None` if that depends on when a failure was reported
    /// that was none.
    fn open(&self) -> Option<bool> {
        let failed = self.news.iter().any(|(what, _)| *what == Report::Failed);
        let opened = !self.resolved || self.turn().waiting_since.is_some();
        (opened || !failed).then_some(opened)
    }

    fn kept(&self) -> usize {
        let distinct: HashSet<_> = self
            .news
            .iter()
            .map(|(what, at)| (what.as_str(), at))
            .collect();
        distinct.len()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct End {
    delivery: Delivery,
    delivered_at: Option<Timestamp>,
    seen_at: Option<Timestamp>,
    failure: Option<i64>,
}

#[derive(Debug, PartialEq, Eq)]
struct Turn {
    waiting_since: Option<Timestamp>,
    window_until: Timestamp,
}

/// When the replies are handed over.
fn handed_over() -> Timestamp {
    start() + SignedDuration::from_mins(1)
}

/// When the customers write again.
fn again() -> Timestamp {
    start() + SignedDuration::from_mins(2)
}

/// When all of it is told.
fn told() -> Timestamp {
    start() + SignedDuration::from_mins(3)
}

async fn conversation_of(shelf: &Shelf, handover: &Handover) -> Conversation {
    let Shelf {
        store, workspace, ..
    } = shelf;
    let line = store
        .line(*workspace, handover.message)
        .await
        .unwrap()
        .unwrap();
    let found = store
        .conversation(*workspace, None, line.conversation_id)
        .await;
    found.unwrap().unwrap()
}

async fn begun(shelf: &Shelf, count: usize) -> Vec<Handover> {
    let texts: Vec<Received> = (0..count)
        .map(|n| shelf.text(&format!("34600{n:06}"), &format!("in {n}"), "Hola", start()))
        .collect();
    shelf.apply(&texts, start()).await;
    let conversations = shelf.conversations().await;
    let mut messages = Vec::new();
    for (n, conversation) in conversations.into_iter().enumerate() {
        messages.push(
            shelf
                .replies(conversation, &format!("out {n}"), start())
                .await
                .unwrap(),
        );
    }
    shelf
        .store
        .hand_over(shelf.workspace, &messages, handed_over)
        .await
        .unwrap()
        .begun
}

fn external_id(message: MessageId) -> String {
    format!("wamid.{message}")
}

/// The customer to whom a message goes writes again.
fn writes_again(shelf: &Shelf, handover: &Handover) -> Received {
    let wa_id = handover.wa_id.as_deref().unwrap();
    shelf.text(wa_id, &format!("again {wa_id}"), "Are you there?", again())
}

/// One step of a message's life.
enum Step {
    Told(Status),
    Writes,
    Ends(Outcome),
}

fn life(fate: &Fate, handover: &Handover) -> Vec<Step> {
    let (external, try_ref) = (external_id(handover.message), handover.try_id.to_string());
    let outcome = if fate.answered {
        Outcome::Accepted {
            external_id: external.clone(),
        }
    } else {
        Outcome::Unknown {
            detail: "timeout".to_owned(),
        }
    };
    let news = fate
        .news
        .iter()
        .map(|&row| Step::Told(fate.status(&external, &try_ref, row)));
    let mut steps: Vec<Step> = news.collect();
    steps.insert(fate.ends_before, Step::Ends(outcome));
    if let Some(place) = fate.writes_before {
        steps.insert(place, Step::Writes);
    }
    steps
}

/// Lives all lives at once, each cut into batches where its fate says so.
async fn live_through(shelf: &Shelf, fates: &[Fate], handovers: &[Handover]) {
    let mut lives: Vec<_> = fates
        .iter()
        .zip(handovers)
        .map(|(fate, handover)| {
            (
                fate,
                handover,
                life(fate, handover).into_iter().peekable(),
                0,
            )
        })
        .collect();
    loop {
        let (mut news, mut ended) = (Vec::new(), Vec::new());
        for (fate, handover, steps, n) in &mut lives {
            while let Some(step) = steps.next() {
                *n += 1;
                match step {
                    Step::Told(status) => news.push(shelf.status(status)),
                    Step::Writes => news.push(writes_again(shelf, handover)),
                    Step::Ends(outcome) => {
                        ended.push(store::Ended {
                            try_id: handover.try_id,
                            outcome,
                        });
                        break;
                    }
                }
                let next_ends = matches!(steps.peek(), Some(Step::Ends(_)));
                if next_ends || fate.cuts[*n] {
                    break;
                }
            }
        }
        if news.is_empty() && ended.is_empty() {
            return;
        }
        shelf.apply(&news, told()).await;
        shelf
            .store
            .end_tries(shelf.workspace, &ended, told())
            .await
            .unwrap();
    }
}

test_both! {
    async fn two_failures_of_one_second_are_two_facts(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let failed = |code: i64| {
            let failure = Some(Failure { code, detail: None });
            shelf.status(Status { failure, ..report("wamid.out", Report::Failed, 1) })
        };
        for _ in 0..2 {
            shelf.apply(&[failed(131_026), failed(131_047)], start()).await;
        }
        assert_eq!(shelf.store.rows_where(Part::Main, "statuses", "1 = 1").await, 2);
    }

    async fn any_order_of_reports_ends_in_the_same_message(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let handovers = begun(&shelf, CASES).await;
        assert_eq!(handovers.len(), CASES);
        let mut runner = TestRunner::new(Config::default());
        let fates: Vec<Fate> = (0..CASES)
            .map(|_| fates().new_tree(&mut runner).unwrap().current())
            .collect();
        for (fate, handover) in fates.iter().zip(&handovers) {
            if fate.resolved {
                let conversation = conversation_of(&shelf, handover).await.id;
                shelf.store.resolve(shelf.workspace, conversation, shelf.agents[0], handed_over()).await.unwrap();
            }
        }
        live_through(&shelf, &fates, &handovers).await;
        for (fate, handover) in fates.iter().zip(&handovers) {
            let line = shelf.store.line(shelf.workspace, handover.message).await.unwrap().unwrap();
            let end = End {
                delivery: line.delivery.unwrap(),
                delivered_at: line.delivered_at,
                seen_at: line.seen_at,
                failure: line.failure_code,
            };
            assert_eq!(end, fate.end(), "{fate:?}");
            let conversation = conversation_of(&shelf, handover).await;
            let turn = Turn {
                waiting_since: conversation.waiting_since,
                window_until: conversation.window_until.unwrap(),
            };
            assert_eq!(turn, fate.turn(), "{fate:?}");
            let open = conversation.state == State::Open;
            assert_eq!(open, fate.open().unwrap_or(open), "{fate:?}");
            assert_eq!(line.external_id, Some(external_id(handover.message)), "{fate:?}");
            let kept = shelf.store.statuses(shelf.workspace, handover.message).await.unwrap();
            assert_eq!(kept.len(), fate.kept(), "{fate:?}");
            let tries = shelf.store.tries(shelf.workspace, handover.message).await.unwrap();
            assert_eq!(tries[0].outcome, "accepted", "{fate:?}");
        }
    }

    async fn a_late_copy_of_a_failure_does_not_fail_the_next_try(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let first = begun(&shelf, 1).await.remove(0);
        let accepted = |id: &str| Outcome::Accepted { external_id: id.to_owned() };
        shelf.ends(&first, accepted("wamid.first"), start()).await;
        let failed = Status {
            try_ref: Some(first.try_id.to_string()),
            failure: Some(Failure { code: 131_026, detail: None }),
            ..report("wamid.first", Report::Failed, 1)
        };
        shelf.apply(&[shelf.status(failed.clone())], start()).await;
        let again = shelf.store.retry(shelf.workspace, first.message, false, start()).await.unwrap();
        assert_eq!(again, store::Retried::Queued);
        shelf.apply(&[shelf.status(failed.clone())], start()).await;
        let waiting = shelf.store.line(shelf.workspace, first.message).await.unwrap().unwrap();
        assert_eq!(waiting.delivery, Some(Delivery::Queued), "while it waits");
        let second = shelf.hands_over(first.message, start()).await;
        shelf.apply(&[shelf.status(failed.clone())], start()).await;
        shelf.ends(&second, accepted("wamid.second"), start()).await;
        let sent = Status {
            try_ref: Some(second.try_id.to_string()),
            ..report("wamid.second", Report::Sent, 2)
        };
        shelf.apply(&[shelf.status(sent), shelf.status(failed)], start()).await;
        let line = shelf.store.line(shelf.workspace, first.message).await.unwrap().unwrap();
        assert_eq!((line.delivery, line.failure_code), (Some(Delivery::Sent), None));
        assert_eq!(line.external_id.as_deref(), Some("wamid.second"));
    }

    async fn a_message_that_a_report_proves_sent_is_not_handed_over_again(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let again = Outcome::Again {
            failure: Failure { code: 131_000, detail: None },
            due_at: start(),
        };
        let unknown = Outcome::Unknown { detail: "timeout".to_owned() };
        let handovers = begun(&shelf, 2).await;
        for (handover, outcome, what) in [
            (&handovers[0], again, Report::Sent),
            (&handovers[1], unknown, Report::Delivered),
        ] {
            shelf.ends(handover, outcome, start()).await;
            let later = start() + SignedDuration::from_mins(11);
            // A job or a person wants to send it again, and it waits.
            let retried = shelf.store.retry(shelf.workspace, handover.message, true, later).await.unwrap();
            assert!(matches!(retried, store::Retried::Queued | store::Retried::NotFailed), "{what:?}");
            assert_eq!(shelf.store.waiting(shelf.workspace).await.unwrap(), 1, "{what:?}");
            let proof = Status {
                try_ref: Some(handover.try_id.to_string()),
                ..report(&external_id(handover.message), what, 1)
            };
            shelf.apply(&[shelf.status(proof)], later).await;
            assert_eq!(shelf.store.waiting(shelf.workspace).await.unwrap(), 0, "{what:?}");
            let line = shelf.store.line(shelf.workspace, handover.message).await.unwrap().unwrap();
            assert_eq!(line.delivery, Some(what.delivery()));
        }
    }

    async fn browsers_hear_that_a_message_no_longer_waits_for_the_reason_shown(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let again = Outcome::Again {
            failure: Failure { code: 131_000, detail: None },
            due_at: start(),
        };
        let first = begun(&shelf, 1).await.remove(0);
        shelf.ends(&first, again, start()).await;
        let waits = shelf.store.line(shelf.workspace, first.message).await.unwrap().unwrap();
        assert_eq!(waits.failure_code, Some(131_000));
        shelf.hands_over(first.message, start()).await;
        let tried = shelf.store.line(shelf.workspace, first.message).await.unwrap().unwrap();
        assert_eq!(tried.failure_code, None);
        assert!(tried.version > waits.version, "{} then {}", waits.version, tried.version);
    }

    async fn an_echo_on_another_channel_is_not_believed(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        let handover = begun(&shelf, 1).await.remove(0);
        let forged = Status {
            try_ref: Some(handover.try_id.to_string()),
            ..report("wamid.forged", Report::Read, 1)
        };
        let elsewhere = domain::ChannelId::new(start(), [9; 10]);
        let update = Received { channel: elsewhere, ..shelf.status(forged) };
        shelf.apply(&[update], start()).await;
        let line = shelf.store.line(shelf.workspace, handover.message).await.unwrap().unwrap();
        assert_eq!(line.delivery, Some(Delivery::Queued));
    }

    async fn every_report_is_kept_with_the_price_as_meta_wrote_it(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let details = t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        t.applied().await;
        let told = webhooks_about(&t, details["external_id"].as_str().unwrap()).await;
        let words: Vec<&str> = told.iter().map(|s| s["status"].as_str().unwrap()).collect();
        assert_eq!(words, ["sent", "delivered", "read"]);
        let kept: BTreeSet<(String, String)> = t
            .app
            .store
            .texts(store::testing::Part::Main, "SELECT status || ' ' || COALESCE(pricing, 'none') FROM statuses")
            .await
            .into_iter()
            .map(|row| {
                let row = row.unwrap();
                let (word, price) = row.split_once(' ').unwrap();
                (word.to_owned(), price.to_owned())
            })
            .collect();
        let expect: BTreeSet<(String, String)> = told
            .iter()
            .map(|status| {
                let price = status.get("pricing").map_or_else(|| "none".to_owned(), Value::to_string);
                (status["status"].as_str().unwrap().to_owned(), price)
            })
            .collect();
        let parsed = |rows: &BTreeSet<(String, String)>| -> Vec<(String, Value)> {
            let value = |price: &str| serde_json::from_str(price).unwrap_or(json!(price));
            rows.iter().map(|(word, price)| (word.clone(), value(price))).collect()
        };
        assert_eq!(parsed(&kept), parsed(&expect));
        let shown = details["statuses"].as_array().unwrap();
        assert_eq!(shown[0]["pricing"], told[0]["pricing"]);
    }

    async fn what_was_sent_before_its_number_was_disconnected_keeps_its_fate_and_its_price(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"webhook_stop": true})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let id = sent["id"].as_str().unwrap();
        let details = t.ana.until_delivery(id, "accepted").await;
        t.app.store.disconnect_channel(t.workspace, t.channel, t.app.clock.now()).await.unwrap();
        t.reload().await;
        let price = json!({"billable": true, "category": "service"});
        let mut change = Text::from("34600000001", "wamid.after", "Hello?").change(t.number(0));
        change["value"]["statuses"] = json!([{
            "id": details["external_id"], "status": "delivered", "timestamp": crate::harness::START.to_string(),
            "recipient_id": "34600000001", "pricing": price,
        }]);
        t.told(&t.changes(&[change])).await;
        let details = t.ana.message(id).await;
        assert_eq!(details["entry"]["delivery"], "delivered");
        assert_eq!(details["statuses"][0]["pricing"], price);
        assert_eq!(t.ana.texts(&conversation, "in").await, ["Hi"], "and nobody writes to it any more");
    }

    async fn a_report_that_overtakes_our_own_answer_is_not_lost(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"answer_delay_ms": 4000})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let early = t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        assert_eq!(t.sends().await.len(), 0, "the call has not returned yet");
        assert_eq!(early["tries"][0]["outcome"], "accepted");
        charla_tests::until::until("the answer", async || (t.sends().await.len() == 1).then_some(())).await;
        let late = t.ana.message(sent["id"].as_str().unwrap()).await;
        assert_eq!(late["entry"]["delivery"], "seen");
        assert_eq!(late["statuses"].as_array().unwrap().len(), 3);
    }

    async fn reports_in_the_wrong_order_and_without_a_delivered_end_in_seen(db: TestDb) {
        let t = TestApp::new(db).await;
        t.faults(json!({"webhook_reorder": true, "webhook_duplicate": 2})).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        t.faults(json!({"webhook_reorder": false, "skip_delivered": true})).await;
        let other = t.ana.reply(&conversation, "And more").await;
        let details = t.ana.until_delivery(other["id"].as_str().unwrap(), "seen").await;
        assert_eq!(details["entry"]["delivered_at"], json!(null));
    }

    async fn an_ad_is_kept_and_frees_72_hours_from_our_answer(db: TestDb) {
        let t = TestApp::new(db).await;
        let ad = json!({"source_type": "ad", "source_id": "120210000000000001", "headline": "Casa Turia"});
        let vera = t.customer("34600000001").await;
        let conversation = vera.says_after_an_ad("Hola, vi su anuncio", &ad).await;
        let kept = t.found("SELECT raw FROM referrals").await.unwrap();
        assert_eq!(serde_json::from_str::<Value>(&kept).unwrap(), ad);
        let before = t.ana.conversation(&conversation).await;
        assert_eq!(before["free_until"], json!(null));
        let sent = t.ana.reply(&conversation, "¡Hola!").await;
        t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        let after = t.ana.conversation(&conversation).await;
        assert_eq!(instant(&after["free_until"]), t.app.clock.now() + SignedDuration::from_hours(72));
        assert_eq!(after["window_until"], before["window_until"], "and opens no window");
    }

    async fn an_answer_that_only_a_report_proved_starts_the_free_hours_too(db: TestDb) {
        let t = TestApp::new(db).await;
        let ad = json!({"source_type": "ad", "source_id": "120210000000000001"});
        let vera = t.customer("34600000001").await;
        let conversation = vera.says_after_an_ad("Hola", &ad).await;
        t.faults(json!({"answer_never_next": 1})).await;
        let sent = t.ana.reply(&conversation, "¡Hola!").await;
        t.ana.until_delivery(sent["id"].as_str().unwrap(), "seen").await;
        let after = t.ana.conversation(&conversation).await;
        assert_eq!(instant(&after["free_until"]), t.app.clock.now() + SignedDuration::from_hours(72));
    }
}

/// The statuses that Meta sent about a message, in its order, as it wrote them.
async fn webhooks_about(t: &TestApp, external_id: &str) -> Vec<Value> {
    let log = t.asked("log?limit=2000").await;
    let entries = log["entries"].as_array().unwrap();
    entries
        .iter()
        .filter(|e| e["kind"] == "status")
        .flat_map(|e| {
            e["request"]["entry"][0]["changes"]
                .as_array()
                .unwrap()
                .clone()
        })
        .flat_map(|change| change["value"]["statuses"].as_array().unwrap().clone())
        .filter(|status| status["id"] == external_id)
        .collect()
}
