//! Numbers on their way to be connected: what was given so far, kept so that it can be gone on with later.

use domain::{ChannelId, SetupId, Timestamp, WorkspaceId};
use uuid::Uuid;

use crate::Store;
use crate::db::args;
use crate::error::Error;
use crate::read::instant;

/// A number on its way to be connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// The setup.
    pub id: SetupId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The app through which it will be connected.
    pub app: String,
    /// The sealed access token, until the channel has it.
    pub token: Option<Vec<u8>>,
    /// The provider's id of the account.
    pub account_id: Option<String>,
    /// The provider's id of the number.
    pub number_id: Option<String>,
    /// The channel, once there is one.
    pub channel: Option<ChannelId>,
    /// When it was begun.
    pub created_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    workspace_id: Uuid,
    app: String,
    token: Option<Vec<u8>>,
    account_id: Option<String>,
    number_id: Option<String>,
    channel_id: Option<Uuid>,
    created_at: i64,
}

impl From<Found> for Setup {
    fn from(found: Found) -> Self {
        Self {
            id: SetupId::from_uuid(found.id),
            workspace: WorkspaceId::from_uuid(found.workspace_id),
            app: found.app,
            token: found.token,
            account_id: found.account_id,
            number_id: found.number_id,
            channel: found.channel_id.map(ChannelId::from_uuid),
            created_at: instant(found.created_at),
        }
    }
}

impl Store {
    /// Begins one.
    pub async fn add_setup(
        &self,
        workspace: WorkspaceId,
        app: &str,
        now: Timestamp,
    ) -> Result<Setup, Error> {
        let setup = Setup {
            id: SetupId::new(now, self.chance.bytes()),
            workspace,
            app: app.to_owned(),
            token: None,
            account_id: None,
            number_id: None,
            channel: None,
            created_at: now,
        };
        self.db
            .run(
                "INSERT INTO setups (id, workspace_id, app, created_at) VALUES ($1, $2, $3, $4)",
                args![setup.id, workspace, app, now],
            )
            .await?;
        Ok(setup)
    }

    /// One of a workspace's.
    pub async fn setup(&self, workspace: WorkspaceId, id: SetupId) -> Result<Option<Setup>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT id, workspace_id, app, token, account_id, number_id, channel_id, created_at
                 FROM setups WHERE workspace_id = $1 AND id = $2",
                args![workspace, id],
            )
            .await?;
        Ok(found.map(Setup::from))
    }

    /// All of a workspace's, the newest first.
    pub async fn setups(&self, workspace: WorkspaceId) -> Result<Vec<Setup>, Error> {
        let found: Vec<Found> = self
            .db
            .all(
                "SELECT id, workspace_id, app, token, account_id, number_id, channel_id, created_at
                 FROM setups WHERE workspace_id = $1 ORDER BY created_at DESC, id",
                args![workspace],
            )
            .await?;
        Ok(found.into_iter().map(Setup::from).collect())
    }

    /// Keeps how far it has come.
    pub async fn keep_setup(&self, setup: &Setup) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE setups SET token = $3, account_id = $4, number_id = $5, channel_id = $6
                 WHERE workspace_id = $1 AND id = $2",
                args![
                    setup.workspace,
                    setup.id,
                    setup.token.clone(),
                    setup.account_id.clone(),
                    setup.number_id.clone(),
                    setup.channel
                ],
            )
            .await?;
        Ok(())
    }

    /// Ends one, done or not. A channel that came of it stays.
    pub async fn end_setup(&self, workspace: WorkspaceId, id: SetupId) -> Result<(), Error> {
        self.db
            .run(
                "DELETE FROM setups WHERE workspace_id = $1 AND id = $2",
                args![workspace, id],
            )
            .await?;
        Ok(())
    }

    /// Ends those that were begun before `before`: nobody comes back to them, and they hold tokens.
    pub async fn prune_setups(&self, before: Timestamp) -> Result<(), Error> {
        self.db
            .run("DELETE FROM setups WHERE created_at < $1", args![before])
            .await?;
        Ok(())
    }
}
