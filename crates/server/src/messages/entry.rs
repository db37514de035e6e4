//! A line of a thread as the API tells it.

use domain::Timestamp;
use serde::Serialize;
use serde_json::Value;
use store::Line;
use utoipa::ToSchema;

/// Why a message did not arrive, and what helps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FailureView {
    /// The provider's error code; the browser words it.
    pub code: i64,
    /// The provider's own words, for the details.
    pub detail: Option<String>,
    /// retry, template, fix or never.
    pub advice: &'static str,
}

/// One line of a thread: inbound, outbound, note or event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Entry {
    /// The line itself.
    #[serde(flatten)]
    pub line: Line,
    /// Why it failed, if it did, or why it waits for another try.
    pub failure: Option<FailureView>,
}

impl From<Line> for Entry {
    fn from(mut line: Line) -> Self {
        if let Some(card) = line.parts.first().and_then(card_of) {
            line.parts.insert(0, card);
        }
        let failure = line.failure_code.map(|code| FailureView {
            code,
            detail: line.failure_detail.clone(),
            advice: meta::errors::advice(code).user.as_str(),
        });
        Self { line, failure }
    }
}

/// The card of a part that was kept raw alone, as programs before schema version 7 kept them.
fn card_of(first: &Value) -> Option<Value> {
    if first["type"] != "raw" {
        return None;
    }
    let card = meta::webhook::card_of(first["name"].as_str()?, &first["json"])?;
    serde_json::to_value(card).ok()
}

/// A page of a thread.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ThreadPage {
    /// Its lines, the oldest first.
    pub entries: Vec<Entry>,
    /// Where the page before this one begins; null at the beginning of the thread.
    pub older: Option<String>,
    /// How far the asking agent has read.
    pub read_seq: i64,
    /// The asking agent's unsent texts.
    pub drafts: store::Drafts,
    /// The workspace's cursor when this was read.
    pub cursor: i64,
}

/// All there is to know about one message.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(super) struct MessageDetails {
    /// The message.
    pub entry: Entry,
    /// Each time it was handed over, the first first.
    pub tries: Vec<store::Try>,
    /// What was reported about it.
    pub statuses: Vec<store::StatusFact>,
    /// The provider's id.
    pub external_id: Option<String>,
    /// Business time.
    #[schema(value_type = String, format = DateTime)]
    pub now: Timestamp,
}
