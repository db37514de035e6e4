//! Links: invitations, password resets and sign-in links. The first two work once.

use domain::permission::Role;
use domain::{AgentId, InvitationId, Timestamp, UserId, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::users::{NewUser, replace_password};
use super::{TokenHash, fold_email};
use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::args;
use crate::error::Error;
use crate::read::{instant, word};

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// To join a workspace; works once.
    Invite,
    /// To choose a new password; works once.
    Reset,
    /// To sign in without a password; works until it ends.
    SignIn,
}

impl LinkKind {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invite => "invite",
            Self::Reset => "reset",
            Self::SignIn => "sign_in",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Invite, Self::Reset, Self::SignIn]
            .into_iter()
            .find(|k| k.as_str() == word)
    }
}

/// A link, whether it still works or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub kind: LinkKind,
    /// Whom it is for; of an invitation only if they sign in here already.
    pub user: Option<UserId>,
    /// The address it is for.
    pub email: String,
    /// Where an invitation leads.
    pub workspace: Option<WorkspaceId>,
    /// What the company is called that an invitation leads to.
    pub workspace_name: Option<String>,
    /// Who invited.
    pub invited_by: Option<String>,
    /// What the invited will be.
    pub role: Option<Role>,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// An open invitation, as the workspace sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invitation {
    /// The invitation.
    pub id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invited.
    pub invited_by: String,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// An invitation that is about to be.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Whom it is for, in any spelling.
    pub email: String,
    /// What they will be.
    pub role: Role,
    /// Who invites.
    pub by: AgentId,
    /// What the link's token hashes to.
    pub token: TokenHash,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Somebody who took an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Joined {
    /// Who.
    pub user: UserId,
    /// Who they are in the workspace.
    pub agent: AgentId,
}

#[derive(sqlx::FromRow)]
struct FoundLink {
    kind: String,
    user_id: Option<Uuid>,
    email: Option<String>,
    workspace_id: Option<Uuid>,
    workspace_name: Option<String>,
    invited_by: Option<String>,
    role: Option<String>,
    expires_at: i64,
}

impl FoundLink {
    fn read(self) -> Result<Link, Error> {
        let role = self
            .role
            .map(|role| word("links.role", &role, Role::parse))
            .transpose()?;
        Ok(Link {
            kind: word("links.kind", &self.kind, LinkKind::parse)?,
            user: self.user_id.map(UserId::from_uuid),
            email: self.email.unwrap_or_default(),
            workspace: self.workspace_id.map(WorkspaceId::from_uuid),
            workspace_name: self.workspace_name,
            invited_by: self.invited_by,
            role,
            expires_at: instant(self.expires_at),
        })
    }
}

#[derive(sqlx::FromRow)]
struct FoundInvitation {
    invitation_id: Uuid,
    email: String,
    role: String,
    invited_by: String,
    expires_at: i64,
}

impl FoundInvitation {
    fn read(self) -> Result<Invitation, Error> {
        Ok(Invitation {
            id: InvitationId::from_uuid(self.invitation_id),
            email: self.email,
            role: word("links.role", &self.role, Role::parse)?,
            invited_by: self.invited_by,
            expires_at: instant(self.expires_at),
        })
    }
}

impl Store {
    /// Adds a link for a user. A new reset link ends the ones before it.
    pub async fn add_link(
        &self,
        kind: LinkKind,
        user: UserId,
        token: TokenHash,
        expires_at: Timestamp,
    ) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        if kind == LinkKind::Reset {
            tx.run(
                "DELETE FROM links WHERE user_id = $1 AND kind = $2",
                args![user, kind.as_str()],
            )
            .await?;
        }
        tx.run(
            "INSERT INTO links (token_hash, kind, user_id, expires_at) VALUES ($1, $2, $3, $4)",
            args![token, kind.as_str(), user, expires_at],
        )
        .await?;
        tx.commit().await
    }

    /// The link, whether it still works or not. A taken one is gone.
    pub async fn link(&self, token: TokenHash) -> Result<Option<Link>, Error> {
        let found: Option<FoundLink> = self
            .db
            .maybe(
                "SELECT l.kind, u.id AS user_id, COALESCE(l.email, u.email) AS email, l.workspace_id,
                        w.name AS workspace_name, inviter.name AS invited_by, l.role, l.expires_at
                 FROM links l
                 LEFT JOIN users u ON u.id = l.user_id OR u.email = l.email
                 LEFT JOIN workspaces w ON w.id = l.workspace_id
                 LEFT JOIN agents a ON a.id = l.created_by
                 LEFT JOIN users inviter ON inviter.id = a.user_id
                 WHERE l.token_hash = $1",
                args![token],
            )
            .await?;
        found.map(FoundLink::read).transpose()
    }

    /// Takes a reset link: the user has the new password, and every session and link of theirs is over.
    /// `None` if the link has ended or was taken.
    pub async fn take_reset(
        &self,
        token: TokenHash,
        password_hash: &str,
        now: Timestamp,
    ) -> Result<Option<UserId>, Error> {
        let mut tx = self.db.begin().await?;
        let found: Option<(Uuid,)> = tx
            .maybe(
                "DELETE FROM links WHERE token_hash = $1 AND kind = 'reset' AND expires_at > $2
                 RETURNING user_id",
                args![token, now],
            )
            .await?;
        let Some(user) = found.map(|(user,)| UserId::from_uuid(user)) else {
            return Ok(None);
        };
        replace_password(&mut tx, user, password_hash, None).await?;
        tx.commit().await?;
        Ok(Some(user))
    }

    /// Invites somebody; an open invitation to the same address is replaced. `None` if they belong to
    /// the workspace already.
    pub async fn add_invitation(
        &self,
        workspace: WorkspaceId,
        new: &NewInvitation,
        now: Timestamp,
    ) -> Result<Option<InvitationId>, Error> {
        let email = fold_email(&new.email);
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let member: Option<(Uuid,)> = change
            .tx
            .maybe(
                "SELECT a.id FROM agents a JOIN users u ON u.id = a.user_id
                 WHERE a.workspace_id = $1 AND u.email = $2 AND a.ended_at IS NULL",
                args![workspace, email.as_str()],
            )
            .await?;
        if member.is_some() {
            return Ok(None);
        }
        change
            .tx
            .run(
                "DELETE FROM links WHERE workspace_id = $1 AND email = $2 AND kind = 'invite'",
                args![workspace, email.as_str()],
            )
            .await?;
        let id = InvitationId::new(now, self.chance.bytes());
        change
            .tx
            .run(
                "INSERT INTO links (token_hash, kind, invitation_id, workspace_id, email, role, created_by,
                   expires_at)
                 VALUES ($1, 'invite', $2, $3, $4, $5, $6, $7)",
                args![new.token, id, workspace, email, new.role.as_str(), new.by, new.expires_at],
            )
            .await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(Some(id))
    }

    /// The open invitations of a workspace, the oldest first.
    pub async fn invitations(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
    ) -> Result<Vec<Invitation>, Error> {
        let found: Vec<FoundInvitation> = self
            .db
            .all(
                "SELECT l.invitation_id, l.email, l.role, u.name AS invited_by, l.expires_at
                 FROM links l JOIN agents a ON a.id = l.created_by JOIN users u ON u.id = a.user_id
                 WHERE l.workspace_id = $1 AND l.kind = 'invite' AND l.expires_at > $2
                 ORDER BY l.invitation_id",
                args![workspace, now],
            )
            .await?;
        found.into_iter().map(FoundInvitation::read).collect()
    }

    /// Withdraws an invitation; says whether there was one.
    pub async fn end_invitation(
        &self,
        workspace: WorkspaceId,
        invitation: InvitationId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        let ended = change
            .tx
            .run(
                "DELETE FROM links WHERE workspace_id = $1 AND invitation_id = $2",
                args![workspace, invitation],
            )
            .await?;
        if ended == 0 {
            return Ok(false);
        }
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(true)
    }

    /// Takes an invitation, as a new user or (`new` absent) as the one who has its address. `None` if
    /// it has ended, was taken, or nobody has the address.
    pub async fn take_invitation(
        &self,
        workspace: WorkspaceId,
        token: TokenHash,
        new: Option<&NewUser>,
        now: Timestamp,
    ) -> Result<Option<Joined>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let found: Option<(String, String)> = change
            .tx
            .maybe(
                "DELETE FROM links
                 WHERE workspace_id = $1 AND token_hash = $2 AND kind = 'invite' AND expires_at > $3
                 RETURNING email, role",
                args![workspace, token, now],
            )
            .await?;
        let Some((email, role)) = found else {
            return Ok(None);
        };
        let Some(user) = self.invited(&mut change, email, new).await? else {
            return Ok(None);
        };
        let role = word("links.role", &role, Role::parse)?;
        let agent = self
            .insert_agent(&mut change.tx, workspace, user, role, now)
            .await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(Some(Joined { user, agent }))
    }

    /// Who takes an invitation to `email`: the `new` user, or the one who has the address.
    async fn invited(
        &self,
        change: &mut Change,
        email: String,
        new: Option<&NewUser>,
    ) -> Result<Option<UserId>, Error> {
        if let Some(new) = new {
            let invited = NewUser {
                email,
                ..new.clone()
            };
            return Ok(Some(
                self.insert_user(&mut change.tx, &invited, change.now)
                    .await?,
            ));
        }
        let found: Option<(Uuid,)> = change
            .tx
            .maybe("SELECT id FROM users WHERE email = $1", args![email])
            .await?;
        Ok(found.map(|(user,)| UserId::from_uuid(user)))
    }
}
