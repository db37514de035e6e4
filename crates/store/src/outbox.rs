//! Handing messages over: who is due, what a try was, how it ended.
//!
//! A row of the outbox is a message that waits. It goes in the transaction that starts a try, so that a
//! crash leaves either a message that still waits or a try whose outcome is unknown, never neither. One
//! try is one row, and one conversation has one call under way. A message whose file the provider has not got
//! yet is held back: due in another age.

use std::collections::{BTreeMap, HashSet};

use domain::conversation::State;
use domain::delivery::{Delivery, Report};
use domain::identity::ChannelKind;
use domain::inbound::Status;
use domain::message::{Failure, MessageKind};
use domain::outbound::Content;
use domain::window::{FreeEntry, Heard, Sending, Window};
use domain::{
    AgentId, ChannelId, ConversationId, IdentityId, MessageId, Timestamp, TryId, WorkspaceId,
};
use serde_json::json;
use uuid::Uuid;

use crate::Store;
use crate::apply::ours;
use crate::backup::RESTORED;
use crate::change::Change;
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};
use crate::thread::{OwnLine, parts_of};

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

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The provider took it and named it.
    Accepted {
        /// The provider's id.
        external_id: String,
    },
    /// The provider refused it, for good.
    Refused(Failure),
    /// It did not go out; it waits until then.
    Again {
        /// Why.
        failure: Failure,
        /// When to try again.
        due_at: Timestamp,
    },
    /// Nobody knows: the answer never came.
    Unknown {
        /// What was seen, for the details.
        detail: String,
    },
}

/// The end of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// The try.
    pub try_id: TryId,
    /// How.
    pub outcome: Outcome,
}

/// What goes back to the drafts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenBack {
    pub(crate) conversation: ConversationId,
    /// The line that tells of it.
    pub(crate) event: MessageId,
    /// `None`: the window has closed.
    pub(crate) why: Option<&'static str>,
}

pub(crate) const DUE: &str = "SELECT o.message_id, o.identity_id FROM outbox o
     WHERE o.channel_id = $1 AND o.due_at <= $2
       AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.conversation_id = o.conversation_id AND e.seq < o.seq)
       AND NOT EXISTS (SELECT 1 FROM tries t WHERE t.conversation_id = o.conversation_id AND t.outcome = 'calling')
     ORDER BY o.due_at, o.seq LIMIT $3";

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

    /// Records how tries ended.
    pub async fn end_tries(
        &self,
        workspace: WorkspaceId,
        ended: &[Ended],
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(());
        };
        for end in ended {
            change.end_try(end).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// The workspaces and tries that were under way before `before`: their caller is gone.
    pub async fn abandoned_tries(
        &self,
        before: Timestamp,
    ) -> Result<Vec<(WorkspaceId, TryId)>, Error> {
        let found: Vec<(Uuid, Uuid)> = self
            .db
            .all(
                "SELECT workspace_id, id FROM tries WHERE outcome = 'calling' AND started_at < $1",
                args![before],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|(w, t)| (WorkspaceId::from_uuid(w), TryId::from_uuid(t)))
            .collect())
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
            .maybe(
                "SELECT o.conversation_id, o.identity_id, m.kind AS message_kind, m.body, m.parts, m.tries,
                        m.failure_code, ch.kind, w.last_inbound_at, w.refused_at,
                        (SELECT q.external_id FROM messages q WHERE q.id = m.reply_to) AS reply_to,
                        (SELECT f.external_id FROM media f WHERE f.message_id = o.message_id) AS file,
                        (SELECT value FROM identities p WHERE p.canonical_id = o.identity_id AND p.kind = 'wa_id'
                         ORDER BY p.since DESC, p.id DESC LIMIT 1) AS wa_id,
                        (SELECT value FROM identities p WHERE p.canonical_id = o.identity_id AND p.kind = 'bsuid'
                         ORDER BY p.since DESC, p.id DESC LIMIT 1) AS bsuid
                 FROM outbox o
                 JOIN messages m ON m.id = o.message_id
                 JOIN channels ch ON ch.id = o.channel_id
                 JOIN windows w ON w.channel_id = o.channel_id AND w.identity_id = o.identity_id
                 WHERE o.workspace_id = $1 AND o.message_id = $2 AND COALESCE(m.due_at, 0) <= $3
                   AND ch.paused IS NULL",
                args![self.workspace, message, self.now],
            )
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

    /// Takes everything that waits in a conversation out of the outbox, in order: where one reply cannot
    /// go, none behind it can. Answers how many went back to the drafts; one that may have reached the
    /// phone stays in the thread. Where any did, somebody still has to answer: a resolved conversation is open again.
    pub(crate) async fn give_back(&mut self, back: GivenBack) -> Result<usize, Error> {
        type Row = (Uuid, Option<Uuid>, Option<String>, bool, bool);
        let conversation = back.conversation;
        let restored = back.why == Some(RESTORED);
        let waiting: Vec<Row> = self
            .tx
            .all(
                "SELECT m.id, m.agent_id, m.body, m.kind = 'reaction',
                        EXISTS (SELECT 1 FROM tries t WHERE t.message_id = m.id AND ($3 OR t.outcome <> 'refused'))
                 FROM outbox o JOIN messages m ON m.id = o.message_id
                 WHERE o.workspace_id = $1 AND o.conversation_id = $2 ORDER BY o.seq",
                args![self.workspace, conversation, restored],
            )
            .await?;
        let mut returned = 0;
        let mut texts: BTreeMap<AgentId, Vec<String>> = BTreeMap::new();
        for (message, agent, body, is_reaction, may_have_arrived) in waiting {
            let message = MessageId::from_uuid(message);
            if may_have_arrived {
                let end = if restored {
                    (Delivery::Unknown, None)
                } else {
                    self.last_end(message).await?
                };
                self.give_up(message, conversation, end).await?;
                continue;
            }
            self.withdraw(message, conversation).await?;
            // Nobody wrote it: there is nothing to write again.
            if is_reaction {
                continue;
            }
            returned += 1;
            if let Some(agent) = agent.map(AgentId::from_uuid) {
                texts.entry(agent).or_default().extend(body);
            }
        }
        if returned == 0 {
            return Ok(0);
        }
        let author = texts.keys().next().copied();
        for (agent, texts) in texts.into_iter().filter(|(_, texts)| !texts.is_empty()) {
            self.return_to_draft(agent, conversation, &texts.join("\n"))
                .await?;
        }
        let why = back.why.map(|why| json!({ "why": why }));
        let line = OwnLine::event(back.event, conversation, "returned_to_draft", author, why);
        self.add_line(line).await?;
        if let Some(mut held) = self.hold(conversation).await?
            && held.state == State::Resolved
        {
            self.reopen_because("returned", &mut held, author).await?;
        }
        Ok(returned)
    }

    /// What the last try of a message made of it.
    async fn last_end(&mut self, message: MessageId) -> Result<(Delivery, Option<Failure>), Error> {
        let last: Option<(String, Option<i64>, Option<String>)> = self
            .tx
            .maybe(
                "SELECT t.outcome, COALESCE(t.code, NULLIF(s.code, 0)), COALESCE(t.detail, s.detail)
                 FROM tries t LEFT JOIN statuses s ON s.message_id = t.message_id AND s.try_id = t.id AND s.status = 'failed'
                 WHERE t.workspace_id = $1 AND t.message_id = $2
                 ORDER BY t.number DESC, s.code, s.detail LIMIT 1",
                args![self.workspace, message],
            )
            .await?;
        Ok(match last {
            Some((outcome, code, detail)) if outcome != "unknown" => {
                let failure = code.map(|code| Failure { code, detail });
                (Delivery::Failed, failure)
            }
            _ => (Delivery::Unknown, None),
        })
    }

    /// Ends the waiting of a message for another try.
    async fn give_up(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
        (delivery, failure): (Delivery, Option<Failure>),
    ) -> Result<(), Error> {
        self.tx
            .run("DELETE FROM outbox WHERE message_id = $1", args![message])
            .await?;
        let mut loaded = ours::load(self, HashSet::from([message])).await?;
        let Some(mut ours) = loaded.remove(&message) else {
            return Ok(());
        };
        ours.delivery = ours.delivery.advance(delivery);
        ours.failure = failure;
        let version = self.message_event(conversation, message);
        ours::write(self, &[(message, &ours, version)]).await
    }

    async fn end_try(&mut self, end: &Ended) -> Result<(), Error> {
        let found: Option<(Uuid, Uuid, Uuid, i64, String)> = self
            .tx
            .maybe(
                "SELECT t.message_id, t.channel_id, t.conversation_id, t.number, t.outcome FROM tries t
                 WHERE t.workspace_id = $1 AND t.id = $2",
                args![self.workspace, end.try_id],
            )
            .await?;
        let Some((message, channel, conversation, number, outcome)) = found else {
            return Ok(());
        };
        let (message, channel) = (MessageId::from_uuid(message), ChannelId::from_uuid(channel));
        let conversation = ConversationId::from_uuid(conversation);
        // Somebody else has ended it: a status that proved it accepted, or whoever took it for abandoned.
        if outcome != "calling" && !matches!(end.outcome, Outcome::Accepted { .. }) {
            return Ok(());
        }
        self.write_outcome(end).await?;
        if let Outcome::Again { failure, due_at } = &end.outcome {
            return if self.is_disconnected(channel).await? {
                let end = self.last_end(message).await?;
                self.give_up(message, conversation, end).await
            } else {
                self.wait_again(message, conversation, failure, *due_at)
                    .await
            };
        }
        let mut loaded = ours::load(self, HashSet::from([message])).await?;
        let Some(mut ours) = loaded.remove(&message) else {
            return Ok(());
        };
        let before = ours.clone();
        match &end.outcome {
            Outcome::Accepted { external_id } => {
                ours.delivery = ours.delivery.advance(Delivery::Accepted);
                if number == ours.tries {
                    ours.external_id.get_or_insert_with(|| external_id.clone());
                }
                for status in self
                    .early_reports(end.try_id, message, channel, external_id)
                    .await?
                {
                    ours.report(number, false, &status);
                }
                self.note_answer(message).await?;
            }
            // That an earlier try was refused is old news.
            Outcome::Refused(_) if number != ours.tries => {}
            Outcome::Refused(failure) => {
                ours.delivery = ours.delivery.advance(Delivery::Failed);
                ours.fail(Some(failure));
            }
            Outcome::Unknown { .. } => ours.delivery = ours.delivery.advance(Delivery::Unknown),
            Outcome::Again { .. } => {}
        }
        if ours != before {
            let version = self.message_event(conversation, message);
            ours::write(self, &[(message, &ours, version)]).await?;
        }
        Ok(())
    }

    async fn write_outcome(&mut self, end: &Ended) -> Result<(), Error> {
        let (word, external_id, code, detail) = match &end.outcome {
            Outcome::Accepted { external_id } => {
                ("accepted", Some(external_id.as_str()), None, None)
            }
            Outcome::Refused(f) => ("refused", None, Some(f.code), f.detail.as_deref()),
            Outcome::Again { failure: f, .. } => {
                ("refused", None, Some(f.code), f.detail.as_deref())
            }
            Outcome::Unknown { detail } => ("unknown", None, None, Some(detail.as_str())),
        };
        self.tx
            .run(
                "UPDATE tries SET outcome = $2, external_id = COALESCE(external_id, $3), code = $4, detail = $5,
                   ended_at = $6 WHERE id = $1",
                args![end.try_id, word, external_id, code, detail, self.now],
            )
            .await?;
        Ok(())
    }

    async fn wait_again(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
        why: &Failure,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        self.tx
            .run(
                "INSERT INTO outbox (message_id, workspace_id, channel_id, identity_id, conversation_id, seq, due_at)
                 SELECT id, workspace_id, channel_id, identity_id, conversation_id, seq, $2 FROM messages WHERE id = $1
                 ON CONFLICT (message_id) DO NOTHING",
                args![message, due_at],
            )
            .await?;
        let version = self.message_event(conversation, message);
        self.tx
            .run(
                "UPDATE messages SET version = $2, failure_code = $3, failure_detail = $4 WHERE id = $1",
                args![message, version, why.code, why.detail.as_deref()],
            )
            .await?;
        Ok(())
    }

    /// Reports that came before our own request had returned: they are told from their external id.
    async fn early_reports(
        &mut self,
        try_id: TryId,
        message: MessageId,
        channel: ChannelId,
        external_id: &str,
    ) -> Result<Vec<Status>, Error> {
        let found: Vec<(String, i64, Option<i64>, Option<String>)> = self
            .tx
            .all(
                "UPDATE statuses SET message_id = $3, try_id = $4
                 WHERE channel_id = $1 AND external_id = $2 AND message_id IS NULL
                 RETURNING status, at, NULLIF(code, 0), detail",
                args![channel, external_id, message, try_id],
            )
            .await?;
        found
            .into_iter()
            .map(|(status, at, code, detail)| {
                Ok(Status {
                    external_id: external_id.to_owned(),
                    at: instant(at),
                    report: word("statuses.status", &status, Report::parse)?,
                    try_ref: None,
                    recipient: Vec::new(),
                    failure: code.map(|code| Failure { code, detail }),
                    pricing: None,
                    conversation: None,
                })
            })
            .collect()
    }

    /// Our first answer to somebody who came from an ad starts the free 72 h.
    pub(crate) async fn note_answer(&mut self, message: MessageId) -> Result<(), Error> {
        let found: Option<(Uuid, Uuid, i64)> = self
            .tx
            .maybe(
                "SELECT w.channel_id, w.identity_id, w.referred_at
                 FROM messages m JOIN windows w ON w.channel_id = m.channel_id AND w.identity_id = m.identity_id
                 WHERE m.id = $1 AND w.referred_at IS NOT NULL AND w.answered_at IS NULL",
                args![message],
            )
            .await?;
        let Some((channel, identity, referred)) = found else {
            return Ok(());
        };
        let free = FreeEntry::default()
            .referred(instant(referred))
            .answered(self.now);
        self.tx
            .run(
                "UPDATE windows SET answered_at = $3 WHERE channel_id = $1 AND identity_id = $2",
                args![channel, identity, free.answered_at],
            )
            .await?;
        Ok(())
    }
}
