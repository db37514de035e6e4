//! `POST /{phone_number_id}/messages`: a message, or a read receipt.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    GraphCall, content,
    error::GraphError,
    fields::{at_most, text},
    links,
};
use crate::{
    rules::{
        media::Giver,
        recipient::Recipient,
        send::{Attachment, Send, Source},
    },
    shared::Shared,
};

const CALLBACK_DATA: usize = 512;

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
    let attachment = send.content.attachment.clone();
    if let Some(attachment) = &attachment {
        known(shared, number, attachment)?;
    }
    let accepted = shared.world().accept(now, number, send)?;
    match attachment {
        Some(attachment) => links::fetch_then_follow(shared, accepted.id.clone(), attachment),
        None => shared.follow(accepted.id.clone()),
    }
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

/// An id that is sent was uploaded from the same number.
fn known(shared: &Shared, number: usize, attachment: &Attachment) -> Result<(), GraphError> {
    let Source::Id(id) = &attachment.source else {
        return Ok(());
    };
    let now = shared.now();
    let world = shared.world();
    let giver = world.media(now, id).map(|media| media.giver);
    if giver == Some(Giver::Business(number)) {
        return Ok(());
    }
    Err(GraphError::parameter(&format!(
        "Param {}['id'] is not a valid whatsapp business account media attachment ID",
        attachment.kind.word()
    )))
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
    let callback_data = text(body, "biz_opaque_callback_data")?;
    at_most(
        "biz_opaque_callback_data",
        callback_data.as_deref(),
        CALLBACK_DATA,
    )?;
    let content = content::of(&kind, body)?;
    let reply_to = text(&body["context"], "message_id")?;
    if kind == "reaction" && reply_to.is_some() {
        return Err(GraphError::refused(
            131_009,
            "A reaction cannot carry a context.",
        ));
    }
    Ok(Send {
        to: text(body, "to")?,
        recipient: text(body, "recipient")?,
        content,
        reply_to,
        callback_data,
    })
}
