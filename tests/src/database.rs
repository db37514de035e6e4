//! A fresh database of either engine.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// The two engines. Every promise is kept on both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// Embedded, in the data folder.
    Sqlite,
    /// The server that `CHARLA_TEST_POSTGRES_URL` names.
    Postgres,
}

/// The setting `CHARLA_DATABASE_URL` for a new, empty database; SQLite needs none.
///
/// # Panics
/// If PostgreSQL is asked for and there is none: a missing engine fails a test, it never skips it.
pub async fn create(engine: Engine, folder: &Path) -> Option<String> {
    if engine == Engine::Sqlite {
        return None;
    }
    let server = std::env::var("CHARLA_TEST_POSTGRES_URL").expect(
        "CHARLA_TEST_POSTGRES_URL names a PostgreSQL server: run `.ci/with-postgres cargo test`",
    );
    let folder = folder.file_name().unwrap().to_string_lossy();
    let name: String = folder
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_lowercase();
    let name = format!("charla_{}_{name}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    connection
        .execute(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .await
        .unwrap();
    connection.close().await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{name}"))
}
