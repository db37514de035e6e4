//! The lines of a thread as they are shown, and the details of one message.

use domain::delivery::Delivery;
use domain::message::Direction;
use domain::{AgentId, ConversationId, MessageId, Timestamp, TryId, WorkspaceId};
use serde::Serialize;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::db::{Sql, args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

/// One line of a thread: inbound, outbound, note or event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Line {
    /// The line.
    pub id: MessageId,
    /// Its sequence: the order within one second, and what read marks count in.
    pub seq: i64,
    /// The provider's second; for our own messages the second in which we queued them.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// The conversation it belongs to.
    pub conversation_id: ConversationId,
    /// in, out, note or event.
    #[schema(value_type = Direction)]
    pub direction: String,
    /// The kind of message or event.
    pub kind: String,
    /// The words in it.
    pub text: Option<String>,
    /// What it is made of, where that is more than words.
    #[schema(value_type = Vec<Object>)]
    pub parts: Vec<Json>,
    /// Who of us wrote or did it.
    pub agent_id: Option<AgentId>,
    /// How far it got, if it went out.
    pub delivery: Option<Delivery>,
    /// When it reached a device.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub delivered_at: Option<Timestamp>,
    /// When it was read.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen_at: Option<Timestamp>,
    /// When it goes out, while it can still be taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<Timestamp>,
    /// The provider's error code, if it failed or waits for another try; see the error table.
    pub failure_code: Option<i64>,
    /// The provider's words for it.
    pub failure_detail: Option<String>,
    /// How often it was handed over.
    pub tries: i64,
    /// The line it answers.
    pub reply_to: Option<MessageId>,
    /// The browser's own key for it.
    pub key: Option<String>,
    /// The provider's id.
    pub external_id: Option<String>,
    /// Sequence of its last change; a higher one is newer.
    pub version: i64,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    seq: i64,
    at: i64,
    conversation_id: Uuid,
    direction: String,
    kind: String,
    body: Option<String>,
    parts: Option<String>,
    agent_id: Option<Uuid>,
    delivery: Option<String>,
    delivered_at: Option<i64>,
    seen_at: Option<i64>,
    due_at: Option<i64>,
    failure_code: Option<i64>,
    failure_detail: Option<String>,
    tries: i64,
    reply_to: Option<Uuid>,
    client_key: Option<String>,
    external_id: Option<String>,
    version: i64,
}

impl Found {
    fn read(self) -> Result<Line, Error> {
        let parts = match self.parts {
            None => Vec::new(),
            Some(json) => serde_json::from_str(&json).map_err(|_| Error::Corrupt {
                column: "messages.parts",
                value: json,
            })?,
        };
        let delivery = self
            .delivery
            .map(|d| word("messages.delivery", &d, Delivery::parse))
            .transpose()?;
        // A message that arrived after all has failed no longer; its details keep the report.
        let failed = matches!(delivery, Some(Delivery::Failed | Delivery::Queued));
        Ok(Line {
            id: MessageId::from_uuid(self.id),
            seq: self.seq,
            at: instant(self.at),
            conversation_id: ConversationId::from_uuid(self.conversation_id),
            direction: self.direction,
            kind: self.kind,
            text: self.body,
            parts,
            agent_id: self.agent_id.map(AgentId::from_uuid),
            delivery,
            delivered_at: self.delivered_at.map(instant),
            seen_at: self.seen_at.map(instant),
            due_at: self.due_at.map(instant),
            failure_code: self.failure_code.filter(|_| failed),
            failure_detail: self.failure_detail.filter(|_| failed),
            tries: self.tries,
            reply_to: self.reply_to.map(MessageId::from_uuid),
            key: self.client_key,
            external_id: self.external_id,
            version: self.version,
        })
    }
}

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.seq, m.at, m.conversation_id, m.direction, m.kind, m.body, m.parts, m.agent_id,
                    m.delivery, m.delivered_at, m.seen_at, m.due_at, m.failure_code, m.failure_detail, m.tries,
                    m.reply_to, m.client_key, m.external_id, m.version ",
            $rest
        )
    };
}

/// The thread scrolls on into older conversations of the same identity on the same channel.
pub(crate) const THREAD: &str = lines!(
    "FROM messages m WHERE m.workspace_id = $1
       AND m.channel_id = (SELECT channel_id FROM conversations WHERE workspace_id = $1 AND id = $2)
       AND m.identity_id = (SELECT identity_id FROM conversations WHERE workspace_id = $1 AND id = $2)
       AND (m.at, m.seq) < ($3, $4)
     ORDER BY m.at DESC, m.seq DESC LIMIT $5"
);

const ONE: &str = lines!("FROM messages m WHERE m.workspace_id = $1 AND m.id = $2");

const BY_KEY: &str =
    lines!("FROM messages m WHERE m.workspace_id = $1 AND m.agent_id = $2 AND m.client_key = $3");

const SET: Sql = bulk!("$2", [id id] lines!("FROM input CROSS JOIN messages m WHERE m.id = input.id AND m.workspace_id = $1"));

/// Where a page of a thread ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreadEnd {
    /// Microseconds of its oldest line's second.
    pub at: i64,
    /// That line's sequence.
    pub seq: i64,
}

/// One handing-over of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Try {
    /// The try; the provider echoes it.
    pub id: TryId,
    /// The first is 1.
    pub number: i64,
    /// When it was handed over.
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    /// When the answer was known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
    /// calling, accepted, refused, unknown or `not_sent`.
    pub outcome: String,
    /// The provider's error code.
    pub code: Option<i64>,
    /// The provider's words for it.
    pub detail: Option<String>,
    /// The provider's id.
    pub external_id: Option<String>,
}

/// One report about a message, as it came.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StatusFact {
    /// sent, delivered, read, played or failed.
    pub status: String,
    /// The provider's second.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// When it reached us.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// The provider's error code.
    pub code: Option<i64>,
    /// The raw `pricing` object.
    #[schema(value_type = Option<Object>)]
    pub pricing: Option<Json>,
}

#[derive(sqlx::FromRow)]
struct FoundTry {
    id: Uuid,
    number: i64,
    started_at: i64,
    ended_at: Option<i64>,
    outcome: String,
    code: Option<i64>,
    detail: Option<String>,
    external_id: Option<String>,
}

impl Store {
    /// A page of the thread around a conversation, newest first; empty if there is no such conversation.
    pub async fn thread(
        &self,
        workspace: WorkspaceId,
        conversation: ConversationId,
        before: Option<ThreadEnd>,
        limit: i64,
    ) -> Result<Vec<Line>, Error> {
        let end = before.unwrap_or(ThreadEnd {
            at: i64::MAX,
            seq: i64::MAX,
        });
        let found: Vec<Found> = self
            .db
            .all(
                THREAD,
                args![workspace, conversation, end.at, end.seq, limit],
            )
            .await?;
        found.into_iter().map(Found::read).collect()
    }

    /// One line.
    pub async fn line(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Line>, Error> {
        let found: Option<Found> = self.db.maybe(ONE, args![workspace, id]).await?;
        found.map(Found::read).transpose()
    }

    /// The line an agent's browser made under this key, if it got here.
    pub async fn line_by_key(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        key: &str,
    ) -> Result<Option<Line>, Error> {
        let found: Option<Found> = self.db.maybe(BY_KEY, args![workspace, agent, key]).await?;
        found.map(Found::read).transpose()
    }

    pub(crate) async fn lines_of(
        &self,
        workspace: WorkspaceId,
        ids: &[MessageId],
    ) -> Result<Vec<Line>, Error> {
        #[derive(Serialize)]
        struct Row {
            id: MessageId,
        }
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let input: Vec<_> = ids.iter().map(|&id| Row { id }).collect();
        let found: Vec<Found> = self.db.all(SET, args![workspace, rows(&input)?]).await?;
        found.into_iter().map(Found::read).collect()
    }

    /// The handings-over of a message, the first first.
    pub async fn tries(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<Try>, Error> {
        let found: Vec<FoundTry> = self
            .db
            .all(
                "SELECT id, number, started_at, ended_at, outcome, code, detail, external_id FROM tries
                 WHERE workspace_id = $1 AND message_id = $2 ORDER BY number",
                args![workspace, message],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|t| Try {
                id: TryId::from_uuid(t.id),
                number: t.number,
                started_at: instant(t.started_at),
                ended_at: t.ended_at.map(instant),
                outcome: t.outcome,
                code: t.code,
                detail: t.detail,
                external_id: t.external_id,
            })
            .collect())
    }

    /// The reports about a message, in the provider's order.
    pub async fn statuses(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
    ) -> Result<Vec<StatusFact>, Error> {
        type Row = (String, i64, i64, Option<i64>, Option<String>);
        let found: Vec<Row> = self
            .db
            .all(
                "SELECT status, at, received_at, NULLIF(code, 0), pricing FROM statuses
                 WHERE workspace_id = $1 AND message_id = $2 ORDER BY at, received_at",
                args![workspace, message],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|(status, at, received_at, code, pricing)| StatusFact {
                status,
                at: instant(at),
                received_at: instant(received_at),
                code,
                pricing: pricing.and_then(|json| serde_json::from_str(&json).ok()),
            })
            .collect())
    }
}

/// A line that we add ourselves.
pub(crate) struct OwnLine<'a> {
    pub(crate) id: MessageId,
    pub(crate) conversation: ConversationId,
    pub(crate) direction: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) text: Option<&'a str>,
    pub(crate) params: Option<Json>,
    pub(crate) agent: Option<AgentId>,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) key: Option<&'a str>,
}

impl<'a> OwnLine<'a> {
    /// A line that is no message: a code and its parameters.
    pub(crate) fn event(
        id: MessageId,
        conversation: ConversationId,
        kind: &'static str,
        agent: Option<AgentId>,
        params: Option<Json>,
    ) -> Self {
        Self {
            id,
            conversation,
            direction: "event",
            kind,
            text: None,
            params,
            agent,
            delivery: None,
            due_at: None,
            key: None::<&'a str>,
        }
    }
}

/// The start of the second an instant lies in: what threads are ordered by.
pub(crate) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

impl Change {
    /// Adds a line of ours; answers its sequence.
    pub(crate) async fn add_line(&mut self, line: OwnLine<'_>) -> Result<i64, Error> {
        let seq = self.message_event(line.conversation, line.id);
        let parts = line
            .params
            .map(|params| serde_json::json!([{ "type": "event", "params": params }]).to_string());
        self.tx
            .run(
                "INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at,
                   received_at, direction, kind, body, parts, agent_id, delivery, due_at, client_key, version)
                 SELECT $1, $2, c.channel_id, c.identity_id, c.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $4
                 FROM conversations c WHERE c.id = $3",
                args![
                    line.id,
                    self.workspace,
                    line.conversation,
                    seq,
                    second(self.now),
                    self.now,
                    line.direction,
                    line.kind,
                    line.text,
                    parts,
                    line.agent,
                    line.delivery.map(Delivery::as_str),
                    line.due_at,
                    line.key
                ],
            )
            .await?;
        Ok(seq)
    }
}
