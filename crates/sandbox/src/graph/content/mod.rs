//! What a message says, type by type: Meta's checks before it accepts one.

mod interactive;

use serde_json::Value;

use super::{
    error::GraphError,
    fields::{at_most, is_flag, is_set, is_web_address, maybe_words, missing, text, words, wrong},
};
use crate::rules::{
    media::MediaKind,
    send::{Attachment, Content, Source},
};

const BODY: usize = 4_096;
const CAPTION: usize = 1_024;
const FILENAME: usize = 240;
const CARDS: usize = 257;

/// Everything Meta sends. What the sandbox has not got yet is refused as unsupported.
const TYPES: [&str; 12] = [
    "audio",
    "contacts",
    "document",
    "image",
    "interactive",
    "location",
    "reaction",
    "sticker",
    "template",
    "text",
    "video",
    "order",
];

/// The content of a message of this type.
pub(super) fn of(kind: &str, body: &Value) -> Result<Content, GraphError> {
    if !TYPES.contains(&kind) {
        return Err(GraphError::parameter(&format!(
            "Param type must be one of {{{}}} - got \"{kind}\".",
            TYPES.map(str::to_ascii_uppercase).join(", ")
        )));
    }
    let object = &body[kind];
    let is_there = match kind {
        "contacts" => object.is_array(),
        _ => object.is_object(),
    };
    if !is_there {
        return Err(GraphError::refused(
            131_008,
            format!("Parameter {kind} is mandatory for type {kind}."),
        ));
    }
    let said = match kind {
        "text" => plain(object)?,
        "location" => location(object)?,
        "contacts" => contacts(object)?,
        "reaction" => reaction(object)?,
        "interactive" => interactive::of(object)?,
        "template" => return Err(no_template(object)),
        _ => match MediaKind::of_message(kind) {
            Some(media) => file(media, object)?,
            None => {
                return Err(GraphError::refused(
                    131_051,
                    format!("The sandbox cannot send messages of type {kind} yet."),
                ));
            }
        },
    };
    Ok(Content {
        kind: kind.to_owned(),
        text: said.text,
        payload: object.clone(),
        attachment: said.attachment,
    })
}

/// What is more than the object itself.
#[derive(Default)]
struct Said {
    text: Option<String>,
    attachment: Option<Attachment>,
}

impl Said {
    fn words(text: impl Into<String>) -> Self {
        Self {
            text: Some(text.into()),
            attachment: None,
        }
    }
}

fn plain(object: &Value) -> Result<Said, GraphError> {
    let words = text(object, "body")?
        .filter(|words| !words.is_empty())
        .ok_or_else(|| GraphError::required("text['body']"))?;
    at_most("text['body']", Some(&words), BODY)?;
    if !is_flag(&object["preview_url"]) {
        return Err(GraphError::parameter(
            "Param text['preview_url'] must be a boolean.",
        ));
    }
    Ok(Said::words(words))
}

fn file(kind: MediaKind, object: &Value) -> Result<Said, GraphError> {
    let name = kind.word();
    let caption = text(object, "caption")?;
    if caption.is_some() && matches!(kind, MediaKind::Audio | MediaKind::Sticker) {
        return Err(GraphError::parameter(&format!(
            "Unexpected key \"caption\" on param \"{name}\"."
        )));
    }
    at_most(&format!("{name}['caption']"), caption.as_deref(), CAPTION)?;
    let filename = text(object, "filename")?;
    at_most(
        &format!("{name}['filename']"),
        filename.as_deref(),
        FILENAME,
    )?;
    if !is_flag(&object["voice"]) {
        return Err(GraphError::parameter(&format!(
            "Param {name}['voice'] must be a boolean."
        )));
    }
    let voice = kind == MediaKind::Audio && is_set(&object["voice"]);
    Ok(Said {
        text: caption,
        attachment: Some(attachment(kind, voice, object, name)?),
    })
}

/// The file of an object with either an id or a link; `place` is how Meta names the object.
fn attachment(
    kind: MediaKind,
    voice: bool,
    object: &Value,
    place: &str,
) -> Result<Attachment, GraphError> {
    let given = |field| text(object, field).map(|text| text.filter(|text| !text.is_empty()));
    let source = match (given("id")?, given("link")?) {
        (Some(id), None) => Source::Id(id),
        (None, Some(link)) if is_web_address(&link) => Source::Link(link),
        (None, Some(_)) => {
            return Err(GraphError::parameter(&format!(
                "Param {place}['link'] is not a valid URI."
            )));
        }
        _ => {
            return Err(GraphError::parameter(&format!(
                "Param {place} must have exactly one of the keys id and link."
            )));
        }
    };
    Ok(Attachment {
        kind,
        voice,
        source,
    })
}

fn location(object: &Value) -> Result<Said, GraphError> {
    for (field, most) in [("latitude", 90.0), ("longitude", 180.0)] {
        let degrees = match &object[field] {
            Value::Null => return Err(missing(&format!("location['{field}']"))),
            Value::String(text) => text.parse().ok(),
            number => number.as_f64(),
        };
        if !degrees.is_some_and(|degrees: f64| degrees.abs() <= most) {
            return Err(wrong(&format!("location['{field}'] is not in degrees.")));
        }
    }
    text(object, "name")?;
    text(object, "address")?;
    Ok(Said::default())
}

const NAME_PARTS: [&str; 5] = ["first_name", "last_name", "middle_name", "prefix", "suffix"];

fn contacts(object: &Value) -> Result<Said, GraphError> {
    let cards = object.as_array().map(Vec::as_slice).unwrap_or_default();
    if !(1..=CARDS).contains(&cards.len()) {
        return Err(wrong(&format!("contacts has 1 to {CARDS} elements.")));
    }
    for (index, card) in cards.iter().enumerate() {
        let name = &card["name"];
        let place = format!("contacts[{index}]['name']");
        words(name, "formatted_name", &place, CAPTION)?;
        for part in NAME_PARTS {
            text(name, part)?;
        }
        if NAME_PARTS.iter().all(|part| name[part].is_null()) {
            return Err(missing(&format!("{place}['first_name']")));
        }
        let is_day = |day: String| day.len() == 10 && day.parse::<jiff::civil::Date>().is_ok();
        if text(card, "birthday")?.is_some_and(|day| !is_day(day)) {
            return Err(wrong(&format!(
                "contacts[{index}]['birthday'] is not a date as YYYY-MM-DD."
            )));
        }
        for list in ["phones", "emails", "addresses", "urls"] {
            if !card[list].is_null() && !card[list].is_array() {
                return Err(wrong(&format!(
                    "contacts[{index}]['{list}'] is not a list."
                )));
            }
        }
    }
    Ok(Said::default())
}

fn reaction(object: &Value) -> Result<Said, GraphError> {
    text(object, "message_id")?.ok_or_else(|| missing("reaction['message_id']"))?;
    let emoji = text(object, "emoji")?.ok_or_else(|| missing("reaction['emoji']"))?;
    if emoji.chars().count() > 16 || emoji.contains(|c: char| c.is_ascii_alphabetic() || c == ' ') {
        return Err(wrong("reaction['emoji'] is not an emoji."));
    }
    Ok(Said::default())
}

fn no_template(template: &Value) -> GraphError {
    let named = || {
        let name =
            text(template, "name")?.ok_or_else(|| GraphError::required("template['name']"))?;
        let language = text(&template["language"], "code")?
            .ok_or_else(|| GraphError::required("template['language']['code']"))?;
        Ok(GraphError::refused(
            132_001,
            format!("template name ({name}) does not exist in {language}"),
        ))
    };
    named().unwrap_or_else(|error| error)
}
