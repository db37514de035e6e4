//! What a message says, type by type.
//!
//! Plain words are in `text` alone; parts hold what is more than words.

use domain::cards::Place;
use domain::message::{MessageKind, Part};
use serde_json::value::RawValue;

use super::cards;
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
        "system" => said.map(|_| system(message)),
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
    let place = Part::Location(Place {
        latitude: said.number("latitude")?,
        longitude: said.number("longitude")?,
        name: said.text("name"),
        address: said.text("address"),
    });
    Some(content(MessageKind::Location, None, vec![place]))
}

fn contacts(message: &Object<'_>) -> Option<Content> {
    let told: Vec<_> = message
        .list("contacts")
        .into_iter()
        .map(Object::parse)
        .collect::<Option<_>>()?;
    let raw = message.raw("contacts").filter(|_| !told.is_empty())?;
    let cards: Vec<_> = told.iter().map(cards::contact).collect();
    let names: Vec<_> = cards.iter().filter_map(|c| c.name.as_deref()).collect();
    let text = Some(names.join(", ")).filter(|names| !names.is_empty());
    let asked_for = told.iter().any(cards::is_asked_for);
    let parts = vec![
        Part::Contacts { cards, asked_for },
        as_it_came("contacts", raw),
    ];
    Some(content(MessageKind::Contacts, text, parts))
}

fn interactive(said: &Object<'_>) -> Option<Content> {
    let word = said.text("type")?;
    let (raw, answer) = (said.raw(&word)?, said.object(&word)?);
    let (text, parts) = match word.as_str() {
        "button_reply" | "list_reply" => {
            let title = answer.text("title")?;
            let id = answer.id("id");
            (Some(title.clone()), vec![Part::Choice { id, title }])
        }
        "nfm_reply" => (
            answer.text("body"),
            vec![cards::form(&answer), as_it_came(&word, raw)],
        ),
        "call_permission_reply" => (None, vec![as_it_came(&word, raw)]),
        _ => return None,
    };
    Some(content(MessageKind::Interactive, text, parts))
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
    let emoji = said.text("emoji");
    let on = Part::Reaction {
        to: said.id("message_id")?,
        emoji: emoji.clone(),
    };
    Some(content(MessageKind::Reaction, emoji, vec![on]))
}

fn order(message: &Object<'_>, said: &Object<'_>) -> Option<Content> {
    let raw = as_it_came("order", message.raw("order")?);
    let parts = vec![cards::order(said), raw];
    Some(content(MessageKind::Order, said.text("text"), parts))
}

/// The provider's sentence is in its language, not the reader's: it stays in the raw part.
fn system(message: &Object<'_>) -> Content {
    let parts = ["system", "identity"]
        .into_iter()
        .filter_map(|name| Some(as_it_came(name, message.raw(name)?)))
        .collect();
    content(MessageKind::System, None, parts)
}

/// An edited picture brings the whole picture again: it follows the change. New words may come without a
/// type.
fn edit(said: &Object<'_>) -> Option<Content> {
    let of_message = said.id("original_message_id")?;
    let new = said.object("message")?;
    let word = new.text("type").unwrap_or_else(|| "text".to_owned());
    if word == "edit" {
        return None;
    }
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
