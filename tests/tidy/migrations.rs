//! Migrations only grow: `0007_snooze.sql`, or `0008_search.sqlite.sql` beside `0008_search.postgres.sql`.

use std::collections::BTreeMap;

use crate::source::{Finding, Source};

const ENGINES: [&str; 2] = ["sqlite", "postgres"];

/// The migrations of each database: the names of the SQL files by their folder.
pub(crate) fn sets(files: &[Source]) -> BTreeMap<&str, Vec<&str>> {
    let mut sets: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for file in files
        .iter()
        .filter(|file| file.path.starts_with("crates/store/migrations/"))
    {
        let (folder, name) = file.path.rsplit_once('/').unwrap();
        sets.entry(folder).or_default().push(name);
    }
    sets
}

pub(crate) fn check(folder: &str, names: &[&str]) -> Vec<Finding> {
    let finding = |place: &str, what: &str| Finding {
        place: format!("{folder}/{place}"),
        what: what.to_owned(),
    };
    let mut findings = Vec::new();
    let mut numbered: BTreeMap<usize, Vec<(&str, Option<&str>)>> = BTreeMap::new();
    for name in names {
        match parse(name) {
            Some((number, title, engine)) => {
                numbered.entry(number).or_default().push((title, engine));
            }
            None => findings.push(finding(
                name,
                "is not named NNNN_title.sql or NNNN_title.<engine>.sql",
            )),
        }
    }
    for (expected, (number, files)) in (1..).zip(&numbered) {
        if *number != expected {
            findings.push(finding(&format!("{expected:04}"), "is missing"));
            break;
        }
        if !is_one_migration(files) {
            findings.push(finding(
                &format!("{number:04}"),
                "is neither one file nor a pair, one for each engine",
            ));
        }
    }
    findings
}

fn parse(name: &str) -> Option<(usize, &str, Option<&str>)> {
    let (number, rest) = name.strip_suffix(".sql")?.split_once('_')?;
    let (title, engine) = rest
        .split_once('.')
        .map_or((rest, None), |(title, engine)| (title, Some(engine)));
    let known = engine.is_none_or(|engine| ENGINES.contains(&engine));
    (number.len() == 4 && known && !title.is_empty()).then_some((
        number.parse().ok()?,
        title,
        engine,
    ))
}

fn is_one_migration(files: &[(&str, Option<&str>)]) -> bool {
    let mut engines: Vec<Option<&str>> = files.iter().map(|(_, engine)| *engine).collect();
    engines.sort_unstable();
    let same_title = files.iter().all(|(title, _)| *title == files[0].0);
    same_title && (engines == [None] || engines == [Some("postgres"), Some("sqlite")])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::source;

    fn findings(names: &[&str]) -> usize {
        check("migrations", names).len()
    }

    #[test]
    fn single_files_and_pairs_in_order_are_fine() {
        assert_eq!(
            findings(&[
                "0001_first.sql",
                "0002_search.sqlite.sql",
                "0002_search.postgres.sql",
                "0003_more.sql"
            ]),
            0
        );
    }

    #[test]
    fn gaps_halves_twins_and_odd_names_are_found() {
        assert_eq!(findings(&["0002_second.sql"]), 1, "does not begin at 1");
        assert_eq!(findings(&["0001_first.sql", "0003_third.sql"]), 1, "gap");
        assert_eq!(findings(&["0001_first.sqlite.sql"]), 1, "half a pair");
        assert_eq!(
            findings(&["0001_first.sql", "0001_other.sql"]),
            1,
            "same number twice"
        );
        assert_eq!(
            findings(&["0001_a.sqlite.sql", "0001_b.postgres.sql"]),
            1,
            "a pair of two names"
        );
        assert_eq!(
            findings(&["0001_first.sql", "2_second.sql"]),
            1,
            "too few digits"
        );
        assert_eq!(findings(&["0001_first.mysql.sql"]), 1, "unknown engine");
    }

    #[test]
    fn each_folder_is_numbered_by_itself() {
        let files = [
            source("crates/store/migrations/main/0001_a.sql", ""),
            source("crates/store/migrations/journal/0001_b.sql", ""),
            source("crates/store/src/lib.rs", ""),
        ];
        assert_eq!(
            sets(&files).values().map(Vec::len).collect::<Vec<_>>(),
            [1, 1]
        );
    }
}
