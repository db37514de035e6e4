//! Memberships: what a user is in a workspace, and who may change that.

use domain::permission::{Permission, Role};
use domain::{AgentId, Timestamp, UserId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::rules::{MemberError, Standing, check};
use super::users::NewUser;
use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::{Tx, args};
use crate::error::Error;
use crate::read::word;

/// A workspace, as one of its members sees it from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Membership {
    /// The workspace.
    pub id: WorkspaceId,
    /// What the company is called.
    pub name: String,
    /// What the user is there.
    pub role: Role,
    /// Who the user is there.
    pub agent_id: AgentId,
}

/// A colleague.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Agent {
    /// The agent.
    pub id: AgentId,
    /// What they are called.
    pub name: String,
    /// Where they are reached.
    pub email: String,
    /// What they are.
    pub role: Role,
    /// Their initials.
    pub avatar: String,
    /// Whether their membership has ended. What they wrote keeps their name.
    pub former: bool,
}

#[derive(sqlx::FromRow)]
struct FoundMembership {
    workspace_id: Uuid,
    name: String,
    role: String,
    agent_id: Uuid,
}

impl FoundMembership {
    fn read(self) -> Result<Membership, Error> {
        Ok(Membership {
            id: WorkspaceId::from_uuid(self.workspace_id),
            name: self.name,
            role: word("agents.role", &self.role, Role::parse)?,
            agent_id: AgentId::from_uuid(self.agent_id),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FoundAgent {
    id: Uuid,
    name: String,
    email: String,
    role: String,
    former: bool,
}

impl FoundAgent {
    fn read(self) -> Result<Agent, Error> {
        Ok(Agent {
            id: AgentId::from_uuid(self.id),
            avatar: initials(&self.name),
            name: self.name,
            email: self.email,
            role: word("agents.role", &self.role, Role::parse)?,
            former: self.former,
        })
    }
}

/// The first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace();
    let letters = [words.next(), words.next_back()];
    letters
        .into_iter()
        .flatten()
        .filter_map(|word| word.chars().next())
        .flat_map(char::to_uppercase)
        .collect()
}

impl Store {
    /// The workspaces of a user, the oldest first.
    pub async fn memberships(&self, user: UserId) -> Result<Vec<Membership>, Error> {
        let found: Vec<FoundMembership> = self
            .db
            .all(
                "SELECT a.workspace_id, w.name, a.role, a.id AS agent_id
                 FROM agents a JOIN workspaces w ON w.id = a.workspace_id
                 WHERE a.user_id = $1 AND a.ended_at IS NULL ORDER BY w.id",
                args![user],
            )
            .await?;
        found.into_iter().map(FoundMembership::read).collect()
    }

    /// Those who belong to the workspace now, the oldest first.
    pub async fn agents(&self, workspace: WorkspaceId) -> Result<Vec<Agent>, Error> {
        let mut agents = self.agents_ever(workspace).await?;
        agents.retain(|agent| !agent.former);
        Ok(agents)
    }

    /// Everybody who ever belonged to the workspace, the oldest first.
    pub async fn agents_ever(&self, workspace: WorkspaceId) -> Result<Vec<Agent>, Error> {
        let found: Vec<FoundAgent> = self
            .db
            .all(
                "SELECT a.id, u.name, u.email, a.role, a.ended_at IS NOT NULL AS former
                 FROM agents a JOIN users u ON u.id = a.user_id
                 WHERE a.workspace_id = $1 ORDER BY a.id",
                args![workspace],
            )
            .await?;
        found.into_iter().map(FoundAgent::read).collect()
    }

    /// One who belongs to the workspace now.
    pub async fn agent(
        &self,
        workspace: WorkspaceId,
        agent: AgentId,
    ) -> Result<Option<Agent>, Error> {
        let found: Option<FoundAgent> = self
            .db
            .maybe(
                "SELECT a.id, u.name, u.email, a.role, FALSE AS former
                 FROM agents a JOIN users u ON u.id = a.user_id
                 WHERE a.workspace_id = $1 AND a.id = $2 AND a.ended_at IS NULL",
                args![workspace, agent],
            )
            .await?;
        found.map(FoundAgent::read).transpose()
    }

    /// Adds a new user to the workspace. `None` if there is no such workspace.
    pub async fn add_agent(
        &self,
        workspace: WorkspaceId,
        user: &NewUser,
        role: Role,
        now: Timestamp,
    ) -> Result<Option<AgentId>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let user = self.insert_user(&mut change.tx, user, now).await?;
        let agent = self
            .insert_agent(&mut change.tx, workspace, user, role, now)
            .await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(Some(agent))
    }

    /// Makes a user a member. To who was never one, what came before them is read; who was one before comes
    /// back as the same agent, to whom what came meanwhile is unread; who is one stays what they are.
    pub(super) async fn insert_agent(
        &self,
        tx: &mut Tx,
        workspace: WorkspaceId,
        user: UserId,
        role: Role,
        now: Timestamp,
    ) -> Result<AgentId, Error> {
        let fresh = AgentId::new(now, self.chance.bytes());
        let made: Option<(Uuid,)> = tx
            .maybe(
                "INSERT INTO agents AS a (id, workspace_id, user_id, role, created_at, joined_seq)
                 SELECT $1, id, $3, $4, $5, event_seq FROM workspaces WHERE id = $2
                 ON CONFLICT (workspace_id, user_id) DO UPDATE SET
                     role = CASE WHEN a.ended_at IS NULL THEN a.role ELSE excluded.role END,
                     ended_at = NULL
                 RETURNING id",
                args![fresh, workspace, user, role.as_str(), now],
            )
            .await?;
        Ok(made.map_or(fresh, |(id,)| AgentId::from_uuid(id)))
    }

    /// Gives an agent another role. It holds from their next request on.
    pub async fn set_role(
        &self,
        workspace: WorkspaceId,
        by: AgentId,
        whom: AgentId,
        role: Role,
        now: Timestamp,
    ) -> Result<(), MemberError> {
        let mut change = self.permitted(workspace, by, whom, Some(role), now).await?;
        change
            .tx
            .run(
                "UPDATE agents SET role = $3 WHERE workspace_id = $1 AND id = $2",
                args![workspace, whom, role.as_str()],
            )
            .await?;
        withdraw_invitations(&mut change, whom, Some(role)).await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(())
    }

    /// Ends a membership. It ends with their next request; what they were assigned stays assigned.
    pub async fn end_membership(
        &self,
        workspace: WorkspaceId,
        by: AgentId,
        whom: AgentId,
        now: Timestamp,
    ) -> Result<(), MemberError> {
        let mut change = self.permitted(workspace, by, whom, None, now).await?;
        change
            .tx
            .run(
                "UPDATE agents SET ended_at = $3 WHERE workspace_id = $1 AND id = $2",
                args![workspace, whom, now],
            )
            .await?;
        withdraw_invitations(&mut change, whom, None).await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(())
    }

    /// A change of the workspace in which `by` may make `whom` a `next`. The change holds the
    /// workspace, so two owners cannot step down past each other.
    async fn permitted(
        &self,
        workspace: WorkspaceId,
        by: AgentId,
        whom: AgentId,
        next: Option<Role>,
        now: Timestamp,
    ) -> Result<Change, MemberError> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Err(MemberError::NoAgent);
        };
        let everyone = standings(&mut change).await?;
        let find = |agent| everyone.iter().copied().find(|s| s.agent == agent);
        let by = find(by).ok_or(MemberError::NotAllowed)?;
        let whom = find(whom).ok_or(MemberError::NoAgent)?;
        let owners = everyone.iter().filter(|s| s.role == Role::Owner).count();
        check(by, whom, next, owners)?;
        Ok(change)
    }
}

async fn standings(change: &mut Change) -> Result<Vec<Standing>, Error> {
    let found: Vec<(Uuid, String)> = change
        .tx
        .all(
            "SELECT id, role FROM agents WHERE workspace_id = $1 AND ended_at IS NULL",
            args![change.workspace],
        )
        .await?;
    found
        .into_iter()
        .map(|(agent, role)| {
            Ok(Standing {
                agent: AgentId::from_uuid(agent),
                role: word("agents.role", &role, Role::parse)?,
            })
        })
        .collect()
}

/// Ends the open invitations an agent could no longer send as a `next`.
async fn withdraw_invitations(
    change: &mut Change,
    agent: AgentId,
    next: Option<Role>,
) -> Result<(), Error> {
    let still = match next {
        Some(Role::Owner) => return Ok(()),
        Some(role) if role.may(Permission::ManageAgents) => "owner",
        _ => "",
    };
    change
        .tx
        .run(
            "DELETE FROM links WHERE workspace_id = $1 AND created_by = $2 AND ($3 = '' OR role = $3)",
            args![change.workspace, agent, still],
        )
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_those_of_the_first_and_the_last_word() {
        for (name, expect) in [
            ("Marta Ibáñez", "MI"),
            ("sara", "S"),
            ("Ana de la Ó", "AÓ"),
            ("", ""),
        ] {
            assert_eq!(initials(name), expect, "{name}");
        }
    }
}
