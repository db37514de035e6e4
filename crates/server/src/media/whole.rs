//! Whether a picture goes on to its own end. A decoder shows one that was cut short as well as it can, grey below
//! the cut; nobody is to be sent that.

use std::io::{self, BufRead, ErrorKind, Read};

/// Whether the picture's mark of its end is there. What stands behind it is its maker's business: phones put films and
/// depths there. Of a type that no channel takes as a picture nothing is asked.
pub(super) fn is_whole(mime: &str, picture: &mut impl BufRead) -> io::Result<bool> {
    let ended = match mime {
        "image/jpeg" => to_the_end_of_jpeg(picture),
        "image/png" => to_the_end_of_png(picture),
        "image/webp" => to_the_end_of_webp(picture),
        _ => return Ok(true),
    };
    match ended {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(false),
        ended => ended.map(|()| true),
    }
}

/// Segments tell their length, and a small picture in one of them has an end of its own; lines of pixels tell none.
fn to_the_end_of_jpeg(picture: &mut impl BufRead) -> io::Result<()> {
    const END: u8 = 0xd9;
    skip(picture, 2)?;
    while marker(picture)? != END {
        let length = u16::from_be_bytes(take(picture)?);
        skip(picture, u64::from(length.saturating_sub(2)))?;
    }
    Ok(())
}

/// The next marker that begins or ends something: among the pixels stand escaped bytes and marks to begin anew.
fn marker(picture: &mut impl BufRead) -> io::Result<u8> {
    loop {
        picture.skip_until(0xff)?;
        let mut byte = 0xff;
        while byte == 0xff {
            [byte] = take(picture)?;
        }
        if !matches!(byte, 0x00 | 0x01 | 0xd0..=0xd7) {
            return Ok(byte);
        }
    }
}

fn to_the_end_of_png(picture: &mut impl BufRead) -> io::Result<()> {
    const SIGNATURE: u64 = 8;
    const SUM: u64 = 4;
    skip(picture, SIGNATURE)?;
    loop {
        let length = u32::from_be_bytes(take(picture)?);
        let kind: [u8; 4] = take(picture)?;
        skip(picture, u64::from(length) + SUM)?;
        if &kind == b"IEND" {
            return Ok(());
        }
    }
}

/// It tells its length at the beginning.
fn to_the_end_of_webp(picture: &mut impl BufRead) -> io::Result<()> {
    skip(picture, 4)?;
    let length = u32::from_le_bytes(take(picture)?);
    skip(picture, u64::from(length))
}

fn take<const N: usize>(picture: &mut impl BufRead) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    picture.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(picture: &mut impl BufRead, count: u64) -> io::Result<()> {
    let skipped = io::copy(&mut picture.take(count), &mut io::sink())?;
    if skipped < count {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat, RgbImage};

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let pixels = RgbImage::from_fn(64, 64, |x, y| {
            let shade = |n: u32| u8::try_from(n * 37 % 256).unwrap();
            image::Rgb([shade(x), shade(y), shade(x * y)])
        });
        let mut bytes = io::Cursor::new(Vec::new());
        let picture = DynamicImage::from(pixels);
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn whole(mime: &str, mut bytes: &[u8]) -> bool {
        is_whole(mime, &mut bytes).unwrap()
    }

    #[test]
    fn a_picture_is_whole_to_its_last_byte_and_with_something_behind_it() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
            let (mime, bytes) = (format.to_mime_type(), picture(format));
            assert!(whole(mime, &bytes), "{format:?}");
            assert!(
                whole(mime, &[&bytes, b"a film".as_slice()].concat()),
                "{format:?}"
            );
            for kept in [bytes.len() - 1, bytes.len() * 9 / 10, bytes.len() / 2, 30] {
                assert!(!whole(mime, &bytes[..kept]), "{kept} bytes of {format:?}");
            }
        }
    }

    #[test]
    fn the_end_of_a_small_picture_in_a_photograph_is_not_its_own() {
        let photograph = picture(ImageFormat::Jpeg);
        let small = b"Exif\0\0\xff\xd8 a small picture \xff\xd9";
        let length = u16::try_from(small.len() + 2).unwrap().to_be_bytes();
        let segment = [b"\xff\xe1".as_slice(), &length, small].concat();
        let with_small = [&photograph[..2], &segment, &photograph[2..]].concat();
        assert!(whole("image/jpeg", &with_small));
        assert!(!whole("image/jpeg", &with_small[..with_small.len() / 2]));
    }

    #[test]
    fn what_begins_anew_or_is_escaped_among_the_pixels_ends_nothing() {
        let scan = b"\xff\xd8\xff\xda\0\x02 pixels \xff\0 \xff\xd0 more \xff\xff\xd7";
        assert!(!whole("image/jpeg", scan));
        assert!(whole(
            "image/jpeg",
            &[scan.as_slice(), b" \xff\xd9"].concat()
        ));
    }
}
