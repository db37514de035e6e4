//! Tokens: made for an app or from a code, and looked at.

use serde_json::{Value, json};

use super::{GraphCall, error::GraphError};
use crate::{
    rules::onboarding::{BadCode, Unfit},
    shared::Shared,
};

/// The app's own token, or the business's, for the code that its browser was given.
pub(super) fn access_token(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    let parameter = |name| {
        call.parameter(name)
            .ok_or_else(|| GraphError::required(name))
    };
    let code = call.parameter("code");
    if code.is_none() && parameter("grant_type")? != "client_credentials" {
        return Err(GraphError::parameter(
            "Param grant_type must be one of {client_credentials}.",
        ));
    }
    let app = format!(
        "{}|{}",
        parameter("client_id")?,
        parameter("client_secret")?
    );
    if app != shared.identity.app_token() {
        return Err(GraphError::bad_secret());
    }
    let token = match code {
        None => app,
        Some(code) => business_token(shared, &code)?,
    };
    Ok(json!({"access_token": token, "token_type": "bearer"}))
}

fn business_token(shared: &Shared, code: &str) -> Result<String, GraphError> {
    let now = shared.now();
    let token = {
        let mut world = shared.world();
        let world = &mut *world;
        world
            .onboarding
            .exchange(now, code, &mut world.rng)
            .map_err(|why| match why {
                BadCode::Unknown => GraphError::bad_code("Invalid verification code format.", None),
                BadCode::Used => {
                    GraphError::bad_code("This authorization code has been used.", Some(36_009))
                }
                BadCode::Expired => {
                    GraphError::bad_code("This authorization code has expired.", Some(36_007))
                }
            })?
    };
    shared.log().hide(token.clone());
    Ok(token)
}

pub(super) fn debug_token(shared: &Shared, call: &GraphCall) -> Result<Value, GraphError> {
    call.by_the_app(shared)
        .or_else(|_| call.known(shared).map(drop))?;
    let input = call
        .query
        .get("input_token")
        .ok_or_else(|| GraphError::required("input_token"))?;
    let now = shared.now();
    let world = shared.world();
    let grant = world.onboarding.grant(input);
    let Some(grant) = grant.filter(|g| !g.revoked && !world.faults.token_revoked) else {
        return Ok(json!({"data": {
            "error": {"code": 190, "message": "Invalid OAuth access token."},
            "is_valid": false,
            "scopes": [],
        }}));
    };
    let identity = &shared.identity;
    let expired = grant.expires_at.is_some_and(|end| end <= now);
    let granular: Vec<Value> = grant
        .scopes
        .iter()
        .map(|scope| json!({"scope": scope, "target_ids": [identity.waba_id]}))
        .collect();
    let mut data = json!({
        "app_id": identity.app_id,
        "type": "SYSTEM_USER",
        "application": "Charla",
        "data_access_expires_at": 0,
        "expires_at": grant.expires_at.map_or(0, jiff::Timestamp::as_second),
        "is_valid": !expired,
        "scopes": grant.scopes,
        "granular_scopes": granular,
    });
    if expired {
        data["error"] = json!({
            "code": 190,
            "subcode": 463,
            "message": "Error validating access token: Session has expired.",
        });
    }
    Ok(json!({"data": data}))
}

impl GraphCall {
    /// The token, if there is one.
    fn known(&self, shared: &Shared) -> Result<String, GraphError> {
        let token = self.token.as_deref().ok_or_else(GraphError::no_token)?;
        let known = shared.world().onboarding.grant(token).is_some();
        known
            .then(|| token.to_owned())
            .ok_or_else(GraphError::bad_token)
    }

    /// May the token do this with the business's account?
    pub(super) fn may(&self, shared: &Shared, scope: &str) -> Result<(), GraphError> {
        let token = self.known(shared)?;
        let world = shared.world();
        if world.faults.token_revoked {
            return Err(GraphError::token_revoked());
        }
        let checked = world.onboarding.check(shared.now(), &token, scope);
        checked.map_err(|why| match why {
            Unfit::Unknown => GraphError::bad_token(),
            Unfit::Revoked => GraphError::token_revoked(),
            Unfit::Expired => GraphError::token_expired(),
            Unfit::Scope => GraphError::of(10),
        })
    }
}
