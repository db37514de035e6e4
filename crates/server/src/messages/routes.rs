//! Writing, taking back, trying again, and the details of one message.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::text::{BadText, MAX_TEXT, SendableText};
use domain::{ConversationId, MessageId, WorkspaceId};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use store::{NewLine, Retried, Undone, Written};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::entry::{Entry, MessageDetails};
use crate::App;
use crate::accounts::{Asked, At, Body, May, may};
use crate::problem::Problem;

/// What somebody wrote, to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum DraftKind {
    /// To the customer.
    Reply,
    /// To colleagues.
    Note,
}

/// A reply or a note to add.
#[derive(Debug, Deserialize, ToSchema)]
struct NewMessage {
    kind: DraftKind,
    /// At most 4,096 characters.
    text: String,
    /// The browser's own key: the same key is the same message, at most 80 bytes.
    #[schema(max_length = 80)]
    key: String,
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

/// The text of a message that was taken back.
#[derive(Debug, Serialize, ToSchema)]
struct TakenBack {
    text: String,
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
}

/// Answer the customer, or leave a note.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/messages", tag = "messages",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    request_body = NewMessage,
    responses(
        (status = 201, body = Entry),
        (status = 200, body = Entry, description = "The key was seen before"),
        (status = 409, body = Problem, description = "`window-closed`, `newer-conversation-open`, `channel-disconnected`, `key-taken`"),
        (status = 422, body = Problem, description = "`text-empty`, `text-too-long`, `text-control-characters`, `key-invalid`"),
    ))]
async fn write(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Body(new): Body<NewMessage>,
) -> Result<(StatusCode, Json<Entry>), Problem> {
    let text = SendableText::parse(&new.text).map_err(bad_text)?;
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
    let line = NewLine {
        conversation: id,
        agent: caller.agent,
        text: text.as_str(),
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
        Written::OutsideWindow(refusal) => return Err(window_closed(refusal.closed_at)),
        Written::NewerIsOpen => return Err(newer_is_open()),
        Written::Disconnected => return Err(Problem::channel_disconnected()),
    };
    let line = app.store.line_by_key(ws, caller.agent, &new.key).await?;
    let line = line.ok_or_else(Problem::not_found)?;
    if let Some(conversation) = app.store.conversation(ws, None, id).await? {
        app.senders.wake(conversation.channel_id);
    }
    app.live.wake(ws);
    Ok((status, Json(line.into())))
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
    match app
        .store
        .undo(ws, id, caller.agent, taking.kept, app.clock.now())
        .await?
    {
        Undone::Taken(text) => {
            app.live.wake(ws);
            Ok(Json(TakenBack { text }))
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
    app.live.wake(ws);
    Ok(Json(line.into()))
}

fn bad_text(why: BadText) -> Problem {
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
