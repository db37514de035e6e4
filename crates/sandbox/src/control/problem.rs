//! Errors of the control API, as problem+json.

use axum::{
    Json,
    extract::{FromRequest, Request, rejection::JsonRejection},
    http::{StatusCode, header},
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
        match Json::<T>::from_request(request, state).await {
            Ok(Json(body)) => Ok(Self(body)),
            Err(rejection @ JsonRejection::MissingJsonContentType(_)) => {
                Err(Problem::new(415, "not-json", rejection.body_text()))
            }
            Err(rejection) => Err(Problem::new(422, "invalid", rejection.body_text())),
        }
    }
}
