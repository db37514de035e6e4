//! What a host does at a terminal, with the real program.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

/// Runs each test with SQLite and with PostgreSQL.
macro_rules! on_both {
    ($($test:ident)*) => {$(
        mod $test {
            use super::Engine;

            #[tokio::test]
            async fn on_sqlite() {
                super::$test(Engine::Sqlite).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$test(Engine::Postgres).await;
            }
        }
    )*};
}

mod backup;
mod channels;
mod demo;
mod folder;
mod load;
mod settings;
mod upgrade;
