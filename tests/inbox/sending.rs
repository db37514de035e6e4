//! Handing over: once, in order, and honest about what nobody knows.

use charla_tests::until::until;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::test_both;

use crate::harness::{Customer, TestApp};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// Waits, while time passes, until exactly these texts are on the phone.
async fn arrive(t: &TestApp, customer: &Customer<'_>, texts: &[&str]) {
    let what = format!("{texts:?} to arrive");
    t.as_time_passes(&what, async || {
        (customer.phone().await == texts).then_some(())
    })
    .await;
}

/// Somebody else's message goes through: whatever was due before it had its chance.
async fn others_are_served(t: &TestApp, tom: &Customer<'_>, conversation: &str, text: &str) {
    t.ana.reply(conversation, text).await;
    t.as_time_passes("the other message", async || {
        tom.phone()
            .await
            .iter()
            .any(|got| got == text)
            .then_some(())
    })
    .await;
}

async fn retry(t: &TestApp, id: &str, anyway: bool) -> crate::harness::Answer {
    t.ana
        .post(&format!("messages/{id}/retry"), json!({"anyway": anyway}))
        .await
}

fn id_of(line: &Value) -> &str {
    line["id"].as_str().unwrap()
}

async fn paused(t: &TestApp, n: usize) -> Value {
    t.ana.get("").await["channels"][n]["paused"].clone()
}

test_both! {
    async fn a_reply_goes_out_is_delivered_and_seen(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        vera.is(json!({"reads": "manual"})).await;
        let conversation = vera.says("Hi").await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let delivered = t.ana.until_delivery(id_of(&sent), "delivered").await;
        assert_eq!(delivered["entry"]["seen_at"], json!(null));
        vera.reads().await;
        let seen = t.ana.until_delivery(id_of(&sent), "seen").await;
        assert!(seen["entry"]["seen_at"].is_string());
        assert_eq!(seen["tries"].as_array().unwrap().len(), 1);
        assert_eq!((&seen["tries"][0]["outcome"], &seen["tries"][0]["number"]), (&json!("accepted"), &json!(1)));
        assert_eq!(t.ana.conversation(&conversation).await["preview"]["delivery"], "seen");
    }

    async fn the_messages_of_a_conversation_arrive_in_the_order_they_were_written(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let texts: Vec<String> = (0..25).map(|n| format!("line {n}")).collect();
        t.faults(json!({"answer_delay_ms": 5})).await;
        for text in &texts {
            t.ana.reply(&conversation, text).await;
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        arrive(&t, &vera, &texts).await;
        t.called(25).await;
    }

    async fn an_answer_that_never_came_is_unknown_and_settled_by_the_report(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        vera.is(json!({"reads": "manual"})).await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"answer_never_next": 1, "webhook_stop": true})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let unknown = t.ana.until_delivery(id_of(&sent), "unknown").await;
        assert_eq!(unknown["tries"][0]["outcome"], "unknown");
        assert_eq!(unknown["external_id"], json!(null));
        t.faults(json!({"webhook_stop": false})).await;
        let settled = t.ana.until_delivery(id_of(&sent), "delivered").await;
        assert_eq!(settled["tries"][0]["outcome"], "accepted");
        assert!(settled["external_id"].is_string());
        assert_eq!(vera.phone().await, ["Hello!"]);
        t.called(1).await;
    }

    async fn what_may_have_arrived_is_sent_again_by_nobody_but_a_person_after_ten_minutes(db: TestDb) {
        let t = TestApp::new(db).await;
        let (vera, tom) = (t.customer("34600000001").await, t.customer("34600000002").await);
        let (conversation, other) = (vera.says("Hi").await, tom.says("Hi").await);
        t.faults(json!({"answer_never_next": 1, "webhook_stop": true})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let id = id_of(&sent);
        t.ana.until_delivery(id, "unknown").await;
        let handed_over = t.app.clock.now();

        t.pass_here(MINUTE * 10 - SignedDuration::from_secs(1));
        for anyway in [false, true] {
            let early = retry(&t, id, anyway).await;
            assert_eq!(early.said(), "409 outcome-unknown", "anyway: {anyway}");
            assert_eq!(early.body["params"]["after"], json!(handed_over + MINUTE * 10));
        }
        t.pass_here(SignedDuration::from_secs(1));
        assert_eq!(retry(&t, id, false).await.said(), "409 outcome-unknown");
        others_are_served(&t, &tom, &other, "for Tom").await;
        t.pass_here(MINUTE * 60);
        others_are_served(&t, &tom, &other, "for Tom again").await;
        assert_eq!(vera.phone().await, ["Hello!"], "no job sent it again");

        let again = retry(&t, id, true).await.ok();
        assert_eq!((&again["id"], &again["delivery"]), (&sent["id"], &json!("queued")));
        arrive(&t, &vera, &["Hello!", "Hello!"]).await;
        t.faults(json!({"webhook_stop": false})).await;
        let details = t.ana.until_delivery(id, "seen").await;
        let numbers: Vec<&Value> = details["tries"].as_array().unwrap().iter().map(|t| &t["number"]).collect();
        assert_eq!(numbers, [1, 2]);
    }

    async fn a_500_that_is_not_graphs_is_unknown_and_not_tried_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let (vera, tom) = (t.customer("34600000001").await, t.customer("34600000002").await);
        let (conversation, other) = (vera.says("Hi").await, tom.says("Hi").await);
        t.faults(json!({"answer_500_next": 1, "answer_500_processed": false})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let details = t.ana.until_delivery(id_of(&sent), "unknown").await;
        assert_eq!(details["tries"][0]["detail"], "http_500");
        t.pass_here(MINUTE * 10);
        others_are_served(&t, &tom, &other, "for Tom").await;
        assert_eq!(vera.phone().await, [""; 0]);
        retry(&t, id_of(&sent), true).await.ok();
        arrive(&t, &vera, &["Hello!"]).await;
    }

    async fn a_number_that_is_too_fast_waits_and_tries_again(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"fail_next": {"count": 2, "code": 130_429}})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let began = t.app.clock.now();
        arrive(&t, &vera, &["Hello!"]).await;
        let waited = t.app.clock.now().duration_since(began);
        assert!(waited >= SignedDuration::from_secs(6), "2 s and 4 s at least, not {waited}");
        let details = t.ana.until_delivery(id_of(&sent), "seen").await;
        let tries = details["tries"].as_array().unwrap();
        let told: Vec<_> = tries.iter().map(|t| (t["outcome"].as_str().unwrap(), t["code"].as_i64())).collect();
        assert_eq!(told, [("refused", Some(130_429)), ("refused", Some(130_429)), ("accepted", None)]);
        assert_eq!(details["entry"]["failure"], json!(null));
        t.called(3).await;
    }

    async fn one_person_being_too_fast_holds_up_nobody_else(db: TestDb) {
        let t = TestApp::new(db).await;
        let (vera, tom) = (t.customer("34600000001").await, t.customer("34600000002").await);
        let (conversation, other) = (vera.says("Hi").await, tom.says("Hi").await);
        t.faults(json!({"fail_next": {"count": 1, "code": 131_056}})).await;
        t.ana.reply(&conversation, "for Vera").await;
        until("the refusal", async || (t.sends().await.len() == 1).then_some(())).await;
        t.ana.reply(&other, "for Tom").await;
        tom.gets(&["for Tom"]).await;
        assert_eq!(vera.phone().await, [""; 0], "no time has passed for her");
        arrive(&t, &vera, &["for Vera"]).await;
        t.called(3).await;
    }

    async fn a_token_that_was_revoked_pauses_the_channel_and_keeps_the_queue(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut customers = Vec::new();
        for n in 0..12 {
            let customer = t.customer(&format!("346000001{n:02}")).await;
            let conversation = customer.says("Hi").await;
            customers.push((customer, conversation));
        }
        t.revokes_the_token().await;
        let (vera, hers) = &customers[0];
        let first = t.ana.reply(hers, "first").await;
        until("the channel to be paused", async || (paused(&t, 0).await == "token").then_some(())).await;
        for (_, conversation) in &customers {
            t.ana.reply(conversation, "second").await;
        }
        t.pass_here(MINUTE * 60);
        assert_eq!(t.ana.get("health").await["outbox"]["waiting"], 13);
        t.reload().await;
        t.pass_here(MINUTE);
        t.called(1).await;

        t.faults(json!({"token_revoked": false})).await;
        t.connect_number(0).await;
        assert_eq!(paused(&t, 0).await, json!(null));
        arrive(&t, vera, &["first", "second"]).await;
        for (customer, _) in &customers[1..] {
            arrive(&t, customer, &["second"]).await;
        }
        t.ana.until_delivery(id_of(&first), "seen").await;
        assert_eq!(t.ana.get("health").await["outbox"]["waiting"], 0);
        t.called(14).await;
    }

    async fn a_channel_that_another_process_connects_anew_goes_on_by_itself(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.revokes_the_token().await;
        t.ana.reply(&conversation, "Hello!").await;
        until("the channel to be paused", async || {
            (paused(&t, 0).await == "token").then_some(())
        })
        .await;
        t.faults(json!({"token_revoked": false})).await;
        t.connect_unnoticed(0, t.workspace).await;
        arrive(&t, &vera, &["Hello!"]).await;
    }

    async fn a_channel_that_an_admin_lets_try_again_sends_what_waits(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.revokes_the_token().await;
        t.ana.reply(&conversation, "Hello!").await;
        until("the channel to be paused", async || (paused(&t, 0).await == "token").then_some(())).await;
        // The pause has the number looked at: a look after the admin's wish would set it to rest without a call.
        until("the channel to be looked at", async || {
            (t.rows("standings", "standing LIKE '%\"token_valid\":false%'").await > 0).then_some(())
        })
        .await;
        let id = t.ana.get("").await["channels"][0]["id"].clone();
        let resume = format!("channels/{}/resume", id.as_str().unwrap());

        // Nothing was mended: it is tried once more, and rests again.
        assert_eq!(t.ana.post(&resume, json!({})).await.said(), "204");
        t.called(2).await;
        until("the channel to be paused again", async || (paused(&t, 0).await == "token").then_some(())).await;

        t.faults(json!({"token_revoked": false})).await;
        assert_eq!(t.ana.post(&resume, json!({})).await.said(), "204");
        assert_eq!(paused(&t, 0).await, json!(null));
        arrive(&t, &vera, &["Hello!"]).await;

        let channel = t.app.store.channels(t.workspace).await.unwrap().remove(0);
        t.app.store.disconnect_channel(t.workspace, channel.id, t.app.clock.now()).await.unwrap();
        assert_eq!(t.ana.post(&resume, json!({})).await.said(), "409 channel-disconnected");
    }

    async fn what_was_wrong_with_an_old_token_does_not_pause_the_new_one(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        let old = t.app.store.channels(t.workspace).await.unwrap().remove(0);
        t.connect_number(0).await;
        // The last answer to a call with the old token comes in.
        t.app.store.pause_channel(&old, "token", t.app.clock.now()).await.unwrap();
        t.reload().await;
        assert_eq!(paused(&t, 0).await, json!(null));
        t.ana.reply(&conversation, "Hello!").await;
        vera.gets(&["Hello!"]).await;
    }

    async fn a_burst_into_a_revoked_token_ends_with_the_calls_under_way(db: TestDb) {
        let t = TestApp::new(db).await;
        t.ana.takes_back_for(5).await;
        for n in 0..12 {
            let conversation = t.customer(&format!("346000001{n:02}")).await.says("Hi").await;
            t.ana.reply(&conversation, "Hello!").await;
        }
        t.faults(json!({"token_revoked": true, "answer_delay_ms": 200})).await;
        t.pass_here(SignedDuration::from_secs(5));
        until("the channel to be paused", async || (paused(&t, 0).await == "token").then_some(())).await;
        for _ in 0..10 {
            t.pass_here(MINUTE);
        }
        until("every answer to be recorded", async || {
            let waiting = t.ana.get("health").await["outbox"]["waiting"].clone();
            (waiting == 12).then_some(())
        })
        .await;
        let sends = t.sends().await;
        let began = |send: &Value| -> jiff::Timestamp { send["at"].as_str().unwrap().parse().unwrap() };
        let first_end = sends
            .iter()
            .map(|s| began(s) + SignedDuration::from_millis(s["took_ms"].as_i64().unwrap()))
            .min()
            .unwrap();
        let after = sends.iter().filter(|s| began(s) > first_end).count();
        assert!(after <= 3, "{after} calls began after the first refusal");
    }

    async fn a_call_under_way_when_the_server_is_told_to_stop_is_waited_for(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"answer_delay_ms": 500, "webhook_stop": true})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        // Meta has it and is still to answer.
        vera.gets(&["Hello!"]).await;
        t.stop_and_start().await;
        let details = t.ana.message(id_of(&sent)).await;
        assert_eq!(details["tries"][0]["outcome"], "accepted");
        assert_eq!(details["entry"]["delivery"], "accepted");
    }

    async fn another_number_goes_on_while_one_is_paused(db: TestDb) {
        let t = TestApp::new(db).await;
        let second = t.connect_number(1).await;
        let vera = t.customer("34600000001").await;
        let there = vera.at_number(1);
        let (here_conversation, there_conversation) = (vera.says("Hi").await, there.says("Hi").await);
        let channels = t.app.store.channels(t.workspace).await.unwrap();
        let second = channels.iter().find(|c| c.id == second).unwrap();
        t.app.store
            .pause_channel(second, "token", t.app.clock.now())
            .await
            .unwrap();
        t.reload().await;
        t.ana.reply(&there_conversation, "from the second").await;
        t.ana.reply(&here_conversation, "from the first").await;
        vera.gets(&["from the first"]).await;
        assert_eq!(there.phone().await, [""; 0]);
        assert_eq!(t.ana.get("health").await["outbox"]["waiting"], 1);
    }

    async fn a_failure_that_is_told_later_is_shown_with_what_helps(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"fail_next": {"count": 1, "code": 131_026, "when": "async"}})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let details = t.ana.until_delivery(id_of(&sent), "failed").await;
        assert_eq!(details["tries"][0]["outcome"], "accepted");
        let failure = &details["entry"]["failure"];
        assert_eq!((&failure["code"], &failure["advice"]), (&json!(131_026), &json!("never")));
        assert!(failure["detail"].is_string());
        assert_eq!(details["statuses"].as_array().unwrap().last().unwrap()["code"], 131_026);
    }

    async fn a_refused_message_is_sent_again_when_a_person_says_so(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"fail_next": {"count": 1, "code": 131_026}})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        let failed = t.ana.until_delivery(id_of(&sent), "failed").await;
        assert_eq!(failed["entry"]["failure"]["code"], 131_026);
        let again = retry(&t, id_of(&sent), false).await.ok();
        assert_eq!((&again["delivery"], &again["failure"]), (&json!("queued"), &json!(null)));
        arrive(&t, &vera, &["Hello!"]).await;
        let details = t.ana.until_delivery(id_of(&sent), "seen").await;
        assert_eq!(details["entry"]["failure"], json!(null));
        assert_eq!(retry(&t, id_of(&sent), true).await.said(), "409 not-failed");
        t.faults(json!({"fail_next": {"count": 1, "code": 131_026}})).await;
        let other = t.ana.reply(&conversation, "Another").await;
        t.ana.until_delivery(id_of(&other), "failed").await;
        t.pass_here(SignedDuration::from_hours(24));
        let late = retry(&t, id_of(&other), false).await;
        assert_eq!(late.said(), "409 window-closed");
        assert!(late.body["params"]["closed_at"].is_string());
    }

    async fn while_graph_is_down_messages_wait_and_then_arrive_in_order(db: TestDb) {
        let t = TestApp::new(db).await;
        let vera = t.customer("34600000001").await;
        let conversation = vera.says("Hi").await;
        t.faults(json!({"down": true})).await;
        let one = t.ana.reply(&conversation, "one").await;
        let two = t.ana.reply(&conversation, "two").await;
        t.as_time_passes("a second try", async || (t.sends().await.len() >= 2).then_some(())).await;
        assert_eq!(vera.phone().await, [""; 0]);
        let waits = t
            .as_time_passes("the reason", async || {
                let entry = t.ana.message(id_of(&one)).await["entry"].take();
                entry["failure"].is_object().then_some(entry)
            })
            .await;
        assert_eq!((&waits["delivery"], &waits["failure"]["code"]), (&json!("queued"), &json!(2)));
        let behind = t.ana.message(id_of(&two)).await["entry"].take();
        assert_eq!((&behind["delivery"], &behind["failure"]), (&json!("queued"), &json!(null)));
        t.faults(json!({"down": false})).await;
        arrive(&t, &vera, &["one", "two"]).await;
        let arrived = t.ana.until_delivery(id_of(&one), "seen").await;
        assert_eq!(arrived["entry"]["failure"], json!(null));
    }

    async fn a_meta_out_of_reach_is_asked_again_until_it_is_back(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        t.meta_goes_away().await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        t.as_time_passes("a second try", async || {
            let details = t.ana.message(id_of(&sent)).await;
            assert_eq!(details["entry"]["delivery"], "queued");
            (details["tries"].as_array().unwrap().len() >= 2).then_some(())
        })
        .await;
        t.meta_comes_back().await;
        // A new Meta knows nobody: the customer writes to it first.
        let vera = t.customer("34600000001").await;
        vera.says("Are you there?").await;
        arrive(&t, &vera, &["Hello!"]).await;
        t.ana.until_delivery(id_of(&sent), "seen").await;
    }

    async fn a_call_that_was_cut_off_by_a_restart_is_unknown_and_settled_by_the_report(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let conversation = {
            let vera = t.customer("34600000001").await;
            vera.is(json!({"reads": "manual"})).await;
            vera.says("Hi").await
        };
        t.faults(json!({"answer_hang_next": 1, "webhook_stop": true})).await;
        let sent = t.ana.reply(&conversation, "Hello!").await;
        until("the call to be under way", async || (t.sends().await.len() == 1).then_some(())).await;
        t.pass_here(SignedDuration::from_secs(1));
        t.restart().await;
        let cut = t.ana.until_delivery(id_of(&sent), "unknown").await;
        assert_eq!(cut["tries"][0]["detail"], "process_ended");
        t.faults(json!({"webhook_stop": false})).await;
        t.ana.until_delivery(id_of(&sent), "delivered").await;
        t.called(1).await;
    }

    async fn what_was_queued_before_a_restart_goes_out_after_it(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let conversation = t.customer("34600000001").await.says("Hi").await;
        t.ana.takes_back_for(5).await;
        t.ana.reply(&conversation, "Hello!").await;
        t.restart().await;
        t.pass_here(SignedDuration::from_secs(5));
        let phone = t.phone_of("34600000001");
        phone.gets(&["Hello!"]).await;
        t.called(1).await;
    }
}
