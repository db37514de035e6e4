//! Reads what a set of updates touches, a statement per kind of thing.

use std::collections::HashSet;

use domain::conversation::State;
use domain::identity::{IdentityKey, IdentityKind, number_variants};
use domain::inbound::News;
use domain::window::{FreeEntry, Heard};
use domain::{AgentId, ChannelId, ContactId, ConversationId, IdentityId, MessageId, TryId};
use serde::Serialize;
use uuid::Uuid;

use super::Received;
use super::known::{Called, Conversation, Identity, Known, Mark, Thread, ThreadKey, Try};
use super::ours;
use crate::change::Change;
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

#[derive(Serialize)]
struct ValueRow<'a> {
    value: &'a str,
}

#[derive(Serialize, PartialEq, Eq, Hash, Clone, Copy)]
struct ExternalRow<'a> {
    channel_id: ChannelId,
    external_id: &'a str,
}

#[derive(Serialize)]
struct ThreadRow {
    channel_id: ChannelId,
    identity_id: IdentityId,
}

#[derive(Serialize)]
struct TryRow {
    id: TryId,
}

pub(super) async fn load<'a>(
    change: &mut Change,
    updates: &[&'a Received],
) -> Result<Known<'a>, Error> {
    let mut known = Known::default();
    identities(change, updates, &mut known).await?;
    namesakes(change, updates, &mut known).await?;
    told_moves(change, updates, &mut known).await?;
    threads(change, updates, &mut known).await?;
    messages(change, updates, &mut known).await?;
    reported_tries(change, updates, &mut known).await?;
    echoed_tries(change, updates, &mut known).await?;
    let tried = known.by_try.values().map(|t| t.message).collect();
    known.ours = ours::load(change, tried).await?;
    Ok(known)
}

/// The ids by which an update may name a person.
fn keys(news: &News) -> Vec<&IdentityKey> {
    match news {
        News::Message(m) => m.from.keys.iter().collect(),
        News::Moved(m) => m.from.iter().chain(&m.to).collect(),
        News::Status(_) => vec![],
    }
}

async fn identities(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let mut values: HashSet<String> = HashSet::new();
    for key in updates.iter().flat_map(|u| keys(&u.news)) {
        if key.kind == IdentityKind::WaId {
            values.extend(number_variants(&key.value));
        }
        values.insert(key.value.clone());
    }
    if values.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = values.iter().map(|v| ValueRow { value: v }).collect();
    let found: Vec<FoundIdentity> = change
        .tx
        .all(
            bulk!([text value]
                "SELECT i.kind, i.value, i.canonical_id, i.contact_id, i.home_id, i.since, i.left_at, c.username,
                        c.profile_name, h.name,
                        (SELECT MAX(n.since) FROM identities n
                         WHERE n.canonical_id = i.canonical_id AND n.kind = i.kind) AS latest,
                        EXISTS (SELECT 1 FROM identities b
                                WHERE b.canonical_id = i.canonical_id AND b.kind = 'bsuid') AS has_bsuid
                 FROM input
                 CROSS JOIN identities i
                 JOIN identities c ON c.id = i.canonical_id
                 JOIN contacts h ON h.id = i.home_id
                 WHERE i.workspace_id = $2 AND i.value = input.value"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    for identity in found {
        identity.read_into(known)?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct FoundIdentity {
    kind: String,
    value: String,
    canonical_id: Uuid,
    contact_id: Uuid,
    home_id: Uuid,
    since: i64,
    left_at: Option<i64>,
    username: Option<String>,
    profile_name: Option<String>,
    name: String,
    latest: i64,
    has_bsuid: bool,
}

impl FoundIdentity {
    fn read_into(self, known: &mut Known<'_>) -> Result<(), Error> {
        let kind = word("identities.kind", &self.kind, IdentityKind::parse)?;
        let key = IdentityKey::new(kind, self.value);
        let canonical = IdentityId::from_uuid(self.canonical_id);
        if self.has_bsuid {
            known.bsuids.insert(canonical);
        }
        known.called.entry(canonical).or_insert(Called {
            username: self.username,
            profile: self.profile_name,
            contact: self.name,
            ..Called::default()
        });
        known.latest.insert((canonical, kind), instant(self.latest));
        let mark = Mark {
            since: instant(self.since),
            left_at: self.left_at.map(instant),
        };
        known.marks.insert(key.clone(), mark);
        let identity = Identity {
            canonical,
            contact: ContactId::from_uuid(self.contact_id),
            home: ContactId::from_uuid(self.home_id),
        };
        known.identities.insert(key, identity);
        Ok(())
    }
}

/// Who else uses a username that is new to whoever came with it.
async fn namesakes(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let used: HashSet<&str> = known
        .called
        .values()
        .filter_map(|c| c.username.as_deref())
        .collect();
    let new: HashSet<&str> = updates
        .iter()
        .filter_map(|u| match &u.news {
            News::Message(m) => m.from.username.as_deref(),
            News::Status(_) | News::Moved(_) => None,
        })
        .filter(|username| !used.contains(username))
        .collect();
    if new.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = new.into_iter().map(|value| ValueRow { value }).collect();
    let found: Vec<(Uuid, String, String)> = change
        .tx
        .all(
            bulk!([text value]
                "SELECT i.id, i.username, COALESCE(i.profile_name, h.name)
                 FROM input
                 CROSS JOIN identities i
                 JOIN contacts h ON h.id = i.home_id
                 WHERE i.workspace_id = $2 AND i.username = input.value"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    for (canonical, username, name) in found {
        let users = known.namesakes.entry(username).or_default();
        users.push((IdentityId::from_uuid(canonical), name));
    }
    Ok(())
}

/// Which of the new ids the provider spoke of before, and when.
async fn told_moves(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let values: HashSet<&str> = updates
        .iter()
        .filter_map(|u| match &u.news {
            News::Moved(moved) => Some(&moved.to),
            News::Message(_) | News::Status(_) => None,
        })
        .flatten()
        .map(|key| key.value.as_str())
        .collect();
    if values.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = values.into_iter().map(|value| ValueRow { value }).collect();
    let found: Vec<(String, String, i64)> = change
        .tx
        .all(
            bulk!([text value]
                "SELECT m.kind, m.value, m.at FROM input CROSS JOIN moves m
                 WHERE m.workspace_id = $2 AND m.value = input.value"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    for (kind, value, at) in found {
        let key = IdentityKey::new(word("moves.kind", &kind, IdentityKind::parse)?, value);
        known.told.entry(key).or_default().push(instant(at));
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct FoundThread {
    channel_id: Uuid,
    identity_id: Uuid,
    last_inbound_at: Option<i64>,
    refused_at: Option<i64>,
    referred_at: Option<i64>,
    answered_at: Option<i64>,
    id: Uuid,
    number: i64,
    state: String,
    assignee_id: Option<Uuid>,
    opened_at: i64,
    resolved_at: Option<i64>,
    last_message_id: Option<Uuid>,
    last_at: i64,
    last_seq: i64,
    last_inbound_seq: i64,
    waiting_since: Option<i64>,
    assignee_read: i64,
    version: i64,
}

impl FoundThread {
    fn read(self) -> Result<(ThreadKey, Thread), Error> {
        let key = (
            ChannelId::from_uuid(self.channel_id),
            IdentityId::from_uuid(self.identity_id),
        );
        let mut conversation = Conversation {
            id: ConversationId::from_uuid(self.id),
            number: self.number,
            state: word("conversations.state", &self.state, State::parse)?,
            assignee: self.assignee_id.map(AgentId::from_uuid),
            opened_at: instant(self.opened_at),
            resolved_at: self.resolved_at.map(instant),
            last_message: self.last_message_id.map(MessageId::from_uuid),
            last_at: instant(self.last_at),
            last_seq: self.last_seq,
            last_inbound_seq: self.last_inbound_seq,
            waiting_since: self.waiting_since.map(instant),
            assignee_read: self.assignee_read,
            before: None,
            version: self.version,
        };
        conversation.before = Some(conversation.standing());
        let thread = Thread {
            conversation: Some(conversation),
            heard: Heard {
                last_inbound: self.last_inbound_at.map(instant),
                refused_at: self.refused_at.map(instant),
            },
            free_entry: FreeEntry {
                referred_at: self.referred_at.map(instant),
                answered_at: self.answered_at.map(instant),
            },
            ..Thread::default()
        };
        Ok((key, thread))
    }
}

async fn threads(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let channels: HashSet<ChannelId> = updates.iter().map(|u| u.channel).collect();
    let people: HashSet<IdentityId> = known.identities.values().map(|i| i.canonical).collect();
    let input: Vec<_> = channels
        .iter()
        .flat_map(|&channel_id| {
            people.iter().map(move |&identity_id| ThreadRow {
                channel_id,
                identity_id,
            })
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    let found: Vec<FoundThread> = change
        .tx
        .all(
            bulk!([id channel_id, id identity_id]
                "SELECT w.channel_id, w.identity_id, w.last_inbound_at, w.refused_at, w.referred_at, w.answered_at,
                        c.id, c.number, c.state, c.assignee_id, c.opened_at, c.resolved_at, c.last_message_id,
                        c.last_at, c.last_seq, c.last_inbound_seq, c.waiting_since, c.version,
                        COALESCE(r.seq, a.joined_seq, 0) AS assignee_read
                 FROM input
                 CROSS JOIN windows w
                 JOIN conversations c ON c.id = w.conversation_id
                 LEFT JOIN agents a ON a.id = c.assignee_id
                 LEFT JOIN reads r ON r.conversation_id = c.id AND r.agent_id = c.assignee_id
                 WHERE w.channel_id = input.channel_id AND w.identity_id = input.identity_id
                   AND w.workspace_id = $2"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    for thread in found {
        let (key, thread) = thread.read()?;
        known.threads.insert(key, thread);
    }
    Ok(())
}

/// The provider's ids of a line in a thread and of the one it answers.
fn message_ids(news: &News) -> Vec<&str> {
    match news {
        News::Message(m) => std::iter::once(m.external_id.as_str())
            .chain(m.reply_to.as_deref())
            .collect(),
        News::Moved(m) => m.external_id.as_deref().into_iter().collect(),
        News::Status(_) => vec![],
    }
}

/// The provider's id of our message that a report is about.
fn reported_id(news: &News) -> Vec<&str> {
    match news {
        News::Status(s) => vec![&s.external_id],
        News::Message(_) | News::Moved(_) => vec![],
    }
}

/// Each of the ids that updates speak of, once, in its channel.
fn externals<'a>(
    updates: &[&'a Received],
    ids: fn(&'a News) -> Vec<&'a str>,
) -> Vec<ExternalRow<'a>> {
    let of = |update: &&'a Received| {
        let channel_id = update.channel;
        ids(&update.news)
            .into_iter()
            .map(move |external_id| ExternalRow {
                channel_id,
                external_id,
            })
    };
    let distinct: HashSet<_> = updates.iter().flat_map(of).collect();
    distinct.into_iter().collect()
}

async fn messages(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let input = externals(updates, message_ids);
    if input.is_empty() {
        return Ok(());
    }
    let found: Vec<(Uuid, String, Uuid, bool)> = change
        .tx
        .all(
            bulk!([id channel_id, text external_id]
                "SELECT m.channel_id, m.external_id, m.id, m.direction <> 'out'
                 FROM input CROSS JOIN messages m
                 WHERE m.channel_id = input.channel_id AND m.external_id = input.external_id
                   AND m.workspace_id = $2"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    for (channel, external_id, message, theirs) in found {
        let key = (ChannelId::from_uuid(channel), external_id);
        if theirs {
            known.stored.insert(key.clone());
        }
        known.by_external.insert(key, MessageId::from_uuid(message));
    }
    Ok(())
}

async fn reported_tries(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let input = externals(updates, reported_id);
    if input.is_empty() {
        return Ok(());
    }
    let found = change
        .tx
        .all(
            bulk!([id channel_id, text external_id]
                "SELECT t.channel_id, t.external_id, t.id, t.message_id, t.number
                 FROM input CROSS JOIN tries t
                 WHERE t.channel_id = input.channel_id AND t.external_id = input.external_id
                   AND t.workspace_id = $2"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    add_tries(known, found);
    Ok(())
}

fn add_tries(known: &mut Known<'_>, found: Vec<(Uuid, Option<String>, Uuid, Uuid, i64)>) {
    for (channel, external_id, id, message, number) in found {
        let (channel, id) = (ChannelId::from_uuid(channel), TryId::from_uuid(id));
        let message = MessageId::from_uuid(message);
        let proved = external_id.is_some();
        if let Some(external_id) = external_id {
            known.try_of.insert((channel, external_id), id);
        }
        known.by_try.insert(
            id,
            Try {
                channel,
                message,
                number,
                proved,
            },
        );
    }
}

fn try_refs(updates: &[&Received]) -> impl Iterator<Item = TryId> {
    updates.iter().filter_map(|u| match &u.news {
        News::Status(s) => s.try_ref.as_ref()?.parse().ok(),
        _ => None,
    })
}

async fn echoed_tries(
    change: &mut Change,
    updates: &[&Received],
    known: &mut Known<'_>,
) -> Result<(), Error> {
    let input: Vec<_> = try_refs(updates).map(|id| TryRow { id }).collect();
    if input.is_empty() {
        return Ok(());
    }
    let found = change
        .tx
        .all(
            bulk!([id id]
                "SELECT t.channel_id, t.external_id, t.id, t.message_id, t.number
                 FROM input CROSS JOIN tries t
                 WHERE t.id = input.id AND t.workspace_id = $2"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    add_tries(known, found);
    Ok(())
}
