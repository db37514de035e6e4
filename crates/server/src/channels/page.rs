//! A channel's page: how it stands, what customers see of it, the links that lead to it, how it behaves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::fields::{BadField, Wrong};
use domain::identity::ChannelKind;
use domain::profile::BusinessProfile;
use domain::standing::{Standing, Trouble};
use domain::{ChannelId, Timestamp, WorkspaceId};
use jiff::SignedDuration;
use meta::graph::{BusinessProfile as ProfileAtMeta, ChatLink};
use serde::{Deserialize, Serialize};
use store::{Channel, Doings, DoingsOfChannels, KnownStanding, Receipts};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::apps::callback;
use super::refused::{Asking, problem};
use super::self_test::{SelfTest, Subject};
use super::setup_routes::checked_name;
use super::token;
use super::watch::{NotRead, read_again};
use crate::App;
use crate::accounts::{At, Body, May, may};
use crate::problem::Problem;

/// What the use of the messaging limit is counted over.
const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Meta's limit for the words of a link.
const LONGEST_WORDS: usize = 140;

/// The routes of this noun.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(channels))
        .routes(routes!(channel, change))
        .routes(routes!(refresh))
        .routes(routes!(test))
        .routes(routes!(disconnect))
        .routes(routes!(profile, set_profile))
        .routes(routes!(links, make_link))
        .routes(routes!(delete_link))
}

/// A channel, as those who look after it see it.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelPage {
    id: ChannelId,
    kind: ChannelKind,
    name: String,
    /// What customers see: the number as the provider writes it.
    address: String,
    app: String,
    /// The provider's id of the number.
    number_id: String,
    /// The provider's id of the account.
    account_id: String,
    /// Why sending rests, if it does.
    paused: Option<String>,
    /// What the provider last said; null: it was not asked yet.
    standing: Option<Standing>,
    /// System time at which it said so.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// What somebody has to look after, the worst first.
    troubles: Vec<Trouble>,
    /// How many people the business may write to first in 24 h; null: unlimited, or unknown.
    most_people: Option<i64>,
    /// Messages a second that it sends at most.
    throughput: i64,
    receipts: Receipts,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_webhook_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    tested_at: Option<Timestamp>,
    callback_url: String,
    /// What it did in the last 24 h.
    day: Doings,
}

/// What is known of all channels of a workspace.
struct Known {
    standings: Vec<KnownStanding>,
    day: DoingsOfChannels,
}

impl Known {
    async fn of(app: &App, ws: WorkspaceId) -> Result<Self, store::Error> {
        Ok(Self {
            standings: app.store.standings(ws).await?,
            day: app.store.doings(ws, app.clock.now() - DAY).await?,
        })
    }
}

async fn view(app: &App, channel: &Channel) -> Result<ChannelPage, store::Error> {
    let known = Known::of(app, channel.workspace).await?;
    Ok(page(app, channel, &known))
}

fn page(app: &App, channel: &Channel, Known { standings, day }: &Known) -> ChannelPage {
    let now = app.clock.system_now();
    let known = standings.iter().find(|known| known.channel == channel.id);
    let standing = known.map(|known| &known.standing);
    let watched = standing.filter(|_| !channel.is_disconnected());
    ChannelPage {
        id: channel.id,
        kind: channel.kind,
        name: channel.name.clone(),
        address: channel.address.clone(),
        app: channel.app.clone(),
        number_id: channel.external_id.clone(),
        account_id: channel.account_id.clone(),
        paused: channel.paused.clone(),
        troubles: watched.map_or_else(Vec::new, |standing| standing.troubles(now)),
        most_people: watched.and_then(Standing::most_people),
        read_at: known.map(|known| known.read_at),
        standing: standing.cloned(),
        throughput: channel.throughput,
        receipts: channel.receipts,
        last_webhook_at: app
            .channels
            .last_heard(channel.id)
            .max(channel.last_webhook_at),
        tested_at: channel.tested_at,
        callback_url: callback(app, &channel.app),
        day: day.of(channel),
    }
}

async fn named(app: &App, ws: WorkspaceId, id: ChannelId) -> Result<Channel, Problem> {
    let found = app.store.channel(ws, id).await?;
    found.ok_or_else(Problem::not_found)
}

/// A channel with its token; one that was disconnected has none.
pub(super) async fn with_token(
    app: &App,
    ws: WorkspaceId,
    id: ChannelId,
) -> Result<(Channel, String), Problem> {
    let channel = named(app, ws, id).await?;
    let token = token(app, &channel).ok_or_else(Problem::channel_disconnected)?;
    Ok((channel, token))
}

/// The channels of the workspace, with how they stand.
#[utoipa::path(get, path = "/workspaces/{ws}/channels", tag = "channels", params(("ws" = WorkspaceId, Path)),
    responses((status = 200, body = Vec<ChannelPage>), (status = 403, body = Problem)))]
async fn channels(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<Vec<ChannelPage>>, Problem> {
    let channels = app.store.channels(ws).await?;
    let known = Known::of(&app, ws).await?;
    let pages = channels.iter().map(|channel| page(&app, channel, &known));
    Ok(Json(pages.collect()))
}

/// One channel.
#[utoipa::path(get, path = "/workspaces/{ws}/channels/{id}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = ChannelPage), (status = 404, body = Problem)))]
async fn channel(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<ChannelPage>, Problem> {
    let channel = named(&app, ws, id).await?;
    Ok(Json(view(&app, &channel).await?))
}

/// What can be changed of a channel; what is not named stays.
#[derive(Deserialize, ToSchema)]
struct ChannelPatch {
    name: Option<String>,
    receipts: Option<Receipts>,
}

/// Change what a channel is called, or when customers are shown that they were read.
#[utoipa::path(patch, path = "/workspaces/{ws}/channels/{id}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)), request_body = ChannelPatch,
    responses((status = 200, body = ChannelPage), (status = 404, body = Problem), (status = 422, body = Problem)))]
async fn change(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
    Body(patch): Body<ChannelPatch>,
) -> Result<Json<ChannelPage>, Problem> {
    named(&app, ws, id).await?;
    if let Some(name) = patch.name {
        let name = checked_name(&name)?;
        app.store
            .rename_channel(ws, id, &name, app.clock.now())
            .await?;
    }
    if let Some(receipts) = patch.receipts {
        app.store.set_receipts(ws, id, receipts).await?;
    }
    reload(&app, ws).await?;
    let channel = named(&app, ws, id).await?;
    Ok(Json(view(&app, &channel).await?))
}

async fn reload(app: &App, ws: WorkspaceId) -> Result<(), store::Error> {
    let now = app.clock.system_now();
    app.channels.reload(&app.store, &app.secrets, now).await?;
    app.live.wake(ws);
    Ok(())
}

/// Ask the provider now how the channel stands.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/refresh", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = ChannelPage), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`channel-disconnected`")))]
async fn refresh(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<ChannelPage>, Problem> {
    let channel = named(&app, ws, id).await?;
    if channel.is_disconnected() {
        return Err(Problem::channel_disconnected());
    }
    match read_again(&app, &channel).await {
        Ok(_) => {}
        Err(NotRead::Store(error)) => return Err(error.into()),
        Err(NotRead::Graph(error)) => return Err(problem(Asking::Number, &error)),
    }
    let channel = named(&app, ws, id).await?;
    Ok(Json(view(&app, &channel).await?))
}

/// Try the way of webhooks again.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/test", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = SelfTest), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`channel-disconnected`")))]
async fn test(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<SelfTest>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let keys: Arc<_> = app
        .channels
        .app(&app, &channel.app)
        .await
        .ok_or_else(|| Problem::conflict("no-such-app", "The channel's app is not there"))?;
    let subject = Subject {
        app: &app,
        channel: &channel,
        keys: &keys,
        token: &token,
    };
    Ok(Json(subject.test().await?))
}

/// What became of what waited.
#[derive(Debug, Serialize, ToSchema)]
struct Disconnected {
    /// Replies that went back to their authors' drafts.
    returned: usize,
}

/// Disconnect a channel: nothing comes in or goes out, its conversations stay, its token is forgotten.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/disconnect", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = Disconnected), (status = 404, body = Problem)))]
async fn disconnect(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<Disconnected>, Problem> {
    named(&app, ws, id).await?;
    let returned = app
        .store
        .disconnect_channel(ws, id, app.clock.now())
        .await?;
    reload(&app, ws).await?;
    Ok(Json(Disconnected { returned }))
}

/// A business profile, as customers see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Profile {
    about: String,
    address: String,
    description: String,
    email: String,
    websites: Vec<String>,
    /// One of Meta's kinds of business.
    vertical: String,
    /// Its picture, for a while.
    picture_url: Option<String>,
}

impl From<ProfileAtMeta> for Profile {
    fn from(profile: ProfileAtMeta) -> Self {
        Self {
            about: profile.about,
            address: profile.address,
            description: profile.description,
            email: profile.email,
            websites: profile.websites,
            vertical: profile.vertical,
            picture_url: profile.profile_picture_url,
        }
    }
}

fn bad_profile(bad: BadField) -> Problem {
    let (code, title) = match bad.wrong {
        Wrong::TooLong { .. } => ("profile-too-long", "Too long for Meta"),
        Wrong::Count { .. } => ("profile-websites", "A profile has at most two websites"),
        Wrong::NoUrl => ("profile-no-url", "It is no address of a page"),
        Wrong::NoEmail => ("profile-no-email", "It is no e-mail address"),
        Wrong::Unknown => ("profile-vertical", "Meta knows no such kind of business"),
        _ => ("profile-characters", "It has a control character"),
    };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).field(bad.field);
    match bad.wrong {
        Wrong::TooLong { max, length } => problem.param("max", max).param("length", length),
        _ => problem,
    }
}

/// The number's business profile, as the provider has it.
#[utoipa::path(get, path = "/workspaces/{ws}/channels/{id}/profile", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = Profile), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn profile(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<Profile>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let found = app.graph.profile(&token, &channel.external_id).await;
    let found = found.map_err(|error| problem(Asking::Profile, &error))?;
    Ok(Json(found.into()))
}

/// Change the number's business profile.
#[utoipa::path(put, path = "/workspaces/{ws}/channels/{id}/profile", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)), request_body = BusinessProfile,
    responses((status = 200, body = Profile), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`profile-too-long`, `profile-websites`, \
            `profile-no-url`, `profile-no-email`, `profile-vertical`, `profile-characters`, `profile-refused`")))]
async fn set_profile(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
    Body(new): Body<BusinessProfile>,
) -> Result<Json<Profile>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let new = new.checked().map_err(bad_profile)?;
    let number = &channel.external_id;
    let written = ProfileAtMeta {
        about: new.about,
        address: new.address,
        description: new.description,
        email: new.email,
        websites: new.websites,
        vertical: new.vertical,
        profile_picture_url: None,
    };
    let refused = |error| problem(Asking::Profile, &error);
    let told = app.graph.set_profile(&token, number, &written).await;
    told.map_err(refused)?;
    let found = app.graph.profile(&token, number).await.map_err(refused)?;
    Ok(Json(found.into()))
}

/// A short link into a chat.
#[derive(Debug, Serialize, ToSchema)]
struct ShortLink {
    code: String,
    words: String,
    url: String,
}

impl From<ChatLink> for ShortLink {
    fn from(link: ChatLink) -> Self {
        Self {
            code: link.code,
            words: link.words,
            url: link.url,
        }
    }
}

/// The short links of the number.
#[utoipa::path(get, path = "/workspaces/{ws}/channels/{id}/links", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 200, body = Vec<ShortLink>), (status = 404, body = Problem), (status = 409, body = Problem)))]
async fn links(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<Json<Vec<ShortLink>>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let found = app.graph.links(&token, &channel.external_id).await;
    let found = found.map_err(|error| problem(Asking::Link, &error))?;
    Ok(Json(found.into_iter().map(ShortLink::from).collect()))
}

/// What the customer's first words are to be.
#[derive(Deserialize, ToSchema)]
struct NewShortLink {
    words: String,
}

/// Make a short link, whose words can be changed later without printing it anew.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/links", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)), request_body = NewShortLink,
    responses((status = 200, body = ShortLink), (status = 404, body = Problem),
        (status = 422, body = Problem, description = "`link-words`, `link-refused`")))]
async fn make_link(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
    Body(NewShortLink { words }): Body<NewShortLink>,
) -> Result<Json<ShortLink>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let words = words.trim();
    let length = words.chars().count();
    if !(1..=LONGEST_WORDS).contains(&length) {
        let problem = Problem::invalid("words", "link-words", "Between 1 and 140 characters");
        return Err(problem.param("max", LONGEST_WORDS).param("length", length));
    }
    let made = app
        .graph
        .make_link(&token, &channel.external_id, words)
        .await;
    let made = made.map_err(|error| problem(Asking::Link, &error))?;
    Ok(Json(made.into()))
}

/// End a short link: whoever follows it gets nowhere.
#[utoipa::path(delete, path = "/workspaces/{ws}/channels/{id}/links/{code}", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path), ("code" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn delete_link(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id, code)): At<(WorkspaceId, ChannelId, String)>,
) -> Result<StatusCode, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let ended = app
        .graph
        .delete_link(&token, &channel.external_id, &code)
        .await;
    ended.map_err(|error| problem(Asking::Link, &error))?;
    Ok(StatusCode::NO_CONTENT)
}
