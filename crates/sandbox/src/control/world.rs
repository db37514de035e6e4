//! State, clock, faults and reset.

use std::sync::Arc;

use axum::{Json, extract::State, http::StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::problem::{Input, Problem};
use crate::{
    rules::{World, window},
    sample,
    shared::{Shared, web_address},
};

pub(super) async fn state(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.now();
    let subscription = shared.subscription().clone();
    let url = subscription.account_url.or(subscription.app_url);
    let world = shared.world();
    let numbers: Vec<Value> = world
        .numbers
        .iter()
        .map(|number| {
            json!({
                "phone_number_id": number.phone_number_id,
                "display_phone_number": number.display_phone_number,
                "verified_name": number.verified_name,
            })
        })
        .collect();
    Json(json!({
        "clock": clock_now(&shared),
        "numbers": numbers,
        "customers": people(&world, now),
        "faults": world.faults,
        "callback": {
            "url": url,
            "subscribed": subscription.account_subscribed,
            "failing": shared.courier.failing(),
            "waiting": shared.courier.waiting(),
        },
        "inbox_url": shared.start.inbox_url,
    }))
}

/// All customers.
pub(super) fn people(world: &World, now: Timestamp) -> Vec<Value> {
    (0..world.customers.len())
        .map(|customer| person(world, now, customer))
        .collect()
}

/// A customer, with what lies between them and each number they have a thread with.
pub(super) fn person(world: &World, now: Timestamp, customer: usize) -> Value {
    let mut unread = 0;
    let mut threads = Vec::new();
    for (index, number) in world.numbers.iter().enumerate() {
        let Some(thread) = world.thread(index, customer) else {
            continue;
        };
        let here = world.unread(index, customer);
        unread += here;
        threads.push(json!({
            "phone_number_id": number.phone_number_id,
            "unread": here,
            "last_inbound": thread.last_inbound,
            "window_until": window::open_until(thread.last_inbound),
            "free_entry_until": world.free_entry_until(now, index, customer),
            "typing": world.is_typing(now, index, customer),
        }));
    }
    let mut person = json!(world.customers[customer]);
    person["id"] = json!(world.customers[customer].id());
    person["unread"] = json!(unread);
    person["threads"] = json!(threads);
    person
}

fn clock_now(shared: &Shared) -> Value {
    json!({
        "now": shared.now(),
        "offset_seconds": shared.clock.offset_seconds(),
        "movable": shared.clock.movable(),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Callback {
    url: String,
}

/// Sends webhooks to an address without the verification that Meta asks for.
pub(super) async fn callback(
    State(shared): State<Arc<Shared>>,
    Input(Callback { url }): Input<Callback>,
) -> Result<StatusCode, Problem> {
    if web_address(&url).is_none() {
        return Err(Problem::field("url", "An address with http:// or https://"));
    }
    shared.subscription().app_url = Some(url);
    shared.courier.changed();
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Advance {
    advance_seconds: i64,
}

/// A year at a time is enough for every rule.
const FARTHEST: u32 = 366 * 86_400;

pub(super) async fn clock(
    State(shared): State<Arc<Shared>>,
    Input(Advance { advance_seconds }): Input<Advance>,
) -> Result<Json<Value>, Problem> {
    if !shared.clock.movable() {
        return Err(Problem::new(
            403,
            "clock-fixed",
            "This sandbox was started with a clock that cannot be moved",
        ));
    }
    let seconds = u32::try_from(advance_seconds)
        .ok()
        .filter(|seconds| *seconds <= FARTHEST)
        .ok_or_else(|| {
            Problem::field(
                "advance_seconds",
                "The clock moves forward only, up to 366 days at a time",
            )
        })?;
    let offset = shared.clock.advance(seconds);
    if let Some(moved) = &shared.callbacks.clock_moved {
        moved(offset);
    }
    shared.courier.changed();
    Ok(Json(clock_now(&shared)))
}

pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().faults))
}

/// Takes over the faults that are named. `close_window` is not a state but a deed.
pub(super) async fn bend(
    State(shared): State<Arc<Shared>>,
    Input(mut patch): Input<Map<String, Value>>,
) -> Result<Json<Value>, Problem> {
    let close = patch
        .remove("close_window")
        .filter(|close| !close.is_null());
    let now = shared.now();
    let answer = {
        let mut world = shared.world();
        let faults = world
            .faults
            .patched(&patch)
            .map_err(|bad| Problem::field(bad.field, bad.title))?;
        if let Some(close) = close {
            close_window(&mut world, now, &close)?;
        }
        world.faults = faults;
        Json(json!(world.faults))
    };
    shared.courier.changed();
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CloseWindow {
    customer: String,
    phone_number_id: Option<String>,
}

fn close_window(world: &mut World, now: Timestamp, close: &Value) -> Result<(), Problem> {
    let CloseWindow {
        customer,
        phone_number_id,
    } = CloseWindow::deserialize(close)
        .map_err(|error| Problem::field("close_window", error.to_string()))?;
    let customer = world
        .customer(&customer)
        .ok_or_else(|| Problem::field("close_window.customer", "No such customer"))?;
    let numbers = match phone_number_id.as_deref() {
        Some(id) => {
            let number = world
                .number(id)
                .ok_or_else(|| Problem::field("close_window.phone_number_id", "No such number"))?;
            number..=number
        }
        None => 0..=world.numbers.len() - 1,
    };
    for number in numbers {
        world.close_window(now, number, customer);
    }
    Ok(())
}

/// All faults off.
pub(super) async fn straighten(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let faults = shared.start.faults.clone();
    shared.world().faults.clone_from(&faults);
    shared.courier.changed();
    Json(json!(faults))
}

pub(super) async fn reset(State(shared): State<Arc<Shared>>) -> StatusCode {
    shared.reset();
    sample::write(&shared);
    if let Some(reset) = &shared.callbacks.reset {
        reset();
    }
    StatusCode::NO_CONTENT
}
