//! `GET|POST /webhooks/meta[/{app}]`.
//!
//! The one hot path of the server. Nothing of a body is read before its signature is verified; nothing
//! of it is parsed before it is journalled and answered.

use std::time::Duration;

use axum::Router;
use axum::body::BodyDataStream;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::StreamExt;
use meta::webhook::Handshake;
use store::NewEntry;
use tokio::time::timeout;

use super::pack::pack;
use super::unverified::Place;
use crate::App;
use crate::accounts::Asked;
use crate::channels::AppKeys;
use crate::headers::declared_length;
use crate::problem::Problem;

/// The app whose webhooks come to `/webhooks/meta` without a name.
const DEFAULT_APP: &str = "default";
/// Meta's bodies reach 3 MB (DECISIONS 23).
const LARGEST_BODY: usize = 4 << 20;
/// How long a body may take to come; Meta's own patience is about that.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
/// How much of a refused body is taken in, and for how long, so that its sender hears of the refusal.
const MOST_DRAINED: usize = 16 << 20;
const DRAINING: Duration = Duration::from_secs(5);

/// The webhook routes. They take no cookie and need no Origin: the signature is the key.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks/meta", get(verify_default).post(receive_default))
        .route("/webhooks/meta/{app}", get(verify).post(receive))
}

async fn verify_default(state: State<App>, query: Asked<Handshake>) -> Result<String, Problem> {
    verify(state, Path(DEFAULT_APP.to_owned()), query).await
}

async fn verify(
    State(app): State<App>,
    Path(name): Path<String>,
    Asked(handshake): Asked<Handshake>,
) -> Result<String, Problem> {
    let keys = app.channels.app(&app, &name).await;
    keys.and_then(|keys| handshake.answer(&keys.verify_token))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::FORBIDDEN,
                "verify-token-wrong",
                "The verify token is wrong",
            )
        })
}

async fn receive_default(state: State<App>, request: Request) -> Response {
    receive(state, Path(DEFAULT_APP.to_owned()), request).await
}

async fn receive(State(app): State<App>, Path(name): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut body = body.into_data_stream();
    match take(&app, name, &parts.headers, &mut body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(problem) => {
            app.metrics.webhooks_refused.add(1);
            if problem.status() != StatusCode::UNAUTHORIZED {
                drain(body).await;
            }
            problem.into_response()
        }
    }
}

async fn take(
    app: &App,
    name: String,
    headers: &HeaderMap,
    body: &mut BodyDataStream,
) -> Result<(), Problem> {
    let signature = only_signature(headers).ok_or_else(unsigned)?;
    let length = declared_length(headers).unwrap_or(0);
    if length > LARGEST_BODY as u64 {
        return Err(too_large());
    }
    let keys = app.channels.app(app, &name).await.ok_or_else(unsigned)?;
    let mut place = app.unverified.place();
    let body = timeout(BODY_TIMEOUT, read(body, &mut place))
        .await
        .map_err(|_| too_slow())??;
    if !verified(app, &name, &keys, &body, signature).await {
        return Err(unsigned());
    }
    drop(place);
    let body = pack(&body).map_err(|e| Problem::internal(&e))?;
    let entry = NewEntry {
        received_at: app.clock.system_now(),
        app: name,
        body,
    };
    app.journal
        .append(entry)
        .await
        .map_err(|_| not_journalled())?;
    app.metrics.webhooks_accepted.add(1);
    Ok(())
}

/// The secret may have been replaced by the command line a moment ago: a mismatch is looked at again
/// with what the database holds now.
async fn verified(app: &App, name: &str, keys: &AppKeys, body: &[u8], signature: &str) -> bool {
    if meta::signature::verify(&keys.secret, body, Some(signature)) {
        return true;
    }
    match app.channels.app_anew(app, name).await {
        Some(fresh) if fresh.secret != keys.secret => {
            meta::signature::verify(&fresh.secret, body, Some(signature))
        }
        _ => false,
    }
}

/// The signature, if there is exactly one.
fn only_signature(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(meta::signature::HEADER).iter();
    let one = all.next()?;
    all.next().is_none().then(|| one.to_str().ok()).flatten()
}

async fn read(body: &mut BodyDataStream, place: &mut Place<'_>) -> Result<Vec<u8>, Problem> {
    let mut read = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|_| cut_off())?;
        let length = read.len() + piece.len();
        if length > LARGEST_BODY {
            return Err(too_large());
        }
        place.grow(length).ok_or_else(crowded)?;
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// Takes in what is still coming: whoever is refused hears so only after having said it all.
async fn drain(mut body: BodyDataStream) {
    let to_its_end = async {
        let mut drained = 0;
        while let Some(Ok(piece)) = body.next().await {
            drained += piece.len();
            if drained > MOST_DRAINED {
                return;
            }
        }
    };
    let _ = timeout(DRAINING, to_its_end).await;
}

fn unsigned() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "signature-wrong",
        "The signature is missing or wrong",
    )
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body-too-large",
        "The body is larger than any webhook",
    )
}

fn cut_off() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "body-cut-off",
        "The body ended too early",
    )
}

fn too_slow() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        "body-too-slow",
        "The body did not come in time",
    )
}

fn crowded() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "too-many-large-bodies",
        "Too many large bodies are coming at once, send it again",
    )
}

fn not_journalled() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "journal-unavailable",
        "The webhook could not be written down, send it again",
    )
}
