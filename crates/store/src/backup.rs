//! Copies of the embedded database, made while it runs.

use std::path::Path;

use crate::Store;
use crate::db::{Db, args};
use crate::error::Error;

impl Store {
    /// Writes consistent copies, `journal.db` and `charla.db`, into an empty folder; `false` on
    /// PostgreSQL, which has its own tools.
    ///
    /// The journal is copied first: what was applied between the two copies is applied again after a
    /// restore, which does nothing, and nothing acknowledged before the first copy is missing from both.
    pub async fn copy_to(&self, folder: &Path) -> Result<bool, Error> {
        for (db, name) in [(&self.journal, "journal.db"), (&self.db, "charla.db")] {
            let Db::Sqlite { read, .. } = db else {
                return Ok(false);
            };
            let path = folder.join(name);
            let mut connection = read.acquire().await?;
            sqlx::query("PRAGMA query_only = off")
                .execute(&mut *connection)
                .await?;
            let copied = sqlx::query("VACUUM INTO $1")
                .bind(path.to_string_lossy().into_owned())
                .execute(&mut *connection)
                .await;
            sqlx::query("PRAGMA query_only = on")
                .execute(&mut *connection)
                .await?;
            copied?;
        }
        Ok(true)
    }

    /// What the engine finds wrong with its files; empty when all is well.
    pub async fn integrity(&self) -> Result<Vec<String>, Error> {
        let mut wrong = Vec::new();
        for db in [&self.db, &self.journal] {
            if matches!(db, Db::Postgres(_)) {
                continue;
            }
            let found: Vec<(String,)> = db.all("PRAGMA integrity_check", args![]).await?;
            wrong.extend(found.into_iter().map(|r| r.0).filter(|line| line != "ok"));
        }
        Ok(wrong)
    }
}
