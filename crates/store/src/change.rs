//! One change of a workspace: everything it writes, its events and its counters, in one transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::conversation::{Counter, Standing, counter_moves};
use domain::{AgentId, ConversationId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;

use crate::Store;
use crate::chance::Chance;
use crate::db::{Tx, args, bulk, rows};
use crate::error::Error;

/// What an event is about; the row holds the word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    /// A line of a thread was added or changed.
    Message,
    /// A conversation changed.
    Conversation,
    /// A queued message was taken back.
    Removed,
    /// An agent read a conversation.
    Read,
    /// An agent's draft changed.
    Draft,
    /// Agents or channels of the workspace changed.
    Workspace,
}

impl EventKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Conversation => "conversation",
            Self::Removed => "removed",
            Self::Read => "read",
            Self::Draft => "draft",
            Self::Workspace => "workspace",
        }
    }
}

/// What an event names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct About {
    pub(crate) conversation: Option<ConversationId>,
    pub(crate) message: Option<MessageId>,
    pub(crate) agent: Option<AgentId>,
}

#[derive(Serialize)]
struct EventRow {
    seq: i64,
    kind: &'static str,
    conversation_id: Option<ConversationId>,
    message_id: Option<MessageId>,
    agent_id: Option<AgentId>,
}

#[derive(Serialize)]
struct CounterRow {
    name: String,
    n: i64,
}

/// The name of a counter's row.
pub(crate) fn counter_name(counter: Counter) -> String {
    match counter {
        Counter::All => "all".to_owned(),
        Counter::Unassigned => "unassigned".to_owned(),
        Counter::Resolved => "resolved".to_owned(),
        Counter::Mine(agent) => format!("mine:{agent}"),
    }
}

/// A change under way. It holds the workspace's row, so that sequences are handed out in the order of
/// commits and a cursor can never pass an event that is not committed yet (DECISIONS 5).
pub(crate) struct Change {
    pub(crate) tx: Tx,
    pub(crate) workspace: WorkspaceId,
    pub(crate) now: Timestamp,
    pub(crate) chance: Arc<Chance>,
    seq: i64,
    conversation_number: i64,
    events: Vec<EventRow>,
    counters: BTreeMap<Counter, i64>,
}

impl Store {
    /// Begins a change of `workspace`; `None` if there is no such workspace.
    pub(crate) async fn change(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<Option<Change>, Error> {
        let mut tx = self.db.begin().await?;
        let row: Option<(i64, i64)> = tx
            .maybe(
                "UPDATE workspaces SET event_seq = event_seq WHERE id = $1
                 RETURNING event_seq, conversation_number",
                args![workspace],
            )
            .await?;
        Ok(row.map(|(seq, conversation_number)| Change {
            tx,
            workspace,
            now,
            chance: self.chance.clone(),
            seq,
            conversation_number,
            events: Vec::new(),
            counters: BTreeMap::new(),
        }))
    }
}

impl Change {
    /// Notes an event and answers its sequence, the version of what it is about.
    pub(crate) fn event(&mut self, kind: EventKind, about: About) -> i64 {
        self.seq += 1;
        self.events.push(EventRow {
            seq: self.seq,
            kind: kind.as_str(),
            conversation_id: about.conversation,
            message_id: about.message,
            agent_id: about.agent,
        });
        self.seq
    }

    /// Notes that a line of a thread was added or changed.
    pub(crate) fn message_event(
        &mut self,
        conversation: ConversationId,
        message: MessageId,
    ) -> i64 {
        self.event(
            EventKind::Message,
            About {
                conversation: Some(conversation),
                message: Some(message),
                agent: None,
            },
        )
    }

    /// Notes that a conversation changed.
    pub(crate) fn conversation_event(&mut self, conversation: ConversationId) -> i64 {
        self.event(
            EventKind::Conversation,
            About {
                conversation: Some(conversation),
                ..About::default()
            },
        )
    }

    /// The number of the next new conversation.
    pub(crate) fn next_number(&mut self) -> i64 {
        self.conversation_number += 1;
        self.conversation_number
    }

    /// Moves the counters for a conversation that went from `before` to `after`.
    pub(crate) fn count(&mut self, before: Option<Standing>, after: Standing) {
        for (counter, by) in counter_moves(before, after) {
            *self.counters.entry(counter).or_default() += by;
        }
    }

    /// Whether anything was noted.
    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty() && self.counters.values().all(|&n| n == 0)
    }

    /// Commits, and answers the workspace's new cursor.
    pub(crate) async fn commit(mut self) -> Result<i64, Error> {
        self.write_events().await?;
        self.write_counters().await?;
        self.tx
            .run(
                "UPDATE workspaces SET event_seq = $2, conversation_number = $3 WHERE id = $1",
                args![self.workspace, self.seq, self.conversation_number],
            )
            .await?;
        self.tx.commit().await?;
        Ok(self.seq)
    }

    async fn write_events(&mut self) -> Result<(), Error> {
        if self.events.is_empty() {
            return Ok(());
        }
        self.tx
            .run(
                bulk!([int seq, text kind, id conversation_id, id message_id, id agent_id]
                    "INSERT INTO events (workspace_id, seq, at, kind, conversation_id, message_id, agent_id)
                     SELECT $2, seq, $3, kind, conversation_id, message_id, agent_id FROM input"),
                args![rows(&self.events)?, self.workspace, self.now],
            )
            .await?;
        Ok(())
    }

    async fn write_counters(&mut self) -> Result<(), Error> {
        let moved: Vec<CounterRow> = self
            .counters
            .iter()
            .filter(|(_, n)| **n != 0)
            .map(|(&counter, &n)| CounterRow {
                name: counter_name(counter),
                n,
            })
            .collect();
        if moved.is_empty() {
            return Ok(());
        }
        self.tx
            .run(
                bulk!([text name, int n]
                    "INSERT INTO counters (workspace_id, name, n, version)
                     SELECT $2, name, n, $3 FROM input WHERE true
                     ON CONFLICT (workspace_id, name) DO UPDATE
                     SET n = counters.n + excluded.n, version = excluded.version"),
                args![rows(&moved)?, self.workspace, self.seq],
            )
            .await?;
        Ok(())
    }
}
