//! Only `meta` knows Graph's field names, and the sandbox on the other side of the wire.
//!
//! A few names stand for all: whoever reads or writes a payload uses one of them.

use crate::rust_text::{Kind, pieces};
use crate::source::{Finding, Source};

const NAMES: [&str; 7] = [
    "messaging_product",
    "biz_opaque_callback_data",
    "phone_number_id",
    "whatsapp_business_account",
    "hub.challenge",
    "hub.verify_token",
    "recipient_type",
];

/// The command line asks for what Meta's own pages call it.
const FLAGS: [&str; 1] = ["phone_number_id"];

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    let knows = ["crates/meta/", "crates/sandbox/"]
        .iter()
        .any(|folder| file.path.starts_with(folder));
    if knows || !file.path.starts_with("crates/") || file.extension() != "rs" || file.is_test() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for piece in pieces(without_tests(&file.text))
        .iter()
        .filter(|piece| piece.kind != Kind::Comment)
    {
        for (offset, line) in piece.text.lines().enumerate() {
            for name in NAMES {
                let is_flag = file.path.starts_with("crates/app/") && FLAGS.contains(&name);
                if line.contains(name) && !is_flag {
                    findings.push(file.finding(piece.line + offset, name));
                }
            }
        }
    }
    findings
}

/// Tests at the end of a file may play the other side.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {")
        .map_or(text, |at| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    #[test]
    fn a_field_name_is_found_in_code_and_in_strings() {
        for text in [
            "struct A { biz_opaque_callback_data: String }",
            r#"json["messaging_product"]"#,
        ] {
            assert_eq!(
                check(&source("crates/server/src/a.rs", text)).len(),
                1,
                "{text}"
            );
        }
        let found = check(&source(
            "crates/store/src/a.rs",
            "let a = 1;\nlet b =\n    value[\"hub.challenge\"];",
        ));
        assert_eq!(found[0].place, "crates/store/src/a.rs:3");
    }

    #[test]
    fn meta_the_sandbox_tests_comments_and_flags_may_name_them() {
        let text = "let phone_number_id = 1;";
        for path in [
            "crates/meta/src/a.rs",
            "crates/sandbox/src/a.rs",
            "crates/server/src/tests.rs",
            "crates/app/src/a.rs",
        ] {
            assert_eq!(check(&source(path, text)), [], "{path}");
        }
        for text in [
            "// the messaging_product",
            "#[cfg(test)]\nmod tests {\n    let messaging_product = 1;\n}",
        ] {
            assert_eq!(check(&source("crates/server/src/a.rs", text)), [], "{text}");
        }
        assert_eq!(
            check(&source("crates/app/src/a.rs", "messaging_product")).len(),
            1
        );
    }
}
