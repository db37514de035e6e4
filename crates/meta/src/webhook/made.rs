//! Bodies as Meta would write them, for load generators.

use serde_json::json;

/// A webhook with one text message; `at` in Unix seconds.
#[must_use]
pub fn text_body(
    phone_number_id: &str,
    wa_id: &str,
    external_id: &str,
    at: i64,
    text: &str,
) -> String {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{
            "id": "1",
            "changes": [{
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"display_phone_number": "1", "phone_number_id": phone_number_id},
                    "contacts": [{"profile": {"name": format!("Customer {wa_id}")}, "wa_id": wa_id}],
                    "messages": [{
                        "from": wa_id,
                        "id": external_id,
                        "timestamp": at.to_string(),
                        "type": "text",
                        "text": {"body": text},
                    }],
                },
            }],
        }],
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::{Reading, read};
    use domain::inbound::News;

    #[test]
    fn a_made_body_reads_as_what_it_says() {
        let body = text_body("7", "34600000001", "wamid.X", 1_750_000_000, "Hola");
        let items = read(body.as_bytes()).unwrap();
        let Reading::Update(News::Message(message)) = &items[0].reading else {
            panic!("{items:?}");
        };
        assert_eq!(message.text.as_deref(), Some("Hola"));
        assert_eq!(message.external_id, "wamid.X");
    }
}
