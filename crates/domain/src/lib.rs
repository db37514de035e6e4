//! The business of a shared inbox: who wrote, what may be answered now, how far an answer got.
//!
//! Everything here is a value computed from values. No I/O, no clock, no chance, no async: `now` and
//! randomness are arguments, so that each rule can be read, tabled and tested at its exact instant.

pub mod addresses;
pub mod cards;
pub mod connecting;
pub mod conversation;
pub mod delivery;
pub mod emoji;
pub mod fields;
pub mod identity;
pub mod ids;
pub mod inbound;
pub mod interactive;
pub mod media;
pub mod message;
pub mod outbound;
pub mod permission;
pub mod phone;
pub mod profile;
pub mod standing;
pub mod text;
pub mod window;

pub use ids::{
    AgentId, ChannelId, ContactId, ConversationId, IdentityId, InvitationId, MediaId, MergeId,
    MessageId, NoteId, QuarantineId, SetupId, TryId, UserId, WorkspaceId,
};
pub use jiff::Timestamp;
