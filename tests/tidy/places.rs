//! Nothing tells of the machine it was written on.

use crate::source::{Finding, Source};

/// Folders that exist on one machine only, written so that this file does not find itself.
const FOLDERS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];
const NPM: &str = concat!("https://registry.npmjs", ".org/");
const CRATES_IO: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

pub(crate) fn check(file: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for folder in FOLDERS {
            if begins_a_path(line, folder) {
                findings.push(file.finding(index + 1, format!("the path {folder}")));
            }
        }
        if let Some(host) = foreign_registry(&file.path, line) {
            findings.push(file.finding(index + 1, format!("the registry {host}")));
        }
    }
    findings
}

/// `https://example.com/home/` is no folder of this machine.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && !"-_.}".contains(before))
    })
}

fn foreign_registry<'a>(path: &str, line: &'a str) -> Option<&'a str> {
    let line = line.trim();
    if path.ends_with("package-lock.json") {
        let address = line
            .strip_prefix("\"resolved\": \"")?
            .trim_end_matches([',', '"']);
        return (address.starts_with("http") && !address.starts_with(NPM)).then_some(address);
    }
    if path.ends_with("Cargo.lock") {
        let address = line.strip_prefix("source = \"")?.trim_end_matches('"');
        return (address != CRATES_IO).then_some(address);
    }
    let settings = [".npmrc", ".cargo/config.toml"]
        .iter()
        .any(|name| path.ends_with(name));
    (settings && line.contains("registry")).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    #[test]
    fn folders_of_one_machine_are_found() {
        for folder in FOLDERS {
            assert_eq!(
                check(&source("a.md", &format!("see {folder}x"))).len(),
                1,
                "{folder}"
            );
        }
        assert_eq!(
            check(&source("a.ts", "fetch(`/api/work`); '/framework/a'")),
            []
        );
        let address = format!("https://example.com{}", FOLDERS[2]);
        assert_eq!(check(&source("a.md", &address)), []);
    }

    #[test]
    fn registries_of_one_machine_are_found() {
        let lock = |address: &str| {
            source(
                "package-lock.json",
                &format!("  \"resolved\": \"{address}\","),
            )
        };
        assert_eq!(check(&lock(&format!("{NPM}a/-/a-1.tgz"))), []);
        assert_eq!(check(&lock("web/agent")), []);
        assert_eq!(check(&lock("http://10.0.0.1/npm/a-1.tgz")).len(), 1);
        assert_eq!(
            check(&source("Cargo.lock", &format!("source = \"{CRATES_IO}\""))),
            []
        );
        assert_eq!(
            check(&source("Cargo.lock", "source = \"sparse+http://mirror/\"")).len(),
            1
        );
        assert_eq!(check(&source(".npmrc", "registry=http://mirror/")).len(), 1);
    }
}
