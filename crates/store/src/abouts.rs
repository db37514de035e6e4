//! What belongs to a message and came by itself: reactions to it, changes of it, and what it answers.
//!
//! They are rows of the thread like any other, and are put together when it is read: whatever the order in
//! which they came, the message ends the same.

use std::collections::{BTreeSet, HashMap};

use domain::delivery::Delivery;
use domain::message::{Direction, MessageKind};
use domain::text::preview;
use domain::{AgentId, ChannelId, ConversationId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::db::{Sql, args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

/// An emoji on a message: the last that the customer, or that one of us, put there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reaction {
    /// Its own line.
    pub id: MessageId,
    /// in: the customer's, out: ours.
    #[schema(value_type = Direction)]
    pub direction: String,
    /// The emoji.
    pub emoji: String,
    /// Who of us put it there.
    pub agent_id: Option<AgentId>,
    /// The provider's second; for our own the second in which we queued it.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// How far it got, if it went out.
    pub delivery: Option<Delivery>,
    /// The provider's error code, if it failed.
    pub failure_code: Option<i64>,
}

/// What a customer changed a message to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Edit {
    /// The words from then on.
    pub text: Option<String>,
    /// The provider's second.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// The message that another one answers, as far as it is shown there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quote {
    /// in or out.
    #[schema(value_type = Direction)]
    pub direction: String,
    /// Who of us wrote it.
    pub agent_id: Option<AgentId>,
    /// The kind of message.
    #[schema(value_type = MessageKind)]
    pub kind: String,
    /// Its beginning.
    pub text: String,
}

/// What was done to one message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Done {
    pub(crate) reactions: Vec<Reaction>,
    pub(crate) edits: Vec<Edit>,
    pub(crate) deleted_at: Option<Timestamp>,
}

/// A message that something may be about.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Target {
    pub(crate) channel: Uuid,
    pub(crate) identity: Uuid,
    pub(crate) external_id: String,
}

#[derive(Debug, Clone, sqlx::FromRow)]
struct Found {
    channel_id: Uuid,
    identity_id: Uuid,
    about: String,
    id: Uuid,
    direction: String,
    kind: String,
    at: i64,
    seq: i64,
    body: Option<String>,
    agent_id: Option<Uuid>,
    delivery: Option<String>,
    failure_code: Option<i64>,
}

#[derive(Debug, Clone, Serialize, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AboutRow {
    pub(crate) channel_id: ChannelId,
    pub(crate) about: String,
}

pub(crate) const ABOUTS: Sql = bulk!([id channel_id, text about]
    "SELECT m.channel_id, m.identity_id, m.about, m.id, m.direction, m.kind, m.at, m.seq, m.body, m.agent_id,
            m.delivery, m.failure_code
     FROM input CROSS JOIN messages m
     WHERE m.channel_id = input.channel_id AND m.about = input.about AND m.workspace_id = $2");

const QUOTES: Sql = bulk!([id id]
    "SELECT m.id, m.direction, m.agent_id, m.kind, m.body FROM input CROSS JOIN messages m
     WHERE m.id = input.id AND m.workspace_id = $2");

/// So much of a quoted message is shown.
const GLIMPSE: usize = 200;

impl Store {
    /// What was done to each of these.
    pub(crate) async fn done_to(
        &self,
        workspace: WorkspaceId,
        targets: impl Iterator<Item = Target>,
    ) -> Result<HashMap<Target, Done>, Error> {
        let input: Vec<AboutRow> = targets
            .map(|target| AboutRow {
                channel_id: ChannelId::from_uuid(target.channel),
                about: target.external_id,
            })
            .collect();
        if input.is_empty() {
            return Ok(HashMap::new());
        }
        let mut found: Vec<Found> = self.db.all(ABOUTS, args![rows(&input)?, workspace]).await?;
        found.sort_by_key(|about| (about.at, about.seq));
        let mut done: HashMap<Target, Done> = HashMap::new();
        for about in found {
            let target = Target {
                channel: about.channel_id,
                identity: about.identity_id,
                external_id: about.about.clone(),
            };
            done.entry(target).or_default().add(about)?;
        }
        Ok(done)
    }

    /// These messages, as they are shown where another one answers them.
    pub(crate) async fn quotes(
        &self,
        workspace: WorkspaceId,
        ids: BTreeSet<Uuid>,
    ) -> Result<HashMap<Uuid, Quote>, Error> {
        #[derive(Serialize)]
        struct Row {
            id: MessageId,
        }
        type Quoted = (Uuid, String, Option<Uuid>, String, Option<String>);
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let input: Vec<Row> = ids
            .into_iter()
            .map(|id| Row {
                id: MessageId::from_uuid(id),
            })
            .collect();
        let found: Vec<Quoted> = self.db.all(QUOTES, args![rows(&input)?, workspace]).await?;
        let quote = |(id, direction, agent, kind, body): Quoted| {
            let quote = Quote {
                direction,
                agent_id: agent.map(AgentId::from_uuid),
                kind,
                text: preview(body.as_deref().unwrap_or_default(), GLIMPSE),
            };
            (id, quote)
        };
        Ok(found.into_iter().map(quote).collect())
    }
}

impl Done {
    /// Adds what came after all that was added before.
    fn add(&mut self, about: Found) -> Result<(), Error> {
        let at = instant(about.at);
        match about.kind.as_str() {
            "reaction" => {
                let delivery = about.delivery.as_deref();
                let delivery = delivery.map(|d| word("messages.delivery", d, Delivery::parse));
                let delivery = delivery.transpose()?;
                // It is still there.
                if about.body.is_none() && delivery == Some(Delivery::Failed) {
                    return Ok(());
                }
                self.reactions.retain(|r| r.direction != about.direction);
                self.reactions.extend(about.body.map(|emoji| {
                    Reaction {
                        id: MessageId::from_uuid(about.id),
                        direction: about.direction,
                        emoji,
                        agent_id: about.agent_id.map(AgentId::from_uuid),
                        at,
                        delivery,
                        failure_code: about
                            .failure_code
                            .filter(|_| delivery == Some(Delivery::Failed)),
                    }
                }));
            }
            "edit" => self.edits.push(Edit {
                text: about.body,
                at,
            }),
            "revoke" => _ = self.deleted_at.get_or_insert(at),
            _ => {}
        }
        Ok(())
    }
}

/// Notes that what was done to these messages has changed, where we have them.
pub(crate) async fn touch(change: &mut Change, abouts: BTreeSet<AboutRow>) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Row {
        id: MessageId,
        version: i64,
    }
    if abouts.is_empty() {
        return Ok(());
    }
    let input: Vec<AboutRow> = abouts.into_iter().collect();
    let found: Vec<(Uuid, Uuid)> = change
        .tx
        .all(
            bulk!([id channel_id, text about]
                "SELECT m.id, m.conversation_id FROM input CROSS JOIN messages m
                 WHERE m.channel_id = input.channel_id AND m.external_id = input.about AND m.workspace_id = $2"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    if found.is_empty() {
        return Ok(());
    }
    let touched: Vec<Row> = found
        .into_iter()
        .map(|(id, conversation)| {
            let id = MessageId::from_uuid(id);
            let version = change.message_event(ConversationId::from_uuid(conversation), id);
            Row { id, version }
        })
        .collect();
    change
        .tx
        .run(
            bulk!([id id, int version]
                "UPDATE messages SET version = input.version FROM input WHERE messages.id = input.id"),
            args![rows(&touched)?],
        )
        .await?;
    Ok(())
}
