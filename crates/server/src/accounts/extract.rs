//! What a request carries, refused as a problem where it cannot be read.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::problem::Problem;

/// How long a body may take to come.
const PATIENCE: Duration = Duration::from_secs(30);

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "body-not-json",
                "The body is to be application/json",
            ));
        }
        let bytes = timeout(PATIENCE, Bytes::from_request(request, state)).await;
        let bytes = bytes
            .map_err(|_| too_slow())?
            .map_err(|refused| match refused.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                status => malformed(status),
            })?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(&mut json).map_err(|error| misfit(&error))?;
        json.end().map_err(|_| malformed(StatusCode::BAD_REQUEST))?;
        Ok(Self(body))
    }
}

fn too_large() -> Problem {
    let title = "The body is too large";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", title)
}

fn too_slow() -> Problem {
    let title = "The body did not come to its end in time";
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", title)
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Why a body is none that the route takes, and which field is at fault.
fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if !error.inner().is_data() {
        return malformed(StatusCode::BAD_REQUEST);
    }
    let problem = malformed(StatusCode::UNPROCESSABLE_ENTITY);
    // The words are serde's; a test sees that they are still these.
    let why = error.inner().to_string();
    let missing = why
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(name, _)| name);
    let place = error.path().to_string();
    match (place.as_str(), missing) {
        (".", None) => problem,
        (".", Some(missing)) => problem.field(missing.to_owned()),
        (_, None) => problem.field(place),
        (_, Some(missing)) => problem.field(format!("{place}.{missing}")),
    }
}

fn malformed(status: StatusCode) -> Problem {
    Problem::new(status, "malformed-body", "The body cannot be read")
}

/// What the query asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::from_request_parts(parts, state)
            .await
            .map(|Query(asked)| Self(asked))
            .map_err(|refused| {
                let title = "The query cannot be read";
                Problem::new(refused.status(), "malformed-query", title)
            })
    }
}

/// What the path names. Something that is no id names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(named)| Self(named))
            .map_err(|_| Problem::not_found())
    }
}
