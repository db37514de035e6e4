//! Serving files: an agent asks for one and is sent to an address that ends; the address needs no cookie.

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use domain::media::{can_be_shown, ending_of};
use domain::{MediaId, WorkspaceId};
use serde::Deserialize;
use store::StoredMedia;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::files::Which;
use super::look::UNKNOWN;
use super::{links, range};
use crate::App;
use crate::accounts::{Asked, At, May, may};
use crate::problem::Problem;

/// Whatever a file is, it runs nothing and asks for nothing.
const HARMLESS: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Which form of a file.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Form {
    /// The small picture of it.
    #[serde(default)]
    #[param(required = false)]
    preview: bool,
    /// To be saved instead of shown.
    #[serde(default)]
    #[param(required = false)]
    download: bool,
}

/// The routes of this noun.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(file))
        .routes(routes!(fetch))
        .merge(super::uploads::routes())
}

/// What needs no cookie: addresses that we made ourselves.
pub(crate) fn linked() -> Router<App> {
    Router::new().route("/media/{ws}/{id}", get(serve))
}

/// A file's bytes: answers an address that is good for an hour or two and needs no cookie.
#[utoipa::path(get, path = "/workspaces/{ws}/media/{id}", tag = "media",
    params(("ws" = WorkspaceId, Path), ("id" = MediaId, Path), Form),
    responses((status = 307, description = "The address, in `location`"), (status = 404, body = Problem)))]
async fn file(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MediaId)>,
    Asked(form): Asked<Form>,
) -> Result<Response, Problem> {
    let media = app.store.stored_media(ws, id).await?;
    let media = media.ok_or_else(Problem::not_found)?;
    let which = if form.preview {
        Which::Preview
    } else {
        Which::Original
    };
    if which == Which::Preview && !media.preview {
        return Err(Problem::not_found());
    }
    let now = app.clock.system_now();
    let link = links::make(&app.secrets, ws, id, which, form.download, now);
    let kept = [(header::CACHE_CONTROL, "private, max-age=300")];
    Ok((kept, Redirect::temporary(&link)).into_response())
}

/// Fetch a file that could not be had once more.
#[utoipa::path(post, path = "/workspaces/{ws}/media/{id}/fetch", tag = "media",
    params(("ws" = WorkspaceId, Path), ("id" = MediaId, Path)),
    responses((status = 204), (status = 404, body = Problem, description = "No such file, or it is here")))]
async fn fetch(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MediaId)>,
) -> Result<StatusCode, Problem> {
    let (due_at, now) = (app.clock.system_now(), app.clock.now());
    if !app.store.fetch_media_again(ws, id, due_at, now).await? {
        return Err(Problem::not_found());
    }
    app.media.wake();
    app.live.wake(ws);
    Ok(StatusCode::NO_CONTENT)
}

async fn serve(
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MediaId)>,
    Asked(asked): Asked<links::Asked>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let now = app.clock.system_now();
    if !asked.holds(&app.secrets, ws, id, now) {
        return Err(ended());
    }
    let media = app.store.stored_media(ws, id).await?;
    let media = media.ok_or_else(Problem::not_found)?;
    let which = asked.which();
    if which == Which::Preview && !media.preview {
        return Err(Problem::not_found());
    }
    let size = app.media.files.size(ws, &media.content, which).await;
    let size = size.map_err(|error| unreadable(&error))?;
    let range = match range::asked(&headers, size) {
        Ok(range) => range,
        Err(range::NotThere) => return Ok(range::not_there(size)),
    };
    let bytes = app
        .media
        .files
        .read(ws, &media.content, which, range.clone());
    let bytes = bytes.await.map_err(|error| unreadable(&error))?;
    let mut answer = Body::from_stream(bytes.into_stream()).into_response();
    range::head(&mut answer, range.as_ref(), size);
    let (mime, saved) = match which {
        Which::Preview => ("image/jpeg", false),
        Which::Original => shown_as(&media, asked.to_save()),
    };
    head(
        &mut answer,
        mime,
        &disposition(saved, media.name.as_deref(), &media.mime),
    );
    let kept = format!("private, max-age={}, immutable", asked.seconds_left(now));
    set(&mut answer, header::CACHE_CONTROL, &kept);
    Ok(answer)
}

fn ended() -> Problem {
    Problem::new(
        StatusCode::GONE,
        "link-ended",
        "This address has ended or was changed: open the file from its conversation",
    )
}

fn unreadable(error: &object_store::Error) -> Problem {
    tracing::error!(
        error = error as &dyn std::error::Error,
        "A file could not be read from the storage"
    );
    storage_unavailable()
}

pub(super) fn storage_unavailable() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "storage-unavailable",
        "The file's storage cannot be used now",
    )
}

/// The type a file is served as, and whether it is only saved. What could run something is never named, and a
/// picture that we could not make small is not put before a browser either.
fn shown_as(media: &StoredMedia, to_save: bool) -> (&str, bool) {
    let readable = media.preview || !media.mime.starts_with("image/");
    if readable && can_be_shown(&media.mime) {
        (&media.mime, to_save)
    } else {
        (UNKNOWN, true)
    }
}

fn head(answer: &mut Response, mime: &str, disposition: &str) {
    set(answer, header::CONTENT_TYPE, mime);
    set(answer, header::CONTENT_DISPOSITION, disposition);
    set(answer, header::CONTENT_SECURITY_POLICY, HARMLESS);
    set(answer, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(answer, header::ACCEPT_RANGES, "bytes");
}

fn set(answer: &mut Response, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// With the file's name, or one that tells its type.
fn disposition(saved: bool, name: Option<&str>, mime: &str) -> String {
    use std::fmt::Write as _;
    let mut header = (if saved { "attachment" } else { "inline" }).to_owned();
    let name = match (name, ending_of(mime)) {
        (Some(name), _) => name.to_owned(),
        (None, Some(ending)) => format!("file.{ending}"),
        (None, None) => return header,
    };
    header.push_str("; filename*=UTF-8''");
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            header.push(char::from(byte));
        } else {
            let _ = write!(header, "%{byte:02X}");
        }
    }
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_written_so_that_it_cannot_end_its_header() {
        for (name, mime, header) in [
            (
                Some("factura.pdf"),
                "application/pdf",
                "; filename*=UTF-8''factura.pdf",
            ),
            (
                Some("a\"; filename=b"),
                "",
                "; filename*=UTF-8''a%22%3B%20filename%3Db",
            ),
            (
                Some("añó.jpg"),
                "image/jpeg",
                "; filename*=UTF-8''a%C3%B1%C3%B3.jpg",
            ),
            (None, "image/png", "; filename*=UTF-8''file.png"),
            (None, UNKNOWN, ""),
        ] {
            assert_eq!(disposition(true, name, mime), format!("attachment{header}"));
        }
        assert_eq!(disposition(false, None, UNKNOWN), "inline");
    }

    #[test]
    fn only_harmless_types_are_named_and_shown() {
        for (mime, preview, to_save, served) in [
            ("image/png", true, false, ("image/png", false)),
            ("image/png", true, true, ("image/png", true)),
            ("image/png", false, false, (UNKNOWN, true)),
            ("video/mp4", false, false, ("video/mp4", false)),
            ("application/pdf", false, false, (UNKNOWN, true)),
            ("text/plain", false, false, (UNKNOWN, true)),
            ("image/svg+xml", false, false, (UNKNOWN, true)),
        ] {
            let media = StoredMedia {
                content: String::new(),
                mime: mime.to_owned(),
                name: None,
                preview,
            };
            assert_eq!(shown_as(&media, to_save), served, "{mime}");
        }
    }
}
