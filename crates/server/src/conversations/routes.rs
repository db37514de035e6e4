//! Lists, threads, and what agents do to conversations.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::phone::BadNumber;
use domain::{AgentId, ChannelId, ContactId, ConversationId, WorkspaceId};
use serde::{Deserialize, Serialize};
use store::{
    Acted, Conversation, Counters, DraftMode, NewDraft, PageEnd, Started, ThreadEnd, View, Whom,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{list_mark, read_list_mark, read_thread_mark, thread_mark};
use crate::App;
use crate::accounts::{Asked, At, Body, May, may, typed_name};
use crate::messages::{Doing, ThreadPage};
use crate::paging::PageSize;
use crate::problem::Problem;

/// A draft may be longer than a message: it is cut down before it is sent.
const LONGEST_DRAFT: usize = 20_000;

/// The routes of this noun.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(counters))
        .routes(routes!(one))
        .routes(routes!(thread))
        .routes(routes!(resolve))
        .routes(routes!(reopen))
        .routes(routes!(assign))
        .routes(routes!(read))
        .routes(routes!(typing))
        .routes(routes!(unread))
        .routes(routes!(keep_draft))
}

/// Which page of which list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Listing {
    /// mine, unassigned, all, expiring or resolved.
    view: Option<String>,
    /// Find by name or number instead, in every state.
    q: Option<String>,
    /// The `next` of the page before.
    before: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// A page of conversations.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ConversationPage {
    pub(crate) items: Vec<Conversation>,
    /// Where the next page begins; null after the last.
    pub(crate) next: Option<String>,
}

/// A page of a view, or what was found.
#[utoipa::path(get, path = "/workspaces/{ws}/conversations", tag = "conversations",
    params(("ws" = WorkspaceId, Path), Listing), responses((status = 200, body = ConversationPage)))]
async fn list(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
    Asked(listing): Asked<Listing>,
) -> Result<Json<ConversationPage>, Problem> {
    app.metrics.lists.add(1);
    let size = PageSize::of(listing.limit);
    if let Some(typed) = listing.q.as_deref().filter(|q| !q.trim().is_empty()) {
        let items = app
            .store
            .find_conversations(ws, caller.agent, typed, size.rows())
            .await?;
        return Ok(Json(ConversationPage { items, next: None }));
    }
    let word = listing.view.as_deref().unwrap_or("all");
    let view = View::parse(word)
        .ok_or_else(|| Problem::invalid("view", "view-unknown", "There is no such view"))?;
    let before = listing.before.as_deref().map(read_list_mark).transpose()?;
    let now = app.clock.now();
    let items = app
        .store
        .conversations(ws, caller.agent, view, before, size.rows(), now)
        .await?;
    let next = size.end(&items);
    let next = next.map(|last| list_mark(PageEnd::after(view, last)));
    Ok(Json(ConversationPage { items, next }))
}

/// With whom to begin a conversation: a number, or a contact.
#[derive(Debug, Deserialize, ToSchema)]
struct NewConversation {
    /// The number of ours to write from.
    channel_id: ChannelId,
    /// A number as people write it. Without a country code it is one of the country of our own number.
    number: Option<String>,
    /// What to call whoever has the number, if nobody is known by it: at most 80 characters.
    name: Option<String>,
    /// Somebody who is known, instead of a number.
    contact_id: Option<ContactId>,
}

/// Begin a conversation, or find the one that is open. Until the customer writes, only templates can be sent in it.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations", tag = "conversations",
    params(("ws" = WorkspaceId, Path)), request_body = NewConversation,
    responses((status = 201, body = Conversation),
        (status = 200, body = Conversation, description = "There is an open one"),
        (status = 409, body = Problem, description = "`channel-disconnected`, `number-left`"),
        (status = 422, body = Problem, description = "`number-empty`, `number-not-a-number`, `number-no-country`, \
            `number-too-short`, `number-too-long`, `number-not-in-use`, `number-ours`, \
            `name-too-long`, `channel-unknown`, `contact-unknown`")))]
async fn start(
    caller: May<may::Reply>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
    Body(new): Body<NewConversation>,
) -> Result<(StatusCode, Json<Conversation>), Problem> {
    let channel = app.store.channel(ws, new.channel_id).await?;
    let channel = channel.ok_or_else(unknown_channel)?;
    let number = match (&new.number, new.contact_id) {
        (None, Some(_)) => None,
        (typed, _) => {
            let typed = typed.as_deref().unwrap_or_default();
            Some(domain::phone::parse(typed, &channel.address).map_err(bad_number)?)
        }
    };
    if let Some(digits) = &number {
        refuse_ours(&app, ws, digits).await?;
    }
    let name = new.name.as_deref().map(str::trim).filter(|n| !n.is_empty());
    let name = name.map(|name| typed_name("name", name)).transpose()?;
    let whom = match (&number, new.contact_id) {
        (Some(digits), _) => Whom::Number(digits, name.as_deref()),
        (None, Some(contact)) => Whom::Contact(contact),
        (None, None) => return Err(bad_number(BadNumber::Empty)),
    };
    let now = app.clock.now();
    let started = app
        .store
        .start_conversation(ws, (channel.id, whom), caller.agent, now)
        .await?;
    let (status, id) = match started {
        Started::New(id) => (StatusCode::CREATED, id),
        Started::Open(id) => (StatusCode::OK, id),
        Started::Disconnected => return Err(Problem::channel_disconnected()),
        Started::NoChannel => return Err(unknown_channel()),
        Started::NoContact => {
            let title = "There is no such contact";
            return Err(Problem::invalid("contact_id", "contact-unknown", title));
        }
        Started::Left(contact) => return Err(number_left(&app, ws, contact).await?),
    };
    app.live.wake(ws);
    Ok((status, shown(&app, ws, caller.agent, id).await?))
}

/// A number that is connected here has no customer behind it.
async fn refuse_ours(app: &App, ws: WorkspaceId, digits: &str) -> Result<(), Problem> {
    let channels = app.store.channels(ws).await?;
    let mut connected = channels.iter().filter(|of| !of.is_disconnected());
    match connected.find(|of| domain::phone::is_shown_as(digits, &of.address)) {
        None => Ok(()),
        Some(ours) => {
            let title = "The number is one of the workspace's own";
            let problem = Problem::invalid("number", "number-ours", title);
            Err(problem.param("name", &ours.name))
        }
    }
}

/// The number belonged to somebody who writes from another now.
async fn number_left(app: &App, ws: WorkspaceId, contact: ContactId) -> Result<Problem, Problem> {
    let who = app.store.contact_in_short(ws, contact).await?;
    let who = who.ok_or_else(Problem::not_found)?;
    let title = "Who had this number has left it";
    let problem = Problem::conflict("number-left", title).field("number");
    Ok(problem
        .param("name", who.name)
        .param("phone", who.phone.unwrap_or_default())
        .param("contact_id", contact.to_string()))
}

fn unknown_channel() -> Problem {
    Problem::invalid("channel_id", "channel-unknown", "There is no such channel")
}

fn bad_number(why: BadNumber) -> Problem {
    let (code, title) = match why {
        BadNumber::Empty => ("number-empty", "A number is needed"),
        BadNumber::NotANumber => ("number-not-a-number", "This is not a number"),
        BadNumber::NoCountry => (
            "number-no-country",
            "The number has no country code that exists",
        ),
        BadNumber::TooShort => ("number-too-short", "The number is too short"),
        BadNumber::TooLong => ("number-too-long", "The number is too long"),
        BadNumber::NotInUse => (
            "number-not-in-use",
            "There is no such number in its country",
        ),
    };
    Problem::invalid("number", code, title)
}

/// The counters beside the views.
#[utoipa::path(get, path = "/workspaces/{ws}/counters", tag = "conversations",
    params(("ws" = WorkspaceId, Path)), responses((status = 200, body = Counters)))]
async fn counters(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At(ws): At<WorkspaceId>,
) -> Result<Json<Counters>, Problem> {
    let now = app.clock.now();
    Ok(Json(app.store.counters(ws, caller.agent, now).await?))
}

/// One conversation.
#[utoipa::path(get, path = "/workspaces/{ws}/conversations/{id}", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 404, body = Problem)))]
async fn one(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<Json<Conversation>, Problem> {
    shown(&app, ws, caller.agent, id).await
}

async fn shown(
    app: &App,
    ws: WorkspaceId,
    agent: AgentId,
    id: ConversationId,
) -> Result<Json<Conversation>, Problem> {
    let conversation = app.store.conversation(ws, Some(agent), id).await?;
    conversation.map(Json).ok_or_else(Problem::not_found)
}

/// Which page of a thread.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Scroll {
    /// The `older` of the page after.
    before: Option<String>,
    /// At most 100.
    limit: Option<i64>,
}

/// A page of the thread, which goes on into older conversations with the same person.
#[utoipa::path(get, path = "/workspaces/{ws}/conversations/{id}/thread", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path), Scroll),
    responses((status = 200, body = ThreadPage), (status = 404, body = Problem)))]
async fn thread(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Asked(scroll): Asked<Scroll>,
) -> Result<Json<ThreadPage>, Problem> {
    let size = PageSize::of(scroll.limit);
    let before = scroll.before.as_deref().map(read_thread_mark).transpose()?;
    let cursor = app.store.cursor(ws).await?;
    let conversation = app
        .store
        .conversation(ws, Some(caller.agent), id)
        .await?
        .ok_or_else(Problem::not_found)?;
    let mut lines = app.store.thread(ws, id, before, size.rows()).await?;
    let older = size.end(&lines).map(|oldest| {
        thread_mark(ThreadEnd {
            at: oldest.at.as_microsecond(),
            seq: oldest.seq,
        })
    });
    lines.reverse();
    Ok(Json(ThreadPage {
        entries: lines.into_iter().map(Into::into).collect(),
        older,
        read_seq: conversation.read_seq.unwrap_or(0),
        drafts: app.store.drafts(ws, caller.agent, id).await?,
        cursor,
    }))
}

/// Answers what an action became: the conversation as it stands now.
async fn acted(
    app: &App,
    ws: WorkspaceId,
    agent: AgentId,
    id: ConversationId,
    acted: Acted,
) -> Result<Json<Conversation>, Problem> {
    match acted {
        Acted::Done => {
            app.live.wake(ws);
            shown(app, ws, agent, id).await
        }
        Acted::NotThere => Err(Problem::not_found()),
        Acted::NewerIsOpen => Err(Problem::conflict(
            "newer-conversation-open",
            "A newer conversation with the same person is open",
        )),
    }
}

/// Mark as done.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/resolve", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)), responses((status = 200, body = Conversation)))]
async fn resolve(
    caller: May<may::ManageConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<Json<Conversation>, Problem> {
    let done = app
        .store
        .resolve(ws, id, caller.agent, app.clock.now())
        .await?;
    acted(&app, ws, caller.agent, id, done).await
}

/// Take up again.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/reopen", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    responses((status = 200, body = Conversation), (status = 409, body = Problem, description = "`newer-conversation-open`")))]
async fn reopen(
    caller: May<may::ManageConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<Json<Conversation>, Problem> {
    let done = app
        .store
        .reopen(ws, id, caller.agent, app.clock.now())
        .await?;
    acted(&app, ws, caller.agent, id, done).await
}

/// Who is to answer.
#[derive(Debug, Deserialize, ToSchema)]
struct Assignment {
    /// Null for nobody, and nobody is meant only if it is said.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(required = true)]
    agent_id: Option<AgentId>,
}

/// Give to a colleague, or to nobody.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/assign", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)), request_body = Assignment,
    responses((status = 200, body = Conversation), (status = 422, body = Problem)))]
async fn assign(
    caller: May<may::ManageConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Body(to): Body<Assignment>,
) -> Result<Json<Conversation>, Problem> {
    let now = app.clock.now();
    let done = app
        .store
        .assign(ws, id, to.agent_id, caller.agent, now)
        .await?;
    acted(&app, ws, caller.agent, id, done).await
}

/// How far somebody has read.
#[derive(Debug, Deserialize, ToSchema)]
struct ReadUpTo {
    seq: i64,
}

/// Note that the asking agent has read up to a line.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/read", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)), request_body = ReadUpTo,
    responses((status = 204)))]
async fn read(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Body(upto): Body<ReadUpTo>,
) -> Result<StatusCode, Problem> {
    let now = app.clock.now();
    let read = app
        .store
        .read_up_to(ws, id, caller.agent, upto.seq, now)
        .await?;
    if read == Acted::NotThere {
        return Err(Problem::not_found());
    }
    if let Some((channel, identity)) = app.store.place_of(ws, id).await? {
        app.senders.attends(channel, identity, Doing::Reads);
    }
    app.live.wake(ws);
    Ok(StatusCode::NO_CONTENT)
}

/// Say that the asking agent is writing an answer: the customer sees it for 25 seconds, if the channel shows such
/// things and the customer may be answered.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/typing", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    responses((status = 204), (status = 404, body = Problem)))]
async fn typing(
    _caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<StatusCode, Problem> {
    let place = app.store.place_of(ws, id).await?;
    let (channel, identity) = place.ok_or_else(Problem::not_found)?;
    app.senders.attends(channel, identity, Doing::Types);
    Ok(StatusCode::NO_CONTENT)
}

/// Make the newest message from the customer unread again, for the asking agent.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/unread", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)), responses((status = 200, body = Conversation)))]
async fn unread(
    caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<Json<Conversation>, Problem> {
    let done = app
        .store
        .mark_unread(ws, id, caller.agent, app.clock.now())
        .await?;
    acted(&app, ws, caller.agent, id, done).await
}

/// An unsent text.
#[derive(Debug, Deserialize, ToSchema)]
struct DraftText {
    /// Empty to forget it.
    text: String,
}

/// Keep an unsent text.
#[utoipa::path(put, path = "/workspaces/{ws}/conversations/{id}/drafts/{mode}", tag = "conversations",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path), ("mode" = DraftMode, Path)),
    request_body = DraftText, responses((status = 204), (status = 422, body = Problem, description = "`draft-too-long`")))]
async fn keep_draft(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id, mode)): At<(WorkspaceId, ConversationId, DraftMode)>,
    Body(draft): Body<DraftText>,
) -> Result<StatusCode, Problem> {
    let text = domain::text::storable(&draft.text);
    if text.chars().count() > LONGEST_DRAFT {
        let problem = Problem::invalid("text", "draft-too-long", "The draft is too long");
        return Err(problem.param("max", LONGEST_DRAFT));
    }
    let kept = NewDraft {
        agent: caller.agent,
        conversation: id,
        mode,
        text: &text,
    };
    let cursor = app.store.keep_draft(ws, app.clock.now(), kept).await?;
    cursor.ok_or_else(Problem::not_found)?;
    app.live.wake(ws);
    Ok(StatusCode::NO_CONTENT)
}
