//! What Graph answers.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Outcome, Refusal, UnknownCause};
use crate::errors;
use crate::json::Object;
use crate::webhook::status::detail;

/// What [`PhoneNumber`] is made of.
pub(super) const PHONE_NUMBER_FIELDS: &str = "id,display_phone_number,verified_name,quality_rating,status,\
     name_status,code_verification_status,platform_type,whatsapp_business_manager_messaging_limit,throughput,\
     is_pin_enabled,health_status";

/// A business number as Meta sees it. Its words are Meta's; new ones appear without notice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PhoneNumber {
    /// The `phone_number_id`.
    pub id: String,
    /// The number, formatted for people.
    pub display_phone_number: Option<String>,
    /// The name customers see.
    pub verified_name: Option<String>,
    /// GREEN, YELLOW, RED, UNKNOWN or NA.
    pub quality_rating: Option<String>,
    /// CONNECTED, or why it cannot send.
    pub status: Option<String>,
    /// Whether the name is approved.
    pub name_status: Option<String>,
    /// Whether the number is proven to be theirs.
    pub code_verification_status: Option<String>,
    /// `CLOUD_API` when registered here.
    pub platform_type: Option<String>,
    /// How many people the portfolio may write to first in 24 h, as a tier.
    #[serde(rename = "whatsapp_business_manager_messaging_limit")]
    pub messaging_limit: Option<String>,
    /// How fast it may send.
    pub throughput: Option<Throughput>,
    /// Whether a two-step PIN is set.
    #[serde(rename = "is_pin_enabled")]
    pub has_pin: Option<bool>,
    /// Whether messages can leave.
    #[serde(rename = "health_status")]
    pub health: Option<Health>,
}

/// How fast a number may send.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Throughput {
    /// STANDARD or HIGH.
    pub level: Option<String>,
}

/// Whether messages can leave, and what stands in their way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Health {
    /// AVAILABLE, LIMITED or BLOCKED.
    #[serde(rename = "can_send_message")]
    pub can_send: Option<String>,
    /// Number, account, business, app.
    #[serde(default)]
    pub entities: Vec<HealthEntity>,
}

/// One of those that a message passes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HealthEntity {
    /// `PHONE_NUMBER`, `WABA`, `BUSINESS` or `APP`.
    #[serde(rename = "entity_type")]
    pub kind: Option<String>,
    /// AVAILABLE, LIMITED or BLOCKED.
    #[serde(rename = "can_send_message")]
    pub can_send: Option<String>,
    /// Why.
    #[serde(default)]
    pub errors: Vec<HealthError>,
}

/// What stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HealthError {
    /// Meta's number for it.
    #[serde(rename = "error_code")]
    pub code: Option<i64>,
    /// Meta's words.
    #[serde(rename = "error_description")]
    pub detail: Option<String>,
}

/// The answer to a send that Graph took. Without an id nobody can say which message it was.
pub(super) fn accepted(body: &[u8]) -> Outcome {
    let id = whole(body).and_then(|answer| first(&answer, "messages")?.id("id"));
    let Some(external_id) = id else {
        let why = UnknownCause::UnreadableSuccess;
        return Outcome::Unknown { why };
    };
    let wa_id = whole(body).and_then(|answer| first(&answer, "contacts")?.id("wa_id"));
    Outcome::Accepted { external_id, wa_id }
}

/// Graph's error envelope, if the body is one.
pub(super) fn refusal(body: &[u8], http: u16) -> Option<Refusal> {
    let error = whole(body)?.object("error")?;
    let code = error.integer("code")?;
    let subcode = error.integer("error_subcode");
    Some(Refusal {
        code,
        subcode,
        detail: detail(&error),
        http,
        advice: errors::advice_with(code, subcode),
    })
}

pub(super) fn whole(body: &[u8]) -> Option<Object<'_>> {
    let raw: &RawValue = serde_json::from_slice(body).ok()?;
    Object::parse(raw)
}

fn first<'a>(answer: &Object<'a>, list: &str) -> Option<Object<'a>> {
    answer.list(list).into_iter().next().and_then(Object::parse)
}
