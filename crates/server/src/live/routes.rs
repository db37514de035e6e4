//! `GET /live?workspace=...&after=...`: the socket's front door.

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use domain::WorkspaceId;
use domain::permission::Permission;
use serde::Deserialize;

use super::socket;
use crate::App;
use crate::accounts::{Asked, Member};
use crate::problem::Problem;

/// What a browser asks for.
#[derive(Debug, Deserialize)]
struct Ask {
    workspace: WorkspaceId,
    /// The cursor it has; without one it hears only what is new.
    after: Option<i64>,
}

/// The largest thing a browser may say; it has nothing to say but that it is there.
const LARGEST_MESSAGE: usize = 4096;
/// What one socket reads at a time: a thousand of them wait at once.
const READ_BUFFER: usize = 4096;

/// The live route. The origin is checked as for every change.
pub fn routes() -> Router<App> {
    Router::new().route("/live", get(live))
}

async fn live(
    State(app): State<App>,
    headers: HeaderMap,
    Asked(ask): Asked<Ask>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let member = Member::read(&app, &headers, ask.workspace).await?;
    member.require(Permission::ReadConversations)?;
    let upgrade = upgrade.map_err(|refused| {
        let title = "Only a WebSocket is served here";
        Problem::new(refused.status(), "no-websocket", title)
    })?;
    Ok(upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_message_size(LARGEST_MESSAGE)
        .on_upgrade(move |socket| socket::serve(app, member, ask.after, socket)))
}
