//! A fresh database for each test, on both engines.
//!
//! [`test_both!`](crate::test_both) writes a test once and runs it twice: on SQLite files in a
//! temporary folder, and on a PostgreSQL database made for it and dropped after it. Without a PostgreSQL
//! server the second one fails; it is never skipped.

use std::path::PathBuf;
use std::sync::Arc;

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

use crate::{Chance, Location, Store};

/// Where tests find their PostgreSQL server.
const SERVER: &str = "CHARLA_TEST_POSTGRES_URL";

/// A test's own empty database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct TestDb(Arc<Place>);

#[derive(Debug)]
struct Place {
    /// The SQLite files, and room for whatever else a test keeps on disk.
    folder: TempDir,
    postgres: Option<Postgres>,
}

#[derive(Debug)]
struct Postgres {
    server: String,
    name: String,
    url: String,
}

impl TestDb {
    /// An empty folder for SQLite files.
    ///
    /// # Panics
    /// If there is no temporary folder.
    #[must_use]
    pub fn sqlite() -> Self {
        Self(Arc::new(Place {
            folder: folder(),
            postgres: None,
        }))
    }

    /// A database of its own on the PostgreSQL server of `make test`.
    ///
    /// # Panics
    /// If there is no such server.
    pub async fn postgres() -> Self {
        let server = std::env::var(SERVER).unwrap_or_else(|_| {
            panic!("{SERVER} is not set: run `make test`, which starts a PostgreSQL")
        });
        let name = format!(
            "test_{}",
            uuid::Uuid::from_bytes(Chance::from_os().bytes()).simple()
        );
        on_server(&server, format!("CREATE DATABASE {name}")).await;
        let url = with_database(&server, &name);
        Self(Arc::new(Place {
            folder: folder(),
            postgres: Some(Postgres { server, name, url }),
        }))
    }

    /// Where the data lives, for whoever opens it.
    #[must_use]
    pub fn location(&self) -> Location<'_> {
        match &self.0.postgres {
            Some(postgres) => Location::Postgres(&postgres.url),
            None => Location::Folder(self.0.folder.path()),
        }
    }

    /// A folder of the test's own; on SQLite the one with the database.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.0.folder.path().to_owned()
    }

    /// Opens the database; a test may do so again, as a restart does.
    ///
    /// # Panics
    /// If it cannot be opened.
    pub async fn open(&self) -> Store {
        Store::open(self.location(), Chance::from_os())
            .await
            .expect("a fresh database opens")
    }

    /// Empties it, for a test that begins again.
    ///
    /// # Panics
    /// If something of it is still open.
    pub async fn clear(&self) {
        if let Some(postgres) = &self.0.postgres {
            let again = "DROP SCHEMA public CASCADE; CREATE SCHEMA public";
            return on_server(&postgres.url, again.to_owned()).await;
        }
        for file in self.folder().read_dir().expect("a folder") {
            let path = file.expect("a file").path();
            std::fs::remove_file(path).expect("a file that nobody has open");
        }
    }

    async fn remove(self) {
        if let Some(postgres) = &self.0.postgres {
            let drop = format!("DROP DATABASE {} WITH (FORCE)", postgres.name);
            on_server(&postgres.server, drop).await;
        }
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

async fn on_server(server: &str, statement: String) {
    let mut connection = PgConnection::connect(server)
        .await
        .unwrap_or_else(|e| panic!("the PostgreSQL of {SERVER} does not answer: {e}"));
    sqlx::raw_sql(AssertSqlSafe(statement))
        .execute(&mut connection)
        .await
        .expect("a test may create and drop databases");
}

/// The address with another database behind the last slash.
fn with_database(server: &str, name: &str) -> String {
    let (address, options) = match server.split_once('?') {
        Some((address, options)) => (address, format!("?{options}")),
        None => (server, String::new()),
    };
    let host = address.rsplit_once('/').map_or(address, |(host, _)| host);
    format!("{host}/{name}{options}")
}

/// Runs a test's body on its database and removes the database, whether the body passes or panics.
///
/// # Panics
/// If the body does.
pub async fn run<F>(db: TestDb, body: impl FnOnce(TestDb) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let local = tokio::task::LocalSet::new();
    let body = local.spawn_local(body(db.clone()));
    let outcome = local.run_until(body).await;
    db.remove().await;
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
}

/// Writes tests once and runs each on both engines, as `name::sqlite` and `name::postgres`.
///
/// ```text
/// test_both! {
///     async fn a_new_database_has_no_users(db: TestDb) {
///         assert!(!db.open().await.users_exist().await.unwrap());
///     }
/// }
/// ```
#[macro_export]
macro_rules! test_both {
    ($($(#[$about:meta])* async fn $name:ident($db:ident: TestDb) $body:block)*) => {$(
        mod $name {
            #[allow(unused_imports, clippy::allow_attributes, reason = "a body may name nothing from outside")]
            use super::*;

            $(#[$about])*
            async fn body($db: $crate::test_db::TestDb) $body

            #[tokio::test]
            async fn sqlite() {
                let db = $crate::test_db::TestDb::sqlite();
                $crate::test_db::run(db, body).await;
            }

            #[tokio::test]
            async fn postgres() {
                let db = $crate::test_db::TestDb::postgres().await;
                $crate::test_db::run(db, body).await;
            }
        }
    )*};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_the_database_is_the_only_thing_that_changes() {
        for (server, expect) in [
            (
                "postgres://u:p@127.0.0.1:5/postgres",
                "postgres://u:p@127.0.0.1:5/mine",
            ),
            (
                "postgres://h/a?sslmode=disable",
                "postgres://h/mine?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(server, "mine"), expect);
        }
    }
}
