//! All that Charla remembers, and all the SQL there is.
//!
//! A concrete [`Store`] with a file per noun; every method names its workspace first. Changes of a
//! workspace go through one unit of work (`change.rs`), which hands out event sequences and keeps the
//! counters. Webhooks are journalled apart (`journal.rs`) and applied as sets (`apply/`).

mod abouts;
mod account_events;
mod accounts;
mod actions;
mod apply;
mod backup;
mod chance;
mod change;
mod channels;
mod contact_page;
mod contacts;
mod conversations;
mod db;
mod drafts;
mod error;
mod journal;
mod live;
mod media;
mod merges;
mod migrate;
mod outbox;
mod quarantine;
mod read;
mod receipts;
mod replies;
mod setups;
mod standings;
mod starting;
mod strangers;
mod suggestions;
#[cfg(any(test, feature = "testing"))]
pub mod test_db;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod thread;
mod turns;

use std::path::Path;
use std::sync::Arc;

pub use abouts::*;
pub use account_events::*;
pub use accounts::*;
pub use actions::*;
pub use apply::{Applied, Received};
pub use chance::Chance;
pub use channels::*;
pub use contact_page::*;
pub use conversations::*;
pub use drafts::*;
pub use error::Error;
pub use journal::*;
pub use live::*;
pub use media::*;
pub use merges::*;
pub use outbox::*;
pub use quarantine::*;
pub use replies::*;
pub use setups::*;
pub use standings::*;
pub use starting::*;
pub use strangers::*;
pub use suggestions::*;
pub use thread::*;

use db::Db;
use uuid::Uuid;

/// Where the data lives.
#[derive(Debug, Clone)]
pub enum Location<'a> {
    /// A folder with two SQLite files, `charla.db` and `journal.db`.
    Folder(&'a Path),
    /// A PostgreSQL server.
    Postgres(&'a str),
}

/// A handle to everything Charla remembers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    /// On SQLite a file of its own, so that acknowledging webhooks never waits for applying them.
    journal: Db,
    chance: Arc<Chance>,
    /// Who this process is to others that work on the same server.
    server: Uuid,
}

impl Store {
    /// Opens the data, creating or migrating what is missing. `chance` feeds the ids.
    pub async fn open(location: Location<'_>, chance: Chance) -> Result<Self, Error> {
        if let Location::Folder(dir) = &location {
            private_folder(dir)?;
        }
        let store = Self::connect(location, chance, true).await?;
        migrate::migrate(&store.db, migrate::Part::Main).await?;
        migrate::migrate(&store.journal, migrate::Part::Journal).await?;
        Ok(store)
    }

    /// Opens the data as it is: migrating it would pull it from under a server that runs on it, and a file
    /// that is missing is not made.
    ///
    /// # Errors
    /// [`Error::Older`] and [`Error::Newer`] if it is of another version than this program.
    pub async fn open_unchanged(location: Location<'_>, chance: Chance) -> Result<Self, Error> {
        let store = Self::connect(location, chance, false).await?;
        migrate::check(&store.db, migrate::Part::Main).await?;
        migrate::check(&store.journal, migrate::Part::Journal).await?;
        Ok(store)
    }

    async fn connect(location: Location<'_>, chance: Chance, make: bool) -> Result<Self, Error> {
        let (db, journal) = match location {
            Location::Folder(dir) => (
                Db::open_sqlite(&dir.join("charla.db"), 4, make).await?,
                Db::open_sqlite(&dir.join("journal.db"), 1, make).await?,
            ),
            Location::Postgres(url) => {
                let db = Db::open_postgres(url).await?;
                (db.clone(), db)
            }
        };
        Ok(Self {
            db,
            journal,
            server: Uuid::from_bytes(chance.bytes()),
            chance: Arc::new(chance),
        })
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.db.close().await;
        self.journal.close().await;
    }
}

/// Makes the folder if it is not there: customers' words are nobody else's on this machine.
fn private_folder(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
}
