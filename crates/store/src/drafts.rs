//! Unsent text, kept on the server per agent, conversation and mode.

use domain::{AgentId, ConversationId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::args;
use crate::error::Error;
use crate::media::Media;

/// What a draft would become.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DraftMode {
    /// A message to the customer.
    Reply,
    /// A private note.
    Note,
}

impl DraftMode {
    /// The word that rows and URLs hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Note => "note",
        }
    }
}

/// An agent's drafts in one conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Drafts {
    /// The unsent reply.
    pub reply: Option<String>,
    /// The unsent note.
    pub note: Option<String>,
    /// The files that were uploaded for the reply, the first first.
    pub files: Vec<Media>,
}

impl Store {
    /// An agent's drafts in one conversation.
    pub async fn drafts(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        conversation: ConversationId,
    ) -> Result<Drafts, Error> {
        let found: Vec<(String, String)> = self
            .db
            .all(
                "SELECT mode, body FROM drafts
                 WHERE workspace_id = $1 AND agent_id = $2 AND conversation_id = $3",
                args![workspace, agent, conversation],
            )
            .await?;
        let mut drafts = Drafts {
            files: self.unsent_files(workspace, agent, conversation).await?,
            ..Drafts::default()
        };
        for (mode, body) in found {
            match mode.as_str() {
                "reply" => drafts.reply = Some(body),
                _ => drafts.note = Some(body),
            }
        }
        Ok(drafts)
    }

    /// Keeps a draft; an empty text forgets it. Answers the cursor, or `None` if there is no such
    /// conversation.
    pub async fn keep_draft(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
        draft: NewDraft<'_>,
    ) -> Result<Option<i64>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let there: Option<(i64,)> = change
            .tx
            .maybe(
                "SELECT number FROM conversations WHERE workspace_id = $1 AND id = $2",
                args![workspace, draft.conversation],
            )
            .await?;
        if there.is_none() {
            return Ok(None);
        }
        change.keep_draft(draft).await?;
        change.commit().await.map(Some)
    }
}

/// A draft to keep.
#[derive(Debug, Clone, Copy)]
pub struct NewDraft<'a> {
    /// Whose it is.
    pub agent: AgentId,
    /// Where it would go.
    pub conversation: ConversationId,
    /// What it would become.
    pub mode: DraftMode,
    /// The text so far.
    pub text: &'a str,
}

impl Change {
    pub(crate) async fn keep_draft(&mut self, draft: NewDraft<'_>) -> Result<(), Error> {
        if draft.text.is_empty() {
            self.tx
                .run(
                    "DELETE FROM drafts WHERE conversation_id = $1 AND agent_id = $2 AND mode = $3",
                    args![draft.conversation, draft.agent, draft.mode.as_str()],
                )
                .await?;
        } else {
            self.tx
                .run(
                    "INSERT INTO drafts (conversation_id, agent_id, mode, workspace_id, body, updated_at)
                     VALUES ($1, $2, $3, $4, $5, $6)
                     ON CONFLICT (conversation_id, agent_id, mode)
                     DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
                    args![
                        draft.conversation,
                        draft.agent,
                        draft.mode.as_str(),
                        self.workspace,
                        draft.text,
                        self.now
                    ],
                )
                .await?;
        }
        self.event(
            EventKind::Draft,
            About {
                conversation: Some(draft.conversation),
                agent: Some(draft.agent),
                ..About::default()
            },
        );
        Ok(())
    }

    /// Puts a text that will not be sent in front of the agent's reply draft, so that nothing is lost.
    pub(crate) async fn return_to_draft(
        &mut self,
        agent: AgentId,
        conversation: ConversationId,
        text: &str,
    ) -> Result<(), Error> {
        let found: Option<(String,)> = self
            .tx
            .maybe(
                "SELECT body FROM drafts WHERE conversation_id = $1 AND agent_id = $2 AND mode = 'reply'",
                args![conversation, agent],
            )
            .await?;
        let whole = match found {
            Some((rest,)) => format!("{text}\n{rest}"),
            None => text.to_owned(),
        };
        self.keep_draft(NewDraft {
            agent,
            conversation,
            mode: DraftMode::Reply,
            text: &whole,
        })
        .await
    }
}
