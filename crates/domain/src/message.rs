//! One line of a thread, and what it is made of.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::MediaId;
use crate::cards::{ContactCard, FormAnswer, OrderItem, Place, Referral};
use crate::interactive::Interactive;

/// Which way a line of a thread goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// From the customer.
    In,
    /// To the customer.
    Out,
    /// Between colleagues.
    Note,
    /// Not a message: assigned, resolved, reopened.
    Event,
}

impl Direction {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::Note => "note",
            Self::Event => "event",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::In, Self::Out, Self::Note, Self::Event]
            .into_iter()
            .find(|d| d.as_str() == word)
    }
}

/// What kind of message a provider delivered; the closed list we understand, and `Unknown` for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the provider's words")]
pub enum MessageKind {
    Text,
    Image,
    Video,
    Audio,
    Voice,
    Document,
    Sticker,
    Location,
    Contacts,
    Interactive,
    Button,
    Reaction,
    Order,
    System,
    Unsupported,
    Edit,
    Revoke,
    RequestWelcome,
    Unknown,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 19] = [
        Self::Text,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Voice,
        Self::Document,
        Self::Sticker,
        Self::Location,
        Self::Contacts,
        Self::Interactive,
        Self::Button,
        Self::Reaction,
        Self::Order,
        Self::System,
        Self::Unsupported,
        Self::Edit,
        Self::Revoke,
        Self::RequestWelcome,
        Self::Unknown,
    ];

    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Voice => "voice",
            Self::Document => "document",
            Self::Sticker => "sticker",
            Self::Location => "location",
            Self::Contacts => "contacts",
            Self::Interactive => "interactive",
            Self::Button => "button",
            Self::Reaction => "reaction",
            Self::Order => "order",
            Self::System => "system",
            Self::Unsupported => "unsupported",
            Self::Edit => "edit",
            Self::Revoke => "revoke",
            Self::RequestWelcome => "request_welcome",
            Self::Unknown => "unknown",
        }
    }

    /// Reads [`Self::as_str`] back.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// Whether the customer spoke. Lines about them, and changes of what they said before, open no window:
    /// Meta says only that messages and calls do.
    #[must_use]
    pub const fn opens_window(self) -> bool {
        !matches!(
            self,
            Self::System | Self::Edit | Self::Revoke | Self::RequestWelcome
        )
    }

    /// Whether the customer waits for an answer to it: to all they say, but not to a thumbs-up.
    #[must_use]
    pub const fn wants_answer(self) -> bool {
        self.opens_window() && !matches!(self, Self::Reaction)
    }
}

/// What a message is made of. Stored as JSON; the tag is `type`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Part {
    /// Words.
    Text {
        /// The words.
        text: String,
    },
    /// A file the provider holds for us.
    Media {
        /// image, video, audio, voice, document or sticker.
        kind: MessageKind,
        /// The provider's id of the file.
        external_id: String,
        /// The type the provider states.
        mime: Option<String>,
        /// The words under it.
        caption: Option<String>,
        /// The name the sender gave it.
        filename: Option<String>,
        /// Base64 of the SHA-256, as the provider states it.
        sha256: Option<String>,
    },
    /// A file of ours.
    File {
        /// The file.
        file: MediaId,
        /// What it is called; what has no name is shown without one.
        name: Option<String>,
    },
    /// A place.
    Location(Place),
    /// A choice the customer made: a button, a list row, a form.
    Choice {
        /// The id we or the template gave it.
        id: Option<String>,
        /// What they saw.
        title: String,
    },
    /// An emoji on a message; no emoji takes it back.
    Reaction {
        /// The provider's id of the message it sits on.
        to: String,
        /// The emoji.
        emoji: Option<String>,
    },
    /// A change of, or the deletion of, an earlier message.
    Change {
        /// The provider's id of the earlier message.
        of: String,
        /// The new words; `None` when it was deleted.
        text: Option<String>,
    },
    /// People's cards.
    Contacts {
        /// The cards.
        cards: Vec<ContactCard>,
        /// Whether it is the answer to our question for the number.
        asked_for: bool,
    },
    /// What was put into a basket and sent.
    Order {
        /// The provider's id of the catalog.
        catalog: Option<String>,
        /// Its lines.
        items: Vec<OrderItem>,
    },
    /// The answers of a form.
    Form {
        /// What kind of form, as the provider calls it.
        name: Option<String>,
        /// The answers, as the customer's device gave them.
        answers: Vec<FormAnswer>,
    },
    /// The product that a question is about.
    Product {
        /// The provider's id of the catalog.
        catalog: Option<String>,
        /// The seller's own id of the product.
        product: String,
    },
    /// Somebody else wrote it first.
    Forwarded {
        /// Whether it went through many hands.
        often: bool,
    },
    /// The ad or the post that brought the customer here.
    Referral(Referral),
    /// The message that it answers, where we do not have that one.
    Quoted {
        /// The provider's id of it.
        of: String,
    },
    /// What we offered to tap.
    Interactive(Interactive),
    /// Why a message could not be passed on, in the provider's terms.
    NotPassedOn {
        /// What it would have been: `poll_creation`, `gif`.
        what: Option<String>,
        /// The provider's error code.
        code: Option<i64>,
    },
    /// Everything else, as the provider wrote it: kept whole so that it can be shown one day.
    Raw {
        /// The provider's name for it.
        name: String,
        /// The provider's JSON.
        #[schema(value_type = Object)]
        json: serde_json::Value,
    },
    /// A line of the thread that is no message: codes and parameters, worded by the browser.
    Event {
        /// The parameters, by name.
        #[schema(value_type = Object)]
        params: serde_json::Value,
    },
}

/// The provider's id of the earlier message that these are about: they are no line of their own, but a
/// reaction to it or a change of it.
#[must_use]
pub fn about(parts: &[Part]) -> Option<&str> {
    match parts.first()? {
        Part::Reaction { to, .. } => Some(to),
        Part::Change { of, .. } => Some(of),
        _ => None,
    }
}

/// Why a message did not arrive, in the provider's terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Failure {
    /// The provider's error code.
    pub code: i64,
    /// The provider's words, for the details; the browser says it plainly.
    pub detail: Option<String>,
}

impl Failure {
    /// Whether the provider says that the contact's window is closed.
    #[must_use]
    pub const fn is_closed_window(&self) -> bool {
        self.code == 131_047
    }
}
