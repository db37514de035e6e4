//! Writing to a customer or to colleagues, taking it back, trying again.

use domain::conversation::State;
use domain::delivery::Delivery;
use domain::window::{OutsideWindow, Sending, Window};
use domain::{AgentId, ConversationId, MessageId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::OwnLine;

/// A reply or a note that an agent wrote.
#[derive(Debug, Clone, Copy)]
pub struct NewLine<'a> {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub agent: AgentId,
    /// What.
    pub text: &'a str,
    /// The browser's own key: the same key is the same line.
    pub key: &'a str,
}

/// What became of a reply or a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It stands; a reply waits to go out.
    Added(MessageId),
    /// It stood already under this key.
    Again,
    /// Something else stands under this key.
    KeyTaken,
    /// There is no such conversation.
    NoConversation,
    /// The window refuses it.
    OutsideWindow(OutsideWindow),
    /// A newer conversation with the same person is unresolved: answer there.
    NewerIsOpen,
    /// The channel was disconnected: a reply would wait for nobody knows what.
    Disconnected,
}

/// What became of taking a reply back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undone {
    /// It is gone, and its text is in the agent's draft.
    Taken(String),
    /// It was handed over.
    TooLate,
    /// Another agent wrote it.
    NotYours,
    /// There is no such message.
    NotThere,
}

/// What became of a wish to send again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retried {
    /// It waits to go out again.
    Queued,
    /// There is no such message.
    NotThere,
    /// It did not fail.
    NotFailed,
    /// Whether it arrived is not known; a person may insist from this instant on.
    OutcomeUnknown {
        /// Ten minutes after it was handed over.
        after: Timestamp,
    },
    /// The window refuses it.
    OutsideWindow(OutsideWindow),
    /// The channel was disconnected.
    Disconnected,
}

#[derive(sqlx::FromRow)]
struct Undoable {
    conversation_id: Uuid,
    agent_id: Option<Uuid>,
    body: Option<String>,
    tries: i64,
    waits: bool,
}

/// How long an unknown outcome is left to settle before a person may send again (DECISIONS 7).
const SETTLING: jiff::SignedDuration = jiff::SignedDuration::from_mins(10);

impl Store {
    /// Queues a reply, to go out at `due_at`. The window is asked here, and again when it is handed over.
    pub async fn reply(
        &self,
        workspace: WorkspaceId,
        line: NewLine<'_>,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<Written, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Written::NoConversation);
        };
        if let Some(known) = change.known(line, "out").await? {
            return Ok(known);
        }
        let Some(mut held) = change.hold(line.conversation).await? else {
            return Ok(Written::NoConversation);
        };
        if held.disconnected {
            return Ok(Written::Disconnected);
        }
        let window = Window::at(held.kind, held.heard, now);
        if let Err(refusal) = window.admits(Sending::FreeFormByHuman) {
            return Ok(Written::OutsideWindow(refusal));
        }
        if held.state == State::Resolved {
            let id = MessageId::new(now, self.chance.bytes());
            let event = OwnLine::event(id, held.id, "reopened", Some(line.agent), None);
            if !change.reopen(&mut held, event).await? {
                return Ok(Written::NewerIsOpen);
            }
        }
        let id = MessageId::new(now, self.chance.bytes());
        let own = OwnLine {
            direction: "out",
            kind: "text",
            text: Some(line.text),
            delivery: Some(Delivery::Queued),
            due_at: Some(due_at),
            key: Some(line.key),
            ..OwnLine::event(id, line.conversation, "text", Some(line.agent), None)
        };
        let seq = change.add_line(own).await?;
        change
            .tx
            .run(
                "INSERT INTO outbox (message_id, workspace_id, channel_id, identity_id, conversation_id, seq, due_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![id, workspace, held.channel, held.identity, held.id, seq, due_at],
            )
            .await?;
        change
            .tx
            .run(
                "UPDATE conversations SET last_message_id = $2, last_at = $3, last_seq = $4, version = $4,
                   waiting_since = NULL WHERE id = $1",
                args![held.id, id, crate::thread::second(now), seq],
            )
            .await?;
        change.commit().await?;
        Ok(Written::Added(id))
    }

    /// Adds a private note.
    pub async fn note(
        &self,
        workspace: WorkspaceId,
        line: NewLine<'_>,
        now: Timestamp,
    ) -> Result<Written, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Written::NoConversation);
        };
        if let Some(known) = change.known(line, "note").await? {
            return Ok(known);
        }
        if change.hold(line.conversation).await?.is_none() {
            return Ok(Written::NoConversation);
        }
        let id = MessageId::new(now, self.chance.bytes());
        let own = OwnLine {
            direction: "note",
            text: Some(line.text),
            key: Some(line.key),
            ..OwnLine::event(id, line.conversation, "text", Some(line.agent), None)
        };
        let seq = change.add_line(own).await?;
        change
            .tx
            .run(
                "UPDATE conversations SET last_seq = $2, version = $2 WHERE id = $1",
                args![line.conversation, seq],
            )
            .await?;
        change.commit().await?;
        Ok(Written::Added(id))
    }

    /// Takes back a reply that was not handed over yet. Its text goes to the agent's draft, unless it
    /// was `kept`: then the agent has it already.
    pub async fn undo(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        agent: AgentId,
        kept: bool,
        now: Timestamp,
    ) -> Result<Undone, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Undone::NotThere);
        };
        let found: Option<Undoable> = change
            .tx
            .maybe(
                "SELECT m.conversation_id, m.agent_id, m.body, m.tries, o.message_id IS NOT NULL AS waits
                 FROM messages m LEFT JOIN outbox o ON o.message_id = m.id
                 WHERE m.workspace_id = $1 AND m.id = $2 AND m.direction = 'out'",
                args![workspace, message],
            )
            .await?;
        let Some(found) = found else {
            return Ok(Undone::NotThere);
        };
        if !found.waits || found.tries > 0 {
            return Ok(Undone::TooLate);
        }
        if found.agent_id != Some(agent.uuid()) {
            return Ok(Undone::NotYours);
        }
        let conversation = ConversationId::from_uuid(found.conversation_id);
        let text = found.body.unwrap_or_default();
        change.withdraw(message, conversation).await?;
        if !kept {
            change.return_to_draft(agent, conversation, &text).await?;
        }
        change.commit().await?;
        Ok(Undone::Taken(text))
    }

    /// Sends a failed message again as a new try; one with an unknown outcome only if `anyway`.
    pub async fn retry(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        anyway: bool,
        now: Timestamp,
    ) -> Result<Retried, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Retried::NotThere);
        };
        let found: Option<(Uuid, Option<String>, Option<i64>)> = change
            .tx
            .maybe(
                "SELECT m.conversation_id, m.delivery, (SELECT MAX(started_at) FROM tries t WHERE t.message_id = m.id)
                 FROM messages m WHERE m.workspace_id = $1 AND m.id = $2 AND m.direction = 'out'",
                args![workspace, message],
            )
            .await?;
        let Some((conversation, delivery, started)) = found else {
            return Ok(Retried::NotThere);
        };
        let delivery = delivery.unwrap_or_default();
        match word("messages.delivery", &delivery, Delivery::parse)? {
            Delivery::Failed => {}
            Delivery::Unknown => {
                let after = instant(started.unwrap_or_default()) + SETTLING;
                if !anyway || now < after {
                    return Ok(Retried::OutcomeUnknown { after });
                }
            }
            _ => return Ok(Retried::NotFailed),
        }
        let conversation = ConversationId::from_uuid(conversation);
        let Some(held) = change.hold(conversation).await? else {
            return Ok(Retried::NotThere);
        };
        if held.disconnected {
            return Ok(Retried::Disconnected);
        }
        let window = Window::at(held.kind, held.heard, now);
        if let Err(refusal) = window.admits(Sending::FreeFormByHuman) {
            return Ok(Retried::OutsideWindow(refusal));
        }
        let seq = change.message_event(conversation, message);
        change
            .tx
            .run(
                "INSERT INTO outbox (message_id, workspace_id, channel_id, identity_id, conversation_id, seq, due_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![message, workspace, held.channel, held.identity, held.id, seq, now],
            )
            .await?;
        change
            .tx
            .run(
                "UPDATE messages SET delivery = 'queued', external_id = NULL, failure_code = NULL,
                   failure_detail = NULL, version = $2 WHERE id = $1",
                args![message, seq],
            )
            .await?;
        change.recount_waiting(conversation).await?;
        change.commit().await?;
        Ok(Retried::Queued)
    }
}

impl Change {
    /// What stands under the key of a line, if anything does: the line itself, or another.
    async fn known(
        &mut self,
        line: NewLine<'_>,
        direction: &str,
    ) -> Result<Option<Written>, Error> {
        let found: Option<(Uuid, String, Option<String>)> = self
            .tx
            .maybe(
                "SELECT conversation_id, direction, body FROM messages WHERE agent_id = $1 AND client_key = $2",
                args![line.agent, line.key],
            )
            .await?;
        Ok(found.map(|(conversation, known, body)| {
            let same = conversation == line.conversation.uuid()
                && known == direction
                && body.as_deref() == Some(line.text);
            if same {
                Written::Again
            } else {
                Written::KeyTaken
            }
        }))
    }

    /// Removes a message that was never handed over, and lets the conversation show what is left.
    pub(crate) async fn withdraw(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        self.tx
            .run("DELETE FROM outbox WHERE message_id = $1", args![message])
            .await?;
        self.tx
            .run("DELETE FROM messages WHERE id = $1", args![message])
            .await?;
        self.event(
            EventKind::Removed,
            About {
                conversation: Some(conversation),
                message: Some(message),
                agent: None,
            },
        );
        self.tx
            .run(
                "UPDATE conversations SET
                   last_message_id = (SELECT m.id FROM messages m
                     WHERE m.channel_id = conversations.channel_id AND m.identity_id = conversations.identity_id
                       AND m.conversation_id = conversations.id AND m.direction IN ('in', 'out')
                     ORDER BY m.at DESC, m.seq DESC LIMIT 1),
                   last_at = COALESCE((SELECT m.at FROM messages m
                     WHERE m.channel_id = conversations.channel_id AND m.identity_id = conversations.identity_id
                       AND m.conversation_id = conversations.id AND m.direction IN ('in', 'out')
                     ORDER BY m.at DESC, m.seq DESC LIMIT 1), opened_at)
                 WHERE id = $1",
                args![conversation],
            )
            .await?;
        self.recount_waiting(conversation).await
    }
}
