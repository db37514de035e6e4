//! Files that Meta keeps for a profile or a template: handed over in pieces, for a handle (`whatsapp-cloud-api.md` 3,
//! "Resumable Upload").

use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url};
use serde::Deserialize;
use serde_json::json;

use super::{CallError, Graph, UnknownCause};

/// How long a piece may take.
const PIECE: Duration = Duration::from_mins(2);

/// A file to hand over.
#[derive(Debug, Clone, Copy)]
pub struct NewFile<'a> {
    /// What it is called.
    pub name: &'a str,
    /// Its type.
    pub mime: &'a str,
    /// All of it.
    pub bytes: &'a [u8],
}

#[derive(Deserialize)]
struct Session {
    id: String,
}

#[derive(Deserialize)]
struct Handle {
    h: String,
}

#[derive(Deserialize)]
struct Progress {
    file_offset: usize,
}

impl Graph {
    /// Hands a file over; answers its handle. A piece that broke off goes on, once, from where Meta has it.
    pub async fn upload(
        &self,
        token: &str,
        app_id: &str,
        file: NewFile<'_>,
    ) -> Result<String, CallError> {
        let length = file.bytes.len().to_string();
        let mut url = self.url(&[app_id, "uploads"]);
        url.query_pairs_mut()
            .append_pair("file_name", file.name)
            .append_pair("file_length", &length)
            .append_pair("file_type", file.mime);
        let begun: Session = self.read(self.http.post(url).bearer_auth(token)).await?;
        let session = self.session(&begun.id)?;
        match self.hand_over(token, &session, file.bytes, 0).await {
            Err(CallError::Unknown(_)) => {
                let asked = self.at(Method::GET, token, &session);
                let Progress { file_offset } = self.read(asked).await?;
                self.hand_over(token, &session, file.bytes, file_offset)
                    .await
            }
            done => done,
        }
    }

    /// Shows customers the picture behind a handle.
    pub async fn set_picture(
        &self,
        token: &str,
        number_id: &str,
        handle: &str,
    ) -> Result<(), CallError> {
        let body = json!({"messaging_product": "whatsapp", "profile_picture_handle": handle});
        self.tell(token, &[number_id, "whatsapp_business_profile"], &body)
            .await
    }

    async fn hand_over(
        &self,
        token: &str,
        session: &Url,
        bytes: &[u8],
        from: usize,
    ) -> Result<String, CallError> {
        let rest = bytes.get(from..).unwrap_or_default();
        let request = self
            .at(Method::POST, token, session)
            .header("file_offset", from)
            .timeout(PIECE)
            .body(rest.to_vec());
        let Handle { h } = self.read(request).await?;
        Ok(h)
    }

    fn at(&self, method: Method, token: &str, session: &Url) -> RequestBuilder {
        let request = self.http.request(method, session.clone());
        request.header("authorization", format!("OAuth {token}"))
    }

    /// A session's id is a path with a query of its own.
    fn session(&self, id: &str) -> Result<Url, CallError> {
        let (path, query) = match id.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (id, None),
        };
        if !path.starts_with("upload:") || path.contains('/') {
            return Err(CallError::Unknown(UnknownCause::UnreadableSuccess));
        }
        let mut url = self.url(&[path]);
        url.set_query(query);
        Ok(url)
    }
}
