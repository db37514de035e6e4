//! What a message says, type by type.
//!
//! Plain words are in `text` alone; parts hold what is more than words.

use domain::message::{MessageKind, Part};
use serde_json::value::RawValue;

use crate::json::{Object, value};

/// Meta's types that Charla understands. `unknown` is what old payloads call `unsupported`.
pub(crate) const KNOWN: [&str; 19] = [
    "audio",
    "button",
    "contacts",
    "document",
    "edit",
    "image",
    "interactive",
    "location",
    "order",
    "reaction",
    "request_welcome",
    "revoke",
    "sticker",
    "system",
    "text",
    "unknown",
    "unsupported",
    "video",
    "voice",
];

/// What a message says.
pub(crate) struct Content {
    pub(crate) kind: MessageKind,
    pub(crate) text: Option<String>,
    pub(crate) parts: Vec<Part>,
}

/// Reads what a message of this type says; `None` if that cannot be told.
pub(crate) fn of(word: &str, message: &Object<'_>) -> Option<Content> {
    let said = message.object(word);
    match word {
        "text" => text(&said?),
        "image" => media(MessageKind::Image, &said?),
        "video" => media(MessageKind::Video, &said?),
        "sticker" => media(MessageKind::Sticker, &said?),
        "document" => media(MessageKind::Document, &said?),
        "voice" => media(MessageKind::Voice, &said?),
        "audio" => audio(&said?),
        "location" => location(&said?),
        "contacts" => contacts(message),
        "interactive" => interactive(&said?),
        "button" => button(&said?),
        "reaction" => reaction(&said?),
        "order" => order(message, &said?),
        "system" => Some(system(message, &said?)),
        "edit" => edit(&said?),
        "revoke" => revoke(&said?),
        "request_welcome" => Some(content(MessageKind::RequestWelcome, None, vec![])),
        _ => None,
    }
}

fn content(kind: MessageKind, text: Option<String>, parts: Vec<Part>) -> Content {
    Content { kind, text, parts }
}

fn as_it_came(name: &str, raw: &RawValue) -> Part {
    Part::Raw {
        name: name.to_owned(),
        json: value(raw),
    }
}

fn text(said: &Object<'_>) -> Option<Content> {
    let body = said.text("body")?;
    Some(content(MessageKind::Text, Some(body), vec![]))
}

fn media(kind: MessageKind, said: &Object<'_>) -> Option<Content> {
    let caption = said.text("caption");
    let file = Part::Media {
        kind,
        external_id: said.id("id")?,
        mime: said.text("mime_type"),
        caption: caption.clone(),
        filename: said.text("filename"),
        sha256: said.text("sha256"),
    };
    Some(content(kind, caption, vec![file]))
}

fn audio(said: &Object<'_>) -> Option<Content> {
    let kind = if said.flag("voice") {
        MessageKind::Voice
    } else {
        MessageKind::Audio
    };
    media(kind, said)
}

fn location(said: &Object<'_>) -> Option<Content> {
    let place = Part::Location {
        latitude: said.number("latitude")?,
        longitude: said.number("longitude")?,
        name: said.text("name"),
        address: said.text("address"),
    };
    Some(content(MessageKind::Location, None, vec![place]))
}

fn contacts(message: &Object<'_>) -> Option<Content> {
    let cards: Vec<_> = message
        .list("contacts")
        .into_iter()
        .map(Object::parse)
        .collect::<Option<_>>()?;
    let names: Vec<_> = cards
        .iter()
        .filter_map(|card| card.object("name")?.text("formatted_name"))
        .collect();
    let text = Some(names.join(", ")).filter(|names| !names.is_empty());
    let raw = message.raw("contacts").filter(|_| !cards.is_empty())?;
    let parts = vec![as_it_came("contacts", raw)];
    Some(content(MessageKind::Contacts, text, parts))
}

fn interactive(said: &Object<'_>) -> Option<Content> {
    let word = said.text("type")?;
    let (raw, answer) = (said.raw(&word)?, said.object(&word)?);
    let (text, part) = match word.as_str() {
        "button_reply" | "list_reply" => {
            let title = answer.text("title")?;
            let id = answer.id("id");
            (Some(title.clone()), Part::Choice { id, title })
        }
        // Its answers are a string of JSON, or of something else: kept, never trusted.
        "nfm_reply" => (answer.text("body"), as_it_came(&word, raw)),
        "call_permission_reply" => (None, as_it_came(&word, raw)),
        _ => return None,
    };
    Some(content(MessageKind::Interactive, text, vec![part]))
}

fn button(said: &Object<'_>) -> Option<Content> {
    let title = said.text("text")?;
    let id = said.id("payload");
    Some(content(
        MessageKind::Button,
        Some(title.clone()),
        vec![Part::Choice { id, title }],
    ))
}

fn reaction(said: &Object<'_>) -> Option<Content> {
    let on = Part::Reaction {
        to: said.id("message_id")?,
        emoji: said.text("emoji"),
    };
    Some(content(MessageKind::Reaction, None, vec![on]))
}

fn order(message: &Object<'_>, said: &Object<'_>) -> Option<Content> {
    let parts = vec![as_it_came("order", message.raw("order")?)];
    Some(content(MessageKind::Order, said.text("text"), parts))
}

fn system(message: &Object<'_>, said: &Object<'_>) -> Content {
    let parts = ["system", "identity"]
        .into_iter()
        .filter_map(|name| Some(as_it_came(name, message.raw(name)?)))
        .collect();
    content(MessageKind::System, said.text("body"), parts)
}

/// An edited picture brings the whole picture again: it follows the change.
fn edit(said: &Object<'_>) -> Option<Content> {
    let of_message = said.id("original_message_id")?;
    let new = said.object("message")?;
    let word = new.text("type").filter(|word| word != "edit")?;
    let new = of(&word, &new)?;
    let change = Part::Change {
        of: of_message,
        text: new.text.clone(),
    };
    let parts = std::iter::once(change).chain(new.parts).collect();
    Some(content(MessageKind::Edit, new.text, parts))
}

fn revoke(said: &Object<'_>) -> Option<Content> {
    let gone = Part::Change {
        of: said.id("original_message_id")?,
        text: None,
    };
    Some(content(MessageKind::Revoke, None, vec![gone]))
}
