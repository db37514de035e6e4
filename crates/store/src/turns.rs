//! Whose turn it is: since when a customer waits, and what a reply that failed makes of it.

use domain::conversation::State;
use domain::{AgentId, ConversationId, MessageId};
use serde_json::json;
use uuid::Uuid;

use crate::actions::Held;
use crate::change::Change;
use crate::db::args;
use crate::error::Error;
use crate::read::instant;
use crate::thread::OwnLine;

/// When the customer wrote what was the first to arrive after our last reply that has not failed. What they wrote
/// before they opened a resolved conversation again was settled, unless a reply to it has failed since: whoever
/// resolved it did not know. `kind`: as `MessageKind::wants_answer` has it; nor is a reaction of ours
/// an answer.
pub(crate) const WAITS_SINCE: &str = "WITH answered AS (
       SELECT COALESCE(
         (SELECT o.seq FROM messages o
          WHERE o.conversation_id = $1 AND o.direction = 'out' AND o.delivery <> 'failed' AND o.kind <> 'reaction'
          ORDER BY o.seq DESC LIMIT 1), 0) AS seq),
     settled AS (
       SELECT COALESCE(
         (SELECT e.seq FROM messages e
          WHERE e.conversation_id = $1 AND e.seq > answered.seq AND e.direction = 'event'
            AND e.kind = 'reopened' AND e.agent_id IS NULL
            AND NOT EXISTS (
              SELECT 1 FROM messages o
              WHERE o.conversation_id = $1 AND o.seq > answered.seq AND o.seq < e.seq
                AND o.direction = 'out' AND o.kind <> 'reaction' AND o.delivery = 'failed'
                AND o.failed_seq > e.seq)
          ORDER BY e.seq DESC LIMIT 1), answered.seq) AS seq FROM answered)
     SELECT m.at FROM messages m
     WHERE m.conversation_id = $1 AND m.direction = 'in'
       AND m.kind NOT IN ('reaction', 'system', 'edit', 'revoke', 'request_welcome')
       AND m.seq > (SELECT seq FROM settled)
     ORDER BY m.seq LIMIT 1";

impl Change {
    /// Finds out since when the customer of a conversation waits: a reply was taken back, failed, arrived after
    /// all or is tried again.
    pub(crate) async fn recount_waiting(
        &mut self,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let since: Option<(i64,)> = self.tx.maybe(WAITS_SINCE, args![conversation]).await?;
        let version = self.conversation_event(conversation);
        self.tx
            .run(
                "UPDATE conversations SET version = $2,
                   waiting_since = CASE WHEN state <> 'resolved' THEN $3 END WHERE id = $1",
                args![conversation, version, since.map(|row| row.0)],
            )
            .await?;
        Ok(())
    }

    /// A reply has failed: the customer waits as before, and a resolved conversation is open again, unless a
    /// newer one with the same person is.
    pub(crate) async fn reply_failed(
        &mut self,
        conversation: ConversationId,
        author: Option<AgentId>,
    ) -> Result<(), Error> {
        let Some(mut held) = self.hold(conversation).await? else {
            return Ok(());
        };
        if held.state != State::Resolved {
            return self.recount_waiting(conversation).await;
        }
        self.reopen_because("reply_failed", &mut held, author).await
    }

    /// Opens a resolved conversation again for what became of a reply in it, unless a newer one with the same
    /// person is unresolved.
    pub(crate) async fn reopen_because(
        &mut self,
        why: &'static str,
        held: &mut Held,
        author: Option<AgentId>,
    ) -> Result<(), Error> {
        let id = MessageId::new(self.now, self.chance.bytes());
        let why = Some(json!({ "why": why }));
        let line = OwnLine::event(id, held.id, "reopened", author, why);
        self.reopen(held, line).await?;
        Ok(())
    }

    /// The provider refused the latest try of a message because the window was closed. That is written down, also in
    /// the latest conversation there.
    pub(crate) async fn window_refused(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let Some(held) = self.hold(conversation).await? else {
            return Ok(());
        };
        let handed_over: Option<(Option<i64>,)> = self
            .tx
            .maybe(
                "SELECT MAX(started_at) FROM tries WHERE message_id = $1",
                args![message],
            )
            .await?;
        let Some(handed_over) = handed_over.and_then(|row| row.0) else {
            return Ok(());
        };
        let heard = held.heard.refused(instant(handed_over), self.now);
        if heard == held.heard {
            return Ok(());
        }
        let latest: Option<(Uuid,)> = self
            .tx
            .maybe(
                "UPDATE windows SET refused_at = $3 WHERE channel_id = $1 AND identity_id = $2
                 RETURNING conversation_id",
                args![held.channel, held.identity, heard.refused_at],
            )
            .await?;
        let Some(latest) = latest.map(|row| ConversationId::from_uuid(row.0)) else {
            return Ok(());
        };
        let version = self.conversation_event(latest);
        self.tx
            .run(
                "UPDATE conversations SET window_until = $2, version = $3 WHERE id = $1",
                args![latest, heard.until(), version],
            )
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::message::MessageKind;

    use super::*;

    #[test]
    fn a_customer_waits_for_an_answer_to_what_wants_one() {
        let (_, rest) = WAITS_SINCE.split_once("m.kind NOT IN (").unwrap();
        let (listed, _) = rest.split_once(')').unwrap();
        let quiet: Vec<_> = MessageKind::ALL
            .iter()
            .filter(|kind| !kind.wants_answer())
            .map(|kind| format!("'{}'", kind.as_str()))
            .collect();
        assert_eq!(listed, quiet.join(", "));
    }
}
