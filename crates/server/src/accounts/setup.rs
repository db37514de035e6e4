//! The first start: a code in the terminal, and the owner who types it.
//!
//! An inbox that nobody owns yet must not belong to whoever finds it first. The code proves that
//! somebody can read what the server prints. It lives in memory; each start makes a new one.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use axum::http::StatusCode;
use domain::UserId;
use serde::Deserialize;
use store::{Membership, NewUser, NewWorkspace};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use super::fields::{self, Password};
use super::{Address, password, sign_in};
use crate::App;
use crate::problem::Problem;

/// Crockford's: none of its characters is taken for another.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Fifty bits.
const LENGTH: usize = 10;

/// The code of this start, if one is needed.
#[derive(Default)]
pub struct SetupCode(Mutex<Option<String>>);

impl fmt::Debug for SetupCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetupCode(..)")
    }
}

impl SetupCode {
    fn set(&self, code: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = code;
    }

    /// Whether somebody typed it, in whatever spelling.
    pub(super) fn is(&self, typed: &str) -> bool {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.as_ref()
            .is_some_and(|code| code.as_bytes().ct_eq(plain(typed).as_bytes()).into())
    }
}

/// What was typed without dashes and blanks, and with the characters people confuse put right.
fn plain(typed: &str) -> String {
    typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect()
}

/// As people read it: `7K3F-QM2X-91`.
fn grouped(code: &str) -> String {
    let (first, rest) = code.split_at(4);
    let (second, third) = rest.split_at(4);
    format!("{first}-{second}-{third}")
}

/// Makes the code if nobody owns this install yet, and answers it for the terminal.
pub async fn prepare_setup(app: &App) -> Result<Option<String>, store::Error> {
    if app.store.users_exist().await? {
        app.setup.set(None);
        return Ok(None);
    }
    let random: [u8; LENGTH] = app.secrets.random();
    let code: String = random
        .iter()
        .map(|byte| char::from(ALPHABET[usize::from(byte % 32)]))
        .collect();
    let printed = grouped(&code);
    app.setup.set(Some(code));
    Ok(Some(printed))
}

/// The first user of an install, and their workspace.
#[derive(Clone)]
pub struct NewOwner {
    /// What colleagues and customers call them.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// Twelve characters or more.
    pub password: String,
    /// Their workspace.
    pub workspace: OwnWorkspace,
}

/// The workspace of a [`NewOwner`].
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct OwnWorkspace {
    /// What the company is called.
    pub name: String,
    /// `en` or `es`.
    pub locale: String,
    /// A name of the tz database.
    pub time_zone: String,
    /// A currency Meta bills in.
    pub currency: String,
}

impl fmt::Debug for NewOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOwner").finish_non_exhaustive()
    }
}

/// Sets up over HTTP: the code first, so that nothing else can be tried out without it.
pub(super) async fn set_up_with_code(
    app: &App,
    from: Address,
    code: &str,
    owner: NewOwner,
) -> Result<UserId, Problem> {
    if app.store.users_exist().await? {
        return Err(done());
    }
    let wrong = || {
        let title = "This is not the set-up code";
        Problem::new(StatusCode::FORBIDDEN, "setup-code-wrong", title).field("code")
    };
    sign_in::check_setup_code(app, from, code)
        .await
        .map_err(|refused| refused.or(wrong()))?;
    let (user, _) = set_up(app, owner).await?;
    Ok(user)
}

/// Makes the first user and their workspace. For whoever may do so without a code: the demo.
pub async fn set_up(app: &App, owner: NewOwner) -> Result<(UserId, Membership), Problem> {
    let place = owner.workspace;
    let workspace = NewWorkspace {
        name: fields::name("workspace.name", &place.name)?,
        locale: fields::locale("workspace.locale", &place.locale)?,
        time_zone: fields::time_zone("workspace.time_zone", &place.time_zone)?,
        currency: fields::currency("workspace.currency", &place.currency)?,
    };
    let name = fields::name("name", &owner.name)?;
    let email = fields::email(&owner.email)?;
    let chosen = Password::parse(&owner.password)?;
    let user = NewUser {
        email,
        name,
        password_hash: Some(password::hash(app, chosen).await?),
        locale: workspace.locale.clone(),
        time_zone: workspace.time_zone.clone(),
    };
    let now = app.clock.system_now();
    let made = app.store.add_owner(&user, &workspace, now).await?;
    app.setup.set(None);
    made.ok_or_else(done)
}

fn done() -> Problem {
    Problem::conflict("setup-done", "This server has an owner")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_in_every_spelling_and_no_other() {
        let code = SetupCode::default();
        assert!(!code.is(""));
        code.set(Some("7K3FQM2X91".to_owned()));
        for (typed, right) in [
            ("7K3F-QM2X-91", true),
            (" 7k3f qm2x 9l ", true),
            ("7K3FQM2X9", false),
            ("7K3FQM2X92", false),
            ("", false),
        ] {
            assert_eq!(code.is(typed), right, "{typed}");
        }
        assert_eq!(grouped("7K3FQM2X91"), "7K3F-QM2X-91");
        assert_eq!(format!("{code:?}"), "SetupCode(..)");
    }
}
