//! Users: people who sign in, known to the whole install.

use std::fmt;

use domain::permission::Role;
use domain::{Timestamp, UserId};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::members::Membership;
use super::workspaces::NewWorkspace;
use super::{TokenHash, fold_email};
use crate::Store;
use crate::change::{About, EventKind};
use crate::db::{Tx, args};
use crate::error::Error;

/// A person who signs in.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The user.
    pub id: UserId,
    /// Folded: see [`fold_email`].
    pub email: String,
    /// What colleagues and customers call them.
    pub name: String,
    /// The language of their screens.
    pub locale: String,
    /// The zone of their clocks, as the tz database names it.
    pub time_zone: String,
    /// The app's own choices; we keep them without reading them.
    pub preferences: Map<String, Value>,
}

/// A user who is about to be.
#[derive(Clone)]
pub struct NewUser {
    /// In any spelling.
    pub email: String,
    /// What colleagues and customers call them.
    pub name: String,
    /// Without one only a link signs them in.
    pub password_hash: Option<String>,
    /// The language of their screens.
    pub locale: String,
    /// The zone of their clocks.
    pub time_zone: String,
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").finish_non_exhaustive()
    }
}

/// What a password is checked against.
#[derive(Clone)]
pub struct Credentials {
    /// Whose they are.
    pub user: UserId,
    /// Without one only a link signs them in.
    pub password_hash: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// What a user changes about themselves; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct UserChange {
    /// What colleagues and customers call them.
    pub name: Option<String>,
    /// The language of their screens.
    pub locale: Option<String>,
    /// The zone of their clocks.
    pub time_zone: Option<String>,
    /// Those of the app's own choices that change.
    pub preferences: Option<Map<String, Value>>,
}

/// How many bytes the app's own choices of one user may have: they are not a place to keep things.
pub const LONGEST_PREFERENCES: usize = 16 << 10;

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    email: String,
    name: String,
    locale: String,
    time_zone: String,
    preferences: String,
}

impl Found {
    fn read(self) -> Result<User, Error> {
        let preferences = preferences(self.preferences)?;
        Ok(User {
            id: UserId::from_uuid(self.id),
            email: self.email,
            name: self.name,
            locale: self.locale,
            time_zone: self.time_zone,
            preferences,
        })
    }
}

#[derive(sqlx::FromRow)]
struct FoundCredentials {
    id: Uuid,
    password_hash: Option<String>,
}

impl From<FoundCredentials> for Credentials {
    fn from(f: FoundCredentials) -> Self {
        Self {
            user: UserId::from_uuid(f.id),
            password_hash: f.password_hash,
        }
    }
}

fn preferences(stored: String) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(&stored).map_err(|_| Error::Corrupt {
        column: "users.preferences",
        value: stored,
    })
}

impl Store {
    /// Whether this install has an owner yet.
    pub async fn users_exist(&self) -> Result<bool, Error> {
        let found: Vec<(i64,)> = self
            .db
            .all("SELECT CAST(1 AS BIGINT) FROM users LIMIT 1", args![])
            .await?;
        Ok(!found.is_empty())
    }

    /// Makes the install's first user, with their workspace. `None` if there is a user already, however
    /// many ask at once.
    pub async fn add_owner(
        &self,
        user: &NewUser,
        workspace: &NewWorkspace,
        now: Timestamp,
    ) -> Result<Option<(UserId, Membership)>, Error> {
        let mut tx = self.db.begin().await?;
        // PostgreSQL would let two transactions see an empty table; a row that always exists makes
        // them queue.
        tx.run(
            "UPDATE schema_versions SET version = version WHERE part = $1",
            args!["main"],
        )
        .await?;
        let taken: Vec<(i64,)> = tx
            .all("SELECT CAST(1 AS BIGINT) FROM users LIMIT 1", args![])
            .await?;
        if !taken.is_empty() {
            return Ok(None);
        }
        let id = self.insert_user(&mut tx, user, now).await?;
        let place = self.insert_workspace(&mut tx, workspace, now).await?;
        let agent = self
            .insert_agent(&mut tx, place, id, Role::Owner, now)
            .await?;
        tx.commit().await?;
        let membership = Membership {
            id: place,
            name: workspace.name.clone(),
            role: Role::Owner,
            agent_id: agent,
        };
        Ok(Some((id, membership)))
    }

    pub(super) async fn insert_user(
        &self,
        tx: &mut Tx,
        new: &NewUser,
        now: Timestamp,
    ) -> Result<UserId, Error> {
        let id = UserId::new(now, self.chance.bytes());
        tx.run(
            "INSERT INTO users (id, email, name, password_hash, locale, time_zone, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            args![
                id,
                fold_email(&new.email),
                new.name.as_str(),
                new.password_hash.clone(),
                new.locale.as_str(),
                new.time_zone.as_str(),
                now
            ],
        )
        .await?;
        Ok(id)
    }

    /// The user.
    pub async fn user(&self, user: UserId) -> Result<Option<User>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT id, email, name, locale, time_zone, preferences FROM users WHERE id = $1",
                args![user],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// The user with this e-mail address, in any spelling.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT id, email, name, locale, time_zone, preferences FROM users WHERE email = $1",
                args![fold_email(email)],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// What the password of the user with this e-mail address is checked against.
    pub async fn credentials_by_email(&self, email: &str) -> Result<Option<Credentials>, Error> {
        let found: Option<FoundCredentials> = self
            .db
            .maybe(
                "SELECT id, password_hash FROM users WHERE email = $1",
                args![fold_email(email)],
            )
            .await?;
        Ok(found.map(Credentials::from))
    }

    /// Changes what a user says about themselves. Colleagues see a new name live. Answers false, and
    /// changes nothing, where the preferences would be longer than [`LONGEST_PREFERENCES`].
    pub async fn update_user(
        &self,
        user: UserId,
        change: &UserChange,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut tx = self.db.begin().await?;
        // It holds the row: what two windows of one user choose is put together one after the other.
        let found: Option<(String,)> = tx
            .maybe(
                "UPDATE users SET name = COALESCE($2, name), locale = COALESCE($3, locale),
                        time_zone = COALESCE($4, time_zone)
                 WHERE id = $1 RETURNING preferences",
                args![
                    user,
                    change.name.clone(),
                    change.locale.clone(),
                    change.time_zone.clone()
                ],
            )
            .await?;
        if let (Some(chosen), Some((stored,))) = (&change.preferences, found) {
            let mut preferences = preferences(stored)?;
            preferences.extend(chosen.clone());
            preferences.retain(|_, value| !value.is_null());
            let text = serde_json::to_string(&preferences).map_err(Error::Encode)?;
            if text.len() > LONGEST_PREFERENCES {
                return Ok(false);
            }
            tx.run(
                "UPDATE users SET preferences = $2 WHERE id = $1",
                args![user, text],
            )
            .await?;
        }
        tx.commit().await?;
        if change.name.is_some() {
            self.tell_colleagues(user, now).await?;
        }
        Ok(true)
    }

    /// An event in each workspace of the user. They come after the change they tell of, one by one:
    /// a crash between them costs a colleague in another workspace a reload.
    async fn tell_colleagues(&self, user: UserId, now: Timestamp) -> Result<(), Error> {
        for membership in self.memberships(user).await? {
            if let Some(mut change) = self.change(membership.id, now).await? {
                change.event(EventKind::Workspace, About::default());
                change.commit().await?;
            }
        }
        Ok(())
    }

    /// Gives a user a new password. Every session but `kept` ends, and every link of theirs with it.
    pub async fn set_password(
        &self,
        user: UserId,
        password_hash: &str,
        kept: Option<TokenHash>,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        replace_password(&mut tx, user, password_hash, kept).await?;
        tx.commit().await
    }
}

/// The statements of [`Store::set_password`], for a transaction that does more.
pub(super) async fn replace_password(
    tx: &mut Tx,
    user: UserId,
    password_hash: &str,
    kept: Option<TokenHash>,
) -> Result<(), Error> {
    tx.run(
        "UPDATE users SET password_hash = $2 WHERE id = $1",
        args![user, password_hash],
    )
    .await?;
    // No token hashes to nothing, so an empty one keeps none.
    let kept = kept.map_or_else(Vec::new, |hash| hash.0.to_vec());
    tx.run(
        "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2",
        args![user, kept],
    )
    .await?;
    tx.run("DELETE FROM links WHERE user_id = $1", args![user])
        .await?;
    Ok(())
}
