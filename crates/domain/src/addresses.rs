//! Whether what somebody typed can be an address. Whether it exists, only a call, a mail or a visit can tell.

/// The longest address of a mailbox in bytes (RFC 5321, 4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;
/// The fewest and the most digits of a number: of an emergency call, and abroad with an extension.
const DIGITS: std::ops::RangeInclusive<usize> = 3..=20;

/// Whether it can be an e-mail address.
#[must_use]
pub fn is_email(typed: &str) -> bool {
    typed.len() <= LONGEST_EMAIL
        && !typed
            .chars()
            .any(|c| c.is_whitespace() && !c.is_control() || c.is_control())
        && typed
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && is_host(host))
}

fn is_host(host: &str) -> bool {
    !host.contains('@') && host.split('.').all(|label| !label.is_empty())
}

/// Whether it can be the address of a page.
#[must_use]
pub fn is_page(typed: &str) -> bool {
    let named = typed.split_once("://").is_some_and(|(scheme, rest)| {
        ["https", "http"]
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
            && rest.starts_with(char::is_alphanumeric)
    });
    named && !typed.contains(char::is_whitespace)
}

/// Whether it can be a number to call, with all the signs that people put between digits. Of which country, and whether
/// it is in use there, is not asked: a card may hold a number that is dialled from nearby only.
#[must_use]
pub fn is_number(typed: &str) -> bool {
    let rest = typed.strip_prefix('+').unwrap_or(typed);
    let written = |c: char| {
        c.is_ascii_digit()
            || (c.is_whitespace() && !c.is_control())
            || "-().\u{2010}\u{2011}\u{2013}/".contains(c)
    };
    let digits = rest.chars().filter(char::is_ascii_digit).count();
    rest.chars().all(written) && DIGITS.contains(&digits)
}

/// Whether it is a day as year, month and day: 1987-03-24.
#[must_use]
pub fn is_day(typed: &str) -> bool {
    typed.len() == "1987-03-24".len() && typed.parse::<jiff::civil::Date>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(is: fn(&str) -> bool, fit: &[&str], unfit: &[&str]) {
        for typed in fit {
            assert!(is(typed), "{typed}");
        }
        for typed in unfit {
            assert!(!is(typed), "{typed}");
        }
    }

    #[test]
    fn a_mailbox_has_a_user_and_a_host() {
        let long = format!("{}@a.es", "x".repeat(250));
        all(
            is_email,
            &["ana@casaturia.example", "a+b@localhost", "ñ@españa.es"],
            &[
                "", "ana", "ana@", "@a.es", "a b@a.es", "a@b@c.es", "a@b..es", &long,
            ],
        );
    }

    #[test]
    fn a_page_has_a_scheme_and_a_host() {
        all(
            is_page,
            &[
                "https://casaturia.example",
                "http://a/b?c#d",
                "Https://casaturia.example",
            ],
            &[
                "",
                "casaturia.example",
                "https://",
                "https:// a",
                "javascript:alert(1)",
                "ftp://a",
                "https://a b",
            ],
        );
    }

    #[test]
    fn a_number_is_digits_and_what_people_put_between_them() {
        all(
            is_number,
            &[
                "112",
                "+34 600 000 001",
                "(0961) 22-33/44",
                "960.00.12.34",
                "+34\u{202f}600\u{2011}000\u{2011}001",
            ],
            &[
                "",
                "12",
                "call me",
                "600+000001",
                "+",
                "1".repeat(21).as_str(),
                "600000001 ext",
                "600\n000001",
            ],
        );
    }

    #[test]
    fn a_day_is_in_the_calendar() {
        all(
            is_day,
            &["1987-03-24", "2000-02-29"],
            &[
                "",
                "24/03/1987",
                "1987-3-24",
                "2001-02-29",
                "1987-13-01",
                "19870324",
                "1987-03-24T00:00",
            ],
        );
    }
}
