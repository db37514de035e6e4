//! `GET /workspaces/{ws}`.

use axum::Json;
use axum::extract::State;
use domain::permission::{Permission, Role};
use domain::{AgentId, Timestamp, WorkspaceId};
use serde::Serialize;
use store::{Agent, ChannelView, Counters};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::accounts::{At, May, may};
use crate::live::Ingest;
use crate::problem::Problem;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(workspace))
}

/// A workspace's own settings.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceView {
    id: WorkspaceId,
    name: String,
    locale: String,
    time_zone: String,
    currency: String,
}

/// The asking agent.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    agent_id: AgentId,
    role: Role,
    permissions: Vec<Permission>,
}

/// Everything a browser needs to begin with.
#[derive(Debug, Serialize, ToSchema)]
struct Beginning {
    workspace: WorkspaceView,
    me: Me,
    agents: Vec<Agent>,
    channels: Vec<ChannelView>,
    counters: Counters,
    /// Where to resume `/live` from.
    cursor: i64,
    /// Business time.
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    ingest: Ingest,
}

/// A workspace, its people and channels, and where its changes stand.
#[utoipa::path(get, path = "/workspaces/{ws}", tag = "workspaces", params(("ws" = WorkspaceId, Path)),
    responses((status = 200, body = Beginning), (status = 404, body = Problem)))]
async fn workspace(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<Beginning>, Problem> {
    // The cursor first: what changes meanwhile is told again, and nothing is missed.
    let cursor = app.store.cursor(ws).await?;
    let workspace = app
        .store
        .workspace(ws)
        .await?
        .ok_or_else(Problem::not_found)?;
    let channels = app.store.channels(ws).await?;
    let now = app.clock.now();
    Ok(Json(Beginning {
        workspace: WorkspaceView {
            id: ws,
            name: workspace.name,
            locale: workspace.locale,
            time_zone: workspace.time_zone,
            currency: workspace.currency,
        },
        me: Me {
            agent_id: caller.agent,
            role: caller.role,
            permissions: caller.role.permissions().to_vec(),
        },
        agents: app.store.agents_ever(ws).await?,
        channels: channels.iter().map(ChannelView::from).collect(),
        counters: app.store.counters(ws, caller.agent, now).await?,
        cursor,
        now,
        ingest: Ingest::accepting(*app.journal.accepting().borrow()),
    }))
}
