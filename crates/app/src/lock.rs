//! One server per data folder: two would each hand over what waits in the outbox.

use std::fs::{File, TryLockError};
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
    try_lock(folder)?.ok_or_else(|| {
        format!(
            "another Charla runs on the data in {}: stop it first, or name another folder in CHARLA_DATA_DIR",
            folder.display()
        )
        .into()
    })
}

/// Whether a server has the folder.
pub(crate) fn is_taken(folder: &Path) -> Result<bool, Failure> {
    Ok(try_lock(folder)?.is_none())
}

fn try_lock(folder: &Path) -> Result<Option<FolderLock>, Failure> {
    let cannot = |why: std::io::Error| {
        format!(
            "CHARLA_DATA_DIR is {}: {FILE} in it cannot be locked: {why}",
            folder.display()
        )
    };
    let file = File::options()
        .create(true)
        .append(true)
        .open(folder.join(FILE))
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(FolderLock { _file: file })),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => Err(cannot(e).into()),
    }
}
