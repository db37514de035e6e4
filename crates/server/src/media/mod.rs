//! Files of messages: fetched from the provider, looked at, kept once for their content, served by signed links, and
//! removed when nothing names them.

mod collector;
mod fetcher;
mod files;
mod links;
mod look;
mod places;
mod range;
mod routes;
mod spool;
mod uploads;
mod whole;

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

use crate::App;

pub(crate) use routes::{linked, routes};

/// What works on files.
#[derive(Debug)]
pub struct Media {
    /// Where their bytes lie.
    pub files: Files,
    /// Where bytes lie while they come; on a disk with room for a few of the largest.
    spool: PathBuf,
    wake: Notify,
    /// Told when there may be bytes that no file names.
    loose: Notify,
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
            loose: Notify::new(),
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

    /// How large a file is, and its bytes.
    pub(crate) async fn bytes(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> object_store::Result<(u64, BoxStream<'static, object_store::Result<Bytes>>)> {
        let got = self
            .files
            .read(workspace, name, Which::Original, None)
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

    /// Says that there may be bytes that no file names.
    fn let_go(&self) {
        self.loose.notify_one();
    }

    /// Says that there is something to fetch.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

/// Starts the workers: the one that fetches files and gives them, and the one that removes bytes without a file.
/// `alone`: see [`App::start`].
pub(crate) async fn start(app: &App, alone: bool) -> Result<(), store::Error> {
    fetcher::start(app, alone).await?;
    collector::start(app);
    Ok(())
}

/// Why a file's bytes are not in the storage.
#[derive(Debug, thiserror::Error)]
enum NotKept {
    #[error("its bytes could not be written")]
    Storage(#[from] object_store::Error),
    #[error("there is no name for its bytes")]
    Unnamed(#[from] store::Error),
}

/// Keeps a file and its small picture for its workspace, until a file of a message or a draft names them.
async fn keep(
    app: &App,
    workspace: WorkspaceId,
    came: &Came,
    look: Look,
) -> Result<Contents, NotKept> {
    let now = app.clock.system_now();
    let name = app
        .store
        .claim_content(workspace, &came.hash(), now)
        .await?;
    let files = &app.media.files;
    let bytes = came.open().await.map_err(files::generic)?;
    files.keep(workspace, &name, bytes).await?;
    let preview = look.preview.is_some();
    if let Some(small) = look.preview {
        files.keep_preview(workspace, &name, small).await?;
    }
    Ok(Contents {
        name,
        mime: look.mime.to_owned(),
        size: i64::try_from(came.size).unwrap_or(i64::MAX),
        dimensions: look.dimensions,
        preview,
        not_shown: look.not_shown.map(NotShown::as_str),
    })
}
