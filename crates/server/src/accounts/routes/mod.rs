//! The routes of people and their access. A handler translates; the modules beside this one decide.

mod agents;
mod me;
mod signed_out;

use axum::extract::DefaultBodyLimit;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;

/// Nobody's name or password is longer, and hashing reads all of it.
const LARGEST_BODY: usize = 64 << 10;

/// Every route of this folder.
#[must_use]
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(signed_out::server))
        .routes(routes!(
            signed_out::session,
            signed_out::sign_in,
            signed_out::sign_out
        ))
        .routes(routes!(signed_out::setup))
        .routes(routes!(signed_out::link, signed_out::take_link))
        .routes(routes!(me::update))
        .routes(routes!(me::change_password))
        .routes(routes!(agents::list))
        .routes(routes!(agents::set_role, agents::end_membership))
        .routes(routes!(agents::invitations, agents::invite))
        .routes(routes!(agents::end_invitation))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}
