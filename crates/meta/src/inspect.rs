//! A webhook body told to a person: one line per event, for `charla webhook inspect`.

use domain::Timestamp;
use domain::identity::{IdentityKey, IdentityKind};
use domain::inbound::Moved;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::json::Object;
use crate::webhook::NotJson;
use crate::webhook::walk::{Element, What, elements_of};
use crate::webhook::{content, message, moved, person, status};

/// One event. Serialised, its fields are the keys of the line, in this order; what is absent is `null`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Line {
    /// The `phone_number_id`.
    pub channel: Option<String>,
    /// Meta's type of the message, `status.<status>`, `event.<field>`, `ignored` or `quarantined`.
    pub kind: String,
    /// The message's id.
    pub external_id: Option<String>,
    /// When it happened, by Meta's clock.
    pub at: Option<Timestamp>,
    /// Whom it is about: the BSUID if there is one, else the `wa_id`.
    pub identity: Option<String>,
    /// The words in it.
    pub text: Option<String>,
    /// Why it could not be read; a key of quarantined lines only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Tells every event of a webhook body, in the order of the body.
pub fn inspect(body: &[u8]) -> Result<Vec<Line>, NotJson> {
    Ok(elements_of(body)?.into_iter().map(line).collect())
}

fn line(element: Element<'_>) -> Line {
    let line = match element.what {
        What::Message(raw, contacts) | What::GroupMessage(raw, contacts) => {
            let told = message::read(raw, &contacts);
            told.map_or_else(|why| quarantined(why, raw), |told| of_message(told, raw))
        }
        What::Status(raw, contacts) => {
            status::read(raw, &contacts).map_or_else(|why| quarantined(why, raw), of_status)
        }
        What::Move(raw) => {
            moved::read(raw).map_or_else(|why| quarantined(why, raw), |moved| of_move(&moved))
        }
        What::Event { field, at, raw } => of_event(&field, at, raw),
        What::Ignored { .. } => ignored(),
        What::Unreadable { reason, .. } => unreadable(reason),
    };
    Line {
        channel: element.channel.map(|channel| channel.external_id),
        ..line
    }
}

fn of_message(told: message::Told, raw: &RawValue) -> Line {
    Line {
        kind: told.word,
        identity: identity(&told.message.from.keys),
        external_id: Some(told.message.external_id),
        at: Some(told.message.at),
        text: told.message.text.or_else(|| notice(raw)),
        ..Line::default()
    }
}

/// The provider's own sentence of a system line, which the thread words itself.
fn notice(raw: &RawValue) -> Option<String> {
    Object::parse(raw)?.object("system")?.text("body")
}

fn of_status(told: status::Told) -> Line {
    let status::Told::Report(status) = told else {
        return ignored();
    };
    Line {
        kind: format!("status.{}", status.report.as_str()),
        external_id: Some(status.external_id),
        at: Some(status.at),
        identity: identity(&status.recipient),
        ..Line::default()
    }
}

fn of_move(moved: &Moved) -> Line {
    Line {
        kind: "event.user_id_update".to_owned(),
        at: Some(moved.at),
        identity: identity(&moved.to),
        ..Line::default()
    }
}

fn of_event(field: &str, at: Option<Timestamp>, raw: &RawValue) -> Line {
    Line {
        kind: format!("event.{field}"),
        at,
        ..found_in(raw)
    }
}

/// An element that is one, but lacks what Charla cannot do without.
fn quarantined(reason: &str, raw: &RawValue) -> Line {
    Line {
        kind: "quarantined".to_owned(),
        reason: Some(reason.to_owned()),
        ..found_in(raw)
    }
}

fn unreadable(reason: &str) -> Line {
    Line {
        kind: "quarantined".to_owned(),
        reason: Some(reason.to_owned()),
        ..Line::default()
    }
}

/// Which, when, whom and what: some elements say it, all under the same names. An echo is of the business's
/// own message, so the customer is whom it went to.
fn found_in(raw: &RawValue) -> Line {
    let Some(element) = Object::parse(raw) else {
        return Line::default();
    };
    let identities = [
        "user_id",
        "to_user_id",
        "from_user_id",
        "recipient_user_id",
        "wa_id",
        "to",
        "from",
        "recipient_id",
    ];
    let says = element
        .text("type")
        .and_then(|word| content::of(&word, &element));
    Line {
        external_id: element.id("id"),
        at: person::timestamp(&element, "timestamp"),
        identity: identities.into_iter().find_map(|key| element.id(key)),
        text: says.and_then(|says| says.text),
        ..Line::default()
    }
}

fn ignored() -> Line {
    Line {
        kind: "ignored".to_owned(),
        ..Line::default()
    }
}

/// Keys come most durable first, but an enterprise's id is not the person's: BSUID, else `wa_id`.
fn identity(keys: &[IdentityKey]) -> Option<String> {
    [IdentityKind::Bsuid, IdentityKind::WaId]
        .into_iter()
        .find_map(|kind| keys.iter().find(|key| key.kind == kind))
        .map(|key| key.value.clone())
}
