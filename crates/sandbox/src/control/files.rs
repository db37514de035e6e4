//! Files on customers' phones: put there to be sent, and shown by the page.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{FromRequest, Path, Query, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::{
    rules::media::{File, Giver},
    shared::Shared,
};

#[derive(Deserialize)]
pub(super) struct Named {
    filename: Option<String>,
}

/// Keeps the body as a file of the type that the header names; a customer may then send it.
pub(super) async fn put(
    State(shared): State<Arc<Shared>>,
    Query(named): Query<Named>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let mime_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.contains('/'))
        .ok_or_else(|| Problem::new(415, "no-type", "The header content-type names its type"))?
        .to_owned();
    // One large body after the other; the semaphore is never closed.
    let _turn = shared.uploads.acquire().await;
    let bytes = Bytes::from_request(request, &())
        .await
        .map_err(|rejection| Problem::new(413, "too-large", rejection.body_text()))?;
    if bytes.is_empty() {
        return Err(Problem::new(422, "empty", "A file has at least one byte"));
    }
    let file = File::new(mime_type, named.filename, bytes);
    let now = shared.now();
    let mut shown = json!({
        "mime_type": file.mime_type,
        "filename": file.filename,
        "file_size": file.bytes.len(),
        "sha256": hex::encode(file.sha256),
    });
    let id = shared.world().keep(now, file, Giver::Customer);
    shown["id"] = json!(id);
    Ok((StatusCode::CREATED, Json(shown)))
}

/// The bytes of a file, in or out. Only pictures, sounds and films are shown; all else is saved.
pub(super) async fn get(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let file =
        shared.world().file(&id).cloned().ok_or_else(|| {
            Problem::not_found("No such file, or it had to give way to newer ones")
        })?;
    let shows = is_shown(&file.bare_type());
    let answer = Response::builder()
        .header(
            header::CONTENT_TYPE,
            if shows {
                &file.mime_type
            } else {
                "application/octet-stream"
            },
        )
        .header(
            header::CONTENT_DISPOSITION,
            if shows { "inline" } else { "attachment" },
        )
        .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; sandbox",
        )
        .header("cross-origin-resource-policy", "same-origin")
        .header(header::CACHE_CONTROL, "private, max-age=3600")
        .body(Body::from(file.bytes));
    Ok(answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response()))
}

fn is_shown(bare_type: &str) -> bool {
    let (kind, name) = bare_type.split_once('/').unwrap_or_default();
    match kind {
        // An SVG may hold a script.
        "image" => matches!(name, "jpeg" | "png" | "webp" | "gif"),
        "audio" | "video" => true,
        _ => false,
    }
}
