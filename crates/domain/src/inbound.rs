//! What a provider tells us, in our words.
//!
//! `meta` turns payloads into these; `store` applies them. Nothing here knows a provider's field names.

use jiff::Timestamp;

use crate::delivery::Report;
use crate::identity::{ChannelKind, IdentityKey};
use crate::message::{Failure, MessageKind, Part};

/// Which connected thing an update speaks of, by the provider's own id.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChannelKey {
    /// Kind of the channel.
    pub kind: ChannelKind,
    /// The provider's id: the `phone_number_id` of a WhatsApp number.
    pub external_id: String,
}

/// One update of one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// The channel it belongs to.
    pub channel: ChannelKey,
    /// What happened.
    pub news: News,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// A customer wrote, tapped, reacted, edited or deleted.
    Message(Box<InboundMessage>),
    /// One of our messages got somewhere.
    Status(Box<Status>),
    /// The same person has new ids.
    Moved(Box<Moved>),
}

/// Somebody who wrote, with everything the provider says about who they are.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// At least one; the most durable first.
    pub keys: Vec<IdentityKey>,
    /// The name they gave themselves.
    pub name: Option<String>,
    /// Their public handle, shown and searched, never matched on.
    pub username: Option<String>,
}

/// A message from a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundMessage {
    /// The provider's message id, unique in its channel for ever.
    pub external_id: String,
    /// The provider's second.
    pub at: Timestamp,
    /// Who wrote.
    pub from: Person,
    /// What kind of message.
    pub kind: MessageKind,
    /// The words in it, if it has any: body, caption, chosen title.
    pub text: Option<String>,
    /// What it is made of.
    pub parts: Vec<Part>,
    /// The provider's id of the message it answers.
    pub reply_to: Option<String>,
    /// How they came here (an ad, a post), as the provider wrote it: JSON.
    pub referral: Option<String>,
}

/// A report about one of our messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// The provider's id of our message.
    pub external_id: String,
    /// The provider's second.
    pub at: Timestamp,
    /// What is reported.
    pub report: Report,
    /// Our try's id, if the provider echoed it.
    pub try_ref: Option<String>,
    /// Who it was for, as far as the report says.
    pub recipient: Vec<IdentityKey>,
    /// Why, when it failed.
    pub failure: Option<Failure>,
    /// The raw `pricing` object: JSON, a fact of money.
    pub pricing: Option<String>,
    /// The raw `conversation` object: JSON, a fact of money.
    pub conversation: Option<String>,
}

/// A person whose ids changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// The provider's id of the line that said so, if it came as a message.
    pub external_id: Option<String>,
    /// The provider's second.
    pub at: Timestamp,
    /// The ids we may know them by.
    pub from: Vec<IdentityKey>,
    /// The ids they have from now on.
    pub to: Vec<IdentityKey>,
}
