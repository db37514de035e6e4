//! Permission as an argument: a route that forgets to ask does not compile.
//!
//! `May<may::Reply>` in a handler's arguments is a member of the path's `{ws}` whose role allows
//! replying. Who is no member sees nothing: 404. Who is one and may not is told what is missing: 403.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use domain::permission::{Permission, Role};
use domain::{AgentId, UserId, WorkspaceId};
use store::TokenHash;

use super::session::{presented, signed_out};
use crate::App;
use crate::problem::Problem;

/// Names one permission, as a type.
pub trait Asks: Send + Sync {
    /// The permission.
    const PERMISSION: Permission;
}

macro_rules! permissions {
    ($($(#[$about:meta])* $name:ident,)*) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Asks for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*

        /// A permission without a type here does not compile.
        const _: fn(Permission) = |permission| match permission {
            $(Permission::$name => (),)*
        };
    };
}

permissions! {
    /// Asks for [`Permission::ReadConversations`].
    ReadConversations,
    /// Asks for [`Permission::Reply`].
    Reply,
    /// Asks for [`Permission::ManageConversations`].
    ManageConversations,
    /// Asks for [`Permission::ManageContacts`].
    ManageContacts,
    /// Asks for [`Permission::ManageAgents`].
    ManageAgents,
    /// Asks for [`Permission::ManageHealth`].
    ManageHealth,
    /// Asks for [`Permission::ManageChannels`].
    ManageChannels,
}

/// A signed-in member of a workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// Who they are there.
    pub agent: AgentId,
    /// Who they are everywhere.
    pub user: UserId,
    /// What they are there.
    pub role: Role,
    /// Their session, for asking later whether it still lives.
    pub session: TokenHash,
}

impl Member {
    /// Who sent these headers, as a member of the workspace.
    pub async fn read(
        app: &App,
        headers: &HeaderMap,
        workspace: WorkspaceId,
    ) -> Result<Self, Problem> {
        let session = presented(app, headers).ok_or_else(signed_out)?;
        Self::of_session(app, session, workspace).await
    }

    /// The same member as they are now: what a socket asks while it is open.
    pub async fn again(&self, app: &App) -> Result<Self, Problem> {
        Self::of_session(app, self.session, self.workspace).await
    }

    async fn of_session(
        app: &App,
        session: TokenHash,
        workspace: WorkspaceId,
    ) -> Result<Self, Problem> {
        let now = app.clock.system_now();
        let caller = app.store.caller(workspace, session, now).await?;
        let caller = caller.ok_or_else(signed_out)?;
        let (agent, role) = caller.member.ok_or_else(Problem::not_found)?;
        Ok(Self {
            workspace,
            agent,
            user: caller.user,
            role,
            session,
        })
    }

    /// Refuses unless the role allows it.
    pub fn require(&self, permission: Permission) -> Result<(), Problem> {
        if self.role.may(permission) {
            return Ok(());
        }
        Err(not_allowed(permission))
    }
}

pub(super) fn not_allowed(permission: Permission) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "not-allowed",
        "Your role does not allow this",
    )
    .param("permission", permission)
}

/// A member of the path's `{ws}` who may do `P`.
#[derive(Debug, Clone, Copy)]
pub struct May<P> {
    member: Member,
    asked: PhantomData<P>,
}

impl<P> Deref for May<P> {
    type Target = Member;

    fn deref(&self) -> &Member {
        &self.member
    }
}

impl<P: Asks> FromRequestParts<App> for May<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let workspace = workspace(parts, app).await;
        // Somebody who is signed out hears that first, whatever the path names.
        let Some(workspace) = workspace else {
            super::SignedIn::read(app, &parts.headers).await?;
            return Err(Problem::not_found());
        };
        let member = Member::read(app, &parts.headers, workspace).await?;
        member.require(P::PERMISSION)?;
        Ok(Self {
            member,
            asked: PhantomData,
        })
    }
}

async fn workspace(parts: &mut Parts, app: &App) -> Option<WorkspaceId> {
    let params = RawPathParams::from_request_parts(parts, app).await.ok()?;
    let (_, text) = params.iter().find(|(name, _)| *name == "ws")?;
    text.parse().ok()
}
