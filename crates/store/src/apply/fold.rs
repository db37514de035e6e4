//! What each update does to what is known. No I/O: the same updates give the same result.

use domain::conversation::{Arrival, State};
use domain::inbound::{InboundMessage, News, Status};
use domain::message::MessageKind;
use domain::{ChannelId, ConversationId, MessageId, Timestamp, TryId};

use super::Received;
use super::known::{Conversation, Known, Line, NewLine, NewStatus, ThreadKey};
use crate::chance::Chance;
use crate::change::Change;

pub(super) struct Fold<'c, 'a> {
    pub(super) change: &'c mut Change,
    pub(super) random: &'c Chance,
    pub(super) known: Known<'a>,
}

impl<'c, 'a> Fold<'c, 'a> {
    pub(super) fn new(change: &'c mut Change, random: &'c Chance, known: Known<'a>) -> Self {
        Self {
            change,
            random,
            known,
        }
    }

    pub(super) fn finish(self) -> Known<'a> {
        self.known
    }

    pub(super) fn update(&mut self, update: &'a Received) {
        match &update.news {
            News::Message(message) => self.message(update, message),
            News::Status(status) => self.status(update, status),
            News::Moved(moved) => self.moved(update, moved),
        }
    }

    fn message(&mut self, update: &'a Received, message: &'a InboundMessage) {
        let external = (update.channel, message.external_id.clone());
        if message.from.keys.is_empty() || !self.known.stored.insert(external.clone()) {
            return;
        }
        let at = message.stands_at(self.change.now);
        let person = self.person(&message.from, at);
        let key = (update.channel, person.canonical);
        let conversation = self.arrive(key, update, message, at);
        let line = self.line(key, conversation, update, Line::Message(message, at));
        self.known.by_external.insert(external, line);
    }

    /// Finds or makes the conversation a message belongs to, and lets the message do what it does to it.
    fn arrive(
        &mut self,
        key: ThreadKey,
        update: &'a Received,
        message: &InboundMessage,
        at: Timestamp,
    ) -> ConversationId {
        let now = self.change.now;
        let thread = self.known.threads.entry(key).or_default();
        thread.touched = true;
        if message.kind.opens_window() {
            // A time ahead of ours must not open the window for longer than it is.
            let spoken = at.min(now);
            thread.heard = thread.heard.wrote(spoken);
        }
        if message.referral.is_some() {
            thread.free_entry = thread.free_entry.referred(at);
        }
        let latest = thread.conversation.as_ref();
        let arrival = Arrival::of(latest.map(|c| (c.state, c.resolved_at)), at);
        // A thumbs-up opens nothing again.
        let quiet = message.kind == MessageKind::Reaction;
        match (arrival, latest.map(|c| c.id)) {
            (_, Some(id)) if quiet => id,
            (Arrival::Joins, Some(id)) => id,
            (Arrival::Reopens, Some(id)) => self.reopen(key, id, update, at),
            _ => self.start(key, at),
        }
    }

    fn start(&mut self, key: ThreadKey, at: Timestamp) -> ConversationId {
        let id = ConversationId::new(self.change.now, self.random.bytes());
        let conversation = Conversation {
            id,
            number: self.change.next_number(),
            state: State::Open,
            assignee: None,
            opened_at: at,
            resolved_at: None,
            last_message: None,
            last_at: at,
            last_seq: 0,
            last_inbound_seq: 0,
            waiting_since: None,
            assignee_read: 0,
            before: None,
            version: 0,
        };
        let thread = self.known.threads.entry(key).or_default();
        thread
            .older
            .extend(thread.conversation.replace(conversation));
        id
    }

    fn reopen(
        &mut self,
        key: ThreadKey,
        id: ConversationId,
        update: &'a Received,
        at: Timestamp,
    ) -> ConversationId {
        let mut was_resolved = false;
        if let Some(conversation) = self.conversation(key) {
            was_resolved = conversation.state == State::Resolved;
            conversation.state = State::Open;
            conversation.resolved_at = None;
        }
        if was_resolved {
            self.line(key, id, update, Line::Reopened { at });
        }
        id
    }

    fn conversation(&mut self, key: ThreadKey) -> Option<&mut Conversation> {
        self.known.threads.get_mut(&key)?.conversation.as_mut()
    }

    /// Adds a line to the thread and moves the conversation along.
    pub(super) fn line(
        &mut self,
        key: ThreadKey,
        conversation: ConversationId,
        update: &'a Received,
        what: Line<'a>,
    ) -> MessageId {
        let id = MessageId::new(self.change.now, self.random.bytes());
        let seq = self.change.message_event(conversation, id);
        let (at, reply_to, kind) = match &what {
            Line::Message(m, at) => (*at, m.reply_to.as_ref(), Some(m.kind)),
            Line::Reopened { at } | Line::Moved { at, .. } => (*at, None, None),
        };
        let reply_to = reply_to
            .and_then(|external| {
                self.known
                    .by_external
                    .get(&(update.channel, external.clone()))
            })
            .copied();
        let is_message = matches!(what, Line::Message(..));
        if let Some(conversation) = self.conversation(key) {
            conversation.version = seq;
            conversation.last_seq = seq;
            if kind.is_some_and(MessageKind::opens_window) {
                conversation.last_inbound_seq = seq;
            }
            if kind.is_some_and(MessageKind::wants_answer) {
                conversation.waiting_since = conversation.waiting_since.or(Some(at));
            }
            if is_message && at >= conversation.last_at {
                conversation.last_at = at;
                conversation.last_message = Some(id);
            }
        }
        self.known.new_lines.push(NewLine {
            id,
            channel: update.channel,
            identity: key.1,
            conversation,
            seq,
            received_at: update.received_at,
            reply_to,
            what,
        });
        id
    }

    fn status(&mut self, update: &'a Received, status: &'a Status) {
        let named = status.try_ref.as_ref().and_then(|t| t.parse().ok());
        let external = (update.channel, status.external_id.clone());
        let try_id = named
            .filter(|id| self.is_try_of(*id, update.channel))
            .or_else(|| self.known.try_of.get(&external).copied());
        let tried = try_id.and_then(|id| self.known.by_try.get(&id)).copied();
        if let Some(id) = try_id {
            self.known
                .settled_tries
                .insert(id, status.external_id.clone());
        }
        self.known.new_statuses.push(NewStatus {
            channel: update.channel,
            received_at: update.received_at,
            try_id,
            message: tried.map(|t| t.message),
            status,
        });
        if let Some(tried) = tried
            && let Some(ours) = self.known.ours.get_mut(&tried.message)
            && ours.report(tried.number, !tried.proved, status)
        {
            ours.version = Some(self.change.message_event(ours.conversation, tried.message));
        }
    }

    /// A try is only believed on the channel it ran on: an echo from elsewhere is somebody else's text.
    fn is_try_of(&self, id: TryId, channel: ChannelId) -> bool {
        self.known
            .by_try
            .get(&id)
            .is_some_and(|t| t.channel == channel)
    }
}
