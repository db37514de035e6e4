//! The web app, carried in the binary.

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "../../web/agent/dist"]
struct Files;

/// Nothing from elsewhere, nothing inline. The sockets are our own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Files whose name changes with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Serves files, and the app's one page for every path that is a place in the app.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().fallback(page)
}

async fn page(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return server::Problem::not_found().into_response();
    }
    if let Some(file) = Files::get(path) {
        return answer(path, file);
    }
    // A path with an extension is a file that is not there, not a place in the app.
    if path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.'))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    match Files::get("index.html") {
        Some(index) => answer("index.html", index),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The pages are not built into this binary: run `make web` and build it again.",
        )
            .into_response(),
    }
}

fn answer(path: &str, file: EmbeddedFile) -> Response {
    let cache = if path.starts_with("assets/") {
        FOR_EVER
    } else {
        "no-cache"
    };
    let kind = HeaderValue::from_str(file.metadata.mimetype())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
    ];
    (headers, file.data).into_response()
}
