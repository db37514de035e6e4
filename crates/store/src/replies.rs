//! Writing to a customer or to colleagues, taking it back, trying again.

use std::collections::BTreeSet;

use domain::conversation::State;
use domain::delivery::Delivery;
use domain::outbound::Content;
use domain::window::{OutsideWindow, Sending, Window};
use domain::{AgentId, ChannelId, ConversationId, MediaId, MessageId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::abouts::{self, AboutRow};
use crate::actions::Held;
use crate::change::{About, Change, EventKind};
use crate::db::args;
use crate::error::Error;
use crate::media::Media;
use crate::read::{instant, word};
use crate::thread::{OwnLine, parts_column};

/// A reply or a note that an agent wrote.
#[derive(Debug, Clone, Copy)]
pub struct NewLine<'a> {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub agent: AgentId,
    /// What.
    pub content: &'a Content,
    /// The message of the same thread that it answers.
    pub reply_to: Option<MessageId>,
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
    /// What it answers is no message of this thread.
    NothingToQuote,
    /// Its file is none that its author uploaded there and has not sent.
    NoFile,
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
    /// It is gone, and what was in it is in the agent's draft.
    Taken {
        /// Its words.
        text: String,
        /// Its file.
        file: Option<Media>,
    },
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

#[derive(sqlx::FromRow, PartialEq, Eq)]
struct Keyed {
    conversation_id: Uuid,
    direction: String,
    kind: String,
    body: Option<String>,
    parts: Option<String>,
    reply_to: Option<Uuid>,
}

/// What became of an emoji.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reacted {
    /// It stands, and waits to go out through this channel.
    Done {
        /// The channel.
        channel: ChannelId,
    },
    /// There is no such message, or none that can bear one.
    NotThere,
    /// The window refuses it.
    OutsideWindow(OutsideWindow),
    /// The channel was disconnected.
    Disconnected,
}

#[derive(sqlx::FromRow)]
struct Reactable {
    conversation_id: Uuid,
    external_id: String,
}

#[derive(sqlx::FromRow)]
struct OurReaction {
    id: Uuid,
    body: Option<String>,
    waits: bool,
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
        if !change.can_quote(&held, line.reply_to).await? {
            return Ok(Written::NothingToQuote);
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
            key: Some(line.key),
            reply_to: line.reply_to,
            ..outbound(id, line.conversation, line.agent, line.content)
        };
        change.queue(own, &held, due_at).await?;
        if let Content::File { file, .. } = line.content
            && !change
                .attach_file(id, (line.conversation, line.agent), *file)
                .await?
        {
            return Ok(Written::NoFile);
        }
        change
            .tx
            .run(
                "UPDATE conversations SET waiting_since = NULL WHERE id = $1",
                args![held.id],
            )
            .await?;
        change.commit().await?;
        Ok(Written::Added(id))
    }

    /// Puts an emoji on a customer's message, instead of the one we had there, or takes it back. It goes out
    /// at once, through the same window as everything else; one that still waits is replaced.
    pub async fn react(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        agent: AgentId,
        emoji: Option<&str>,
        now: Timestamp,
    ) -> Result<Reacted, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Reacted::NotThere);
        };
        let Some(target) = change.reactable(message).await? else {
            return Ok(Reacted::NotThere);
        };
        let conversation = ConversationId::from_uuid(target.conversation_id);
        let Some(held) = change.hold(conversation).await? else {
            return Ok(Reacted::NotThere);
        };
        if held.disconnected {
            return Ok(Reacted::Disconnected);
        }
        let window = Window::at(held.kind, held.heard, now);
        if let Err(refusal) = window.admits(Sending::FreeFormByHuman) {
            return Ok(Reacted::OutsideWindow(refusal));
        }
        let mut ours = change.our_reactions(&held, &target.external_id).await?;
        while let Some(waiting) = ours.pop_if(|reaction| reaction.waits) {
            let id = MessageId::from_uuid(waiting.id);
            change.withdraw(id, conversation).await?;
        }
        let there = ours.last().and_then(|reaction| reaction.body.as_deref());
        if there != emoji {
            let content = Content::Reaction {
                to: target.external_id,
                emoji: emoji.map(str::to_owned),
            };
            let id = MessageId::new(now, self.chance.bytes());
            let own = outbound(id, conversation, agent, &content);
            change.queue(own, &held, now).await?;
        }
        change.commit().await?;
        Ok(Reacted::Done {
            channel: held.channel,
        })
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
        let Some(held) = change.hold(line.conversation).await? else {
            return Ok(Written::NoConversation);
        };
        if !change.can_quote(&held, line.reply_to).await? {
            return Ok(Written::NothingToQuote);
        }
        let id = MessageId::new(now, self.chance.bytes());
        let own = OwnLine {
            direction: "note",
            kind: line.content.kind().as_str(),
            text: line.content.text(),
            parts: line.content.parts(),
            reply_to: line.reply_to,
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
                 WHERE m.workspace_id = $1 AND m.id = $2 AND m.direction = 'out' AND m.kind <> 'reaction'",
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
        let file = change.withdraw(message, conversation).await?;
        if !kept && !text.is_empty() {
            change.return_to_draft(agent, conversation, &text).await?;
        }
        change.commit().await?;
        let file = match file {
            Some(file) => self.media(workspace, file).await?,
            None => None,
        };
        Ok(Undone::Taken { text, file })
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
                   failure_detail = NULL, version = $2,
                   failed_seq = CASE WHEN EXISTS (
                     SELECT 1 FROM messages e
                     WHERE e.conversation_id = $3 AND e.direction = 'event' AND e.kind = 'reopened'
                       AND e.agent_id IS NULL AND e.seq > messages.failed_seq)
                   THEN failed_seq END WHERE id = $1",
                args![message, seq, conversation],
            )
            .await?;
        change.provide_again(message).await?;
        change.recount_waiting(conversation).await?;
        change.commit().await?;
        Ok(Retried::Queued)
    }
}

/// A message of ours that waits to be handed over.
fn outbound(
    id: MessageId,
    conversation: ConversationId,
    agent: AgentId,
    content: &Content,
) -> OwnLine<'_> {
    OwnLine {
        direction: "out",
        kind: content.kind().as_str(),
        text: content.text(),
        parts: content.parts(),
        delivery: Some(Delivery::Queued),
        ..OwnLine::event(id, conversation, "text", Some(agent), None)
    }
}

impl Change {
    /// Adds a message of ours to its thread and to the outbox; it is the newest of its conversation.
    async fn queue(
        &mut self,
        line: OwnLine<'_>,
        held: &Held,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        let id = line.id;
        let line = OwnLine {
            due_at: Some(due_at),
            ..line
        };
        let seq = self.add_line(line).await?;
        self.tx
            .run(
                "INSERT INTO outbox (message_id, workspace_id, channel_id, identity_id, conversation_id, seq, due_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                args![id, self.workspace, held.channel, held.identity, held.id, seq, due_at],
            )
            .await?;
        self.tx
            .run(
                "UPDATE conversations SET last_message_id = $2, last_at = $3, last_seq = $4, version = $4
                 WHERE id = $1",
                args![held.id, id, crate::thread::second(self.now), seq],
            )
            .await?;
        Ok(())
    }

    /// A message that a reaction can sit on: the customer's, and no reaction itself.
    async fn reactable(&mut self, message: MessageId) -> Result<Option<Reactable>, Error> {
        self.tx
            .maybe(
                "SELECT conversation_id, external_id FROM messages
                 WHERE workspace_id = $1 AND id = $2 AND direction = 'in' AND about IS NULL
                   AND external_id IS NOT NULL AND kind NOT IN ('system', 'request_welcome')",
                args![self.workspace, message],
            )
            .await
    }

    /// What we put on a message and took back, the last last; not what failed.
    async fn our_reactions(
        &mut self,
        held: &Held,
        external_id: &str,
    ) -> Result<Vec<OurReaction>, Error> {
        self.tx
            .all(
                "SELECT m.id, m.body, o.message_id IS NOT NULL AND m.tries = 0 AS waits
                 FROM messages m LEFT JOIN outbox o ON o.message_id = m.id
                 WHERE m.workspace_id = $1 AND m.channel_id = $2 AND m.identity_id = $3 AND m.about = $4
                   AND m.direction = 'out' AND m.kind = 'reaction' AND m.delivery <> 'failed'
                 ORDER BY m.at, m.seq",
                args![self.workspace, held.channel, held.identity, external_id],
            )
            .await
    }

    /// What stands under the key of a line, if anything does: the line itself, or another.
    async fn known(
        &mut self,
        line: NewLine<'_>,
        direction: &str,
    ) -> Result<Option<Written>, Error> {
        let found: Option<Keyed> = self
            .tx
            .maybe(
                "SELECT conversation_id, direction, kind, body, parts, reply_to FROM messages
                 WHERE agent_id = $1 AND client_key = $2",
                args![line.agent, line.key],
            )
            .await?;
        let Some(found) = found else {
            return Ok(None);
        };
        let same = Keyed {
            conversation_id: line.conversation.uuid(),
            direction: direction.to_owned(),
            kind: line.content.kind().as_str().to_owned(),
            body: line.content.text().map(str::to_owned),
            parts: parts_column(&line.content.parts())?,
            reply_to: line.reply_to.map(MessageId::uuid),
        };
        Ok(Some(if found == same {
            Written::Again
        } else {
            Written::KeyTaken
        }))
    }

    /// Whether a line may answer this one: nothing, or a message of the same thread.
    async fn can_quote(&mut self, held: &Held, reply_to: Option<MessageId>) -> Result<bool, Error> {
        let Some(reply_to) = reply_to else {
            return Ok(true);
        };
        let found: Option<(i64,)> = self
            .tx
            .maybe(
                "SELECT seq FROM messages WHERE workspace_id = $1 AND id = $2 AND channel_id = $3
                   AND identity_id = $4 AND direction IN ('in', 'out')",
                args![self.workspace, reply_to, held.channel, held.identity],
            )
            .await?;
        Ok(found.is_some())
    }

    /// Removes a message that was never handed over, and lets the conversation show what is left. Its file is
    /// among what its author has not sent; answers it.
    pub(crate) async fn withdraw(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
    ) -> Result<Option<MediaId>, Error> {
        let file = self.detach_file(message).await?;
        self.tx
            .run("DELETE FROM outbox WHERE message_id = $1", args![message])
            .await?;
        let gone: Option<(Uuid, Option<String>)> = self
            .tx
            .maybe(
                "DELETE FROM messages WHERE id = $1 RETURNING channel_id, about",
                args![message],
            )
            .await?;
        if let Some((channel, Some(about))) = gone {
            let channel_id = ChannelId::from_uuid(channel);
            abouts::touch(self, BTreeSet::from([AboutRow { channel_id, about }])).await?;
        }
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
        self.recount_waiting(conversation).await?;
        Ok(file)
    }
}
