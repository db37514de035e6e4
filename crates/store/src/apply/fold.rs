//! What each update does to what is known. No I/O: the same updates give the same result.

use domain::conversation::{Arrival, State};
use domain::identity::{IdentityKey, IdentityKind, number_variants};
use domain::inbound::{InboundMessage, Moved, News, Person, Status};
use domain::{ChannelId, ContactId, ConversationId, IdentityId, MessageId, Timestamp, TryId};

use super::Received;
use super::known::{Conversation, Identity, Known, Line, NewLine, NewStatus, ThreadKey};
use crate::chance::Chance;
use crate::change::Change;
use crate::contacts;

pub(super) struct Fold<'c, 'a> {
    change: &'c mut Change,
    random: &'c Chance,
    known: Known<'a>,
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
            News::Moved(moved) => self.moved(moved),
        }
    }

    fn message(&mut self, update: &'a Received, message: &'a InboundMessage) {
        let external = (update.channel, message.external_id.clone());
        if message.from.keys.is_empty() || !self.known.stored.insert(external.clone()) {
            return;
        }
        let person = self.person(&message.from);
        let key = (update.channel, person.canonical);
        let at = message.stands_at(self.change.now);
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
        match (arrival, latest.map(|c| c.id)) {
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
    fn line(
        &mut self,
        key: ThreadKey,
        conversation: ConversationId,
        update: &'a Received,
        what: Line<'a>,
    ) -> MessageId {
        let id = MessageId::new(self.change.now, self.random.bytes());
        let seq = self.change.message_event(conversation, id);
        let (at, reply_to, spoken) = match &what {
            Line::Message(m, at) => (*at, m.reply_to.as_ref(), m.kind.opens_window()),
            Line::Reopened { at } => (*at, None, false),
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
            if spoken {
                conversation.last_inbound_seq = seq;
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

    /// Finds the person behind the keys, learning keys that are new, or makes a new contact.
    ///
    /// The first key is the most durable and decides. A known number that arrives with another BSUID
    /// than the one we hold may have changed hands: that is a new person, never a join (DECISIONS 3).
    fn person(&mut self, person: &Person) -> Identity {
        let known = person.keys.iter().find_map(|key| self.find(key));
        let identity = match known {
            Some(identity) if !self.belongs_to_another(identity, &person.keys) => identity,
            _ => self.new_contact(person),
        };
        self.learn(identity, &person.keys);
        self.learn_username(identity, person.username.as_ref());
        identity
    }

    fn find(&self, key: &IdentityKey) -> Option<Identity> {
        let exact = self.known.identities.get(key).copied();
        if exact.is_some() || key.kind != IdentityKind::WaId {
            return exact;
        }
        number_variants(&key.value).into_iter().find_map(|value| {
            let variant = IdentityKey::new(IdentityKind::WaId, value);
            self.known.identities.get(&variant).copied()
        })
    }

    /// Whether the identity's person is known by a different id of the kind the message leads with.
    fn belongs_to_another(&self, identity: Identity, keys: &[IdentityKey]) -> bool {
        keys.iter().any(|key| {
            key.kind == IdentityKind::Bsuid
                && !self.known.identities.contains_key(key)
                && self.known.bsuids.contains(&identity.canonical)
        })
    }

    fn new_contact(&mut self, person: &Person) -> Identity {
        let contact = ContactId::new(self.change.now, self.random.bytes());
        let canonical = IdentityId::new(self.change.now, self.random.bytes());
        let name = contacts::name_of(person);
        self.known.new_contacts.push((contact, name.clone()));
        self.known
            .new_terms
            .push((contact, contacts::terms_of_name(&name)));
        let identity = Identity { canonical, contact };
        if let Some(first) = person
            .keys
            .iter()
            .find(|k| !self.known.identities.contains_key(k))
        {
            self.add_identity(canonical, first, identity);
        }
        identity
    }

    /// Adds the keys that nobody has yet to this person.
    fn learn(&mut self, identity: Identity, keys: &[IdentityKey]) {
        for key in keys {
            if !self.known.identities.contains_key(key) {
                let id = IdentityId::new(self.change.now, self.random.bytes());
                self.add_identity(id, key, identity);
            }
        }
    }

    fn add_identity(&mut self, id: IdentityId, key: &IdentityKey, identity: Identity) {
        if key.kind == IdentityKind::Bsuid {
            self.known.bsuids.insert(identity.canonical);
        }
        self.known.identities.insert(key.clone(), identity);
        self.known.new_identities.push((id, key.clone(), identity));
        self.known
            .new_terms
            .push((identity.contact, contacts::terms_of_key(key)));
    }

    fn learn_username(&mut self, identity: Identity, username: Option<&String>) {
        let Some(username) = username else { return };
        if self.known.usernames.get(&identity.canonical) != Some(username) {
            self.known
                .usernames
                .insert(identity.canonical, username.clone());
            self.known
                .new_usernames
                .insert(identity.canonical, username.clone());
            self.known
                .new_terms
                .push((identity.contact, contacts::terms_of_name(username)));
        }
    }

    /// The same person has new ids: they join the old ones, where nobody holds them yet.
    fn moved(&mut self, moved: &Moved) {
        if let Some(identity) = moved.from.iter().find_map(|key| self.find(key)) {
            self.learn(identity, &moved.to);
        }
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
