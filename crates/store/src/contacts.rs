//! What a contact is called and found by.

use domain::identity::{IdentityKey, IdentityKind};
use domain::inbound::Person;
use domain::text::{folded, storable};
use serde::Serialize;

use crate::db::rows;
use crate::error::Error;

/// The latest id of a kind that somebody has, as an expression; `$whose` says of `p` that it is theirs. Who left a number
/// and came back has it since then.
macro_rules! latest_id {
    ($kind:literal, $whose:literal) => {
        concat!(
            "(SELECT p.value FROM identities p WHERE ",
            $whose,
            " AND p.kind = '",
            $kind,
            "' ORDER BY p.since DESC, p.id DESC LIMIT 1)"
        )
    };
}
pub(crate) use latest_id;

/// What somebody calls themselves.
pub(crate) fn profile_of(person: &Person) -> Option<String> {
    let name = person.name.as_deref().map(storable)?;
    let name = name.trim();
    (!name.is_empty()).then(|| name.to_owned())
}

/// Whether a contact is called by an id or a username for want of a name.
pub(crate) fn is_stopgap(name: &str, keys: &[IdentityKey]) -> bool {
    let number = |rest: &str| rest.chars().all(|c| c.is_ascii_digit());
    name.starts_with('@')
        || name.is_empty()
        || name.strip_prefix('+').is_some_and(number)
        || keys.iter().any(|key| key.value == name)
}

/// The name to show for somebody who just wrote for the first time.
pub(crate) fn name_of(person: &Person) -> String {
    let number = person.keys.iter().find(|k| k.kind == IdentityKind::WaId);
    profile_of(person)
        .or_else(|| person.username.as_ref().map(|u| format!("@{u}")))
        .or_else(|| number.map(|k| format!("+{}", k.value)))
        .or_else(|| person.keys.first().map(|k| k.value.clone()))
        .unwrap_or_default()
}

/// How many characters of a word count: PostgreSQL's indexes hold no longer ones, and nobody types more.
const LONGEST_TERM: usize = 60;

/// The folded words of a name.
pub(crate) fn terms_of_name(name: &str) -> Vec<String> {
    folded(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(shortened)
        .collect()
}

fn shortened(word: &str) -> String {
    word.chars().take(LONGEST_TERM).collect()
}

/// A number is found by its digits, by them without a country code of one to three digits, and by its
/// last four; any other id by the words that it is made of, as what is typed is taken apart.
pub(crate) fn terms_of_key(key: &IdentityKey) -> Vec<String> {
    let digits = &key.value;
    if key.kind != IdentityKind::WaId || digits.len() < 8 || !digits.is_ascii() {
        return terms_of_name(digits);
    }
    let starts = [0, 1, 2, 3, digits.len() - 4];
    starts.map(|n| digits[n..].to_owned()).into()
}

/// What somebody typed to find people by: ranges of the terms that begin with its words.
pub(crate) struct Typed {
    /// From where the terms of the longest word lie, which is looked for.
    pub(crate) low: Vec<u8>,
    /// Before where they lie.
    pub(crate) high: Vec<u8>,
    /// The other words, which are asked of what was found: a set of `low` and `high`.
    pub(crate) others: String,
}

impl Typed {
    /// `None` if there is nothing in it to look for.
    pub(crate) fn read(typed: &str) -> Result<Option<Self>, Error> {
        #[derive(Serialize)]
        struct Range {
            low: String,
            high: String,
        }
        let terms = typed_terms(typed);
        let Some((longest, others)) = terms.split_first() else {
            return Ok(None);
        };
        let (low, high) = prefix_range(longest);
        let others = others.iter().map(|term| prefix_range(term));
        let others: Vec<Range> = others
            .map(|(low, high)| Range {
                low: hex(&low),
                high: hex(&high),
            })
            .collect();
        Ok(Some(Self {
            low,
            high,
            others: rows(&others)?,
        }))
    }
}

/// The terms in what somebody typed, the longest first: one number, or the words of a name.
fn typed_terms(typed: &str) -> Vec<String> {
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let numeric = typed
        .chars()
        .all(|c| c.is_ascii_digit() || " +-().".contains(c));
    if numeric && !digits.is_empty() {
        return vec![digits];
    }
    let mut words = terms_of_name(typed);
    words.sort_by_key(|w| std::cmp::Reverse(w.len()));
    words.truncate(MOST_WORDS);
    words
}

/// How many typed words a search looks at.
const MOST_WORDS: usize = 5;

/// The bytes from which, and before which, every term lies that begins with `term`. 0xff is in no UTF-8.
pub(crate) fn prefix_range(term: &str) -> (Vec<u8>, Vec<u8>) {
    let low = term.as_bytes().to_vec();
    let mut high = low.clone();
    high.push(0xff);
    (low, high)
}

/// Bytes as a `bulk!` statement takes them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_with_and_without_its_country_code() {
        let terms = terms_of_key(&IdentityKey::new(IdentityKind::WaId, "34600001234"));
        for typed in ["3460", "600", "1234"] {
            assert!(terms.iter().any(|t| t.starts_with(typed)), "{typed}");
        }
    }

    #[test]
    fn an_id_is_found_by_what_is_typed_of_it() {
        let terms = terms_of_key(&IdentityKey::new(IdentityKind::Bsuid, "ES.13491208"));
        for word in typed_terms("ES.1349") {
            assert!(terms.iter().any(|t| t.starts_with(&word)), "{word}");
        }
    }

    #[test]
    fn somebody_without_a_name_is_called_by_what_is_known() {
        let keys = vec![IdentityKey::new(IdentityKind::WaId, "34600001234")];
        let mut person = Person {
            keys,
            ..Person::default()
        };
        assert_eq!(name_of(&person), "+34600001234");
        person.username = Some("nerea.s".to_owned());
        assert_eq!(name_of(&person), "@nerea.s");
        person.name = Some(" Nerea ".to_owned());
        assert_eq!(name_of(&person), "Nerea");
    }
}
