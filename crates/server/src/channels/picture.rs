//! The picture that customers see of a number.

use std::io::Cursor;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use domain::{ChannelId, WorkspaceId};
use image::{ImageFormat, ImageReader};
use meta::graph::NewFile;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::page::{Profile, with_token};
use super::refused::{Asking, problem};
use crate::App;
use crate::accounts::{At, May, may};
use crate::problem::Problem;

/// Meta's limit for pictures. Source: "Media", 2025.
const LARGEST: usize = 5 << 20;

/// The routes of this noun.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(set_picture))
}

/// Show customers this picture of the number: a JPEG or PNG of at most 5 MB, best a square.
#[utoipa::path(put, path = "/workspaces/{ws}/channels/{id}/profile/picture", tag = "channels",
    params(("ws" = WorkspaceId, Path), ("id" = ChannelId, Path)),
    request_body(content = String, content_type = "image/jpeg", description = "The bytes of a JPEG or PNG"),
    responses((status = 200, body = Profile), (status = 404, body = Problem),
        (status = 409, body = Problem, description = "`channel-disconnected`"),
        (status = 413, body = Problem, description = "`profile-picture-too-large`"),
        (status = 422, body = Problem, description = "`picture-type`, `picture-refused`, `app-id-missing`")))]
async fn set_picture(
    _caller: May<may::ManageChannels>,
    State(app): State<App>,
    At((ws, id)): At<(WorkspaceId, ChannelId)>,
    request: Request,
) -> Result<Json<Profile>, Problem> {
    let (channel, token) = with_token(&app, ws, id).await?;
    let read = axum::body::to_bytes(request.into_body(), LARGEST).await;
    let bytes = read.map_err(|_| too_large())?;
    let mime = type_of(&bytes).ok_or_else(wrong_type)?;
    let keys = app.channels.app(&app, &channel.app).await;
    let app_id = keys.and_then(|keys| keys.app_id.clone());
    let app_id = app_id.ok_or_else(no_app_id)?;
    let file = NewFile {
        name: "picture",
        mime,
        bytes: &bytes,
    };
    let refused = |error| problem(Asking::Picture, &error);
    let (graph, number) = (&app.graph, &channel.external_id);
    let uploaded = graph.upload(&token, &app_id, file).await;
    let handle = uploaded.map_err(refused)?;
    let told = graph.set_picture(&token, number, &handle).await;
    told.map_err(refused)?;
    let found = graph.profile(&token, number).await.map_err(refused)?;
    Ok(Json(found.into()))
}

fn too_large() -> Problem {
    let title = "A picture has at most 5 MB";
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "profile-picture-too-large",
        title,
    )
    .field("picture")
    .param("max", LARGEST)
}

fn wrong_type() -> Problem {
    Problem::invalid("picture", "picture-type", "A picture is a JPEG or PNG")
}

fn no_app_id() -> Problem {
    Problem::invalid("app", "app-id-missing", "The app's id is not known")
}

/// The type by the bytes: nobody's word is taken for it.
fn type_of(bytes: &[u8]) -> Option<&'static str> {
    let reader = ImageReader::new(Cursor::new(bytes));
    let reader = reader.with_guessed_format().ok()?;
    let mime = match reader.format()? {
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Png => "image/png",
        _ => return None,
    };
    reader.into_dimensions().ok().map(|_| mime)
}
