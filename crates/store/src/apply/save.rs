//! Writes what the fold changed, a statement per kind of thing.

use std::borrow::Cow;

use domain::inbound::InboundMessage;
use domain::message::{self, Part};
use domain::{AgentId, ChannelId, ConversationId, IdentityId, MessageId, Timestamp, TryId};
use serde::Serialize;
use uuid::Uuid;

use super::known::{Conversation, Known, Line, NewLine, NewStatus, Thread, ThreadKey};
use super::{ours, save_people};
use crate::abouts::{self, AboutRow};
use crate::change::Change;
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::media::MediaOf;
use crate::thread::parts_column;

pub(super) async fn save(change: &mut Change, known: Known<'_>) -> Result<(), Error> {
    save_people::save(change, &known).await?;
    conversations(change, &known).await?;
    lines(change, &known.new_lines).await?;
    media(change, &known.new_lines).await?;
    told_of_others(change, &known.new_lines).await?;
    referrals(change, &known.new_lines).await?;
    our_messages(change, &known).await?;
    statuses(change, &known.new_statuses).await?;
    tries(change, &known).await
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

#[derive(Serialize)]
struct ConversationRow {
    id: ConversationId,
    number: i64,
    channel_id: ChannelId,
    identity_id: IdentityId,
    state: &'static str,
    assignee_id: Option<AgentId>,
    opened_at: i64,
    resolved_at: Option<i64>,
    last_message_id: Option<MessageId>,
    last_at: i64,
    last_seq: i64,
    last_inbound_seq: i64,
    window_until: Option<i64>,
    waiting_since: Option<i64>,
    version: i64,
}

#[derive(Serialize)]
struct WindowRow {
    channel_id: ChannelId,
    identity_id: IdentityId,
    conversation_id: ConversationId,
    last_inbound_at: Option<i64>,
    refused_at: Option<i64>,
    referred_at: Option<i64>,
    answered_at: Option<i64>,
}

fn conversation_row(key: ThreadKey, thread: &Thread, c: &Conversation) -> ConversationRow {
    ConversationRow {
        id: c.id,
        number: c.number,
        channel_id: key.0,
        identity_id: key.1,
        state: c.state.as_str(),
        assignee_id: c.assignee,
        opened_at: micros(c.opened_at),
        resolved_at: c.resolved_at.map(micros),
        last_message_id: c.last_message,
        last_at: micros(c.last_at),
        last_seq: c.last_seq,
        last_inbound_seq: c.last_inbound_seq,
        window_until: thread.heard.until().map(micros),
        waiting_since: c.waiting_since.map(micros),
        version: c.version,
    }
}

async fn conversations(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    let mut conversation_rows = Vec::new();
    let mut window_rows = Vec::new();
    for (&key, thread) in known.threads.iter().filter(|(_, t)| t.touched) {
        for conversation in thread.older.iter().chain(&thread.conversation) {
            change.count(conversation.before, conversation.standing());
            conversation_rows.push(conversation_row(key, thread, conversation));
        }
        if let Some(latest) = &thread.conversation {
            window_rows.push(WindowRow {
                channel_id: key.0,
                identity_id: key.1,
                conversation_id: latest.id,
                last_inbound_at: thread.heard.last_inbound.map(micros),
                refused_at: thread.heard.refused_at.map(micros),
                referred_at: thread.free_entry.referred_at.map(micros),
                answered_at: thread.free_entry.answered_at.map(micros),
            });
        }
    }
    if conversation_rows.is_empty() {
        return Ok(());
    }
    change
        .tx
        .run(
            bulk!([id id, int number, id channel_id, id identity_id, text state, id assignee_id, int opened_at,
                   int resolved_at, id last_message_id, int last_at, int last_seq, int last_inbound_seq,
                   int window_until, int waiting_since, int version]
                "INSERT INTO conversations (id, workspace_id, number, channel_id, identity_id, state, assignee_id,
                   opened_at, resolved_at, last_message_id, last_at, last_seq, last_inbound_seq, window_until,
                   waiting_since, version)
                 SELECT id, $2, number, channel_id, identity_id, state, assignee_id, opened_at, resolved_at,
                   last_message_id, last_at, last_seq, last_inbound_seq, window_until, waiting_since, version
                 FROM input WHERE true
                 ON CONFLICT (id) DO UPDATE SET state = excluded.state, resolved_at = excluded.resolved_at,
                   last_message_id = excluded.last_message_id, last_at = excluded.last_at,
                   last_seq = excluded.last_seq, last_inbound_seq = excluded.last_inbound_seq,
                   window_until = excluded.window_until, waiting_since = excluded.waiting_since,
                   version = excluded.version"),
            args![rows(&conversation_rows)?, change.workspace],
        )
        .await?;
    change
        .tx
        .run(
            bulk!([id channel_id, id identity_id, id conversation_id, int last_inbound_at, int refused_at,
                   int referred_at, int answered_at]
                "INSERT INTO windows (channel_id, identity_id, workspace_id, conversation_id, last_inbound_at,
                   refused_at, referred_at, answered_at)
                 SELECT channel_id, identity_id, $2, conversation_id, last_inbound_at, refused_at, referred_at,
                   answered_at
                 FROM input WHERE true
                 ON CONFLICT (channel_id, identity_id) DO UPDATE SET
                   conversation_id = excluded.conversation_id, last_inbound_at = excluded.last_inbound_at,
                   refused_at = excluded.refused_at, referred_at = excluded.referred_at, answered_at = excluded.answered_at"),
            args![rows(&window_rows)?, change.workspace],
        )
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct LineRow<'a> {
    id: MessageId,
    channel_id: ChannelId,
    identity_id: IdentityId,
    conversation_id: ConversationId,
    seq: i64,
    at: i64,
    said_at: Option<i64>,
    received_at: i64,
    direction: &'static str,
    kind: &'static str,
    body: Option<&'a str>,
    parts: Option<String>,
    external_id: Option<&'a str>,
    reply_to: Option<MessageId>,
    about: Option<&'a str>,
}

fn line_row<'a>(line: &'a NewLine<'a>) -> Result<LineRow<'a>, Error> {
    let row = LineRow {
        id: line.id,
        channel_id: line.channel,
        identity_id: line.identity,
        conversation_id: line.conversation,
        seq: line.seq,
        at: 0,
        said_at: None,
        received_at: micros(line.received_at),
        direction: "event",
        kind: "reopened",
        body: None,
        parts: None,
        external_id: None,
        reply_to: line.reply_to,
        about: None,
    };
    Ok(match &line.what {
        Line::Reopened { at } => LineRow {
            at: micros(*at),
            ..row
        },
        Line::Moved {
            external_id,
            at,
            kind,
            params,
        } => LineRow {
            at: micros(*at),
            kind,
            parts: parts_column(&[Part::Event {
                params: params.clone(),
            }])?,
            external_id: *external_id,
            ..row
        },
        Line::Message(m, at) => LineRow {
            at: micros(*at),
            said_at: (m.at != *at).then(|| micros(m.at)),
            direction: "in",
            kind: m.kind.as_str(),
            body: m.text.as_deref(),
            parts: parts_column(&parts_of(m, line.reply_to))?,
            external_id: Some(&m.external_id),
            about: message::about(&m.parts),
            ..row
        },
    })
}

async fn lines(change: &mut Change, lines: &[NewLine<'_>]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    let input = lines.iter().map(line_row).collect::<Result<Vec<_>, _>>()?;
    change
        .tx
        .run(
            bulk!([id id, id channel_id, id identity_id, id conversation_id, int seq, int at, int said_at,
                   int received_at, text direction, text kind, text body, text parts, text external_id, id reply_to,
                   text about]
                "INSERT INTO messages (id, workspace_id, channel_id, identity_id, conversation_id, seq, at,
                   said_at, received_at, direction, kind, body, parts, external_id, reply_to, about, version)
                 SELECT id, $2, channel_id, identity_id, conversation_id, seq, at, said_at, received_at,
                   direction, kind, body, parts, external_id, reply_to, about, seq FROM input"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

async fn media(change: &mut Change, lines: &[NewLine<'_>]) -> Result<(), Error> {
    let mut files = Vec::new();
    for line in lines {
        let of = MediaOf {
            channel: line.channel,
            conversation: line.conversation,
            message: line.id,
            received_at: line.received_at,
        };
        if let Line::Message(message, _) = &line.what {
            files.extend(change.media_in(of, &message.parts));
        }
    }
    change.add_media(&files).await
}

/// What a message is made of, and which one it answers if we do not have that.
fn parts_of(message: &InboundMessage, reply_to: Option<MessageId>) -> Cow<'_, [Part]> {
    match &message.reply_to {
        Some(of) if reply_to.is_none() => {
            let mut parts = message.parts.clone();
            parts.push(Part::Quoted { of: of.clone() });
            Cow::Owned(parts)
        }
        _ => Cow::Borrowed(&message.parts),
    }
}

/// The messages that reactions and changes are about have changed with them.
async fn told_of_others(change: &mut Change, lines: &[NewLine<'_>]) -> Result<(), Error> {
    let about = |line: &NewLine<'_>| match &line.what {
        Line::Message(m, _) => Some(AboutRow {
            channel_id: line.channel,
            about: message::about(&m.parts)?.to_owned(),
        }),
        Line::Reopened { .. } | Line::Moved { .. } => None,
    };
    abouts::touch(change, lines.iter().filter_map(about).collect()).await
}

#[derive(Serialize)]
struct ReferralRow<'a> {
    message_id: MessageId,
    channel_id: ChannelId,
    identity_id: IdentityId,
    at: i64,
    raw: &'a str,
}

async fn referrals(change: &mut Change, lines: &[NewLine<'_>]) -> Result<(), Error> {
    let input: Vec<_> = lines
        .iter()
        .filter_map(|line| match &line.what {
            Line::Message(m, _) => Some(ReferralRow {
                message_id: line.id,
                channel_id: line.channel,
                identity_id: line.identity,
                at: micros(m.at),
                raw: m.referral.as_deref()?,
            }),
            Line::Reopened { .. } | Line::Moved { .. } => None,
        })
        .collect();
    if input.is_empty() {
        return Ok(());
    }
    change
        .tx
        .run(
            bulk!([id message_id, id channel_id, id identity_id, int at, text raw]
                "INSERT INTO referrals (message_id, workspace_id, channel_id, identity_id, at, raw)
                 SELECT message_id, $2, channel_id, identity_id, at, raw FROM input"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

async fn our_messages(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    let mut changed: Vec<_> = known
        .ours
        .iter()
        .filter_map(|(&id, ours)| Some((id, ours, ours.version?)))
        .collect();
    changed.sort_by_key(|&(.., version)| version);
    ours::write(change, &changed).await
}

/// The code of a report that is no failure, or whose failure says none.
const NO_CODE: i64 = 0;

#[derive(Serialize)]
struct StatusRow<'a> {
    channel_id: ChannelId,
    external_id: &'a str,
    status: &'static str,
    at: i64,
    try_id: Option<TryId>,
    message_id: Option<MessageId>,
    received_at: i64,
    code: i64,
    detail: Option<&'a str>,
    pricing: Option<&'a str>,
    conversation: Option<&'a str>,
}

async fn statuses(change: &mut Change, statuses: &[NewStatus<'_>]) -> Result<(), Error> {
    if statuses.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = statuses
        .iter()
        .map(|new| {
            let failure = new.status.failure.as_ref();
            StatusRow {
                channel_id: new.channel,
                external_id: &new.status.external_id,
                status: new.status.report.as_str(),
                at: micros(new.status.at),
                try_id: new.try_id,
                message_id: new.message,
                received_at: micros(new.received_at),
                code: failure.map_or(NO_CODE, |f| f.code),
                detail: failure.and_then(|f| f.detail.as_deref()),
                pricing: new.status.pricing.as_deref(),
                conversation: new.status.conversation.as_deref(),
            }
        })
        .collect();
    change
        .tx
        .run(
            bulk!([id channel_id, text external_id, text status, int at, id try_id, id message_id, int received_at,
                   int code, text detail, text pricing, text conversation]
                "INSERT INTO statuses (channel_id, external_id, status, at, workspace_id, try_id, message_id,
                   received_at, code, detail, pricing, conversation)
                 SELECT channel_id, external_id, status, at, $2, try_id, message_id, received_at, code, detail,
                   pricing, conversation FROM input WHERE true ON CONFLICT DO NOTHING"),
            args![rows(&input)?, change.workspace],
        )
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct SettledRow<'a> {
    id: TryId,
    external_id: &'a str,
}

/// A report that carries a try's id proves that the try was accepted, even if its answer never came: it
/// then counts as our answer to the customer.
async fn tries(change: &mut Change, known: &Known<'_>) -> Result<(), Error> {
    if known.settled_tries.is_empty() {
        return Ok(());
    }
    let input: Vec<_> = known
        .settled_tries
        .iter()
        .map(|(&id, external_id)| SettledRow { id, external_id })
        .collect();
    let proved: Vec<(Uuid,)> = change
        .tx
        .all(
            bulk!([id id, text external_id]
                "UPDATE tries SET outcome = 'accepted', external_id = input.external_id,
                   ended_at = COALESCE(ended_at, $2)
                 FROM input WHERE tries.id = input.id AND tries.external_id IS NULL
                 RETURNING message_id"),
            args![rows(&input)?, change.now],
        )
        .await?;
    for (message,) in proved {
        change.note_answer(MessageId::from_uuid(message)).await?;
    }
    Ok(())
}
