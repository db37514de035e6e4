//! Meta's error envelope.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::rules::refusal::Refusal;

/// An error as the Graph API tells it.
#[derive(Debug, Clone)]
pub(super) struct GraphError {
    http: u16,
    code: u32,
    subcode: Option<u32>,
    kind: &'static str,
    message: String,
    details: Option<String>,
    transient: bool,
}

impl From<Refusal> for GraphError {
    fn from(refusal: Refusal) -> Self {
        Self {
            message: format!("(#{}) {}", refusal.code, refusal.title()),
            details: Some(refusal.details.clone()),
            subcode: match refusal.code {
                136_024 => Some(2_388_091),
                136_025 => Some(2_388_093),
                _ => None,
            },
            transient: refusal.code == 2,
            ..Self::new(refusal.http(), refusal.code)
        }
    }
}

impl GraphError {
    fn new(http: u16, code: u32) -> Self {
        Self {
            http,
            code,
            subcode: None,
            kind: "OAuthException",
            message: String::new(),
            details: None,
            transient: false,
        }
    }

    pub(super) fn of(code: u32) -> Self {
        Refusal::of(code).into()
    }

    pub(super) fn refused(code: u32, details: impl Into<String>) -> Self {
        Refusal::with(code, details).into()
    }

    /// Code 100 with words of its own.
    pub(super) fn parameter(message: &str) -> Self {
        Self {
            message: format!("(#100) {message}"),
            ..Self::new(400, 100)
        }
    }

    /// Code 100: a parameter is missing.
    pub(super) fn required(name: &str) -> Self {
        Self::parameter(&format!("The parameter {name} is required."))
    }

    pub(super) fn no_token() -> Self {
        Self {
            message: "(#200) An access token is required to request this resource.".to_owned(),
            ..Self::new(403, 200)
        }
    }

    pub(super) fn bad_token() -> Self {
        Self {
            message: "Invalid OAuth access token - Cannot parse access token".to_owned(),
            ..Self::new(401, 190)
        }
    }

    pub(super) fn token_revoked() -> Self {
        Self {
            message: "Error validating access token: The user has not authorized application or the session has been invalidated.".to_owned(),
            subcode: Some(460),
            ..Self::new(401, 190)
        }
    }

    pub(super) fn token_expired() -> Self {
        Self {
            message: "Error validating access token: Session has expired.".to_owned(),
            subcode: Some(463),
            ..Self::new(401, 190)
        }
    }

    /// Code 100: what should buy a token does not.
    pub(super) fn bad_code(message: &str, subcode: Option<u32>) -> Self {
        Self {
            message: message.to_owned(),
            subcode,
            ..Self::new(400, 100)
        }
    }

    pub(super) fn unknown_object(method: &Method, id: &str) -> Self {
        let method = method.as_str().to_ascii_lowercase();
        Self {
            kind: "GraphMethodException",
            subcode: Some(33),
            message: format!(
                "Unsupported {method} request. Object with ID '{id}' does not exist, cannot be loaded due to missing permissions, or does not support this operation. Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"
            ),
            ..Self::new(400, 100)
        }
    }

    /// Code 2500: what should be a version is none, so the rest cannot be found.
    pub(super) fn unknown_path(rest: &[&str]) -> Self {
        Self {
            message: format!("Unknown path components: /{}", rest.join("/")),
            ..Self::new(400, 2_500)
        }
    }

    /// Code 1: the app did not prove who it is.
    pub(super) fn bad_secret() -> Self {
        Self {
            message: "Error validating client secret.".to_owned(),
            ..Self::new(400, 1)
        }
    }

    /// Code 2200: the callback did not answer as it should.
    pub(super) fn callback(why: &str) -> Self {
        Self {
            message: format!(
                "(#2200) Callback verification failed with the following errors: {why}"
            ),
            ..Self::new(400, 2_200)
        }
    }

    pub(super) fn http(&self) -> StatusCode {
        StatusCode::from_u16(self.http).unwrap_or(StatusCode::BAD_REQUEST)
    }

    /// The value of `www-authenticate`, where the caller or the request is to blame for it.
    pub(super) fn challenge(&self) -> Option<String> {
        if self.kind != "OAuthException" || self.http >= 500 {
            return None;
        }
        let word = match self.http {
            401 => "invalid_token",
            403 => "insufficient_scope",
            _ => "invalid_request",
        };
        let message: String = self
            .message
            .chars()
            .map(|c| {
                if c == '"' || !(' '..='~').contains(&c) {
                    '?'
                } else {
                    c
                }
            })
            .collect();
        Some(format!(r#"OAuth "Facebook Platform" "{word}" "{message}""#))
    }

    pub(super) fn envelope(&self, trace_id: &str) -> Value {
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
        });
        if let Some(details) = &self.details {
            error["error_data"] = json!({"messaging_product": "whatsapp", "details": details});
        }
        if let Some(subcode) = self.subcode {
            error["error_subcode"] = json!(subcode);
        }
        if self.transient {
            error["is_transient"] = json!(true);
        }
        error["fbtrace_id"] = json!(trace_id);
        json!({"error": error})
    }
}
