//! Resumable uploads: begun at the app, continued at the session, ended by a handle.

use serde_json::{Value, json};

use super::{GraphCall, error::GraphError, onboarding::required};
use crate::{rules::uploads::BadPiece, shared::Shared};

pub(super) fn begin(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let mime_type = required(call, "file_type")?;
    let length = required(call, "file_length")?.parse().unwrap_or(0);
    let mut world = shared.world();
    let world = &mut *world;
    let session = world.uploads.begin(&mime_type, length, &mut world.rng);
    let session = session.ok_or_else(|| {
        GraphError::parameter("Param file_type or file_length is not one that can be uploaded.")
    })?;
    // Meta's sessions are signed in their query.
    Ok(json!({"id": format!("{session}?sig=ARZsandbox")}))
}

pub(super) fn take(shared: &Shared, session: &str, call: &GraphCall) -> Result<Value, GraphError> {
    let offset = call
        .file_offset
        .ok_or_else(|| GraphError::required("file_offset"))?;
    let mut world = shared.world();
    let world = &mut *world;
    let piece = call.body.len();
    let taken = world
        .uploads
        .take(session, offset, piece, &mut world.rng)
        .map_err(|bad| match bad {
            BadPiece::Unknown => call.unknown(),
            BadPiece::Offset => GraphError::parameter("Header file_offset is not the next byte."),
            BadPiece::TooLong => GraphError::parameter("The file is longer than file_length."),
        })?;
    Ok(match taken {
        Some(handle) => json!({"h": handle}),
        None => state(session, offset + piece),
    })
}

pub(super) fn read(shared: &Shared, session: &str, call: &GraphCall) -> Result<Value, GraphError> {
    let offset = shared.world().uploads.offset(session);
    Ok(state(session, offset.ok_or_else(|| call.unknown())?))
}

fn state(session: &str, offset: usize) -> Value {
    json!({"id": session, "file_offset": offset})
}
