//! What somebody wrote, read into what is sent; what is wrong with it names its field.

use axum::http::StatusCode;
use domain::cards::{ContactCard, Place, checked_cards};
use domain::fields::{BadField, Wrong};
use domain::interactive::Interactive;
use domain::media::MAX_CAPTION;
use domain::outbound::Content;
use domain::text::{BadText, SendableText};
use domain::{AgentId, ConversationId, MediaId, MessageId, WorkspaceId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::routes::bad_text;
use crate::App;
use crate::problem::Problem;

/// What somebody wrote, to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum DraftKind {
    /// To the customer.
    Reply,
    /// To colleagues.
    Note,
}

/// A reply or a note to add.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewMessage {
    pub(super) kind: DraftKind,
    /// At most 4,096 characters; with a file at most 1,024, or none.
    pub(super) text: String,
    /// The browser's own key: the same key is the same message, at most 80 bytes.
    #[schema(max_length = 80)]
    pub(super) key: String,
    /// The message of the same thread that it answers.
    pub(super) reply_to: Option<MessageId>,
    /// What is offered to tap beside the text; in replies only.
    pub(super) interactive: Option<Interactive>,
    /// A file that the caller uploaded there and has not sent; in replies only.
    pub(super) file: Option<MediaId>,
    /// A place, instead of a text; in replies only.
    pub(super) location: Option<Place>,
    /// One to ten people's cards, instead of a text; in replies only.
    pub(super) contacts: Option<Vec<ContactCard>>,
}

/// What a message says: one of all that it can say.
pub(super) async fn content_of(
    app: &App,
    ws: WorkspaceId,
    draft: (ConversationId, AgentId),
    new: &NewMessage,
) -> Result<Content, Problem> {
    let more = [
        ("file", new.file.is_some()),
        ("interactive", new.interactive.is_some()),
        ("location", new.location.is_some()),
        ("contacts", new.contacts.is_some()),
    ];
    let mut given = more
        .into_iter()
        .filter_map(|(field, is)| is.then_some(field));
    let Some(field) = given.next() else {
        let text = SendableText::parse(&new.text).map_err(bad_text)?;
        return Ok(Content::Text(text.into_string()));
    };
    if new.kind == DraftKind::Note {
        return Err(not_here(field));
    }
    if let Some(second) = given.next() {
        return Err(not_here(second));
    }
    if let Some(file) = new.file {
        return with_file(app, ws, draft, &new.text, file).await;
    }
    if let Some(interactive) = &new.interactive {
        return with_something_to_tap(&new.text, interactive.clone());
    }
    if !domain::text::is_blank(&new.text) {
        return Err(not_here("text"));
    }
    match (&new.location, &new.contacts) {
        (Some(place), _) => {
            let place = place.clone().checked();
            Ok(Content::Location(
                place.map_err(|bad| bad_field("location.", &bad))?,
            ))
        }
        (None, cards) => {
            let cards = checked_cards(cards.clone().unwrap_or_default());
            Ok(Content::Contacts(
                cards.map_err(|bad| bad_field("contacts", &bad))?,
            ))
        }
    }
}

fn not_here(field: &'static str) -> Problem {
    let title = "This kind of message has none";
    Problem::invalid(field, "field-not-here", title)
}

/// A file of the caller's draft, with the text as its caption.
async fn with_file(
    app: &App,
    ws: WorkspaceId,
    draft: (ConversationId, AgentId),
    text: &str,
    file: MediaId,
) -> Result<Content, Problem> {
    let media = app.store.upload(ws, draft, file).await?;
    let media = media.ok_or_else(no_file)?;
    let caption = caption(text)?;
    if caption.is_some() && !media.kind.takes_caption() {
        return Err(not_here("text"));
    }
    Ok(Content::File {
        file,
        kind: media.kind,
        name: media.name,
        caption,
    })
}

fn caption(text: &str) -> Result<Option<String>, Problem> {
    let text = match SendableText::parse(text) {
        Err(BadText::Empty) => return Ok(None),
        text => text.map_err(bad_text)?.into_string(),
    };
    let length = text.chars().count();
    if length > MAX_CAPTION {
        let title = "The text beside a file is too long";
        let problem = Problem::invalid("text", "caption-too-long", title);
        return Err(problem.param("max", MAX_CAPTION).param("length", length));
    }
    Ok(Some(text))
}

pub(super) fn no_file() -> Problem {
    let title = "It is no file that you uploaded here and have not sent";
    Problem::invalid("file", "file-not-there", title)
}

fn with_something_to_tap(text: &str, interactive: Interactive) -> Result<Content, Problem> {
    let text = SendableText::parse(text).map_err(bad_text)?;
    let interactive = interactive.checked(text.as_str());
    Ok(Content::Interactive {
        interactive: interactive.map_err(|bad| match bad.field.as_str() {
            "text" => bad_field("", &bad),
            _ => bad_field("interactive.", &bad),
        })?,
        body: text.into_string(),
    })
}

/// What is wrong with a field of what a message carries beside its text; `within` stands in front of the field's name.
fn bad_field(within: &str, bad: &BadField) -> Problem {
    let field = format!("{within}{}", bad.field);
    let (code, title) = match bad.wrong {
        Wrong::Empty => ("field-empty", "Something has to stand in it"),
        Wrong::TooLong { .. } => ("field-too-long", "It has too many characters"),
        Wrong::Count { .. } => ("field-count", "It has too few or too many"),
        Wrong::Twice => ("field-twice", "The same stands in another"),
        Wrong::NoUrl => ("field-no-url", "It is no address of a page"),
        Wrong::NoEmail => ("field-no-email", "It is no e-mail address"),
        Wrong::NoNumber => ("field-no-number", "It is no number to call"),
        Wrong::NoDay => ("field-no-day", "It is no day as year, month and day"),
        Wrong::Unknown => ("field-unknown", "It is none of what may stand there"),
        Wrong::ControlCharacter => ("field-control-character", "It has a control character"),
        Wrong::OutOfRange { .. } => ("field-out-of-range", "It is too small or too large"),
        Wrong::NotHere => ("field-not-here", "This kind of message has none"),
    };
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).field(field);
    match bad.wrong {
        Wrong::TooLong { max, length } => problem.param("max", max).param("length", length),
        Wrong::OutOfRange { min, max } => problem.param("min", min).param("max", max),
        Wrong::Count { min, max, count } => problem
            .param("min", min)
            .param("max", max)
            .param("count", count),
        _ => problem,
    }
}
