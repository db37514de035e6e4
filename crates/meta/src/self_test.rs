//! A webhook that we send ourselves, to see whether the way from outside to the database is open.

use serde_json::json;

/// The field under which it is kept, until whoever sent it has found it.
pub const FIELD: &str = "charla_self_test";

/// The body for an account; `nonce` tells one test from another.
#[must_use]
pub fn body(account_id: &str, at: i64, nonce: &str) -> String {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": account_id,
            "time": at,
            "changes": [{"field": FIELD, "value": {"nonce": nonce}}],
        }],
    })
    .to_string()
}

/// The question with which a callback is verified, as the query of its address.
#[must_use]
pub fn handshake<'a>(verify_token: &'a str, challenge: &'a str) -> [(&'static str, &'a str); 3] {
    [
        ("hub.mode", "subscribe"),
        ("hub.challenge", challenge),
        ("hub.verify_token", verify_token),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Reading, read};

    #[test]
    fn it_is_read_as_an_event_of_its_account() {
        let items = read(body("102290129340398", 1_796_000_000, "x1").as_bytes()).unwrap();
        let [item] = items.as_slice() else {
            panic!("{items:?}");
        };
        assert_eq!(item.account_id.as_deref(), Some("102290129340398"));
        let Reading::Account { field, raw, .. } = &item.reading else {
            panic!("{item:?}");
        };
        assert_eq!(field, FIELD);
        assert!(raw.contains("x1"));
    }
}
