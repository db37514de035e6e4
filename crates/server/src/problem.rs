//! Every error a caller sees: `application/problem+json` with a code, the field and parameters.
//!
//! The text is codes and parameters; the browser words them (DECISIONS 12). What went wrong inside is
//! logged here with its sources and never leaves. What is not yours to see is 404, not 403.

use std::borrow::Cow;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// An error as a caller sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    kind: String,
    /// A short English phrase, for people who read raw answers.
    title: &'static str,
    /// The HTTP status again.
    status: u16,
    /// What happened, for programs.
    code: &'static str,
    /// The field of the request it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    field: Option<Cow<'static, str>>,
    /// What a wording needs: limits, instants, counts.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    params: Map<String, Value>,
}

impl Problem {
    /// What a wording needs, by name.
    #[must_use]
    pub const fn params(&self) -> &Map<String, Value> {
        &self.params
    }

    /// A problem with this status, code and English phrase.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, title: &'static str) -> Self {
        Self {
            kind: format!("/problems/{code}"),
            title,
            status: status.as_u16(),
            code,
            field: None,
            params: Map::new(),
        }
    }

    /// Names the field of the request it is about.
    #[must_use]
    pub fn field(mut self, field: impl Into<Cow<'static, str>>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// Adds a parameter for its wording.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        self.params.insert(name.to_owned(), value);
        self
    }

    /// Nothing there, or nothing that is yours to see.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "Not found")
    }

    /// The request is understood and its content is not acceptable.
    #[must_use]
    pub fn invalid(field: &'static str, code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).field(field)
    }

    /// The channel was disconnected: nothing goes out over it until it is connected again.
    #[must_use]
    pub fn channel_disconnected() -> Self {
        Self::conflict("channel-disconnected", "The channel was disconnected")
    }

    /// The request does not fit what things are now.
    #[must_use]
    pub fn conflict(code: &'static str, title: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code, title)
    }

    /// Something failed inside. The caller learns nothing of it; the log does.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error, "A request failed inside");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something failed on our side",
        )
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// What happened, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Unavailable(_) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The database cannot be used now"
                );
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "storage-unavailable",
                    "The database cannot be used now",
                )
            }
            other => Self::internal(&other),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        (
            self.status(),
            [(header::CONTENT_TYPE, "application/problem+json")],
            Json(self),
        )
            .into_response()
    }
}
