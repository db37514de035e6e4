//! `/healthz`, `/readyz`, `/metrics`, and an admin's view of ingest, quarantine and outbox.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::{ChannelId, QuarantineId, Timestamp, WorkspaceId};
use serde::Serialize;
use store::{Quarantined, Stranger};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::accounts::{At, May, may};
use crate::problem::Problem;
use crate::webhooks::Applier;

/// For load balancers and monitoring. They tell nothing of what is inside.
pub fn probes() -> Router<App> {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

async fn ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.store.backlog().await?;
    if *app.journal.accepting().borrow() {
        Ok("ready")
    } else {
        Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "journal-unavailable",
            "The journal takes no writes",
        ))
    }
}

async fn metrics(State(app): State<App>) -> Result<Response, Problem> {
    let backlog = app.store.backlog().await?;
    let waiting = format!(
        "# HELP charla_journal_waiting Webhooks that are not applied yet.\n\
         # TYPE charla_journal_waiting gauge\ncharla_journal_waiting {}\n",
        backlog.waiting
    );
    let text = app.metrics.text() + &waiting;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response())
}

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(health))
        .routes(routes!(replay))
        .routes(routes!(settle))
}

/// What an admin wants to know.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    journal: JournalHealth,
    quarantine: Vec<Quarantined>,
    /// Numbers that webhooks speak of and that are not connected here.
    strangers: Vec<Stranger>,
    outbox: OutboxHealth,
    channels: Vec<ChannelHealth>,
}

/// Webhooks that are on disk and not applied yet.
#[derive(Debug, Serialize, ToSchema)]
struct JournalHealth {
    waiting: i64,
    #[schema(value_type = Option<String>, format = DateTime)]
    oldest_at: Option<Timestamp>,
}

/// Messages that wait to be handed over.
#[derive(Debug, Serialize, ToSchema)]
struct OutboxHealth {
    waiting: i64,
}

/// One channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelHealth {
    id: ChannelId,
    paused: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime)]
    last_webhook_at: Option<Timestamp>,
}

/// Ingest, quarantine, outbox and channels.
#[utoipa::path(get, path = "/workspaces/{ws}/health", tag = "health", params(("ws" = WorkspaceId, Path)),
    responses((status = 200, body = Health), (status = 403, body = Problem)))]
async fn health(
    _caller: May<may::ManageHealth>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<Health>, Problem> {
    let backlog = app.store.backlog().await?;
    let channels = app.store.channels(ws).await?;
    Ok(Json(Health {
        journal: JournalHealth {
            waiting: backlog.waiting,
            oldest_at: backlog.oldest_at,
        },
        quarantine: app.store.quarantined(ws).await?,
        strangers: strangers(&app, ws).await?,
        outbox: OutboxHealth {
            waiting: app.store.waiting(ws).await?,
        },
        channels: channels
            .into_iter()
            .map(|c| ChannelHealth {
                id: c.id,
                last_webhook_at: app.channels.last_heard(c.id).max(c.last_webhook_at),
                paused: c.paused,
            })
            .collect(),
    }))
}

/// Told only where the app serves nobody else: which numbers others have is none of ours.
async fn strangers(app: &App, ws: WorkspaceId) -> Result<Vec<Stranger>, store::Error> {
    let mut apps = app.channels.apps_of(ws);
    if app.store.sole_workspace().await?.is_some() {
        apps.extend(app.channels.apps());
    }
    let mut strangers = Vec::new();
    for name in apps {
        strangers.extend(app.store.strangers(&name).await?);
    }
    Ok(strangers)
}

/// What became of a replay.
#[derive(Debug, Serialize, ToSchema)]
struct Replayed {
    /// applied or quarantined.
    outcome: &'static str,
    /// Why it still cannot be read.
    reason: Option<String>,
}

/// Read an element of the quarantine again, as this version reads it.
#[utoipa::path(post, path = "/workspaces/{ws}/quarantine/{id}/replay", tag = "health",
    params(("ws" = WorkspaceId, Path), ("id" = QuarantineId, Path)),
    responses((status = 200, body = Replayed), (status = 404, body = Problem)))]
async fn replay(
    _caller: May<may::ManageHealth>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, QuarantineId)>,
) -> Result<Json<Replayed>, Problem> {
    let element = app
        .store
        .quarantined_element(ws, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let reason = Applier::replay(&app, ws, &element).await?;
    let outcome = if reason.is_some() {
        "quarantined"
    } else {
        app.store.settle(ws, id, app.clock.system_now()).await?;
        "applied"
    };
    Ok(Json(Replayed { outcome, reason }))
}

/// Take an element out of the quarantine without applying it.
#[utoipa::path(post, path = "/workspaces/{ws}/quarantine/{id}/settle", tag = "health",
    params(("ws" = WorkspaceId, Path), ("id" = QuarantineId, Path)), responses((status = 204), (status = 404, body = Problem)))]
async fn settle(
    _caller: May<may::ManageHealth>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, QuarantineId)>,
) -> Result<StatusCode, Problem> {
    if app.store.settle(ws, id, app.clock.system_now()).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}
