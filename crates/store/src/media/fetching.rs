//! Files that are due: customers' to be fetched from the provider, ours to be given to it.

use domain::media::clean_name;
use domain::{ChannelId, MediaId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;
use uuid::Uuid;

use super::{Contents, MediaState, StoredMedia};
use crate::Store;
use crate::db::{Sql, args, bulk, rows};
use crate::error::Error;
use crate::read::{instant, word};

/// A file that is due: to be fetched from the provider, or to be given to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueMedia {
    /// The file.
    pub id: MediaId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The channel it came over.
    pub channel: ChannelId,
    /// What is to be done.
    pub task: MediaTask,
    /// How often that was begun, this time counted.
    pub fetches: i64,
    /// When its message came, or when it was uploaded.
    pub created_at: Timestamp,
}

/// What is to be done with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaTask {
    /// Its bytes are to come from the provider.
    Fetch {
        /// The provider's id of it.
        external_id: String,
        /// Base64 of the SHA-256 that the provider states.
        sha256: Option<String>,
    },
    /// The provider is to be given its bytes, so that a message of ours can go out.
    Provide {
        /// The message.
        message: MessageId,
        /// The file.
        file: StoredMedia,
    },
}

/// Which files to take.
#[derive(Debug, Clone, Copy)]
pub struct Taking<'a> {
    /// Ours, to be given to the provider; else customers', to be fetched.
    pub ours: bool,
    /// Channels whose files are not to be taken.
    pub not_of: &'a [ChannelId],
    /// How many at most.
    pub limit: i64,
}

pub(crate) const DUE_MEDIA: Sql = bulk!("$5", [id channel_id] "UPDATE media SET due_at = $2, fetches = fetches + 1
     WHERE id IN (SELECT id FROM media WHERE due_at <= $1 AND (state = 'stored') = $4
                    AND channel_id NOT IN (SELECT channel_id FROM input) ORDER BY due_at LIMIT $3)
     RETURNING id, workspace_id, channel_id, message_id, state, external_id, sha256, content, mime, name, preview,
       fetches, created_at");

pub(crate) const NEXT_DUE_MEDIA: Sql = bulk!("$2", [id channel_id] "SELECT due_at FROM media
     WHERE due_at IS NOT NULL AND (state = 'stored') = $1 AND channel_id NOT IN (SELECT channel_id FROM input)
     ORDER BY due_at LIMIT 1");

fn set_of(channels: &[ChannelId]) -> Result<String, Error> {
    #[derive(Serialize)]
    struct Row {
        channel_id: ChannelId,
    }
    let set: Vec<_> = channels
        .iter()
        .map(|&channel_id| Row { channel_id })
        .collect();
    rows(&set)
}

#[derive(sqlx::FromRow)]
struct FoundDue {
    id: Uuid,
    workspace_id: Uuid,
    channel_id: Uuid,
    message_id: Option<Uuid>,
    state: String,
    external_id: Option<String>,
    sha256: Option<String>,
    content: Option<String>,
    mime: Option<String>,
    name: Option<String>,
    preview: bool,
    fetches: i64,
    created_at: i64,
}

impl FoundDue {
    fn read(self) -> Result<DueMedia, Error> {
        let state = word("media.state", &self.state, MediaState::parse)?;
        let task = match (state, self.message_id, self.content, &self.mime) {
            (MediaState::Stored, Some(message), Some(content), Some(mime)) => MediaTask::Provide {
                message: MessageId::from_uuid(message),
                file: StoredMedia {
                    content,
                    mime: mime.clone(),
                    name: self.name.as_deref().and_then(clean_name),
                    preview: self.preview,
                },
            },
            _ => MediaTask::Fetch {
                external_id: self.external_id.ok_or_else(|| Error::Corrupt {
                    column: "media.external_id",
                    value: format!("none of {}", self.id),
                })?,
                sha256: self.sha256,
            },
        };
        Ok(DueMedia {
            id: MediaId::from_uuid(self.id),
            workspace: WorkspaceId::from_uuid(self.workspace_id),
            channel: ChannelId::from_uuid(self.channel_id),
            task,
            fetches: self.fetches,
            created_at: instant(self.created_at),
        })
    }
}

impl Store {
    /// Takes files whose turn has come, the longest due first. Until `lease` nobody else takes them; if nothing is
    /// heard of them by then, they are due again.
    pub async fn take_due_media(
        &self,
        taking: Taking<'_>,
        (now, lease): (Timestamp, Timestamp),
    ) -> Result<Vec<DueMedia>, Error> {
        let Taking {
            ours,
            not_of,
            limit,
        } = taking;
        let args = args![now, lease, limit, ours, set_of(not_of)?];
        let mut tx = self.db.begin().await?;
        let found: Vec<FoundDue> = tx.all(DUE_MEDIA, args).await?;
        tx.commit().await?;
        found.into_iter().map(FoundDue::read).collect()
    }

    /// When the next file is due, of ours or of customers', but for those of some channels; `None` if none waits.
    pub async fn next_due_media(
        &self,
        ours: bool,
        not_of: &[ChannelId],
    ) -> Result<Option<Timestamp>, Error> {
        let args = args![ours, set_of(not_of)?];
        let row: Option<(i64,)> = self.db.maybe(NEXT_DUE_MEDIA, args).await?;
        Ok(row.map(|(at,)| instant(at)))
    }

    /// Makes every file that waits due at `now`: whoever was fetching them has gone.
    pub async fn all_media_due(&self, now: Timestamp) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE media SET due_at = $1 WHERE due_at IS NOT NULL",
                args![now],
            )
            .await?;
        Ok(())
    }

    /// A file has come, and its bytes lie in the storage. Answers `false` if they lie there no longer: whoever brought
    /// them took too long.
    pub async fn media_came(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        contents: &Contents,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        if !change.name_content(&contents.name).await? {
            return Ok(false);
        }
        let (width, height) = contents.dimensions.unzip();
        change
            .tx
            .run(
                "UPDATE media SET state = 'stored', reason = $9, due_at = NULL, content = $3, mime = $4, size = $5,
                   width = $6, height = $7, preview = $8 WHERE workspace_id = $1 AND id = $2",
                args![
                    workspace,
                    id,
                    contents.name.as_str(),
                    contents.mime.as_str(),
                    contents.size,
                    width.map(i64::from),
                    height.map(i64::from),
                    contents.preview,
                    contents.not_shown
                ],
            )
            .await?;
        change.tell_of_media(id).await?;
        change.commit().await?;
        Ok(true)
    }

    /// A file did not come. With `again_at` it is tried again then; without, it is given up until a person asks.
    pub async fn media_did_not_come(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        reason: &str,
        again_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(());
        };
        let state = match again_at {
            Some(_) => MediaState::Waiting,
            None => MediaState::Missing,
        };
        let told: Option<(Option<String>, String)> = change
            .tx
            .maybe(
                "SELECT reason, state FROM media WHERE workspace_id = $1 AND id = $2",
                args![workspace, id],
            )
            .await?;
        change
            .tx
            .run(
                "UPDATE media SET state = $3, reason = $4, due_at = $5
                 WHERE workspace_id = $1 AND id = $2 AND state <> 'stored'",
                args![workspace, id, state.as_str(), reason, again_at],
            )
            .await?;
        // A tenth failure like the nine before is no news.
        if told != Some((Some(reason.to_owned()), state.as_str().to_owned())) {
            change.tell_of_media(id).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Fetches a file that could not be had once more; one that is being fetched for the first time is left alone.
    /// Answers whether there is one that is not here.
    pub async fn fetch_media_again(
        &self,
        workspace: WorkspaceId,
        id: MediaId,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let asked = change
            .tx
            .run(
                "UPDATE media SET state = 'waiting', reason = NULL, fetches = 0,
                   due_at = CASE WHEN reason IS NULL THEN due_at ELSE $3 END
                 WHERE workspace_id = $1 AND id = $2 AND state <> 'stored' AND external_id IS NOT NULL",
                args![workspace, id, due_at],
            )
            .await?;
        if asked == 0 {
            return Ok(false);
        }
        change.tell_of_media(id).await?;
        change.commit().await?;
        Ok(true)
    }
}
