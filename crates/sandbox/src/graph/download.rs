//! Links to files, followed: they soon expire, and downloads go wrong on request.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use serde_json::json;
use tokio::time::Instant;

use super::{
    GraphCall,
    media::{DOWNLOADS, hash},
};
use crate::{
    log::{Call, Detail, Way},
    rules::faults::{self, Faults},
    shared::Shared,
};

/// A slow download comes in so many pieces.
const PIECES: usize = 20;
const MB: u64 = 1024 * 1024;
static FILLER: [u8; 64 * 1024] = [0; 64 * 1024];

/// Does this call follow a link?
pub(super) fn is_meant(call: &GraphCall) -> bool {
    call.path == DOWNLOADS
}

/// Follows a link, which is no call of the API but written down as one.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    call: &GraphCall,
    at: Timestamp,
    began: Instant,
) -> Response {
    let delay = shared.world().faults.answer_delay_ms;
    tokio::time::sleep(Duration::from_millis(delay)).await;
    let found = find(shared, call);
    let (http, what, response) = match &found {
        Ok(found) => (StatusCode::OK, found.mime_type.clone(), found.told()),
        Err(status) => (*status, String::new(), String::new()),
    };
    shared.record(Call {
        at,
        way: Way::FromCharla,
        url: call.url(&shared.url),
        kind: "GET media".to_owned(),
        detail: Detail::of(what),
        http: Some(http.as_u16()),
        took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        request: String::new().into(),
        response,
        headers: call.headers_for_the_log(),
    });
    match found {
        Ok(found) => found.into_response(),
        Err(status) => status.into_response(),
    }
}

/// The file of a link: 503 when Meta is down, 401 without a good token, 403 for a link that Meta has not made, 404 once it has expired.
fn find(shared: &Shared, call: &GraphCall) -> Result<Found, StatusCode> {
    let part = |name| call.query.get(name).map(String::as_str).unwrap_or_default();
    let (id, until) = (part("mid"), part("ext"));
    if shared.world().faults.down {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    call.authorised(shared)
        .map_err(|_| StatusCode::UNAUTHORIZED)?;
    if part("hash") != hash(shared, id, until) {
        return Err(StatusCode::FORBIDDEN);
    }
    let now = shared.now();
    let mut world = shared.world();
    if faults::take(&mut world.faults.media_500_next) {
        return Err(StatusCode::INTERNAL_SERVER_ERROR);
    }
    if faults::take(&mut world.faults.media_expired_next) || !is_good(now, until) {
        return Err(StatusCode::NOT_FOUND);
    }
    let file = world
        .media(now, id)
        .ok_or(StatusCode::NOT_FOUND)?
        .file
        .clone();
    let course = Course::take(&mut world.faults);
    Ok(Found {
        mime_type: world.told_type(&file),
        bytes: file.bytes,
        course,
    })
}

fn is_good(now: Timestamp, until: &str) -> bool {
    until
        .parse::<i64>()
        .is_ok_and(|until| now.as_second() < until)
}

/// How a download goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Course {
    takes: Duration,
    cut: bool,
    filler: u64,
}

impl Course {
    fn take(faults: &mut Faults) -> Self {
        Self {
            takes: Duration::from_millis(faults.media_slow_ms),
            cut: faults::take(&mut faults.media_cut_next),
            filler: faults.media_oversize_mb * MB,
        }
    }
}

struct Found {
    mime_type: String,
    bytes: Bytes,
    course: Course,
}

impl Found {
    /// What the log says instead of the bytes.
    fn told(&self) -> String {
        let mut told = json!({"content_type": self.mime_type, "bytes": self.bytes.len()});
        if self.course.cut {
            told["broken_off"] = json!(true);
        }
        if self.course.filler > 0 {
            told["bytes_behind_the_end"] = json!(self.course.filler);
        }
        told.to_string()
    }

    fn into_response(self) -> Response {
        let mut response = Response::builder()
            .header(header::CONTENT_TYPE, &self.mime_type)
            .header(header::CACHE_CONTROL, "private, no-store")
            .header(header::X_CONTENT_TYPE_OPTIONS, "nosniff")
            .header(header::CONTENT_DISPOSITION, "attachment");
        if self.course.filler == 0 {
            response = response.header(header::CONTENT_LENGTH, self.bytes.len());
        }
        response
            .body(self.body())
            .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }

    fn body(self) -> Body {
        let Course { takes, cut, filler } = self.course;
        if takes.is_zero() && !cut && filler == 0 {
            return Body::from(self.bytes);
        }
        let length = self.bytes.len();
        let piece = length.div_ceil(PIECES).max(1);
        let pieces = u32::try_from(length.div_ceil(piece)).unwrap_or(1);
        let end = length / if cut { 2 } else { 1 };
        let flow = Flow {
            rest: self.bytes.slice(..end),
            piece,
            pause: takes / pieces.max(1),
            cut,
            filler,
        };
        Body::from_stream(stream::unfold(flow, Flow::next))
    }
}

/// What is still to come of a download.
struct Flow {
    rest: Bytes,
    piece: usize,
    pause: Duration,
    cut: bool,
    filler: u64,
}

impl Flow {
    async fn next(mut self) -> Option<(io::Result<Bytes>, Self)> {
        if !self.rest.is_empty() {
            tokio::time::sleep(self.pause).await;
            let piece = self.rest.split_to(self.piece.min(self.rest.len()));
            return Some((Ok(piece), self));
        }
        if self.cut {
            self.cut = false;
            self.filler = 0;
            return Some((Err(io::ErrorKind::ConnectionReset.into()), self));
        }
        let length = FILLER.len() as u64;
        self.filler = self.filler.checked_sub(length)?;
        Some((Ok(Bytes::from_static(&FILLER)), self))
    }
}
