//! What somebody changes about themselves.

use std::fmt;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use store::{LONGEST_PREFERENCES, UserChange};
use utoipa::ToSchema;

use crate::accounts::fields::{self, Password};
use crate::accounts::session::{self, Session, SignedIn};
use crate::accounts::{Address, Body, password, sign_in};
use crate::{App, Problem};

/// What is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = MyChanges)]
pub(super) struct Me {
    name: Option<String>,
    locale: Option<String>,
    time_zone: Option<String>,
    /// Those of the app's own choices that change; one that is null is forgotten.
    #[schema(value_type = Option<Object>)]
    preferences: Option<Map<String, Value>>,
}

/// Changes name, language, zone or preferences.
#[utoipa::path(patch, path = "/me", tag = "me", request_body = Me, responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, description = "`signed-out`"),
    (status = 422, body = Problem, description = "The field and its rule")))]
pub(super) async fn update(
    State(app): State<App>,
    who: SignedIn,
    Body(me): Body<Me>,
) -> Result<Json<Session>, Problem> {
    let name = me.name.map(|typed| fields::name("name", &typed));
    let locale = me.locale.map(|typed| fields::locale("locale", &typed));
    let time_zone = me
        .time_zone
        .map(|typed| fields::time_zone("time_zone", &typed));
    let change = UserChange {
        name: name.transpose()?,
        locale: locale.transpose()?,
        time_zone: time_zone.transpose()?,
        preferences: me.preferences,
    };
    let now = app.clock.now();
    if !app.store.update_user(who.user, &change, now).await? {
        let title = "The preferences are too long";
        return Err(
            Problem::invalid("preferences", "preferences-too-long", title)
                .param("max", LONGEST_PREFERENCES),
        );
    }
    Ok(Json(session::describe(&app, who.user).await?))
}

/// The password there is and the one there will be.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPassword {
    current: String,
    password: String,
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewPassword").finish_non_exhaustive()
    }
}

/// Changes the password and ends every other session.
#[utoipa::path(post, path = "/me/password", tag = "me", request_body = NewPassword, responses(
    (status = 204),
    (status = 401, body = Problem, description = "`signed-out`"),
    (status = 422, body = Problem, description = "`wrong-password` of the field `current`, or the rule of the new one"),
    (status = 429, body = Problem, description = "`too-many-tries` with `retry_at`")))]
pub(super) async fn change_password(
    State(app): State<App>,
    who: SignedIn,
    from: Address,
    Body(typed): Body<NewPassword>,
) -> Result<StatusCode, Problem> {
    let chosen = Password::parse(&typed.password)?;
    let me = app.store.user(who.user).await?;
    let me = me.ok_or_else(session::signed_out)?;
    let wrong = || {
        Problem::invalid(
            "current",
            "wrong-password",
            "The current password is another",
        )
    };
    sign_in::check(&app, from, &me.email, typed.current)
        .await
        .map_err(|refused| refused.or(wrong()))?;
    let hash = password::hash(&app, chosen).await?;
    app.store
        .set_password(who.user, &hash, Some(who.session))
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
