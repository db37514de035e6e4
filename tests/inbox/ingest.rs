//! Everything that was acknowledged is in the inbox, once and in order.

use charla_tests::until::until;
use domain::Timestamp;
use futures_util::future::join_all;
use jiff::SignedDuration;
use meta::webhook::WRITTEN_BY_PEOPLE;
use serde_json::{Value, json};
use server::webhooks::Applier;
use store::test_both;

use crate::harness::{Shelf, TestApp, Text, body_of, signed};

fn thousand() -> Vec<Text> {
    (0..1000)
        .map(|n| {
            let mut text = Text::from(
                &format!("3460000{:04}", n % 10),
                &format!("wamid.{n}"),
                &format!("message {n}"),
            );
            text.at = n / 100;
            text
        })
        .collect()
}

/// Everything customer number `n` wrote in [`thousand`].
fn of_customer(n: usize) -> Vec<String> {
    (0..1000)
        .filter(|m| m % 10 == n)
        .map(|m| format!("message {m}"))
        .collect()
}

async fn conversation_of(t: &TestApp, phone: &str) -> String {
    let all = t.ana.view("all").await;
    let found = all.iter().find(|c| c["contact"]["phone"] == phone).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

async fn assert_thousand_in_order(t: &TestApp) {
    assert_eq!(t.rows("messages", "direction = 'in'").await, 1000);
    for n in 0..10 {
        let conversation = conversation_of(t, &format!("+3460000{n:04}")).await;
        assert_eq!(t.ana.texts(&conversation, "in").await, of_customer(n));
    }
}

test_both! {
    async fn sixty_four_copies_at_once_are_one_message(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhook = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]);
        let statuses = join_all((0..64).map(|_| t.post(&webhook))).await;
        assert_eq!(statuses, vec![200; 64]);
        t.applied().await;
        assert_eq!(t.rows("journal", "1 = 1").await, 64);
        assert_eq!(t.rows("messages", "1 = 1").await, 1);
        assert_eq!(t.rows("events", "kind = 'message'").await, 1);
        assert_eq!(t.rows("quarantine", "1 = 1").await, 0);
        let conversation = conversation_of(&t, "+34600000001").await;
        assert_eq!(t.ana.texts(&conversation, "in").await, ["Hola"]);
    }

    async fn a_copy_that_comes_after_a_restart_is_the_same_message(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let webhook = t.texts(&[Text::from("34600000001", "wamid.1", "Hola")]);
        t.told(&webhook).await;
        let cursor = t.ana.cursor().await;
        t.restart().await;
        t.pass_here(jiff::SignedDuration::from_hours(25));
        t.told(&webhook).await;
        assert_eq!(t.rows("messages", "1 = 1").await, 1);
        assert_eq!(t.ana.cursor().await, cursor, "and nobody is told of it again");
    }

    async fn what_was_journalled_before_a_restart_is_applied_after_it(db: TestDb) {
        let mut t = TestApp::new(db).await;
        let webhook = t.texts(&thousand());
        assert_eq!(t.post(&webhook).await, 200);
        t.restart().await;
        t.applied().await;
        assert_thousand_in_order(&t).await;
    }

    async fn a_thousand_messages_in_one_body_are_stored_in_order(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&t.texts(&thousand())).await;
        assert_thousand_in_order(&t).await;
    }

    async fn a_thousand_messages_in_one_change_are_stored_too(db: TestDb) {
        let t = TestApp::new(db).await;
        let texts = thousand();
        let mut change = texts[0].change(t.number(0));
        change["value"]["messages"] = texts.iter().map(Text::element).collect();
        change["value"]["contacts"] = json!([]);
        t.told(&t.changes(&[change])).await;
        assert_thousand_in_order(&t).await;
    }

    async fn a_body_of_three_megabytes_is_stored(db: TestDb) {
        let t = TestApp::new(db).await;
        let texts: Vec<Text> = (0..1000)
            .map(|n| {
                let body = format!("{n} {}", "ñandú ".repeat(400));
                Text::from("34600000001", &format!("wamid.{n}"), &body)
            })
            .collect();
        let webhook = t.texts(&texts);
        assert!(webhook.body.len() > 3_000_000, "{}", webhook.body.len());
        t.told(&webhook).await;
        let conversation = conversation_of(&t, "+34600000001").await;
        let bodies: Vec<String> = texts.into_iter().map(|text| text.body).collect();
        assert_eq!(t.ana.texts(&conversation, "in").await, bodies);
    }

    async fn one_bad_element_in_a_thousand_waits_in_quarantine_and_the_others_are_stored(db: TestDb) {
        let t = TestApp::new(db).await;
        let texts = thousand();
        let mut changes: Vec<Value> = texts.iter().map(|text| text.change(t.number(0))).collect();
        changes[500]["value"]["messages"][0].as_object_mut().unwrap().remove("id");
        t.told(&t.changes(&changes)).await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 999);

        let waiting = t.ana.get("health").await["quarantine"].clone();
        assert_eq!(waiting.as_array().unwrap().len(), 1);
        assert_eq!(waiting[0]["reason"], "message_without_id");
        let raw: Value = serde_json::from_str(waiting[0]["raw"].as_str().unwrap()).unwrap();
        assert_eq!(raw["text"]["body"], "message 500", "all of it is kept");

        let id = waiting[0]["id"].as_str().unwrap();
        let replayed = t.ana.post(&format!("quarantine/{id}/replay"), json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "quarantined", "reason": "message_without_id"}));
        assert_eq!(t.rows("messages", "direction = 'in'").await, 999, "a replay doubles nothing");
        assert_eq!(t.ana.get("health").await["quarantine"].as_array().unwrap().len(), 1);

        assert_eq!(t.ana.post(&format!("quarantine/{id}/settle"), json!({})).await.status, 204);
        assert_eq!(t.ana.get("health").await["quarantine"], json!([]));
        let again = t.ana.post(&format!("quarantine/{id}/settle"), json!({})).await;
        assert_eq!(again.said(), "404 not-found");
    }

    async fn what_an_earlier_version_could_not_read_is_applied_by_a_replay(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&t.texts(&[Text::from("34600000001", "wamid.1", "Hola")])).await;
        // As if the version before had not understood it.
        t.app.store.meddle(store::testing::Part::Main, "DELETE FROM messages").await;
        let raw = Text::from("34600000001", "wamid.1", "Hola").element().to_string();
        let kept = store::NewQuarantined {
            channel: Some(t.channel),
            workspace: Some(t.workspace),
            journal_seq: 1,
            element: 0,
            received_at: t.app.clock.system_now(),
            reason: "message_of_tomorrow".to_owned(),
            raw,
        };
        t.app.store.quarantine(&[kept], t.app.clock.system_now()).await.unwrap();
        let waiting = t.ana.get("health").await["quarantine"].clone();
        let id = waiting[0]["id"].as_str().unwrap();
        let replayed = t.ana.post(&format!("quarantine/{id}/replay"), json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "applied", "reason": null}));
        assert_eq!(t.rows("messages", "direction = 'in'").await, 1);
        assert_eq!(t.ana.get("health").await["quarantine"], json!([]));
    }

    async fn a_stranger_in_the_same_webhook_says_nothing_about_an_element_that_is_replayed(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut changes = ["wamid.1", "wamid.2"].map(|id| Text::from("34600000001", id, "Hola").change("999"));
        changes[0]["value"]["metadata"]["phone_number_id"] = json!(t.number(0));
        t.told(&t.changes(&changes)).await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 1);
        // As if the version before had not understood either of them.
        t.app.store.meddle(store::testing::Part::Main, "DELETE FROM messages").await;
        for (element, expect) in [(0, json!("applied")), (1, json!("quarantined"))] {
            let kept = store::NewQuarantined {
                channel: Some(t.channel),
                workspace: Some(t.workspace),
                journal_seq: 1,
                element,
                received_at: t.app.clock.system_now(),
                reason: "message_of_tomorrow".to_owned(),
                raw: "{}".to_owned(),
            };
            t.app.store.quarantine(&[kept], t.app.clock.system_now()).await.unwrap();
            let waiting = t.ana.get("health").await["quarantine"].clone();
            let id = waiting[0]["id"].as_str().unwrap();
            let replayed = t.ana.post(&format!("quarantine/{id}/replay"), json!({})).await.ok();
            assert_eq!(replayed["outcome"], expect, "{replayed}");
        }
        assert_eq!(t.rows("messages", "direction = 'in'").await, 1);
        let counted = t.found("SELECT CAST(updates AS TEXT) FROM strangers").await;
        assert_eq!(counted.as_deref(), Some("1"), "a replay counts nobody twice");
    }

    async fn a_replay_brings_nothing_of_the_neighbours_to_whoever_has_their_number_now(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut changes = [t.number(0), t.number(1)].map(|number| Text::from("34600000001", "wamid.1", "Hola").change(number));
        changes[0]["value"]["messages"][0].as_object_mut().unwrap().remove("id");
        t.told(&t.changes(&changes)).await;
        let other = t.other_workspace().await;
        t.connect_to(1, other).await;
        let waiting = t.ana.get("health").await["quarantine"].clone();
        let replay = format!("quarantine/{}/replay", waiting[0]["id"].as_str().unwrap());
        let replayed = t.ana.post(&replay, json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "quarantined", "reason": "message_without_id"}));
        assert_eq!(t.rows("messages", "1 = 1").await, 0);
        assert_eq!(t.rows("quarantine", "1 = 1").await, 1);
    }

    async fn a_webhook_that_could_not_be_told_into_elements_is_replayed_as_a_whole(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhook = t.texts(&["wamid.1", "wamid.2"].map(|id| Text::from("34600000001", id, "Hola")));
        t.told(&webhook).await;
        // As if the version before had stumbled over it.
        t.app.store.meddle(store::testing::Part::Main, "DELETE FROM messages").await;
        let kept = store::NewQuarantined {
            channel: None,
            workspace: Some(t.workspace),
            journal_seq: 1,
            element: 0,
            received_at: t.app.clock.system_now(),
            reason: "reader_panicked".to_owned(),
            raw: webhook.body.clone(),
        };
        t.app.store.quarantine(&[kept], t.app.clock.system_now()).await.unwrap();
        let waiting = t.ana.get("health").await["quarantine"].clone();
        let replay = format!("quarantine/{}/replay", waiting[0]["id"].as_str().unwrap());
        let replayed = t.ana.post(&replay, json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "applied", "reason": null}));
        assert_eq!(t.rows("messages", "direction = 'in'").await, 2);
    }

    async fn one_message_that_the_database_refuses_waits_alone_until_it_is_taken(db: TestDb) {
        let t = TestApp::new(db).await;
        let main = store::testing::Part::Main;
        t.app.store.meddle(main, "CREATE UNIQUE INDEX poison ON messages (body)").await;
        let mut texts = thousand();
        texts[700] = Text {
            body: texts[3].body.clone(),
            ..texts[700].clone()
        };
        t.told(&t.texts(&texts)).await;
        assert_eq!(t.rows("messages", "direction = 'in'").await, 999);
        let waiting = t.ana.get("health").await["quarantine"].clone();
        assert_eq!((waiting.as_array().unwrap().len(), &waiting[0]["reason"]), (1, &json!("not_applicable")));
        let replay = format!("quarantine/{}/replay", waiting[0]["id"].as_str().unwrap());
        let replayed = t.ana.post(&replay, json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "quarantined", "reason": "not_applicable"}));

        t.app.store.meddle(main, "DROP INDEX poison").await;
        let replayed = t.ana.post(&replay, json!({})).await.ok();
        assert_eq!(replayed, json!({"outcome": "applied", "reason": null}));
        assert_eq!(t.rows("messages", "direction = 'in'").await, 1000);
        assert_eq!(t.ana.get("health").await["quarantine"], json!([]));
    }

    async fn an_older_webhook_that_is_noted_later_puts_no_clock_back(db: TestDb) {
        let shelf = Shelf::new(&db).await;
        for (second, noted) in [(7, 7), (5, 7), (9, 9)] {
            let at = Timestamp::from_second(second).unwrap();
            shelf.store.note_webhooks(&[(shelf.channel, at)]).await.unwrap();
            let channels = shelf.store.all_channels().await.unwrap();
            assert_eq!(channels[0].last_webhook_at.unwrap().as_second(), noted);
        }
    }

    async fn what_is_said_of_our_account_is_kept_for_good_and_once(db: TestDb) {
        let t = TestApp::new(db).await;
        let tier = json!({"event": "VOLUME_BASED_PRICING_TIER_UPDATE", "volume_tier_info": {"tier": "25000001:50000000"}});
        t.told(&t.changes(&[json!({"field": "account_update", "value": tier})])).await;
        t.app.store.meddle(store::testing::Part::Journal, "DELETE FROM journal_applied").await;
        Applier::drain(&t.app).await.unwrap();
        let kept = t.found("SELECT field || ' ' || raw FROM account_events").await.unwrap();
        assert_eq!(kept, format!("account_update {tier}"));
        assert_eq!(t.rows("account_events", "1 = 1").await, 1);
        assert_eq!(t.rows("account_events", "workspace_id IS NOT NULL").await, 1);
        assert_eq!(t.rows("messages", "1 = 1").await, 0);

        let other = t.other_workspace().await;
        t.connect_unnoticed(1, other).await;
        t.told(&t.changes(&[json!({"field": "account_update", "value": tier})])).await;
        assert_eq!(t.rows("account_events", "workspace_id IS NULL").await, 1, "that may be either's");
    }

    async fn what_people_write_goes_with_the_journal_and_facts_and_wishes_stay(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut in_group = Text::from("34600000001", "wamid.1", "A todos").change(t.number(0));
        in_group["value"]["messages"][0]["group_id"] = json!("GROUP.1");
        let of_number = |field: &str, list: &str, element: Value| {
            let metadata = json!({"display_phone_number": "34960001234", "phone_number_id": t.number(0)});
            json!({"field": field, "value": {"metadata": metadata, list: [element]}})
        };
        let echo = json!({"from": "34960001234", "id": "wamid.2", "type": "text", "text": {"body": "Hola"}});
        let wish = json!({"wa_id": "34600000001", "category": "marketing_messages", "value": "stop"});
        t.told(&t.changes(&[
            in_group,
            of_number("smb_message_echoes", "message_echoes", echo),
            of_number("user_preferences", "user_preferences", wish),
            json!({"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}}),
        ])).await;
        assert_eq!(t.rows("account_events", "workspace_id IS NOT NULL").await, 4);
        let last = t.app.clock.system_now();
        for (before, left) in [(last - SignedDuration::from_secs(1), 4), (last + SignedDuration::from_secs(1), 2)] {
            t.app.store.prune_account_events(&WRITTEN_BY_PEOPLE, before).await.unwrap();
            assert_eq!(t.rows("account_events", "1 = 1").await, left);
        }
        assert_eq!(t.rows("account_events", "field IN ('user_preferences', 'account_update')").await, 2);
    }

    async fn what_cannot_be_read_is_shown_to_the_only_workspace_or_forgotten_in_the_end(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhook = signed("not json".to_owned(), "secret");
        t.add_app("ventas", "secret").await;
        let unread = async || {
            assert_eq!(t.post_to("/webhooks/meta/ventas", &webhook).await, 200);
            t.applied().await;
        };
        unread().await;
        assert_eq!(t.ana.get("health").await["quarantine"].as_array().unwrap().len(), 1);
        t.other_workspace().await;
        unread().await;
        assert_eq!(t.rows("quarantine", "workspace_id IS NULL").await, 1, "nobody is shown another's");
        let last = t.app.clock.system_now();
        for (before, left) in [(last - SignedDuration::from_secs(1), 2), (last + SignedDuration::from_secs(1), 1)] {
            t.app.store.prune_quarantine(before).await.unwrap();
            assert_eq!(t.rows("quarantine", "1 = 1").await, left);
        }
        let waiting = t.ana.get("health").await["quarantine"].clone();
        assert_eq!(waiting.as_array().unwrap().len(), 1);
        let id = waiting[0]["id"].as_str().unwrap();
        let before = t.app.clock.system_now();
        assert_eq!(t.ana.post(&format!("quarantine/{id}/settle"), json!({})).await.status, 204);
        let after = t.app.clock.system_now() + SignedDuration::from_secs(1);
        for (before, left) in [(before, 1), (after, 0)] {
            t.app.store.prune_quarantine(before).await.unwrap();
            assert_eq!(t.rows("quarantine", "1 = 1").await, left);
        }
    }

    async fn numbers_and_accounts_that_are_not_ours_are_counted_and_shown_and_nothing_else(db: TestDb) {
        let t = TestApp::new(db).await;
        let text = |n: usize| Text::from("34600000001", &format!("wamid.{n}"), "Hola").change("999");
        t.told(&t.changes(&[text(1), text(2)])).await;
        let update = json!({"field": "account_update", "value": {"event": "ACCOUNT_DELETED"}});
        let body = body_of("888", &[update]);
        t.told(&signed(body, &t.sandbox.app_secret)).await;
        let health = t.ana.get("health").await;
        let shown: Vec<_> = health["strangers"].as_array().unwrap().iter()
            .map(|s| (s["external_id"].as_str().unwrap(), s["updates"].as_i64().unwrap()))
            .collect();
        assert_eq!(shown, [("888", 1), ("999", 2)]);
        for table in ["messages", "contacts", "account_events", "quarantine"] {
            assert_eq!(t.rows(table, "1 = 1").await, 0, "{table}");
        }
        assert_eq!(t.app.metrics.updates_foreign.get(), 3);
    }

    async fn a_number_is_no_stranger_once_it_is_connected_and_is_forgotten_in_the_end(db: TestDb) {
        let t = TestApp::new(db).await;
        let strangers = async || {
            let health = t.ana.get("health").await;
            let shown = |s: &Value| (s["app"].as_str().unwrap().to_owned(), s["external_id"].as_str().unwrap().to_owned());
            health["strangers"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>()
        };
        let text = |number: &str| Text::from("34600000001", &format!("wamid.{number}"), "Hola").change(number);
        t.told(&t.changes(&[text(t.number(1)), text("999")])).await;
        let known = |number: &str| ("default".to_owned(), number.to_owned());
        let mut both = vec![known(t.number(1)), known("999")];
        both.sort();
        assert_eq!(strangers().await, both);
        let channel = t.connect_number(1).await;
        assert_eq!(strangers().await, [known("999")]);
        t.app.store.disconnect_channel(t.workspace, channel, t.app.clock.now()).await.unwrap();
        assert_eq!(strangers().await, both);

        let last = t.app.clock.system_now();
        t.app.store.prune_strangers(last - SignedDuration::from_secs(1)).await.unwrap();
        assert_eq!(strangers().await, both);
        t.app.store.prune_strangers(last + SignedDuration::from_secs(1)).await.unwrap();
        assert_eq!(strangers().await, []);
    }

    async fn a_workspace_is_not_told_which_numbers_the_others_have(db: TestDb) {
        let t = TestApp::new(db).await;
        let other = t.other_workspace().await;
        t.connect_to(1, other).await;
        t.told(&t.changes(&[Text::from("34600000001", "wamid.1", "Hola").change("999")])).await;
        assert_eq!(t.rows("strangers", "updates = 1").await, 1);
        assert_eq!(t.ana.get("health").await["strangers"], json!([]));
    }

    async fn what_an_app_without_channels_tells_is_shown_to_the_only_workspace(db: TestDb) {
        let t = TestApp::new(db).await;
        t.add_app("ventas", "secret").await;
        let body = body_of("888", &[Text::from("34600000001", "wamid.1", "Hola").change("999")]);
        assert_eq!(t.post_to("/webhooks/meta/ventas", &signed(body, "secret")).await, 200);
        t.applied().await;
        let shown = async || t.ana.get("health").await["strangers"].as_array().unwrap().len();
        assert_eq!(shown().await, 1);
        t.other_workspace().await;
        assert_eq!(shown().await, 0);
    }

    async fn a_body_that_is_no_json_waits_in_quarantine(db: TestDb) {
        let t = TestApp::new(db).await;
        let webhook = crate::harness::signed("not json".to_owned(), &t.sandbox.app_secret);
        t.told(&webhook).await;
        let waiting = t.ana.get("health").await["quarantine"].clone();
        assert_eq!((&waiting[0]["reason"], &waiting[0]["raw"]), (&json!("not_json"), &json!("not json")));
        t.told(&t.texts(&[Text::from("34600000001", "wamid.1", "Hola")])).await;
        assert_eq!(t.rows("messages", "1 = 1").await, 1, "and what comes after it is applied");
    }

    async fn a_name_of_ten_thousand_letters_spoils_nothing(db: TestDb) {
        let t = TestApp::new(db).await;
        let letters: String = (0..10_000_u32)
            .map(|n| char::from_u32(0x4e00 + n.wrapping_mul(2_654_435_761) % 20_000).unwrap())
            .collect();
        let mut text = Text::from("34600000001", "wamid.1", "Hola");
        text.name = format!("Lucía {letters}");
        t.told(&t.texts(&[text])).await;
        assert_eq!(t.rows("quarantine", "1 = 1").await, 0);
        let found = t.ana.get("conversations?q=lucia").await;
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }

    async fn characters_that_no_database_holds_are_left_out(db: TestDb) {
        let t = TestApp::new(db).await;
        t.told(&t.texts(&[Text::from("34600000001", "wamid.1", "Ho\0la")])).await;
        let conversation = conversation_of(&t, "+34600000001").await;
        assert_eq!(t.ana.texts(&conversation, "in").await, ["Hola"]);
    }

    async fn a_kind_that_charla_cannot_show_yet_is_kept_whole(db: TestDb) {
        let t = TestApp::new(db).await;
        let mut change = Text::from("34600000001", "wamid.1", "Hola").change(t.number(0));
        let hologram = json!({
            "from": "34600000001", "id": "wamid.1", "timestamp": crate::harness::START.to_string(),
            "type": "hologram", "hologram": {"depth": 3},
        });
        change["value"]["messages"][0] = hologram.clone();
        t.told(&t.changes(&[change])).await;
        let conversation = conversation_of(&t, "+34600000001").await;
        let lines = t.ana.thread(&conversation).await;
        assert_eq!(lines[0]["kind"], "unknown");
        let parts = &lines[0]["parts"];
        assert_eq!(parts[0], json!({"type": "not_passed_on", "what": "hologram", "code": null}));
        assert_eq!(parts[1]["json"], hologram);
    }

    async fn webhooks_of_the_simulated_meta_that_are_doubled_and_batched_make_one_message_each(db: TestDb) {
        let t = TestApp::new(db).await;
        t.faults(json!({"webhook_duplicate": 2, "webhook_batch": 5})).await;
        let vera = t.customer("34600000001").await;
        for n in 0..12 {
            vera.writes(&format!("message {n}")).await;
        }
        until("every copy to be delivered", async || {
            let log = t.asked("log?limit=2000").await;
            let webhooks = log["entries"].as_array().unwrap();
            let taken = webhooks.iter().filter(|e| e["direction"] == "to_charla" && e["http"] == 200);
            (taken.count() == 9).then_some(())
        })
        .await;
        t.applied().await;
        let conversation = conversation_of(&t, "+34600000001").await;
        let expect: Vec<String> = (0..12).map(|n| format!("message {n}")).collect();
        assert_eq!(t.ana.texts(&conversation, "in").await, expect);
    }
}
