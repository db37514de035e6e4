//! How tries end, and what the message, the window and the outbox learn from it.

use std::collections::HashSet;

use domain::delivery::{Delivery, Report};
use domain::inbound::Status;
use domain::message::Failure;
use domain::window::FreeEntry;
use domain::{ChannelId, ConversationId, MessageId, Timestamp, TryId, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::apply::ours;
use crate::change::Change;
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};

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

impl Store {
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

impl Change {
    pub(super) async fn end_try(&mut self, end: &Ended) -> Result<(), Error> {
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
