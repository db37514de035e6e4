//! Where the bytes of files lie: a folder, or a bucket of an S3-compatible storage.
//!
//! A file's place is its workspace and its content's name, which begins with the SHA-256 and is never used for other
//! bytes: what comes twice is kept once, and putting it there again changes nothing. Which names are in use is the
//! store's to say.

use std::ops::Range;
use std::path::Path as FsPath;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use domain::WorkspaceId;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::buffered::BufWriter;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    BackoffConfig, GetOptions, GetResult, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig,
};
use reqwest::Url;
use tokio::io::{AsyncRead, AsyncWriteExt};

use crate::http::install_provider;

/// A storage that is away for a moment is asked again. Whoever waits for a file is told soon, and what is to be kept
/// is brought again later.
const RETRY: RetryConfig = RetryConfig {
    max_retries: 3,
    retry_timeout: Duration::from_secs(20),
    backoff: BackoffConfig {
        init_backoff: Duration::from_millis(100),
        max_backoff: Duration::from_secs(5),
        base: 2.0,
    },
};

/// Why a `CHARLA_MEDIA_URL` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadMediaUrl {
    /// It is of no kind that is known.
    #[error("expected s3://bucket/prefix, or file:///folder")]
    Unknown,
    /// The folder cannot be made or written to.
    #[error("the folder cannot be used: {0}")]
    Folder(std::io::Error),
    /// The storage refuses its description.
    #[error(transparent)]
    Storage(#[from] object_store::Error),
}

/// The storage.
#[derive(Debug, Clone)]
pub struct Files {
    storage: Arc<dyn ObjectStore>,
    prefix: Path,
}

/// Which bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// What was sent.
    Original,
    /// The small picture of it.
    Preview,
}

impl Files {
    /// The storage that `url` names; its keys and region are in the usual `AWS_` variables.
    pub fn at(
        url: &str,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, BadMediaUrl> {
        let url = Url::parse(url).map_err(|_| BadMediaUrl::Unknown)?;
        match url.scheme() {
            "file" => Self::in_folder(&url.to_file_path().map_err(|()| BadMediaUrl::Unknown)?),
            "s3" => {
                install_provider();
                let bucket = url.host_str().ok_or(BadMediaUrl::Unknown)?;
                let storage = told_by(variables)
                    .with_bucket_name(bucket)
                    .with_retry(RETRY)
                    .build()?;
                Ok(Self {
                    storage: Arc::new(storage),
                    prefix: Path::from(url.path()),
                })
            }
            _ => Err(BadMediaUrl::Unknown),
        }
    }

    /// A storage that is gone with the process, for tests.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            storage: Arc::new(InMemory::new()),
            prefix: Path::default(),
        }
    }

    /// A folder, which is made if it is not there; nobody else on this machine can read it.
    pub fn in_folder(folder: &FsPath) -> Result<Self, BadMediaUrl> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(BadMediaUrl::Folder)?;
        // What is answered for is on the disk.
        let storage = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self {
            storage: Arc::new(storage),
            prefix: Path::default(),
        })
    }

    /// Keeps a whole file.
    pub(super) async fn keep(
        &self,
        workspace: WorkspaceId,
        name: &str,
        mut bytes: impl AsyncRead + Unpin,
    ) -> Result<(), object_store::Error> {
        let place = self.place(workspace, name, Which::Original);
        if self.storage.head(&place).await.is_ok() {
            return Ok(());
        }
        let mut writer = BufWriter::new(Arc::clone(&self.storage), place);
        let copied = tokio::io::copy(&mut bytes, &mut writer).await;
        match copied {
            Ok(_) => writer.shutdown().await.map_err(generic),
            Err(error) => {
                let _ = writer.abort().await;
                Err(generic(error))
            }
        }
    }

    /// Keeps the small picture of a file.
    pub(super) async fn keep_preview(
        &self,
        workspace: WorkspaceId,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<(), object_store::Error> {
        let place = self.place(workspace, name, Which::Preview);
        self.storage.put(&place, PutPayload::from(bytes)).await?;
        Ok(())
    }

    /// How many bytes there are.
    pub(super) async fn size(
        &self,
        workspace: WorkspaceId,
        name: &str,
        which: Which,
    ) -> Result<u64, object_store::Error> {
        let place = self.place(workspace, name, which);
        Ok(self.storage.head(&place).await?.size)
    }

    /// Some of the bytes, or all.
    pub(super) async fn read(
        &self,
        workspace: WorkspaceId,
        name: &str,
        which: Which,
        range: Option<Range<u64>>,
    ) -> Result<GetResult, object_store::Error> {
        let place = self.place(workspace, name, which);
        let options = GetOptions {
            range: range.map(Into::into),
            ..GetOptions::default()
        };
        self.storage.get_opts(&place, options).await
    }

    /// Removes a file and its small picture; what is not there is removed.
    pub(super) async fn remove(
        &self,
        workspace: WorkspaceId,
        name: &str,
    ) -> Result<(), object_store::Error> {
        for which in [Which::Preview, Which::Original] {
            match self
                .storage
                .delete(&self.place(workspace, name, which))
                .await
            {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn place(&self, workspace: WorkspaceId, name: &str, which: Which) -> Path {
        // Folders of a few thousand files each, however many there are.
        let folder = name.get(..2).unwrap_or(name);
        let file = match which {
            Which::Original => name.to_owned(),
            Which::Preview => format!("{name}.preview"),
        };
        self.prefix
            .parts()
            .map(|part| part.as_ref().to_owned())
            .chain([workspace.to_string(), folder.to_owned(), file])
            .collect()
    }
}

/// What the variables say of an S3-compatible storage.
fn told_by(variables: impl IntoIterator<Item = (String, String)>) -> AmazonS3Builder {
    let known = |(name, value): (String, String)| {
        let key = name.starts_with("AWS_").then(|| name.to_lowercase())?;
        Some((AmazonS3ConfigKey::from_str(&key).ok()?, value))
    };
    let told = variables.into_iter().filter_map(known);
    told.fold(AmazonS3Builder::new(), |builder, (key, value)| {
        builder.with_config(key, value)
    })
}

pub(super) fn generic(error: std::io::Error) -> object_store::Error {
    object_store::Error::Generic {
        store: "media",
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    const NAME: &str = "c0ffee";

    fn workspace(n: u8) -> WorkspaceId {
        WorkspaceId::new(Timestamp::UNIX_EPOCH, [n; 10])
    }

    async fn read(files: &Files, workspace: WorkspaceId, range: Option<Range<u64>>) -> String {
        let got = files.read(workspace, NAME, Which::Original, range).await;
        String::from_utf8(got.unwrap().bytes().await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn what_is_kept_is_read_whole_and_in_part_and_by_its_workspace_only() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::in_folder(&folder.path().join("media")).unwrap();
        for _ in 0..2 {
            files
                .keep(workspace(1), NAME, &b"0123456789"[..])
                .await
                .unwrap();
        }
        files
            .keep_preview(workspace(1), NAME, b"small".to_vec())
            .await
            .unwrap();
        assert_eq!(read(&files, workspace(1), None).await, "0123456789");
        assert_eq!(read(&files, workspace(1), Some(2..5)).await, "234");
        assert_eq!(
            files
                .size(workspace(1), NAME, Which::Preview)
                .await
                .unwrap(),
            5
        );
        let other = files.size(workspace(2), NAME, Which::Original).await;
        assert!(matches!(other, Err(object_store::Error::NotFound { .. })));
    }

    #[tokio::test]
    async fn what_is_removed_is_gone_with_its_small_picture_and_may_be_gone_already() {
        let folder = tempfile::tempdir().unwrap();
        let files = Files::in_folder(folder.path()).unwrap();
        files.keep(workspace(1), NAME, &b"x"[..]).await.unwrap();
        let small = files.keep_preview(workspace(1), NAME, b"x".to_vec());
        small.await.unwrap();
        for _ in 0..2 {
            files.remove(workspace(1), NAME).await.unwrap();
            for which in [Which::Original, Which::Preview] {
                assert!(files.size(workspace(1), NAME, which).await.is_err());
            }
        }
    }

    #[tokio::test]
    async fn a_file_that_broke_off_is_not_there() {
        struct Breaks;
        impl AsyncRead for Breaks {
            fn poll_read(
                self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                _: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                std::task::Poll::Ready(Err(std::io::ErrorKind::ConnectionReset.into()))
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let files = Files::in_folder(folder.path()).unwrap();
        assert!(files.keep(workspace(1), NAME, Breaks).await.is_err());
        assert!(
            files
                .size(workspace(1), NAME, Which::Original)
                .await
                .is_err()
        );
    }

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        let folder = tempfile::tempdir().unwrap();
        let url = Url::from_file_path(folder.path()).unwrap();
        assert!(Files::at(url.as_str(), []).is_ok());
        assert!(matches!(
            Files::at("ftp://a/b", []),
            Err(BadMediaUrl::Unknown)
        ));
        assert!(matches!(Files::at("media", []), Err(BadMediaUrl::Unknown)));
        let bucket = Files::at("s3://media/charla/one", []).unwrap();
        let place = bucket.place(workspace(1), NAME, Which::Preview);
        assert!(place.as_ref().starts_with("charla/one/wsp_"), "{place}");
        assert!(place.as_ref().ends_with("/c0/c0ffee.preview"), "{place}");
    }
}
