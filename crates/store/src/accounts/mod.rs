//! People who sign in: users, what they are in which workspace, and the tokens that prove it.
//!
//! A user is known to the whole install, an agent is a user's membership of one workspace. Tokens come
//! here as hashes only: whoever reads these tables can sign in as nobody.

mod failures;
mod links;
mod members;
mod rules;
mod sessions;
mod users;
mod workspaces;

#[cfg(test)]
mod tests;

use domain::Timestamp;
use jiff::SignedDuration;

use crate::Store;
use crate::db::args;
use crate::error::Error;

pub use failures::{Limit, Tried};
pub use links::{Invitation, Joined, Link, LinkKind, NewInvitation};
pub use members::{Agent, Membership};
pub use rules::MemberError;
pub use sessions::Caller;
pub use users::{Credentials, LONGEST_PREFERENCES, NewUser, User, UserChange};
pub use workspaces::{NewWorkspace, Workspace};

/// What is kept of a token: enough to know it again, too little to make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenHash(pub [u8; 32]);

impl From<TokenHash> for crate::db::Value {
    fn from(hash: TokenHash) -> Self {
        Self::from(hash.0.to_vec())
    }
}

/// An e-mail address as it is stored and found, whatever way it was typed.
#[must_use]
pub fn fold_email(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// How long an ended link still says whose it was: "ended on Tuesday, ask Marta for a new one".
const ENDED_LINKS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Store {
    /// Forgets sessions, links and failed sign-ins that no longer mean anything.
    pub async fn prune_accounts(&self, now: Timestamp) -> Result<(), Error> {
        let long_ago = now.checked_sub(ENDED_LINKS_KEPT).unwrap_or(Timestamp::MIN);
        self.db
            .run("DELETE FROM sessions WHERE expires_at <= $1", args![now])
            .await?;
        self.db
            .run("DELETE FROM links WHERE expires_at <= $1", args![long_ago])
            .await?;
        self.db
            .run(
                "DELETE FROM sign_in_failures WHERE blocked_until <= $1 AND first_at <= $2",
                args![now, failures::forgotten_before(now)],
            )
            .await?;
        Ok(())
    }
}
