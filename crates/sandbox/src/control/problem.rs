//! Errors of the control API, as problem+json.

use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::QueryRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::de::DeserializeOwned;
use serde_json::json;

/// Why a call was not done.
#[derive(Debug)]
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    title: String,
    field: Option<String>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str, title: impl Into<String>) -> Self {
        Self {
            status,
            code,
            title: title.into(),
            field: None,
        }
    }

    pub(super) fn not_found(title: impl Into<String>) -> Self {
        Self::new(404, "not-found", title)
    }

    /// A value that cannot be taken.
    pub(super) fn field(field: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(422, "invalid", title)
        }
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(422, "invalid", rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("/problems/{}", self.code),
            "title": self.title,
            "status": self.status,
            "code": self.code,
        });
        if let Some(field) = self.field {
            body["field"] = json!(field);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let kind = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, kind, body.to_string()).into_response()
    }
}

/// A JSON body; what is wrong with it becomes a problem.
pub(super) struct Input<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Input<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            let title = "The header content-type says that it is not JSON";
            return Err(Problem::new(415, "not-json", title));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| Problem::new(413, "too-large", rejection.body_text()))?;
        let mut json = serde_json::Deserializer::from_slice(&body);
        let input = serde_path_to_error::deserialize(&mut json).map_err(|error| misfit(&error))?;
        json.end()
            .map_err(|error| Problem::new(400, "not-json", error.to_string()))?;
        Ok(Self(input))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"))
}

/// Why a body is none of ours, and where.
fn misfit(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let title = error.inner().to_string();
    if !error.inner().is_data() {
        return Problem::new(400, "not-json", title);
    }
    let missing = title
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(name, _)| name.to_owned());
    let place = Some(error.path().to_string()).filter(|path| path != ".");
    Problem {
        field: missing.or(place),
        ..Problem::new(422, "invalid", title)
    }
}
