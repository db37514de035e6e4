//! The part of a workspace that a set of updates touches, as values.

use std::collections::{HashMap, HashSet};

use super::ours::Ours;
use domain::conversation::{Standing, State};
use domain::identity::{IdentityKey, IdentityKind, Reason};
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
    /// Whose it is now.
    pub(super) contact: ContactId,
    /// Whose it is without merges.
    pub(super) home: ContactId,
}

/// Since when an id names somebody, and until when the provider said that it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) since: Timestamp,
    pub(super) left_at: Option<Timestamp>,
}

/// What somebody is called.
#[derive(Debug, Clone, Default)]
pub(super) struct Called {
    pub(super) username: Option<String>,
    /// As they call themselves.
    pub(super) profile: Option<String>,
    /// As their contact is called.
    pub(super) contact: String,
    /// Whether the change alters the first two, or the third.
    pub(super) changed: bool,
    pub(super) renamed: bool,
}

/// What the provider said of one id that took another's place.
#[derive(Debug, Clone)]
pub(super) struct NewMove {
    pub(super) key: IdentityKey,
    pub(super) at: Timestamp,
    pub(super) was: Option<String>,
    pub(super) identity: IdentityId,
    pub(super) held_by: Option<IdentityId>,
}

/// Two people who may be one, the smaller id first.
#[derive(Debug, Clone)]
pub(super) struct NewSuggestion {
    pub(super) pair: (IdentityId, IdentityId),
    pub(super) reason: Reason,
    pub(super) params: serde_json::Value,
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
    /// The customer has a new id.
    Moved {
        external_id: Option<&'a str>,
        at: Timestamp,
        kind: &'static str,
        params: serde_json::Value,
    },
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
    pub(super) called: HashMap<IdentityId, Called>,
    /// Who uses a username, by the canonical identity, and under which name.
    pub(super) namesakes: HashMap<String, Vec<(IdentityId, String)>>,
    pub(super) marks: HashMap<IdentityKey, Mark>,
    /// When the latest of somebody's ids of a kind became theirs.
    pub(super) latest: HashMap<(IdentityId, IdentityKind), Timestamp>,
    /// When the provider said before that somebody has this id now.
    pub(super) told: HashMap<IdentityKey, Vec<Timestamp>>,
    pub(super) threads: HashMap<ThreadKey, Thread>,
    /// Inbound messages that are stored already.
    pub(super) stored: HashSet<ExternalKey>,
    /// Messages, ours or theirs, by the provider's id: what quotes point at.
    pub(super) by_external: HashMap<ExternalKey, MessageId>,
    /// Tries by the provider's id, for statuses that do not echo ours.
    pub(super) try_of: HashMap<ExternalKey, TryId>,
    pub(super) by_try: HashMap<TryId, Try>,
    pub(super) ours: HashMap<MessageId, Ours>,

    pub(super) new_contacts: Vec<(ContactId, String)>,
    pub(super) new_identities: Vec<(IdentityId, IdentityKey, Identity)>,
    /// Ids that are not new and whose marks this change alters.
    pub(super) marked: HashSet<IdentityKey>,
    pub(super) new_moves: Vec<NewMove>,
    pub(super) new_suggestions: Vec<NewSuggestion>,
    pub(super) new_terms: Vec<(ContactId, Vec<String>)>,
    pub(super) new_lines: Vec<NewLine<'a>>,
    pub(super) new_statuses: Vec<NewStatus<'a>>,
    /// Tries that a status proved to have been accepted, and under which id.
    pub(super) settled_tries: HashMap<TryId, String>,
}
