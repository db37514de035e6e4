//! Dependencies point one way.
//!
//! ```text
//! app -> server -> store -> domain
//!  |        '----> meta  -> domain
//!  '-> sandbox            (it knows none of them, so that a misread field cannot be mirrored in it)
//! ```

use toml::{Table, Value};

use crate::source::{Finding, Source};

struct Crate {
    folder: &'static str,
    may_use: &'static [&'static str],
    /// Beside `may_use`, in its tests only.
    tests_may_use: &'static [&'static str],
}

const CRATES: [Crate; 6] = [
    Crate {
        folder: "domain",
        may_use: &[],
        tests_may_use: &[],
    },
    Crate {
        folder: "sandbox",
        may_use: &[],
        tests_may_use: &[],
    },
    Crate {
        folder: "meta",
        may_use: &["domain"],
        tests_may_use: &[],
    },
    Crate {
        folder: "store",
        may_use: &["domain"],
        tests_may_use: &[],
    },
    Crate {
        folder: "server",
        may_use: &["store", "meta", "domain"],
        tests_may_use: &["sandbox"],
    },
    Crate {
        folder: "app",
        may_use: &["server", "store", "meta", "domain", "sandbox"],
        tests_may_use: &[],
    },
];
const OURS: [&str; 7] = [
    "domain",
    "store",
    "meta",
    "sandbox",
    "server",
    "charla",
    "charla-tests",
];

/// What of the outside world a crate must not know.
const KEPT_OUT: [(&str, &[&str]); 3] = [
    ("sqlx", &["domain", "meta", "sandbox", "server", "app"]),
    ("tokio", &["domain"]),
    ("reqwest", &["domain", "store"]),
];

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    let Some(folder) = file
        .path
        .strip_prefix("crates/")
        .and_then(|path| path.strip_suffix("/Cargo.toml"))
    else {
        return Vec::new();
    };
    let Some(rules) = CRATES.iter().find(|rules| rules.folder == folder) else {
        return vec![file.finding(
            1,
            format!("the crate {folder} has no row here: a new crate needs a reason"),
        )];
    };
    let manifest: Table = match file.text.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![file.finding(1, error.to_string())],
    };
    let mut findings = Vec::new();
    for (kind, name) in dependencies(&manifest) {
        let for_tests = kind == "dev-dependencies";
        let allowed =
            rules.may_use.contains(&name) || for_tests && rules.tests_may_use.contains(&name);
        if OURS.contains(&name) && !allowed {
            findings.push(file.finding(1, format!("{folder} must not use {name} ({kind})")));
        }
        let kept_out = KEPT_OUT
            .iter()
            .any(|(what, from)| *what == name && from.contains(&folder));
        if kept_out && !for_tests {
            findings.push(file.finding(1, format!("{name} has no business in {folder}")));
        }
    }
    findings
}

/// Every dependency with the table it stands in, those of single platforms too.
fn dependencies(manifest: &Table) -> Vec<(&str, &str)> {
    let platforms = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values);
    let tables = std::iter::once(manifest).chain(platforms.filter_map(Value::as_table));
    let mut found = Vec::new();
    for table in tables {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (key, value) in table
                .get(kind)
                .and_then(Value::as_table)
                .into_iter()
                .flatten()
            {
                let renamed = value.get("package").and_then(Value::as_str);
                found.push((kind, renamed.unwrap_or(key)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    fn findings(folder: &str, manifest: &str) -> Vec<String> {
        let file = source(&format!("crates/{folder}/Cargo.toml"), manifest);
        check(&file)
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn an_arrow_against_the_stream_is_found_however_it_is_written() {
        for manifest in [
            "[dependencies]\nstore.workspace = true",
            "[dependencies]\nstore = { path = \"../store\" }",
            "[dependencies]\nother = { package = \"store\", path = \"../store\" }",
            "[target.'cfg(unix)'.dependencies]\nstore.workspace = true",
            "[build-dependencies]\nstore.workspace = true",
            "[dev-dependencies]\nstore.workspace = true",
        ] {
            assert_eq!(findings("meta", manifest).len(), 1, "{manifest}");
            assert_eq!(findings("sandbox", manifest).len(), 1, "{manifest}");
        }
    }

    #[test]
    fn the_arrows_of_the_picture_are_allowed() {
        assert_eq!(
            findings(
                "server",
                "[dependencies]\nstore.workspace = true\nmeta.workspace = true"
            ),
            [""; 0]
        );
        assert_eq!(
            findings("server", "[dev-dependencies]\nsandbox.workspace = true"),
            [""; 0]
        );
        assert_eq!(
            findings("server", "[dependencies]\nsandbox.workspace = true"),
            ["server must not use sandbox (dependencies)"]
        );
    }

    #[test]
    fn the_outside_world_stays_out_and_a_new_crate_asks_first() {
        assert_eq!(
            findings("domain", "[dependencies]\ntokio = \"1\""),
            ["tokio has no business in domain"]
        );
        assert_eq!(
            findings("server", "[dependencies]\nsqlx = \"0.9\""),
            ["sqlx has no business in server"]
        );
        assert_eq!(findings("helpers", "[dependencies]").len(), 1);
    }
}
