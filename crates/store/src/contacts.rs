//! What a contact is called and found by.

use domain::identity::{IdentityKey, IdentityKind};
use domain::inbound::Person;
use domain::text::{folded, storable};

/// The name to show for somebody who just wrote for the first time.
pub(crate) fn name_of(person: &Person) -> String {
    let number = person.keys.iter().find(|k| k.kind == IdentityKind::WaId);
    person
        .name
        .as_deref()
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(storable)
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
/// last four.
pub(crate) fn terms_of_key(key: &IdentityKey) -> Vec<String> {
    let digits = &key.value;
    if key.kind != IdentityKind::WaId || digits.len() < 8 || !digits.is_ascii() {
        return vec![shortened(&folded(digits))];
    }
    let starts = [0, 1, 2, 3, digits.len() - 4];
    starts.map(|n| digits[n..].to_owned()).into()
}

/// The terms in what somebody typed, the longest first: one number, or the words of a name.
pub(crate) fn typed_terms(typed: &str) -> Vec<String> {
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
