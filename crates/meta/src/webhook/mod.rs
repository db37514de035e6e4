//! What a webhook body says.
//!
//! A body may hold a thousand updates of many accounts. Each is read by itself: one that cannot be read is
//! quarantined alone and spoils none of its neighbours. Everything here is pure; the same bytes give the
//! same items.

mod cards;
pub(crate) mod content;
pub(crate) mod fields;
mod handshake;
mod kept;
mod made;
pub(crate) mod message;
pub(crate) mod moved;
pub(crate) mod person;
pub(crate) mod status;
pub(crate) mod walk;

use domain::Timestamp;
use domain::inbound::{ChannelKey, News};
use serde_json::value::RawValue;

pub use fields::may_change_standing;
pub use handshake::Handshake;
pub use kept::card_of;
pub use made::text_body;
use walk::{Element, What};

/// The body is not JSON, so there is nothing in it to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is not JSON")]
pub struct NotJson;

/// The account events that hold what people write. The others are facts, or wishes that count for good.
pub const WRITTEN_BY_PEOPLE: [&str; 2] = [GROUP_MESSAGE, "smb_message_echoes"];

const GROUP_MESSAGE: &str = "group_message";

/// One thing that a webhook says.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The channel it speaks of; account-wide events name none.
    pub channel: Option<ChannelKey>,
    /// The provider's id of the account: the WABA.
    pub account_id: Option<String>,
    /// What we make of it.
    pub reading: Reading,
}

/// What we make of one element of a webhook.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// Something for a conversation. Its item always names a channel.
    Update(News),
    /// Something about an account, a number, a template or a person's wishes, kept as it came. Its item
    /// names the account, and the channel where the webhook does.
    Account {
        /// Meta's name for it: the webhook field, or `errors` and `group_message` inside `messages`.
        field: String,
        /// When it happened: its own `timestamp`, else the `time` of its entry. Meta gives `errors` neither.
        at: Option<Timestamp>,
        /// The JSON as received: the change's `value`, or one element of the list in it where the field has
        /// one (`user_preferences`, `smb_message_echoes`, `errors`, `group_message`).
        raw: String,
    },
    /// Nothing Charla uses.
    Ignored {
        /// Meta's name for it.
        field: String,
    },
    /// It could not be read.
    Quarantined {
        /// Why: a code such as `message_without_id`.
        reason: String,
        /// The JSON as received.
        raw: String,
    },
}

/// Reads every element of a webhook body, in the order of the body.
pub fn read(body: &[u8]) -> Result<Vec<Item>, NotJson> {
    let elements = walk::elements_of(body)?;
    let mut items = Vec::with_capacity(elements.len());
    for element in elements {
        let Element {
            channel,
            account_id,
            what,
        } = element;
        items.push(Item {
            channel,
            account_id,
            reading: reading(what),
        });
    }
    Ok(items)
}

/// An element is one reading. A system line about new ids is the move alone, which has its own line.
fn reading(what: What<'_>) -> Reading {
    match what {
        What::Message(raw, contacts) => match message::read(raw, &contacts) {
            Err(reason) => quarantined(reason, raw),
            Ok(message) => Reading::Update(match message.moved {
                Some(moved) => News::Moved(moved.into()),
                None => News::Message(message.message.into()),
            }),
        },
        What::GroupMessage(raw, contacts) => match message::read(raw, &contacts) {
            Err(reason) => quarantined(reason, raw),
            Ok(told) => account(GROUP_MESSAGE, Some(told.message.at), raw),
        },
        What::Status(raw, contacts) => match status::read(raw, &contacts) {
            Ok(status::Told::Report(status)) => Reading::Update(News::Status(status.into())),
            Ok(status::Told::Other(field)) => Reading::Ignored { field },
            Err(reason) => quarantined(reason, raw),
        },
        What::Move(raw) => match moved::read(raw) {
            Ok(moved) => Reading::Update(News::Moved(moved.into())),
            Err(reason) => quarantined(reason, raw),
        },
        What::Event { field, at, raw } => account(&field, at, raw),
        What::Ignored { field } => Reading::Ignored { field },
        What::Unreadable { reason, raw } => quarantined(reason, raw),
    }
}

fn account(field: &str, at: Option<Timestamp>, raw: &RawValue) -> Reading {
    Reading::Account {
        field: field.to_owned(),
        at,
        raw: raw.get().to_owned(),
    }
}

fn quarantined(reason: &str, raw: &RawValue) -> Reading {
    Reading::Quarantined {
        reason: reason.to_owned(),
        raw: raw.get().to_owned(),
    }
}
