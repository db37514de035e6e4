//! Files: what Meta takes, how long it keeps them, and what it finds wrong with them.
//!
//! Bytes are kept in memory up to a bound; the oldest give way.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{World, faults, ids, refusal::Refusal};

/// An id that the business got for a file of its own.
const UPLOADED: SignedDuration = SignedDuration::from_hours(30 * 24);
/// An id that came in a webhook.
const RECEIVED: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A link is not fetched again within this time.
const CACHED: SignedDuration = SignedDuration::from_mins(10);
/// All files together.
const KEPT_BYTES: usize = 256 * MB;
const MB: usize = 1024 * 1024;
const KB: usize = 1024;

/// The largest file that is taken from anybody; what a customer sends beyond it is told as 131052.
pub(crate) const MOST: usize = 100 * MB;

/// A file as it was given.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Its type, with parameters if it came with some.
    pub(crate) mime_type: String,
    /// Its name, if it came with one.
    pub(crate) filename: Option<String>,
    /// What is in it.
    pub(crate) bytes: Bytes,
    /// SHA-256 of the bytes; taken once, as they may be many.
    pub(crate) sha256: [u8; 32],
}

impl File {
    /// A file with these bytes.
    #[must_use]
    pub(crate) fn new(mime_type: String, filename: Option<String>, bytes: Bytes) -> Self {
        Self {
            mime_type,
            filename,
            sha256: Sha256::digest(&bytes).into(),
            bytes,
        }
    }

    /// The type without parameters, in lower case.
    #[must_use]
    pub(crate) fn bare_type(&self) -> String {
        bare(&self.mime_type)
    }
}

/// The type without parameters, in lower case.
#[must_use]
pub(crate) fn bare(mime_type: &str) -> String {
    let bare = mime_type.split(';').next().unwrap_or_default();
    bare.trim().to_ascii_lowercase()
}

/// Who gave a file to Meta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Giver {
    /// One of the business's numbers, by its place in the list.
    Business(usize),
    /// A customer.
    Customer,
    /// The business, by a link: such a file has no id for it.
    Link,
}

/// A file under its id.
#[derive(Debug, Clone)]
pub(crate) struct Media {
    /// The file.
    pub(crate) file: File,
    /// Who gave it.
    pub(crate) giver: Giver,
    at: Timestamp,
    deleted: bool,
}

impl Media {
    /// Does Meta still know the id? A phone keeps what it got all the same.
    fn is_known(&self, now: Timestamp) -> bool {
        let lives = match self.giver {
            Giver::Business(_) => UPLOADED,
            Giver::Customer => RECEIVED,
            Giver::Link => return false,
        };
        !self.deleted && now < self.at + lives
    }
}

/// All files, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    media: HashMap<String, Media>,
    order: VecDeque<String>,
    bytes: usize,
    /// The files behind links, and when they were fetched.
    links: HashMap<String, (String, Timestamp)>,
}

impl Shelf {
    fn put(&mut self, id: String, media: Media) {
        self.bytes += media.file.bytes.len();
        self.order.push_back(id.clone());
        self.media.insert(id, media);
        while self.bytes > KEPT_BYTES {
            let Some(oldest) = self.order.pop_front() else {
                break;
            };
            let gone = self.media.remove(&oldest);
            self.bytes -= gone.map_or(0, |media| media.file.bytes.len());
        }
    }
}

/// The kinds of message that carry a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaKind {
    /// Music or a voice note.
    Audio,
    /// Anything with a name.
    Document,
    /// A photo.
    Image,
    /// A small picture without a bubble.
    Sticker,
    /// A film.
    Video,
}

const DOCUMENTS: [&str; 8] = [
    "application/vnd.ms-powerpoint",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/pdf",
    "text/plain",
    "application/vnd.ms-excel",
];

impl MediaKind {
    const ALL: [Self; 5] = [
        Self::Audio,
        Self::Document,
        Self::Image,
        Self::Sticker,
        Self::Video,
    ];

    /// The kind of a message type, if that carries a file.
    #[must_use]
    pub(crate) fn of_message(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The kind that files of a type are uploaded for.
    fn of_type(bare_type: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.types().contains(&bare_type))
    }

    /// The message type.
    #[must_use]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Document => "document",
            Self::Image => "image",
            Self::Sticker => "sticker",
            Self::Video => "video",
        }
    }

    fn types(self) -> &'static [&'static str] {
        match self {
            Self::Audio => &[
                "audio/aac",
                "audio/mp4",
                "audio/mpeg",
                "audio/amr",
                "audio/ogg",
            ],
            Self::Document => &DOCUMENTS,
            Self::Image => &["image/jpeg", "image/png"],
            Self::Sticker => &["image/webp"],
            Self::Video => &["video/mp4", "video/3gpp"],
        }
    }

    fn most_bytes(self, bytes: &[u8]) -> usize {
        match self {
            Self::Audio | Self::Video => 16 * MB,
            Self::Document => 100 * MB,
            Self::Image => 5 * MB,
            Self::Sticker if is_animated(bytes) => 500 * KB,
            Self::Sticker => 100 * KB,
        }
    }
    /// Why a file cannot be sent as this kind; the details of a 131053.
    #[must_use]
    pub(crate) fn problem(self, file: &File, voice: bool) -> Option<String> {
        let mime_type = file.bare_type();
        // Whatever can be uploaded can be sent as a document.
        let allowed = match self {
            Self::Document => MediaKind::of_type(&mime_type).is_some(),
            kind => kind.types().contains(&mime_type.as_str()),
        };
        if !allowed || voice && mime_type != "audio/ogg" {
            return Some(format!(
                "Media file of type {mime_type} cannot be sent as {}.",
                if voice {
                    "a voice message"
                } else {
                    self.word()
                }
            ));
        }
        let most = self.most_bytes(&file.bytes);
        if file.bytes.len() > most {
            return Some(too_big(self, file.bytes.len(), most));
        }
        (!is_what_it_says(&mime_type, &file.bytes))
            .then(|| format!("Media file could not be processed: its content is not {mime_type}."))
    }
}

fn too_big(kind: MediaKind, length: usize, most: usize) -> String {
    format!(
        "Media file size too big: {length} bytes. Max size of {} we currently support: {most} bytes.",
        kind.word()
    )
}

/// What Meta says of a type it does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadUpload {
    /// No file of this type is taken.
    Type,
    /// All else.
    Refused(Refusal),
}

/// Every type that can be uploaded, with commas.
#[must_use]
pub(crate) fn uploadable() -> String {
    let types = MediaKind::ALL.iter().flat_map(|kind| kind.types());
    types.copied().collect::<Vec<_>>().join(", ")
}

impl World {
    /// The business uploads a file from one of its numbers, and gets an id for it.
    pub(crate) fn upload(
        &mut self,
        now: Timestamp,
        number: usize,
        file: File,
    ) -> Result<String, BadUpload> {
        let kind = MediaKind::of_type(&file.bare_type()).ok_or(BadUpload::Type)?;
        if faults::take(&mut self.faults.media_refuse_next) {
            return Err(BadUpload::Refused(Refusal::of(131_053)));
        }
        let (length, most) = (file.bytes.len(), kind.most_bytes(&file.bytes));
        if length == 0 {
            let empty = Refusal::with(131_053, "Media file is empty.");
            return Err(BadUpload::Refused(empty));
        }
        if length > most {
            let details = too_big(kind, length, most);
            return Err(BadUpload::Refused(Refusal::with(131_053, details)));
        }
        Ok(self.keep(now, file, Giver::Business(number)))
    }

    /// The type that is told of a file.
    #[must_use]
    pub(crate) fn told_type(&self, file: &File) -> String {
        match file.bare_type().as_str() {
            "image/png" if self.faults.media_wrong_type => "image/jpeg".to_owned(),
            _ if self.faults.media_wrong_type => "image/png".to_owned(),
            _ => file.mime_type.clone(),
        }
    }

    /// The hash that is told of a file.
    #[must_use]
    pub(crate) fn told_sha256(&self, file: &File) -> [u8; 32] {
        if self.faults.media_wrong_sha256 {
            return Sha256::digest(file.sha256).into();
        }
        file.sha256
    }

    /// Keeps a file under a new id.
    pub(crate) fn keep(&mut self, at: Timestamp, file: File, giver: Giver) -> String {
        let id = ids::digits(&mut self.rng, 16);
        let media = Media {
            file,
            giver,
            at,
            deleted: false,
        };
        self.shelf.put(id.clone(), media);
        id
    }

    /// A file that Meta still knows.
    #[must_use]
    pub(crate) fn media(&self, now: Timestamp, id: &str) -> Option<&Media> {
        self.shelf.media.get(id).filter(|media| media.is_known(now))
    }

    /// A file as long as its bytes are here, whatever Meta says of its id.
    #[must_use]
    pub(crate) fn file(&self, id: &str) -> Option<&File> {
        self.shelf.media.get(id).map(|media| &media.file)
    }

    /// Keeps a file that was fetched from a link.
    pub(crate) fn keep_link(&mut self, now: Timestamp, link: &str, file: File) -> String {
        let id = self.keep(now, file, Giver::Link);
        let fresh = |fetched: Timestamp| now < fetched + CACHED;
        self.shelf.links.retain(|_, (_, fetched)| fresh(*fetched));
        self.shelf.links.insert(link.to_owned(), (id.clone(), now));
        id
    }

    /// The file behind a link that was fetched within ten minutes.
    #[must_use]
    pub(crate) fn cached(&self, now: Timestamp, link: &str) -> Option<String> {
        let (id, fetched) = self.shelf.links.get(link)?;
        let here = now < *fetched + CACHED && self.file(id).is_some();
        here.then(|| id.clone())
    }

    /// Meta forgets an id.
    pub(crate) fn delete_media(&mut self, id: &str) {
        if let Some(media) = self.shelf.media.get_mut(id) {
            media.deleted = true;
        }
    }
}

/// Do the first bytes belong to a file of this type? True for types that have no mark.
fn is_what_it_says(mime_type: &str, bytes: &[u8]) -> bool {
    match mime_type {
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/png" => is_plain_png(bytes),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        "audio/ogg" => is_mono_opus(bytes),
        "audio/amr" => bytes.starts_with(b"#!AMR"),
        "audio/mp4" | "video/mp4" | "video/3gpp" => bytes.get(4..8) == Some(b"ftyp"),
        "application/pdf" => bytes.starts_with(b"%PDF-"),
        _ => true,
    }
}

/// 8 bits, RGB or RGBA: other pictures do not show.
fn is_plain_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        && bytes.get(12..16) == Some(b"IHDR")
        && bytes.get(24) == Some(&8)
        && matches!(bytes.get(25), Some(2 | 6))
}

/// An Ogg page that begins an Opus stream of one channel.
fn is_mono_opus(bytes: &[u8]) -> bool {
    let head = memchr::memmem::find(&bytes[..bytes.len().min(512)], b"OpusHead");
    bytes.starts_with(b"OggS") && head.is_some_and(|at| bytes.get(at + 9) == Some(&1))
}

/// Does an extended WebP carry the mark of an animation?
#[must_use]
pub(crate) fn is_animated(bytes: &[u8]) -> bool {
    bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(mime_type: &str, bytes: &[u8]) -> File {
        File::new(mime_type.to_owned(), None, Bytes::copy_from_slice(bytes))
    }

    fn png(depth: u8, colour: u8) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01".to_vec();
        bytes.extend([depth, colour]);
        bytes
    }

    fn opus(channels: u8) -> Vec<u8> {
        let mut bytes = b"OggS".to_vec();
        bytes.resize(28, 0);
        bytes.extend(b"OpusHead\x01");
        bytes.push(channels);
        bytes
    }

    #[test]
    fn a_file_is_sent_as_what_its_bytes_say() {
        let webp = b"RIFF\0\0\0\0WEBPVP8 ".to_vec();
        for (case, kind, voice, mime_type, bytes, fits) in [
            (
                "jpeg",
                MediaKind::Image,
                false,
                "image/jpeg",
                b"\xff\xd8\xff\xe0".to_vec(),
                true,
            ),
            (
                "a name only",
                MediaKind::Image,
                false,
                "image/jpeg",
                b"<svg>".to_vec(),
                false,
            ),
            ("png", MediaKind::Image, false, "image/png", png(8, 6), true),
            (
                "png of 16 bits",
                MediaKind::Image,
                false,
                "image/png",
                png(16, 6),
                false,
            ),
            (
                "png with a palette",
                MediaKind::Image,
                false,
                "image/png",
                png(8, 3),
                false,
            ),
            (
                "webp as photo",
                MediaKind::Image,
                false,
                "image/webp",
                webp.clone(),
                false,
            ),
            ("webp", MediaKind::Sticker, false, "image/webp", webp, true),
            (
                "voice",
                MediaKind::Audio,
                true,
                "audio/ogg; codecs=opus",
                opus(1),
                true,
            ),
            (
                "stereo",
                MediaKind::Audio,
                true,
                "audio/ogg",
                opus(2),
                false,
            ),
            (
                "mp3 as voice",
                MediaKind::Audio,
                true,
                "audio/mpeg",
                vec![0],
                false,
            ),
            ("mp3", MediaKind::Audio, false, "audio/mpeg", vec![0], true),
            (
                "a photo as document",
                MediaKind::Document,
                false,
                "image/jpeg",
                b"\xff\xd8\xff".to_vec(),
                true,
            ),
            (
                "a page as document",
                MediaKind::Document,
                false,
                "text/html",
                vec![0],
                false,
            ),
            (
                "pdf",
                MediaKind::Document,
                false,
                "Application/PDF",
                b"%PDF-1.7".to_vec(),
                true,
            ),
        ] {
            let problem = kind.problem(&file(mime_type, &bytes), voice);
            assert_eq!(problem.is_none(), fits, "{case}: {problem:?}");
        }
    }

    #[test]
    fn each_kind_has_its_size() {
        let webp = |flags| {
            let mut bytes = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0".to_vec();
            bytes.push(flags);
            bytes
        };
        for (mime_type, head, most) in [
            ("image/jpeg", b"\xff\xd8\xff".to_vec(), 5 * MB),
            ("audio/mpeg", vec![], 16 * MB),
            ("video/mp4", b"\0\0\0\0ftyp".to_vec(), 16 * MB),
            ("image/webp", webp(0), 100 * KB),
            ("image/webp", webp(2), 500 * KB),
        ] {
            let kind = MediaKind::of_type(mime_type).unwrap();
            for (length, fits) in [(most, true), (most + 1, false)] {
                let mut bytes = head.clone();
                bytes.resize(length, 0);
                assert_eq!(length <= kind.most_bytes(&bytes), fits, "{mime_type}");
            }
        }
    }

    #[test]
    fn the_oldest_files_give_way() {
        let at = Timestamp::from_second(1_795_000_000).unwrap();
        let mut shelf = Shelf::default();
        let big = Bytes::from(vec![0; 60 * MB]);
        for id in ["1", "2", "3", "4", "5"] {
            let file = File {
                bytes: big.clone(),
                ..file("text/plain", b"")
            };
            let media = Media {
                file,
                giver: Giver::Customer,
                at,
                deleted: false,
            };
            shelf.put(id.to_owned(), media);
        }
        assert_eq!(shelf.order, ["2", "3", "4", "5"]);
        assert_eq!((shelf.media.len(), shelf.bytes), (4, 240 * MB));
    }
}
