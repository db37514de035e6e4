//! What Meta holds of numbers, the account and its tokens, on switches; each tells what Meta tells.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::{Input, Problem};
use crate::{
    rules::{Number, ids, onboarding::Standing},
    shared::Shared,
};

/// A webhook that follows a switch: its field and its value.
type News = (&'static str, Value);

pub(super) async fn numbers(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let world = shared.world();
    let numbers: Vec<Value> = world.numbers.iter().map(shown).collect();
    Json(json!({"numbers": numbers}))
}

fn shown(number: &Number) -> Value {
    let mut shown = json!(number.standing);
    shown["phone_number_id"] = json!(number.phone_number_id);
    shown["display_phone_number"] = json!(number.display_phone_number);
    shown["verified_name"] = json!(number.verified_name);
    shown["status"] = json!(number.standing.status());
    shown
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewNumber {
    display_phone_number: String,
    verified_name: String,
    pin: Option<String>,
    #[serde(default)]
    verified: bool,
    /// The token reaches it, but it is of another account of the business.
    #[serde(default)]
    other_account: bool,
}

/// One more number in the account, not registered yet.
pub(super) async fn add_number(
    State(shared): State<Arc<Shared>>,
    Input(new): Input<NewNumber>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    if !new.display_phone_number.starts_with('+') {
        return Err(Problem::field("display_phone_number", "A number with +"));
    }
    let mut world = shared.world();
    let mut standing = Standing::fresh();
    standing.pin = new.pin;
    standing.verified = new.verified;
    standing.other_account = new.other_account;
    let number = Number {
        phone_number_id: ids::digits(&mut world.rng, 15),
        display_phone_number: new.display_phone_number,
        verified_name: new.verified_name,
        standing,
    };
    let answer = shown(&number);
    world.numbers.push(number);
    Ok((StatusCode::CREATED, Json(answer)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NumberPatch {
    quality: Option<String>,
    name_status: Option<String>,
    throughput: Option<String>,
    verified: Option<bool>,
    registered: Option<bool>,
    pin: Option<String>,
    /// FLAGGED, RESTRICTED, BANNED, ...; "" for none.
    trouble: Option<String>,
}

/// Switches a number; the webhooks that Meta sends of it go out.
pub(super) async fn change_number(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Input(patch): Input<NumberPatch>,
) -> Result<Json<Value>, Problem> {
    let (answer, news) = {
        let mut world = shared.world();
        let limit = world.onboarding.account.messaging_limit.clone();
        let number = world
            .number(&id)
            .ok_or_else(|| Problem::not_found("No such number"))?;
        let number = &mut world.numbers[number];
        let news = told_of_number(number, &patch, &limit);
        apply(&mut number.standing, patch);
        (shown(number), news)
    };
    tell(&shared, news);
    Ok(Json(answer))
}

fn apply(standing: &mut Standing, patch: NumberPatch) {
    let set = |place: &mut String, value: Option<String>| {
        if let Some(value) = value {
            *place = value;
        }
    };
    set(&mut standing.quality, patch.quality);
    set(&mut standing.name_status, patch.name_status);
    set(&mut standing.throughput, patch.throughput);
    standing.verified = patch.verified.unwrap_or(standing.verified);
    standing.registered = patch.registered.unwrap_or(standing.registered);
    if let Some(trouble) = patch.trouble {
        standing.trouble = Some(trouble).filter(|trouble| !trouble.is_empty());
    }
    if patch.pin.is_some() {
        standing.pin = patch.pin;
    }
}

fn told_of_number(number: &Number, patch: &NumberPatch, limit: &str) -> Vec<News> {
    let standing = &number.standing;
    let digits = number.digits();
    let changed = |new: &Option<String>, old: &str| new.clone().filter(|new| new != old);
    let mut news = Vec::new();
    let quality = |event: &str| {
        let value = json!({
            "display_phone_number": digits, "event": event, "current_limit": limit,
            "max_daily_conversations_per_business": limit,
        });
        ("phone_number_quality_update", value)
    };
    match changed(&patch.quality, &standing.quality).as_deref() {
        Some("RED") => news.push(quality("FLAGGED")),
        // Of a medium rating nothing is told.
        Some("GREEN") if standing.quality == "RED" => news.push(quality("UNFLAGGED")),
        _ => {}
    }
    if changed(&patch.throughput, &standing.throughput).as_deref() == Some("HIGH") {
        news.push(quality("THROUGHPUT_UPGRADE"));
    }
    if let Some(status) = changed(&patch.name_status, &standing.name_status) {
        let decision = match status.as_str() {
            "DECLINED" | "EXPIRED" => "REJECTED",
            "PENDING_REVIEW" => "PENDING",
            _ => "APPROVED",
        };
        let value = json!({
            "display_phone_number": digits, "decision": decision,
            "requested_verified_name": number.verified_name, "rejection_reason": null,
        });
        news.push(("phone_number_name_update", value));
    }
    news
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AccountPatch {
    business_verification: Option<String>,
    review: Option<String>,
    messaging_limit: Option<String>,
    payment: Option<bool>,
    restricted: Option<bool>,
}

pub(super) async fn account(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!(shared.world().onboarding.account))
}

/// Switches the account; of a missing payment Meta tells nothing.
pub(super) async fn change_account(
    State(shared): State<Arc<Shared>>,
    Input(patch): Input<AccountPatch>,
) -> Json<Value> {
    let (answer, news) = {
        let mut world = shared.world();
        let account = &mut world.onboarding.account;
        let mut news: Vec<News> = Vec::new();
        if let Some(limit) = patch.messaging_limit {
            let value = json!({
                "max_daily_conversations_per_business": limit, "max_phone_numbers_per_waba": 20,
            });
            news.push(("business_capability_update", value));
            account.messaging_limit = limit;
        }
        if let Some(review) = patch.review {
            news.push(("account_review_update", json!({"decision": review})));
            account.review = review;
        }
        if let Some(verification) = patch.business_verification {
            account.business_verification = verification;
        }
        account.payment = patch.payment.unwrap_or(account.payment);
        if let Some(restricted) = patch.restricted.filter(|to| *to != account.restricted) {
            let state = if restricted { "DISABLE" } else { "REINSTATE" };
            let value = json!({
                "event": "DISABLED_UPDATE",
                "ban_info": {"waba_ban_state": state, "waba_ban_date": "November 19, 2026"},
            });
            news.push(("account_update", value));
            account.restricted = restricted;
        }
        (json!(account), news)
    };
    tell(&shared, news);
    Json(answer)
}

fn tell(shared: &Arc<Shared>, news: Vec<News>) {
    for (field, value) in news {
        shared.tell_of_account(field, &value);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenPatch {
    scopes: Option<Vec<String>>,
    /// In so many seconds; 0: never.
    expires_in: Option<i64>,
    revoked: Option<bool>,
}

/// Switches every token of the business.
pub(super) async fn change_token(
    State(shared): State<Arc<Shared>>,
    Input(patch): Input<TokenPatch>,
) -> StatusCode {
    let now = shared.now();
    for grant in &mut shared.world().onboarding.grants {
        if let Some(scopes) = &patch.scopes {
            grant.scopes.clone_from(scopes);
        }
        if let Some(seconds) = patch.expires_in {
            grant.expires_at = ends(now, seconds);
        }
        grant.revoked = patch.revoked.unwrap_or(grant.revoked);
    }
    StatusCode::NO_CONTENT
}

fn ends(now: Timestamp, seconds: i64) -> Option<Timestamp> {
    (seconds != 0)
        .then(|| now.checked_add(SignedDuration::from_secs(seconds)).ok())
        .flatten()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewToken {
    scopes: Option<Vec<String>>,
    expires_in: Option<i64>,
}

/// One more token of a system user.
pub(super) async fn new_token(
    State(shared): State<Arc<Shared>>,
    Input(new): Input<NewToken>,
) -> (StatusCode, Json<Value>) {
    let now = shared.now();
    let token = {
        let mut world = shared.world();
        let token = ids::token(&mut world.rng);
        let expires_at = new.expires_in.and_then(|seconds| ends(now, seconds));
        world.onboarding.add(token.clone(), new.scopes, expires_at);
        token
    };
    shared.log().hide(token.clone());
    (StatusCode::CREATED, Json(json!({"access_token": token})))
}

/// What the developer of the app finds on its pages.
pub(super) async fn app(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let identity = &shared.identity;
    Json(json!({
        "app_id": identity.app_id,
        "app_secret": identity.app_secret,
        "waba_id": identity.waba_id,
    }))
}

/// What Embedded Signup hands to the browser.
pub(super) async fn new_code(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let now = shared.now();
    let mut world = shared.world();
    let world = &mut *world;
    let code = world.onboarding.new_code(now, &mut world.rng);
    Json(json!({
        "code": code,
        "waba_id": shared.identity.waba_id,
        "business_id": shared.identity.business_id,
    }))
}
