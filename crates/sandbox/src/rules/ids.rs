//! Ids in the forms Meta gives them.

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rand::{Rng, RngCore};

/// Whether a message comes from a customer or goes to one; Meta's ids tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// Written by a customer.
    In,
    /// Written by the business.
    Out,
}

/// `wamid.` and a base64 that holds the customer's address and twenty hex digits.
pub(crate) fn wamid(rng: &mut impl RngCore, customer: &str, direction: Direction) -> String {
    let address = &customer.as_bytes()[..customer.len().min(127)];
    let length = u8::try_from(address.len()).unwrap_or(u8::MAX);
    let marker = match direction {
        Direction::In => 0x12,
        Direction::Out => 0x11,
    };
    let mut tail = [0_u8; 10];
    rng.fill_bytes(&mut tail);
    let mut bytes = vec![0x1c, 0x18, length];
    bytes.extend_from_slice(address);
    bytes.extend_from_slice(&[0x15, 0x02, 0x00, marker, 0x18, 20]);
    bytes.extend_from_slice(hex::encode_upper(tail).as_bytes());
    bytes.push(0);
    format!("wamid.{}", STANDARD.encode(bytes))
}

/// A business-scoped user id: the country and twenty digits.
pub(crate) fn bsuid(rng: &mut impl RngCore, wa_id: Option<&str>) -> String {
    format!("{}.{}", country(wa_id.unwrap_or("34")), digits(rng, 20))
}

/// A number of so many digits that does not begin with zero.
pub(crate) fn digits(rng: &mut impl RngCore, count: usize) -> String {
    let first = rng.random_range(1..=9_u8);
    std::iter::once(first)
        .chain((1..count).map(|_| rng.random_range(0..=9)))
        .map(|digit| char::from(b'0' + digit))
        .collect()
}

/// Lower-case hex of so many bytes.
pub(crate) fn hex_of(rng: &mut impl RngCore, bytes: usize) -> String {
    let mut secret = vec![0_u8; bytes];
    rng.fill_bytes(&mut secret);
    hex::encode(secret)
}

/// A token as Meta's look: `EAA` and letters and digits.
pub(crate) fn token(rng: &mut impl RngCore) -> String {
    let tail: String = (0..120)
        .map(|_| char::from(rng.sample(rand::distr::Alphanumeric)))
        .collect();
    format!("EAA{tail}")
}

/// The id by which Meta's support finds a call.
pub(crate) fn fbtrace_id(rng: &mut impl RngCore) -> String {
    let mut bytes = [0_u8; 16];
    rng.fill_bytes(&mut bytes);
    format!("A{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// Is this `<country>.<letters and digits>`, or the form of a parent, `<country>.ENT.<...>`?
#[must_use]
pub(crate) fn is_bsuid(text: &str) -> bool {
    let Some((country, rest)) = text.split_once('.') else {
        return false;
    };
    let id = rest.strip_prefix("ENT.").unwrap_or(rest);
    country.len() == 2
        && country.bytes().all(|b| b.is_ascii_uppercase())
        && (1..=128).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric())
}

/// ISO country of a phone number, as far as sample customers need it.
#[must_use]
pub(crate) fn country(digits: &str) -> &'static str {
    const COUNTRIES: [(&str, &str); 14] = [
        ("351", "PT"),
        ("1", "US"),
        ("33", "FR"),
        ("34", "ES"),
        ("39", "IT"),
        ("44", "GB"),
        ("49", "DE"),
        ("51", "PE"),
        ("52", "MX"),
        ("54", "AR"),
        ("55", "BR"),
        ("56", "CL"),
        ("57", "CO"),
        ("91", "IN"),
    ];
    COUNTRIES
        .iter()
        .find(|(code, _)| digits.starts_with(code))
        .map_or("ES", |(_, country)| country)
}

/// The calling code a number begins with: one to three digits, as the numbering plan has it.
#[must_use]
pub(crate) fn calling_code(digits: &str) -> &str {
    const TWO_DIGITS: [&str; 44] = [
        "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46",
        "47", "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63",
        "64", "65", "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
    ];
    let length = match digits {
        _ if digits.starts_with(['1', '7']) => 1,
        _ if TWO_DIGITS.iter().any(|code| digits.starts_with(code)) => 2,
        _ => 3,
    };
    digits.get(..length).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    #[test]
    fn ids_have_metas_forms_and_follow_the_seed() {
        let mut rng = StdRng::seed_from_u64(7);
        let id = wamid(&mut rng, "34600009901", Direction::In);
        assert!(id.starts_with("wamid.HBgL"), "{id}");
        assert_eq!(
            id,
            wamid(&mut StdRng::seed_from_u64(7), "34600009901", Direction::In)
        );
        assert!(is_bsuid(&bsuid(&mut rng, Some("5215550000001"))));
        assert!(token(&mut rng).starts_with("EAA"));
        assert_eq!(digits(&mut rng, 15).len(), 15);
    }

    #[test]
    fn what_a_bsuid_looks_like() {
        for (text, expect) in [
            ("ES.13491208655302741918", true),
            ("US.ENT.118157", true),
            ("34600009901", false),
            ("es.1349", false),
            ("ES.", false),
            ("ES.13 49", false),
        ] {
            assert_eq!(is_bsuid(text), expect, "{text}");
        }
    }

    #[test]
    fn calling_codes_have_one_to_three_digits() {
        for (digits, expect) in [
            ("16505551234", "1"),
            ("34960001234", "34"),
            ("351210000000", "351"),
            ("593990000000", "593"),
        ] {
            assert_eq!(calling_code(digits), expect);
        }
    }
}
