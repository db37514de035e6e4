//! The web app, carried in the binary.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};
use server::App;

#[derive(Embed)]
#[folder = "../../web/agent/dist"]
struct Files;

/// Nothing from elsewhere, nothing inline. The sockets are our own.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; base-uri 'none'; \
     form-action 'self'; frame-ancestors 'none'";

/// Where Embedded Signup runs: the provider's script may load there, and speak to its own pages. Nowhere else.
const CONNECT: &str = "connect";

/// Files whose name changes with their content.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// Serves files, and the app's one page for every path that is a place in the app.
pub(crate) fn routes() -> Router<App> {
    Router::new().fallback(page)
}

async fn page(State(app): State<App>, uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return server::Problem::not_found().into_response();
    }
    if let Some(file) = Files::get(path) {
        return answer(path, file, policy(POLICY));
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
        Some(index) if connects(path).is_some_and(|ws| signs_up(&app, ws)) => {
            let script = app.graph.signup_script_origin();
            let pages = app.graph.signup_origins().join(" ");
            answer("index.html", index, policy(&signup_policy(&script, &pages)))
        }
        Some(index) => answer("index.html", index, policy(POLICY)),
        None => (
            StatusCode::SERVICE_UNAVAILABLE,
            "The pages are not built into this binary: run `make web` and build it again.",
        )
            .into_response(),
    }
}

/// The workspace of `w/{workspace}/connect`, and of what lies below it.
fn connects(path: &str) -> Option<&str> {
    let (workspace, place) = path.strip_prefix("w/")?.split_once('/')?;
    (place == CONNECT || place.starts_with("connect/")).then_some(workspace)
}

/// Whether an app of the workspace can be signed up through. Without one the script is never loaded.
fn signs_up(app: &App, workspace: &str) -> bool {
    let apps = workspace.parse().map(|ws| app.channels.apps_for(ws));
    apps.is_ok_and(|apps| apps.values().any(|keys| keys.config_id.is_some()))
}

/// The same policy, with the provider's script, its calls and its frames.
fn signup_policy(script: &str, pages: &str) -> String {
    POLICY
        .replace("script-src 'self'", &format!("script-src 'self' {script}"))
        .replace(
            "connect-src 'self'",
            &format!(
                "connect-src 'self' {}; frame-src {pages}",
                both(script, pages)
            ),
        )
}

/// The simulated Meta has all on one origin.
fn both(script: &str, pages: &str) -> String {
    if script == pages {
        return pages.to_owned();
    }
    format!("{script} {pages}")
}

fn policy(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

fn answer(path: &str, file: EmbeddedFile, policy: HeaderValue) -> Response {
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
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, file.data).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_providers_script_may_run_on_the_connect_page_alone() {
        for (path, expect) in [
            ("w/wsp_1/connect", Some("wsp_1")),
            ("w/wsp_1/connect/stp_1", Some("wsp_1")),
            ("w/wsp_1/connected", None),
            ("w/wsp_1/inbox/connect", None),
            ("w/wsp_1/settings/channels", None),
            ("connect", None),
            ("w/connect", None),
        ] {
            assert_eq!(connects(path), expect, "{path}");
        }
        let script = "https://connect.facebook.net";
        let pages = "https://www.facebook.com https://web.facebook.com";
        let policy = signup_policy(script, pages);
        let differing = policy.split("; ").filter(|rule| !POLICY.contains(rule));
        assert_eq!(
            differing.collect::<Vec<_>>(),
            [
                "script-src 'self' https://connect.facebook.net",
                "connect-src 'self' https://connect.facebook.net https://www.facebook.com https://web.facebook.com",
                "frame-src https://www.facebook.com https://web.facebook.com",
            ]
        );
        assert!(!POLICY.contains("https:"));
    }
}
