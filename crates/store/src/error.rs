//! What can go wrong with a database, as far as a caller can act on it.

/// A failed statement. Absence is never an error here: it is `None`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot take writes now: full, locked, read-only or out of reach. Try again later.
    #[error("the database cannot be used now")]
    Unavailable(#[source] sqlx::Error),
    /// A unique key refused the row: somebody was faster, or it came twice.
    #[error("a row with this key exists")]
    Duplicate(#[source] sqlx::Error),
    /// Anything else the engine said.
    #[error("the database refused")]
    Database(#[source] sqlx::Error),
    /// A row holds what no version of Charla writes.
    #[error("column {column} holds what no version writes")]
    Corrupt {
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// Rows could not be written as JSON.
    #[error("rows could not be encoded")]
    Encode(#[source] serde_json::Error),
    /// The database was written by a newer version.
    #[error(
        "the database is at version {found}, this program knows {known}: use the newer program"
    )]
    Newer {
        /// The version in the database.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The database was written by an older version, and nobody has migrated it yet.
    #[error(
        "the database is at version {found}, this program works on {known}: stop the old server, if one runs, and \
         start the new one (charla serve), which migrates it"
    )]
    Older {
        /// The version in the database; 0 if it is empty.
        found: i64,
        /// The one this program works on.
        known: i64,
    },
    /// A file could not be read or written.
    #[error("a file could not be read or written")]
    File(#[from] std::io::Error),
}

/// SQLite's primary result codes that pass with time or with somebody's help.
const SQLITE_PASSING: [&str; 7] = ["5", "6", "8", "10", "13", "14", "23"];

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        match &e {
            sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::Io(_)
            | sqlx::Error::WorkerCrashed => Self::Unavailable(e),
            sqlx::Error::Database(db) if db.is_unique_violation() => Self::Duplicate(e),
            sqlx::Error::Database(db) if passes(db.as_ref()) => Self::Unavailable(e),
            _ => Self::Database(e),
        }
    }
}

/// Busy, locked, read-only, I/O, full, cannot open, authorisation on SQLite (extended codes keep the
/// primary one in their low byte); resources, shutdown, connections not allowed, read-only and
/// an idle transaction cut off on PostgreSQL.
fn passes(e: &dyn sqlx::error::DatabaseError) -> bool {
    let Some(code) = e.code() else { return false };
    if e.try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .is_some()
    {
        return [
            "08", "25006", "25P03", "40", "53", "55000", "55P03", "57", "58",
        ]
        .iter()
        .any(|c| code.starts_with(c));
    }
    code.parse::<i64>()
        .is_ok_and(|n| SQLITE_PASSING.contains(&(n & 0xff).to_string().as_str()))
}
