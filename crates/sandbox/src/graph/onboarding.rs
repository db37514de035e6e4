//! What makes a number one that can send: proof of ownership, registration, its PIN.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{GraphCall, error::GraphError};
use crate::{
    rules::{ids, onboarding::Standing, refusal::Refusal},
    shared::Shared,
};

/// Sends a code to the number, where the control API shows it.
pub(super) fn request_code(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let method = required(call, "code_method")?;
    if !["SMS", "VOICE"].contains(&method.as_str()) {
        return Err(GraphError::parameter(
            "Param code_method must be one of {SMS, VOICE}.",
        ));
    }
    required(call, "language")?;
    let mut world = shared.world();
    let code = ids::digits(&mut world.rng, 6);
    world.numbers[number].standing.request_code(code)?;
    Ok(success())
}

pub(super) fn verify_code(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let code = required(call, "code")?;
    on(shared, number, |standing, _| standing.verify_code(&code))
}

pub(super) fn register(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    of_whatsapp(call)?;
    let pin = pin(call)?;
    on(shared, number, |standing, now| standing.register(now, &pin))
}

pub(super) fn deregister(shared: &Shared, number: usize) -> Result<Value, GraphError> {
    on(shared, number, Standing::deregister)
}

/// Sets the two-step PIN, which Meta tells of.
pub(super) fn set_pin(
    shared: &Arc<Shared>,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let pin = pin(call)?;
    let digits = {
        let mut world = shared.world();
        let number = &mut world.numbers[number];
        number.standing.pin = Some(pin);
        number.digits()
    };
    let value = json!({"display_phone_number": digits, "event": "PIN_CHANGED"});
    shared.tell_of_account("security", &value);
    Ok(success())
}

fn on(
    shared: &Shared,
    number: usize,
    act: impl FnOnce(&mut Standing, Timestamp) -> Result<(), Refusal>,
) -> Result<Value, GraphError> {
    let now = shared.now();
    act(&mut shared.world().numbers[number].standing, now)?;
    Ok(success())
}

fn pin(call: &GraphCall) -> Result<String, GraphError> {
    let pin = required(call, "pin")?;
    let six = pin.len() == 6 && pin.bytes().all(|byte| byte.is_ascii_digit());
    six.then_some(pin)
        .ok_or_else(|| GraphError::parameter("Param pin must be a 6-digit number."))
}

pub(super) fn of_whatsapp(call: &GraphCall) -> Result<(), GraphError> {
    if required(call, "messaging_product")? == "whatsapp" {
        return Ok(());
    }
    Err(GraphError::parameter(
        "Param messaging_product must be one of {WHATSAPP}.",
    ))
}

pub(super) fn required(call: &GraphCall, name: &str) -> Result<String, GraphError> {
    call.parameter(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| GraphError::required(name))
}

pub(super) fn success() -> Value {
    json!({"success": true})
}
