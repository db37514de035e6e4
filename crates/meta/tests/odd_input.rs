//! Bodies that nobody should send. A signed body may still be anything.

#![expect(
    clippy::unwrap_used,
    reason = "a test may panic, and so may its helpers"
)]

use std::path::PathBuf;

use domain::inbound::News;
use meta::inspect::inspect;
use meta::webhook::{Item, NotJson, Reading, read};
use serde_json::{Value, json};

fn fixtures() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/whatsapp");
    let files = std::fs::read_dir(folder).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    let read = |path: PathBuf| (path.clone(), std::fs::read(path).unwrap());
    paths.map(read).collect()
}

fn message(id: &str) -> Value {
    json!({"from": "34600000001", "id": id, "timestamp": "1790000000", "type": "text", "text": {"body": "a"}})
}

fn body_with(messages: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"1","changes":[{{"field":"messages",
            "value":{{"metadata":{{"phone_number_id":"5"}},"messages":[{messages}]}}}}]}}]}}"#
    )
}

fn reason(item: &Item) -> &str {
    match &item.reading {
        Reading::Quarantined { reason, .. } => reason,
        other => panic!("read as {other:?}"),
    }
}

#[test]
fn what_is_no_json_is_refused_whole() {
    let cut_off = "[".repeat(100_000);
    for (case, body) in [
        ("nothing", ""),
        ("words", "hello"),
        (
            "cut off",
            r#"{"object":"whatsapp_business_account","entry":["#,
        ),
        ("more after it", "{} {}"),
        ("only a byte order mark", "\u{feff}"),
        ("100,000 levels, cut off", &cut_off),
    ] {
        assert_eq!(read(body.as_bytes()), Err(NotJson), "{case}");
        assert_eq!(inspect(body.as_bytes()), Err(NotJson), "{case}");
    }
    assert_eq!(read(b"{\"object\":\"\xff\"}"), Err(NotJson), "not UTF-8");
}

#[test]
fn json_that_is_no_object_is_quarantined_whole() {
    let deep = "[".repeat(100_000) + &"]".repeat(100_000);
    for (case, body) in [
        ("a list", "[]"),
        ("a string", r#""{}""#),
        ("a number beyond all bounds", "1e999"),
        ("null", "null"),
        ("an object that says nothing", "{}"),
        ("a byte order mark before it", "\u{feff}{}"),
        ("100,000 levels", deep.as_str()),
    ] {
        let items = read(body.as_bytes()).unwrap();
        assert_eq!(items.len(), 1, "{case}");
        assert_eq!(reason(&items[0]), "body_without_object", "{case}");
        let lines = inspect(body.as_bytes()).unwrap();
        assert_eq!(lines[0].kind, "quarantined", "{case}");
    }
}

#[test]
fn a_nest_of_100_000_levels_is_quarantined_wherever_it_stands() {
    let nest = r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    let list = "[".repeat(100_000) + &"]".repeat(100_000);
    let inside = |key: &str| {
        let open = r#"{"from":"1","id":"x","timestamp":"1790000000","type":"text""#;
        body_with(&format!(r#"{open},"{key}":{nest}}}"#))
    };
    for (case, body, expect) in [
        ("as the whole body", nest.clone(), "body_without_object"),
        (
            "as the entries",
            format!(r#"{{"object":"whatsapp_business_account","entry":{list}}}"#),
            "entry_not_an_object",
        ),
        ("as a message", body_with(&nest), "too_deep"),
        ("as its text", inside("text"), "too_deep"),
        ("as its referral", inside("referral"), "too_deep"),
        ("as something unheard of", inside("surprise"), "too_deep"),
    ] {
        let items = read(body.as_bytes()).unwrap();
        assert_eq!(items.len(), 1, "{case}");
        assert_eq!(reason(&items[0]), expect, "{case}");
        let lines = inspect(body.as_bytes()).unwrap();
        assert_eq!(lines[0].reason.as_deref(), Some(expect), "{case}");
    }
}

#[test]
fn a_thousand_messages_are_a_thousand_items() {
    let messages: Vec<_> = (0..1000)
        .map(|n| message(&format!("wamid.{n}")).to_string())
        .collect();
    let items = read(body_with(&messages.join(",")).as_bytes()).unwrap();
    let updates = items
        .iter()
        .filter(|i| matches!(i.reading, Reading::Update(_)));
    assert_eq!(updates.count(), 1000);
}

/// Values that no field but their own expects.
fn odd_values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1.5e300),
        json!(i64::MAX),
        json!(""),
        json!("\u{0}"),
        json!("¿qué?"),
        json!([]),
        json!({}),
        json!([[], {}, null, "x"]),
        json!({"id": {"id": []}, "type": 7}),
    ]
}

/// Every place in a document, as JSON pointers.
fn places(at: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match at {
        Value::Object(fields) => {
            for (key, inner) in fields {
                places(inner, &format!("{path}/{key}"), found);
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                places(inner, &format!("{path}/{index}"), found);
            }
        }
        _ => {}
    }
}

/// The document with each of its places holding each odd value, once.
fn each_oddity(document: &Value, below: &str, mut check: impl FnMut(&str, &[u8])) {
    let mut found = Vec::new();
    places(document.pointer(below).unwrap(), below, &mut found);
    for place in found {
        for odd in odd_values() {
            let mut mutant = document.clone();
            *mutant.pointer_mut(&place).unwrap() = odd;
            check(&place, &serde_json::to_vec(&mutant).unwrap());
        }
    }
}

/// What holds for every body: both readers agree, and what is for a conversation names its channel.
fn check(body: &[u8], case: &str) {
    let (Ok(items), Ok(lines)) = (read(body), inspect(body)) else {
        assert_eq!(read(body), Err(NotJson), "{case}");
        assert_eq!(inspect(body), Err(NotJson), "{case}");
        return;
    };
    let moves_in_lines = items.len() - lines.len();
    let moved = |item: &&Item| matches!(item.reading, Reading::Update(News::Moved(_)));
    assert!(
        moves_in_lines <= items.iter().filter(moved).count(),
        "{case}"
    );
    for item in &items {
        let update = matches!(item.reading, Reading::Update(_));
        assert!(!update || item.channel.is_some(), "{case}");
    }
}

#[test]
fn any_value_anywhere_is_read_without_a_panic() {
    let mut mutants = 0;
    for (path, body) in fixtures() {
        let Ok(document) = serde_json::from_slice(&body) else {
            continue; // half a surrogate pair: only the byte mutations below can start from it
        };
        each_oddity(&document, "", |place, mutant| {
            check(mutant, &format!("{} {place}", path.display()));
            mutants += 1;
        });
    }
    assert!(mutants > 10_000, "{mutants}");
}

#[test]
fn any_byte_changed_is_read_without_a_panic() {
    for (path, body) in fixtures() {
        for at in (0..body.len()).step_by(23) {
            for byte in [b'"', b'\\', b'}', b'[', 0, 0xff, body[at] ^ 1] {
                let mut mutant = body.clone();
                mutant[at] = byte;
                check(&mutant, &format!("{} byte {at} = {byte}", path.display()));
            }
            check(&body[..at], &format!("{} cut at {at}", path.display()));
        }
    }
}

#[test]
fn one_bad_element_spoils_none_of_its_neighbours() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/whatsapp");
    let body = std::fs::read(format!("{folder}/batch_two_entries.json")).unwrap();
    let neighbours = read(&body).unwrap().split_off(1);
    assert_eq!(neighbours.len(), 4);
    let document = serde_json::from_slice(&body).unwrap();
    let first = "/entry/0/changes/0/value/messages/0";
    each_oddity(&document, first, |place, mutant| {
        let items = read(mutant).unwrap();
        assert_eq!(items[1..], neighbours, "{place}");
    });
}
