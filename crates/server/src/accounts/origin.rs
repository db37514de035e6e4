//! Keeps other sites from acting with a visitor's cookie, and caches from keeping what they saw.

use axum::Router;
use axum::extract::{Request, State};
use axum::http::uri::{Authority, Uri};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};

use crate::App;
use crate::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Puts every route under these rules; the routes added later are under them only if this comes last.
pub fn protect(router: Router, app: App) -> Router {
    router
        .layer(from_fn_with_state(app, same_origin))
        .layer(from_fn(private))
}

/// Refuses what another site may have sent: whatever changes something under `/api`, and sockets.
async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Response {
    if may_come(&app, &request) {
        return next.run(request).await;
    }
    let title = "The request came from another site";
    Problem::new(StatusCode::FORBIDDEN, "foreign-origin", title).into_response()
}

/// A browser says where a request comes from in one or both of two headers. Where it matters, saying
/// nothing is not enough.
fn may_come(app: &App, request: &Request) -> bool {
    let ours = request
        .headers()
        .get(header::ORIGIN)
        .map(|origin| is_ours(app, origin, request.uri(), request.headers()));
    if is_socket(request) {
        // Browsers disagree on what `Sec-Fetch-Site` says of a socket; all of them send its origin.
        return ours == Some(true);
    }
    if !is_api(request.uri().path()) || is_safe(request.method()) {
        return true;
    }
    match request.headers().get(SEC_FETCH_SITE) {
        Some(site) if site == "same-origin" => ours != Some(false),
        Some(_) => false,
        None => ours == Some(true),
    }
}

fn is_ours(app: &App, origin: &HeaderValue, uri: &Uri, headers: &HeaderMap) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    match app.settings.public_url.as_deref() {
        Some(url) => origin.eq_ignore_ascii_case(origin_of(url)),
        None => host(uri, headers).is_some_and(|host| host_of(origin).eq_ignore_ascii_case(host)),
    }
}

fn is_safe(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS].contains(method)
}

fn is_socket(request: &Request) -> bool {
    let upgrade = request.headers().get(header::UPGRADE);
    request.uri().path() == "/live"
        || upgrade.is_some_and(|to| to.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// The host the request was sent to, with its port.
pub(super) fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    let named = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    named.or_else(|| uri.authority().map(Authority::as_str))
}

/// Where browsers reach us, as far as we are told: by the host, by the browser, by the request itself.
pub(super) fn own_address(app: &App, uri: &Uri, headers: &HeaderMap) -> String {
    if let Some(url) = &app.settings.public_url {
        return url.clone();
    }
    let origin = headers
        .get(header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    origin.map_or_else(
        || format!("http://{}", host(uri, headers).unwrap_or("localhost")),
        str::to_owned,
    )
}

/// Scheme, host and port of an address.
pub(super) fn origin_of(url: &str) -> &str {
    let path = url.find("://").and_then(|at| {
        let host = at + 3;
        url[host..].find('/').map(|slash| host + slash)
    });
    path.map_or(url, |end| &url[..end])
}

/// Host and port of an origin.
pub(super) fn host_of(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

/// Answers of the API are nobody else's: no cache keeps them.
async fn private(request: Request, next: Next) -> Response {
    let api = is_api(request.uri().path());
    let mut answer = next.run(request).await;
    if api {
        let never = HeaderValue::from_static("no-store, private");
        answer.headers_mut().insert(header::CACHE_CONTROL, never);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_an_address_without_its_path() {
        for (url, origin, host) in [
            (
                "https://inbox.example",
                "https://inbox.example",
                "inbox.example",
            ),
            (
                "http://127.0.0.1:7100/charla/",
                "http://127.0.0.1:7100",
                "127.0.0.1:7100",
            ),
            ("null", "null", "null"),
        ] {
            assert_eq!(origin_of(url), origin);
            assert_eq!(host_of(origin_of(url)), host);
        }
    }
}
