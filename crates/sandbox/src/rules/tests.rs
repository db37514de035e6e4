//! The rules at their exact instants: whole courses of messages, without a server.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    Number, World,
    customer::{self, CustomerPatch, Device, Reads},
    faults::{FailNext, Faults, When},
    inbound::Inbound,
    onboarding::Standing,
    pricing::AllowanceForm,
    refusal::Refusal,
    send::{Accepted, Content, Send},
};
use crate::payload::{self, Happening, Update};

const NUMBER: usize = 0;
const VERA: usize = 0;
const NEREA: usize = 2;
const EMILY: usize = 4;
const OSCAR: usize = 6;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + seconds).unwrap() // November 2026
}

fn world() -> World {
    let mut rng = StdRng::seed_from_u64(1);
    let number = Number {
        phone_number_id: "106540352242922".to_owned(),
        display_phone_number: "+34 960 00 12 34".to_owned(),
        verified_name: "Casa Turia".to_owned(),
        standing: Standing::default(),
    };
    let customers = customer::sample(&mut rng);
    World::new(vec![number], customers, Faults::default(), rng)
}

fn text(words: &str) -> Content {
    Content {
        kind: "text".to_owned(),
        text: Some(words.to_owned()),
        ..Content::default()
    }
}

impl World {
    fn hears_from(&mut self, now: Timestamp, customer: usize) -> String {
        self.receive(now, NUMBER, customer, Inbound::text("Hola")).0
    }

    fn says_to(&mut self, now: Timestamp, customer: usize) -> Result<Accepted, Refusal> {
        let person = &self.customers[customer];
        let send = Send {
            to: person.wa_id.as_ref().map(|wa_id| format!("+{wa_id}")),
            recipient: Some(person.bsuid.clone()),
            content: text("Hola Vera"),
            callback_data: Some("try-1".to_owned()),
            ..Send::default()
        };
        self.accept(now, NUMBER, send)
    }

    /// The statuses a message runs through by itself.
    fn course(&mut self, now: Timestamp, id: &str) -> Vec<Value> {
        let mut now = now;
        let mut statuses = Vec::new();
        while let Some((delay, stage)) = self.next_step(id) {
            now += SignedDuration::try_from(delay).unwrap();
            let Some(update) = self.advance(now, id, stage) else {
                break;
            };
            statuses.push(status(&update));
        }
        statuses
    }
}

fn status(update: &Update) -> Value {
    match &update.happening {
        Happening::Status(status) => json!(status),
        _ => panic!("a status was expected"),
    }
}

fn words(statuses: &[Value]) -> Vec<&str> {
    statuses
        .iter()
        .map(|s| s["status"].as_str().unwrap())
        .collect()
}

#[test]
fn free_text_goes_out_inside_the_window_only() {
    const DAY: i64 = 86_400;
    for (case, wrote, now, expect) in [
        ("just wrote", Some(0), 1, None),
        ("the last second", Some(0), DAY - 1, None),
        ("exactly a day later", Some(0), DAY, Some(131_047)),
        ("never wrote", None, 0, Some(131_047)),
    ] {
        for when in [When::Sync, When::Async] {
            let mut world = world();
            world.faults.window_error = when;
            if let Some(wrote) = wrote {
                world.hears_from(at(wrote), VERA);
            }
            let sent = world.says_to(at(now), VERA);
            match (when, expect) {
                (_, None) => {
                    let course = world.course(at(now), &sent.unwrap().id);
                    assert_eq!(words(&course), ["sent", "delivered", "read"], "{case}");
                }
                (When::Sync, Some(code)) => assert_eq!(sent.unwrap_err().code, code, "{case}"),
                (When::Async, Some(code)) => {
                    let course = world.course(at(now), &sent.unwrap().id);
                    assert_eq!(words(&course), ["failed"], "{case}");
                    assert_eq!(course[0]["errors"][0]["code"], code, "{case}");
                }
            }
        }
    }
}

#[test]
fn the_window_counts_from_the_second_the_business_learns() {
    let mut world = world();
    world.hears_from(at(0) + SignedDuration::from_millis(900), VERA);
    assert_eq!(world.says_to(at(86_400), VERA).unwrap_err().code, 131_047);
}

#[test]
fn an_older_message_does_not_shorten_the_window() {
    let mut world = world();
    world.hears_from(at(0), VERA);
    world.hears_from(at(-80_000), VERA);
    assert!(world.says_to(at(86_399), VERA).is_ok());
}

#[test]
fn a_number_change_does_not_open_the_window_and_has_no_contact() {
    let mut world = world();
    let inbound = Inbound {
        kind: "system".to_owned(),
        payload: json!({"type":"user_changed_number","wa_id":"34600009999"}),
        ..Inbound::default()
    };
    let (_, update) = world.receive(at(0), NUMBER, VERA, inbound);
    assert_eq!(update.contact, None);
    assert_eq!(world.says_to(at(1), VERA).unwrap_err().code, 131_047);
}

#[test]
fn a_closed_window_stays_closed_until_the_customer_writes() {
    let mut world = world();
    world.hears_from(at(0), VERA);
    world.close_window(at(10), NUMBER, VERA);
    assert_eq!(world.says_to(at(10), VERA).unwrap_err().code, 131_047);
    world.hears_from(at(20), VERA);
    assert!(world.says_to(at(21), VERA).is_ok());
}

#[test]
fn whoever_cannot_be_reached_fails_after_the_200() {
    let mut world = world();
    for (case, to, recipient) in [
        ("unknown number", Some("+34699999999"), None),
        ("unknown user", None, Some("ES.99999999999999999999")),
    ] {
        let send = Send {
            to: to.map(str::to_owned),
            recipient: recipient.map(str::to_owned),
            content: text("Hola"),
            ..Send::default()
        };
        let accepted = world.accept(at(0), NUMBER, send).unwrap();
        let course = world.course(at(0), &accepted.id);
        assert_eq!(words(&course), ["failed"], "{case}");
        assert_eq!(course[0]["errors"][0]["code"], 131_026, "{case}");
        assert_eq!(
            course[0]["recipient_id"].is_string(),
            to.is_some(),
            "{case}"
        );
        assert_eq!(
            course[0]["recipient_user_id"].is_string(),
            recipient.is_some(),
            "{case}"
        );
    }
    world.hears_from(at(0), VERA);
    let blocks = CustomerPatch {
        blocked: Some(true),
        ..CustomerPatch::default()
    };
    world.change_customer(VERA, blocks);
    let accepted = world.says_to(at(1), VERA).unwrap();
    let course = world.course(at(1), &accepted.id);
    assert_eq!(words(&course), ["failed"]);
    assert_eq!(course[0]["errors"][0]["code"], 131_026);
    assert!(course[0].get("recipient_user_id").is_none());
    assert!(course[0].get("pricing").is_none());
}

#[test]
fn the_business_cannot_write_to_itself() {
    let send = Send {
        to: Some("960 001 234".to_owned()),
        content: text("Hola"),
        ..Send::default()
    };
    assert_eq!(
        world().accept(at(0), NUMBER, send).unwrap_err().code,
        131_021
    );
}

#[test]
fn rates_are_kept_per_pair_and_per_number() {
    let mut world = world();
    world.hears_from(at(0), VERA);
    world.hears_from(at(0), EMILY);
    for _ in 0..45 {
        world.says_to(at(0), VERA).unwrap();
    }
    assert_eq!(world.says_to(at(0), VERA).unwrap_err().code, 131_056);
    // The refused message counts for the number's second as well.
    for _ in 0..34 {
        world.says_to(at(0), EMILY).unwrap();
    }
    assert_eq!(world.says_to(at(0), EMILY).unwrap_err().code, 130_429);
    assert!(world.says_to(at(1), EMILY).is_ok());
    assert!(world.says_to(at(6), VERA).is_ok());
}

#[test]
fn what_reading_tells() {
    type Case = (&'static str, Reads, bool, bool, &'static [&'static str]);
    let cases: [Case; 6] = [
        (
            "at once",
            Reads::Auto,
            false,
            false,
            &["sent", "delivered", "read"],
        ),
        (
            "when looked at",
            Reads::Manual,
            false,
            false,
            &["sent", "delivered"],
        ),
        ("never", Reads::Never, false, false, &["sent", "delivered"]),
        (
            "receipts lost",
            Reads::Auto,
            true,
            false,
            &["sent", "delivered"],
        ),
        (
            "delivered skipped",
            Reads::Auto,
            false,
            true,
            &["sent", "read"],
        ),
        (
            "nothing to skip to",
            Reads::Manual,
            false,
            true,
            &["sent", "delivered"],
        ),
    ];
    for (case, reads, no_read_receipts, skip_delivered, expect) in cases {
        let mut world = world();
        world.faults.no_read_receipts = no_read_receipts;
        world.faults.skip_delivered = skip_delivered;
        world.customers[VERA].reads = reads;
        world.hears_from(at(0), VERA);
        let id = world.says_to(at(1), VERA).unwrap().id;
        let course = world.course(at(1), &id);
        assert_eq!(words(&course), expect, "{case}");
        let priced: Vec<bool> = course.iter().map(|s| s.get("pricing").is_some()).collect();
        assert_eq!(priced[..2], [true, true], "{case}");
        assert!(!priced[2..].contains(&true), "{case}");
    }
}

#[test]
fn a_message_only_goes_forward() {
    use super::status::Stage::{Delivered, Failed, Read, Sent};
    let mut world = world();
    world.hears_from(at(0), VERA);
    let id = world.says_to(at(1), VERA).unwrap().id;
    for (step, told) in [
        (Sent, true),
        (Sent, false),
        (Read, true),
        (Delivered, false),
        (Read, false),
        (Failed, true),
        (Delivered, false),
    ] {
        let update = world.advance(at(2), &id, step);
        assert_eq!(update.is_some(), told, "{step:?}");
    }
}

#[test]
fn looking_at_the_phone_reads_all_up_to_a_message_once() {
    let mut world = world();
    world.customers[VERA].reads = Reads::Manual;
    world.hears_from(at(0), VERA);
    let ids: Vec<String> = (1..=3)
        .map(|n| {
            let id = world.says_to(at(n), VERA).unwrap().id;
            world.course(at(n), &id);
            id
        })
        .collect();
    assert_eq!(world.unread(NUMBER, VERA), 3);
    let read = world.look(at(9), NUMBER, VERA, Some(&ids[1])).unwrap();
    let told: Vec<_> = read.iter().map(|u| status(u)["id"].clone()).collect();
    assert_eq!(told, ids[..2]);
    assert_eq!(world.unread(NUMBER, VERA), 1);
    assert_eq!(world.look(at(9), NUMBER, VERA, None).unwrap().len(), 1);
    assert!(world.look(at(9), NUMBER, VERA, None).unwrap().is_empty());
    assert!(world.look(at(9), NUMBER, VERA, Some("wamid.x")).is_none());
}

#[test]
fn a_phone_that_is_off_gets_its_messages_when_it_comes_online() {
    let mut world = world();
    let online = |online| CustomerPatch {
        online: Some(online),
        ..CustomerPatch::default()
    };
    world.hears_from(at(0), VERA);
    assert!(world.change_customer(VERA, online(false)).is_empty());
    let first = world.says_to(at(1), VERA).unwrap().id;
    let second = world.says_to(at(2), VERA).unwrap().id;
    assert_eq!(words(&world.course(at(1), &first)), ["sent"]);
    assert_eq!(words(&world.course(at(2), &second)), ["sent"]);
    assert!(world.look(at(3), NUMBER, VERA, None).unwrap().is_empty());
    assert_eq!(
        world.change_customer(VERA, online(true)),
        [first.clone(), second]
    );
    assert_eq!(words(&world.course(at(4), &first)), ["delivered", "read"]);
}

#[test]
fn steps_wait_as_long_as_the_settings_say() {
    let mut world = world();
    world.hears_from(at(0), VERA);
    let id = world.says_to(at(0), VERA).unwrap().id;
    let mut delays = Vec::new();
    while let Some((delay, stage)) = world.next_step(&id) {
        delays.push(delay);
        world.advance(at(0), &id, stage);
    }
    assert_eq!(delays, [0, 300, 1_200].map(Duration::from_millis));
}

#[test]
fn who_is_known_by_bsuid_only_shows_no_number_anywhere() {
    let mut world = world();
    let bsuid = world.customers[NEREA].bsuid.clone();
    let (_, update) = world.receive(at(0), NUMBER, NEREA, Inbound::text("Hola"));
    let envelope = payload::envelope("1", &[update]);
    let value = &envelope["entry"][0]["changes"][0]["value"];
    let message = &value["messages"][0];
    assert_eq!(message["from_user_id"], bsuid);
    assert!(message.get("from").is_none());
    assert_eq!(
        value["contacts"],
        json!([{"profile":{"name":"Nerea Soler","username":"nerea.soler"},"user_id":bsuid}])
    );
    let id = world.says_to(at(1), NEREA).unwrap().id;
    let course = world.course(at(1), &id);
    assert_eq!(words(&course), ["sent", "delivered", "read"]);
    for status in &course {
        assert_eq!(status["recipient_user_id"], bsuid);
        assert!(status.get("recipient_id").is_none());
        assert_eq!(status["biz_opaque_callback_data"], "try-1");
    }
}

#[test]
fn statuses_tell_the_contact_but_no_username_on_sent() {
    let mut world = world();
    world.hears_from(at(0), EMILY);
    let id = world.says_to(at(1), EMILY).unwrap().id;
    let mut seen = Vec::new();
    while let Some((_, stage)) = world.next_step(&id) {
        let update = world.advance(at(1), &id, stage).unwrap();
        let contact = update.contact.unwrap();
        assert_eq!(contact.wa_id.as_deref(), Some("12025550142"));
        seen.push((stage.word(), contact.profile.unwrap().username.is_some()));
    }
    assert_eq!(seen, [("sent", false), ("delivered", true), ("read", true)]);
}

#[test]
fn an_answer_to_an_ad_is_free_for_72_hours_on_phones() {
    const DAY: i64 = 86_400;
    let price = |device, answers: &[i64]| {
        let mut world = world();
        world.customers[VERA].device = device;
        let inbound = Inbound {
            referral: Some(json!({"source_type":"ad","source_id":"1"})),
            ..Inbound::text("Hola")
        };
        world.receive(at(0), NUMBER, VERA, inbound);
        let mut last = Value::Null;
        for now in answers {
            world.hears_from(at(now - 1), VERA);
            let id = world.says_to(at(*now), VERA).unwrap().id;
            last = world.course(at(*now), &id).remove(0);
        }
        last
    };
    let entry = price(Device::Ios, &[100]);
    assert_eq!(entry["pricing"]["type"], "free_entry_point");
    assert_eq!(
        entry["conversation"]["origin"]["type"],
        "referral_conversion"
    );
    assert_eq!(
        entry["conversation"]["expiration_timestamp"],
        at(100 + 3 * DAY).as_second().to_string()
    );
    let later = price(Device::Ios, &[100, 100 + 3 * DAY - 1]);
    assert_eq!(later["pricing"]["type"], "free_entry_point");
    let after = price(Device::Ios, &[100, 100 + 3 * DAY]);
    assert_eq!(after["pricing"]["type"], "regular");
    assert!(after.get("conversation").is_none());
    assert_eq!(price(Device::Web, &[100])["pricing"]["type"], "regular");
    assert_eq!(price(Device::Ios, &[DAY])["pricing"]["type"], "regular");
}

#[test]
fn the_free_messages_of_a_month_are_counted_per_month() {
    let mut world = world();
    world.faults.free_allowance = 2;
    world.faults.free_allowance_form = AllowanceForm::FreeCustomerService;
    let mut kinds = Vec::new();
    let november: Timestamp = "2026-11-30T23:59:00Z".parse().unwrap();
    for minutes in [0, 0, 0, 1] {
        let now = november + SignedDuration::from_mins(minutes);
        world.hears_from(now, VERA);
        let id = world.says_to(now, VERA).unwrap().id;
        let sent = world.course(now, &id).remove(0);
        kinds.push(sent["pricing"]["type"].as_str().unwrap().to_owned());
    }
    let free = "free_customer_service";
    assert_eq!(kinds, [free, free, "regular", free]);
}

#[test]
fn one_conversation_lasts_24_hours_under_the_old_rules() {
    let mut world = world();
    let start: Timestamp = "2025-06-01T10:00:00Z".parse().unwrap();
    let mut ids = Vec::new();
    for hours in [0, 23, 24] {
        let now = start + SignedDuration::from_hours(hours);
        world.hears_from(now, VERA);
        let id = world.says_to(now, VERA).unwrap().id;
        let sent = world.course(now, &id).remove(0);
        assert_eq!(sent["pricing"]["pricing_model"], "CBP");
        ids.push(sent["conversation"]["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[1], ids[2]);
}

#[test]
fn injected_failures_come_at_once_or_later() {
    for (when, at_once) in [(When::Sync, true), (When::Async, false)] {
        let mut world = world();
        world.faults.fail_next = Some(FailNext {
            count: 1,
            code: 131_049,
            when,
        });
        world.hears_from(at(0), VERA);
        let first = world.says_to(at(1), VERA);
        assert_eq!(first.is_err(), at_once);
        if let Ok(accepted) = first {
            let course = world.course(at(1), &accepted.id);
            assert_eq!(words(&course), ["failed"]);
            assert_eq!(course[0]["errors"][0]["code"], 131_049);
        }
        let id = world.says_to(at(2), VERA).unwrap().id;
        assert_eq!(
            words(&world.course(at(2), &id)),
            ["sent", "delivered", "read"]
        );
    }
}

#[test]
fn reading_marks_the_message_and_all_before_it_and_typing_lasts_25_seconds() {
    let mut world = world();
    let first = world.hears_from(at(0), VERA);
    let second = world.hears_from(at(1), VERA);
    let third = world.hears_from(at(2), VERA);
    world.mark_read(at(5), NUMBER, &second, true).unwrap();
    let read: Vec<&str> = world
        .messages(NUMBER, VERA)
        .iter()
        .filter(|message| message.stage == Some(super::status::Stage::Read))
        .map(|message| message.id.as_str())
        .collect();
    assert_eq!(read, [&first, &second]);
    assert!(!read.contains(&third.as_str()));
    assert!(world.is_typing(at(29), NUMBER, VERA));
    assert!(!world.is_typing(at(30), NUMBER, VERA));
    let own = world.says_to(at(6), VERA).unwrap().id;
    assert!(!world.is_typing(at(7), NUMBER, VERA));
    assert_eq!(
        world
            .mark_read(at(7), NUMBER, &own, false)
            .unwrap_err()
            .code,
        131_009
    );
}

#[test]
fn a_batch_has_several_changes_and_several_elements() {
    let mut world = world();
    let mut updates: Vec<Update> = (0..2)
        .map(|n| world.receive(at(n), NUMBER, VERA, Inbound::text("Hola")).1)
        .collect();
    updates.push(world.receive(at(2), NUMBER, OSCAR, Inbound::text("Hi")).1);
    let id = world.says_to(at(3), VERA).unwrap().id;
    updates.extend(
        world
            .next_step(&id)
            .and_then(|(_, to)| world.advance(at(3), &id, to)),
    );
    let envelope = payload::envelope("1", &updates);
    let changes = envelope["entry"][0]["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["value"]["messages"].as_array().unwrap().len(), 3);
    assert_eq!(changes[0]["value"]["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(changes[1]["value"]["statuses"][0]["status"], "sent");
}
