//! What people type about themselves, read once. A refusal names the field and the rule.

use std::fmt;

use jiff::tz;

use crate::problem::Problem;

const SHORTEST_PASSWORD: usize = 12;
/// Longer than any passphrase; hashing has to read it all.
const LONGEST_PASSWORD: usize = 256;
const LONGEST_NAME: usize = 80;

/// The languages of the screens.
const LOCALES: [&str; 2] = ["en", "es"];

/// The currencies Meta bills in. Source: Meta's pricing page, 2026-07.
const CURRENCIES: [&str; 16] = [
    "USD", "AED", "ARS", "AUD", "BRL", "CLP", "COP", "EUR", "GBP", "IDR", "INR", "MXN", "MYR",
    "PEN", "SAR", "SGD",
];

/// A password that may be chosen.
#[derive(Clone)]
pub(super) struct Password(String);

impl Password {
    pub(super) fn parse(typed: &str) -> Result<Self, Problem> {
        let length = typed.chars().count();
        if length < SHORTEST_PASSWORD {
            return Err(Problem::invalid(
                "password",
                "password-too-short",
                "The password is too short",
            )
            .param("min", SHORTEST_PASSWORD));
        }
        if length > LONGEST_PASSWORD {
            return Err(Problem::invalid(
                "password",
                "password-too-long",
                "The password is too long",
            )
            .param("max", LONGEST_PASSWORD));
        }
        Ok(Self(typed.to_owned()))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// A name of a person or a company, without outer white space.
pub(crate) fn name(field: &'static str, typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    if domain::text::is_blank(name) {
        return Err(Problem::invalid(field, "name-empty", "A name is needed"));
    }
    let length = name.chars().count();
    if length > LONGEST_NAME {
        return Err(
            Problem::invalid(field, "name-too-long", "The name is too long")
                .param("max", LONGEST_NAME)
                .param("length", length),
        );
    }
    if name.chars().any(char::is_control) {
        let title = "The name has a control character";
        return Err(Problem::invalid(field, "name-control-characters", title));
    }
    Ok(name.to_owned())
}

/// An e-mail address, folded.
pub(super) fn email(typed: &str) -> Result<String, Problem> {
    let email = store::fold_email(typed);
    if domain::addresses::is_email(&email) {
        Ok(email)
    } else {
        let title = "This is no e-mail address";
        Err(Problem::invalid("email", "email-invalid", title))
    }
}

/// A language of the screens.
pub(super) fn locale(field: &'static str, typed: &str) -> Result<String, Problem> {
    if LOCALES.contains(&typed) {
        Ok(typed.to_owned())
    } else {
        let title = "The screens do not speak this language";
        Err(Problem::invalid(field, "locale-unknown", title).param("known", LOCALES))
    }
}

/// A zone of the tz database, as it is spelled there.
pub(super) fn time_zone(field: &'static str, typed: &str) -> Result<String, Problem> {
    tz::db()
        .get(typed)
        .ok()
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or_else(|| Problem::invalid(field, "time-zone-unknown", "There is no such time zone"))
}

/// A currency Meta bills in.
pub(super) fn currency(field: &'static str, typed: &str) -> Result<String, Problem> {
    if CURRENCIES.contains(&typed) {
        Ok(typed.to_owned())
    } else {
        let title = "Meta does not bill in this currency";
        Err(Problem::invalid(field, "currency-unknown", title).param("known", CURRENCIES))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome<T: fmt::Debug>(read: Result<T, Problem>) -> String {
        read.map_or_else(|p| p.code().to_owned(), |v| format!("{v:?}"))
    }

    #[test]
    fn addresses() {
        for (typed, expect) in [
            (" Marta@CasaTuria.Example ", "\"marta@casaturia.example\""),
            ("root@localhost", "\"root@localhost\""),
            ("ÁNGEL@exämple.es", "\"ángel@exämple.es\""),
            ("", "email-invalid"),
            ("marta", "email-invalid"),
            ("@turia.example", "email-invalid"),
            ("marta@", "email-invalid"),
            ("marta@a@b", "email-invalid"),
            ("marta@turia..example", "email-invalid"),
            ("marta @turia.example", "email-invalid"),
            ("marta@turia.example\n.x", "email-invalid"),
            (&format!("{}@x.example", "a".repeat(250)), "email-invalid"),
        ] {
            assert_eq!(outcome(email(typed)), expect, "{typed:?}");
        }
    }

    #[test]
    fn names() {
        for (typed, expect) in [
            ("  Marta Ibáñez ", "\"Marta Ibáñez\"".to_owned()),
            (" \t", "name-empty".to_owned()),
            ("\u{200b}", "name-empty".to_owned()),
            ("a\u{0}b", "name-control-characters".to_owned()),
            (&"ñ".repeat(80), format!("{:?}", "ñ".repeat(80))),
            (&"ñ".repeat(81), "name-too-long".to_owned()),
        ] {
            assert_eq!(outcome(name("name", typed)), expect, "{typed:?}");
        }
    }

    #[test]
    fn passwords_are_counted_in_characters_and_never_printed() {
        for (length, expect) in [
            (11, "password-too-short"),
            (12, "Password(..)"),
            (256, "Password(..)"),
            (257, "password-too-long"),
        ] {
            assert_eq!(
                outcome(Password::parse(&"ñ".repeat(length))),
                expect,
                "{length}"
            );
        }
    }

    #[test]
    fn zones_languages_and_currencies() {
        assert_eq!(
            outcome(time_zone("f", "europe/madrid")),
            "\"Europe/Madrid\""
        );
        assert_eq!(outcome(time_zone("f", "UTC")), "\"UTC\"");
        assert_eq!(outcome(time_zone("f", "Europe/Turia")), "time-zone-unknown");
        assert_eq!(
            outcome(time_zone("f", "../../etc/passwd")),
            "time-zone-unknown"
        );
        assert_eq!(outcome(locale("f", "es")), "\"es\"");
        assert_eq!(outcome(locale("f", "de")), "locale-unknown");
        assert_eq!(outcome(currency("f", "MXN")), "\"MXN\"");
        assert_eq!(outcome(currency("f", "CHF")), "currency-unknown");
    }
}
