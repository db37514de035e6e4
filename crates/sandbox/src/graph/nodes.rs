//! Things with an id that can be read: the account, its numbers, and tokens.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{GraphCall, error::GraphError};
use crate::{rules::Number, shared::Shared};

pub(super) fn account(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let identity = &shared.identity;
    let node = json!({
        "id": identity.waba_id,
        "name": shared.start.business_name,
        "currency": "EUR",
        "timezone_id": "0",
        "message_template_namespace": "5a1d9f6e_7c40_4a9c_8d1b_2f0c5d6e7a8b",
        "status": "ACTIVE",
        "country": "ES",
        "account_review_status": "APPROVED",
        "business_verification_status": "verified",
        "ownership_type": "SELF",
        "owner_business_info": {"id": identity.business_id, "name": shared.start.business_name},
        "is_enabled_for_insights": true,
    });
    let always = [
        "name",
        "currency",
        "timezone_id",
        "message_template_namespace",
    ];
    select(node, &always, call, "WhatsAppBusinessAccount")
}

pub(super) fn phone_number(
    shared: &Shared,
    number: usize,
    call: &GraphCall,
) -> Result<Value, GraphError> {
    let node = number_node(&shared.world().numbers[number]);
    select(node, &NUMBER_DEFAULTS, call, "WhatsAppBusinessPhoneNumber")
}

pub(super) fn phone_numbers(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let nodes: Vec<Value> = {
        let world = shared.world();
        world.numbers.iter().map(number_node).collect()
    };
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
    let page = nodes
        .iter()
        .skip(from)
        .take(limit)
        .map(|node| {
            select(
                node.clone(),
                &NUMBER_DEFAULTS,
                call,
                "WhatsAppBusinessPhoneNumber",
            )
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut answer = json!({"data": page});
    if !page.is_empty() {
        let last = from + page.len() - 1;
        let mut paging = json!({"cursors": {"before": cursor(from), "after": cursor(last)}});
        if last + 1 < nodes.len() {
            paging["next"] = json!(format!(
                "{}/{}/{}/phone_numbers?limit={limit}&after={}",
                shared.url,
                call.version,
                shared.identity.waba_id,
                cursor(last)
            ));
        }
        answer["paging"] = paging;
    }
    Ok(answer)
}

const NUMBER_DEFAULTS: [&str; 6] = [
    "verified_name",
    "code_verification_status",
    "display_phone_number",
    "quality_rating",
    "platform_type",
    "throughput",
];

fn number_node(number: &Number) -> Value {
    json!({
        "id": number.phone_number_id,
        "display_phone_number": number.display_phone_number,
        "verified_name": number.verified_name,
        "code_verification_status": "VERIFIED",
        "quality_rating": "GREEN",
        "quality_score": {"score": "GREEN"},
        "platform_type": "CLOUD_API",
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "name_status": "APPROVED",
        "new_name_status": "NONE",
        "account_mode": "LIVE",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "messaging_limit_tier": "TIER_2K",
        "is_official_business_account": false,
        "is_pin_enabled": true,
        "is_on_biz_app": false,
        "is_preverified_number": false,
        "search_visibility": "VISIBLE",
    })
}

/// The fields a call asks for, or those it gets unasked; the id always.
fn select(
    mut node: Value,
    defaults: &[&str],
    call: &GraphCall,
    kind: &str,
) -> Result<Value, GraphError> {
    let asked: Vec<&str> = match call.query.get("fields") {
        Some(fields) => fields
            .split(',')
            .map(str::trim)
            .filter(|field| !field.is_empty())
            .collect(),
        None => defaults.to_vec(),
    };
    let mut selected = Map::new();
    for field in asked.into_iter().chain(["id"]) {
        let Some(value) = node.get_mut(field) else {
            return Err(GraphError::parameter(&format!(
                "Tried accessing nonexisting field ({field}) on node type ({kind})"
            )));
        };
        if !value.is_null() {
            selected.insert(field.to_owned(), value.take());
        }
    }
    Ok(Value::Object(selected))
}

fn cursor(position: usize) -> String {
    STANDARD.encode(position.to_string())
}

fn position(cursor: &str) -> Option<usize> {
    let bytes = STANDARD.decode(cursor).ok()?;
    std::str::from_utf8(&bytes).ok()?.parse().ok()
}

pub(super) fn debug_token(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    call.by_the_app(shared)
        .or_else(|_| call.authorised(shared))?;
    let input = call
        .query
        .get("input_token")
        .ok_or_else(|| GraphError::required("input_token"))?;
    let identity = &shared.identity;
    let revoked = shared.world().faults.token_revoked;
    if *input != identity.access_token || revoked {
        return Ok(json!({"data": {
            "error": {"code": 190, "message": "Invalid OAuth access token."},
            "is_valid": false,
            "scopes": [],
        }}));
    }
    let scopes = [
        "whatsapp_business_management",
        "whatsapp_business_messaging",
    ];
    Ok(json!({"data": {
        "app_id": identity.app_id,
        "type": "SYSTEM_USER",
        "application": "Charla",
        "data_access_expires_at": 0,
        "expires_at": 0,
        "is_valid": true,
        "scopes": scopes,
        "granular_scopes": scopes.map(|scope| json!({"scope": scope, "target_ids": [identity.waba_id]})),
    }}))
}
