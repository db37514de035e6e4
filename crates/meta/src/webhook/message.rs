//! A customer's message: who, when, in answer to what. What it says is [`super::content`]'s.

use domain::inbound::{InboundMessage, Moved};
use domain::message::{MessageKind, Part};
use serde_json::value::RawValue;

use super::cards;
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
    } = content::of(&word, &message).unwrap_or_else(|| kept_whole(&word, &message, raw));
    let context = message.object("context");
    parts.extend(context.iter().flat_map(more_than_a_reply));
    let referral = message.object("referral");
    parts.extend(referral.map(|ad| Part::Referral(cards::referral(&ad))));
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
fn kept_whole(word: &str, message: &Object<'_>, raw: &RawValue) -> Content {
    let kept = Part::Raw {
        name: word.to_owned(),
        json: value(raw),
    };
    Content {
        kind: if content::KNOWN.contains(&word) {
            MessageKind::Unsupported
        } else {
            MessageKind::Unknown
        },
        text: None,
        parts: vec![not_passed_on(word, message), kept],
    }
}

/// Why we got no more of it.
fn not_passed_on(word: &str, message: &Object<'_>) -> Part {
    let code = message
        .list("errors")
        .into_iter()
        .filter_map(Object::parse)
        .find_map(|error| error.integer("code"));
    let what = match word {
        "unsupported" | "unknown" => message.object("unsupported").and_then(|u| u.text("type")),
        word => Some(word.to_owned()),
    };
    Part::NotPassedOn { what, code }
}

/// What a context says beyond the message it answers: forwarded, or about a product.
fn more_than_a_reply(context: &Object<'_>) -> Vec<Part> {
    let often = context.flag("frequently_forwarded");
    let forwarded = (often || context.flag("forwarded")).then_some(Part::Forwarded { often });
    let product = context.object("referred_product").and_then(|referred| {
        Some(Part::Product {
            catalog: referred.id("catalog_id"),
            product: referred.id("product_retailer_id")?,
        })
    });
    forwarded.into_iter().chain(product).collect()
}
