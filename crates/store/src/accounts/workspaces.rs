//! Workspaces: one company's account each.

use domain::{Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::db::{Tx, args};
use crate::error::Error;

/// One company's account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Workspace {
    /// The workspace.
    pub id: WorkspaceId,
    /// What the company is called.
    pub name: String,
    /// The language new colleagues start in.
    pub locale: String,
    /// The zone new colleagues start in, as the tz database names it.
    pub time_zone: String,
    /// The currency of its prices, as ISO 4217 names it.
    pub currency: String,
}

/// A workspace that is about to be.
#[derive(Debug, Clone)]
pub struct NewWorkspace {
    /// What the company is called.
    pub name: String,
    /// The language new colleagues start in.
    pub locale: String,
    /// The zone new colleagues start in.
    pub time_zone: String,
    /// The currency of its prices.
    pub currency: String,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    name: String,
    locale: String,
    time_zone: String,
    currency: String,
}

impl From<Found> for Workspace {
    fn from(f: Found) -> Self {
        Self {
            id: WorkspaceId::from_uuid(f.id),
            name: f.name,
            locale: f.locale,
            time_zone: f.time_zone,
            currency: f.currency,
        }
    }
}

impl Store {
    /// The workspace.
    pub async fn workspace(&self, workspace: WorkspaceId) -> Result<Option<Workspace>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT id, name, locale, time_zone, currency FROM workspaces WHERE id = $1",
                args![workspace],
            )
            .await?;
        Ok(found.map(Workspace::from))
    }

    /// The workspace of an install that has only one; whose page this is may then be said to strangers.
    pub async fn sole_workspace(&self) -> Result<Option<Workspace>, Error> {
        let mut found: Vec<Found> = self
            .db
            .all(
                "SELECT id, name, locale, time_zone, currency FROM workspaces LIMIT 2",
                args![],
            )
            .await?;
        let first = found.pop();
        Ok(first.filter(|_| found.is_empty()).map(Workspace::from))
    }

    /// Adds a workspace that nobody belongs to yet.
    pub async fn add_workspace(
        &self,
        new: &NewWorkspace,
        now: Timestamp,
    ) -> Result<WorkspaceId, Error> {
        let mut tx = self.db.begin().await?;
        let id = self.insert_workspace(&mut tx, new, now).await?;
        tx.commit().await?;
        Ok(id)
    }

    pub(super) async fn insert_workspace(
        &self,
        tx: &mut Tx,
        new: &NewWorkspace,
        now: Timestamp,
    ) -> Result<WorkspaceId, Error> {
        let id = WorkspaceId::new(now, self.chance.bytes());
        tx.run(
            "INSERT INTO workspaces (id, name, locale, time_zone, currency, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            args![
                id,
                new.name.as_str(),
                new.locale.as_str(),
                new.time_zone.as_str(),
                new.currency.as_str(),
                now
            ],
        )
        .await?;
        Ok(id)
    }
}
