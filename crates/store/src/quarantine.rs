//! Elements of webhooks that could not be read: kept whole, visible, replayable.

use domain::{ChannelId, QuarantineId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::db::{args, bulk, rows};
use crate::error::Error;
use crate::read::instant;

/// An element to keep.
#[derive(Debug, Clone)]
pub struct NewQuarantined {
    /// The channel it speaks of, if that much could be read.
    pub channel: Option<ChannelId>,
    /// That channel's workspace.
    pub workspace: Option<WorkspaceId>,
    /// The webhook it came in.
    pub journal_seq: i64,
    /// Its place in that webhook.
    pub element: i64,
    /// When that came.
    pub received_at: Timestamp,
    /// Why it could not be read.
    pub reason: String,
    /// All of it.
    pub raw: String,
}

/// An element that waits for a better reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Quarantined {
    /// The element.
    pub id: QuarantineId,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Why it could not be read.
    pub reason: String,
    /// All of it.
    pub raw: String,
    /// The webhook it came in: replaying reads that anew.
    #[serde(skip)]
    pub journal_seq: i64,
    /// Its place in that webhook.
    #[serde(skip)]
    pub element: i64,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    journal_seq: i64,
    element: i64,
    received_at: i64,
    reason: String,
    raw: String,
}

impl From<Found> for Quarantined {
    fn from(f: Found) -> Self {
        Self {
            id: QuarantineId::from_uuid(f.id),
            received_at: instant(f.received_at),
            reason: f.reason,
            raw: f.raw,
            journal_seq: f.journal_seq,
            element: f.element,
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    id: QuarantineId,
    workspace_id: Option<WorkspaceId>,
    channel_id: Option<ChannelId>,
    journal_seq: i64,
    element: i64,
    received_at: i64,
    reason: &'a str,
    raw: &'a str,
}

impl Store {
    /// Keeps elements. Keeping the same element of the same webhook again does nothing.
    pub async fn quarantine(
        &self,
        elements: &[NewQuarantined],
        now: Timestamp,
    ) -> Result<(), Error> {
        let input: Vec<_> = elements
            .iter()
            .map(|e| Row {
                id: QuarantineId::new(now, self.chance.bytes()),
                workspace_id: e.workspace,
                channel_id: e.channel,
                journal_seq: e.journal_seq,
                element: e.element,
                received_at: e.received_at.as_microsecond(),
                reason: &e.reason,
                raw: &e.raw,
            })
            .collect();
        self.db
            .run(
                bulk!([id id, id workspace_id, id channel_id, int journal_seq, int element, int received_at,
                       text reason, text raw]
                    "INSERT INTO quarantine (id, workspace_id, channel_id, journal_seq, element, received_at,
                       reason, raw)
                     SELECT id, workspace_id, channel_id, journal_seq, element, received_at, reason, raw
                     FROM input WHERE true ON CONFLICT (journal_seq, element) DO NOTHING"),
                args![rows(&input)?],
            )
            .await?;
        Ok(())
    }

    /// What waits in a workspace, newest first.
    pub async fn quarantined(&self, workspace: WorkspaceId) -> Result<Vec<Quarantined>, Error> {
        let found: Vec<Found> = self
            .db
            .all(
                "SELECT id, journal_seq, element, received_at, reason, raw FROM quarantine
                 WHERE workspace_id = $1 AND settled_at IS NULL ORDER BY received_at DESC LIMIT 200",
                args![workspace],
            )
            .await?;
        Ok(found.into_iter().map(Into::into).collect())
    }

    /// One element that waits.
    pub async fn quarantined_element(
        &self,
        workspace: WorkspaceId,
        id: QuarantineId,
    ) -> Result<Option<Quarantined>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT id, journal_seq, element, received_at, reason, raw FROM quarantine
                 WHERE workspace_id = $1 AND id = $2 AND settled_at IS NULL",
                args![workspace, id],
            )
            .await?;
        Ok(found.map(Into::into))
    }

    /// Ends an element's waiting; answers whether it waited.
    pub async fn settle(
        &self,
        workspace: WorkspaceId,
        id: QuarantineId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let touched = self
            .db
            .run(
                "UPDATE quarantine SET settled_at = $3
                 WHERE workspace_id = $1 AND id = $2 AND settled_at IS NULL",
                args![workspace, id, now],
            )
            .await?;
        Ok(touched > 0)
    }

    /// Forgets elements whose waiting ended before `before`, and those that came before it and belong to no
    /// workspace: they are shown to nobody, and nobody can end their waiting.
    pub async fn prune_quarantine(&self, before: Timestamp) -> Result<(), Error> {
        self.db
            .run(
                "DELETE FROM quarantine
                 WHERE settled_at < $1
                    OR (workspace_id IS NULL AND settled_at IS NULL AND received_at < $1)",
                args![before],
            )
            .await?;
        Ok(())
    }
}
