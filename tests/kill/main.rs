//! `kill -9` of the real program at random instants under load.
//!
//! The oracle is kept here, outside of what is killed: what was acknowledged must be there once and
//! only once when all is over. `CHARLA_KILLS` sets how often (30; `make prove`: 1,000), `CHARLA_SEED`
//! repeats the choices of a run.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod ingest;
mod luck;
mod send;

use charla_tests::database::Engine;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_webhook_is_lost_or_doubled_on_sqlite() {
    ingest::prove(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_acknowledged_webhook_is_lost_or_doubled_on_postgres() {
    ingest::prove(Engine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reply_is_lost_or_sent_again_blindly_on_sqlite() {
    send::prove(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_reply_is_lost_or_sent_again_blindly_on_postgres() {
    send::prove(Engine::Postgres).await;
}
