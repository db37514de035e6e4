//! `multipart/form-data`: the one form in which files come.

use bytes::Bytes;
use memchr::memmem;

/// One field or file of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The name of the field.
    pub(super) name: String,
    /// The name of the file, which makes it one.
    pub(super) filename: Option<String>,
    /// Its own content type, if it has one.
    pub(super) content_type: Option<String>,
    /// What is in it.
    pub(super) bytes: Bytes,
}

impl Part {
    /// The value of a field that is no file.
    pub(super) fn text(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        self.filename.is_none().then(|| text.to_owned())
    }
}

/// The parts of a form; `None` if it is none, or breaks off.
pub(super) fn parts(content_type: &str, body: &Bytes) -> Option<Vec<Part>> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameter(rest, "boundary").filter(|boundary| !boundary.is_empty())?;
    let delimiter = format!("\r\n--{boundary}");
    let first = delimiter.trim_start();
    let mut at = memmem::find(body, first.as_bytes())? + first.len();
    let mut parts = Vec::new();
    loop {
        match body.get(at..at + 2)? {
            b"--" => return Some(parts),
            b"\r\n" => at += 2,
            _ => return None,
        }
        let head = memmem::find(&body[at..], b"\r\n\r\n")?;
        let from = at + head + 4;
        let length = memmem::find(&body[from..], delimiter.as_bytes())?;
        let headers = std::str::from_utf8(&body[at..at + head]).ok()?;
        parts.push(part(headers, body.slice(from..from + length))?);
        at = from + length + delimiter.len();
    }
}

fn part(headers: &str, bytes: Bytes) -> Option<Part> {
    let header = |name: &str| {
        headers.split("\r\n").find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    let disposition = header("content-disposition")?;
    Some(Part {
        name: parameter(disposition, "name")?,
        filename: parameter(disposition, "filename"),
        content_type: header("content-type").map(str::to_owned),
        bytes,
    })
}

/// A parameter of a header, with or without quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header;
    while !rest.is_empty() {
        let (key, value) = rest.split_once('=')?;
        let found = key.rsplit(';').next()?.trim().eq_ignore_ascii_case(name);
        let (value, behind) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_once(';').unwrap_or((value, "")),
        };
        if found {
            return Some(value.trim().replace("%22", "\""));
        }
        rest = behind;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=\"b=1\"";

    fn read(body: &str) -> Option<Vec<(String, Option<String>, String)>> {
        let parts = parts(TYPE, &Bytes::copy_from_slice(body.as_bytes()))?;
        let shown = |part: Part| {
            let text = String::from_utf8(part.bytes.to_vec()).unwrap();
            (part.name, part.filename, text)
        };
        Some(parts.into_iter().map(shown).collect())
    }

    #[test]
    fn fields_and_files_are_told_apart() {
        let body = "--b=1\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/png\r\n\
             --b=1\r\ncontent-disposition: form-data; filename=\"a; name=b.png\"; name=file\r\n\
             Content-Type: image/png\r\n\r\n\r\n--b\r\n--b=1--\r\n";
        assert_eq!(
            read(body).unwrap(),
            [
                ("type".to_owned(), None, "image/png".to_owned()),
                (
                    "file".to_owned(),
                    Some("a; name=b.png".to_owned()),
                    "\r\n--b".to_owned()
                ),
            ]
        );
    }

    #[test]
    fn what_breaks_off_is_no_form() {
        let whole = "--b=1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n--b=1--";
        assert!(read(whole).is_some());
        for length in 0..whole.len() {
            assert_eq!(read(&whole[..length]), None, "{length}");
        }
        assert_eq!(parts("application/json", &Bytes::new()), None);
        assert_eq!(read("--b=1\r\nContent-Type: a/b\r\n\r\nx\r\n--b=1--"), None);
    }
}
