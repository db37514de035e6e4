//! The webhooks as Meta writes them.
//!
//! These types are the sandbox's own: it shares none with the code that reads them, so that a misread
//! field cannot be mirrored here.

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    log::Detail,
    rules::{pricing::Pricing, refusal::Refusal},
};

/// One entry of `contacts[]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Contact {
    /// What the customer shows of themselves; not told with a failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<Profile>,
    /// The phone number, if the business may know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wa_id: Option<String>,
    /// The business-scoped user id; with a failure only if that is what was written to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user_id: Option<String>,
}

/// Name and username.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Profile {
    /// The name as the customer wrote it.
    pub(crate) name: String,
    /// The username, if one was adopted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
}

/// One entry of `statuses[]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(clippy::struct_field_names, reason = "the names are Meta's")]
pub(crate) struct Status {
    pub(crate) id: String,
    pub(crate) status: &'static str,
    pub(crate) timestamp: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipient_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) recipient_user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) biz_opaque_callback_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conversation: Option<Conversation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pricing: Option<Pricing>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Value>,
}

/// The conversation a status belongs to, by old rules or in free entry.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Conversation {
    /// 32 hex digits.
    pub(crate) id: String,
    /// Only on `sent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expiration_timestamp: Option<String>,
    /// What opened it.
    pub(crate) origin: Origin,
}

/// What opened a conversation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Origin {
    /// `service` or `referral_conversion`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
}

/// What happened, inside a `value`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Happening {
    /// A customer wrote.
    Message(Map<String, Value>),
    /// One of the business's messages got further.
    Status(Box<Status>),
    /// Something about a customer that is no message: an element of the field of this name.
    Field(&'static str, Value),
}

/// One update about one number.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Update {
    /// The number.
    pub(crate) phone_number_id: String,
    /// The number, in digits.
    pub(crate) display_phone_number: String,
    /// The customer, where Meta tells.
    pub(crate) contact: Option<Contact>,
    /// What happened.
    pub(crate) happening: Happening,
    /// What the log says of it.
    pub(crate) detail: Detail,
}

impl Update {
    /// The word of the log for this kind of update.
    #[must_use]
    pub(crate) fn kind(&self) -> &'static str {
        match self.happening {
            Happening::Message(_) => "messages",
            Happening::Status(_) => "status",
            Happening::Field(field, _) => field,
        }
    }

    fn field(&self) -> &'static str {
        match self.happening {
            Happening::Message(_) | Happening::Status(_) => "messages",
            Happening::Field(field, _) => field,
        }
    }

    fn key(&self) -> &'static str {
        match self.happening {
            Happening::Message(_) => "messages",
            Happening::Status(_) => "statuses",
            Happening::Field(field, _) => field,
        }
    }

    fn element(&self) -> Value {
        match &self.happening {
            Happening::Message(message) => Value::Object(message.clone()),
            Happening::Status(status) => json!(status),
            Happening::Field(_, element) => element.clone(),
        }
    }
}

/// The `errors[]` entry of a `failed` status.
#[must_use]
pub(crate) fn error(refusal: &Refusal) -> Value {
    json!({
        "code": refusal.code,
        "title": refusal.title(),
        "message": refusal.title(),
        "error_data": {"details": refusal.details},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    })
}

/// The body of one webhook with these updates.
///
/// Neighbours of one kind share a `value`, so that a batch has several elements and several changes.
#[must_use]
pub(crate) fn envelope(waba_id: &str, updates: &[Update]) -> Value {
    let changes: Vec<Value> = updates
        .chunk_by(|a, b| a.key() == b.key() && a.phone_number_id == b.phone_number_id)
        .map(|run| json!({"field": run[0].field(), "value": value(run)}))
        .collect();
    wrap(waba_id, &changes)
}

/// The outermost object around `changes`.
#[must_use]
pub(crate) fn wrap(waba_id: &str, changes: &[Value]) -> Value {
    json!({
        "object": "whatsapp_business_account",
        "entry": [{"id": waba_id, "changes": changes}],
    })
}

fn value(run: &[Update]) -> Value {
    let mut contacts: Vec<&Contact> = Vec::new();
    for contact in run.iter().filter_map(|update| update.contact.as_ref()) {
        if !contacts.contains(&contact) {
            contacts.push(contact);
        }
    }
    let mut value = json!({
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": run[0].display_phone_number,
            "phone_number_id": run[0].phone_number_id,
        },
    });
    if !contacts.is_empty() {
        value["contacts"] = json!(contacts);
    }
    value[run[0].key()] = run.iter().map(Update::element).collect();
    value
}

/// JSON as Meta signs and sends it: everything beyond ASCII as `\uXXXX`, lower case.
#[must_use]
pub(crate) fn escaped(body: &Value) -> String {
    let plain = body.to_string();
    let mut escaped = String::with_capacity(plain.len());
    for character in plain.chars() {
        if character.is_ascii() {
            escaped.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beyond_ascii_is_escaped_in_lower_case_hex() {
        assert_eq!(
            escaped(&json!({"body":"¿Qué? 🙂 \"/\n"})),
            r#"{"body":"\u00bfQu\u00e9? \ud83d\ude42 \"/\n"}"#
        );
    }
}
