//! What changed since a cursor: the current state of everything touched, never a replay.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AgentId, ConversationId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;
use uuid::Uuid;

use crate::Store;
use crate::channels::ChannelView;
use crate::conversations::Conversation;
use crate::db::args;
use crate::error::Error;
use crate::thread::Line;

/// An agent's read mark in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadMark {
    /// Whose.
    pub agent_id: AgentId,
    /// Where.
    pub conversation_id: ConversationId,
    /// How far.
    pub seq: i64,
}

/// An agent's draft that changed; its text is fetched by whoever it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct DraftMark {
    /// Whose.
    pub agent_id: AgentId,
    /// Where.
    pub conversation_id: ConversationId,
}

/// Everything that changed between two cursors, as it stands now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Changes {
    /// Conversations that changed.
    pub conversations: Vec<Conversation>,
    /// Lines that were added or changed.
    #[serde(skip)]
    pub lines: Vec<Line>,
    /// Queued messages that were taken back.
    pub removed: Vec<MessageId>,
    /// Read marks that moved.
    pub reads: Vec<ReadMark>,
    /// Drafts that changed.
    pub drafts: Vec<DraftMark>,
    /// The counters that moved, by name; `mine:agt_…` per agent.
    #[serde(skip)]
    pub counters: BTreeMap<String, i64>,
    /// The channels, if agents or channels changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<Vec<ChannelView>>,
    /// Whether agents or channels changed.
    #[serde(skip)]
    pub workspace_changed: bool,
}

#[derive(sqlx::FromRow)]
struct Event {
    kind: String,
    conversation_id: Option<Uuid>,
    message_id: Option<Uuid>,
    agent_id: Option<Uuid>,
}

pub(crate) const EVENTS: &str = "SELECT kind, conversation_id, message_id, agent_id FROM events
     WHERE workspace_id = $1 AND seq > $2 AND seq <= $3";

pub(crate) const MOVED: &str =
    "SELECT name, n FROM counters WHERE workspace_id = $1 AND version > $2";

impl Store {
    /// The newest event of a workspace.
    pub async fn cursor(&self, workspace: WorkspaceId) -> Result<i64, Error> {
        let row: Option<(i64,)> = self
            .db
            .maybe(
                "SELECT event_seq FROM workspaces WHERE id = $1",
                args![workspace],
            )
            .await?;
        Ok(row.map_or(0, |r| r.0))
    }

    /// Whether everything after `cursor` is still known. If not, the asker must load anew.
    pub async fn knows_since(&self, workspace: WorkspaceId, cursor: i64) -> Result<bool, Error> {
        let row: Option<(Option<i64>, i64)> = self
            .db
            .maybe(
                "SELECT (SELECT MIN(seq) FROM events WHERE workspace_id = $1), event_seq
                 FROM workspaces WHERE id = $1",
                args![workspace],
            )
            .await?;
        Ok(match row {
            Some((Some(oldest), newest)) => cursor <= newest && cursor + 1 >= oldest,
            Some((None, newest)) => cursor == newest,
            None => false,
        })
    }

    /// Everything that changed in `(after, upto]`.
    pub async fn changes(
        &self,
        workspace: WorkspaceId,
        after: i64,
        upto: i64,
    ) -> Result<Changes, Error> {
        let events: Vec<Event> = self.db.all(EVENTS, args![workspace, after, upto]).await?;
        let touched = Touched::of(&events);
        let workspace_changed = touched.workspace;
        Ok(Changes {
            conversations: self
                .conversations_of(workspace, &touched.conversations())
                .await?,
            lines: self
                .lines_of(
                    workspace,
                    &touched.lines.iter().copied().collect::<Vec<_>>(),
                )
                .await?,
            reads: self.read_marks(workspace, &touched.reads).await?,
            drafts: touched.drafts.into_iter().collect(),
            removed: touched.removed.into_iter().collect(),
            counters: self.moved_counters(workspace, after).await?,
            channels: if workspace_changed {
                let channels = self.channels(workspace).await?;
                Some(channels.iter().map(ChannelView::from).collect())
            } else {
                None
            },
            workspace_changed,
        })
    }

    /// Counters that moved after `cursor`. Every move has an event, so none lies behind it.
    async fn moved_counters(
        &self,
        workspace: WorkspaceId,
        cursor: i64,
    ) -> Result<BTreeMap<String, i64>, Error> {
        let moved: Vec<(String, i64)> = self.db.all(MOVED, args![workspace, cursor]).await?;
        Ok(moved.into_iter().collect())
    }

    async fn read_marks(
        &self,
        workspace: WorkspaceId,
        touched: &BTreeSet<(AgentId, ConversationId)>,
    ) -> Result<Vec<ReadMark>, Error> {
        let mut marks = Vec::with_capacity(touched.len());
        for &(agent_id, conversation_id) in touched {
            let row: Option<(i64,)> = self
                .db
                .maybe(
                    "SELECT seq FROM reads WHERE workspace_id = $1 AND conversation_id = $2 AND agent_id = $3",
                    args![workspace, conversation_id, agent_id],
                )
                .await?;
            marks.extend(row.map(|(seq,)| ReadMark {
                agent_id,
                conversation_id,
                seq,
            }));
        }
        Ok(marks)
    }

    /// Forgets some of the events that happened before `before`; answers how many.
    pub async fn prune_events(&self, before: Timestamp) -> Result<u64, Error> {
        self.db
            .run(
                "DELETE FROM events WHERE (workspace_id, seq) IN (
                   SELECT workspace_id, seq FROM events WHERE at < $1 ORDER BY at LIMIT $2)",
                args![before, PRUNED_AT_ONCE],
            )
            .await
    }
}

/// How many rows go in one transaction.
const PRUNED_AT_ONCE: i64 = 2_000;

#[derive(Default)]
struct Touched {
    with_lines: BTreeSet<ConversationId>,
    lines: BTreeSet<MessageId>,
    removed: BTreeSet<MessageId>,
    reads: BTreeSet<(AgentId, ConversationId)>,
    drafts: BTreeSet<DraftMark>,
    workspace: bool,
}

impl Touched {
    fn of(events: &[Event]) -> Self {
        let mut touched = Self::default();
        for event in events {
            touched.add(event);
        }
        touched.lines.retain(|id| !touched.removed.contains(id));
        touched
    }

    fn add(&mut self, event: &Event) {
        let conversation = event.conversation_id.map(ConversationId::from_uuid);
        let message = event.message_id.map(MessageId::from_uuid);
        let agent = event.agent_id.map(AgentId::from_uuid);
        match event.kind.as_str() {
            "message" => {
                self.with_lines.extend(conversation);
                self.lines.extend(message);
            }
            "removed" => self.removed.extend(message),
            "read" => self.reads.extend(agent.zip(conversation)),
            "draft" => {
                let mark = |(agent_id, conversation_id)| DraftMark {
                    agent_id,
                    conversation_id,
                };
                self.drafts.extend(agent.zip(conversation).map(mark));
            }
            "workspace" => self.workspace = true,
            _ => self.with_lines.extend(conversation),
        }
    }

    fn conversations(&self) -> Vec<ConversationId> {
        self.with_lines.iter().copied().collect()
    }
}
