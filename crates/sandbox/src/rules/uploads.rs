//! Files that are given to Meta in pieces, for a handle: pictures of profiles, examples in templates.

use std::collections::HashMap;

use rand::RngCore;

use super::ids;

const MB: usize = 1024 * 1024;
const TYPES: [&str; 5] = [
    "application/pdf",
    "image/jpeg",
    "image/jpg",
    "image/png",
    "video/mp4",
];

/// A file that is on its way, or here.
#[derive(Debug, Default)]
struct Upload {
    mime_type: String,
    length: usize,
    here: usize,
}

/// Why a piece is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadPiece {
    /// There is no such upload.
    Unknown,
    /// It does not go on where the last one ended.
    Offset,
    /// It is longer than the file was said to be.
    TooLong,
}

/// All uploads, and the handles of those that are whole.
#[derive(Debug, Default)]
pub(crate) struct Uploads {
    sessions: HashMap<String, Upload>,
    handles: HashMap<String, String>,
}

impl Uploads {
    /// Begins one; `None`: Meta takes no such file.
    pub(crate) fn begin(
        &mut self,
        mime_type: &str,
        length: usize,
        rng: &mut impl RngCore,
    ) -> Option<String> {
        if !TYPES.contains(&mime_type) || !(1..=100 * MB).contains(&length) {
            return None;
        }
        let session = format!("upload:{}", ids::hex_of(rng, 24));
        let upload = Upload {
            mime_type: mime_type.to_owned(),
            length,
            here: 0,
        };
        self.sessions.insert(session.clone(), upload);
        Some(session)
    }

    /// How many bytes of it are here.
    pub(crate) fn offset(&self, session: &str) -> Option<usize> {
        self.sessions.get(session).map(|upload| upload.here)
    }

    /// Takes the next piece; the last one gives the handle.
    pub(crate) fn take(
        &mut self,
        session: &str,
        offset: usize,
        piece: usize,
        rng: &mut impl RngCore,
    ) -> Result<Option<String>, BadPiece> {
        let upload = self.sessions.get_mut(session).ok_or(BadPiece::Unknown)?;
        if offset != upload.here {
            return Err(BadPiece::Offset);
        }
        if upload.here + piece > upload.length {
            return Err(BadPiece::TooLong);
        }
        upload.here += piece;
        if upload.here < upload.length {
            return Ok(None);
        }
        let handle = format!("4::{}", ids::hex_of(rng, 32));
        self.handles
            .insert(handle.clone(), upload.mime_type.clone());
        Ok(Some(handle))
    }

    /// Whether a handle stands for a picture.
    pub(crate) fn is_picture(&self, handle: &str) -> bool {
        let mime_type = self.handles.get(handle);
        mime_type.is_some_and(|mime_type| mime_type.starts_with("image/"))
    }
}
