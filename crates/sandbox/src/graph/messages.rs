//! `POST /{phone_number_id}/messages`: a message, or a read receipt.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{GraphCall, error::GraphError};
use crate::{
    rules::{recipient::Recipient, send::Send},
    shared::Shared,
};

const BODY: usize = 4_096;
const CALLBACK_DATA: usize = 512;

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

pub(super) fn post(
    shared: &Arc<Shared>,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let body = call.json()?;
    if body["messaging_product"] != "whatsapp" {
        return Err(GraphError::required("messaging_product"));
    }
    if body.get("status").is_some() {
        return read(shared, number, &body);
    }
    let send = message(&body)?;
    let input = send.to.clone().or_else(|| send.recipient.clone());
    let now = shared.now();
    let accepted = shared.world().accept(now, number, send)?;
    shared.follow(accepted.id.clone());
    let contact = match &accepted.recipient {
        Recipient::Phone(digits) => json!({"input": input, "wa_id": digits}),
        Recipient::User(user) => json!({"input": input, "user_id": user}),
    };
    Ok(json!({
        "messaging_product": "whatsapp",
        "contacts": [contact],
        "messages": [{"id": accepted.id}],
    }))
}

fn read(shared: &Shared, number: usize, body: &Value) -> Result<Value, GraphError> {
    if body["status"] != "read" {
        return Err(GraphError::parameter("Param status must be one of {READ}."));
    }
    let id = text(body, "message_id")?.ok_or_else(|| GraphError::required("message_id"))?;
    let typing = match &body["typing_indicator"] {
        Value::Null => false,
        indicator if indicator["type"] == "text" => true,
        _ => {
            return Err(GraphError::parameter(
                "Param typing_indicator['type'] must be one of {TEXT}.",
            ));
        }
    };
    let now = shared.now();
    shared.world().mark_read(now, number, &id, typing)?;
    Ok(json!({"success": true}))
}

fn message(body: &Value) -> Result<Send, GraphError> {
    match &body["recipient_type"] {
        Value::Null => {}
        Value::String(kind) if kind.eq_ignore_ascii_case("individual") => {}
        Value::String(kind) if kind.eq_ignore_ascii_case("group") => {
            return Err(GraphError::refused(
                131_051,
                "The sandbox has no groups yet.",
            ));
        }
        _ => {
            return Err(GraphError::parameter(
                "Param recipient_type must be one of {INDIVIDUAL, GROUP}.",
            ));
        }
    }
    let kind =
        text(body, "type")?.map_or_else(|| "text".to_owned(), |kind| kind.to_ascii_lowercase());
    only_text(&kind, body)?;
    let callback_data = text(body, "biz_opaque_callback_data")?;
    at_most(
        "biz_opaque_callback_data",
        callback_data.as_deref(),
        CALLBACK_DATA,
    )?;
    let object = &body["text"];
    if !object.is_object() {
        return Err(GraphError::refused(
            131_008,
            "Parameter text is mandatory for type text.",
        ));
    }
    let words = text(object, "body")?
        .filter(|words| !words.is_empty())
        .ok_or_else(|| GraphError::required("text['body']"))?;
    at_most("text['body']", Some(&words), BODY)?;
    if !is_flag(&object["preview_url"]) {
        return Err(GraphError::parameter(
            "Param text['preview_url'] must be a boolean.",
        ));
    }
    Ok(Send {
        to: text(body, "to")?,
        recipient: text(body, "recipient")?,
        text: words,
        payload: object.clone(),
        reply_to: text(&body["context"], "message_id")?,
        callback_data,
    })
}

/// Absent, or true or false; a form has no other way to say it than in letters.
fn is_flag(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::String(word) => matches!(word.as_str(), "true" | "false"),
        _ => false,
    }
}

fn only_text(kind: &str, body: &Value) -> Result<(), GraphError> {
    match kind {
        "text" => Ok(()),
        "template" => {
            let template = &body["template"];
            let name =
                text(template, "name")?.ok_or_else(|| GraphError::required("template['name']"))?;
            let language = text(&template["language"], "code")?
                .ok_or_else(|| GraphError::required("template['language']['code']"))?;
            Err(GraphError::refused(
                132_001,
                format!("template name ({name}) does not exist in {language}"),
            ))
        }
        kind if TYPES.contains(&kind) => Err(GraphError::refused(
            131_051,
            format!("The sandbox cannot send messages of type {kind} yet."),
        )),
        kind => Err(GraphError::parameter(&format!(
            "Param type must be one of {{{}}} - got \"{kind}\".",
            TYPES.map(str::to_ascii_uppercase).join(", ")
        ))),
    }
}

/// A field that is text or missing.
fn text(object: &Value, field: &str) -> Result<Option<String>, GraphError> {
    match object.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(GraphError::parameter(&format!(
            "Param {field} must be a string."
        ))),
    }
}

fn at_most(field: &str, text: Option<&str>, limit: usize) -> Result<(), GraphError> {
    let length = text.map_or(0, |text| text.chars().count());
    if length <= limit {
        return Ok(());
    }
    Err(GraphError::parameter(&format!(
        "Param {field} must be at most {limit} characters long."
    )))
}
