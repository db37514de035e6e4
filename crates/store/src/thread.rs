//! The lines of a thread as they are shown, and the details of one message.

use domain::delivery::Delivery;
use domain::message::{self, Direction, Part};
use domain::{AgentId, ConversationId, MessageId, Timestamp, TryId, WorkspaceId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::abouts::{Done, Edit, Quote, Reaction, Target};
use crate::change::Change;
use crate::db::{Sql, args, bulk, rows};
use crate::error::Error;
use crate::media::Media;
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
    /// Its files.
    pub media: Vec<Media>,
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
    /// That line, as far as it is shown there.
    pub quote: Option<Quote>,
    /// The line that it only says something about: a reaction, a change or a deletion that is shown there.
    pub about: Option<MessageId>,
    /// The emojis on it.
    pub reactions: Vec<Reaction>,
    /// What the customer changed it to, the last one last.
    pub edits: Vec<Edit>,
    /// When the customer deleted it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub deleted_at: Option<Timestamp>,
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
    channel_id: Uuid,
    identity_id: Uuid,
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
    about: Option<Uuid>,
    version: i64,
}

impl Found {
    /// What something may be about it by.
    fn target(&self) -> Option<Target> {
        Some(Target {
            channel: self.channel_id,
            identity: self.identity_id,
            external_id: self.external_id.clone()?,
        })
    }

    fn read(self, done: Done, quote: Option<Quote>) -> Result<Line, Error> {
        let from_customer = self.direction == "in";
        let parts = parts_of(self.parts)?;
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
            media: Vec::new(),
            agent_id: self.agent_id.map(AgentId::from_uuid),
            delivery,
            delivered_at: self.delivered_at.map(instant),
            seen_at: self.seen_at.map(instant),
            due_at: self.due_at.map(instant),
            failure_code: self.failure_code.filter(|_| failed),
            failure_detail: self.failure_detail.filter(|_| failed),
            tries: self.tries,
            reply_to: self.reply_to.map(MessageId::from_uuid),
            quote,
            about: self.about.map(MessageId::from_uuid),
            reactions: done.reactions,
            // Nobody but its author can change a message.
            edits: if from_customer {
                done.edits
            } else {
                Vec::new()
            },
            deleted_at: done.deleted_at.filter(|_| from_customer),
            key: self.client_key,
            external_id: self.external_id,
            version: self.version,
        })
    }
}

macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.channel_id, m.identity_id, m.seq, m.at, m.conversation_id, m.direction, m.kind, m.body, m.parts, m.agent_id,
                    m.delivery, m.delivered_at, m.seen_at, m.due_at, m.failure_code, m.failure_detail, m.tries,
                    m.reply_to, m.client_key, m.external_id, m.version,
                    (SELECT q.id FROM messages q WHERE q.channel_id = m.channel_id AND q.external_id = m.about
                       AND q.identity_id = m.identity_id) AS about ",
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
    /// The try that it is about, where the provider told it.
    pub try_id: Option<TryId>,
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
        self.dressed(workspace, found).await
    }

    /// These lines, each with its files, what was done to it and what it answers.
    async fn dressed(&self, workspace: WorkspaceId, found: Vec<Found>) -> Result<Vec<Line>, Error> {
        let targets = found.iter().filter_map(Found::target);
        let mut done = self.done_to(workspace, targets).await?;
        let answered = found.iter().filter_map(|line| line.reply_to);
        let quotes = self.quotes(workspace, answered.collect()).await?;
        let lines = found
            .into_iter()
            .map(|line| {
                let target = line.target();
                let done = target.and_then(|target| done.remove(&target));
                let quote = line.reply_to.and_then(|id| quotes.get(&id).cloned());
                line.read(done.unwrap_or_default(), quote)
            })
            .collect::<Result<_, _>>()?;
        self.with_media(workspace, lines).await
    }

    /// One line.
    pub async fn line(&self, workspace: WorkspaceId, id: MessageId) -> Result<Option<Line>, Error> {
        let found: Vec<Found> = self.db.all(ONE, args![workspace, id]).await?;
        Ok(self.dressed(workspace, found).await?.pop())
    }

    /// The line an agent's browser made under this key, if it got here.
    pub async fn line_by_key(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        key: &str,
    ) -> Result<Option<Line>, Error> {
        let found: Vec<Found> = self.db.all(BY_KEY, args![workspace, agent, key]).await?;
        Ok(self.dressed(workspace, found).await?.pop())
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
        self.dressed(workspace, found).await
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
        type Row = (Option<Uuid>, String, i64, i64, Option<i64>, Option<String>);
        let found: Vec<Row> = self
            .db
            .all(
                "SELECT try_id, status, at, received_at, NULLIF(code, 0), pricing FROM statuses
                 WHERE workspace_id = $1 AND message_id = $2 ORDER BY at, received_at",
                args![workspace, message],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|(id, status, at, received_at, code, pricing)| StatusFact {
                try_id: id.map(TryId::from_uuid),
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
    pub(crate) parts: Vec<Part>,
    pub(crate) reply_to: Option<MessageId>,
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
            parts: params
                .map(|params| Part::Event { params })
                .into_iter()
                .collect(),
            reply_to: None,
            agent,
            delivery: None,
            due_at: None,
            key: None::<&'a str>,
        }
    }
}

/// Parts are stored only when they say more than the text does.
pub(crate) fn parts_column(parts: &[Part]) -> Result<Option<String>, Error> {
    match parts {
        [] | [Part::Text { .. }] => Ok(None),
        parts => serde_json::to_string(parts)
            .map(Some)
            .map_err(Error::Encode),
    }
}

/// Reads [`parts_column`] back.
pub(crate) fn parts_of<T: DeserializeOwned>(column: Option<String>) -> Result<Vec<T>, Error> {
    column.map_or(Ok(Vec::new()), |json| {
        serde_json::from_str(&json).map_err(|_| Error::Corrupt {
            column: "messages.parts",
            value: json,
        })
    })
}

/// The start of the second an instant lies in: what threads are ordered by.
pub(crate) fn second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

impl Change {
    /// Adds a line of ours; answers its sequence.
    pub(crate) async fn add_line(&mut self, line: OwnLine<'_>) -> Result<i64, Error> {
        let seq = self.message_event(line.conversation, line.id);
        let parts = parts_column(&line.parts)?;
        let about = message::about(&line.parts);
        self.tx
            .run(
                "INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at,
                   received_at, direction, kind, body, parts, agent_id, delivery, due_at, client_key, reply_to,
                   about, version)
                 SELECT $1, $2, c.channel_id, c.identity_id, c.id, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,
                   $15, $16, $4
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
                    line.key,
                    line.reply_to,
                    about
                ],
            )
            .await?;
        Ok(seq)
    }
}
