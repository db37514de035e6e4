//! What waits and cannot go out: back to the drafts of who wrote it, or given up in the thread.

use std::collections::{BTreeMap, HashSet};

use domain::conversation::State;
use domain::delivery::Delivery;
use domain::message::Failure;
use domain::outbound::Content;
use domain::{AgentId, ConversationId, MessageId};
use serde_json::json;
use uuid::Uuid;

use super::content_of;
use crate::apply::ours;
use crate::backup::RESTORED;
use crate::change::Change;
use crate::db::args;
use crate::error::Error;
use crate::thread::OwnLine;

/// What goes back to the drafts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenBack {
    pub(crate) conversation: ConversationId,
    /// The line that tells of it.
    pub(crate) event: MessageId,
    /// `None`: the window has closed.
    pub(crate) why: Option<&'static str>,
}

impl Change {
    /// Takes everything that waits in a conversation out of the outbox, in order: where one reply cannot
    /// go, none behind it can. Answers how many went back to the drafts; one that may have reached the
    /// phone stays in the thread. Where any did, somebody still has to answer: a resolved conversation is open again.
    pub(crate) async fn give_back(&mut self, back: GivenBack) -> Result<usize, Error> {
        type Row = (
            Uuid,
            Option<Uuid>,
            String,
            Option<String>,
            Option<String>,
            bool,
        );
        let conversation = back.conversation;
        let restored = back.why == Some(RESTORED);
        let waiting: Vec<Row> = self
            .tx
            .all(
                "SELECT m.id, m.agent_id, m.kind, m.body, m.parts,
                        EXISTS (SELECT 1 FROM tries t WHERE t.message_id = m.id AND ($3 OR t.outcome <> 'refused'))
                 FROM outbox o JOIN messages m ON m.id = o.message_id
                 WHERE o.workspace_id = $1 AND o.conversation_id = $2 ORDER BY o.seq",
                args![self.workspace, conversation, restored],
            )
            .await?;
        let mut returned = 0;
        let mut texts: BTreeMap<AgentId, Vec<String>> = BTreeMap::new();
        for (message, agent, kind, body, parts, may_have_arrived) in waiting {
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
            let content = content_of(&kind, body, parts)?;
            // Nobody wrote it: there is nothing to write again.
            if matches!(content, Content::Reaction { .. }) {
                continue;
            }
            returned += 1;
            if let Some(agent) = agent.map(AgentId::from_uuid) {
                let words = Some(content.in_words()).filter(|words| !words.is_empty());
                texts.entry(agent).or_default().extend(words);
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
    pub(super) async fn last_end(
        &mut self,
        message: MessageId,
    ) -> Result<(Delivery, Option<Failure>), Error> {
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
    pub(super) async fn give_up(
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
}
