//! Opening the data folder or the server that the settings name.

use std::path::{Path, PathBuf};

use reqwest::Url;
use server::media::Files;
use server::secrets::{self, Secrets};
use store::{Chance, Location, Store};

use crate::Failure;
use crate::cli::SettingsFile;
use crate::settings::Settings;

/// A database that the settings name and that cannot be used.
#[derive(Debug, thiserror::Error)]
enum CannotOpen {
    #[error(
        "CHARLA_DATABASE_URL: the database {place} cannot be used; it has to run, and to let this user in"
    )]
    Server {
        place: String,
        #[source]
        why: store::Error,
    },
    #[error("CHARLA_DATA_DIR is {}: the database in it cannot be opened", .folder.display())]
    Folder {
        folder: PathBuf,
        #[source]
        why: store::Error,
    },
}

/// The settings from a file and the environment.
pub(crate) fn settings(file: &SettingsFile) -> Result<Settings, Failure> {
    Ok(Settings::read(file.config.as_deref(), std::env::vars_os())?)
}

/// The database, made or migrated if need be: for a server alone, as another may run on it.
pub(crate) async fn store(settings: &Settings) -> Result<Store, Failure> {
    let opened = Store::open(location(settings)?, Chance::from_os()).await;
    Ok(opened.map_err(|why| cannot_open(settings, why))?)
}

fn location(settings: &Settings) -> Result<Location<'_>, Failure> {
    if let Some(url) = &settings.database_url {
        return Ok(Location::Postgres(url));
    }
    usable_folder(&settings.data_dir)?;
    Ok(Location::Folder(&settings.data_dir))
}

fn cannot_open(settings: &Settings, why: store::Error) -> CannotOpen {
    match &settings.database_url {
        Some(url) => CannotOpen::Server {
            place: without_password(url),
            why,
        },
        None => CannotOpen::Folder {
            folder: settings.data_dir.clone(),
            why,
        },
    }
}

/// Where a database is, as it may stand in a terminal.
fn without_password(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return "it names".to_owned();
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{host}{port}{}", url.path())
}

/// Makes the data folder if it is not there, for its owner only, and sees whether it takes files.
pub(crate) fn usable_folder(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    let at = folder.display();
    if folder.exists() && !folder.is_dir() {
        return Err(format!("CHARLA_DATA_DIR is {at}: that is a file; name a folder").into());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .and_then(|()| tempfile::tempfile_in(folder))
        .map_err(|e| {
            let way_out = "give the folder to the user that runs Charla, or name another";
            format!("CHARLA_DATA_DIR is {at}: Charla cannot write there ({e}); {way_out}")
        })?;
    Ok(())
}

/// The database, which must be there already and of this version: a command run in the wrong folder is
/// told so, instead of working on an empty install that it made itself.
pub(crate) async fn existing(settings: &Settings) -> Result<Store, Failure> {
    let file = settings.data_dir.join("charla.db");
    if settings.database_url.is_none() && !file.exists() {
        let folder = settings.data_dir.display();
        return Err(
            format!("there is no data in {folder}: name its folder in CHARLA_DATA_DIR").into(),
        );
    }
    let opened = Store::open_unchanged(location(settings)?, Chance::from_os()).await;
    Ok(opened.map_err(|why| cannot_open(settings, why))?)
}

/// Where the bytes of files lie.
pub(crate) fn files(settings: &Settings) -> Result<Files, Failure> {
    match &settings.media_url {
        Some(url) => {
            let variables = std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            });
            Files::at(url, variables)
                .map_err(|why| format!("CHARLA_MEDIA_URL is {url}: {why}").into())
        }
        None => Ok(Files::in_folder(&media_folder(settings))?),
    }
}

/// Where they lie if no other place is set.
pub(crate) fn media_folder(settings: &Settings) -> PathBuf {
    settings.data_dir.join("media")
}

/// Where the master key is.
pub(crate) fn key_file(settings: &Settings) -> PathBuf {
    secrets::key_file(settings.master_key_file.as_deref(), &settings.data_dir)
}

/// The master key. It is made only where there is nothing yet that an older one sealed.
pub(crate) async fn secrets(settings: &Settings, store: &Store) -> Result<Secrets, Failure> {
    let fresh = !store.users_exist().await? && store.apps().await?.is_empty();
    Ok(Secrets::load_or_create(
        &key_file(settings),
        fresh,
        Chance::from_os(),
    )?)
}
