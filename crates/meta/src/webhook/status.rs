//! What became of a message of ours.

use domain::delivery::Report;
use domain::identity::IdentityKey;
use domain::inbound::Status;
use domain::message::Failure;
use serde_json::value::RawValue;

use super::person::{Contacts, timestamp};
use crate::json::Object;

/// What one element of `statuses` says.
pub(crate) enum Told {
    /// A report about a message.
    Report(Status),
    /// Nothing Charla uses: a call, or a word we do not know.
    Other(String),
}

/// Reads one element of `statuses`.
pub(crate) fn read(raw: &RawValue, contacts: &Contacts) -> Result<Told, &'static str> {
    let status = Object::parse(raw).ok_or("status_not_an_object")?;
    if status.text("type").as_deref() == Some("call") {
        return Ok(Told::Other("statuses.call".to_owned()));
    }
    let word = status.text("status").ok_or("status_without_status")?;
    let Some(report) = Report::parse(&word) else {
        return Ok(Told::Other(format!("statuses.{word}")));
    };
    let verbatim = |key| status.raw(key).map(|raw| raw.get().to_owned());
    Ok(Told::Report(Status {
        external_id: status.id("id").ok_or("status_without_id")?,
        at: timestamp(&status, "timestamp").ok_or("status_without_timestamp")?,
        report,
        try_ref: status.text("biz_opaque_callback_data"),
        recipient: recipient(&status, contacts),
        failure: (report == Report::Failed)
            .then(|| failure(&status))
            .flatten(),
        pricing: verbatim("pricing"),
        conversation: verbatim("conversation"),
    }))
}

/// In a group `recipient_id` is the group; the person is the participant.
fn recipient(status: &Object<'_>, contacts: &Contacts) -> Vec<IdentityKey> {
    let (bsuid, parent, wa_id) = if status.text("recipient_type").as_deref() == Some("group") {
        let participant = status.id("recipient_participant_id");
        (
            status.id("recipient_participant_user_id"),
            None,
            participant,
        )
    } else {
        (
            status.id("recipient_user_id"),
            status.id("recipient_parent_user_id"),
            status.id("recipient_id"),
        )
    };
    contacts.person(bsuid, parent, wa_id).keys
}

fn failure(status: &Object<'_>) -> Option<Failure> {
    let error = status.list("errors").into_iter().find_map(|raw| {
        let error = Object::parse(raw)?;
        Some((error.integer("code")?, error))
    });
    error.map(|(code, error)| Failure {
        code,
        detail: detail(&error),
    })
}

/// The most telling words of an error object, in a webhook or in an answer.
pub(crate) fn detail(error: &Object<'_>) -> Option<String> {
    error
        .object("error_data")
        .and_then(|data| data.text("details"))
        .or_else(|| error.text("error_data"))
        .or_else(|| error.text("error_user_msg"))
        .or_else(|| error.text("message"))
        .or_else(|| error.text("title"))
}
