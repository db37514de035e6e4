//! Files that agents send: uploaded into a draft, taken along by a message, given to the provider.

use domain::media::{MediaKind, Unsent};
use domain::{AgentId, ConversationId, MediaId, MessageId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use uuid::Uuid;

use super::{Contents, Found, Media};
use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::args;
use crate::error::Error;

/// So long we count on the provider to keep what it was given; it says thirty days (`whatsapp-cloud-api.md` 3).
const PROVIDED: SignedDuration = SignedDuration::from_hours(24 * 29);
/// Due before everything else, on whichever clock.
const AT_ONCE: i64 = 0;
/// When a message is due whose file the provider has not got: in the year 9999.
const HELD: i64 = 253_370_764_800_000_000;

/// A file that an agent uploaded, whose bytes lie in the storage.
#[derive(Debug, Clone, Copy)]
pub struct NewUpload<'a> {
    /// Where it would go.
    pub conversation: ConversationId,
    /// Who uploaded it.
    pub agent: AgentId,
    /// As what it would go.
    pub kind: MediaKind,
    /// What it is called.
    pub name: Option<&'a str>,
    /// Its place among the files of the draft, the lowest first.
    pub place: i64,
    /// What it is.
    pub contents: &'a Contents,
}

pub(crate) const UNSENT: &str = media!(
    "FROM media m WHERE m.conversation_id = $2 AND m.agent_id = $3 AND m.message_id IS NULL
       AND m.workspace_id = $1 ORDER BY m.place, m.created_at, m.id"
);

/// What became of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Uploaded {
    /// It is in its agent's draft.
    Added(Media),
    /// There is no such conversation.
    NoConversation,
    /// Its agent's drafts are full.
    Full,
    /// Its bytes lie in the storage no longer: it has to be uploaded again.
    Left,
}

pub(crate) const UNSENT_OF: &str =
    "SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media
     WHERE workspace_id = $1 AND agent_id = $2 AND message_id IS NULL";

impl Store {
    /// What waits unsent in an agent's drafts, in all conversations. It waits until it is sent or taken out: nothing
    /// that somebody prepared goes by itself, and [`Unsent`] keeps it from filling the disk.
    pub async fn unsent_of(&self, workspace: WorkspaceId, agent: AgentId) -> Result<Unsent, Error> {
        let row = self.db.maybe(UNSENT_OF, args![workspace, agent]).await?;
        Ok(unsent(row))
    }

    /// Adds a file to its agent's draft, if it has room.
    pub async fn add_upload(
        &self,
        workspace: WorkspaceId,
        upload: NewUpload<'_>,
        now: Timestamp,
    ) -> Result<Uploaded, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(Uploaded::NoConversation);
        };
        let waiting = change.tx.maybe(UNSENT_OF, args![workspace, upload.agent]);
        if !unsent(waiting.await?).has_room_for(upload.contents.size) {
            return Ok(Uploaded::Full);
        }
        if !change.name_content(&upload.contents.name).await? {
            return Ok(Uploaded::Left);
        }
        let id = MediaId::new(now, self.chance.bytes());
        let Contents {
            name: content,
            mime,
            size,
            dimensions,
            preview,
            not_shown: _,
        } = upload.contents;
        let (width, height) = dimensions.unzip();
        let added = change
            .tx
            .run(
                "INSERT INTO media (id, workspace_id, channel_id, conversation_id, place, agent_id, kind, state, name,
                   mime, size, content, width, height, preview, created_at)
                 SELECT $1, workspace_id, channel_id, id, $14, $4, $5, 'stored', $6, $7, $8, $9, $10, $11, $12, $13
                 FROM conversations WHERE workspace_id = $2 AND id = $3",
                args![
                    id,
                    workspace,
                    upload.conversation,
                    upload.agent,
                    upload.kind.as_str(),
                    upload.name,
                    mime.as_str(),
                    *size,
                    content.as_str(),
                    width.map(i64::from),
                    height.map(i64::from),
                    *preview,
                    now,
                    upload.place
                ],
            )
            .await?;
        if added == 0 {
            return Ok(Uploaded::NoConversation);
        }
        change.draft_changed(upload.conversation, upload.agent);
        change.commit().await?;
        let added = self.media(workspace, id).await?;
        Ok(added.map_or(Uploaded::NoConversation, Uploaded::Added))
    }

    /// Takes a file out of its agent's draft. Answers whether it was there.
    pub async fn remove_upload(
        &self,
        workspace: WorkspaceId,
        (conversation, agent): (ConversationId, AgentId),
        id: MediaId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let removed: Option<(Option<String>,)> = change
            .tx
            .maybe(
                "DELETE FROM media WHERE workspace_id = $1 AND id = $2 AND conversation_id = $3 AND agent_id = $4
                   AND message_id IS NULL RETURNING content",
                args![workspace, id, conversation, agent],
            )
            .await?;
        let Some((content,)) = removed else {
            return Ok(false);
        };
        if let Some(content) = content {
            change.let_go_of_content(&content).await?;
        }
        change.draft_changed(conversation, agent);
        change.commit().await?;
        Ok(true)
    }

    /// A file that this agent uploaded in this conversation, sent or not.
    pub async fn upload(
        &self,
        workspace: WorkspaceId,
        (conversation, agent): (ConversationId, AgentId),
        id: MediaId,
    ) -> Result<Option<Media>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                media!(
                    "FROM media m WHERE m.workspace_id = $1 AND m.id = $2 AND m.conversation_id = $3 AND m.agent_id = $4"
                ),
                args![workspace, id, conversation, agent],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// What an agent has uploaded in a conversation and not sent, in its order.
    pub(crate) async fn unsent_files(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
        conversation: ConversationId,
    ) -> Result<Vec<Media>, Error> {
        let found: Vec<Found> = self
            .db
            .all(UNSENT, args![workspace, conversation, agent])
            .await?;
        found.into_iter().map(Found::read).collect()
    }

    pub(crate) async fn media(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
    ) -> Result<Option<Media>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                media!("FROM media m WHERE m.workspace_id = $1 AND m.id = $2"),
                args![workspace, id],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// The provider has a file of ours under this id: its message can go out.
    pub async fn media_provided(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        external_id: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let message: Option<(Option<Uuid>,)> = tx
            .maybe(
                "UPDATE media SET external_id = $3, provided_at = $4, due_at = NULL
                 WHERE workspace_id = $1 AND id = $2 RETURNING message_id",
                args![workspace, id, external_id, now],
            )
            .await?;
        if let Some((Some(message),)) = message {
            tx.run(
                "UPDATE outbox SET due_at = COALESCE((SELECT due_at FROM messages m WHERE m.id = message_id), $2)
                 WHERE message_id = $1",
                args![MessageId::from_uuid(message), now],
            )
            .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// A file of ours is to be given to the provider again at `due_at`, if its message still waits; without it, not
    /// before somebody sends that message again, which they may have done already.
    pub async fn media_not_provided(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        due_at: Option<Timestamp>,
    ) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE media SET due_at = CASE WHEN message_id IN (SELECT message_id FROM outbox)
                   THEN COALESCE($3, due_at) END
                 WHERE workspace_id = $1 AND id = $2",
                args![workspace, id, due_at],
            )
            .await?;
        Ok(())
    }
}

fn unsent(row: Option<(i64, i64)>) -> Unsent {
    let (files, bytes) = row.unwrap_or_default();
    Unsent { files, bytes }
}

impl Change {
    /// A message takes a file along that its author uploaded there. Answers whether it was to be had.
    pub(crate) async fn attach_file(
        &mut self,
        message: MessageId,
        (conversation, agent): (ConversationId, AgentId),
        file: MediaId,
    ) -> Result<bool, Error> {
        let attached = self
            .tx
            .run(
                "UPDATE media SET message_id = $5, due_at = CASE WHEN provided_at > $6 THEN NULL ELSE $7 END
                 WHERE workspace_id = $1 AND id = $2 AND conversation_id = $3 AND agent_id = $4
                   AND message_id IS NULL",
                args![
                    self.workspace,
                    file,
                    conversation,
                    agent,
                    message,
                    self.now - PROVIDED,
                    AT_ONCE
                ],
            )
            .await?;
        self.hold_back(message).await?;
        self.draft_changed(conversation, agent);
        Ok(attached == 1)
    }

    /// A message waits until the provider has its file.
    pub(crate) async fn hold_back(&mut self, message: MessageId) -> Result<(), Error> {
        self.tx
            .run(
                "UPDATE outbox SET due_at = $2 WHERE message_id = $1
                   AND message_id IN (SELECT message_id FROM media WHERE message_id = $1 AND due_at IS NOT NULL)",
                args![message, HELD],
            )
            .await?;
        Ok(())
    }

    /// The file of a message that goes back to its author is among what they have not sent.
    pub(crate) async fn detach_file(
        &mut self,
        message: MessageId,
    ) -> Result<Option<MediaId>, Error> {
        let found: Option<(Uuid, Uuid, Uuid)> = self
            .tx
            .maybe(
                "UPDATE media SET message_id = NULL, due_at = NULL
                 WHERE workspace_id = $1 AND message_id = $2 AND agent_id IS NOT NULL
                 RETURNING id, conversation_id, agent_id",
                args![self.workspace, message],
            )
            .await?;
        Ok(found.map(|(file, conversation, agent)| {
            let conversation = ConversationId::from_uuid(conversation);
            self.draft_changed(conversation, AgentId::from_uuid(agent));
            MediaId::from_uuid(file)
        }))
    }

    /// The provider is given the file of a message once more, if it has it no longer.
    pub(crate) async fn provide_again(&mut self, message: MessageId) -> Result<(), Error> {
        self.tx
            .run(
                "UPDATE media SET due_at = $4
                 WHERE workspace_id = $1 AND message_id = $2 AND COALESCE(provided_at, 0) <= $3",
                args![self.workspace, message, self.now - PROVIDED, AT_ONCE],
            )
            .await?;
        self.hold_back(message).await
    }

    fn draft_changed(&mut self, conversation: ConversationId, agent: AgentId) {
        self.event(
            EventKind::Draft,
            About {
                conversation: Some(conversation),
                agent: Some(agent),
                ..About::default()
            },
        );
    }
}
