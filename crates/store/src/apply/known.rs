//! The part of a workspace that a set of updates touches, as values.

use std::collections::{HashMap, HashSet};

use super::ours::Ours;
use domain::conversation::{Standing, State};
use domain::identity::IdentityKey;
use domain::inbound::{InboundMessage, Status};
use domain::window::{FreeEntry, Heard};
use domain::{
    AgentId, ChannelId, ContactId, ConversationId, IdentityId, MessageId, Timestamp, TryId,
};

/// What a provider calls a message, in its channel.
pub(super) type ExternalKey = (ChannelId, String);
/// Where threads hang.
pub(super) type ThreadKey = (ChannelId, IdentityId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) canonical: IdentityId,
    pub(super) contact: ContactId,
}

#[derive(Debug, Clone)]
pub(super) struct Conversation {
    pub(super) id: ConversationId,
    pub(super) number: i64,
    pub(super) state: State,
    pub(super) assignee: Option<AgentId>,
    pub(super) opened_at: Timestamp,
    pub(super) resolved_at: Option<Timestamp>,
    pub(super) last_message: Option<MessageId>,
    pub(super) last_at: Timestamp,
    pub(super) last_seq: i64,
    pub(super) last_inbound_seq: i64,
    pub(super) waiting_since: Option<Timestamp>,
    /// How far the assignee has read.
    pub(super) assignee_read: i64,
    /// How it stood when it was loaded; `None` if this change starts it.
    pub(super) before: Option<Standing>,
    pub(super) version: i64,
}

impl Conversation {
    pub(super) fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            assignee: self.assignee,
            unread_by_assignee: self.assignee.is_some()
                && self.last_inbound_seq > self.assignee_read,
        }
    }
}

#[derive(Debug, Clone, Default)]
pub(super) struct Thread {
    /// The latest conversation.
    pub(super) conversation: Option<Conversation>,
    pub(super) heard: Heard,
    pub(super) free_entry: FreeEntry,
    pub(super) touched: bool,
    /// Conversations this change put behind a newer one, to be saved too.
    pub(super) older: Vec<Conversation>,
}

/// One handing-over of one of our messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Try {
    pub(super) channel: ChannelId,
    pub(super) message: MessageId,
    pub(super) number: i64,
    /// Whether the provider is known to have accepted it.
    pub(super) proved: bool,
}

/// A line to be inserted.
#[derive(Debug)]
pub(super) struct NewLine<'a> {
    pub(super) id: MessageId,
    pub(super) channel: ChannelId,
    pub(super) identity: IdentityId,
    pub(super) conversation: ConversationId,
    pub(super) seq: i64,
    pub(super) received_at: Timestamp,
    pub(super) reply_to: Option<MessageId>,
    pub(super) what: Line<'a>,
}

#[derive(Debug)]
pub(super) enum Line<'a> {
    /// A customer's message, and the second it stands at.
    Message(&'a InboundMessage, Timestamp),
    /// The customer's message reopened a resolved conversation.
    Reopened { at: Timestamp },
}

#[derive(Debug)]
pub(super) struct NewStatus<'a> {
    pub(super) channel: ChannelId,
    pub(super) received_at: Timestamp,
    pub(super) try_id: Option<TryId>,
    pub(super) message: Option<MessageId>,
    pub(super) status: &'a Status,
}

/// Everything loaded, changed and new.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    pub(super) identities: HashMap<IdentityKey, Identity>,
    /// People who are known by a BSUID.
    pub(super) bsuids: HashSet<IdentityId>,
    pub(super) usernames: HashMap<IdentityId, String>,
    pub(super) threads: HashMap<ThreadKey, Thread>,
    /// Inbound messages that are stored already.
    pub(super) stored: HashSet<ExternalKey>,
    /// Messages, ours or theirs, by the provider's id: what quotes and statuses point at.
    pub(super) by_external: HashMap<ExternalKey, MessageId>,
    /// Tries by the provider's id, for statuses that do not echo ours.
    pub(super) try_of: HashMap<ExternalKey, TryId>,
    pub(super) by_try: HashMap<TryId, Try>,
    pub(super) ours: HashMap<MessageId, Ours>,

    pub(super) new_contacts: Vec<(ContactId, String)>,
    pub(super) new_identities: Vec<(IdentityId, IdentityKey, Identity)>,
    pub(super) new_usernames: HashMap<IdentityId, String>,
    pub(super) new_terms: Vec<(ContactId, Vec<String>)>,
    pub(super) new_lines: Vec<NewLine<'a>>,
    pub(super) new_statuses: Vec<NewStatus<'a>>,
    /// Tries that a status proved to have been accepted, and under which id.
    pub(super) settled_tries: HashMap<TryId, String>,
}
