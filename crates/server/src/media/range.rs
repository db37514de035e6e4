//! A part of a file: what players ask for when somebody jumps to a place.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The file ends before the part begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotThere;

/// The bytes that are asked for; `None`: all of them. Several parts at once, and what is no range, get all.
pub(super) fn asked(headers: &HeaderMap, size: u64) -> Result<Option<Range<u64>>, NotThere> {
    let Some(spec) = headers
        .get(header::RANGE)
        .and_then(|value| value.to_str().ok()?.strip_prefix("bytes="))
        .filter(|spec| !spec.contains(','))
    else {
        return Ok(None);
    };
    let Some((first, last)) = spec.trim().split_once('-') else {
        return Ok(None);
    };
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if last >= first => first..size.min(last.saturating_add(1)),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(tail)) if first.is_empty() => size.saturating_sub(tail)..size,
        _ => return Ok(None),
    };
    if range.is_empty() {
        return Err(NotThere);
    }
    Ok(Some(range))
}

/// The answer where nothing can be given.
pub(super) fn not_there(size: u64) -> Response {
    let whole = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
    (StatusCode::RANGE_NOT_SATISFIABLE, whole).into_response()
}

/// Says which part the answer holds.
pub(super) fn head(answer: &mut Response, range: Option<&Range<u64>>, size: u64) {
    let length = range.map_or(size, |r| r.end - r.start);
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(Range { start, end }) = range
        && let Ok(said) = HeaderValue::from_str(&format!("bytes {start}-{}/{size}", end - 1))
    {
        headers.insert(header::CONTENT_RANGE, said);
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_rfc_9110_says() {
        for (value, range) in [
            ("bytes=0-", Ok(Some(0..10))),
            ("bytes=2-4", Ok(Some(2..5))),
            ("bytes=2-400", Ok(Some(2..10))),
            ("bytes=-3", Ok(Some(7..10))),
            ("bytes=-300", Ok(Some(0..10))),
            ("bytes=10-", Err(NotThere)),
            ("bytes=-0", Err(NotThere)),
            (
                "bytes=18446744073709551615-18446744073709551615",
                Err(NotThere),
            ),
            ("bytes=4-2", Ok(None)),
            ("bytes=0-1,3-4", Ok(None)),
            ("bytes=x-y", Ok(None)),
            ("bytes=", Ok(None)),
            ("items=0-1", Ok(None)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, HeaderValue::from_str(value).unwrap());
            assert_eq!(asked(&headers, 10), range, "{value}");
        }
        assert_eq!(asked(&HeaderMap::new(), 10), Ok(None));
    }
}
