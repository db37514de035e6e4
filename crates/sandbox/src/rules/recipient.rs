//! Whom a message is for.

use super::{Place, World, ids, refusal::Refusal};

/// The address a message goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recipient {
    /// A phone number, in digits with its calling code.
    Phone(String),
    /// A business-scoped user id.
    User(String),
}

impl Recipient {
    /// Reads `to` and `recipient`; `to` wins. Without "+" the business number's calling code goes before it,
    /// but for digits that are somebody's `wa_id` as they are: a client may answer to what a webhook said.
    pub(crate) fn parse(
        to: Option<&str>,
        recipient: Option<&str>,
        business: &str,
        is_wa_id: impl Fn(&str) -> bool,
    ) -> Result<Self, Refusal> {
        match (to, recipient) {
            (Some(to), _) => phone(to, business, is_wa_id),
            (None, Some(user)) if ids::is_bsuid(user) => Ok(Self::User(user.to_owned())),
            (None, Some(_)) => Err(Refusal::with(
                131_009,
                "Parameter recipient is not a user id.",
            )),
            (None, None) => Err(Refusal::with(
                131_008,
                "One of the parameters to and recipient is required.",
            )),
        }
    }

    /// The address as text.
    #[must_use]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::User(text) => text,
        }
    }
}

fn phone(to: &str, business: &str, is_wa_id: impl Fn(&str) -> bool) -> Result<Recipient, Refusal> {
    let invalid = || Refusal::with(131_009, "Parameter to is not a valid phone number.");
    let typed = to.trim();
    let known = |c: char| c.is_ascii_digit() || matches!(c, '-' | '(' | ')' | ' ');
    let number = typed.strip_prefix('+').unwrap_or(typed);
    let digits = digits_of(number);
    if !number.chars().all(known) || !(5..=20).contains(&digits.len()) {
        return Err(invalid());
    }
    if typed.starts_with('+') || is_wa_id(&digits) {
        return Ok(Recipient::Phone(digits));
    }
    Ok(Recipient::Phone(format!(
        "{}{digits}",
        ids::calling_code(business)
    )))
}

/// The digits in a text.
#[must_use]
pub(crate) fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

impl World {
    pub(super) fn place(&self, number: usize, recipient: &Recipient) -> Place {
        Place {
            number,
            customer: self.customer(recipient.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_plus_gets_the_calling_code_of_the_business() {
        let phone = |digits: &str| Ok(Recipient::Phone(digits.to_owned()));
        let user = "ES.13491208655302741918";
        for (case, to, recipient, expect) in [
            (
                "with plus",
                Some("+34600009901"),
                None,
                phone("34600009901"),
            ),
            (
                "as people write",
                Some("+1 (202) 555-0142"),
                None,
                phone("12025550142"),
            ),
            (
                "without plus",
                Some("600 00 99 01"),
                None,
                phone("34600009901"),
            ),
            (
                "digits that nobody has",
                Some("34600009999"),
                None,
                phone("3434600009999"),
            ),
            (
                "digits that somebody has",
                Some("34600009901"),
                None,
                phone("34600009901"),
            ),
            (
                "to wins",
                Some("+34600009901"),
                Some(user),
                phone("34600009901"),
            ),
            (
                "a user",
                None,
                Some(user),
                Ok(Recipient::User(user.to_owned())),
            ),
        ] {
            assert_eq!(
                Recipient::parse(to, recipient, "34960001234", |wa_id| wa_id == "34600009901"),
                expect,
                "{case}"
            );
        }
        for (case, to, recipient, code) in [
            ("neither", None, None, 131_008),
            ("letters", Some("+34 vera"), None, 131_009),
            ("empty", Some(""), None, 131_009),
            ("two plus", Some("++34600009901"), None, 131_009),
            ("no user", None, Some("vera"), 131_009),
        ] {
            let refusal = Recipient::parse(to, recipient, "34960001234", |_| false).unwrap_err();
            assert_eq!(refusal.code, code, "{case}");
        }
    }
}
