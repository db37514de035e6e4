//! What stands on a customer's phone, and what the customer does there.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    customers::no_customer,
    problem::{Input, Problem},
    writes::Writes,
};
use crate::{
    rules::{Message, World, identity::PersonField, ids::Direction},
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
        "file": message.file.as_deref().and_then(|id| file(world, id)),
        "at": message.at,
        "status": message.stage,
        "reply_to": message.reply_to,
        "changed": message.changed,
    })
}

/// What the page needs to show a file.
fn file(world: &World, id: &str) -> Option<Value> {
    let file = world.file(id)?;
    Some(json!({
        "id": id,
        "mime_type": file.mime_type,
        "filename": file.filename,
        "file_size": file.bytes.len(),
    }))
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

/// The customer writes; or something of them changes that is told in a field of its own.
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
    if let Some(field) = PersonField::of(&writes.kind) {
        let update = {
            let world = shared.world();
            let (number, customer) = place(&world, &id, number.as_deref())?;
            let element = writes.payload.unwrap_or_default();
            world.person_field(at, number, customer, field, &element)
        };
        shared.tell(update);
        return Ok((StatusCode::CREATED, Json(json!({"id": null}))));
    }
    let inbound = writes.inbound(&shared)?;
    let (wamid, update) = {
        let mut world = shared.world();
        let (number, customer) = place(&world, &id, number.as_deref())?;
        world.receive(at, number, customer, inbound)
    };
    shared.tell(update);
    Ok((StatusCode::CREATED, Json(json!({"id": wamid}))))
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Listens {
    message_id: String,
}

/// The customer listens to a voice note.
pub(super) async fn played(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(listens): Input<Listens>,
) -> Result<StatusCode, Problem> {
    let now = shared.now();
    let updates = {
        let mut world = shared.world();
        world.customer(&id).ok_or_else(no_customer)?;
        world
            .listen(now, &listens.message_id)
            .ok_or_else(|| Problem::not_found("No such voice note on this phone"))?
    };
    for update in updates {
        shared.tell(update);
    }
    Ok(StatusCode::NO_CONTENT)
}
