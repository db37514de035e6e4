//! What anybody may call: the state of the server, signing in and out, setting up, links.

use std::fmt;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::accounts::links::{self, LinkView, Taker};
use crate::accounts::session::{self, Session, SignedIn};
use crate::accounts::setup::{self, NewOwner, OwnWorkspace};
use crate::accounts::{Address, At, Body, origin, sign_in as tries};
use crate::{App, Problem};

/// What this server is, for whoever opens its page.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Server {
    /// Whether nobody owns it yet.
    setup_needed: bool,
    /// Whether this is `charla demo`.
    demo: bool,
    /// Where the simulated Meta is, if there is one.
    sandbox_url: Option<String>,
    version: &'static str,
    /// Whose inbox it is, if it is one company's only.
    workspace_name: Option<String>,
    /// The host it is reached under.
    public_host: String,
}

/// What this server is.
#[utoipa::path(get, path = "/server", tag = "sign-in",
    responses((status = 200, body = Server)))]
pub(super) async fn server(
    State(app): State<App>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Json<Server>, Problem> {
    let address = origin::own_address(&app, &uri, &headers);
    let public_host = origin::host_of(origin::origin_of(&address)).to_owned();
    let workspace = app.store.sole_workspace().await?;
    Ok(Json(Server {
        setup_needed: !app.store.users_exist().await?,
        demo: app.settings.demo,
        sandbox_url: app.settings.sandbox_url.clone(),
        version: env!("CARGO_PKG_VERSION"),
        workspace_name: workspace.map(|workspace| workspace.name),
        public_host,
    }))
}

/// Who is signed in.
#[utoipa::path(get, path = "/session", tag = "sign-in", responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, description = "`signed-out`")))]
pub(super) async fn session(
    State(app): State<App>,
    who: SignedIn,
) -> Result<Json<Session>, Problem> {
    Ok(Json(session::describe(&app, who.user).await?))
}

/// An address, a password, and how long to remember.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignIn {
    email: String,
    password: String,
    /// For 30 days; else until the browser closes, 24 hours at most.
    #[serde(default)]
    remember: bool,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").finish_non_exhaustive()
    }
}

/// Signs in.
#[utoipa::path(post, path = "/session", tag = "sign-in", request_body = SignIn, responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, description = "`wrong-password` with `tries_left`"),
    (status = 429, body = Problem, description = "`too-many-tries` with `retry_at`")))]
pub(super) async fn sign_in(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(typed): Body<SignIn>,
) -> Result<Response, Problem> {
    let user = tries::check(&app, from, &typed.email, typed.password)
        .await
        .map_err(|refused| refused.or(tries::wrong_password()))?;
    session::begin(&app, StatusCode::OK, &headers, user, typed.remember).await
}

/// Signs out. Doing so twice does no harm.
#[utoipa::path(delete, path = "/session", tag = "sign-in", responses((status = 204)))]
pub(super) async fn sign_out(
    State(app): State<App>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    session::end(&app, &headers).await
}

/// The set-up code, the owner and their workspace.
#[derive(Deserialize, ToSchema)]
pub(super) struct Setup {
    /// As `charla serve` prints it.
    code: String,
    /// What colleagues and customers call the owner.
    name: String,
    /// What they sign in with.
    email: String,
    /// Twelve characters or more.
    password: String,
    /// Their workspace.
    workspace: OwnWorkspace,
}

/// Makes the first user and their workspace, once.
#[utoipa::path(post, path = "/setup", tag = "sign-in", request_body = Setup, responses(
    (status = 201, body = Session),
    (status = 403, body = Problem, description = "`setup-code-wrong` with `tries_left`"),
    (status = 409, body = Problem, description = "`setup-done`"),
    (status = 422, body = Problem, description = "The field and its rule"),
    (status = 429, body = Problem, description = "`too-many-tries` with `retry_at`")))]
pub(super) async fn setup(
    State(app): State<App>,
    from: Address,
    headers: HeaderMap,
    Body(typed): Body<Setup>,
) -> Result<Response, Problem> {
    let owner = NewOwner {
        name: typed.name,
        email: typed.email,
        password: typed.password,
        workspace: typed.workspace,
    };
    let user = setup::set_up_with_code(&app, from, &typed.code, owner).await?;
    session::begin(&app, StatusCode::CREATED, &headers, user, false).await
}

/// What a link is for.
#[utoipa::path(get, path = "/links/{token}", tag = "sign-in",
    params(("token" = String, Path)), responses(
    (status = 200, body = LinkView),
    (status = 404, body = Problem, description = "`link-ended`; with `ended_at` and `invited_by` if it was not used")))]
pub(super) async fn link(
    State(app): State<App>,
    At(token): At<String>,
) -> Result<Json<LinkView>, Problem> {
    let (_, link) = links::find(&app, &token).await?;
    Ok(Json(link.into()))
}

/// What the page behind a link sends.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct TakeLink {
    /// Of somebody invited who has no account.
    name: Option<String>,
    /// The new one; of somebody invited who has an account, the one they have.
    password: Option<String>,
}

/// Does what the link is for, and signs in.
#[utoipa::path(post, path = "/links/{token}", tag = "sign-in",
    params(("token" = String, Path)), request_body = TakeLink, responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, description = "`wrong-password` with `tries_left`"),
    (status = 404, body = Problem, description = "`link-ended`"),
    (status = 422, body = Problem, description = "The field and its rule"),
    (status = 429, body = Problem, description = "`too-many-tries` with `retry_at`")))]
pub(super) async fn take_link(
    State(app): State<App>,
    At(token): At<String>,
    from: Address,
    headers: HeaderMap,
    Body(typed): Body<TakeLink>,
) -> Result<Response, Problem> {
    let taker = Taker {
        name: typed.name,
        password: typed.password,
        from,
    };
    let user = links::take(&app, &token, taker).await?;
    session::begin(&app, StatusCode::OK, &headers, user, false).await
}
