//! The steps of connecting a number, over HTTP.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ChannelId, SetupId, WorkspaceId};
use meta::graph::CodeMethod;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::apps::digits;
use super::refused::Asking;
use super::self_test::SelfTest;
use super::setup::{NumberView, SetupView, Work};
use crate::App;
use crate::accounts::{At, Body, May, may};
use crate::problem::Problem;

const LONGEST_NAME: usize = 80;

/// The routes of this noun.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(setups, begin))
        .routes(routes!(setup, end))
        .routes(routes!(token))
        .routes(routes!(signup))
        .routes(routes!(account))
        .routes(routes!(numbers))
        .routes(routes!(number))
        .routes(routes!(request_code))
        .routes(routes!(verify_code))
        .routes(routes!(register))
        .routes(routes!(connect))
        .routes(routes!(test))
}

/// A setup that can be gone on with.
#[derive(Debug, Serialize, ToSchema)]
struct Begun {
    id: SetupId,
    app: String,
    number_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    created_at: domain::Timestamp,
}

/// What was begun and not ended.
#[utoipa::path(get, path = "/workspaces/{ws}/setups", tag = "channels", params(("ws" = WorkspaceId, Path)),
    responses((status = 200, body = Vec<Begun>), (status = 403, body = Problem)))]
async fn setups(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<Vec<Begun>>, Problem> {
    let found = app.store.setups(ws).await?.into_iter();
    let begun = found.map(|setup| Begun {
        id: setup.id,
        app: setup.app,
        number_id: setup.number_id,
        created_at: setup.created_at,
    });
    Ok(Json(begun.collect()))
}

/// Through which app.
#[derive(Deserialize, ToSchema)]
struct Begin {
    app: String,
    /// The channel to connect anew, if it is no new one.
    channel_id: Option<ChannelId>,
}

/// Begin to connect a number.
#[utoipa::path(post, path = "/workspaces/{ws}/setups", tag = "channels", params(("ws" = WorkspaceId, Path)),
    request_body = Begin, responses((status = 200, body = SetupView), (status = 422, body = Problem, description = "`no-such-app`")))]
async fn begin(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
    Body(Begin {
        app: name,
        channel_id,
    }): Body<Begin>,
) -> Result<Json<SetupView>, Problem> {
    let work = Work::begin(&app, ws, &name, channel_id).await?;
    Ok(Json(work.view().await?))
}

/// How far one has come, as the provider sees it now.
#[utoipa::path(get, path = "/workspaces/{ws}/setups/{id}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)),
    responses((status = 200, body = SetupView), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn setup(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
) -> Result<Json<SetupView>, Problem> {
    Ok(Json(Work::on(&app, ws, id).await?.view().await?))
}

/// End one, done or not. A channel that came of it stays.
#[utoipa::path(delete, path = "/workspaces/{ws}/setups/{id}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn end(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
) -> Result<StatusCode, Problem> {
    app.store
        .setup(ws, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    app.store.end_setup(ws, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token of a system user.
#[derive(Deserialize, ToSchema)]
struct GivenToken {
    token: String,
}

/// Give the token. It is asked after, sealed, and never shown again.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/token", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = GivenToken,
    responses((status = 200, body = SetupView),
        (status = 422, body = Problem, description = "`token-refused`, `token-other-app`, `permission-missing`")))]
async fn token(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(GivenToken { token }): Body<GivenToken>,
) -> Result<Json<SetupView>, Problem> {
    Ok(Json(
        Work::on(&app, ws, id).await?.take_token(&token).await?,
    ))
}

/// What Embedded Signup gave to the browser.
#[derive(Deserialize, ToSchema)]
struct Signup {
    code: String,
    account_id: Option<String>,
    number_id: Option<String>,
}

/// Exchange the code of an Embedded Signup, and go on with what was chosen in it.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/signup", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = Signup,
    responses((status = 200, body = SetupView),
        (status = 422, body = Problem, description = "`signup-code-refused`, `app-secret-wrong`, ...")))]
async fn signup(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(signup): Body<Signup>,
) -> Result<Json<SetupView>, Problem> {
    let work = Work::on(&app, ws, id).await?;
    let done = work.take_signup(&signup.code, signup.account_id, signup.number_id);
    Ok(Json(done.await?))
}

/// Which account.
#[derive(Deserialize, ToSchema)]
struct ChosenAccount {
    account_id: String,
}

/// Choose the business account.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/account", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = ChosenAccount,
    responses((status = 200, body = SetupView), (status = 422, body = Problem, description = "`account-unknown`, ...")))]
async fn account(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(ChosenAccount { account_id }): Body<ChosenAccount>,
) -> Result<Json<SetupView>, Problem> {
    let account_id = digits("account_id", &account_id)?;
    Ok(Json(
        Work::on(&app, ws, id)
            .await?
            .choose_account(account_id)
            .await?,
    ))
}

/// The numbers of the account, and what can be done with each.
#[utoipa::path(get, path = "/workspaces/{ws}/setups/{id}/numbers", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)),
    responses((status = 200, body = Vec<NumberView>), (status = 422, body = Problem)))]
async fn numbers(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
) -> Result<Json<Vec<NumberView>>, Problem> {
    Ok(Json(Work::on(&app, ws, id).await?.numbers().await?))
}

/// Which number.
#[derive(Deserialize, ToSchema)]
struct ChosenNumber {
    number_id: String,
}

/// Choose the number.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/number", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = ChosenNumber,
    responses((status = 200, body = SetupView), (status = 409, body = Problem, description = "`number-elsewhere`"),
        (status = 422, body = Problem, description = "`number-unknown`, `number-of-another-account`, ...")))]
async fn number(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(ChosenNumber { number_id }): Body<ChosenNumber>,
) -> Result<Json<SetupView>, Problem> {
    let number_id = digits("number_id", &number_id)?;
    Ok(Json(
        Work::on(&app, ws, id)
            .await?
            .choose_number(number_id)
            .await?,
    ))
}

/// How the code is to come.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum CodeBy {
    Sms,
    Voice,
}

/// How the code is to come, and in which language.
#[derive(Deserialize, ToSchema)]
struct RequestCode {
    method: CodeBy,
    /// `en` or `es`.
    language: String,
}

/// Let the provider send a code to the number.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/request-code", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = RequestCode,
    responses((status = 200, body = SetupView), (status = 422, body = Problem, description = "`code-not-sent`")))]
async fn request_code(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(RequestCode { method, language }): Body<RequestCode>,
) -> Result<Json<SetupView>, Problem> {
    let method = match method {
        CodeBy::Sms => CodeMethod::Sms,
        CodeBy::Voice => CodeMethod::Voice,
    };
    let language = if language == "es" { "es" } else { "en_US" };
    let work = Work::on(&app, ws, id).await?;
    let ask = async |app: &App, token: String, number: String| {
        app.graph
            .request_code(&token, &number, method, language)
            .await
    };
    Ok(Json(work.about_number(Asking::RequestCode, ask).await?))
}

/// The code that came.
#[derive(Deserialize, ToSchema)]
struct GivenCode {
    code: String,
}

/// Prove with the code that the number is yours.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/verify-code", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = GivenCode,
    responses((status = 200, body = SetupView), (status = 422, body = Problem, description = "`code-wrong`")))]
async fn verify_code(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(GivenCode { code }): Body<GivenCode>,
) -> Result<Json<SetupView>, Problem> {
    let code: String = code.chars().filter(char::is_ascii_digit).collect();
    let work = Work::on(&app, ws, id).await?;
    let ask = async |app: &App, token: String, number: String| {
        app.graph.verify_code(&token, &number, &code).await
    };
    Ok(Json(work.about_number(Asking::VerifyCode, ask).await?))
}

/// The two-step PIN: the one that is set, or a new one.
#[derive(Deserialize, ToSchema)]
struct GivenPin {
    pin: String,
}

/// Register the number under its two-step PIN.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/register", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = GivenPin,
    responses((status = 200, body = SetupView),
        (status = 422, body = Problem, description = "`pin-wrong`, `pin-guesses`, `registrations-used-up`, ...")))]
async fn register(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(GivenPin { pin }): Body<GivenPin>,
) -> Result<Json<SetupView>, Problem> {
    if pin.len() != 6 || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Problem::invalid(
            "pin",
            "pin-malformed",
            "A PIN has six digits",
        ));
    }
    let work = Work::on(&app, ws, id).await?;
    let ask = async |app: &App, token: String, number: String| {
        app.graph.register(&token, &number, &pin).await
    };
    Ok(Json(work.about_number(Asking::Register, ask).await?))
}

/// What the channel is to be called.
#[derive(Deserialize, ToSchema)]
struct Connect {
    name: String,
}

/// Make the channel, or give the one there is its new token.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/connect", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)), request_body = Connect,
    responses((status = 200, body = SetupView), (status = 409, body = Problem, description = "`number-elsewhere`, `step-missing`")))]
async fn connect(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
    Body(Connect { name }): Body<Connect>,
) -> Result<Json<SetupView>, Problem> {
    let name = checked_name(&name)?;
    Ok(Json(Work::on(&app, ws, id).await?.connect(&name).await?))
}

/// A name of a channel.
pub(super) fn checked_name(typed: &str) -> Result<String, Problem> {
    let name = typed.trim();
    if domain::text::is_blank(name) {
        return Err(Problem::invalid("name", "name-empty", "A name is needed"));
    }
    if name.chars().count() > LONGEST_NAME {
        let problem = Problem::invalid("name", "name-too-long", "The name is too long");
        let length = name.chars().count();
        return Err(problem.param("max", LONGEST_NAME).param("length", length));
    }
    if name.chars().any(char::is_control) {
        let title = "The name has a control character";
        return Err(Problem::invalid("name", "name-control-characters", title));
    }
    Ok(name.to_owned())
}

/// Open the way of webhooks and try it: the provider verifies the callback, the app is subscribed, and a
/// webhook of our own has to come through.
#[utoipa::path(post, path = "/workspaces/{ws}/setups/{id}/test", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = SetupId, Path)),
    responses((status = 200, body = SelfTest), (status = 409, body = Problem, description = "`step-missing`")))]
async fn test(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, SetupId)>,
) -> Result<Json<SelfTest>, Problem> {
    Ok(Json(Work::on(&app, ws, id).await?.test().await?))
}
