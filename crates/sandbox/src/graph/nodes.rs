//! Things with an id that can be read: the account and its numbers.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{GraphCall, error::GraphError, subscriptions};
use crate::{
    rules::{Number, ids, onboarding::Account},
    shared::Shared,
};

pub(super) fn account(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let identity = &shared.identity;
    let numbers = shared.world().numbers.clone();
    let numbers = numbers
        .iter()
        .map(|number| number_with(shared, number, &NUMBER_DEFAULTS))
        .collect::<Result<Vec<_>, _>>()?;
    let standing = shared.world().onboarding.account.clone();
    let node = json!({
        "id": identity.waba_id,
        "name": shared.start.business_name,
        "currency": "EUR",
        "timezone_id": "0",
        "message_template_namespace": "5a1d9f6e_7c40_4a9c_8d1b_2f0c5d6e7a8b",
        "status": if standing.restricted { "RESTRICTED" } else { "ACTIVE" },
        "country": "ES",
        "account_review_status": standing.review,
        "business_verification_status": standing.business_verification,
        "ownership_type": "SELF",
        "owner_business_info": {"id": identity.business_id, "name": shared.start.business_name},
        "is_enabled_for_insights": true,
        "health_status": health(shared, &standing, None),
        "disable_marketing_messages_on_cloud_api": false,
        "marketing_messages_lite_api_status": null,
        "marketing_messages_onboarding_status": null,
        "on_behalf_of_business_info": null,
        "primary_funding_id": standing.payment.then_some("120330000000000"),
        "phone_numbers": {"data": numbers},
        "subscribed_apps": subscriptions::account(shared),
    });
    select(
        node,
        &asked(call, &ACCOUNT_DEFAULTS),
        "WhatsAppBusinessAccount",
    )
}

pub(super) fn phone_number(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let number = shared.world().numbers[number].clone();
    number_with(shared, &number, &asked(call, &NUMBER_DEFAULTS))
}

pub(super) fn phone_numbers(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let mut numbers = shared.world().numbers.clone();
    numbers.retain(|number| !number.standing.other_account);
    let limit = call
        .query
        .get("limit")
        .and_then(|limit| limit.parse().ok())
        .unwrap_or(25_usize)
        .clamp(1, 100);
    let from = match call.query.get("after") {
        None => 0,
        Some(cursor) => {
            position(cursor).ok_or_else(|| GraphError::parameter("Invalid cursor."))? + 1
        }
    };
    let fields = asked(call, &NUMBER_DEFAULTS);
    let page = numbers
        .iter()
        .skip(from)
        .take(limit)
        .map(|number| number_with(shared, number, &fields))
        .collect::<Result<Vec<_>, _>>()?;
    let mut answer = json!({"data": page});
    if !page.is_empty() {
        let last = from + page.len() - 1;
        let mut paging = json!({"cursors": {"before": cursor(from), "after": cursor(last)}});
        if last + 1 < numbers.len() {
            paging["next"] = json!(next(shared, call, &cursor(last)));
        }
        answer["paging"] = paging;
    }
    Ok(answer)
}

/// The same call for what comes after a cursor, whole, so that it can be followed as it is.
fn next(shared: &Shared, call: &GraphCall, after: &str) -> String {
    let kept = call.query.iter().filter(|(name, _)| *name != "after");
    let token = call.token.as_deref().unwrap_or_default();
    let token = ("access_token", token);
    let query = kept
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| *name != "access_token")
        .chain([token, ("after", after)]);
    let path = format!("{}/{}/{}", shared.url, call.version, call.path.join("/"));
    reqwest::Url::parse_with_params(&path, query).map_or(path, Into::into)
}

fn number_with(shared: &Shared, number: &Number, fields: &[&str]) -> Result<Value, GraphError> {
    let node = number_node(shared, number);
    select(node, fields, "WhatsAppBusinessPhoneNumber")
}

const ACCOUNT_DEFAULTS: [&str; 4] = [
    "name",
    "currency",
    "timezone_id",
    "message_template_namespace",
];

const NUMBER_DEFAULTS: [&str; 6] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
];

fn number_node(shared: &Shared, number: &Number) -> Value {
    let code = ids::calling_code(&number.digits()).to_owned();
    let standing = &number.standing;
    let account = shared.world().onboarding.account.clone();
    json!({
        "id": number.phone_number_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "code_verification_status": standing.ownership(),
        "quality_rating": standing.quality,
        "quality_score": {"score": standing.quality},
        "platform_type": if standing.registered { "CLOUD_API" } else { "NOT_APPLICABLE" },
        "throughput": {"level": standing.throughput},
        "status": standing.status(),
        "name_status": standing.name_status,
        "new_name_status": "NONE",
        "account_mode": "LIVE",
        "whatsapp_business_manager_messaging_limit": account.messaging_limit,
        "messaging_limit_tier": account.messaging_limit,
        "is_official_business_account": false,
        "is_pin_enabled": standing.pin.is_some(),
        "is_on_biz_app": false,
        "is_preverified_number": false,
        "search_visibility": "VISIBLE",
        "eligibility_for_api_business_global_search": "NON_ELIGIBLE_UNDEFINED_COUNTRY",
        "country_code": ids::country(&code),
        "country_dial_code": code,
        "health_status": health(shared, &account, Some(number)),
        "webhook_configuration": subscriptions::configuration(shared, &number.phone_number_id),
        "last_onboarded_time": "2026-01-15T09:00:00+0000",
        "conversational_automation": null,
        "certificate": null,
        "new_certificate": null,
    })
}

/// Whether messages can leave, and whose fault it is if not.
fn health(shared: &Shared, account: &Account, number: Option<&Number>) -> Value {
    let entity = |kind: &str, id: &str, error: Option<(u32, &str)>| {
        let state = if error.is_some() {
            "BLOCKED"
        } else {
            "AVAILABLE"
        };
        let mut entity = json!({"entity_type": kind, "id": id, "can_send_message": state});
        if let Some((code, words)) = error {
            entity["errors"] = json!([{
                "error_code": code, "error_description": words, "possible_solution": "",
            }]);
        }
        entity
    };
    let unpaid = (141_006, "There is an error with the payment method.");
    let restricted = (141_007, "The account is restricted.");
    let of_account = match account {
        Account {
            restricted: true, ..
        } => Some(restricted),
        Account { payment: false, .. } => Some(unpaid),
        _ => None,
    };
    let identity = &shared.identity;
    let mut entities = Vec::new();
    if let Some(number) = number {
        let standing = &number.standing;
        let fit = standing.registered && standing.trouble.is_none();
        let error = (!fit).then_some((141_000, "The number is not connected."));
        entities.push(entity("PHONE_NUMBER", &number.phone_number_id, error));
    }
    entities.push(entity("WABA", &identity.waba_id, of_account));
    entities.push(entity("BUSINESS", &identity.business_id, None));
    entities.push(entity("APP", &identity.app_id, None));
    let blocked = entities.iter().any(|e| e["can_send_message"] == "BLOCKED");
    let state = if blocked { "BLOCKED" } else { "AVAILABLE" };
    json!({"can_send_message": state, "entities": entities})
}

/// The fields a call asks for, or those it gets unasked. What stands in braces behind one is not heeded.
fn asked<'a>(call: &'a GraphCall, defaults: &[&'a str]) -> Vec<&'a str> {
    match call.query.get("fields") {
        Some(fields) => top_level(fields),
        None => defaults.to_vec(),
    }
}

/// Those fields of a node, and its id; an error for a field that it has not got. A value of null is not shown.
fn select(mut node: Value, fields: &[&str], kind: &str) -> Result<Value, GraphError> {
    let mut selected = Map::new();
    for field in fields.iter().chain(&["id"]) {
        let Some(value) = node.get_mut(*field) else {
            return Err(GraphError::parameter(&format!(
                "Tried accessing nonexisting field ({field}) on node type ({kind})"
            )));
        };
        if !value.is_null() {
            selected.insert((*field).to_owned(), value.take());
        }
    }
    Ok(Value::Object(selected))
}

/// The names in `id,health_status{entities,can_send_message},phone_numbers.limit(5){id}`.
fn top_level(fields: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    fields
        .split(|c: char| {
            match c {
                '{' | '(' => depth += 1,
                '}' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            c == ',' && depth == 0
        })
        .filter_map(|field| field.split(['{', '(', '.']).next())
        .map(str::trim)
        .filter(|field| !field.is_empty())
        .collect()
}

fn cursor(position: usize) -> String {
    STANDARD.encode(position.to_string())
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = STANDARD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}
