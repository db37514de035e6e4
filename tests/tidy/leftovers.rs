//! Nothing is left for later, and no test is skipped.

use crate::source::{Finding, Source};

/// Written in two halves, so that this file does not find itself.
const WORDS: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];
const IN_RUST: [&str; 4] = [
    concat!("#[ign", "ore"),
    concat!("```ign", "ore"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];
const IN_SCRIPTS: [&str; 10] = [
    concat!("test.sk", "ip("),
    concat!("it.sk", "ip("),
    concat!("describe.sk", "ip("),
    concat!("test.on", "ly("),
    concat!("it.on", "ly("),
    concat!("describe.on", "ly("),
    concat!("test.fix", "me("),
    concat!("it.to", "do("),
    concat!("test.to", "do("),
    concat!("waitFor", "Timeout("),
];

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    let marks: &[&str] = match file.extension() {
        "rs" => &IN_RUST,
        "ts" | "js" | "mjs" | "svelte" => &IN_SCRIPTS,
        "css" | "html" | "sql" | "toml" | "md" | "yml" => &[],
        _ if file.path == "Makefile" || file.path.starts_with(".ci/") => &[],
        _ => return Vec::new(),
    };
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        let word = WORDS.iter().find(|word| has_word(line, word));
        let mark = marks.iter().find(|mark| line.contains(**mark));
        findings.extend(word.or(mark).map(|what| file.finding(index + 1, *what)));
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        !line[..at].chars().next_back().is_some_and(is_letter)
            && !line[at + word.len()..]
                .chars()
                .next()
                .is_some_and(is_letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    #[test]
    fn what_is_left_for_later_is_found() {
        for word in WORDS {
            assert_eq!(
                check(&source("a.rs", &format!("// {word}: later"))).len(),
                1,
                "{word}"
            );
            assert_eq!(check(&source("a.md", word)).len(), 1, "{word}");
        }
        for mark in IN_RUST {
            assert_eq!(
                check(&source("a.rs", &format!("    {mark}"))).len(),
                1,
                "{mark}"
            );
        }
        for mark in IN_SCRIPTS {
            assert_eq!(
                check(&source("a.spec.ts", &format!("  {mark}'x')"))).len(),
                1,
                "{mark}"
            );
        }
    }

    #[test]
    fn longer_words_and_ordinary_code_are_left_alone() {
        assert_eq!(
            check(&source("a.rs", &format!("const {}S: u8 = 1;", WORDS[0]))),
            []
        );
        assert_eq!(check(&source("a.rs", "list.iter().skip(1)")), []);
        assert_eq!(check(&source("a.json", &format!("\"{}\"", WORDS[0]))), []);
    }
}
