//! Raw webhooks: appended in groups before they are answered, read back in order to be applied.
//!
//! Appending is the hot path of ingest: a group is one transaction, and mostly one statement, whose text
//! is made and prepared once for each number of rows.

use std::sync::LazyLock;

use domain::Timestamp;
use serde::Serialize;

use crate::Store;
use crate::db::{Db, Value, args, bulk, rows};
use crate::error::Error;

/// A webhook to be journalled.
#[derive(Debug, Clone)]
pub struct NewEntry {
    /// System time at which the body was complete.
    pub received_at: Timestamp,
    /// The app whose secret verified it.
    pub app: String,
    /// The body as the caller packs it.
    pub body: Vec<u8>,
}

/// A journalled webhook.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Entry {
    /// Its place in the order of arrival.
    pub seq: i64,
    #[sqlx(rename = "received_at")]
    received_micros: i64,
    /// The app whose secret verified it.
    pub app: String,
    /// The body as it was packed.
    pub body: Vec<u8>,
}

impl Entry {
    /// System time at which the body was complete.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        crate::read::instant(self.received_micros)
    }
}

/// What waits to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many webhooks.
    pub waiting: i64,
    /// When the oldest of them came.
    pub oldest_at: Option<Timestamp>,
}

pub(crate) const UNAPPLIED: &str = "SELECT seq, received_at, app, body FROM journal
     WHERE seq > (SELECT COALESCE(MAX(upto), 0) FROM journal_applied)
     ORDER BY seq LIMIT $1";

/// What processes that append to the same journal agree on.
const APPENDING: i64 = 0x6368_6172_6a6f;

/// The most rows one statement inserts.
const CHUNK: usize = 64;

/// The statements that insert one row, two rows, and so on until `CHUNK`.
static INSERTS: LazyLock<Vec<String>> = LazyLock::new(|| (1..=CHUNK).map(insert_text).collect());

/// `INSERT` of `n` rows of three parameters.
fn insert_text(n: usize) -> String {
    let rows: Vec<String> = (0..n)
        .map(|i| format!("(${}, ${}, ${})", 3 * i + 1, 3 * i + 2, 3 * i + 3))
        .collect();
    format!(
        "INSERT INTO journal (received_at, app, body) VALUES {}",
        rows.join(", ")
    )
}

/// The statement that inserts these entries, of which there are at least one and at most `CHUNK`.
fn insert(entries: impl ExactSizeIterator<Item = NewEntry>) -> (&'static str, Vec<Value>) {
    let text = &INSERTS[entries.len() - 1];
    let values = entries.flat_map(|e| args![e.received_at, e.app, e.body]);
    (text, values.collect())
}

impl Store {
    /// Appends a group in one transaction. When this returns, the disk has it.
    pub async fn append_to_journal(&self, entries: Vec<NewEntry>) -> Result<(), Error> {
        let mut rest = entries.into_iter();
        if matches!(self.journal, Db::Sqlite { .. }) && (1..=CHUNK).contains(&rest.len()) {
            let (text, values) = insert(rest);
            self.journal.run(text, values).await?;
            return Ok(());
        }
        let mut tx = self.journal.begin().await?;
        if matches!(self.journal, Db::Postgres(_)) {
            // Sequences must rise in the order of commits, or the applier could pass a late one.
            tx.lock(APPENDING).await?;
        }
        while rest.len() > 0 {
            let (text, values) = insert(rest.by_ref().take(CHUNK));
            tx.run(text, values).await?;
        }
        tx.commit().await
    }

    /// Sees whether the journal takes writes, leaving nothing behind.
    pub async fn probe_journal(&self) -> Result<(), Error> {
        let mut tx = self.journal.begin().await?;
        tx.run(
            "INSERT INTO journal (received_at, app, body) VALUES ($1, $2, $3)",
            args![0_i64, "probe", vec![0_u8; 4096]],
        )
        .await?;
        tx.run(
            "DELETE FROM journal WHERE app = 'probe' AND received_at = 0",
            args![],
        )
        .await?;
        tx.commit().await
    }

    /// The oldest entries that are not applied yet.
    pub async fn unapplied(&self, limit: i64) -> Result<Vec<Entry>, Error> {
        self.journal.all(UNAPPLIED, args![limit]).await
    }

    /// One entry, applied or not.
    pub async fn journal_entry(&self, seq: i64) -> Result<Option<Entry>, Error> {
        self.journal
            .maybe(
                "SELECT seq, received_at, app, body FROM journal WHERE seq = $1",
                args![seq],
            )
            .await
    }

    /// Notes that everything up to `upto` is applied. Repeating what was applied does no harm, so this
    /// may come after the transaction that applied it.
    pub async fn note_applied(&self, upto: i64, now: Timestamp) -> Result<(), Error> {
        self.journal
            .run(
                "INSERT INTO journal_applied (upto, at) VALUES ($1, $2)
                 ON CONFLICT (upto) DO NOTHING",
                args![upto, now],
            )
            .await?;
        Ok(())
    }

    /// What waits to be applied.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let row: Option<(i64, Option<i64>)> = self
            .journal
            .maybe(
                "SELECT COALESCE((SELECT MAX(seq) FROM journal), 0) - COALESCE(MAX(upto), 0),
                        (SELECT received_at FROM journal
                         WHERE seq > (SELECT COALESCE(MAX(upto), 0) FROM journal_applied)
                         ORDER BY seq LIMIT 1)
                 FROM journal_applied",
                args![],
            )
            .await?;
        let (waiting, oldest) = row.map_or((0, None), |(n, oldest)| (n.max(0), oldest));
        Ok(Backlog {
            waiting,
            oldest_at: oldest.map(crate::read::instant),
        })
    }

    /// Forgets some of what was applied before `before`, except what open quarantine came from; answers
    /// how much. A little at a time: appending waits for it.
    pub async fn prune_journal(&self, before: Timestamp) -> Result<u64, Error> {
        #[derive(Serialize)]
        struct Kept {
            seq: i64,
        }
        let upto: Option<(Option<i64>,)> = self
            .journal
            .maybe(
                "SELECT MAX(upto) FROM journal_applied WHERE at < $1",
                args![before],
            )
            .await?;
        let Some(upto) = upto.and_then(|row| row.0) else {
            return Ok(0);
        };
        let kept: Vec<(i64,)> = self
            .db
            .all(
                "SELECT DISTINCT journal_seq FROM quarantine WHERE settled_at IS NULL",
                args![],
            )
            .await?;
        let kept: Vec<_> = kept.into_iter().map(|(seq,)| Kept { seq }).collect();
        let gone = self
            .journal
            .run(
                bulk!([int seq]
                    "DELETE FROM journal WHERE seq IN (
                       SELECT seq FROM journal
                       WHERE seq <= $2 AND seq NOT IN (SELECT seq FROM input) ORDER BY seq LIMIT $3)"),
                args![rows(&kept)?, upto, PRUNED_AT_ONCE],
            )
            .await?;
        if gone == 0 {
            // The newest note stays: it says how far applying has come.
            self.journal
                .run("DELETE FROM journal_applied WHERE upto < $1", args![upto])
                .await?;
        }
        Ok(gone)
    }
}

/// How many rows go in one transaction.
const PRUNED_AT_ONCE: i64 = 2_000;
