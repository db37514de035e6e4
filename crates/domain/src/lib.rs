//! The business of a shared inbox: who wrote, what may be answered now, how far an answer got.
//!
//! Everything here is a value computed from values. No I/O, no clock, no chance, no async: `now` and
//! randomness are arguments, so that each rule can be read, tabled and tested at its exact instant.

pub mod conversation;
pub mod delivery;
pub mod identity;
pub mod ids;
pub mod inbound;
pub mod message;
pub mod permission;
pub mod text;
pub mod window;

pub use ids::{
    AgentId, ChannelId, ContactId, ConversationId, IdentityId, InvitationId, MessageId,
    QuarantineId, TryId, UserId, WorkspaceId,
};
pub use jiff::Timestamp;
