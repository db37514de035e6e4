//! `charla backup` and `charla restore`: the embedded install in one file.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use server::Clock;
use store::{Chance, Location, Store};

use crate::archive::{self, FILES, media};
use crate::cli::SettingsFile;
use crate::settings::Settings;
use crate::{Failure, lock, open, say};

/// What else lies beside a database that is or was in use.
const BESIDE: [&str; 4] = [
    "journal.db-wal",
    "journal.db-shm",
    "charla.db-wal",
    "charla.db-shm",
];

/// A file that is not restored.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be restored", .file.display())]
struct CannotRestore {
    file: PathBuf,
    #[source]
    why: Failure,
}

/// Writes a backup of the running or resting install.
pub(crate) async fn write(file: &Path, settings: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(settings)?;
    if settings.database_url.is_some() {
        return Err(
            "the data is in PostgreSQL (CHARLA_DATABASE_URL): back it up with pg_dump".into(),
        );
    }
    if file.exists() {
        return Err(exists(file));
    }
    let beside = parent(file);
    let cannot = |e: std::io::Error| format!("{} cannot be written to: {e}", beside.display());
    // In the folder of the backup: it has the room, and a file is moved within it at once or not at all.
    let folder = private_folder(&beside, ".backup-").map_err(cannot)?;
    let store = open::existing(&settings).await?;
    store.copy_to(folder.path()).await?;
    store.close().await;
    let unfinished = tempfile::NamedTempFile::new_in(folder.path())?;
    let media = open::media_folder(&settings);
    let media = settings.media_url.is_none().then_some(media.as_path());
    archive::pack(folder.path(), media, unfinished.as_file()).map_err(cannot)?;
    unfinished
        .persist_noclobber(file)
        .map_err(|e| match e.error.kind() {
            ErrorKind::AlreadyExists => exists(file),
            _ => cannot(e.error).into(),
        })?;
    File::open(&beside)?.sync_all()?;
    let elsewhere = if media.is_some() {
        ""
    } else {
        " The files of messages are not in it (CHARLA_MEDIA_URL): back their place up too."
    };
    say(format!(
        "Wrote {}.{elsewhere} The master key is not in it: keep a copy of {} apart from the backups.",
        file.display(),
        open::key_file(&settings).display()
    ))?;
    Ok(())
}

fn exists(file: &Path) -> Failure {
    format!("{} exists: choose another name", file.display()).into()
}

fn parent(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// A folder that is gone in the end, which nobody else on this machine can read.
fn private_folder(parent: &Path, prefix: &str) -> std::io::Result<tempfile::TempDir> {
    tempfile::Builder::new().prefix(prefix).tempdir_in(parent)
}

/// Puts a backup into a data folder that holds no data yet.
pub(crate) async fn restore(file: &Path, settings: &SettingsFile) -> Result<(), Failure> {
    let settings = open::settings(settings)?;
    if settings.database_url.is_some() {
        return Err(
            "the settings name PostgreSQL (CHARLA_DATABASE_URL), and a backup holds the embedded database: \
             leave that setting out, or restore with pg_restore"
                .into(),
        );
    }
    let from = File::open(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let folder = &settings.data_dir;
    let _lock = lock::take(folder)?;
    if let Some(name) = FILES
        .iter()
        .chain(&BESIDE)
        .chain(&[media::FOLDER])
        .find(|name| folder.join(name).exists())
    {
        let there = folder.join(name);
        return Err(format!(
            "{} exists: restore into a folder that holds no data (CHARLA_DATA_DIR)",
            there.display()
        )
        .into());
    }
    let unpacked = private_folder(folder, ".restore-")?;
    let waited = unpack(from, unpacked.path())
        .await
        .map_err(|why| CannotRestore {
            file: file.to_owned(),
            why,
        })?;
    let files = unpacked.path().join(media::FOLDER);
    if files.exists() {
        std::fs::rename(files, folder.join(media::FOLDER))?;
    }
    for name in FILES {
        std::fs::rename(unpacked.path().join(name), folder.join(name))?;
    }
    File::open(folder)?.sync_all()?;
    say(restored(&settings, waited))?;
    Ok(())
}

/// Unpacks a backup, sees whether this program can use what is in it, and takes it up; answers how many
/// replies waited in it.
async fn unpack(from: File, folder: &Path) -> Result<i64, Failure> {
    archive::unpack(from, folder)?;
    let store = Store::open(Location::Folder(folder), Chance::from_os()).await?;
    let wrong = store.integrity().await?;
    if !wrong.is_empty() {
        return Err(format!("its database is damaged: {}", wrong.join("; ")).into());
    }
    let waited = store.take_up(Clock::system().now()).await?;
    store.close().await;
    Ok(waited)
}

fn restored(settings: &Settings, waited: i64) -> String {
    let replies = match waited {
        0 => String::new(),
        _ => format!(
            " Replies that waited to go out when the backup was taken may have been sent since, {waited} in number: \
             they are their authors' drafts again, or \"not confirmed\" if they had been tried before."
        ),
    };
    let key = open::key_file(settings);
    let next = if key.exists() {
        format!("The master key is {}.", key.display())
    } else {
        format!(
            "Put the master key back before you start Charla: it belongs at {}.",
            key.display()
        )
    };
    format!(
        "Restored into {}.{replies} {next}",
        settings.data_dir.display()
    )
}
