//! The page with the phones, the switches and the log; built elsewhere, embedded here.

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use rust_embed::RustEmbed;

/// Scripts and styles from here only, no inline ones; calls to here only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     media-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

const NOT_BUILT: &str = "<!doctype html><meta charset=\"utf-8\"><title>Charla sandbox</title>\
     <p>UI not built, run make. The control API is at <a href=\"/control/state\">/control</a>.</p>";

/// For people; programs are answered as Graph answers them.
const NOT_HERE: &str = "<!doctype html><meta charset=\"utf-8\"><title>Charla sandbox</title>\
     <p>Nothing is here. This is a simulated Meta: <a href=\"/\">its phones, failures and events</a>, \
     the control API under <a href=\"/control/state\">/control</a>, the Graph API under /v25.0.</p>\
     <p lang=\"es\">Aquí no hay nada. Esto es una Meta simulada: \
     <a href=\"/\">sus teléfonos, fallos y eventos</a>.</p>";

#[derive(RustEmbed)]
#[folder = "../../web/sandbox/dist"]
struct Files;

/// A file of the page, or nothing if it has no such file. `/` is always there.
pub(crate) fn file(path: &str) -> Option<Response> {
    let name = match path {
        "/" => "index.html",
        path => path.trim_start_matches('/'),
    };
    match Files::get(name) {
        Some(file) => Some(answer(
            file.metadata.mimetype(),
            caching(name),
            Body::from(file.data.into_owned()),
        )),
        None if path == "/" => Some(answer(
            "text/html; charset=utf-8",
            "no-cache",
            Body::from(NOT_BUILT),
        )),
        None => None,
    }
}

/// Tells somebody who typed an address what there is.
pub(crate) fn not_here() -> Response {
    let page = answer("text/html; charset=utf-8", "no-store", Body::from(NOT_HERE));
    (StatusCode::NOT_FOUND, page).into_response()
}

/// The bundler puts a hash into the names under `assets`.
fn caching(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn answer(kind: &str, caching: &str, body: Body) -> Response {
    Response::builder()
        .header(header::CONTENT_TYPE, kind)
        .header(header::CACHE_CONTROL, caching)
        .header(header::CONTENT_SECURITY_POLICY, POLICY)
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(header::REFERRER_POLICY, "no-referrer")
        .body(body)
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}
