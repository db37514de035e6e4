//! What an admin does to a channel from the browser.

use axum::extract::State;
use axum::http::StatusCode;
use domain::{ChannelId, WorkspaceId};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::accounts::{At, May, may};
use crate::problem::Problem;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(pause))
        .routes(routes!(resume))
        .merge(super::page::routes())
        .merge(super::picture::routes())
        .merge(super::apps::routes())
        .merge(super::setup_routes::routes())
}

/// Let a channel rest: what agents write waits until it is resumed, what customers write comes in.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/pause", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 204), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`channel-disconnected`")))]
async fn pause(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<StatusCode, Problem> {
    connected(&app, ws, id).await?;
    app.store.rest_channel(ws, id, app.clock.now()).await?;
    known_at_once(&app, ws, id).await
}

/// Let a channel that rests try again. If nothing was mended, it rests again after the next refusal.
#[utoipa::path(post, path = "/workspaces/{ws}/channels/{id}/resume", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    responses((status = 204), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`channel-disconnected`")))]
async fn resume(
    _caller: May<may::ManageHealth>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
) -> Result<StatusCode, Problem> {
    connected(&app, ws, id).await?;
    app.store.resume_channel(ws, id, app.clock.now()).await?;
    known_at_once(&app, ws, id).await
}

async fn connected(app: &App, ws: WorkspaceId, id: ChannelId) -> Result<(), Problem> {
    let channel = app.store.channel(ws, id).await?;
    if channel.ok_or_else(Problem::not_found)?.is_disconnected() {
        return Err(Problem::channel_disconnected());
    }
    Ok(())
}

async fn known_at_once(app: &App, ws: WorkspaceId, id: ChannelId) -> Result<StatusCode, Problem> {
    let now = app.clock.system_now();
    app.channels.reload(&app.store, &app.secrets, now).await?;
    app.senders.wake(id);
    app.live.wake(ws);
    Ok(StatusCode::NO_CONTENT)
}
