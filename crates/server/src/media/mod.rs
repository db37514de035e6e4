//! Files of messages: fetched from the provider, looked at, kept once for their content, served by signed links.

mod fetcher;
mod files;
mod links;
mod look;
mod range;
mod routes;
mod spool;
mod uploads;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify};

use bytes::Bytes;
use domain::WorkspaceId;
use files::Which;
pub use files::{BadMediaUrl, Files};
use futures_util::stream::BoxStream;
use look::{Look, NotShown};
use spool::Came;
use store::Contents;

pub(crate) use fetcher::start;
pub(crate) use routes::{linked, routes};

/// What works on files.
#[derive(Debug)]
pub struct Media {
    /// Where their bytes lie.
    pub files: Files,
    /// Where bytes lie while they come; on a disk with room for a few of the largest.
    spool: PathBuf,
    wake: Notify,
    /// Held by whoever looks at a file: pictures take much memory.
    looking: Mutex<()>,
}

impl Media {
    /// Works on `files`, with `spool` as the folder for what is under way.
    #[must_use]
    pub fn new(files: Files, spool: PathBuf) -> Self {
        Self {
            files,
            spool,
            wake: Notify::new(),
            looking: Mutex::default(),
        }
    }

    /// What a file is.
    async fn look(&self, came: Arc<Came>) -> std::io::Result<Look> {
        let _alone = self.looking.lock().await;
        let looking = Arc::clone(&came);
        match tokio::task::spawn_blocking(move || look::at(looking.path())).await {
            Ok(looked) => looked,
            // A picture on which the decoder breaks would break it each time.
            Err(broken) if broken.is_panic() => Ok(Look::damaged(look::type_in(came.path())?)),
            Err(stopped) => Err(std::io::Error::other(stopped)),
        }
    }

    /// Keeps a file and its small picture for its workspace.
    async fn keep(
        &self,
        workspace: WorkspaceId,
        came: &Came,
        look: Look,
    ) -> Result<Contents, object_store::Error> {
        let hash = came.hash();
        let bytes = came.open().await.map_err(files::generic)?;
        self.files.keep(workspace, &hash, bytes).await?;
        let preview = look.preview.is_some();
        if let Some(small) = look.preview {
            self.files.keep_preview(workspace, &hash, small).await?;
        }
        Ok(Contents {
            hash,
            mime: look.mime.to_owned(),
            size: i64::try_from(came.size).unwrap_or(i64::MAX),
            dimensions: look.dimensions,
            preview,
            not_shown: look.not_shown.map(NotShown::as_str),
        })
    }

    /// How large a file is, and its bytes.
    pub(crate) async fn bytes(
        &self,
        workspace: WorkspaceId,
        hash: &str,
    ) -> object_store::Result<(u64, BoxStream<'static, object_store::Result<Bytes>>)> {
        let got = self
            .files
            .read(workspace, hash, Which::Original, None)
            .await?;
        Ok((got.meta.size, got.into_stream()))
    }

    /// Removes what an earlier run of this process was cut off in; nobody else may work with its folder.
    ///
    /// # Errors
    /// Where the folder cannot be read, or a file not be removed.
    pub fn clear_spool(&self) -> std::io::Result<()> {
        spool::clear(&self.spool)
    }

    /// Says that there is something to fetch.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}
