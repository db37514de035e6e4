//! Our own messages, and what reports do to them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::delivery::{Delivery, Report};
use domain::inbound::Status;
use domain::message::Failure;
use domain::{AgentId, ChannelId, ConversationId, MessageId, Timestamp};
use serde::Serialize;
use uuid::Uuid;

use crate::abouts::{self, AboutRow};
use crate::change::Change;
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

/// One of our own messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ours {
    pub(crate) conversation: ConversationId,
    /// The message that it is a reaction to.
    about: Option<AboutRow>,
    author: Option<AgentId>,
    pub(crate) external_id: Option<String>,
    /// How many tries it had; a report about an earlier one says less.
    pub(crate) tries: i64,
    /// Whether it waits to be handed over, perhaps again: every report is then about an earlier try.
    pub(crate) waiting: bool,
    /// Whether a report overtook the waiting: it is on its way, and must not be handed over again.
    pub(crate) overtaken: bool,
    pub(crate) delivery: Delivery,
    /// How it stood when it was loaded.
    before: Delivery,
    pub(crate) delivered_at: Option<Timestamp>,
    pub(crate) seen_at: Option<Timestamp>,
    /// Why it failed, or why it waits for another try.
    pub(crate) failure: Option<Failure>,
    /// Whether its latest try failed for the closed window too, whichever reason is kept.
    window_refused: bool,
    /// The event that told of its change, if this change changed it.
    pub(crate) version: Option<i64>,
}

impl Ours {
    /// Merges a report about try `number`; answers whether anything changed.
    ///
    /// An earlier try that arrives after all is an arrival; that it failed is old news.
    /// `proves`: that this try was accepted was not known. Such a report, and every arrival, ends the
    /// waiting for another try.
    pub(crate) fn report(&mut self, number: i64, proves: bool, status: &Status) -> bool {
        let before = self.clone();
        let arrived = status.report.delivery() >= Delivery::Delivered;
        if self.waiting && (arrived || proves && status.report == Report::Sent) {
            self.waiting = false;
            self.overtaken = true;
            self.failure = None;
        }
        let latest = number == self.tries && !self.waiting;
        if latest {
            self.external_id
                .get_or_insert_with(|| status.external_id.clone());
        }
        if latest || arrived {
            self.delivery = self.delivery.advance(status.report.delivery());
        }
        match status.report {
            Report::Delivered => earliest(&mut self.delivered_at, status.at),
            Report::Read | Report::Played => earliest(&mut self.seen_at, status.at),
            Report::Failed if latest => self.fail(status.failure.as_ref()),
            Report::Failed | Report::Sent => {}
        }
        *self != before
    }

    /// Of several reasons one is kept, the same whatever order they came in.
    pub(crate) fn fail(&mut self, why: Option<&Failure>) {
        let is_closed_window = |why: Option<&Failure>| why.is_some_and(Failure::is_closed_window);
        self.window_refused |= is_closed_window(why) && !is_closed_window(self.failure.as_ref());
        let reasons = self.failure.iter().chain(why);
        self.failure = reasons.min_by_key(|f| (f.code, &f.detail)).cloned();
    }
}

fn earliest(slot: &mut Option<Timestamp>, at: Timestamp) {
    *slot = Some(slot.map_or(at, |had| had.min(at)));
}

#[derive(Serialize)]
struct IdRow {
    id: MessageId,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    conversation_id: Uuid,
    channel_id: Uuid,
    about: Option<String>,
    agent_id: Option<Uuid>,
    external_id: Option<String>,
    tries: i64,
    waiting: bool,
    delivery: Option<String>,
    delivered_at: Option<i64>,
    seen_at: Option<i64>,
    failure_code: Option<i64>,
    failure_detail: Option<String>,
}

impl Found {
    fn read(self) -> Result<(MessageId, Ours), Error> {
        let delivery = self.delivery.as_deref().unwrap_or("queued");
        let delivery = word("messages.delivery", delivery, Delivery::parse)?;
        let ours = Ours {
            conversation: ConversationId::from_uuid(self.conversation_id),
            about: self.about.map(|about| AboutRow {
                channel_id: ChannelId::from_uuid(self.channel_id),
                about,
            }),
            author: self.agent_id.map(AgentId::from_uuid),
            external_id: self.external_id,
            tries: self.tries,
            waiting: self.waiting,
            overtaken: false,
            delivery,
            before: delivery,
            delivered_at: self.delivered_at.map(instant),
            seen_at: self.seen_at.map(instant),
            failure: self.failure_code.map(|code| Failure {
                code,
                detail: self.failure_detail,
            }),
            window_refused: false,
            version: None,
        };
        Ok((MessageId::from_uuid(self.id), ours))
    }
}

/// Those of `messages` that are ours.
pub(crate) async fn load(
    change: &mut Change,
    messages: HashSet<MessageId>,
) -> Result<HashMap<MessageId, Ours>, Error> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let input: Vec<_> = messages.into_iter().map(|id| IdRow { id }).collect();
    let found: Vec<Found> = change
        .tx
        .all(
            bulk!([id id]
                "SELECT m.id, m.conversation_id, m.channel_id, m.about, m.agent_id, m.external_id, m.tries, m.delivery, m.delivered_at,
                        m.seen_at, m.failure_code, m.failure_detail,
                        EXISTS (SELECT 1 FROM outbox o WHERE o.message_id = m.id) AS waiting
                 FROM input CROSS JOIN messages m
                 WHERE m.id = input.id AND m.workspace_id = $2 AND m.direction = 'out'"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    found.into_iter().map(Found::read).collect()
}

#[derive(Serialize)]
struct Row<'a> {
    id: MessageId,
    external_id: Option<&'a str>,
    delivery: &'static str,
    delivered_at: Option<i64>,
    seen_at: Option<i64>,
    failure_code: Option<i64>,
    failure_detail: Option<&'a str>,
    version: i64,
}

/// Writes messages that changed, each with the version its event gave it.
pub(crate) async fn write(
    change: &mut Change,
    changed: &[(MessageId, &Ours, i64)],
) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    let overtaken: Vec<_> = changed
        .iter()
        .filter(|(_, ours, _)| ours.overtaken)
        .map(|&(id, ..)| IdRow { id })
        .collect();
    if !overtaken.is_empty() {
        change
            .tx
            .run(
                bulk!([id id] "DELETE FROM outbox WHERE message_id IN (SELECT id FROM input)"),
                args![rows(&overtaken)?],
            )
            .await?;
    }
    let micros = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let input: Vec<_> = changed
        .iter()
        .map(|&(id, ours, version)| Row {
            id,
            external_id: ours.external_id.as_deref(),
            delivery: ours.delivery.as_str(),
            delivered_at: micros(ours.delivered_at),
            seen_at: micros(ours.seen_at),
            failure_code: ours.failure.as_ref().map(|f| f.code),
            failure_detail: ours.failure.as_ref().and_then(|f| f.detail.as_deref()),
            version,
        })
        .collect();
    change
        .tx
        .run(
            bulk!([id id, text external_id, text delivery, int delivered_at, int seen_at, int failure_code,
                   text failure_detail, int version]
                "UPDATE messages SET external_id = input.external_id, delivery = input.delivery,
                   delivered_at = input.delivered_at, seen_at = input.seen_at,
                   failure_code = input.failure_code, failure_detail = input.failure_detail,
                   failed_seq = CASE WHEN input.delivery = 'failed' THEN COALESCE(failed_seq, input.version)
                                     ELSE failed_seq END,
                   version = input.version
                 FROM input WHERE messages.id = input.id"),
            args![rows(&input)?],
        )
        .await?;
    close_windows(change, changed).await?;
    let abouts = changed.iter().filter_map(|(_, ours, _)| ours.about.clone());
    abouts::touch(change, abouts.collect()).await?;
    settle_turns(change, changed).await
}

/// Writes down where the provider said that a window was closed; a conversation that opens again then shows it.
async fn close_windows(
    change: &mut Change,
    changed: &[(MessageId, &Ours, i64)],
) -> Result<(), Error> {
    for &(message, ours, _) in changed {
        if ours.window_refused {
            change.window_refused(message, ours.conversation).await?;
        }
    }
    Ok(())
}

/// Finds out, once per conversation, whose turn it is where a reply began or ceased to count as failed. The newest
/// conversation first: of several that are resolved with the same person, it is the one to open again.
async fn settle_turns(
    change: &mut Change,
    changed: &[(MessageId, &Ours, i64)],
) -> Result<(), Error> {
    let mut failed = BTreeMap::new();
    let mut arrived = BTreeSet::new();
    let replies = changed.iter().filter(|(_, ours, _)| ours.about.is_none());
    for &(_, ours, _) in replies {
        let is_failed = |delivery| delivery == Delivery::Failed;
        match (is_failed(ours.before), is_failed(ours.delivery)) {
            (false, true) => _ = failed.entry(ours.conversation).or_insert(ours.author),
            (true, false) => _ = arrived.insert(ours.conversation),
            _ => {}
        }
    }
    arrived.retain(|conversation| !failed.contains_key(conversation));
    for conversation in arrived {
        change.recount_waiting(conversation).await?;
    }
    for (conversation, author) in failed.into_iter().rev() {
        change.reply_failed(conversation, author).await?;
    }
    Ok(())
}
