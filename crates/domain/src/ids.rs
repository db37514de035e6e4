//! Ids whose type says what they name, and whose text says it again.
//!
//! The text form is a prefix and the UUID's 32 hex digits, `cnv_0193c0ffee...`: an id pasted into the
//! wrong field is refused at the border instead of finding nothing. They are UUIDv7, so that rows
//! written together lie together.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The text was not an id of the kind that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected an id that begins with {prefix}_")]
pub struct NotAnId {
    /// The prefix that was expected, without the underscore.
    pub prefix: &'static str,
}

/// A time-ordered UUID for `now`; the random part comes from `chance`.
fn at(now: Timestamp, chance: [u8; 10]) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &chance).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// The prefix of the text form, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, ordered by `now`; `chance` must be fresh random bytes.
            #[must_use]
            pub fn new(now: Timestamp, chance: [u8; 10]) -> Self {
                Self(at(now, chance))
            }

            /// The id a database row holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The form a database row holds.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self)
                    .ok_or(NotAnId { prefix: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9a-f]{32}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

ids! {
    /// One company's account; nothing crosses its wall.
    WorkspaceId = "wsp";
    /// A person who signs in; known to the whole install.
    UserId = "usr";
    /// A user's membership of one workspace.
    AgentId = "agt";
    /// An open invitation to join a workspace.
    InvitationId = "inv";
    /// One connected number, page, account or website.
    ChannelId = "chn";
    /// A person who writes to us.
    ContactId = "ctc";
    /// How one channel kind knows a contact.
    IdentityId = "idn";
    /// The joining of two contacts.
    MergeId = "mrg";
    /// What a colleague wrote about a contact.
    NoteId = "nte";
    /// One thread with one contact on one channel.
    ConversationId = "cnv";
    /// One line of a thread: inbound, outbound, note or event.
    MessageId = "msg";
    /// One file of a message.
    MediaId = "med";
    /// One handing-over of an outbound message to the provider.
    TryId = "try";
    /// One element of a webhook that could not be read.
    QuarantineId = "qrt";
    /// A number on its way to be connected.
    SetupId = "stp";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text_and_from_no_other_kind() {
        let id = ConversationId::new(Timestamp::UNIX_EPOCH, [7; 10]);
        let text = id.to_string();
        assert!(text.starts_with("cnv_"));
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.parse::<MessageId>(), Err(NotAnId { prefix: "msg" }));
        assert!("cnv_".parse::<ConversationId>().is_err());
        assert!("cnv_0193".parse::<ConversationId>().is_err());
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let early = MessageId::new(Timestamp::from_second(1).unwrap(), [255; 10]);
        let late = MessageId::new(Timestamp::from_second(2).unwrap(), [0; 10]);
        assert!(early < late);
    }
}
