//! Brings a database to the shape this program knows. Migrations only grow.

use crate::db::{Db, args};
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

/// Applies what is missing, each step in its own transaction with the note that it is done.
pub(crate) async fn migrate(db: &Db, part: Part) -> Result<(), Error> {
    db.script(
        "CREATE TABLE IF NOT EXISTS schema_versions (part TEXT PRIMARY KEY, version BIGINT NOT NULL)"
            .to_owned(),
    )
    .await?;
    let known = i64::try_from(part.migrations().len()).unwrap_or(i64::MAX);
    let found = version(db, part).await?;
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (n, step) in (1..)
        .zip(part.migrations())
        .skip(usize::try_from(found).unwrap_or(0))
    {
        let text = match db {
            Db::Sqlite { .. } => step.sqlite,
            Db::Postgres(_) => step.postgres,
        };
        db.script(format!(
            "BEGIN;\n{text}\nINSERT INTO schema_versions (part, version) VALUES ('{part}', {n})
             ON CONFLICT (part) DO UPDATE SET version = excluded.version;\nCOMMIT;",
            part = part.name()
        ))
        .await?;
    }
    Ok(())
}

async fn version(db: &Db, part: Part) -> Result<i64, Error> {
    let row: Option<(i64,)> = db
        .maybe(
            "SELECT version FROM schema_versions WHERE part = $1",
            args![part.name()],
        )
        .await?;
    Ok(row.map_or(0, |r| r.0))
}
