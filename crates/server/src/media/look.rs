//! What a file is, by its bytes: nobody's word is taken for it.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::path::Path;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageReader, Limits, RgbImage};

use super::whole::is_whole;

/// So much of a file shows its type; what Office writes needs a few thousand bytes.
const HEAD: u64 = 64 << 10;
/// What memory one picture may take while it is made small.
const MEMORY: u64 = 256 << 20;
/// No side of a picture that is shown is longer: browsers die of larger ones.
pub(super) const LONGEST_SIDE: u32 = 16_384;
/// The longest side of a small picture.
const PREVIEW: u32 = 640;

const SVG: &str = "image/svg+xml";

/// What nobody knows.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// What was seen of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    /// Its type; [`UNKNOWN`] if it could not be told.
    pub(super) mime: &'static str,
    /// Whether it can be sent as a voice note: Opus of one channel in Ogg.
    pub(super) voice: bool,
    /// Of a picture in WebP: whether it moves.
    pub(super) moves: bool,
    /// Of a picture as it is shown: width and height in pixels.
    pub(super) dimensions: Option<(u32, u32)>,
    /// Of a picture that can be shown: a small JPEG of it.
    pub(super) preview: Option<Vec<u8>>,
    /// Of a picture that cannot: why.
    pub(super) not_shown: Option<NotShown>,
    /// Of a picture: it ends too early. What can be seen of a customer's is shown; we send none.
    pub(super) cut_short: bool,
}

/// Why a picture is not shown. A browser is not to try what we do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotShown {
    /// It has more pixels than a browser bears.
    TooLarge,
    /// It ends too early, or its bytes make no picture.
    Damaged,
    /// We read no pictures of its type.
    Type,
}

impl NotShown {
    /// The code that the browser words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::TooLarge => "picture_too_large",
            Self::Damaged => "picture_damaged",
            Self::Type => "picture_type",
        }
    }
}

impl From<ImageError> for NotShown {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            ImageError::Unsupported(_) => Self::Type,
            _ => Self::Damaged,
        }
    }
}

impl Look {
    /// Of a file that nothing could be read from without harm.
    pub(super) const fn damaged(mime: &'static str) -> Self {
        Self {
            mime,
            voice: false,
            moves: false,
            dimensions: None,
            preview: None,
            not_shown: Some(NotShown::Damaged),
            cut_short: true,
        }
    }
}

/// What the first bytes of a file say of its type.
pub(super) fn type_in(file: &Path) -> std::io::Result<&'static str> {
    Ok(type_of(&head_of(file)?))
}

fn head_of(file: &Path) -> std::io::Result<Vec<u8>> {
    let mut head = Vec::new();
    File::open(file)?.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Looks at a file. Takes a while and much memory: one at a time, and apart from what must not wait.
pub(super) fn at(file: &Path) -> std::io::Result<Look> {
    let head = head_of(file)?;
    let mime = type_of(&head);
    let mut look = Look {
        mime,
        voice: is_voice(&head),
        moves: moves(&head),
        dimensions: None,
        preview: None,
        not_shown: None,
        cut_short: false,
    };
    if mime.starts_with("image/") && mime != SVG {
        look.picture(file)?;
    }
    Ok(look)
}

impl Look {
    fn picture(&mut self, file: &Path) -> std::io::Result<()> {
        let open = || ImageReader::new(BufReader::new(File::open(file)?)).with_guessed_format();
        let reader = open()?;
        self.dimensions = open()?.into_dimensions().ok();
        let small =
            small(reader, self.dimensions).and_then(|(small, turned)| Ok((jpeg(&small)?, turned)));
        match small {
            Ok((small, turned)) => {
                self.preview = Some(small);
                if turned {
                    self.dimensions = self.dimensions.map(|(width, height)| (height, width));
                }
            }
            Err(why) => self.not_shown = Some(why),
        }
        self.cut_short = !is_whole(self.mime, &mut BufReader::new(File::open(file)?))?;
        Ok(())
    }
}

/// The small picture, and whether the large one lies on its side.
fn small<R: std::io::BufRead + std::io::Seek>(
    mut reader: ImageReader<R>,
    dimensions: Option<(u32, u32)>,
) -> Result<(DynamicImage, bool), NotShown> {
    if dimensions.is_some_and(|(width, height)| width.max(height) > LONGEST_SIDE) {
        return Err(NotShown::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    limits.reserve(decoder.total_bytes())?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if picture.width().max(picture.height()) > PREVIEW {
        picture = picture.thumbnail(PREVIEW, PREVIEW);
    }
    picture.apply_orientation(orientation);
    let turned = matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    );
    Ok((picture, turned))
}

/// On white where one can see through it.
fn jpeg(picture: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let flat = if picture.color().has_alpha() {
        on_white(picture)
    } else {
        picture.to_rgb8()
    };
    let mut bytes = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut bytes, 80);
    flat.write_with_encoder(encoder)?;
    Ok(bytes.into_inner())
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let pixels = picture.to_rgba8();
    RgbImage::from_fn(pixels.width(), pixels.height(), |x, y| {
        let [r, g, b, opacity] = pixels.get_pixel(x, y).0.map(u16::from);
        let over = |colour| (colour * opacity + 255 * (255 - opacity)) / 255;
        image::Rgb([r, g, b].map(|colour| u8::try_from(over(colour)).unwrap_or(u8::MAX)))
    })
}

/// Whether a WebP says in its extended header that it is animated.
fn moves(head: &[u8]) -> bool {
    const ANIMATION: u8 = 1 << 1;
    let flags = head.get(20).copied().unwrap_or_default();
    head.starts_with(b"RIFF") && head.get(8..16) == Some(b"WEBPVP8X") && flags & ANIMATION != 0
}

fn type_of(head: &[u8]) -> &'static str {
    if let Some(mime) = moving(head) {
        return mime;
    }
    match infer::get(head).map(|found| found.mime_type()) {
        Some("audio/m4a") => "audio/mp4",
        Some("audio/opus") => "audio/ogg",
        Some("audio/x-wav") => "audio/wav",
        Some("video/x-m4v") => "video/mp4",
        Some(mime) if !mime.starts_with("text/") => mime,
        _ if is_text(head) => written(head),
        _ => UNKNOWN,
    }
}

/// Of what is text, that which a browser would run is no plain one.
fn written(head: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with('<') {
        "text/plain"
    } else if text.contains("<svg") {
        SVG
    } else if text.starts_with("<?xml") {
        "text/xml"
    } else {
        "text/html"
    }
}

/// The first page of Ogg is 28 bytes of its own and then the head of what is in it (RFC 7845, 5.1).
fn is_voice(head: &[u8]) -> bool {
    let opus = head.starts_with(b"OggS") && head.get(28..36) == Some(b"OpusHead");
    opus && head.get(37) == Some(&1)
}

/// Films of phones are told apart by the brand in their first box.
fn moving(head: &[u8]) -> Option<&'static str> {
    let brand = head.get(4..11)?.strip_prefix(b"ftyp")?;
    (brand == b"3gp").then_some("video/3gpp")
}

fn is_text(head: &[u8]) -> bool {
    let cut_off = |e: std::str::Utf8Error| e.error_len().is_none() && head.len() > 4;
    let control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r\x0c".contains(byte);
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(e) => cut_off(e),
    };
    whole && !head.is_empty() && !head.iter().any(control)
}

#[cfg(test)]
mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};

    use super::*;

    fn look(bytes: &[u8]) -> Look {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        at(file.path()).unwrap()
    }

    fn picture(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let pixels = RgbaImage::from_pixel(width, height, Rgba([255, 0, 0, 0]));
        let picture = match format {
            ImageFormat::Jpeg => DynamicImage::from(DynamicImage::from(pixels).to_rgb8()),
            _ => DynamicImage::from(pixels),
        };
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_webp_says_whether_it_moves() {
        let webp = |chunk: &[u8; 4], flags: u8| {
            let head = [b"RIFF\x1a\0\0\0WEBP", chunk.as_slice(), b"\x0a\0\0\0"].concat();
            moves(&[head.as_slice(), &[flags, 0, 0, 0]].concat())
        };
        assert!(webp(b"VP8X", 0b0000_0010));
        assert!(!webp(b"VP8X", 0b0001_0000));
        assert!(!webp(b"VP8 ", 0b0000_0010));
        assert!(!moves(b"RIFF"));
    }

    #[test]
    fn bytes_tell_the_type_and_nothing_else_does() {
        for (bytes, mime) in [
            (b"%PDF-1.7\n".as_slice(), "application/pdf"),
            (
                b"OggS\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead",
                "audio/ogg",
            ),
            (b"ID3\x04\0\0\0\0\0\0", "audio/mpeg"),
            (b"#!AMR\n\x3c\0\0\0\0\0\0", "audio/amr"),
            (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4"),
            (b"\0\0\0\x18ftyp3gp5\0\0\0\0", "video/3gpp"),
            (b"\0\0\0\x18ftypM4A \0\0\0\0", "audio/mp4"),
            ("Hola, señora".as_bytes(), "text/plain"),
            (b"<!DOCTYPE html><script>alert(1)</script>", "text/html"),
            (
                b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
                SVG,
            ),
            (b"<?xml version='1.0'?><svg/>", SVG),
            (b"<?xml version='1.0'?><a/>", "text/xml"),
            (b" \n<b>Hola</b>", "text/html"),
            (
                [b"\x7fELF".as_slice(), &[0; 60]].concat().as_slice(),
                "application/x-executable",
            ),
            (b"\0\x01\x02\x03", UNKNOWN),
            (b"", UNKNOWN),
        ] {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(look(bytes).mime, mime, "{shown}");
        }
    }

    #[test]
    fn a_picture_has_a_small_one_that_is_a_jpeg() {
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::WebP,
            ImageFormat::Gif,
        ] {
            let look = look(&picture(1_280, 320, format));
            assert_eq!(look.mime, format.to_mime_type());
            assert_eq!(look.dimensions, Some((1_280, 320)));
            let small = image::load_from_memory(&look.preview.unwrap()).unwrap();
            assert_eq!((small.width(), small.height()), (640, 160), "{format:?}");
        }
    }

    #[test]
    fn what_one_can_see_through_is_put_on_white() {
        let small = look(&picture(8, 8, ImageFormat::Png)).preview.unwrap();
        let small = image::load_from_memory_with_format(&small, ImageFormat::Jpeg).unwrap();
        assert!(small.to_rgb8().get_pixel(4, 4).0.iter().all(|&c| c > 250));
    }

    /// A PNG of one pixel whose head says that it is of another size.
    fn of_size(side: u32) -> Vec<u8> {
        let mut bytes = picture(1, 1, ImageFormat::Png);
        bytes[16..20].copy_from_slice(&side.to_be_bytes());
        bytes[20..24].copy_from_slice(&side.to_be_bytes());
        let sum = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&sum.to_be_bytes());
        bytes
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(u32::MAX, |sum, &byte| {
            (0..8).fold(sum ^ u32::from(byte), |sum, _| {
                (sum >> 1) ^ (0xedb8_8320 & (sum & 1).wrapping_neg())
            })
        })
    }

    #[test]
    fn a_picture_that_is_not_shown_keeps_its_type_and_says_why() {
        let whole = picture(300, 300, ImageFormat::Jpeg);
        let heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic";
        for (bytes, mime, why) in [
            (of_size(50_000), "image/png", NotShown::TooLarge),
            (of_size(16_000), "image/png", NotShown::TooLarge),
            (whole[..200].to_vec(), "image/jpeg", NotShown::Damaged),
            (heic.to_vec(), "image/heif", NotShown::Type),
        ] {
            let look = look(&bytes);
            assert_eq!(
                (look.mime, look.preview, look.not_shown),
                (mime, None, Some(why))
            );
        }
    }
}
