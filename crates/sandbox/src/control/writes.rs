//! What a customer writes, as the control API takes it: in Meta's own form, or with a file and a few words.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::problem::Problem;
use crate::{
    graph::media::link,
    rules::{
        inbound::Inbound,
        media::{File, MediaKind, is_animated},
        refusal::Refusal,
    },
    shared::Shared,
};

/// A message the customer writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Writes {
    #[serde(rename = "type", default = "text")]
    pub(super) kind: String,
    text: Option<String>,
    pub(super) payload: Option<Value>,
    file: Option<String>,
    caption: Option<String>,
    filename: Option<String>,
    voice: Option<bool>,
    #[serde(default)]
    too_large: bool,
    pub(super) phone_number_id: Option<String>,
    reply_to: Option<String>,
    forwarded: Option<Forwarded>,
    product: Option<Value>,
    pub(super) at: Option<Timestamp>,
    referral: Option<Value>,
    #[serde(default)]
    extra: Map<String, Value>,
}

/// How often a message was passed on.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Forwarded {
    Once,
    Often,
}

fn text() -> String {
    "text".to_owned()
}

impl Writes {
    /// The message in Meta's form.
    pub(super) fn inbound(mut self, shared: &Shared) -> Result<Inbound, Problem> {
        let payload = self.object(shared)?;
        let mut extra = self.extra;
        let errors = match self.kind.as_str() {
            _ if self.too_large => Some(Refusal::with(131_052, TOO_LARGE)),
            "unsupported" => Some(Refusal::of(131_051)),
            _ => None,
        };
        if let Some(refusal) = errors {
            let errors = json!([crate::payload::error(&refusal)]);
            extra.entry("errors").or_insert(errors);
        }
        let forwarded = match self.forwarded {
            Some(Forwarded::Once) => Some(json!({"forwarded": true})),
            Some(Forwarded::Often) => Some(json!({"frequently_forwarded": true})),
            None => None,
        };
        if let Some(context) = forwarded {
            extra.entry("context").or_insert(context);
        }
        Ok(Inbound {
            kind: self.kind,
            payload,
            file: self.file,
            reply_to: self.reply_to,
            product: self.product,
            referral: self.referral,
            extra,
        })
    }

    /// What stands under the type; null where nothing does.
    fn object(&mut self, shared: &Shared) -> Result<Value, Problem> {
        if let Some(kind) = MediaKind::of_message(&self.kind) {
            if self.too_large {
                return Ok(Value::Null);
            }
            if let Some(id) = self.file.clone() {
                return self.media(shared, kind, &id);
            }
        }
        if self.file.is_some() || self.too_large {
            return Err(Problem::field("type", "No type that carries a file"));
        }
        match (self.kind.as_str(), self.text.take(), self.payload.take()) {
            ("text", Some(text), None) if !text.is_empty() => Ok(json!({"body": text})),
            ("text", None, Some(payload)) => Ok(payload),
            ("text", ..) => Err(Problem::field("text", "A text message has a text")),
            (_, Some(_), _) => Err(Problem::field(
                "type",
                "Only messages of type text have a text",
            )),
            ("request_welcome" | "unsupported", None, payload) => Ok(payload.unwrap_or_default()),
            (_, None, Some(payload)) => Ok(payload),
            (_, None, None) => Err(Problem::field(
                "payload",
                "The object that stands under the type",
            )),
        }
    }

    /// The object of a file that was put on the phone before.
    fn media(&self, shared: &Shared, kind: MediaKind, id: &str) -> Result<Value, Problem> {
        let (file, told_type, told_hash) = {
            let world = shared.world();
            let file = world
                .file(id)
                .ok_or_else(|| Problem::field("file", "No such file"))?;
            (file.clone(), world.told_type(file), world.told_sha256(file))
        };
        if !fits(kind, &file) {
            return Err(Problem::field(
                "file",
                format!("A file of type {} is no {}", file.mime_type, self.kind),
            ));
        }
        let mut object = json!({
            "mime_type": told_type,
            "sha256": STANDARD.encode(told_hash),
            "id": id,
            "url": link(shared, id),
        });
        match kind {
            MediaKind::Audio => object["voice"] = json!(self.voice.unwrap_or_default()),
            MediaKind::Sticker => object["animated"] = json!(is_animated(&file.bytes)),
            MediaKind::Document => {
                let name = self.filename.as_deref().or(file.filename.as_deref());
                object["filename"] = json!(name.unwrap_or("file"));
            }
            MediaKind::Image | MediaKind::Video => {}
        }
        if let Some(caption) = &self.caption {
            object["caption"] = json!(caption);
        }
        Ok(object)
    }
}

const TOO_LARGE: &str = "Media file size too big. Max file size we currently support: 100MB.";

/// A phone sends what it can show as a photo, a film or a sound; all else is a document.
fn fits(kind: MediaKind, file: &File) -> bool {
    let bare_type = file.bare_type();
    match kind {
        MediaKind::Audio => bare_type.starts_with("audio/"),
        MediaKind::Image => bare_type.starts_with("image/"),
        MediaKind::Sticker => bare_type == "image/webp",
        MediaKind::Video => bare_type.starts_with("video/"),
        MediaKind::Document => true,
    }
}
