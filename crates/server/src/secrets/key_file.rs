//! The file that holds the master key.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use store::Chance;

/// The file's name in the data folder.
const FILE: &str = "master.key";

/// Why the master key could not be had. Every text names the file and the setting.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is data, and its key is not there.
    #[error(
        "the master key {path} is missing, and the data was made with one: put the file back, or say \
         where it is with CHARLA_MASTER_KEY_FILE"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It is there and cannot be read.
    #[error("the master key {path} (CHARLA_MASTER_KEY_FILE) cannot be read: {source}")]
    Unreadable {
        /// Where it is.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is not there and cannot be made.
    #[error("the master key {path} (CHARLA_MASTER_KEY_FILE) cannot be made: {source}")]
    NotMade {
        /// Where it should be.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It holds something else.
    #[error(
        "the master key {path} (CHARLA_MASTER_KEY_FILE) is not a key: line {line} should be 32 bytes in \
         base64, as `head -c 32 /dev/urandom | base64` makes them"
    )]
    Malformed {
        /// Where it is.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
    },
}

/// What the file holds.
pub(super) struct MasterKeys {
    pub(super) key: [u8; 32],
    /// Those that were in use before, for what was sealed under them.
    pub(super) older: Vec<[u8; 32]>,
}

/// Where the master key is: where the host says, else in the data folder.
#[must_use]
pub fn key_file(named: Option<&Path>, data_dir: &Path) -> PathBuf {
    named.map_or_else(|| data_dir.join(FILE), Path::to_owned)
}

/// Reads the file.
pub(super) fn read_file(path: &Path) -> Result<MasterKeys, KeyFileError> {
    let at = path.to_owned();
    let text = std::fs::read_to_string(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => KeyFileError::Missing { path: at.clone() },
        _ => KeyFileError::Unreadable {
            path: at.clone(),
            source,
        },
    })?;
    warn_if_others_read(path);
    read_keys(&text).map_err(|line| KeyFileError::Malformed { path: at, line })
}

/// The keys of a file, or the number of the line that is none.
fn read_keys(text: &str) -> Result<MasterKeys, usize> {
    let mut keys = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(n, line)| {
            let bytes = STANDARD.decode(line.trim()).map_err(|_| n)?;
            bytes.try_into().map_err(|_| n)
        });
    let key = keys.next().unwrap_or(Err(1))?;
    let older = keys.collect::<Result<_, usize>>()?;
    Ok(MasterKeys { key, older })
}

/// Makes the file, for its owner only.
pub(super) fn create(path: &Path) -> Result<(), KeyFileError> {
    let key: [u8; 32] = Chance::from_os().bytes();
    let written = new_private_file(path).and_then(|mut file| {
        writeln!(file, "{}", STANDARD.encode(key))?;
        file.sync_all()
    });
    match written {
        // Somebody else started at the same moment; theirs is as good.
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other.map_err(|source| KeyFileError::NotMade {
            path: path.to_owned(),
            source,
        }),
    }
}

fn new_private_file(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(unix)]
fn warn_if_others_read(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let others = std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
    if others {
        tracing::warn!(
            "Others may read the master key {0}: chmod 600 {0}",
            path.display()
        );
    }
}

#[cfg(not(unix))]
fn warn_if_others_read(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_key_is_refused_by_line() {
        let good = STANDARD.encode([7; 32]);
        for (text, expect) in [
            (good.clone(), Ok(0)),
            (format!("\n{good}\n\n{good}\n"), Ok(1)),
            (String::new(), Err(1)),
            (STANDARD.encode([7; 31]), Err(1)),
            (format!("{good}\nnot a key"), Err(2)),
        ] {
            assert_eq!(
                read_keys(&text).map(|keys| keys.older.len()),
                expect,
                "{text:?}"
            );
        }
    }
}
