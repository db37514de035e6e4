//! Phone numbers as people type them.
//!
//! What is typed is read by the numbering plans of the world; what a provider reports is not: real ids of Brazil
//! and Mexico are no valid numbers (`identity::number_variants`), so that those are only shown, never checked.

use phonenumber::country::Id;
use phonenumber::{Mode, ParseError, PhoneNumber};

use crate::identity::number_variants;

/// Why what was typed is no number to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadNumber {
    /// Nothing was typed.
    #[error("no number")]
    Empty,
    /// Something that is in no number.
    #[error("not a number")]
    NotANumber,
    /// Without a country code, where ours does not say which is meant, or with one that does not exist.
    #[error("no such country code")]
    NoCountry,
    /// Fewer digits than numbers there have.
    #[error("too short")]
    TooShort,
    /// More digits than numbers there have.
    #[error("too long")]
    TooLong,
    /// The numbering plan of its country has no such number.
    #[error("no such number in its country")]
    NotInUse,
}

/// The most characters of a number, with all the signs that people put between digits.
const LONGEST: usize = 40;

/// The digits of a typed number with its country code. Without one it is a number of the country of `home`, the
/// digits of our own number.
pub fn parse(typed: &str, home: &str) -> Result<String, BadNumber> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(BadNumber::Empty);
    }
    let written = |c: char| c.is_ascii_digit() || "+ -().\u{a0}/".contains(c);
    if !typed.chars().all(written) || typed.chars().skip(1).any(|c| c == '+') {
        return Err(BadNumber::NotANumber);
    }
    if typed.chars().count() > LONGEST {
        return Err(BadNumber::TooLong);
    }
    let number = read(typed, home)?;
    let digits = digits_of(&number);
    if number.is_valid() {
        return Ok(digits);
    }
    let mut other_forms = number_variants(&digits);
    other_forms.extend(without_the_fifteen(&digits));
    other_forms
        .into_iter()
        .find(|form| is_valid(form))
        .ok_or_else(|| wrong_length(&digits).unwrap_or(BadNumber::NotInUse))
}

/// Whether these digits with a country code are the number that is shown so, in whichever form.
#[must_use]
pub fn is_shown_as(digits: &str, shown: &str) -> bool {
    let shown: String = shown.chars().filter(char::is_ascii_digit).collect();
    shown == digits || number_variants(digits).contains(&shown)
}

fn read(typed: &str, home: &str) -> Result<PhoneNumber, BadNumber> {
    // 00 is how most of the world dials the plus sign.
    let plain: String = typed.chars().filter(char::is_ascii_digit).collect();
    let typed = match plain.strip_prefix("00") {
        Some(rest) if !typed.starts_with('+') => format!("+{rest}"),
        _ => typed.to_owned(),
    };
    let country = if typed.starts_with('+') {
        None
    } else {
        Some(id_of(home).ok_or(BadNumber::NoCountry)?)
    };
    phonenumber::parse(country, &typed).map_err(|why| match why {
        ParseError::NoNumber | ParseError::MalformedInteger(_) => BadNumber::NotANumber,
        ParseError::InvalidCountryCode => BadNumber::NoCountry,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn => BadNumber::TooShort,
        ParseError::TooLong => BadNumber::TooLong,
    })
}

fn digits_of(number: &PhoneNumber) -> String {
    let written = number.format().mode(Mode::E164).to_string();
    written.chars().filter(char::is_ascii_digit).collect()
}

fn is_valid(digits: &str) -> bool {
    phonenumber::parse(None, format!("+{digits}")).is_ok_and(|number| number.is_valid())
}

/// Argentina's mobiles are dialled inside the country with a 15 behind the area code, and from outside with a 9
/// before it.
fn without_the_fifteen(digits: &str) -> Vec<String> {
    let Some(rest) = digits.strip_prefix("54").filter(|rest| rest.len() == 12) else {
        return Vec::new();
    };
    [2, 3, 4]
        .into_iter()
        .filter_map(|area| {
            let (area, local) = rest.split_at_checked(area)?;
            Some(format!("549{area}{}", local.strip_prefix("15")?))
        })
        .collect()
}

/// Whether a number of this length exists nowhere in its country: by what one digit more or less would make of it
/// nothing is known, so only lengths that no number has are told.
fn wrong_length(digits: &str) -> Option<BadNumber> {
    match digits.len() {
        0..8 => Some(BadNumber::TooShort),
        8..=15 => None,
        _ => Some(BadNumber::TooLong),
    }
}

fn id_of(digits: &str) -> Option<Id> {
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let number = phonenumber::parse(None, format!("+{digits}")).ok()?;
    number.country().id()
}

/// The country of a number as a provider reports it, by its two letters, where the digits tell.
#[must_use]
pub fn country(digits: &str) -> Option<String> {
    if digits.len() < 7 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    id_of(digits).map(|id| id.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAIN: &str = "34960001234";

    #[test]
    fn what_people_type_is_read() {
        for (case, typed, home, expect) in [
            (
                "international",
                "+34 600 00 12 34",
                SPAIN,
                Ok("34600001234"),
            ),
            (
                "with two zeros",
                "0034 600-001-234",
                SPAIN,
                Ok("34600001234"),
            ),
            ("as at home", "600 00 12 34", SPAIN, Ok("34600001234")),
            (
                "a trunk zero",
                "020 7946 0958",
                "442079460000",
                Ok("442079460958"),
            ),
            (
                "Italy keeps its zero",
                "+39 06 6982 1234",
                SPAIN,
                Ok("390669821234"),
            ),
            (
                "Mexico today",
                "+52 55 1234 5678",
                SPAIN,
                Ok("525512345678"),
            ),
            (
                "Mexico with its old 1",
                "+52 1 55 1234 5678",
                SPAIN,
                Ok("525512345678"),
            ),
            (
                "Brazil with the nine",
                "+55 11 98765-4321",
                SPAIN,
                Ok("5511987654321"),
            ),
            (
                "Brazil without it",
                "+55 11 8765-4321",
                SPAIN,
                Ok("5511987654321"),
            ),
            (
                "Argentina, a mobile",
                "+54 9 11 2345-6789",
                SPAIN,
                Ok("5491123456789"),
            ),
            (
                "Argentina with its 15",
                "+54 11 15 2345-6789",
                SPAIN,
                Ok("5491123456789"),
            ),
            (
                "Russia's 8",
                "8 916 123-45-67",
                "74951234567",
                Ok("79161234567"),
            ),
        ] {
            assert_eq!(
                parse(typed, home).as_deref(),
                expect.as_ref().copied(),
                "{case}"
            );
        }
    }

    #[test]
    fn what_is_no_number_is_refused_for_a_reason() {
        for (case, typed, home, expect) in [
            ("nothing", "  ", SPAIN, BadNumber::Empty),
            ("words", "call me", SPAIN, BadNumber::NotANumber),
            (
                "a second plus",
                "+34 600+001234",
                SPAIN,
                BadNumber::NotANumber,
            ),
            (
                "a country that is none",
                "+999 600 001 234",
                SPAIN,
                BadNumber::NoCountry,
            ),
            ("no country at all", "600 001 234", "", BadNumber::NoCountry),
            ("half a number", "+34 6", SPAIN, BadNumber::TooShort),
            (
                "too many digits",
                "+34 600 001 234 567 890 123 4",
                SPAIN,
                BadNumber::TooLong,
            ),
            (
                "not in use there",
                "+34 100 00 12 34",
                SPAIN,
                BadNumber::NotInUse,
            ),
        ] {
            assert_eq!(parse(typed, home).as_deref(), Err(&expect), "{case}");
        }
    }

    #[test]
    fn a_number_is_known_by_how_it_is_shown() {
        for (digits, shown, same) in [
            ("34960001234", "+34 960 00 12 34", true),
            ("34960001234", "+34 960 00 12 35", false),
            ("551187654321", "+55 11 98765-4321", true),
            ("34960001234", "", false),
        ] {
            assert_eq!(is_shown_as(digits, shown), same, "{digits} {shown}");
        }
    }

    #[test]
    fn a_number_tells_its_country_also_where_it_is_no_valid_one() {
        for (digits, expect) in [
            ("34600001234", Some("ES")),
            ("551187654321", Some("BR")),
            ("5215512345678", Some("MX")),
            ("14165550123", Some("CA")),
            ("88312345678", None),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(country(digits).as_deref(), expect, "{digits}");
        }
    }
}
