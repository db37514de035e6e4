//! Calls of the Graph API.
//!
//! A send has no idempotency key: once its bytes may have left, only an answer tells what became of it.
//! [`Outcome`] therefore keeps "nobody can have got it" and "nobody knows" apart (DECISIONS 7).
//! Nothing is tried twice here.

mod answer;
mod call;
mod media;
mod message;
mod onboarding;
mod profile;
mod upload;

use reqwest::{Client, Method, Url};
use serde_json::{Value, json};

use crate::errors::Advice;
use answer::PHONE_NUMBER_FIELDS;
pub use answer::{Health, HealthEntity, HealthError, PhoneNumber, Throughput};
pub use media::{Download, FilePlace, Giving};
pub use message::Outbound;
pub use onboarding::{AppCredentials, BusinessAccount, CodeMethod, Owner, SCOPES, TokenFacts};
pub use profile::{BusinessProfile, ChatLink};
pub use upload::NewFile;

/// The version every call names.
pub const VERSION: &str = "v25.0";

/// The Graph API at one address.
#[derive(Debug, Clone)]
pub struct Graph {
    base: Url,
    http: Client,
}

/// The configured address is none that can be called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an http(s) address: {0}")]
pub struct BadAddress(String);

/// To whom: a number, a business-scoped user id, or both, of which the number wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recipient<'a> {
    /// WhatsApp's digits, as given by Meta.
    pub wa_id: Option<&'a str>,
    /// The business-scoped user id.
    pub bsuid: Option<&'a str>,
}

/// What became of a send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Taken; it is not delivered yet.
    Accepted {
        /// The provider's id of the message.
        external_id: String,
        /// The number it went to as WhatsApp writes it, if it went to a number.
        wa_id: Option<String>,
    },
    /// Graph said no: it was not sent.
    Refused(Refusal),
    /// It may or may not have been sent.
    Unknown {
        /// Why nobody knows.
        why: UnknownCause,
    },
    /// It never left: safe to try again.
    NotSent {
        /// Why it did not.
        why: NotSentCause,
    },
}

/// Graph's error envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The code that decides.
    pub code: i64,
    /// The subcode, for the details.
    pub subcode: Option<i64>,
    /// Graph's words, for the details.
    pub detail: Option<String>,
    /// The HTTP status, for the details.
    pub http: u16,
    /// What the code asks of us.
    pub advice: Advice,
}

/// Why nobody knows what became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnknownCause {
    /// No answer in time.
    #[error("none came in time")]
    Timeout,
    /// The connection broke after the request may have left.
    #[error("the connection broke")]
    Reset,
    /// An answer of this status, without Graph's error envelope: somebody else answered.
    #[error("somebody else answered, with HTTP status {http}")]
    NoEnvelope {
        /// The HTTP status.
        http: u16,
    },
    /// A success that cannot be read.
    #[error("it cannot be read")]
    UnreadableSuccess,
    /// A fault of ours in the middle of it.
    #[error("the call broke off")]
    Panicked,
}

/// Why a request never left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSentCause {
    /// The name did not resolve, the connection was refused, or TLS failed.
    #[error("no connection could be made")]
    NoConnection,
    /// The request could not be written: the token holds a character no header may.
    #[error("the token holds a character that cannot be sent")]
    BadRequest,
    /// The file in it could not be given to the provider.
    #[error("its file could not be handed over")]
    NoFile,
}

/// Why a call other than a send did not do what it should.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Graph said no.
    #[error("Graph refused with code {}", .0.code)]
    Refused(Refusal),
    /// Nobody knows.
    #[error("no usable answer from Graph: {0}")]
    Unknown(UnknownCause),
    /// It never left.
    #[error("Graph was not asked: {0}")]
    NotSent(NotSentCause),
}

impl Graph {
    /// The API at `base_url`, called by a client that has timeouts and follows no redirects.
    pub fn new(base_url: &str, http: Client) -> Result<Self, BadAddress> {
        let bad = || BadAddress(base_url.to_owned());
        let base = Url::parse(base_url).map_err(|_| bad())?;
        let callable = matches!(base.scheme(), "http" | "https") && base.has_host();
        callable.then_some(Self { base, http }).ok_or_else(bad)
    }

    /// Sends a message.
    pub async fn send(&self, token: &str, phone_number_id: &str, message: Outbound<'_>) -> Outcome {
        let body = message.json();
        match self.post_message(token, phone_number_id, &body).await {
            Ok(answer) => answer::accepted(&answer),
            Err(CallError::Refused(refusal)) => Outcome::Refused(refusal),
            Err(CallError::Unknown(why)) => Outcome::Unknown { why },
            Err(CallError::NotSent(why)) => Outcome::NotSent { why },
        }
    }

    /// Shows the customer that a message, and those before it, were read; with `typing`, also that an
    /// answer is on its way.
    pub async fn mark_read(
        &self,
        token: &str,
        phone_number_id: &str,
        message_id: &str,
        typing: bool,
    ) -> Result<(), CallError> {
        let mut body = json!({
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message_id,
        });
        if typing {
            body["typing_indicator"] = json!({"type": "text"});
        }
        self.post_message(token, phone_number_id, &body).await?;
        Ok(())
    }

    /// A business number as Meta sees it now.
    pub async fn phone_number(&self, token: &str, id: &str) -> Result<PhoneNumber, CallError> {
        let mut url = self.url(&[id]);
        url.query_pairs_mut()
            .append_pair("fields", PHONE_NUMBER_FIELDS);
        let answer = call::ask(self.http.request(Method::GET, url).bearer_auth(token)).await?;
        serde_json::from_slice(&answer)
            .map_err(|_| CallError::Unknown(UnknownCause::UnreadableSuccess))
    }

    async fn post_message(
        &self,
        token: &str,
        phone_number_id: &str,
        body: &Value,
    ) -> Result<Vec<u8>, CallError> {
        let url = self.url(&[phone_number_id, "messages"]);
        call::ask(self.http.post(url).bearer_auth(token).json(body)).await
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().push(VERSION).extend(path);
        }
        url
    }
}
