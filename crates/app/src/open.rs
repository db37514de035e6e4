//! Opening the data folder or the server that the settings name.

use std::path::Path;

use server::secrets::{self, Secrets};
use store::{Chance, Location, Store};

use crate::Failure;
use crate::settings::Settings;

/// The settings file that commands look for where they are started.
const SETTINGS_FILE: &str = "charla.toml";

/// The settings from the usual file and the environment.
pub(crate) fn settings() -> Result<Settings, Failure> {
    Ok(Settings::read(Path::new(SETTINGS_FILE), std::env::vars())?)
}

/// The database.
pub(crate) async fn store(settings: &Settings) -> Result<Store, Failure> {
    let location = match &settings.database_url {
        Some(url) => Location::Postgres(url),
        None => Location::Folder(&settings.data_dir),
    };
    Ok(Store::open(location, Chance::from_os()).await?)
}

/// The database, which must be there already: a command run in the wrong folder is told so, instead of
/// working on an empty install that it made itself.
pub(crate) async fn existing(settings: &Settings) -> Result<Store, Failure> {
    must_exist(settings)?;
    store(settings).await
}

/// Refuses if there is no data where the settings say.
pub(crate) fn must_exist(settings: &Settings) -> Result<(), Failure> {
    let file = settings.data_dir.join("charla.db");
    if settings.database_url.is_some() || file.exists() {
        return Ok(());
    }
    let folder = settings.data_dir.display();
    Err(format!("there is no data in {folder}: name its folder in CHARLA_DATA_DIR").into())
}

/// The master key. It is made only where there is nothing yet that an older one sealed.
pub(crate) async fn secrets(settings: &Settings, store: &Store) -> Result<Secrets, Failure> {
    std::fs::create_dir_all(&settings.data_dir)?;
    let file = secrets::key_file(settings.master_key_file.as_deref(), &settings.data_dir);
    let fresh = !store.users_exist().await? && store.apps().await?.is_empty();
    Ok(Secrets::load_or_create(&file, fresh, Chance::from_os())?)
}

/// Logs to standard error; standard output belongs to what a command answers.
pub(crate) fn log(filter: &str) -> Result<(), Failure> {
    let filter = tracing_subscriber::EnvFilter::try_new(filter)
        .map_err(|e| format!("CHARLA_LOG is {filter:?}: {e}"))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    Ok(())
}
