//! Only `store` contains SQL.

use crate::rust_text::{Kind, pieces};
use crate::source::{Finding, Source};

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    if !file.path.starts_with("crates/")
        || file.path.starts_with("crates/store/")
        || file.extension() != "rs"
    {
        return Vec::new();
    }
    pieces(&file.text)
        .iter()
        .filter(|piece| piece.kind == Kind::String && is_sql(piece.text))
        .map(|piece| file.finding(piece.line, first_words(piece.text)))
        .collect()
}

fn first_words(text: &str) -> String {
    text.split_whitespace()
        .take(8)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Whole statements in either case; in prose, "select" and "delete from" are ordinary English.
fn is_sql(literal: &str) -> bool {
    let text = literal.trim_matches(['r', '#', '"', '\\']);
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || c == '(')
        .filter(|word| !word.is_empty())
        .collect();
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let lower: Vec<&str> = lower.iter().map(String::as_str).collect();

    let selects = |words: &[&str], select: &str, from: &str| {
        words
            .iter()
            .position(|w| *w == select)
            .is_some_and(|at| words[at..].contains(&from))
    };
    let anywhere = |first: &str, second: &str| lower.windows(2).any(|pair| pair == [first, second]);

    selects(&words, "SELECT", "FROM")
        || words.first() == Some(&"select") && selects(&words, "select", "from")
        || words.first() == Some(&"delete") && anywhere("delete", "from")
        || words.windows(2).any(|pair| pair == ["DELETE", "FROM"])
        || anywhere("insert", "into")
        || anywhere("create", "table")
        || anywhere("begin", "immediate")
        || lower
            .windows(3)
            .any(|three| three[0] == "update" && three[2] == "set")
        || lower.first() == Some(&"pragma")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    #[test]
    fn statements_are_found() {
        for text in [
            r#"db.all("SELECT id FROM messages WHERE workspace_id = $1")"#,
            r#"db.all("select count(*) from messages")"#,
            "run(r#\"\n  INSERT INTO events (id)\n  VALUES ($1)\"#)",
            r#"run("UPDATE agents SET role = $1")"#,
            r#"run("DELETE FROM drafts WHERE id = $1")"#,
            r#"run("WITH gone AS (DELETE FROM drafts RETURNING id) SELECT id FROM gone")"#,
            r#"run("PRAGMA journal_mode = wal")"#,
        ] {
            assert_eq!(
                check(&source("crates/server/src/a.rs", text)).len(),
                1,
                "{text}"
            );
        }
    }

    #[test]
    fn prose_comments_and_the_store_are_left_alone() {
        for text in [
            r#"help("Select a file from the list")"#,
            r#"error("cannot delete from a closed archive")"#,
            r#"help("Update the settings")"#,
            "// SELECT id FROM messages",
        ] {
            assert_eq!(check(&source("crates/server/src/a.rs", text)), [], "{text}");
        }
        assert_eq!(
            check(&source("crates/store/src/a.rs", r#""SELECT 1 FROM a""#)),
            []
        );
    }

    #[test]
    fn the_line_is_named() {
        let found = check(&source(
            "crates/app/src/a.rs",
            "\n\nlet a = \"DELETE FROM t\";",
        ));
        assert_eq!(found[0].place, "crates/app/src/a.rs:3");
    }
}
