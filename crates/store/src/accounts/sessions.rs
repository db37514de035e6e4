//! Sessions: browsers that are signed in.

use domain::permission::Role;
use domain::{AgentId, Timestamp, UserId, WorkspaceId};
use uuid::Uuid;

use super::TokenHash;
use crate::Store;
use crate::db::args;
use crate::error::Error;
use crate::read::word;

/// Who a request comes from, as one workspace sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    /// The user whose session it is.
    pub user: UserId,
    /// What they are in the workspace, if they are anything.
    pub member: Option<(AgentId, Role)>,
}

#[derive(sqlx::FromRow)]
struct FoundCaller {
    user_id: Uuid,
    agent_id: Option<Uuid>,
    role: Option<String>,
}

impl FoundCaller {
    fn read(self) -> Result<Caller, Error> {
        let member = match (self.agent_id, self.role) {
            (Some(agent), Some(role)) => Some((
                AgentId::from_uuid(agent),
                word("agents.role", &role, Role::parse)?,
            )),
            _ => None,
        };
        Ok(Caller {
            user: UserId::from_uuid(self.user_id),
            member,
        })
    }
}

impl Store {
    /// Begins a session.
    pub async fn add_session(
        &self,
        user: UserId,
        token: TokenHash,
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        self.db
            .run(
                "INSERT INTO sessions (token_hash, user_id, created_at, expires_at)
                 VALUES ($1, $2, $3, $4)",
                args![token, user, now, expires_at],
            )
            .await?;
        Ok(())
    }

    /// Whose session this is, if it has not ended.
    pub async fn session(&self, token: TokenHash, now: Timestamp) -> Result<Option<UserId>, Error> {
        let found: Option<(Uuid,)> = self
            .db
            .maybe(
                "SELECT user_id FROM sessions WHERE token_hash = $1 AND expires_at > $2",
                args![token, now],
            )
            .await?;
        Ok(found.map(|(user,)| UserId::from_uuid(user)))
    }

    /// Whose session this is and what they are in the workspace, in one read; `None` if it has ended.
    pub async fn caller(
        &self,
        workspace: WorkspaceId,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<Caller>, Error> {
        let found: Option<FoundCaller> = self
            .db
            .maybe(
                "SELECT s.user_id, a.id AS agent_id, a.role
                 FROM sessions s
                 LEFT JOIN agents a ON a.workspace_id = $2 AND a.user_id = s.user_id AND a.ended_at IS NULL
                 WHERE s.token_hash = $1 AND s.expires_at > $3",
                args![token, workspace, now],
            )
            .await?;
        found.map(FoundCaller::read).transpose()
    }

    /// Ends a session. Ending one that is not there does no harm.
    pub async fn end_session(&self, token: TokenHash) -> Result<(), Error> {
        self.db
            .run("DELETE FROM sessions WHERE token_hash = $1", args![token])
            .await?;
        Ok(())
    }
}
