//! Files of messages: what kind they are, and what a channel takes.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::ChannelKind;
use crate::message::MessageKind;

/// What a file is to the person who gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// Music, or a recording that is no voice note.
    Audio,
    /// A voice note.
    Voice,
    /// A file to open or keep.
    Document,
    /// A picture without a frame.
    Sticker,
}

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Voice,
        Self::Document,
        Self::Sticker,
    ];

    /// The kind of message that carries such a file.
    #[must_use]
    pub const fn message(self) -> MessageKind {
        match self {
            Self::Image => MessageKind::Image,
            Self::Video => MessageKind::Video,
            Self::Audio => MessageKind::Audio,
            Self::Voice => MessageKind::Voice,
            Self::Document => MessageKind::Document,
            Self::Sticker => MessageKind::Sticker,
        }
    }

    /// The kind of file that such a message carries, if it does.
    #[must_use]
    pub fn of(message: MessageKind) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.message() == message)
    }

    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.message().as_str()
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether words may go with it in one message (`whatsapp-cloud-api.md` 2.2).
    #[must_use]
    pub const fn takes_caption(self) -> bool {
        matches!(self, Self::Image | Self::Video | Self::Document)
    }
}

/// The longest caption in characters (`whatsapp-cloud-api.md` 2.2).
pub const MAX_CAPTION: usize = 1_024;

/// The largest file that anybody sends us, in bytes: Meta delivers no larger one.
pub const MAX_FILE: u64 = 100 * MEBI;

/// What waits unsent in the drafts of one agent. It is bounded, so that nobody fills the disk by preparing what never
/// goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Unsent {
    /// How many files.
    pub files: i64,
    /// Their bytes.
    pub bytes: i64,
}

impl Unsent {
    /// As much as may wait: ten of the largest files, or a hundred.
    pub const MAX: Self = Self {
        files: 100,
        bytes: 10 * 100 * (1 << 20),
    };

    /// Whether one more file of this size may wait beside them.
    #[must_use]
    pub const fn has_room_for(self, size: i64) -> bool {
        self.files < Self::MAX.files && self.bytes.saturating_add(size) <= Self::MAX.bytes
    }
}

const MEBI: u64 = 1 << 20;
const KIBI: u64 = 1 << 10;

/// Why a file cannot go over a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// There is nothing in it.
    Empty,
    /// The channel takes no such type, or not as that.
    Type,
    /// It is larger than the channel takes.
    TooLarge {
        /// In bytes.
        max: u64,
    },
}

/// What a channel takes of a kind, and up to how many bytes. Channels that send no files yet take none.
const fn limits(channel: ChannelKind, kind: MediaKind) -> (&'static [&'static str], u64) {
    match channel {
        ChannelKind::WhatsApp => whatsapp(kind),
        ChannelKind::Messenger | ChannelKind::Instagram | ChannelKind::WebChat => (&[], 0),
    }
}

/// `whatsapp-cloud-api.md` 3.
const fn whatsapp(kind: MediaKind) -> (&'static [&'static str], u64) {
    match kind {
        MediaKind::Image => (&["image/jpeg", "image/png"], 5 * MEBI),
        MediaKind::Video => (&["video/mp4", "video/3gpp"], 16 * MEBI),
        MediaKind::Audio => (
            &[
                "audio/mpeg",
                "audio/mp4",
                "audio/ogg",
                "audio/aac",
                "audio/amr",
            ],
            16 * MEBI,
        ),
        MediaKind::Voice => (&["audio/ogg"], 16 * MEBI),
        MediaKind::Document => (
            &[
                "application/pdf",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                "text/plain",
            ],
            100 * MEBI,
        ),
        MediaKind::Sticker => (&["image/webp"], 500 * KIBI),
    }
}

/// A sticker that does not move may be no larger, in bytes (`whatsapp-cloud-api.md` 3).
const STILL_STICKER: u64 = 100 * KIBI;

/// What the bytes of a file show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shows<'a> {
    /// The type.
    pub mime: &'a str,
    /// In bytes.
    pub size: u64,
    /// Of a picture: whether it moves.
    pub moves: bool,
}

/// What a channel takes of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Limit {
    /// The kind.
    pub kind: MediaKind,
    /// The MIME types, the usual ones first.
    pub types: Vec<&'static str>,
    /// The largest file, in bytes.
    pub max: u64,
}

/// What a channel takes, kind by kind.
#[must_use]
pub fn limits_of(channel: ChannelKind) -> Vec<Limit> {
    let limit = |kind| {
        let (types, max) = limits(channel, kind);
        let types = types.to_vec();
        Limit { kind, types, max }
    };
    let all = MediaKind::ALL.into_iter().map(limit);
    all.filter(|limit| !limit.types.is_empty()).collect()
}

/// Every type that a channel takes as some kind.
#[must_use]
pub fn types_taken(channel: ChannelKind) -> Vec<&'static str> {
    let kinds = [
        MediaKind::Image,
        MediaKind::Document,
        MediaKind::Video,
        MediaKind::Audio,
    ];
    kinds
        .into_iter()
        .flat_map(|kind| limits(channel, kind).0)
        .copied()
        .collect()
}

/// As what a file of this type goes over a channel; `None` if the channel takes none of it.
#[must_use]
pub fn kind_for(channel: ChannelKind, mime: &str) -> Option<MediaKind> {
    let kinds = [
        MediaKind::Image,
        MediaKind::Video,
        MediaKind::Audio,
        MediaKind::Document,
        MediaKind::Sticker,
    ];
    kinds
        .into_iter()
        .find(|&kind| limits(channel, kind).0.contains(&mime))
}

/// Whether a channel takes a file as this kind.
///
/// # Errors
/// Why it does not, with the limit.
pub fn fits(channel: ChannelKind, kind: MediaKind, file: Shows<'_>) -> Result<(), Unfit> {
    let (takes, largest) = limits(channel, kind);
    let max = match kind {
        MediaKind::Sticker if !file.moves => largest.min(STILL_STICKER),
        _ => largest,
    };
    match file.size {
        0 => Err(Unfit::Empty),
        _ if !takes.contains(&file.mime) => Err(Unfit::Type),
        size if size > max => Err(Unfit::TooLarge { max }),
        _ => Ok(()),
    }
}

/// Whether a browser may be shown a file of this type inside a page. No type that can carry a program is
/// among them: those are only ever saved.
#[must_use]
pub fn can_be_shown(mime: &str) -> bool {
    matches!(
        mime,
        "image/jpeg"
            | "image/png"
            | "image/gif"
            | "image/webp"
            | "video/mp4"
            | "video/3gpp"
            | "video/webm"
            | "audio/mpeg"
            | "audio/mp4"
            | "audio/ogg"
            | "audio/aac"
            | "audio/amr"
            | "audio/wav"
            | "audio/webm"
    )
}

/// What the name of a file of this type ends in, for the usual ones.
#[must_use]
pub fn ending_of(mime: &str) -> Option<&'static str> {
    Some(match mime {
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "image/gif" => "gif",
        "image/webp" => "webp",
        "video/mp4" => "mp4",
        "video/3gpp" => "3gp",
        "audio/mpeg" => "mp3",
        "audio/mp4" => "m4a",
        "audio/ogg" => "ogg",
        "audio/aac" => "aac",
        "audio/amr" => "amr",
        "application/pdf" => "pdf",
        "image/heif" => "heic",
        "image/tiff" => "tiff",
        "image/bmp" => "bmp",
        // Saved so, a page is read and not run.
        "text/plain" | "text/html" => "txt",
        _ => return None,
    })
}

/// Whether a file's name ends as those of another type do. An ending that says nothing contradicts nothing.
#[must_use]
pub fn contradicts(name: &str, mime: &str) -> bool {
    let Some((_, ending)) = name.rsplit_once('.') else {
        return false;
    };
    let types: &[&str] = match ending.to_lowercase().as_str() {
        "jpg" | "jpeg" => &["image/jpeg"],
        "png" => &["image/png"],
        "gif" => &["image/gif"],
        "webp" => &["image/webp"],
        "pdf" => &["application/pdf"],
        "mp3" => &["audio/mpeg"],
        "ogg" | "oga" | "opus" => &["audio/ogg"],
        "amr" => &["audio/amr"],
        "aac" => &["audio/aac"],
        // One format, told apart by what is in it.
        "mp4" | "m4a" | "m4v" | "3gp" => &["video/mp4", "audio/mp4", "video/3gpp"],
        "txt" | "csv" | "log" | "md" => &["text/plain"],
        "exe" | "bat" | "cmd" | "js" | "vbs" | "scr" | "html" | "htm" | "svg" | "apk" => &[],
        "docx" | "xlsx" | "pptx" => {
            return !mime.starts_with("application/vnd.openxmlformats-officedocument.");
        }
        _ => return false,
    };
    !types.contains(&mime)
}

/// The longest name of a file, in characters.
const LONGEST_NAME: usize = 120;

/// A file's name as it may be shown and saved: the last part of a path, without what cannot be seen and what turns
/// the writing around, shortened before its ending. `None` if nothing is left.
#[must_use]
pub fn clean_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|&c| !is_hidden(c)).collect();
    let seen = seen.trim().trim_start_matches('.');
    if seen.is_empty() {
        return None;
    }
    let (stem, ending) = match seen.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 10 => (stem, format!(".{ending}")),
        _ => (seen, String::new()),
    };
    let room = LONGEST_NAME - ending.chars().count();
    let stem: String = stem.chars().take(room).collect();
    Some(format!("{stem}{ending}"))
}

fn is_hidden(c: char) -> bool {
    let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_names_a_file_and_nothing_else() {
        let long = "x".repeat(300);
        for (name, clean) in [
            ("factura.pdf", Some("factura.pdf".to_owned())),
            ("../../etc/passwd", Some("passwd".to_owned())),
            ("C:\\Windows\\a.exe", Some("a.exe".to_owned())),
            ("fac\u{202e}gnp.exe", Some("facgnp.exe".to_owned())),
            ("a\r\nb\u{1b}.txt", Some("ab.txt".to_owned())),
            (
                &format!("{long}.pdf"),
                Some(format!("{}.pdf", &long[..116])),
            ),
            (&long, Some(long[..120].to_owned())),
            (".bashrc", Some("bashrc".to_owned())),
            ("..", None),
            ("   ", None),
            ("", None),
        ] {
            assert_eq!(clean_name(name), clean, "{name}");
        }
    }

    #[test]
    fn every_kind_reads_back() {
        for kind in MediaKind::ALL {
            assert_eq!(MediaKind::parse(kind.as_str()), Some(kind));
            assert_eq!(MediaKind::of(kind.message()), Some(kind));
        }
        assert_eq!(MediaKind::parse("text"), None);
        assert_eq!(MediaKind::of(MessageKind::Location), None);
    }

    #[test]
    fn whatsapp_takes_what_its_table_says_up_to_the_last_byte() {
        for (kind, mime, moves, max) in [
            (MediaKind::Image, "image/jpeg", false, 5 << 20),
            (MediaKind::Video, "video/mp4", false, 16 << 20),
            (MediaKind::Audio, "audio/mp4", false, 16 << 20),
            (MediaKind::Voice, "audio/ogg", false, 16 << 20),
            (MediaKind::Document, "application/pdf", false, 100 << 20),
            (MediaKind::Sticker, "image/webp", false, 100 << 10),
            (MediaKind::Sticker, "image/webp", true, 500 << 10),
        ] {
            let ask = |size| fits(ChannelKind::WhatsApp, kind, Shows { mime, size, moves });
            assert_eq!(ask(0), Err(Unfit::Empty), "{kind:?}");
            assert_eq!(ask(1), Ok(()), "{kind:?}");
            assert_eq!(ask(max), Ok(()), "{kind:?}");
            assert_eq!(ask(max + 1), Err(Unfit::TooLarge { max }), "{kind:?}");
        }
    }

    #[test]
    fn a_type_goes_out_as_the_kind_that_takes_it() {
        for (mime, kind) in [
            ("image/png", Some(MediaKind::Image)),
            ("image/webp", Some(MediaKind::Sticker)),
            ("video/3gpp", Some(MediaKind::Video)),
            ("audio/ogg", Some(MediaKind::Audio)),
            ("application/pdf", Some(MediaKind::Document)),
            ("text/plain", Some(MediaKind::Document)),
            ("image/gif", None),
            ("text/html", None),
            ("image/svg+xml", None),
            ("application/zip", None),
        ] {
            assert_eq!(kind_for(ChannelKind::WhatsApp, mime), kind, "{mime}");
        }
    }

    #[test]
    fn a_name_contradicts_the_bytes_if_it_ends_as_another_type_does() {
        for (name, mime, contradicts_it) in [
            ("a.jpg", "image/jpeg", false),
            ("a.JPEG", "image/jpeg", false),
            ("a.jpg", "application/pdf", true),
            ("a.mp4", "audio/mp4", false),
            ("a.mp4", "audio/mpeg", true),
            ("a.csv", "text/plain", false),
            ("a.js", "text/plain", true),
            ("a.pdf.exe", "application/pdf", true),
            (
                "a.docx",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                false,
            ),
            ("a.docx", "text/plain", true),
            ("v1.2", "text/plain", false),
            ("a", "application/pdf", false),
        ] {
            assert_eq!(contradicts(name, mime), contradicts_it, "{name} {mime}");
        }
    }

    #[test]
    fn what_is_listed_for_a_channel_is_what_fits() {
        for limit in limits_of(ChannelKind::WhatsApp) {
            for mime in &limit.types {
                let moves = true;
                let fit = |size| {
                    fits(
                        ChannelKind::WhatsApp,
                        limit.kind,
                        Shows { mime, size, moves },
                    )
                };
                assert_eq!(
                    (fit(limit.max), fit(limit.max + 1)),
                    (Ok(()), Err(Unfit::TooLarge { max: limit.max }))
                );
            }
        }
        assert_eq!(limits_of(ChannelKind::WebChat), []);
    }

    #[test]
    fn nothing_that_can_carry_a_program_is_shown() {
        for mime in [
            "text/html",
            "image/svg+xml",
            "application/pdf",
            "text/xml",
            "application/octet-stream",
            "text/plain",
        ] {
            assert!(!can_be_shown(mime), "{mime}");
        }
    }
}
