//! The call by which Meta makes sure that a callback address is ours.

use serde::Deserialize;
use subtle::ConstantTimeEq;

/// The query of a verification call.
#[derive(Debug, Clone, Deserialize)]
pub struct Handshake {
    #[serde(rename = "hub.mode", default)]
    mode: String,
    #[serde(rename = "hub.verify_token", default)]
    verify_token: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
}

impl Handshake {
    /// The body to answer with 200, if the caller knows our verify token. Compared in constant time.
    #[must_use]
    pub fn answer(self, verify_token: &[u8]) -> Option<String> {
        let knows: bool = self.verify_token.as_bytes().ct_eq(verify_token).into();
        (knows && !verify_token.is_empty() && self.mode == "subscribe").then_some(self.challenge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_knows_the_token_gets_the_challenge_back() {
        let ask = |mode: &str, token: &str| Handshake {
            mode: mode.to_owned(),
            verify_token: token.to_owned(),
            challenge: "1158201444".to_owned(),
        };
        for (mode, token, ours, expect) in [
            ("subscribe", "secret", "secret", Some("1158201444")),
            ("subscribe", "Secret", "secret", None),
            ("subscribe", "", "", None),
            ("unsubscribe", "secret", "secret", None),
        ] {
            let answer = ask(mode, token).answer(ours.as_bytes());
            assert_eq!(answer.as_deref(), expect, "{mode} {token}");
        }
    }
}
