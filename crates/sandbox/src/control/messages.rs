//! What stands on a customer's phone, and what the customer does there.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    customers::no_customer,
    problem::{Input, Problem},
};
use crate::{
    rules::{Message, World, ids::Direction, inbound::Inbound, refusal::Refusal},
    shared::Shared,
};

#[derive(Deserialize)]
pub(super) struct OfNumber {
    phone_number_id: Option<String>,
}

pub(super) async fn thread(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Query(of): Query<OfNumber>,
) -> Result<Json<Value>, Problem> {
    let world = shared.world();
    let (number, customer) = place(&world, &id, of.phone_number_id.as_deref())?;
    Ok(Json(listed(&world, world.messages(number, customer))))
}

/// Every message, with whom and over which number.
pub(super) async fn all(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    Json(listed(&world, world.all_messages()))
}

fn listed(world: &World, messages: Vec<&Message>) -> Value {
    let messages: Vec<Value> = messages.into_iter().map(|m| shown(world, m)).collect();
    json!({"messages": messages})
}

fn shown(world: &World, message: &Message) -> Value {
    let (from, direction) = match message.direction() {
        Direction::In => ("customer", "in"),
        Direction::Out => ("business", "out"),
    };
    let customer = message.place.customer.map(|c| world.customers[c].id());
    json!({
        "id": message.id,
        "from": from,
        "direction": direction,
        "customer": customer,
        "phone_number_id": world.numbers[message.place.number].phone_number_id,
        "type": message.kind,
        "text": message.text,
        "payload": message.payload,
        "at": message.at,
        "status": message.stage,
        "reply_to": message.reply_to,
    })
}

fn place(world: &World, id: &str, number: Option<&str>) -> Result<(usize, usize), Problem> {
    let customer = world.customer(id).ok_or_else(no_customer)?;
    let number = match number {
        None => 0,
        Some(number) => world
            .number(number)
            .ok_or_else(|| Problem::field("phone_number_id", "No such number"))?,
    };
    Ok((number, customer))
}

/// A message the customer writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Writes {
    #[serde(rename = "type", default = "text")]
    kind: String,
    text: Option<String>,
    payload: Option<Value>,
    phone_number_id: Option<String>,
    reply_to: Option<String>,
    at: Option<Timestamp>,
    referral: Option<Value>,
    #[serde(default)]
    extra: Map<String, Value>,
}

fn text() -> String {
    "text".to_owned()
}

pub(super) async fn write(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(writes): Input<Writes>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = shared.now();
    let at = writes.at.unwrap_or(now);
    if at > now {
        return Err(Problem::field("at", "Nobody writes in the future"));
    }
    let number = writes.phone_number_id.clone();
    let inbound = inbound(writes)?;
    let (wamid, update) = {
        let mut world = shared.world();
        let (number, customer) = place(&world, &id, number.as_deref())?;
        world.receive(at, number, customer, inbound)
    };
    shared.tell(update);
    Ok((StatusCode::CREATED, Json(json!({"id": wamid}))))
}

fn inbound(writes: Writes) -> Result<Inbound, Problem> {
    let payload = match (writes.kind.as_str(), writes.text, writes.payload) {
        ("text", Some(text), None) if !text.is_empty() => json!({"body": text}),
        ("text", None, Some(payload)) => payload,
        ("text", ..) => return Err(Problem::field("text", "A text message has a text")),
        (_, Some(_), _) => {
            return Err(Problem::field(
                "type",
                "Only messages of type text have a text",
            ));
        }
        ("request_welcome" | "unsupported", None, payload) => payload.unwrap_or_default(),
        (_, None, Some(payload)) => payload,
        (_, None, None) => {
            return Err(Problem::field(
                "payload",
                "The object that stands under the type",
            ));
        }
    };
    let mut extra = writes.extra;
    if writes.kind == "unsupported" {
        let errors = crate::payload::error(&Refusal::of(131_051));
        extra.entry("errors").or_insert_with(|| json!([errors]));
    }
    Ok(Inbound {
        kind: writes.kind,
        payload,
        reply_to: writes.reply_to,
        referral: writes.referral,
        extra,
    })
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Looks {
    message_id: Option<String>,
    phone_number_id: Option<String>,
}

/// Somebody looks at the phone: everything there, or all up to one message, is read.
pub(super) async fn read(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(looks): Input<Looks>,
) -> Result<StatusCode, Problem> {
    let now = shared.now();
    let updates = {
        let mut world = shared.world();
        let (number, customer) = place(&world, &id, looks.phone_number_id.as_deref())?;
        world
            .look(now, number, customer, looks.message_id.as_deref())
            .ok_or_else(|| Problem::not_found("No such message on this phone"))?
    };
    for update in updates {
        shared.tell(update);
    }
    Ok(StatusCode::NO_CONTENT)
}
