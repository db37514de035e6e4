//! Who wrote a webhook: `X-Hub-Signature-256`, an HMAC-SHA256 over the exact bytes received.

use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The header that carries the signature.
pub const HEADER: &str = "x-hub-signature-256";

const PREFIX: &str = "sha256=";
/// Bytes of a SHA-256.
const DIGEST: usize = 32;

/// Whether `header` is what somebody who knows `secret` would write over `body`.
///
/// The comparison takes the same time wherever the signatures differ. An empty secret proves nothing
/// and verifies nothing. Where a request carries the header twice, hand in `None`.
#[must_use]
pub fn verify(secret: &[u8], body: &[u8], header: Option<&str>) -> bool {
    let Some(claimed) = header.and_then(claimed_digest) else {
        return false;
    };
    !secret.is_empty() && mac(secret, body).verify_slice(&claimed).is_ok()
}

/// The header's value for `body`.
#[must_use]
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    let digest = mac(secret, body).finalize().into_bytes();
    format!("{PREFIX}{}", hex::encode(digest))
}

fn claimed_digest(header: &str) -> Option<[u8; DIGEST]> {
    let digits = header.strip_prefix(PREFIX)?;
    let lower = digits
        .bytes()
        .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let mut digest = [0; DIGEST];
    (lower && hex::decode_to_slice(digits, &mut digest).is_ok()).then_some(digest)
}

fn mac(secret: &[u8], body: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"an app secret";
    /// As Meta sends it: escaped, and signed in that form.
    const BODY: &[u8] = br#"{"object": "whatsapp_business_account", "name": "Luc\u00eda"}"#;
    /// Computed with `openssl dgst -sha256 -hmac`.
    const SIGNATURE: &str =
        "sha256=b0c874608acfc1dc66b21411cb7da43d13c5354f6cecdbf2decefab8d6308a7e";

    #[test]
    fn the_signature_of_another_implementation() {
        assert_eq!(sign(SECRET, BODY), SIGNATURE);
        assert!(verify(SECRET, BODY, Some(SIGNATURE)));
    }

    #[test]
    fn every_forgery_is_refused() {
        let digits = SIGNATURE.strip_prefix("sha256=").unwrap();
        let reserialised =
            serde_json::to_vec(&serde_json::from_slice::<serde_json::Value>(BODY).unwrap())
                .unwrap();
        let with_bom = [b"\xef\xbb\xbf", BODY].concat();
        let mut one_byte = BODY.to_vec();
        one_byte[20] ^= 1;
        // What a proxy that compresses would hand over: other bytes than those that were signed.
        let compressed = [b"\x1f\x8b\x08\x00", BODY].concat();
        let good = Some(SIGNATURE.to_owned());
        for (case, body, header) in [
            ("none", BODY, None),
            ("empty", BODY, Some(String::new())),
            ("only the prefix", BODY, Some("sha256=".to_owned())),
            ("sha1", BODY, Some(format!("sha1={}", &digits[..40]))),
            (
                "sha1's name, our digest",
                BODY,
                Some(format!("sha1={digits}")),
            ),
            ("no prefix", BODY, Some(digits.to_owned())),
            ("wrong secret", BODY, Some(sign(b"a guess", BODY))),
            (
                "other app's secret",
                BODY,
                Some(sign(b"another app secret", BODY)),
            ),
            ("truncated", BODY, Some(SIGNATURE[..70].to_owned())),
            ("half", BODY, Some(format!("sha256={}", &digits[..32]))),
            ("too long", BODY, Some(format!("{SIGNATURE}00"))),
            (
                "upper-case hex",
                BODY,
                Some(format!("sha256={}", digits.to_uppercase())),
            ),
            ("upper-case prefix", BODY, Some(format!("SHA256={digits}"))),
            (
                "twice in one header",
                BODY,
                Some(format!("{SIGNATURE}, {SIGNATURE}")),
            ),
            ("a space before", BODY, Some(format!(" {SIGNATURE}"))),
            ("not hex", BODY, Some(format!("sha256={}", "g".repeat(64)))),
            (
                "not ASCII",
                BODY,
                Some(format!("sha256={}", "é".repeat(32))),
            ),
            ("re-serialised body", &reserialised, good.clone()),
            ("compressed body", &compressed, good.clone()),
            ("byte order mark", &with_bom, good.clone()),
            ("one byte changed", &one_byte, good.clone()),
            ("empty body", b"", good),
        ] {
            assert!(!verify(SECRET, body, header.as_deref()), "{case}");
        }
    }

    #[test]
    fn an_empty_secret_verifies_nothing() {
        assert!(!verify(b"", BODY, Some(&sign(b"", BODY))));
    }
}
