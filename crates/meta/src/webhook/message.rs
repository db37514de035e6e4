//! A customer's message: who, when, in answer to what. What it says is [`super::content`]'s.

use domain::inbound::{InboundMessage, Moved};
use domain::message::{MessageKind, Part};
use serde_json::value::RawValue;

use super::content::{self, Content};
use super::moved;
use super::person::{Contacts, timestamp};
use crate::json::{Object, value};

/// What one element of `messages` says.
pub(crate) struct Told {
    /// The provider's word for its type.
    pub(crate) word: String,
    /// The line for the thread.
    pub(crate) message: InboundMessage,
    /// Its author's new ids, where the line is about them.
    pub(crate) moved: Option<Moved>,
}

/// Reads one element of `messages`. With an id, an instant and a sender it is a message, whatever else is
/// in it: what we do not understand is kept raw, never dropped.
pub(crate) fn read(raw: &RawValue, contacts: &Contacts) -> Result<Told, &'static str> {
    let message = Object::parse(raw).ok_or("message_not_an_object")?;
    let external_id = message.id("id").ok_or("message_without_id")?;
    let at = timestamp(&message, "timestamp").ok_or("message_without_timestamp")?;
    let from = contacts.author(&message);
    if from.keys.is_empty() {
        return Err("message_without_sender");
    }
    let word = message.text("type").unwrap_or_else(|| "unknown".to_owned());
    let moved = message
        .object("system")
        .filter(|_| word == "system")
        .and_then(|system| moved::of_system_line(&system, &from, &external_id, at));
    let Content {
        kind,
        text,
        mut parts,
    } = content::of(&word, &message).unwrap_or_else(|| kept_whole(&word, raw));
    let context = message.object("context");
    parts.extend(
        context
            .as_ref()
            .and_then(|c| more_than_a_reply(c, &message)),
    );
    Ok(Told {
        message: InboundMessage {
            external_id,
            at,
            from,
            kind,
            text,
            parts,
            reply_to: context.and_then(|context| context.id("id")),
            referral: message.raw("referral").map(|raw| raw.get().to_owned()),
        },
        word,
        moved,
    })
}

/// A type we know in a shape we do not is unsupported, as is what Meta itself calls so; other types are
/// unknown.
fn kept_whole(word: &str, raw: &RawValue) -> Content {
    Content {
        kind: if content::KNOWN.contains(&word) {
            MessageKind::Unsupported
        } else {
            MessageKind::Unknown
        },
        text: None,
        parts: vec![Part::Raw {
            name: word.to_owned(),
            json: value(raw),
        }],
    }
}

/// The context, where it says forwarded or asks about a product.
fn more_than_a_reply(context: &Object<'_>, message: &Object<'_>) -> Option<Part> {
    let more = context.flag("forwarded")
        || context.flag("frequently_forwarded")
        || context.raw("referred_product").is_some();
    more.then(|| message.raw("context"))
        .flatten()
        .map(|raw| Part::Raw {
            name: "context".to_owned(),
            json: value(raw),
        })
}
