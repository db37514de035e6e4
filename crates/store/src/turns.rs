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
/// before they opened a resolved conversation again was settled. `kind`: as `MessageKind::opens_window` has it.
pub(crate) const WAITS_SINCE: &str = "SELECT m.at FROM messages m
     WHERE m.conversation_id = $1 AND m.direction = 'in'
       AND m.kind NOT IN ('system', 'edit', 'revoke', 'request_welcome')
       AND m.seq > (SELECT COALESCE(MAX(settled.seq), 0) FROM (
         SELECT (SELECT o.seq FROM messages o
                 WHERE o.conversation_id = $1 AND o.direction = 'out' AND o.delivery <> 'failed'
                 ORDER BY o.seq DESC LIMIT 1) AS seq
         UNION ALL
         SELECT (SELECT e.seq FROM messages e
                 WHERE e.conversation_id = $1 AND e.direction = 'event' AND e.kind = 'reopened'
                   AND e.agent_id IS NULL
                 ORDER BY e.seq DESC LIMIT 1)) settled)
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
        message: MessageId,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let Some(mut held) = self.hold(conversation).await? else {
            return Ok(());
        };
        if held.state != State::Resolved {
            return self.recount_waiting(conversation).await;
        }
        let author: Option<(Option<Uuid>,)> = self
            .tx
            .maybe(
                "SELECT agent_id FROM messages WHERE id = $1",
                args![message],
            )
            .await?;
        let author = author.and_then(|row| row.0).map(AgentId::from_uuid);
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
    /// the conversation that is unresolved there.
    pub(crate) async fn window_refused(
        &mut self,
        message: MessageId,
        conversation: ConversationId,
    ) -> Result<(), Error> {
        let Some(mut held) = self.hold(conversation).await? else {
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
        held.heard = heard;
        self.tx
            .run(
                "UPDATE windows SET refused_at = $3 WHERE channel_id = $1 AND identity_id = $2",
                args![held.channel, held.identity, held.heard.refused_at],
            )
            .await?;
        if let Some(open) = self.unresolved(&held).await? {
            let version = self.conversation_event(open);
            self.tx
                .run(
                    "UPDATE conversations SET window_until = $2, version = $3 WHERE id = $1",
                    args![open, held.heard.until(), version],
                )
                .await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use domain::message::MessageKind;

    use super::*;

    #[test]
    fn a_customer_waits_for_an_answer_to_what_opens_a_window() {
        let (_, rest) = WAITS_SINCE.split_once("m.kind NOT IN (").unwrap();
        let (listed, _) = rest.split_once(')').unwrap();
        let quiet: Vec<_> = MessageKind::ALL
            .iter()
            .filter(|kind| !kind.opens_window())
            .map(|kind| format!("'{}'", kind.as_str()))
            .collect();
        assert_eq!(listed, quiet.join(", "));
    }
}
