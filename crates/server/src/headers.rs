//! What a request says of itself.

use axum::http::{HeaderMap, header};

/// How many bytes the body is said to have; `None` where it is not said, or no number.
pub(crate) fn declared_length(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}
