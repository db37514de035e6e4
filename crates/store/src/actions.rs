//! What agents do to conversations: take, assign, resolve, reopen, read.

use domain::conversation::{Standing, State};
use domain::identity::ChannelKind;
use domain::window::Heard;
use domain::{AgentId, ChannelId, ConversationId, IdentityId, MessageId, Timestamp, WorkspaceId};
use serde_json::json;
use uuid::Uuid;

use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::channels::DISCONNECTED;
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::OwnLine;

/// A conversation that this change holds.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) id: ConversationId,
    pub(crate) channel: ChannelId,
    pub(crate) identity: IdentityId,
    pub(crate) kind: ChannelKind,
    pub(crate) state: State,
    pub(crate) assignee: Option<AgentId>,
    pub(crate) heard: Heard,
    pub(crate) disconnected: bool,
    last_inbound_seq: i64,
    assignee_read: i64,
}

impl Held {
    pub(crate) fn standing(&self) -> Standing {
        Standing {
            state: self.state,
            assignee: self.assignee,
            unread_by_assignee: self.assignee.is_some()
                && self.last_inbound_seq > self.assignee_read,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    channel_id: Uuid,
    identity_id: Uuid,
    kind: String,
    state: String,
    assignee_id: Option<Uuid>,
    last_inbound_at: Option<i64>,
    refused_at: Option<i64>,
    paused: Option<String>,
    last_inbound_seq: i64,
    assignee_read: i64,
}

/// What became of an agent's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acted {
    /// Done, or it was so already.
    Done,
    /// There is no such conversation, or no such colleague.
    NotThere,
    /// A newer conversation with the same person is unresolved.
    NewerIsOpen,
}

impl Change {
    /// Reads a conversation that this change may alter.
    pub(crate) async fn hold(&mut self, id: ConversationId) -> Result<Option<Held>, Error> {
        let found: Option<Found> = self
            .tx
            .maybe(
                "SELECT c.channel_id, c.identity_id, ch.kind, c.state, c.assignee_id, w.last_inbound_at,
                        w.refused_at, ch.paused, c.last_inbound_seq, COALESCE(r.seq, a.joined_seq, 0) AS assignee_read
                 FROM conversations c
                 JOIN channels ch ON ch.id = c.channel_id
                 JOIN windows w ON w.channel_id = c.channel_id AND w.identity_id = c.identity_id
                 LEFT JOIN agents a ON a.id = c.assignee_id
                 LEFT JOIN reads r ON r.conversation_id = c.id AND r.agent_id = c.assignee_id
                 WHERE c.workspace_id = $1 AND c.id = $2",
                args![self.workspace, id],
            )
            .await?;
        found
            .map(|f| {
                Ok(Held {
                    id,
                    channel: ChannelId::from_uuid(f.channel_id),
                    identity: IdentityId::from_uuid(f.identity_id),
                    kind: word("channels.kind", &f.kind, ChannelKind::parse)?,
                    state: word("conversations.state", &f.state, State::parse)?,
                    assignee: f.assignee_id.map(AgentId::from_uuid),
                    heard: Heard {
                        last_inbound: f.last_inbound_at.map(instant),
                        refused_at: f.refused_at.map(instant),
                    },
                    disconnected: f.paused.as_deref() == Some(DISCONNECTED),
                    last_inbound_seq: f.last_inbound_seq,
                    assignee_read: f.assignee_read,
                })
            })
            .transpose()
    }

    /// How far an agent has read a conversation: to a newcomer, what came before them is read.
    pub(crate) async fn read_seq(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
    ) -> Result<i64, Error> {
        let row: Option<(i64,)> = self
            .tx
            .maybe(
                "SELECT COALESCE(r.seq, a.joined_seq) FROM agents a
                 LEFT JOIN reads r ON r.conversation_id = $1 AND r.agent_id = a.id
                 WHERE a.id = $2",
                args![conversation, agent],
            )
            .await?;
        Ok(row.map_or(0, |r| r.0))
    }

    async fn set_read(
        &mut self,
        conversation: ConversationId,
        agent: AgentId,
        seq: i64,
    ) -> Result<(), Error> {
        self.tx
            .run(
                "INSERT INTO reads (conversation_id, agent_id, workspace_id, seq) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (conversation_id, agent_id) DO UPDATE SET seq = excluded.seq",
                args![conversation, agent, self.workspace, seq],
            )
            .await?;
        self.event(
            EventKind::Read,
            About {
                conversation: Some(conversation),
                agent: Some(agent),
                ..About::default()
            },
        );
        Ok(())
    }

    /// The conversation that is not resolved among those with a person on a channel.
    pub(crate) async fn unresolved(&mut self, of: &Held) -> Result<Option<ConversationId>, Error> {
        let found: Option<(Uuid,)> = self
            .tx
            .maybe(
                "SELECT id FROM conversations
                 WHERE workspace_id = $1 AND channel_id = $2 AND identity_id = $3 AND state <> 'resolved'",
                args![self.workspace, of.channel, of.identity],
            )
            .await?;
        Ok(found.map(|row| ConversationId::from_uuid(row.0)))
    }

    /// Opens a resolved conversation again and makes it the one that new messages join; answers whether that
    /// may be: not while a newer one is unresolved. Its window is that of the thread, which a newer
    /// conversation may have moved since.
    pub(crate) async fn reopen(
        &mut self,
        held: &mut Held,
        line: OwnLine<'_>,
    ) -> Result<bool, Error> {
        if self.unresolved(held).await?.is_some_and(|id| id != held.id) {
            return Ok(false);
        }
        let before = held.standing();
        held.state = State::Open;
        self.count(Some(before), held.standing());
        let seq = self.add_line(line).await?;
        self.tx
            .run(
                "UPDATE conversations SET state = 'open', resolved_at = NULL, last_seq = $2, version = $2,
                   window_until = $3 WHERE id = $1",
                args![held.id, seq, held.heard.until()],
            )
            .await?;
        self.tx
            .run(
                "UPDATE windows SET conversation_id = $3 WHERE channel_id = $1 AND identity_id = $2",
                args![held.channel, held.identity, held.id],
            )
            .await?;
        self.recount_waiting(held.id).await?;
        Ok(true)
    }
}

impl Store {
    fn fresh_message_id(&self, now: Timestamp) -> MessageId {
        MessageId::new(now, self.chance.bytes())
    }

    /// Gives a conversation to a colleague, or to nobody.
    pub async fn assign(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        to: Option<AgentId>,
        by: AgentId,
        now: Timestamp,
    ) -> Result<Acted, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Acted::NotThere);
        };
        let Some(mut held) = change.hold(conversation).await? else {
            return Ok(Acted::NotThere);
        };
        if held.assignee == to {
            return Ok(Acted::Done);
        }
        let before = held.standing();
        held.assignee = to;
        held.assignee_read = 0;
        if let Some(agent) = to {
            if !change.is_member(agent).await? {
                return Ok(Acted::NotThere);
            }
            held.assignee_read = change.read_seq(conversation, agent).await?;
        }
        change.count(Some(before), held.standing());
        let kind = if to.is_some() {
            "assigned"
        } else {
            "unassigned"
        };
        let params = to.map(|agent| json!({ "agent_id": agent }));
        let id = self.fresh_message_id(now);
        let line = OwnLine::event(id, conversation, kind, Some(by), params);
        let seq = change.add_line(line).await?;
        change
            .tx
            .run(
                "UPDATE conversations SET assignee_id = $2, last_seq = $3, version = $3 WHERE id = $1",
                args![conversation, to, seq],
            )
            .await?;
        change.commit().await?;
        Ok(Acted::Done)
    }

    /// Marks a conversation as done.
    pub async fn resolve(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        by: AgentId,
        now: Timestamp,
    ) -> Result<Acted, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Acted::NotThere);
        };
        let Some(mut held) = change.hold(conversation).await? else {
            return Ok(Acted::NotThere);
        };
        if held.state == State::Resolved {
            return Ok(Acted::Done);
        }
        let before = held.standing();
        held.state = State::Resolved;
        change.count(Some(before), held.standing());
        let id = self.fresh_message_id(now);
        let line = OwnLine::event(id, conversation, "resolved", Some(by), None);
        let seq = change.add_line(line).await?;
        change
            .tx
            .run(
                "UPDATE conversations SET state = 'resolved', resolved_at = $2, waiting_since = NULL,
                   last_seq = $3, version = $3 WHERE id = $1",
                args![conversation, now, seq],
            )
            .await?;
        change.commit().await?;
        Ok(Acted::Done)
    }

    /// Takes a conversation up again.
    pub async fn reopen(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        by: AgentId,
        now: Timestamp,
    ) -> Result<Acted, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Acted::NotThere);
        };
        let Some(mut held) = change.hold(conversation).await? else {
            return Ok(Acted::NotThere);
        };
        if held.state == State::Open {
            return Ok(Acted::Done);
        }
        let id = self.fresh_message_id(now);
        let line = OwnLine::event(id, conversation, "reopened", Some(by), None);
        if !change.reopen(&mut held, line).await? {
            return Ok(Acted::NewerIsOpen);
        }
        change.commit().await?;
        Ok(Acted::Done)
    }

    /// Notes that an agent has read a conversation up to `seq`. It never goes back.
    pub async fn read_up_to(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        agent: AgentId,
        seq: i64,
        now: Timestamp,
    ) -> Result<Acted, Error> {
        self.mark(workspace, conversation, agent, now, |held, read| {
            let seq = seq.min(held.last_inbound_seq);
            (seq > read).then_some(seq)
        })
        .await
    }

    /// Makes the newest message from the customer unread again, for this agent.
    pub async fn mark_unread(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        agent: AgentId,
        now: Timestamp,
    ) -> Result<Acted, Error> {
        self.mark(workspace, conversation, agent, now, |held, read| {
            let unread = held.last_inbound_seq - 1;
            (held.last_inbound_seq > 0 && read > unread).then_some(unread)
        })
        .await
    }

    async fn mark(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        agent: AgentId,
        now: Timestamp,
        to: impl FnOnce(&Held, i64) -> Option<i64>,
    ) -> Result<Acted, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Acted::NotThere);
        };
        let Some(mut held) = change.hold(conversation).await? else {
            return Ok(Acted::NotThere);
        };
        let read = change.read_seq(conversation, agent).await?;
        let Some(seq) = to(&held, read) else {
            return Ok(Acted::Done);
        };
        if held.assignee == Some(agent) {
            let before = held.standing();
            held.assignee_read = seq;
            change.count(Some(before), held.standing());
        }
        change.set_read(conversation, agent, seq).await?;
        change.commit().await?;
        Ok(Acted::Done)
    }
}

impl Change {
    async fn is_member(&mut self, agent: AgentId) -> Result<bool, Error> {
        let row: Option<(Uuid,)> = self
            .tx
            .maybe(
                "SELECT id FROM agents WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL",
                args![self.workspace, agent],
            )
            .await?;
        Ok(row.is_some())
    }
}
