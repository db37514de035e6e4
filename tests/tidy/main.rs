//! The rules that the compiler cannot hold.
//!
//! Each rule is a function from source text to findings, tested on small texts beside it, so that a
//! rule that has stopped biting is noticed; the tests below put the repository before all of them.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod arrows;
mod graph_names;
mod leftovers;
mod migrations;
mod places;
mod rust_text;
mod sizes;
mod source;
mod sql;

use source::{Finding, Source};

#[track_caller]
fn assert_clean(rule: &str, findings: &[Finding]) {
    let list: Vec<String> = findings
        .iter()
        .map(|finding| format!("  {finding}"))
        .collect();
    assert!(list.is_empty(), "{rule}\n{}", list.join("\n"));
}

fn each(check: impl Fn(&Source) -> Vec<Finding>) -> Vec<Finding> {
    source::repository().iter().flat_map(check).collect()
}

#[test]
fn only_store_contains_sql() {
    assert_clean(
        "SQL belongs into crates/store, as a method that names its workspace:",
        &each(sql::check),
    );
}

#[test]
fn dependencies_point_one_way() {
    assert_clean("The arrows of ARCHITECTURE.md:", &each(arrows::check));
}

#[test]
fn only_meta_and_the_sandbox_know_graphs_field_names() {
    assert_clean(
        "Graph's names belong into crates/meta (and, apart from it, crates/sandbox):",
        &each(graph_names::check),
    );
}

#[test]
fn no_file_is_longer_than_a_reader() {
    assert_clean("Split what is longer than 800 lines:", &each(sizes::check));
}

#[test]
fn nothing_tells_of_the_machine_it_was_written_on() {
    assert_clean(
        "Paths and registries of one machine are of no use on another:",
        &each(places::check),
    );
}

#[test]
fn nothing_is_left_for_later() {
    assert_clean(
        "Finish it or write an issue; a test that is skipped proves nothing:",
        &each(leftovers::check),
    );
}

#[test]
fn migrations_only_grow() {
    let files = source::repository();
    let sets = migrations::sets(&files);
    assert!(
        !sets.is_empty(),
        "no migrations were found: has their folder moved?"
    );
    let findings: Vec<Finding> = sets
        .iter()
        .flat_map(|(folder, names)| migrations::check(folder, names))
        .collect();
    assert_clean(
        "Migrations are numbered from 0001 without a gap and work on both engines:",
        &findings,
    );
}

#[test]
fn the_walk_sees_the_code_and_not_what_building_leaves_behind() {
    let paths: Vec<String> = source::repository()
        .into_iter()
        .map(|file| file.path)
        .collect();
    for expected in [
        "Cargo.toml",
        "Makefile",
        ".ci/test",
        "crates/domain/src/lib.rs",
        "tests/tidy/main.rs",
    ] {
        assert!(
            paths.iter().any(|path| path == expected),
            "{expected} was not read"
        );
    }
    for path in paths {
        assert!(
            !path.contains("node_modules/") && !path.starts_with("target/"),
            "{path} is not ours"
        );
    }
}
