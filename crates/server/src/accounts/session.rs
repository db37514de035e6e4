//! The session cookie, who is behind it, and what it tells the browser.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::UserId;
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{Membership, TokenHash, User};
use utoipa::ToSchema;

use crate::App;
use crate::problem::Problem;
use crate::secrets::Token;

const COOKIE: &str = "charla_session";
const REMEMBERED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The browser forgets such a cookie when it closes; this is for browsers that never do.
const NOT_REMEMBERED: SignedDuration = SignedDuration::from_hours(24);

/// Somebody with a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// Who.
    pub user: UserId,
    /// Their session, for asking later whether it still lives.
    pub session: TokenHash,
}

/// Who is signed in, and where they belong.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// Who.
    pub user: Person,
    /// Where they belong.
    pub workspaces: Vec<Membership>,
}

/// A user, as they see themselves.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// What colleagues and customers call them.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// The language of their screens.
    pub locale: String,
    /// The zone of their clocks.
    pub time_zone: String,
    /// The app's own choices.
    #[schema(value_type = Object)]
    pub preferences: Map<String, Value>,
}

impl From<User> for Person {
    fn from(user: User) -> Self {
        Self {
            id: user.id,
            name: user.name,
            email: user.email,
            locale: user.locale,
            time_zone: user.time_zone,
            preferences: user.preferences,
        }
    }
}

impl SignedIn {
    /// Who sent these headers.
    pub async fn read(app: &App, headers: &HeaderMap) -> Result<Self, Problem> {
        let session = presented(app, headers).ok_or_else(signed_out)?;
        let now = app.clock.system_now();
        let user = app.store.session(session, now).await?;
        let user = user.ok_or_else(signed_out)?;
        Ok(Self { user, session })
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Self::read(app, &parts.headers).await
    }
}

/// The session these headers present, whether it lives or not.
pub(super) fn presented(app: &App, headers: &HeaderMap) -> Option<TokenHash> {
    let token = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| Token::parse(value))?;
    Some(app.secrets.session_hash(&token))
}

/// Nobody is signed in.
pub(super) fn signed_out() -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "signed-out", "Sign in first")
}

/// What the browser is told about a user. Somebody who is gone is signed out.
pub(super) async fn describe(app: &App, user: UserId) -> Result<Session, Problem> {
    let found = app.store.user(user).await?.ok_or_else(signed_out)?;
    Ok(Session {
        user: found.into(),
        workspaces: app.store.memberships(user).await?,
    })
}

/// Begins a session under a new token, and ends the one the browser had: a cookie somebody planted
/// before signing in is worth nothing after.
pub(super) async fn begin(
    app: &App,
    status: StatusCode,
    headers: &HeaderMap,
    user: UserId,
    remember: bool,
) -> Result<Response, Problem> {
    let session = describe(app, user).await?;
    if let Some(old) = presented(app, headers) {
        app.store.end_session(old).await?;
    }
    let token = app.secrets.new_token();
    let now = app.clock.system_now();
    let lasts = if remember { REMEMBERED } else { NOT_REMEMBERED };
    let expires_at = now.checked_add(lasts).map_err(|e| Problem::internal(&e))?;
    let hash = app.secrets.session_hash(&token);
    app.store.add_session(user, hash, now, expires_at).await?;
    let kept = remember.then_some(REMEMBERED);
    let cookie = cookie(app, &token.text(), kept)?;
    Ok((status, [(header::SET_COOKIE, cookie)], Json(session)).into_response())
}

/// Ends the session the browser has, if any, and takes its cookie back.
pub(super) async fn end(app: &App, headers: &HeaderMap) -> Result<Response, Problem> {
    if let Some(session) = presented(app, headers) {
        app.store.end_session(session).await?;
    }
    let cookie = cookie(app, "", Some(SignedDuration::ZERO))?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response())
}

/// The `Set-Cookie` line. Without `kept` the browser forgets it when it closes.
fn cookie(app: &App, value: &str, kept: Option<SignedDuration>) -> Result<HeaderValue, Problem> {
    let url = app.settings.public_url.as_deref().unwrap_or_default();
    let secure = if url.starts_with("https://") {
        "; Secure"
    } else {
        ""
    };
    let kept = kept.map_or_else(String::new, |time| format!("; Max-Age={}", time.as_secs()));
    let line = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax{kept}{secure}");
    HeaderValue::from_str(&line).map_err(|e| Problem::internal(&e))
}
