//! Apps of the provider, as admins see and bring them. An app's secret is never shown again.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use domain::WorkspaceId;
use meta::graph::AppCredentials;
use serde::{Deserialize, Serialize};
use store::AppSecrets;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::AppKeys;
use super::refused::{Asking, problem};
use crate::App;
use crate::accounts::{At, Body, May, may};
use crate::problem::Problem;
use crate::secrets::Place;

/// The app whose webhooks come to `/webhooks/meta` without a name.
const DEFAULT: &str = "default";
const LONGEST_NAME: usize = 40;

/// The routes of this noun.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(apps))
        .routes(routes!(bring))
}

/// An app through which numbers can be connected.
#[derive(Debug, Serialize, ToSchema)]
struct AppView {
    /// `default`, or the name in the callback's path.
    name: String,
    /// The provider's id of it, once known.
    app_id: Option<String>,
    /// Its configuration of Embedded Signup, if it has one.
    config_id: Option<String>,
    /// What the provider is told to call; the origin is missing where nobody said what it is.
    callback_url: String,
    /// What the provider is told to show; only to those who may change the app.
    verify_token: Option<String>,
    /// Whether this workspace may change it.
    changeable: bool,
}

/// The apps that there are, and what Embedded Signup needs of this install.
#[derive(Debug, Serialize, ToSchema)]
struct AppList {
    apps: Vec<AppView>,
    /// The script of Embedded Signup.
    signup_script: String,
    /// Whose windows speak to ours during it.
    signup_origins: Vec<String>,
}

/// The apps through which this workspace may connect numbers.
#[utoipa::path(get, path = "/workspaces/{ws}/apps", tag = "channels", params(("ws" = WorkspaceId, Path)),
    responses((status = 200, body = AppList), (status = 403, body = Problem)))]
async fn apps(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<AppList>, Problem> {
    let alone = app.store.sole_workspace().await?.is_some();
    let known = app.channels.apps_for(ws);
    Ok(Json(AppList {
        apps: known
            .into_iter()
            .map(|(name, keys)| view(&app, name, &keys, alone || keys.workspace == Some(ws)))
            .collect(),
        signup_script: app.graph.signup_script(),
        signup_origins: app.graph.signup_origins(),
    }))
}

fn view(app: &App, name: String, keys: &AppKeys, changeable: bool) -> AppView {
    let token = String::from_utf8_lossy(&keys.verify_token).into_owned();
    AppView {
        callback_url: callback(app, &name),
        app_id: keys.app_id.clone(),
        config_id: keys.config_id.clone(),
        verify_token: changeable.then_some(token),
        changeable,
        name,
    }
}

/// Where the provider calls us for this app.
pub(super) fn callback(app: &App, name: &str) -> String {
    let origin = app.settings.webhook_origin.as_deref().unwrap_or_default();
    if name == DEFAULT {
        return format!("{origin}/webhooks/meta");
    }
    format!("{origin}/webhooks/meta/{name}")
}

/// What an app is brought with.
#[derive(Deserialize, ToSchema)]
struct NewApp {
    app_id: String,
    secret: String,
    config_id: Option<String>,
}

/// Bring an app, or change the one of this name, after asking the provider whether id and secret belong
/// together. The verify token is made here and stays.
#[utoipa::path(put, path = "/workspaces/{ws}/apps/{name}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("name" = String, Path)), request_body = NewApp,
    responses((status = 200, body = AppView), (status = 409, body = Problem, description = "`app-taken`"),
        (status = 422, body = Problem, description = "`app-secret-wrong`, `app-name-invalid`, ...")))]
async fn bring(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, name)): At<(WorkspaceId, String)>,
    Body(new): Body<NewApp>,
) -> Result<Json<AppView>, Problem> {
    check_name(&name)?;
    let alone = app.store.sole_workspace().await?.is_some();
    let known = app.channels.app(&app, &name).await;
    if known
        .as_ref()
        .is_some_and(|keys| !alone && keys.workspace != Some(ws))
    {
        return Err(taken());
    }
    let (id, secret) = (digits("app_id", &new.app_id)?, new.secret.trim());
    let asked = app.graph.check_app(AppCredentials { id, secret }).await;
    asked.map_err(|error| problem(Asking::App, &error))?;
    let verify_token = known.map_or_else(
        || hex::encode(app.secrets.random::<20>()).into_bytes(),
        |keys| keys.verify_token.clone(),
    );
    let sealed = AppSecrets {
        secret: app
            .secrets
            .seal(Place::app(&name, "secret"), secret.as_bytes()),
        verify_token: app
            .secrets
            .seal(Place::app(&name, "verify_token"), &verify_token),
        app_id: Some(id.to_owned()),
        config_id: new.config_id.filter(|config| !config.trim().is_empty()),
        workspace: Some(ws),
        name: name.clone(),
    };
    // Somebody else may have brought the name while the provider was asked.
    if !keep(&app, &sealed, (!alone).then_some(ws)).await? {
        return Err(taken());
    }
    let keys: Arc<AppKeys> = app
        .channels
        .app(&app, &name)
        .await
        .ok_or_else(Problem::not_found)?;
    Ok(Json(view(&app, name, &keys, true)))
}

fn taken() -> Problem {
    Problem::conflict("app-taken", "An app of this name is somebody else's").field("name")
}

/// Keeps an app and lets everybody here know of it. `of`: only if it is nobody's, or theirs; false if it was not.
pub(super) async fn keep(
    app: &App,
    sealed: &AppSecrets,
    of: Option<WorkspaceId>,
) -> Result<bool, store::Error> {
    let now = app.clock.system_now();
    let kept = app.store.set_app(sealed, of, now).await?;
    app.channels
        .reload(&app.store, &app.secrets, now)
        .await
        .map(|()| kept)
}

/// A name that can stand in an address.
fn check_name(name: &str) -> Result<(), Problem> {
    let fits = (1..=LONGEST_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    fits.then_some(()).ok_or_else(|| {
        let title = "Small letters, digits and hyphens, at most 40";
        Problem::invalid("name", "app-name-invalid", title).param("max", LONGEST_NAME)
    })
}

/// Meta's ids are digits; whoever pastes something else pasted the wrong thing.
pub(super) fn digits<'a>(field: &'static str, id: &'a str) -> Result<&'a str, Problem> {
    let id = id.trim();
    let fits = (1..=32).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(id)
        .ok_or_else(|| Problem::invalid(field, "id-not-digits", "An id of Meta's is digits only"))
}
