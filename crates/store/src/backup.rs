//! Copies of the embedded database, made while it runs.

use std::path::Path;

use domain::{ConversationId, MessageId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::db::{Db, args};
use crate::error::Error;
use crate::outbox::GivenBack;

/// Why replies are drafts again that waited when the backup was taken.
pub(crate) const RESTORED: &str = "restored";

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

    /// Makes a restored copy fit to be worked on; SQLite only. What waited to go out may have gone since the
    /// copy was made: it goes back to its authors' drafts, or is *unknown* if it had been tried. Answers how
    /// many replies that were.
    pub async fn take_up(&self, now: Timestamp) -> Result<i64, Error> {
        self.number_journal_after_all_known().await?;
        let conversations: Vec<(Uuid, Uuid, i64)> = self
            .db
            .all(
                "SELECT workspace_id, conversation_id, COUNT(*) FROM outbox
                 GROUP BY workspace_id, conversation_id",
                args![],
            )
            .await?;
        let mut waited = 0;
        for (workspace, conversation, replies) in conversations {
            let workspace = WorkspaceId::from_uuid(workspace);
            let Some(mut change) = self.change(workspace, now).await? else {
                continue;
            };
            let back = GivenBack {
                conversation: ConversationId::from_uuid(conversation),
                event: MessageId::new(now, self.chance.bytes()),
                why: Some(RESTORED),
            };
            change.give_back(back).await?;
            change.commit().await?;
            waited += replies;
        }
        Ok(waited)
    }

    /// The copy of the journal is the older one: what the main copy knows by a sequence that this journal
    /// has not given yet would hide what comes in under it.
    async fn number_journal_after_all_known(&self) -> Result<(), Error> {
        let known: Option<(i64,)> = self
            .db
            .maybe(
                "SELECT COALESCE(MAX(journal_seq), 0) FROM (SELECT journal_seq FROM quarantine
                   UNION ALL SELECT journal_seq FROM account_events) known",
                args![],
            )
            .await?;
        let known = known.map_or(0, |row| row.0);
        let mut tx = self.journal.begin().await?;
        tx.run(
            "DELETE FROM sqlite_sequence WHERE name = 'journal' AND seq < $1",
            args![known],
        )
        .await?;
        tx.run(
            "INSERT INTO sqlite_sequence (name, seq) SELECT 'journal', $1
             WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'journal')",
            args![known],
        )
        .await?;
        tx.commit().await
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
