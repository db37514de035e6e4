//! Brings a database to the shape this program knows. Migrations only grow.

use crate::db::{Db, Tx, args};
use crate::error::Error;

/// One step. The texts differ only where the engines do.
struct Migration {
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! same {
    ($file:literal) => {
        Migration {
            sqlite: include_str!(concat!("../migrations/", $file, ".sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".sql")),
        }
    };
}

macro_rules! pair {
    ($file:literal) => {
        Migration {
            sqlite: include_str!(concat!("../migrations/", $file, ".sqlite.sql")),
            postgres: include_str!(concat!("../migrations/", $file, ".postgres.sql")),
        }
    };
}

const MAIN: &[Migration] = &[same!("main/0001_foundations")];
const JOURNAL: &[Migration] = &[pair!("journal/0001_journal")];

/// Which of the two databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Main,
    Journal,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Journal => "journal",
        }
    }

    const fn migrations(self) -> &'static [Migration] {
        match self {
            Self::Main => MAIN,
            Self::Journal => JOURNAL,
        }
    }
}

/// Applies what is missing, in one transaction with the note that it is done. Whoever comes second
/// waits, and finds nothing missing.
pub(crate) async fn migrate(db: &Db, part: Part) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    if matches!(tx, Tx::Postgres(_)) {
        tx.all::<(String,)>(
            "SELECT pg_advisory_xact_lock($1)::text",
            args![MIGRATION_LOCK],
        )
        .await?;
    }
    tx.script("CREATE TABLE IF NOT EXISTS schema_versions (part TEXT PRIMARY KEY, version BIGINT NOT NULL)")
        .await?;
    let row: Option<(i64,)> = tx
        .maybe(
            "SELECT version FROM schema_versions WHERE part = $1",
            args![part.name()],
        )
        .await?;
    let found = row.map_or(0, |r| r.0);
    let known = i64::try_from(part.migrations().len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in part.migrations().iter().skip(done) {
        let text = match tx {
            Tx::Sqlite(_) => step.sqlite,
            Tx::Postgres(_) => step.postgres,
        };
        tx.script(text).await?;
    }
    if found < known {
        tx.run(
            "INSERT INTO schema_versions (part, version) VALUES ($1, $2)
             ON CONFLICT (part) DO UPDATE SET version = excluded.version",
            args![part.name(), known],
        )
        .await?;
    }
    tx.commit().await
}

/// What processes that migrate the same server agree on.
const MIGRATION_LOCK: i64 = 0x6368_6172_6c61;
