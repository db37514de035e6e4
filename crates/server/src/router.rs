//! All routes together, and what holds for every answer.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::problem::Problem;
use crate::{accounts, channels, contacts, conversations, health, live, media, messages, webhooks};

/// The description of the HTTP API.
#[derive(OpenApi)]
#[openapi(
    info(title = "Charla", description = "The shared inbox's HTTP API."),
    components(schemas(crate::problem::Problem, store::DraftMode))
)]
struct Api;

fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Api::openapi()).nest(
        "/api/v1",
        OpenApiRouter::new()
            .merge(accounts::routes())
            .merge(crate::workspaces::routes())
            .merge(channels::routes())
            .merge(conversations::routes())
            .merge(contacts::routes())
            .merge(messages::routes())
            .merge(media::routes())
            .merge(health::routes()),
    )
}

/// The description of the HTTP API, as `docs/openapi.json` holds it.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    api().split_for_parts().1
}

/// Everything Charla answers. `pages` serves the web app for every other path.
pub fn router(app: App, pages: Router<App>) -> Router {
    let (api, description) = api().split_for_parts();
    let description = serde_json::to_string(&description).unwrap_or_default();
    let described = Router::new().route(
        "/api/v1/openapi.json",
        axum::routing::get(move || {
            let description = description.clone();
            async move { ([(header::CONTENT_TYPE, "application/json")], description) }
        }),
    );
    let guarded = api
        .merge(described)
        .merge(live::routes())
        .merge(media::linked())
        .method_not_allowed_fallback(wrong_method);
    let router = Router::new()
        .merge(guarded)
        .merge(pages)
        .layer(CompressionLayer::new())
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::REFERRER_POLICY, "same-origin"))
        .layer(set(header::X_FRAME_OPTIONS, "DENY"))
        .with_state(app.clone());
    // For programs, not for browsers: no cookie opens them, and the hot path goes through no layer.
    let programs = webhooks::routes()
        .merge(health::probes())
        .method_not_allowed_fallback(wrong_method);
    accounts::protect(router, app.clone()).merge(programs.with_state(app))
}

/// The header `allow` says which methods there are.
async fn wrong_method() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "wrong-method",
        "This is not done here with this method",
    )
}

fn set(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_description_is_fresh() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        let now = openapi().to_pretty_json().unwrap();
        assert!(
            committed.trim_end() == now.trim_end(),
            "docs/openapi.json is stale: run `make api`"
        );
    }
}
