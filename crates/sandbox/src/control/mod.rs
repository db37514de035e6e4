//! The control API: play the customers, bend the rules, read the log.

mod customers;
mod files;
mod log;
mod messages;
mod onboarding;
mod problem;
mod world;
mod writes;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::{HeaderMap, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, patch, post},
};

use crate::{rules::media::MOST, shared::Shared};
use problem::Problem;

/// Meta's webhooks reach 3 MB; one that is written by hand may, too.
const MAX_BODY: usize = 4 * 1024 * 1024;

/// All routes under `/control`.
pub(crate) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/state", get(world::state))
        .route("/clock", post(world::clock))
        .route("/reset", post(world::reset))
        .route(
            "/faults",
            get(world::faults)
                .put(world::bend)
                .patch(world::bend)
                .post(world::bend)
                .delete(world::straighten),
        )
        .route("/customers", get(customers::all).post(customers::add))
        .route("/customers/{id}", patch(customers::change))
        .route(
            "/customers/{id}/messages",
            get(messages::thread).post(messages::write),
        )
        .route("/customers/{id}/read", post(messages::read))
        .route("/customers/{id}/played", post(messages::played))
        .route("/customers/{id}/identity", post(customers::change_identity))
        .route("/messages", get(messages::all))
        .route(
            "/files",
            post(files::put).layer(DefaultBodyLimit::max(MOST)),
        )
        .route("/files/{id}", get(files::get))
        .route(
            "/numbers",
            get(onboarding::numbers).post(onboarding::add_number),
        )
        .route("/numbers/{id}", patch(onboarding::change_number))
        .route(
            "/account",
            get(onboarding::account).patch(onboarding::change_account),
        )
        .route("/app", get(onboarding::app))
        .route("/tokens", post(onboarding::new_token))
        .route("/token", patch(onboarding::change_token))
        .route("/signup-codes", post(onboarding::new_code))
        .route("/webhooks", post(world::callback))
        .route("/webhooks/raw", post(log::raw))
        .route("/log", get(log::entries))
        .route("/log/{n}/replay", post(log::replay))
        .fallback(|| async { Problem::not_found("No such path; the page with the phones is at /") })
        .method_not_allowed_fallback(|| async {
            Problem::new(405, "method-not-allowed", "This path has other methods")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn(same_origin))
}

/// The API has no password, so other sites' pages must not reach it through a browser.
async fn same_origin(request: Request, next: Next) -> Response {
    if is_foreign(request.headers()) {
        return Problem::new(
            403,
            "foreign-origin",
            "Only the sandbox's own page may call this",
        )
        .into_response();
    }
    next.run(request).await
}

fn is_foreign(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(header::ORIGIN) else {
        return false;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    host.is_none() || host != text(header::HOST)
}
