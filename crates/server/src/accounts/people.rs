//! Colleagues: invitations, roles, leaving.

use axum::http::StatusCode;
use domain::permission::{Permission, Role};
use domain::{AgentId, InvitationId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use store::{Agent, MemberError, NewInvitation, NewUser};

use super::may::{Member, not_allowed};
use super::{fields, links};
use crate::App;
use crate::problem::Problem;

/// How long an invitation stands.
const INVITATION: SignedDuration = SignedDuration::from_hours(7 * 24);

/// An invitation that was just made; its link cannot be read again later.
pub(super) struct Invited {
    pub(super) id: InvitationId,
    pub(super) path: String,
    pub(super) expires_at: Timestamp,
}

impl From<MemberError> for Problem {
    fn from(error: MemberError) -> Self {
        let forbidden = |code, title| Self::new(StatusCode::FORBIDDEN, code, title);
        match error {
            MemberError::NoAgent => Self::not_found(),
            MemberError::NotAllowed => not_allowed(Permission::ManageAgents),
            MemberError::OnlyOwners => only_owners(),
            MemberError::OwnerProtected => {
                forbidden("owner-protected", "Only owners themselves step down")
            }
            MemberError::LastOwner => Self::conflict("last-owner", "A workspace keeps an owner"),
            MemberError::Store(error) => error.into(),
        }
    }
}

fn only_owners() -> Problem {
    let title = "Only an owner makes an owner";
    Problem::new(StatusCode::FORBIDDEN, "only-owners", title)
}

/// Invites somebody to the member's workspace.
pub(super) async fn invite(
    app: &App,
    by: &Member,
    email: &str,
    role: Role,
) -> Result<Invited, Problem> {
    let email = fields::email(email)?;
    if role == Role::Owner && by.role != Role::Owner {
        return Err(only_owners());
    }
    let token = app.secrets.new_token();
    let now = app.clock.system_now();
    let expires_at = now.checked_add(INVITATION).unwrap_or(Timestamp::MAX);
    let new = NewInvitation {
        email,
        role,
        by: by.agent,
        token: app.secrets.link_hash(&token),
        expires_at,
    };
    let id = app.store.add_invitation(by.workspace, &new, now).await?;
    let title = "This person is here already";
    let id = id.ok_or_else(|| Problem::invalid("email", "email-taken", title))?;
    Ok(Invited {
        id,
        path: links::path(&token),
        expires_at,
    })
}

/// Gives an agent another role.
pub(super) async fn set_role(
    app: &App,
    by: &Member,
    whom: AgentId,
    role: Role,
) -> Result<Agent, Problem> {
    let now = app.clock.now();
    app.store
        .set_role(by.workspace, by.agent, whom, role, now)
        .await?;
    let changed = app.store.agent(by.workspace, whom).await?;
    changed.ok_or_else(Problem::not_found)
}

/// Ends a membership.
pub(super) async fn end_membership(app: &App, by: &Member, whom: AgentId) -> Result<(), Problem> {
    let now = app.clock.now();
    app.store
        .end_membership(by.workspace, by.agent, whom, now)
        .await?;
    Ok(())
}

/// Adds a colleague without asking them, who then signs in by a link only. For the demo.
pub async fn add_colleague(
    app: &App,
    workspace: WorkspaceId,
    name: &str,
    email: &str,
    role: Role,
) -> Result<AgentId, Problem> {
    let place = app.store.workspace(workspace).await?;
    let place = place.ok_or_else(Problem::not_found)?;
    let user = NewUser {
        email: fields::email(email)?,
        name: fields::name("name", name)?,
        password_hash: None,
        locale: place.locale,
        time_zone: place.time_zone,
    };
    let now = app.clock.system_now();
    let agent = app.store.add_agent(workspace, &user, role, now).await?;
    agent.ok_or_else(Problem::not_found)
}
