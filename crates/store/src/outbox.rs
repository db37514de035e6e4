//! Handing messages over: who is due, and what a try was.
//!
//! A row of the outbox is a message that waits. It goes in the transaction that starts a try, so that a
//! crash leaves either a message that still waits or a try whose outcome is unknown, never neither. One
//! try is one row, and one conversation has one call under way. A message whose file the provider has not got
//! yet is held back: due in another age.

mod ends;
mod held;
mod returned;

use domain::identity::ChannelKind;
use domain::message::MessageKind;
use domain::outbound::Content;
use domain::window::{Heard, Sending, Window};
use domain::{ChannelId, ConversationId, IdentityId, MessageId, Timestamp, TryId, WorkspaceId};
use uuid::Uuid;

pub use self::ends::{Ended, Outcome};
pub use self::held::SentBy;
pub(crate) use self::returned::GivenBack;
use crate::Store;
use crate::change::Change;
use crate::contacts::latest_id;
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::parts_of;

/// A message whose turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The message.
    pub message: MessageId,
    /// Who it is for: pair limits count per person.
    pub identity: IdentityId,
}

/// A try that has begun: hand this over now.
#[derive(Debug, Clone, PartialEq)]
pub struct Handover {
    /// The message.
    pub message: MessageId,
    /// The try; the provider echoes it.
    pub try_id: TryId,
    /// Who it is for: pair limits count per person.
    pub identity: IdentityId,
    /// The first try is 1.
    pub number: i64,
    /// What to say.
    pub content: Content,
    /// The provider's id of the file in it.
    pub file: Option<String>,
    /// The provider's id of the message it answers.
    pub reply_to: Option<String>,
    /// The number to say it to, digits as the provider gave them.
    pub wa_id: Option<String>,
    /// The business-scoped id to say it to.
    pub bsuid: Option<String>,
}

/// What became of messages whose turn had come.
#[derive(Debug, Default)]
pub struct Handed {
    /// The tries that have begun.
    pub begun: Vec<Handover>,
    /// Whether any will not go out and waits no more: others may have their turn now.
    pub given_back: bool,
}

pub(crate) const DUE: &str = "SELECT o.message_id, o.identity_id FROM outbox o
     WHERE o.channel_id = $1 AND o.due_at <= $2
       AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq)
       AND NOT EXISTS (SELECT 1 FROM tries t WHERE t.conversation_id = o.conversation_id AND t.outcome = 'calling')
     ORDER BY o.due_at, o.seq LIMIT $3";

const WAITING: &str = concat!(
    "SELECT o.conversation_id, o.identity_id, m.kind AS message_kind, m.body, m.parts, m.tries, m.failure_code,
            ch.kind, w.last_inbound_at, w.refused_at,
            (SELECT q.external_id FROM messages q WHERE q.id = m.reply_to) AS reply_to,
            (SELECT f.external_id FROM media f WHERE f.message_id = o.message_id) AS file, ",
    latest_id!("wa_id", "p.canonical_id = o.identity_id"),
    " AS wa_id, ",
    latest_id!("bsuid", "p.canonical_id = o.identity_id"),
    " AS bsuid
     FROM outbox o
     JOIN messages m ON m.id = o.message_id
     JOIN channels ch ON ch.id = o.channel_id
     JOIN windows w ON w.channel_id = o.channel_id AND w.identity_id = o.identity_id
     WHERE o.workspace_id = $1 AND o.message_id = $2 AND COALESCE(m.due_at, 0) <= $3 AND ch.paused IS NULL"
);

#[derive(sqlx::FromRow)]
struct Waiting {
    conversation_id: Uuid,
    identity_id: Uuid,
    message_kind: String,
    body: Option<String>,
    parts: Option<String>,
    reply_to: Option<String>,
    file: Option<String>,
    tries: i64,
    failure_code: Option<i64>,
    kind: String,
    last_inbound_at: Option<i64>,
    refused_at: Option<i64>,
    wa_id: Option<String>,
    bsuid: Option<String>,
}

/// What the columns of a message of ours mean.
fn content_of(kind: &str, body: Option<String>, parts: Option<String>) -> Result<Content, Error> {
    let corrupt = || Error::Corrupt {
        column: "messages.kind",
        value: kind.to_owned(),
    };
    let word = MessageKind::parse(kind).ok_or_else(corrupt)?;
    Content::read(word, body, parts_of(parts)?).ok_or_else(corrupt)
}

impl Store {
    /// The messages of a channel whose turn has come, the first of each conversation, oldest first.
    pub async fn due(
        &self,
        channel: ChannelId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Due>, Error> {
        let found: Vec<(Uuid, Uuid)> = self.db.all(DUE, args![channel, now, limit]).await?;
        Ok(found
            .into_iter()
            .map(|(message, identity)| Due {
                message: MessageId::from_uuid(message),
                identity: IdentityId::from_uuid(identity),
            })
            .collect())
    }

    /// When the next message of a channel is due; `None` if none waits.
    pub async fn next_due(&self, channel: ChannelId) -> Result<Option<Timestamp>, Error> {
        let row: Option<(Option<i64>,)> = self
            .db
            .maybe(
                "SELECT MIN(due_at) FROM outbox WHERE channel_id = $1",
                args![channel],
            )
            .await?;
        Ok(row.and_then(|r| r.0).map(instant))
    }

    /// How many messages of a workspace wait.
    pub async fn waiting(&self, workspace: WorkspaceId) -> Result<i64, Error> {
        let row: Option<(i64,)> = self
            .db
            .maybe(
                "SELECT COUNT(*) FROM outbox WHERE workspace_id = $1",
                args![workspace],
            )
            .await?;
        Ok(row.map_or(0, |r| r.0))
    }

    /// Begins a try for each of these that still waits and that the window still admits, unless the
    /// channel rests: whoever paused it may not have reached every worker yet. Those that the window does
    /// not admit go back to their author's draft, with an event (DECISIONS 9), unless they may have arrived.
    ///
    /// `clock` is asked once the database is ours: waiting for it must not let a message through a
    /// window that closed meanwhile.
    pub async fn hand_over(
        &self,
        workspace: WorkspaceId,
        messages: &[MessageId],
        clock: impl Fn() -> Timestamp,
    ) -> Result<Handed, Error> {
        let mut handed = Handed::default();
        let Some(mut change) = self.change(workspace, clock()).await? else {
            return Ok(handed);
        };
        let now = clock();
        change.now = now;
        for &message in messages {
            match change.begin_waiting(message).await? {
                Beginning::Begun(begun) => handed.begun.push(*begun),
                Beginning::GivenBack => handed.given_back = true,
                Beginning::NotNow => {}
            }
        }
        change.commit().await?;
        Ok(handed)
    }

    /// Begins a try of a message and ends it at once: what it cannot go without, its file, was not to be had.
    /// `outcome` is told the number of the try. Answers how it ended; `None` if nothing was to be tried.
    pub async fn try_in_vain(
        &self,
        workspace: WorkspaceId,
        message: MessageId,
        now: Timestamp,
        outcome: impl FnOnce(i64) -> Outcome,
    ) -> Result<Option<Outcome>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let ended = match change.begin_waiting(message).await? {
            Beginning::NotNow => return Ok(None),
            Beginning::GivenBack => None,
            Beginning::Begun(begun) => {
                let ended = Ended {
                    try_id: begun.try_id,
                    outcome: outcome(begun.number),
                };
                change.end_try(&ended).await?;
                change.hold_back(message).await?;
                Some(ended.outcome)
            }
        };
        change.commit().await?;
        Ok(ended)
    }
}

/// What came of beginning a try.
enum Beginning {
    Begun(Box<Handover>),
    /// The window does not admit it any more.
    GivenBack,
    /// It does not wait, can still be taken back, or its channel rests.
    NotNow,
}

impl Change {
    /// Begins a try of a message that waits, if its window admits it; if not, it goes back to its author's draft.
    async fn begin_waiting(&mut self, message: MessageId) -> Result<Beginning, Error> {
        let Some(waiting) = self.waiting(message).await? else {
            return Ok(Beginning::NotNow);
        };
        let kind = word("channels.kind", &waiting.kind, ChannelKind::parse)?;
        let heard = Heard {
            last_inbound: waiting.last_inbound_at.map(instant),
            refused_at: waiting.refused_at.map(instant),
        };
        let window = Window::at(kind, heard, self.now);
        if window.admits(Sending::FreeFormByHuman).is_err() {
            let back = GivenBack {
                conversation: ConversationId::from_uuid(waiting.conversation_id),
                event: MessageId::new(self.now, self.chance.bytes()),
                why: None,
            };
            self.give_back(back).await?;
            return Ok(Beginning::GivenBack);
        }
        let try_id = TryId::new(self.now, self.chance.bytes());
        let begun = self.begin_try(message, waiting, try_id).await?;
        Ok(Beginning::Begun(Box::new(begun)))
    }

    async fn waiting(&mut self, message: MessageId) -> Result<Option<Waiting>, Error> {
        self.tx
            .maybe(WAITING, args![self.workspace, message, self.now])
            .await
    }

    async fn begin_try(
        &mut self,
        message: MessageId,
        waiting: Waiting,
        try_id: TryId,
    ) -> Result<Handover, Error> {
        let number = waiting.tries + 1;
        let content = content_of(&waiting.message_kind, waiting.body, waiting.parts)?;
        self.tx
            .run("DELETE FROM outbox WHERE message_id = $1", args![message])
            .await?;
        self.tx
            .run(
                "INSERT INTO tries (id, workspace_id, channel_id, conversation_id, message_id, number, started_at, outcome)
                 SELECT $1, $2, channel_id, conversation_id, id, $4, $5, 'calling' FROM messages WHERE id = $3",
                args![try_id, self.workspace, message, number, self.now],
            )
            .await?;
        // It no longer waits for the reason that the thread shows.
        let conversation = ConversationId::from_uuid(waiting.conversation_id);
        let version = waiting
            .failure_code
            .map(|_| self.message_event(conversation, message));
        self.tx
            .run(
                "UPDATE messages SET tries = $2, due_at = NULL, failure_code = NULL, failure_detail = NULL,
                   version = COALESCE($3, version) WHERE id = $1",
                args![message, number, version],
            )
            .await?;
        Ok(Handover {
            message,
            try_id,
            identity: IdentityId::from_uuid(waiting.identity_id),
            number,
            content,
            file: waiting.file,
            reply_to: waiting.reply_to,
            wa_id: waiting.wa_id,
            bsuid: waiting.bsuid,
        })
    }
}
