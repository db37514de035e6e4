//! Uploading files for a reply: checked by their bytes against what the channel takes, kept in the draft.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, BodyDataStream};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::identity::ChannelKind;
use domain::media::{self, Limit, MAX_FILE, MediaKind, Shows, Unfit, Unsent, clean_name};
use domain::{ConversationId, MediaId, WorkspaceId};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use store::{Media, NewUpload, Uploaded};
use tokio::time::timeout;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::look::{LONGEST_SIDE, Look, NotShown};
use super::spool::{Came, Coming, NotAdded};
use crate::App;
use crate::accounts::{Asked, At, May, may};
use crate::headers::declared_length;
use crate::problem::Problem;

const OGG: &str = "audio/ogg";
/// An upload of which nothing comes for so long has broken off.
const STALLED: Duration = Duration::from_mins(1);

/// What is told of a file beside its bytes.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Told {
    /// What it is called.
    name: Option<String>,
    /// It is a recording to be sent as a voice note.
    #[serde(default)]
    #[param(required = false)]
    voice: bool,
    /// Its place among the files of the draft, the lowest first; among those of one place, the first to come.
    #[serde(default)]
    #[param(required = false)]
    place: i64,
}

/// What a conversation's channel takes.
#[derive(Debug, Serialize, ToSchema)]
struct Takes {
    takes: Vec<Limit>,
}

/// The routes of this noun.
pub(crate) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(limits, upload))
        .routes(routes!(remove))
}

/// What files can be sent there.
#[utoipa::path(get, path = "/workspaces/{ws}/conversations/{id}/uploads", tag = "media",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path)),
    responses((status = 200, body = Takes), (status = 404, body = Problem)))]
async fn limits(
    _caller: May<may::ReadConversations>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
) -> Result<Json<Takes>, Problem> {
    let takes = media::limits_of(channel_of(&app, ws, id).await?);
    Ok(Json(Takes { takes }))
}

/// Upload a file for a reply. It is in the caller's draft until a message takes it along.
#[utoipa::path(post, path = "/workspaces/{ws}/conversations/{id}/uploads", tag = "media",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path), Told),
    request_body(content = Vec<u8>, description = "The bytes, as they are", content_type = "application/octet-stream"),
    responses((status = 201, body = Media), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`drafts-full`: so many files of the caller wait unsent"),
        (status = 413, body = Problem, description = "`file-too-large`"),
        (status = 422, body = Problem, description = "`file-empty`, `file-type-not-taken`, `file-mismatch`, `file-not-voice`, `file-broke-off`,
            `picture-too-large`, `picture-damaged`"),
        (status = 503, body = Problem, description = "`storage-unavailable`")))]
async fn upload(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ConversationId)>,
    Asked(told): Asked<Told>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Media>), Problem> {
    let channel = channel_of(&app, ws, id).await?;
    if declared_length(&headers).is_some_and(|length| length > MAX_FILE) {
        return Err(too_large(MAX_FILE));
    }
    let size = declared_length(&headers).and_then(|length| i64::try_from(length).ok());
    let waiting = app.store.unsent_of(ws, caller.agent).await?;
    if !waiting.has_room_for(size.unwrap_or_default()) {
        return Err(drafts_full());
    }
    let came = Arc::new(take(&app, body.into_data_stream()).await?);
    let look = app.media.look(Arc::clone(&came)).await;
    let look = look.map_err(|error| unkept(&error))?;
    let name = told.name.as_deref().and_then(clean_name);
    let kind = kind_of(channel, &look, told.voice)?;
    let shows = Shows {
        mime: look.mime,
        size: came.size,
        moves: look.moves,
    };
    media::fits(channel, kind, shows).map_err(|unfit| refused(unfit, channel, &look))?;
    let cut_short = look.cut_short.then_some(NotShown::Damaged);
    look.not_shown
        .or(cut_short)
        .map_or(Ok(()), |why| Err(unreadable(why)))?;
    if name
        .as_deref()
        .is_some_and(|n| media::contradicts(n, look.mime))
    {
        let title = "Its bytes are of another type than its name says";
        return Err(Problem::invalid("name", "file-mismatch", title).param("mime", look.mime));
    }
    let contents = super::keep(&app, ws, &came, look).await;
    let upload = NewUpload {
        conversation: id,
        agent: caller.agent,
        kind,
        name: name.as_deref(),
        place: told.place,
        contents: &contents.map_err(|error| unkept(&error))?,
    };
    let added = app.store.add_upload(ws, upload, app.clock.now()).await?;
    match added {
        Uploaded::Added(file) => {
            app.live.wake(ws);
            Ok((StatusCode::CREATED, Json(file)))
        }
        Uploaded::NoConversation => Err(Problem::not_found()),
        Uploaded::Full => Err(drafts_full()),
        Uploaded::Left => Err(super::routes::storage_unavailable()),
    }
}

/// Take a file out of the caller's draft.
#[utoipa::path(delete, path = "/workspaces/{ws}/conversations/{id}/uploads/{file}", tag = "media",
    params(("ws" = WorkspaceId, Path), ("id" = ConversationId, Path), ("file" = MediaId, Path)),
    responses((status = 204), (status = 404, body = Problem, description = "None of the caller's that was not sent")))]
async fn remove(
    caller: May<may::Reply>,
    State(app): State<App>,
    At((ws, id, file)): At<(WorkspaceId, ConversationId, MediaId)>,
) -> Result<StatusCode, Problem> {
    let (draft, now) = ((id, caller.agent), app.clock.now());
    if !app.store.remove_upload(ws, draft, file, now).await? {
        return Err(Problem::not_found());
    }
    app.media.let_go();
    app.live.wake(ws);
    Ok(StatusCode::NO_CONTENT)
}

async fn channel_of(
    app: &App,
    ws: WorkspaceId,
    id: ConversationId,
) -> Result<ChannelKind, Problem> {
    let place = app.store.place_of(ws, id).await?;
    let (channel, _) = place.ok_or_else(Problem::not_found)?;
    let channel = app.channels.by_id(channel);
    Ok(channel.ok_or_else(Problem::not_found)?.kind)
}

/// Lets the bytes come onto the disk.
async fn take(app: &App, mut bytes: BodyDataStream) -> Result<Came, Problem> {
    let coming = Coming::into(&app.media.spool, MAX_FILE).await;
    let mut coming = coming.map_err(|error| unkept(&error))?;
    while let Some(chunk) = timeout(STALLED, bytes.next())
        .await
        .map_err(|_| broke_off())?
    {
        let chunk = chunk.map_err(|_| broke_off())?;
        coming.add(&chunk).await.map_err(|why| match why {
            NotAdded::TooLarge => too_large(MAX_FILE),
            NotAdded::Disk(error) => unkept(&error),
        })?;
    }
    coming.end().await.map_err(|error| unkept(&error))
}

/// As what a file goes over a channel. What the channel takes as nothing is refused as a document.
fn kind_of(channel: ChannelKind, look: &Look, voice: bool) -> Result<MediaKind, Problem> {
    if (voice || look.mime == OGG) && !look.voice {
        let title = "A recording in Ogg has to be Opus of one channel";
        let field = if voice { "voice" } else { "file" };
        return Err(Problem::invalid(field, "file-not-voice", title).param("mime", look.mime));
    }
    let kind = media::kind_for(channel, look.mime).unwrap_or(MediaKind::Document);
    Ok(if voice { MediaKind::Voice } else { kind })
}

fn refused(unfit: Unfit, channel: ChannelKind, look: &Look) -> Problem {
    match unfit {
        Unfit::Empty => Problem::invalid("file", "file-empty", "There is nothing in the file"),
        Unfit::TooLarge { max } => too_large(max),
        Unfit::Type => {
            let title = "The channel takes no files of this type";
            Problem::invalid("file", "file-type-not-taken", title)
                .param("mime", look.mime)
                .param("takes", media::types_taken(channel))
        }
    }
}

/// What we cannot make small is none that the customer could look at.
fn unreadable(why: NotShown) -> Problem {
    match why {
        NotShown::TooLarge => {
            let title = "The picture has more pixels than can be shown";
            Problem::invalid("file", "picture-too-large", title).param("max", LONGEST_SIDE)
        }
        NotShown::Damaged | NotShown::Type => {
            let title = "The picture cannot be read";
            Problem::invalid("file", "picture-damaged", title)
        }
    }
}

fn too_large(max: u64) -> Problem {
    let title = "The file is larger than the channel takes";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "file-too-large", title)
        .field("file")
        .param("max", max)
}

/// Sending what waits, or taking it out, makes room.
fn drafts_full() -> Problem {
    let title = "The caller's drafts hold as many unsent files as they may";
    Problem::conflict("drafts-full", title)
        .param("files", Unsent::MAX.files)
        .param("megabytes", Unsent::MAX.bytes >> 20)
}

fn broke_off() -> Problem {
    Problem::invalid("file", "file-broke-off", "The file did not come to its end")
}

fn unkept(error: &(dyn std::error::Error + 'static)) -> Problem {
    tracing::error!(error, "An uploaded file could not be kept");
    super::routes::storage_unavailable()
}
