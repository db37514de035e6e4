//! Links that let somebody in: invitations, password resets, sign-in links.

use std::fmt;

use axum::http::StatusCode;
use domain::permission::Role;
use domain::{Timestamp, UserId, WorkspaceId};
use jiff::SignedDuration;
use serde::Serialize;
use store::{Link, LinkKind, NewUser, TokenHash};
use utoipa::ToSchema;

use super::fields::{self, Password};
use super::{Address, password, sign_in};
use crate::App;
use crate::problem::Problem;
use crate::secrets::Token;

/// How long a link for a user works.
const USER_LINK: SignedDuration = SignedDuration::from_hours(24);

/// A link that was just made; nobody can read it again later.
#[derive(Clone)]
pub struct NewLink {
    /// What comes after the address of this server: `/link/...`.
    pub path: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl fmt::Debug for NewLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewLink").finish_non_exhaustive()
    }
}

/// What a link is for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Link)]
pub(super) struct LinkView {
    kind: LinkKind,
    /// Where an invitation leads.
    workspace_name: Option<String>,
    /// Who invited.
    invited_by: Option<String>,
    /// What the invited will be.
    role: Option<Role>,
    /// The address it is for.
    email: String,
    /// Whether the address signs in here already: then an invitation asks for the password of that
    /// account, and for no name.
    has_account: bool,
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

impl From<Link> for LinkView {
    fn from(link: Link) -> Self {
        Self {
            kind: link.kind,
            workspace_name: link.workspace_name,
            invited_by: link.invited_by,
            role: link.role,
            email: link.email,
            has_account: link.user.is_some(),
            expires_at: link.expires_at,
        }
    }
}

/// What the page behind a link sends.
pub(super) struct Taker {
    pub(super) name: Option<String>,
    pub(super) password: Option<String>,
    pub(super) from: Address,
}

/// The page behind a fresh token.
pub(super) fn path(token: &Token) -> String {
    format!("/link/{}", token.text())
}

/// Makes a link with which the user of this address chooses a new password. `None` if nobody has it.
pub async fn reset_link(app: &App, email: &str) -> Result<Option<NewLink>, store::Error> {
    let Some(user) = app.store.user_by_email(email).await? else {
        return Ok(None);
    };
    user_link(app, LinkKind::Reset, user.id).await.map(Some)
}

/// Makes a link that signs the user in until it ends, as often as it is opened.
pub async fn sign_in_link(app: &App, user: UserId) -> Result<NewLink, store::Error> {
    user_link(app, LinkKind::SignIn, user).await
}

async fn user_link(app: &App, kind: LinkKind, user: UserId) -> Result<NewLink, store::Error> {
    let token = app.secrets.new_token();
    let now = app.clock.system_now();
    let expires_at = now.checked_add(USER_LINK).unwrap_or(Timestamp::MAX);
    let hash = app.secrets.link_hash(&token);
    app.store.add_link(kind, user, hash, expires_at).await?;
    Ok(NewLink {
        path: path(&token),
        expires_at,
    })
}

/// The link, if it still works.
pub(super) async fn find(app: &App, token: &str) -> Result<(TokenHash, Link), Problem> {
    let token = Token::parse(token).ok_or_else(ended)?;
    let hash = app.secrets.link_hash(&token);
    let link = app.store.link(hash).await?.ok_or_else(ended)?;
    if link.expires_at <= app.clock.system_now() {
        return Err(ended()
            .param("ended_at", link.expires_at)
            .param("invited_by", link.invited_by));
    }
    Ok((hash, link))
}

/// Does what the link is for, and answers who is signed in by it.
pub(super) async fn take(app: &App, token: &str, taker: Taker) -> Result<UserId, Problem> {
    let (hash, link) = find(app, token).await?;
    match (link.kind, link.workspace, link.user) {
        (LinkKind::SignIn, _, Some(user)) => Ok(user),
        (LinkKind::Reset, _, Some(_)) => reset(app, hash, taker).await,
        (LinkKind::Invite, Some(workspace), Some(_)) => {
            join_again(app, hash, workspace, &link.email, taker).await
        }
        (LinkKind::Invite, Some(workspace), None) => join(app, hash, workspace, taker).await,
        _ => Err(ended()),
    }
}

async fn reset(app: &App, hash: TokenHash, taker: Taker) -> Result<UserId, Problem> {
    let chosen = Password::parse(&taker.password.unwrap_or_default())?;
    let new = password::hash(app, chosen).await?;
    let now = app.clock.system_now();
    let user = app.store.take_reset(hash, &new, now).await?;
    user.ok_or_else(ended)
}

/// Somebody who has no account yet.
async fn join(
    app: &App,
    hash: TokenHash,
    workspace: WorkspaceId,
    taker: Taker,
) -> Result<UserId, Problem> {
    let place = app.store.workspace(workspace).await?.ok_or_else(ended)?;
    let name = fields::name("name", &taker.name.unwrap_or_default())?;
    let chosen = Password::parse(&taker.password.unwrap_or_default())?;
    let new = NewUser {
        email: String::new(), // the invitation's
        name,
        password_hash: Some(password::hash(app, chosen).await?),
        locale: place.locale,
        time_zone: place.time_zone,
    };
    enter(app, hash, workspace, Some(&new)).await
}

/// Somebody who has an account and proves it.
async fn join_again(
    app: &App,
    hash: TokenHash,
    workspace: WorkspaceId,
    email: &str,
    taker: Taker,
) -> Result<UserId, Problem> {
    let typed = taker.password.unwrap_or_default();
    sign_in::check(app, taker.from, email, typed)
        .await
        .map_err(|refused| refused.or(sign_in::wrong_password()))?;
    enter(app, hash, workspace, None).await
}

async fn enter(
    app: &App,
    hash: TokenHash,
    workspace: WorkspaceId,
    new: Option<&NewUser>,
) -> Result<UserId, Problem> {
    let now = app.clock.system_now();
    match app.store.take_invitation(workspace, hash, new, now).await {
        Ok(joined) => joined.map(|joined| joined.user).ok_or_else(ended),
        Err(store::Error::Duplicate(_)) => Err(Problem::conflict(
            "email-taken",
            "Somebody signed up with this address a moment ago",
        )),
        Err(other) => Err(other.into()),
    }
}

fn ended() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "link-ended",
        "This link has ended or was used",
    )
}
