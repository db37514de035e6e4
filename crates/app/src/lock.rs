//! One server per data folder: two would each hand over what waits in the outbox.

use std::fs::{File, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use crate::{Failure, open};

const FILE: &str = "charla.lock";

/// A data folder that nobody else serves. The system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    /// Kept open for the lock on it.
    _file: File,
}

/// Takes the folder, or says who has it and what to do.
pub(crate) fn take(folder: &Path) -> Result<FolderLock, Failure> {
    open::usable_folder(folder)?;
    let file = File::options()
        .create(true)
        .append(true)
        .open(folder.join(FILE))
        .map_err(|why| cannot(folder, &why))?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(FolderLock { _file: file }),
            Err(TryLockError::WouldBlock) if is_served(&file, folder)? => {
                return Err(format!(
                    "another Charla runs on the data in {}: stop it first, or name another folder in CHARLA_DATA_DIR",
                    folder.display()
                )
                .into());
            }
            // Somebody only looked, and is done by now.
            Err(TryLockError::WouldBlock) => file.unlock().map_err(|why| cannot(folder, &why))?,
            Err(TryLockError::Error(why)) => return Err(cannot(folder, &why)),
        }
    }
}

/// Whether a server has the folder. Looking leaves nothing behind.
pub(crate) fn is_taken(folder: &Path) -> Result<bool, Failure> {
    match File::open(folder.join(FILE)) {
        Ok(file) => is_served(&file, folder),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(false),
        Err(why) => Err(cannot(folder, &why)),
    }
}

/// Whether the lock is a server's: those who look share theirs. If it is not, `file` has a share of it.
fn is_served(file: &File, folder: &Path) -> Result<bool, Failure> {
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(why)) => Err(cannot(folder, &why)),
    }
}

fn cannot(folder: &Path, why: &std::io::Error) -> Failure {
    format!(
        "CHARLA_DATA_DIR is {}: {FILE} in it cannot be locked: {why}",
        folder.display()
    )
    .into()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[test]
    fn a_folder_that_is_looked_at_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!is_taken(folder.path()).unwrap());
        assert_eq!(folder.path().read_dir().unwrap().count(), 0);
        let lock = take(folder.path()).unwrap();
        assert!(is_taken(folder.path()).unwrap());
        assert!(take(folder.path()).is_err());
        drop(lock);
        assert!(!is_taken(folder.path()).unwrap());
    }

    #[test]
    fn who_only_looks_stands_in_no_servers_way() {
        let folder = tempfile::tempdir().unwrap();
        let done = AtomicBool::new(false);
        std::thread::scope(|threads| {
            threads.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    is_taken(folder.path()).unwrap();
                }
            });
            let refused: Vec<_> = (0..2_000)
                .filter_map(|_| take(folder.path()).err())
                .collect();
            done.store(true, Ordering::Relaxed);
            assert!(refused.is_empty(), "{} of 2000", refused.len());
        });
    }
}
