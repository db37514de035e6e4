//! Every recorded shape of a webhook, read and told. The snapshots are the specification: each holds the
//! lines of `charla webhook inspect`, then what the store gets.

use std::fmt::Write;

#[test]
fn every_fixture_reads_as_its_snapshot_says() {
    insta::glob!("../fixtures/whatsapp", "*.json", |path| {
        let body = std::fs::read(path).unwrap();
        let mut told = String::new();
        for line in meta::inspect::inspect(&body).unwrap() {
            writeln!(told, "{}", serde_json::to_string(&line).unwrap()).unwrap();
        }
        for item in meta::webhook::read(&body).unwrap() {
            writeln!(told, "\n{item:#?}").unwrap();
        }
        insta::assert_snapshot!(told);
    });
}

/// Recorded because they are broken, or because a part of them is.
const BROKEN: [&str; 9] = [
    "batch_bad_among_good",
    "batch_bad_surroundings",
    "body_that_is_a_list",
    "message_echoes_of_several_kinds",
    "messages_without_any",
    "no_entries",
    "no_object",
    "status_bad_among_good",
    "user_id_update",
];

#[test]
fn nothing_that_meta_documents_is_quarantined() {
    insta::glob!("../fixtures/whatsapp", "*.json", |path| {
        let lines = meta::inspect::inspect(&std::fs::read(path).unwrap()).unwrap();
        let quarantined = lines.iter().any(|line| line.kind == "quarantined");
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert_eq!(quarantined, BROKEN.contains(&name), "{name}");
    });
}
