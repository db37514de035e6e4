//! The people.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    problem::{Input, Problem},
    world::{people, person},
};
use crate::{
    rules::customer::{BadCustomer, CustomerPatch, NewCustomer},
    shared::Shared,
};

pub(super) async fn all(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.now();
    Json(json!({"customers": people(&shared.world(), now)}))
}

pub(super) async fn add(
    State(shared): State<Arc<Shared>>,
    Input(new): Input<NewCustomer>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let now = shared.now();
    let mut world = shared.world();
    let customer = world.add_customer(new).map_err(problem)?;
    Ok((StatusCode::CREATED, Json(person(&world, now, customer))))
}

fn problem(bad: BadCustomer) -> Problem {
    match bad {
        BadCustomer::Name => Problem::field("name", "A customer has a name"),
        BadCustomer::WaId => Problem::field("wa_id", "7 to 15 digits, nothing else"),
        BadCustomer::Bsuid => Problem::field("bsuid", "A country, a dot, letters and digits"),
        BadCustomer::Taken => Problem::new(409, "customer-exists", "Somebody has this id"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewIdentity {
    wa_id: Option<String>,
}

/// The customer takes another number, or without one another user id; the business is told.
pub(super) async fn change_identity(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(NewIdentity { wa_id }): Input<NewIdentity>,
) -> Result<Json<Value>, Problem> {
    let now = shared.now();
    let (updates, answer) = {
        let mut world = shared.world();
        let customer = world.customer(&id).ok_or_else(no_customer)?;
        let updates = world
            .change_identity(now, customer, wa_id)
            .map_err(problem)?;
        (updates, person(&world, now, customer))
    };
    for update in updates {
        shared.tell(update);
    }
    Ok(Json(answer))
}

pub(super) async fn change(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(patch): Input<CustomerPatch>,
) -> Result<Json<Value>, Problem> {
    let now = shared.now();
    let (arriving, answer) = {
        let mut world = shared.world();
        let customer = world.customer(&id).ok_or_else(no_customer)?;
        let arriving = world.change_customer(customer, patch);
        (arriving, person(&world, now, customer))
    };
    for id in arriving {
        shared.follow(id);
    }
    Ok(Json(answer))
}

pub(super) fn no_customer() -> Problem {
    Problem::not_found("No such customer")
}
