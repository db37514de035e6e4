//! The bytes of files, as they lie in the storage: claimed before they are brought there, named by files, and
//! removed when no file names them.
//!
//! A storage knows no transactions, two servers may use it, and each may be killed or held up between any two steps,
//! for however long. No named byte is lost all the same, because
//!
//! 1. no name is used twice: what was removed and comes again gets a new one, so that a removal that arrives late
//!    hits nobody;
//! 2. bytes are brought under claimed names only: those that nobody came to name have a row that tells of them;
//! 3. naming and leaving write the same row: a file names only what is not leaving, and what is to leave is first
//!    locked and then looked for among the files.
//!
//! So bytes go in four steps, each of which may be the last of its process: locked and found without a file they are
//! `leaving`, which is committed and never taken back; they are removed from the storage; their row goes. Whoever
//! finds a row that is still leaving removes again, which changes nothing.

use domain::{Timestamp, WorkspaceId};
use jiff::SignedDuration;
use uuid::Uuid;

use crate::Store;
use crate::change::Change;
use crate::contacts::hex;
use crate::db::args;
use crate::error::Error;

/// So long whoever brings bytes may take to name them. Who takes longer may have to bring them again.
const CLAIMED: SignedDuration = SignedDuration::from_hours(1);
/// Until then what is leaving is left to whoever took it.
const LEASE: SignedDuration = SignedDuration::from_hours(1);
/// Before everything else, on whichever clock.
const AT_ONCE: i64 = 0;

/// Bytes that no file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseContent {
    /// Whose they were.
    pub workspace: WorkspaceId,
    /// Under what they lie.
    pub name: String,
}

pub(crate) const TAKE_LOOSE: &str = "UPDATE contents SET loose_at = $2 WHERE loose_at <= $1
     AND (workspace_id, name) IN (
       SELECT workspace_id, name FROM contents WHERE loose_at <= $1 ORDER BY loose_at LIMIT $3)
     RETURNING workspace_id, name";

pub(crate) const NAMED: &str =
    "SELECT id FROM media WHERE workspace_id = $1 AND content = $2 LIMIT 1";

impl Store {
    /// Under what name bytes of this hash are to lie, for whoever brings them: theirs for an hour, by when a file
    /// has to name them. They may lie there already. `now` is system time.
    pub async fn claim_content(
        &self,
        workspace: WorkspaceId,
        hash: &str,
        now: Timestamp,
    ) -> Result<String, Error> {
        let fresh = format!("{hash}.{}", hex(&self.chance.bytes::<8>()));
        let mut tx = self.db.begin().await?;
        let claimed: Option<(String,)> = tx
            .maybe(
                "INSERT INTO contents (workspace_id, name, hash, loose_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (workspace_id, hash) WHERE NOT leaving DO UPDATE
                   SET loose_at = CASE WHEN contents.loose_at IS NOT NULL THEN excluded.loose_at END
                 RETURNING name",
                args![workspace, fresh.as_str(), hash, now + CLAIMED],
            )
            .await?;
        tx.commit().await?;
        Ok(claimed.map_or(fresh, |(name,)| name))
    }

    /// Takes bytes that may leave and that no file names: nobody can name them any more, and they are to be removed
    /// from the storage. What a process took and did not remove is taken again an hour later. `now` is system time.
    pub async fn take_loose_contents(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<LooseContent>, Error> {
        let mut tx = self.db.begin().await?;
        let locked: Vec<(Uuid, String)> =
            tx.all(TAKE_LOOSE, args![now, now + LEASE, limit]).await?;
        let mut loose = Vec::new();
        for (workspace, name) in locked {
            let workspace = WorkspaceId::from_uuid(workspace);
            // A statement of its own: on PostgreSQL it sees whatever was named until the row was locked.
            let named: Option<(Uuid,)> = tx.maybe(NAMED, args![workspace, name.as_str()]).await?;
            let becomes = match named {
                Some(_) => {
                    "UPDATE contents SET loose_at = NULL WHERE workspace_id = $1 AND name = $2"
                }
                None => "UPDATE contents SET leaving = TRUE WHERE workspace_id = $1 AND name = $2",
            };
            tx.run(becomes, args![workspace, name.as_str()]).await?;
            if named.is_none() {
                loose.push(LooseContent { workspace, name });
            }
        }
        tx.commit().await?;
        Ok(loose)
    }

    /// Bytes that were taken lie in the storage no more.
    pub async fn content_left(&self, content: &LooseContent) -> Result<(), Error> {
        self.db
            .run(
                "DELETE FROM contents WHERE workspace_id = $1 AND name = $2 AND leaving",
                args![content.workspace, content.name.as_str()],
            )
            .await?;
        Ok(())
    }
}

impl Change {
    /// A file of this change names these bytes. Answers `false` if they are leaving: whoever claimed them took too
    /// long, or somebody else's file of the same bytes was just removed. They have to be brought again.
    pub(super) async fn name_content(&mut self, name: &str) -> Result<bool, Error> {
        let named = self
            .tx
            .run(
                "UPDATE contents SET loose_at = NULL WHERE workspace_id = $1 AND name = $2 AND NOT leaving",
                args![self.workspace, name],
            )
            .await?;
        Ok(named == 1)
    }

    /// A file that named these bytes is no more.
    pub(super) async fn let_go_of_content(&mut self, name: &str) -> Result<(), Error> {
        self.tx
            .run(
                "UPDATE contents SET loose_at = $3 WHERE workspace_id = $1 AND name = $2 AND NOT leaving",
                args![self.workspace, name, AT_ONCE],
            )
            .await?;
        Ok(())
    }
}
