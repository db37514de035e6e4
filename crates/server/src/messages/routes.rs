//! Writing, taking back, trying again, and the details of one message.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::cards::{ContactCard, Place};
use domain::interactive::Interactive;
use domain::message::Part;
use domain::text::{BadText, MAX_TEXT};
use domain::{ConversationId, MessageId, WorkspaceId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{Media, NewLine, Reacted, Retried, Undone, Written};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::content::{DraftKind, NewMessage, content_of, no_file};
use super::entry::{Entry, MessageDetails};
use crate::App;
use crate::accounts::{Asked, At, Body, May, may};
use crate::problem::Problem;

/// Our emoji on a message.
#[derive(Debug, Deserialize, ToSchema)]
struct NewReaction {
    /// One emoji; null takes it back.
    emoji: Option<String>,
}

/// What becomes of the text that is taken back.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct TakingBack {
    /// The caller has the text already: it is not put into the draft.
    #[serde(default)]
    #[param(required = false)]
    kept: bool,
}

/// What was in a message that was taken back.
#[derive(Debug, Serialize, ToSchema)]
struct TakenBack {
    text: String,
    /// Its file, which is in the draft again.
    file: Option<Media>,
    /// What was offered to tap beside the text, the place, or the cards: drafts hold no such things.
    interactive: Option<Interactive>,
    location: Option<Place>,
    contacts: Option<Vec<ContactCard>>,
}

impl TakenBack {
    fn new(text: String, file: Option<Media>, parts: Vec<Value>) -> Self {
        let mut taken = Self {
            text,
            file,
            interactive: None,
            location: None,
            contacts: None,
        };
        for part in parts {
            match serde_json::from_value(part) {
                Ok(Part::Interactive(interactive)) => taken.interactive = Some(interactive),
                Ok(Part::Location(place)) => taken.location = Some(place),
                Ok(Part::Contacts { cards, .. }) => taken.contacts = Some(cards),
                _ => {}
            }
        }
        taken
    }
}

/// How to try again.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct Again {
    /// Send although it may arrive twice.
    #[serde(default)]
    anyway: bool,
}

const LONGEST_KEY: usize = 80;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(write))
        .routes(routes!(details, undo))
        .routes(routes!(retry))
        .routes(routes!(react))
}

/// Answer the customer, or leave a note.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/messages", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    request_body = NewMessage,
    responses(
        (status = 201, body = Entry),
        (status = 200, body = Entry, description = "The key was seen before"),
        (status = 409, body = Problem, description = "`window-closed`, `newer-conversation-open`, `channel-disconnected`, `key-taken`"),
        (status = 422, body = Problem, description = "`text-empty`, `text-too-long`, `text-control-characters`, `key-invalid`, `nothing-to-quote`, `file-not-there`, `caption-too-long`, `field-…` for what is wrong with `interactive`, `location` or `contacts`, or cannot be beside what else is there"),
    ))]
async fn write(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<Entry>), Problem> {
    if domain::text::is_blank(&new.key)
        || new.key.len() > LONGEST_KEY
        || new.key.chars().any(char::is_control)
    {
        return Err(Problem::invalid(
            "key",
            "key-invalid",
            "A key has 1 to 80 bytes, none of them a control character",
        ));
    }
    let content = content_of(&app, ws, (id, caller.agent), &new).await?;
    let line = NewLine {
        conversation: id,
        agent: caller.agent,
        content: &content,
        reply_to: new.reply_to,
        key: &new.key,
    };
    let now = app.clock.now();
    let written = match new.kind {
        DraftKind::Note => app.store.note(ws, line, now).await?,
        DraftKind::Reply => {
            let due_at = now + undo_period(&app, &caller).await?;
            app.store.reply(ws, line, due_at, now).await?
        }
    };
    let status = match written {
        Written::Added(_) => StatusCode::CREATED,
        Written::Again => StatusCode::OK,
        Written::KeyTaken => {
            let title = "Something else was written under this key";
            return Err(Problem::conflict("key-taken", title).field("key"));
        }
        Written::NoConversation => return Err(Problem::not_found()),
        Written::NothingToQuote => {
            let title = "What it answers is no message of this thread";
            return Err(Problem::invalid("reply_to", "nothing-to-quote", title));
        }
        Written::NoFile => return Err(no_file()),
        Written::OutsideWindow(refusal) => return Err(window_closed(refusal.closed_at)),
        Written::NewerIsOpen => return Err(newer_is_open()),
        Written::Disconnected => return Err(Problem::channel_disconnected()),
    };
    let line = app.store.line_by_key(ws, caller.agent, &new.key).await?;
    let line = line.ok_or_else(Problem::not_found)?;
    if let Some(conversation) = app.store.conversation(ws, None, id).await? {
        app.senders.wake(conversation.channel_id);
    }
    if new.file.is_some() {
        app.media.wake();
    }
    app.live.wake(ws);
    Ok((status, Json(line.into())))
}

/// Put an emoji on a customer's message, instead of ours that is there, or take it back.
#[utoipa::path(put, path = "/workspaces/{ws}/messages/{id}/reaction", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = MessageId, Path)),
    request_body = NewReaction,
    responses((status = 200, body = Entry, description = "The message, with its reactions"),
        (status = 404, body = Problem, description = "No message of a customer that can bear one"),
        (status = 409, body = Problem, description = "`window-closed`, `channel-disconnected`"),
        (status = 422, body = Problem, description = "`not-an-emoji`")))]
async fn react(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MessageId)>,
    Body(new): Body<NewReaction>,
) -> Result<Json<Entry>, Problem> {
    let emoji = new.emoji.as_deref();
    if !emoji.is_none_or(domain::emoji::is_one_emoji) {
        let title = "A reaction is one emoji";
        return Err(Problem::invalid("emoji", "not-an-emoji", title));
    }
    let now = app.clock.now();
    match app.store.react(ws, id, caller.agent, emoji, now).await? {
        Reacted::Done { channel } => app.senders.wake(channel),
        Reacted::NotThere => return Err(Problem::not_found()),
        Reacted::OutsideWindow(refusal) => return Err(window_closed(refusal.closed_at)),
        Reacted::Disconnected => return Err(Problem::channel_disconnected()),
    }
    app.live.wake(ws);
    let line = app.store.line(ws, id).await?;
    Ok(Json(line.ok_or_else(Problem::not_found)?.into()))
}

/// How long a reply can be taken back: the agent's own choice, 0 to 30 s, 5 s by default.
async fn undo_period(app: &App, caller: &May<may::Reply>) -> Result<SignedDuration, Problem> {
    let user = app.store.user(caller.user).await?;
    let chosen = user.and_then(|u| u.preferences.get("undo_seconds")?.as_i64());
    Ok(SignedDuration::from_secs(chosen.unwrap_or(5).clamp(0, 30)))
}

/// A message with every try and every report.
#[utoipa::path(get, path = "/workspaces/{ws}/messages/{id}", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = MessageId, Path)),
    responses((status = 200, body = MessageDetails), (status = 404, body = Problem)))]
async fn details(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MessageId)>,
) -> Result<Json<MessageDetails>, Problem> {
    let line = app
        .store
        .line(ws, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    Ok(Json(MessageDetails {
        tries: app.store.tries(ws, id).await?,
        statuses: app.store.statuses(ws, id).await?,
        external_id: line.external_id.clone(),
        now: app.clock.now(),
        entry: line.into(),
    }))
}

/// Take a reply back while it waits.
#[utoipa::path(delete, path = "/workspaces/{ws}/messages/{id}", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = MessageId, Path), TakingBack),
    responses((status = 200, body = TakenBack), (status = 409, body = Problem, description = "`already-sent`, `not-your-message`")))]
async fn undo(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MessageId)>,
    Asked(taking): Asked<TakingBack>,
) -> Result<Json<TakenBack>, Problem> {
    let line = app.store.line(ws, id).await?;
    match app
        .store
        .undo(ws, id, caller.agent, taking.kept, app.clock.now())
        .await?
    {
        Undone::Taken { text, file } => {
            app.live.wake(ws);
            let parts = line.map(|line| line.parts).unwrap_or_default();
            Ok(Json(TakenBack::new(text, file, parts)))
        }
        Undone::TooLate => Err(Problem::conflict(
            "already-sent",
            "The message was handed over",
        )),
        Undone::NotYours => Err(Problem::conflict(
            "not-your-message",
            "Only its author can take a message back",
        )),
        Undone::NotThere => Err(Problem::not_found()),
    }
}

/// Send a failed message again.
#[utoipa::path(post, path = "/workspaces/{ws}/messages/{id}/retry", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = MessageId, Path)),
    request_body = Again,
    responses((status = 200, body = Entry),
        (status = 409, body = Problem, description = "`not-failed`, `outcome-unknown`, `window-closed`, `channel-disconnected`")))]
async fn retry(
    _caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, MessageId)>,
    Body(again): Body<Again>,
) -> Result<Json<Entry>, Problem> {
    match app
        .store
        .retry(ws, id, again.anyway, app.clock.now())
        .await?
    {
        Retried::Queued => {}
        Retried::NotThere => return Err(Problem::not_found()),
        Retried::NotFailed => {
            return Err(Problem::conflict("not-failed", "The message did not fail"));
        }
        Retried::OutcomeUnknown { after } => {
            let problem = Problem::conflict("outcome-unknown", "It may have arrived");
            return Err(problem.param("after", after));
        }
        Retried::OutsideWindow(refusal) => return Err(window_closed(refusal.closed_at)),
        Retried::Disconnected => return Err(Problem::channel_disconnected()),
    }
    let line = app
        .store
        .line(ws, id)
        .await?
        .ok_or_else(Problem::not_found)?;
    if let Some(conversation) = app
        .store
        .conversation(ws, None, line.conversation_id)
        .await?
    {
        app.senders.wake(conversation.channel_id);
    }
    app.media.wake();
    app.live.wake(ws);
    Ok(Json(line.into()))
}

pub(crate) fn bad_text(why: BadText) -> Problem {
    match why {
        BadText::Empty => Problem::invalid("text", "text-empty", "The text is empty"),
        BadText::TooLong { length } => {
            Problem::invalid("text", "text-too-long", "The text is too long")
                .param("max", MAX_TEXT)
                .param("length", length)
        }
        BadText::ControlCharacter => Problem::invalid(
            "text",
            "text-control-characters",
            "The text has a control character",
        ),
    }
}

fn window_closed(closed_at: Option<jiff::Timestamp>) -> Problem {
    Problem::conflict("window-closed", "Outside the messaging window").param("closed_at", closed_at)
}

fn newer_is_open() -> Problem {
    Problem::conflict(
        "newer-conversation-open",
        "A newer conversation with the same person is open",
    )
}
