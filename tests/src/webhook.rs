//! Webhooks as Meta sends them.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::sandbox::Sandbox;

/// A text from a customer.
#[derive(Debug, Clone)]
pub struct Text {
    /// The customer's number, digits only.
    pub from: String,
    /// `wamid....`, new for each message and the same for each delivery of it.
    pub id: String,
    /// What was written.
    pub body: String,
}

/// A body with its signature, ready to be posted, again if need be.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The exact bytes.
    pub body: String,
    /// `sha256=...`
    pub signature: String,
}

/// One delivery with all the given texts.
pub fn texts(sandbox: &Sandbox, texts: &[Text]) -> Signed {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let changes: Vec<Value> = texts
        .iter()
        .map(|text| change(sandbox, text, now))
        .collect();
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": sandbox.waba_id, "changes": changes}]});
    sign(body.to_string(), &sandbox.app_secret)
}

fn change(sandbox: &Sandbox, text: &Text, now: u64) -> Value {
    json!({"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "34960001234", "phone_number_id": sandbox.phone_number_id},
        "contacts": [{"profile": {"name": format!("Customer {}", text.from)}, "wa_id": text.from}],
        "messages": [{
            "from": text.from, "id": text.id, "timestamp": now.to_string(), "type": "text", "text": {"body": text.body},
        }],
    }})
}

/// Signs the exact bytes with the app's secret.
#[must_use]
pub fn sign(body: String, secret: &str) -> Signed {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
    Signed { body, signature }
}

impl Signed {
    /// Posts it; `true` if it was acknowledged.
    pub async fn post(&self, http: &reqwest::Client, server: &str) -> bool {
        let request = http
            .post(format!("{server}/webhooks/meta"))
            .header("content-type", "application/json")
            .header("x-hub-signature-256", &self.signature)
            .body(self.body.clone());
        request
            .send()
            .await
            .is_ok_and(|answer| answer.status() == reqwest::StatusCode::OK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hex_hmac_of_the_bytes() {
        // RFC 4231, test case 2.
        let signed = sign("what do ya want for nothing?".to_owned(), "Jefe");
        assert_eq!(
            signed.signature,
            "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }
}
