//! A file while it comes: on the disk, counted and hashed, gone if it does not come to its end.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tempfile::{Builder, NamedTempFile};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// How the names of files begin while they come.
const UNDER_WAY: &str = "coming-";

/// Removes the files that were under way when nobody could remove them any more.
pub(super) fn clear(folder: &Path) -> std::io::Result<()> {
    let found = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    for file in found {
        let file = file?;
        if file.file_name().to_string_lossy().starts_with(UNDER_WAY) {
            std::fs::remove_file(file.path())?;
        }
    }
    Ok(())
}

/// Why bytes could not be added.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAdded {
    #[error("the file is too large")]
    TooLarge,
    #[error(transparent)]
    Disk(#[from] std::io::Error),
}

/// A file that comes.
pub(super) struct Coming {
    kept: NamedTempFile,
    to: File,
    hash: Sha256,
    size: u64,
    max: u64,
}

/// A file that has come.
pub(super) struct Came {
    kept: NamedTempFile,
    sha256: [u8; 32],
    pub(super) size: u64,
}

impl Coming {
    /// A file of at most `max` bytes, in `folder`, which is made if it is not there.
    pub(super) async fn into(folder: &Path, max: u64) -> std::io::Result<Self> {
        tokio::fs::create_dir_all(folder).await?;
        let kept = Builder::new().prefix(UNDER_WAY).tempfile_in(folder)?;
        let to = File::from_std(kept.reopen()?);
        Ok(Self {
            kept,
            to,
            hash: Sha256::new(),
            size: 0,
            max,
        })
    }

    pub(super) async fn add(&mut self, bytes: &[u8]) -> Result<(), NotAdded> {
        self.size += bytes.len() as u64;
        if self.size > self.max {
            return Err(NotAdded::TooLarge);
        }
        self.hash.update(bytes);
        self.to.write_all(bytes).await?;
        Ok(())
    }

    pub(super) async fn end(mut self) -> std::io::Result<Came> {
        self.to.flush().await?;
        Ok(Came {
            kept: self.kept,
            sha256: self.hash.finalize().into(),
            size: self.size,
        })
    }
}

impl Came {
    pub(super) fn path(&self) -> &Path {
        self.kept.path()
    }

    /// Its bytes.
    pub(super) async fn open(&self) -> std::io::Result<File> {
        File::open(self.kept.path()).await
    }

    /// The name that its bytes have in the storage.
    pub(super) fn hash(&self) -> String {
        hex::encode(self.sha256)
    }

    /// Whether these are the bytes that somebody promised, in hex or base64.
    pub(super) fn is(&self, promised: &str) -> bool {
        promised.eq_ignore_ascii_case(&self.hash()) || promised == STANDARD.encode(self.sha256)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_counted_hashed_and_gone_when_nobody_wants_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut coming = Coming::into(&folder.path().join("new"), 5).await.unwrap();
        for part in [b"he".as_slice(), b"llo"] {
            coming.add(part).await.unwrap();
        }
        let came = coming.end().await.unwrap();
        let hex = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
        assert_eq!((came.size, came.hash().as_str()), (5, hex));
        assert!(came.is(hex) && came.is(&hex.to_uppercase()));
        assert!(came.is("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
        assert!(!came.is("") && !came.is("LPJN"));
        assert_eq!(std::fs::read(came.path()).unwrap(), b"hello");
        let path = came.path().to_owned();
        drop(came);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_was_cut_off_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let coming = Coming::into(folder.path(), 5).await.unwrap();
        // As if the process had been killed.
        let (_, cut_off) = coming.kept.keep().unwrap();
        let other = folder.path().join("other");
        std::fs::write(&other, b"x").unwrap();
        clear(folder.path()).unwrap();
        assert!(!cut_off.exists() && other.exists());
        clear(&folder.path().join("none")).unwrap();
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_is_refused_as_soon_as_that_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let mut coming = Coming::into(folder.path(), 5).await.unwrap();
        coming.add(b"hello").await.unwrap();
        assert!(matches!(coming.add(b"!").await, Err(NotAdded::TooLarge)));
    }
}
