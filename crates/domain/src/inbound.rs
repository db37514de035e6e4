//! What a provider tells us, in our words.
//!
//! `meta` turns payloads into these; `store` applies them. Nothing here knows a provider's field names.

use jiff::{SignedDuration, Timestamp};

use crate::delivery::Report;
use crate::identity::{ChannelKind, IdentityKey, IdentityKind};
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

/// How far a provider's clock may run ahead of ours before its time is not believed.
pub const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(1);

/// The second that something stands at in lists and threads: the provider's, but for one that lies ahead of
/// `now`, when it came. A wrong clock must not put a line behind those that are still to come.
fn stands_at(said: Timestamp, now: Timestamp) -> Timestamp {
    let latest = now + CLOCKS_DIFFER_BY;
    if said <= latest {
        return said;
    }
    Timestamp::from_second(now.as_second()).unwrap_or(now)
}

impl InboundMessage {
    /// The second that it stands at in lists and threads.
    #[must_use]
    pub fn stands_at(&self, now: Timestamp) -> Timestamp {
        stands_at(self.at, now)
    }
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

/// One id that took the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changed<'a> {
    /// Which way of knowing.
    pub kind: IdentityKind,
    /// The id before, if the provider told it.
    pub from: Option<&'a str>,
    /// The id from now on.
    pub to: &'a str,
}

impl Moved {
    /// The second that its line stands at in the thread.
    #[must_use]
    pub fn stands_at(&self, now: Timestamp) -> Timestamp {
        stands_at(self.at, now)
    }

    /// Which ids are new. One that stands on both sides says who is meant, and changes nothing.
    #[must_use]
    pub fn changes(&self) -> Vec<Changed<'_>> {
        let before = |kind| self.from.iter().find(|key| key.kind == kind);
        let new = self.to.iter().filter(|key| !self.from.contains(key));
        new.map(|key| Changed {
            kind: key.kind,
            from: before(key.kind).map(|key| key.value.as_str()),
            to: &key.value,
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_on_both_sides_is_no_change() {
        let number = IdentityKey::new(IdentityKind::WaId, "34600000001");
        let bsuid = |value| IdentityKey::new(IdentityKind::Bsuid, value);
        let moved = Moved {
            external_id: None,
            at: Timestamp::UNIX_EPOCH,
            from: vec![bsuid("ES.1"), number.clone()],
            to: vec![bsuid("ES.2"), number],
        };
        let expect = Changed {
            kind: IdentityKind::Bsuid,
            from: Some("ES.1"),
            to: "ES.2",
        };
        assert_eq!(moved.changes(), [expect]);
    }

    #[test]
    fn a_message_from_the_future_stands_where_it_came() {
        let second = |s| Timestamp::from_second(s).unwrap();
        let now = second(1_000) + SignedDuration::from_millis(900);
        for (case, said, stands) in [
            ("late", 10, 10),
            ("now", 1_000, 1_000),
            ("a clock that is a little ahead", 1_060, 1_060),
            ("a clock that is wrong", 1_061, 1_000),
            ("next year", 32_000_000, 1_000),
        ] {
            let message = InboundMessage {
                external_id: String::new(),
                at: second(said),
                from: Person::default(),
                kind: MessageKind::Text,
                text: None,
                parts: Vec::new(),
                reply_to: None,
                referral: None,
            };
            assert_eq!(message.stands_at(now), second(stands), "{case}");
        }
    }
}
