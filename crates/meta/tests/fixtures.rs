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
