//! Conversations that we begin: with a number nobody wrote from, or with a contact.

use domain::conversation::{Arrival, Standing, State};
use domain::identity::{IdentityKey, IdentityKind, number_variants};
use domain::window::Heard;
use domain::{
    AgentId, ChannelId, ContactId, ConversationId, IdentityId, MessageId, Timestamp, WorkspaceId,
};
use serde_json::json;
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::channels::DISCONNECTED;
use crate::contacts::{terms_of_key, terms_of_name};
use crate::db::args;
use crate::error::Error;
use crate::thread::OwnLine;

/// Whom to write to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom<'a> {
    /// The digits of a number, and what to call whoever has it if nobody is known by it.
    Number(&'a str, Option<&'a str>),
    /// Somebody who is known.
    Contact(ContactId),
}

/// What became of beginning a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    /// A new one, or a resolved one that is open again.
    New(ConversationId),
    /// There was an unresolved one.
    Open(ConversationId),
    /// The channel was disconnected.
    Disconnected,
    /// There is no such channel.
    NoChannel,
    /// There is no such contact.
    NoContact,
    /// Whoever had the number has left it: what is written to them would reach them elsewhere.
    Left(ContactId),
}

/// Who has a number.
enum Holder {
    /// Somebody who is written to there.
    There(IdentityId),
    /// Somebody who has left it.
    Left(ContactId),
}

impl Store {
    /// Begins a conversation over a channel, or finds the one that is open.
    pub async fn start_conversation(
        &self,
        workspace: WorkspaceId,
        (channel, whom): (ChannelId, Whom<'_>),
        by: AgentId,
        now: Timestamp,
    ) -> Result<Started, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Started::NoChannel);
        };
        match change.pause_of(channel).await? {
            None => return Ok(Started::NoChannel),
            Some(Some(paused)) if paused == DISCONNECTED => return Ok(Started::Disconnected),
            Some(_) => {}
        }
        let identity = match whom {
            Whom::Number(digits, name) => match change.holder_of(digits).await? {
                Some(Holder::There(identity)) => identity,
                Some(Holder::Left(contact)) => return Ok(Started::Left(contact)),
                None => change.new_person_at(digits, name).await?,
            },
            Whom::Contact(contact) => match change.reached_at(contact).await? {
                Some(identity) => identity,
                None => return Ok(Started::NoContact),
            },
        };
        let started = change.start(channel, identity, by).await?;
        change.commit().await?;
        Ok(started)
    }
}

impl Change {
    /// Why a channel rests, if it does; nothing where there is no such channel.
    async fn pause_of(&mut self, channel: ChannelId) -> Result<Option<Option<String>>, Error> {
        let found: Option<(Option<String>,)> = self
            .tx
            .maybe(
                "SELECT paused FROM channels WHERE workspace_id = $1 AND id = $2 AND kind = 'whatsapp'",
                args![self.workspace, channel],
            )
            .await?;
        Ok(found.map(|(paused,)| paused))
    }

    /// Whoever has a number, in whichever form it is known.
    async fn holder_of(&mut self, digits: &str) -> Result<Option<Holder>, Error> {
        let forms = std::iter::once(digits.to_owned()).chain(number_variants(digits));
        for form in forms {
            let found: Option<(Uuid, Uuid, bool)> = self
                .tx
                .maybe(
                    "SELECT canonical_id, contact_id, left_at IS NOT NULL FROM identities
                     WHERE workspace_id = $1 AND value = $2 AND kind = 'wa_id'",
                    args![self.workspace, form],
                )
                .await?;
            if let Some((canonical, contact, has_left)) = found {
                return Ok(Some(if has_left {
                    Holder::Left(ContactId::from_uuid(contact))
                } else {
                    Holder::There(IdentityId::from_uuid(canonical))
                }));
            }
        }
        Ok(None)
    }

    async fn new_person_at(
        &mut self,
        digits: &str,
        name: Option<&str>,
    ) -> Result<IdentityId, Error> {
        let contact = ContactId::new(self.now, self.chance.bytes());
        let identity = IdentityId::new(self.now, self.chance.bytes());
        let name = name.map_or_else(|| format!("+{digits}"), str::to_owned);
        self.tx
            .run(
                "INSERT INTO contacts (id, workspace_id, name, created_at, root_id) VALUES ($1, $2, $3, $4, $1)",
                args![contact, self.workspace, name.as_str(), self.now],
            )
            .await?;
        self.tx
            .run(
                "INSERT INTO identities (id, workspace_id, contact_id, home_id, canonical_id, kind, value, created_at, since)
                 VALUES ($1, $2, $3, $3, $1, 'wa_id', $4, $5, $5)",
                args![identity, self.workspace, contact, digits, self.now],
            )
            .await?;
        let mut terms = terms_of_name(&name);
        terms.extend(terms_of_key(&IdentityKey::new(IdentityKind::WaId, digits)));
        self.add_terms(contact, terms.iter()).await?;
        Ok(identity)
    }

    /// The latest of the identities by which a contact is written to.
    async fn reached_at(&mut self, contact: ContactId) -> Result<Option<IdentityId>, Error> {
        let found: Option<(Uuid,)> = self
            .tx
            .maybe(
                "SELECT i.canonical_id FROM contacts c JOIN identities i ON i.contact_id = c.root_id
                 WHERE c.workspace_id = $1 AND c.id = $2 AND i.kind IN ('wa_id', 'bsuid')
                 ORDER BY i.since DESC, i.id DESC LIMIT 1",
                args![self.workspace, contact],
            )
            .await?;
        Ok(found.map(|(id,)| IdentityId::from_uuid(id)))
    }

    async fn start(
        &mut self,
        channel: ChannelId,
        identity: IdentityId,
        by: AgentId,
    ) -> Result<Started, Error> {
        let latest: Option<(Uuid,)> = self
            .tx
            .maybe(
                "SELECT conversation_id FROM windows
                 WHERE workspace_id = $1 AND channel_id = $2 AND identity_id = $3",
                args![self.workspace, channel, identity],
            )
            .await?;
        let latest = latest.map(|(id,)| ConversationId::from_uuid(id));
        let Some(latest) = latest else {
            return Ok(Started::New(self.begin(channel, identity, by).await?));
        };
        let Some(mut held) = self.hold(latest).await? else {
            return Ok(Started::NoContact);
        };
        if let Some(open) = self.unresolved(&held).await? {
            return Ok(Started::Open(open));
        }
        let resolved_at = self.resolved_at(latest).await?;
        if Arrival::of(Some((State::Resolved, resolved_at)), self.now) == Arrival::Starts {
            return Ok(Started::New(self.begin(channel, identity, by).await?));
        }
        let line = MessageId::new(self.now, self.chance.bytes());
        let line = OwnLine::event(line, latest, "reopened", Some(by), None);
        self.reopen(&mut held, line).await?;
        Ok(Started::New(latest))
    }

    async fn resolved_at(
        &mut self,
        conversation: ConversationId,
    ) -> Result<Option<Timestamp>, Error> {
        let found: Option<(Option<i64>,)> = self
            .tx
            .maybe(
                "SELECT resolved_at FROM conversations WHERE id = $1",
                args![conversation],
            )
            .await?;
        Ok(found.and_then(|(at,)| at).map(crate::read::instant))
    }

    /// A conversation of whoever begins it. What may be sent in it is what may be sent in its thread.
    async fn begin(
        &mut self,
        channel: ChannelId,
        identity: IdentityId,
        by: AgentId,
    ) -> Result<ConversationId, Error> {
        let id = ConversationId::new(self.now, self.chance.bytes());
        let number = self.next_number();
        self.tx
            .run(
                "INSERT INTO windows (channel_id, identity_id, workspace_id, conversation_id) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (channel_id, identity_id) DO UPDATE SET conversation_id = excluded.conversation_id",
                args![channel, identity, self.workspace, id],
            )
            .await?;
        self.tx
            .run(
                "INSERT INTO conversations (id, workspace_id, number, channel_id, identity_id, state, assignee_id,
                   opened_at, last_at, last_seq, version)
                 VALUES ($1, $2, $3, $4, $5, 'open', $6, $7, $7, 0, 0)",
                args![id, self.workspace, number, channel, identity, by, self.now],
            )
            .await?;
        let line = MessageId::new(self.now, self.chance.bytes());
        let what = json!({ "agent_id": by });
        let line = OwnLine::event(line, id, "started", Some(by), Some(what));
        let seq = self.add_line(line).await?;
        let heard = self.hold(id).await?.map(|held| held.heard);
        self.tx
            .run(
                "UPDATE conversations SET last_seq = $2, version = $2, window_until = $3 WHERE id = $1",
                args![id, seq, heard.and_then(Heard::until)],
            )
            .await?;
        self.count(
            None,
            Standing {
                state: State::Open,
                assignee: Some(by),
                unread_by_assignee: false,
            },
        );
        Ok(id)
    }
}
