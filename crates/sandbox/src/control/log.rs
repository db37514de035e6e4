//! The log, and webhooks that are sent by hand.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::problem::{Input, Problem};
use crate::{
    courier::{self, Webhook},
    log::{Detail, Sent, Way},
    payload,
    shared::Shared,
};

const PAGE: usize = 200;
const LONGEST_WAIT: u64 = 30;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    after: Option<u64>,
    limit: Option<usize>,
    wait: Option<u64>,
}

/// Entries after a number, or the last ones. With `wait` the answer comes when there is one, or after
/// that many seconds.
pub(super) async fn entries(
    State(shared): State<Arc<Shared>>,
    page: Result<Query<Page>, QueryRejection>,
) -> Result<Json<Value>, Problem> {
    let Query(page) = page?;
    if let (Some(after), Some(wait)) = (page.after, page.wait) {
        let mut grew = shared.log_grew.subscribe();
        let mut stopping = shared.stopping.subscribe();
        let wait = Duration::from_secs(wait.min(LONGEST_WAIT));
        tokio::select! {
            _ = grew.wait_for(|last| *last > after) => {}
            _ = stopping.wait_for(|stop| *stop) => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
    let limit = page.limit.unwrap_or(PAGE).clamp(1, 2_000);
    let log = shared.log();
    let entries = log.entries(page.after, limit);
    let next = entries
        .last()
        .map_or_else(|| page.after.unwrap_or(log.last()), crate::log::Entry::n);
    Ok(Json(json!({"entries": entries, "next": next})))
}

/// Sends the bytes of a webhook once more.
pub(super) async fn replay(
    State(shared): State<Arc<Shared>>,
    Path(n): Path<u64>,
) -> Result<Json<Value>, Problem> {
    let call = shared
        .log()
        .call(n)
        .cloned()
        .ok_or_else(|| Problem::not_found("No such entry, or it is too old"))?;
    if call.way == Way::FromCharla {
        return Err(Problem::new(
            409,
            "not-a-webhook",
            "Only what went to Charla can be sent again",
        ));
    }
    let body = serde_json::from_str(&call.request).unwrap_or_default();
    let number = number(&body);
    if shared.subscription().url(number.as_deref()).is_none() {
        return Err(Problem::new(409, "no-callback", "No callback is known yet"));
    }
    let webhook = Webhook {
        number,
        kind: call.kind,
        detail: call.detail.sent(Sent::Replay),
        body: call.request,
        queued: shared.now(),
    };
    let answer = courier::post(&shared, &webhook).await;
    Ok(Json(answered(answer)))
}

fn answered(answer: courier::Answer) -> Value {
    json!({"n": answer.n, "http": answer.http, "took_ms": answer.took_ms})
}

/// Signs and delivers a body as it is; or a `value`, in the usual envelope.
pub(super) async fn raw(
    State(shared): State<Arc<Shared>>,
    Input(mut body): Input<Map<String, Value>>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let body = match (body.remove("value"), body.contains_key("object")) {
        (Some(value), false) => {
            let field = body.remove("field").unwrap_or_else(|| json!("messages"));
            let of_messages = field
                .as_str()
                .is_some_and(|field| OF_MESSAGES.contains(&field));
            let change = json!({"field": field, "value": value});
            let mut body = payload::wrap(&shared.identity.waba_id, &[change]);
            if !of_messages {
                body["entry"][0]["time"] = json!(shared.now().as_second());
            }
            body
        }
        (None, true) => Value::Object(body),
        _ => {
            return Err(Problem::field(
                "value",
                "Either a value, or a whole body with object and entry",
            ));
        }
    };
    let webhook = Webhook {
        number: number(&body),
        kind: kind(&body),
        detail: Detail::default().sent(Sent::ByHand),
        body: payload::escaped(&body).into(),
        queued: shared.now(),
    };
    match courier::deliver_raw(&shared, webhook).await {
        Some(answer) => Ok((StatusCode::OK, Json(answered(answer)))),
        None => Ok((
            StatusCode::ACCEPTED,
            Json(json!({"n": null, "http": null, "took_ms": null})),
        )),
    }
}

/// The fields whose entries carry no `time`.
const OF_MESSAGES: [&str; 7] = [
    "calls",
    "history",
    "messages",
    "smb_app_state_sync",
    "smb_message_echoes",
    "user_id_update",
    "user_preferences",
];

fn first_change(body: &Value) -> &Value {
    &body["entry"][0]["changes"][0]
}

/// The `phone_number_id` a body is about.
fn number(body: &Value) -> Option<String> {
    let number = &first_change(body)["value"]["metadata"]["phone_number_id"];
    number.as_str().map(str::to_owned)
}

fn kind(body: &Value) -> String {
    let change = first_change(body);
    let kind = match change["field"].as_str() {
        Some("messages") if change["value"]["statuses"].is_array() => "status",
        Some(field) => field,
        None => "raw",
    };
    kind.to_owned()
}
