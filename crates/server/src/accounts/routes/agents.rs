//! Colleagues and invitations of a workspace.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use domain::permission::Role;
use domain::{AgentId, InvitationId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::{Agent, Invitation};
use utoipa::ToSchema;

use crate::accounts::{At, Body, May, may, origin, people};
use crate::{App, Problem};

/// Who belongs to the workspace.
#[utoipa::path(get, path = "/workspaces/{ws}/agents", tag = "agents",
    params(("ws" = WorkspaceId, Path)), responses(
    (status = 200, body = Vec<Agent>),
    (status = 404, body = Problem)))]
pub(super) async fn list(
    State(app): State<App>,
    me: May<may::ReadConversations>,
) -> Result<Json<Vec<Agent>>, Problem> {
    Ok(Json(app.store.agents(me.workspace).await?))
}

/// The role somebody gets.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewRole {
    role: Role,
}

/// Gives an agent another role, from their next request on.
#[utoipa::path(patch, path = "/workspaces/{ws}/agents/{id}", tag = "agents",
    params(("ws" = WorkspaceId, Path), ("id" = AgentId, Path)), request_body = NewRole, responses(
    (status = 200, body = Agent),
    (status = 403, body = Problem, description = "`not-allowed`, `only-owners`, `owner-protected`"),
    (status = 404, body = Problem),
    (status = 409, body = Problem, description = "`last-owner`")))]
pub(super) async fn set_role(
    State(app): State<App>,
    me: May<may::ManageAgents>,
    At((_ws, whom)): At<(WorkspaceId, AgentId)>,
    Body(new): Body<NewRole>,
) -> Result<Json<Agent>, Problem> {
    Ok(Json(people::set_role(&app, &me, whom, new.role).await?))
}

/// Ends a membership, with the agent's next request.
#[utoipa::path(delete, path = "/workspaces/{ws}/agents/{id}", tag = "agents",
    params(("ws" = WorkspaceId, Path), ("id" = AgentId, Path)), responses(
    (status = 204),
    (status = 403, body = Problem, description = "`not-allowed`, `owner-protected`"),
    (status = 404, body = Problem),
    (status = 409, body = Problem, description = "`last-owner`")))]
pub(super) async fn end_membership(
    State(app): State<App>,
    me: May<may::ManageAgents>,
    At((_ws, whom)): At<(WorkspaceId, AgentId)>,
) -> Result<StatusCode, Problem> {
    people::end_membership(&app, &me, whom).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The open invitations.
#[utoipa::path(get, path = "/workspaces/{ws}/invitations", tag = "agents",
    params(("ws" = WorkspaceId, Path)), responses(
    (status = 200, body = Vec<Invitation>),
    (status = 403, body = Problem, description = "`not-allowed`"),
    (status = 404, body = Problem)))]
pub(super) async fn invitations(
    State(app): State<App>,
    me: May<may::ManageAgents>,
) -> Result<Json<Vec<Invitation>>, Problem> {
    let now = app.clock.system_now();
    Ok(Json(app.store.invitations(me.workspace, now).await?))
}

/// Whom to invite as what.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Invite {
    email: String,
    role: Role,
}

/// An invitation and its link, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Invited {
    id: InvitationId,
    link: String,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Invites somebody. An open invitation to the same address is replaced.
#[utoipa::path(post, path = "/workspaces/{ws}/invitations", tag = "agents",
    params(("ws" = WorkspaceId, Path)), request_body = Invite, responses(
    (status = 201, body = Invited),
    (status = 403, body = Problem, description = "`not-allowed`, `only-owners`"),
    (status = 404, body = Problem),
    (status = 422, body = Problem, description = "`email-invalid`, `email-taken`")))]
pub(super) async fn invite(
    State(app): State<App>,
    me: May<may::ManageAgents>,
    uri: Uri,
    headers: HeaderMap,
    Body(new): Body<Invite>,
) -> Result<(StatusCode, Json<Invited>), Problem> {
    let invited = people::invite(&app, &me, &new.email, new.role).await?;
    let address = origin::own_address(&app, &uri, &headers);
    let answer = Invited {
        id: invited.id,
        link: format!("{address}{}", invited.path),
        expires_at: invited.expires_at,
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Withdraws an invitation.
#[utoipa::path(delete, path = "/workspaces/{ws}/invitations/{id}", tag = "agents",
    params(("ws" = WorkspaceId, Path), ("id" = InvitationId, Path)), responses(
    (status = 204),
    (status = 403, body = Problem, description = "`not-allowed`"),
    (status = 404, body = Problem)))]
pub(super) async fn end_invitation(
    State(app): State<App>,
    me: May<may::ManageAgents>,
    At((_ws, invitation)): At<(WorkspaceId, InvitationId)>,
) -> Result<StatusCode, Problem> {
    let now = app.clock.system_now();
    if app
        .store
        .end_invitation(me.workspace, invitation, now)
        .await?
    {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
