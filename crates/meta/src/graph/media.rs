//! Files: where one lies, its bytes, and giving one of ours (`whatsapp-cloud-api.md` 3).

use std::time::Duration;

use reqwest::multipart::{Form, Part};
use reqwest::{Body, Method, Response, Url};

use super::{CallError, Graph, NotSentCause, UnknownCause, answer, call};
use crate::json::Object;

/// How long the bytes of a file may take, either way; the address of one that comes lives as long.
const TRANSFER: Duration = Duration::from_mins(5);

/// The one host beside Graph's own that serves files and is shown the token.
const MEDIA_HOST: &str = "lookaside.fbsbx.com";

/// Where the bytes of a file lie for the next five minutes, and what Meta says of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    /// The address, which wants the token.
    pub url: String,
    /// The SHA-256 of the bytes, in hex or base64: both have been seen.
    pub sha256: Option<String>,
    /// In bytes.
    pub size: Option<u64>,
}

/// The bytes of a file, as they come.
#[derive(Debug)]
pub struct Download(Response);

impl Download {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// If they stop coming.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, CallError> {
        let chunk = self.0.chunk().await;
        chunk.map_err(|e| CallError::Unknown(call::broken_off(&e)))
    }
}

/// A file of ours on its way to the provider.
#[derive(Debug)]
pub struct Giving<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its type.
    pub mime: &'a str,
    /// In bytes.
    pub size: u64,
    /// The bytes themselves.
    pub bytes: Body,
}

impl Graph {
    /// Where a file lies. `phone_number_id` is the number that it was sent to.
    pub async fn file_place(
        &self,
        token: &str,
        phone_number_id: &str,
        media_id: &str,
    ) -> Result<FilePlace, CallError> {
        let mut url = self.url(&[media_id]);
        url.query_pairs_mut()
            .append_pair("phone_number_id", phone_number_id);
        let body = call::ask(self.http.request(Method::GET, url).bearer_auth(token)).await?;
        place(&body).ok_or(CallError::Unknown(UnknownCause::UnreadableSuccess))
    }

    /// Begins to fetch a file from where it lies. The token is shown to Graph's origin and to Meta's media host
    /// only, whatever the address says.
    pub async fn download(&self, token: &str, place: &FilePlace) -> Result<Download, CallError> {
        let unreadable = CallError::Unknown(UnknownCause::UnreadableSuccess);
        let url = Url::parse(&place.url)
            .ok()
            .filter(|url| self.is_medias(url));
        let request = self.http.get(url.ok_or(unreadable)?).timeout(TRANSFER);
        let response = call::begin(request.bearer_auth(token)).await?;
        Ok(Download(response))
    }

    /// Gives a file to the provider, to be sent by this number. Answers the provider's id of it, good for thirty
    /// days.
    pub async fn provide(
        &self,
        token: &str,
        phone_number_id: &str,
        file: Giving<'_>,
    ) -> Result<String, CallError> {
        let bytes = Part::stream_with_length(file.bytes, file.size)
            .file_name(file.name.to_owned())
            .mime_str(file.mime)
            .map_err(|_| CallError::NotSent(NotSentCause::BadRequest))?;
        let form = Form::new()
            .text("messaging_product", "whatsapp")
            .text("type", file.mime.to_owned())
            .part("file", bytes);
        let url = self.url(&[phone_number_id, "media"]);
        let request = self.http.post(url).bearer_auth(token).multipart(form);
        let body = call::ask(request.timeout(TRANSFER)).await?;
        given(&body).ok_or(CallError::Unknown(UnknownCause::UnreadableSuccess))
    }

    fn is_medias(&self, url: &Url) -> bool {
        let is_meta = url.scheme() == "https"
            && url.host_str() == Some(MEDIA_HOST)
            && url.port_or_known_default() == Some(443);
        is_meta || url.origin() == self.base.origin()
    }
}

fn place(body: &[u8]) -> Option<FilePlace> {
    let file: Object<'_> = answer::whole(body)?;
    Some(FilePlace {
        url: file.text("url")?,
        sha256: file.text("sha256"),
        // Seen as a number and as a text.
        size: file.id("file_size").and_then(|size| size.parse().ok()),
    })
}

fn given(body: &[u8]) -> Option<String> {
    let file: Object<'_> = answer::whole(body)?;
    file.id("id")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(base: &str) -> Graph {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Graph::new(base, reqwest::Client::builder().build().unwrap()).unwrap()
    }

    #[test]
    fn the_token_is_shown_to_meta_and_to_nobody_else() {
        let graph = graph("http://127.0.0.1:4000");
        for (url, allowed) in [
            (
                "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1",
                true,
            ),
            ("http://127.0.0.1:4000/media/1", true),
            ("http://lookaside.fbsbx.com/1", false),
            ("https://lookaside.fbsbx.com:8443/1", false),
            ("https://lookaside.fbsbx.com.evil.example/1", false),
            ("https://evil.example/?lookaside.fbsbx.com", false),
            ("https://lookaside.fbsbx.com@evil.example/1", false),
            ("http://127.0.0.1:4001/media/1", false),
            ("http://169.254.169.254/latest/meta-data", false),
            ("file:///etc/passwd", false),
        ] {
            assert_eq!(graph.is_medias(&Url::parse(url).unwrap()), allowed, "{url}");
        }
    }

    #[test]
    fn a_files_place_is_read_with_its_size_as_number_or_text() {
        for size in ["68", "\"68\""] {
            let body = format!(
                r#"{{"messaging_product":"whatsapp","url":"https://a/1","mime_type":"image/png","sha256":"ab","file_size":{size},"id":"1"}}"#
            );
            let place = place(body.as_bytes()).unwrap();
            assert_eq!((place.url.as_str(), place.size), ("https://a/1", Some(68)));
        }
        assert_eq!(place(br#"{"id":"1"}"#), None);
    }
}
