//! Connected numbers and pages, and the apps whose secrets verify their webhooks.

use domain::identity::ChannelKind;
use domain::{ChannelId, ConversationId, MessageId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::change::{About, Change, EventKind};
use crate::db::{Value, args};
use crate::error::Error;
use crate::outbox::GivenBack;
use crate::read::{instant, word};

/// One connected thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The channel.
    pub id: ChannelId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What kind.
    pub kind: ChannelKind,
    /// The app through which its events are believed.
    pub app: String,
    /// The provider's id: the `phone_number_id`.
    pub external_id: String,
    /// The provider's id of the account around it.
    pub account_id: String,
    /// What it is called.
    pub name: String,
    /// What customers see: the number as the provider writes it.
    pub address: String,
    /// The sealed access token.
    pub token: Option<Vec<u8>>,
    /// Messages a second the provider allows.
    pub throughput: i64,
    /// Why sending rests, if it does: `token`, `payment`, `account`, `number`, `disconnected`.
    pub paused: Option<String>,
    /// System time of the newest webhook for it.
    pub last_webhook_at: Option<Timestamp>,
    /// System time at which a webhook of our own last came through from outside.
    pub tested_at: Option<Timestamp>,
    /// Whether customers are shown that they were read.
    pub receipts: Receipts,
}

/// When customers are shown that what they wrote was read (DECISIONS 19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Receipts {
    /// Never.
    Never,
    /// When an agent opens the conversation.
    Opened,
    /// When an agent answers.
    #[default]
    Answered,
}

impl Receipts {
    /// The word that rows hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Opened => "opened",
            Self::Answered => "answered",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Never, Self::Opened, Self::Answered]
            .into_iter()
            .find(|r| r.as_str() == word)
    }
}

/// Why a channel rests that somebody disconnected.
pub(crate) const DISCONNECTED: &str = "disconnected";
/// Why a channel rests that an admin has paused.
const BY_HAND: &str = "by_hand";

impl Channel {
    /// Whether it was disconnected: its conversations stay, and nothing comes in or goes out.
    #[must_use]
    pub fn is_disconnected(&self) -> bool {
        self.paused.as_deref() == Some(DISCONNECTED)
    }
}

/// A channel as agents see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ChannelView {
    /// The channel.
    pub id: ChannelId,
    /// What kind.
    pub kind: ChannelKind,
    /// What it is called.
    pub name: String,
    /// What customers see: the number as the provider writes it.
    pub address: String,
    /// Why sending rests, if it does.
    pub paused: Option<String>,
}

impl From<&Channel> for ChannelView {
    fn from(c: &Channel) -> Self {
        Self {
            id: c.id,
            kind: c.kind,
            name: c.name.clone(),
            address: c.address.clone(),
            paused: c.paused.clone(),
        }
    }
}

/// An app of the provider: its secret signs what it sends us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSecrets {
    /// `default`, or the name in `/webhooks/meta/{app}`.
    pub name: String,
    /// The sealed app secret.
    pub secret: Vec<u8>,
    /// The sealed verify token.
    pub verify_token: Vec<u8>,
    /// The provider's id of it, once known.
    pub app_id: Option<String>,
    /// Its configuration of Embedded Signup, if it has one.
    pub config_id: Option<String>,
    /// The workspace that brought it; `None`: whoever runs the install.
    pub workspace: Option<WorkspaceId>,
}

#[derive(sqlx::FromRow)]
struct FoundApp {
    name: String,
    secret: Vec<u8>,
    verify_token: Vec<u8>,
    app_id: Option<String>,
    config_id: Option<String>,
    workspace_id: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Uuid,
    workspace_id: Uuid,
    kind: String,
    app: String,
    external_id: String,
    account_id: String,
    name: String,
    address: String,
    token: Option<Vec<u8>>,
    throughput: i64,
    paused: Option<String>,
    last_webhook_at: Option<i64>,
    tested_at: Option<i64>,
    receipts: String,
}

impl Found {
    fn read(self) -> Result<Channel, Error> {
        Ok(Channel {
            id: ChannelId::from_uuid(self.id),
            workspace: WorkspaceId::from_uuid(self.workspace_id),
            kind: word("channels.kind", &self.kind, ChannelKind::parse)?,
            app: self.app,
            external_id: self.external_id,
            account_id: self.account_id,
            name: self.name,
            address: self.address,
            token: self.token,
            throughput: self.throughput,
            paused: self.paused,
            last_webhook_at: self.last_webhook_at.map(instant),
            tested_at: self.tested_at.map(instant),
            receipts: word("channels.receipts", &self.receipts, Receipts::parse)?,
        })
    }
}

macro_rules! channels {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, kind, app, external_id, account_id, name, address, token, throughput,
                    paused, last_webhook_at, tested_at, receipts FROM channels ",
            $rest
        )
    };
}

impl Store {
    /// Every channel of the install: what ingest and the senders work with.
    pub async fn all_channels(&self) -> Result<Vec<Channel>, Error> {
        let found: Vec<Found> = self.db.all(channels!("ORDER BY id"), args![]).await?;
        found.into_iter().map(Found::read).collect()
    }

    /// The channels of a workspace.
    pub async fn channels(&self, workspace: WorkspaceId) -> Result<Vec<Channel>, Error> {
        let found: Vec<Found> = self
            .db
            .all(
                channels!("WHERE workspace_id = $1 ORDER BY id"),
                args![workspace],
            )
            .await?;
        found.into_iter().map(Found::read).collect()
    }

    /// One of them.
    pub async fn channel(
        &self,
        workspace: WorkspaceId,
        id: ChannelId,
    ) -> Result<Option<Channel>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                channels!("WHERE workspace_id = $1 AND id = $2"),
                args![workspace, id],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// A fresh id for a channel that is about to be connected: its token is sealed to it.
    #[must_use]
    pub fn new_channel_id(&self, now: Timestamp) -> ChannelId {
        ChannelId::new(now, self.chance.bytes())
    }

    /// The channel that already stands for this thing of the provider, wherever it belongs.
    pub async fn channel_by_external_id(
        &self,
        kind: ChannelKind,
        external_id: &str,
    ) -> Result<Option<Channel>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                channels!("WHERE kind = $1 AND external_id = $2"),
                args![kind.as_str(), external_id],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// Connects a channel, or connects it anew with a new token, name and address.
    ///
    /// # Errors
    /// [`Error::Duplicate`] if another workspace has it.
    pub async fn connect_channel(&self, channel: &Channel, now: Timestamp) -> Result<(), Error> {
        let Some(mut change) = self.change(channel.workspace, now).await? else {
            return Ok(());
        };
        change
            .tx
            .run(
                "INSERT INTO channels (id, workspace_id, kind, app, external_id, account_id, name, address, token,
                   throughput, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                 ON CONFLICT (id) DO UPDATE SET app = excluded.app, account_id = excluded.account_id,
                   name = excluded.name, address = excluded.address, token = excluded.token,
                   throughput = excluded.throughput, paused = NULL, tested_at = NULL",
                args![
                    channel.id,
                    channel.workspace,
                    channel.kind.as_str(),
                    channel.app.as_str(),
                    channel.external_id.as_str(),
                    channel.account_id.as_str(),
                    channel.name.as_str(),
                    channel.address.as_str(),
                    channel.token.clone(),
                    channel.throughput,
                    now
                ],
            )
            .await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(())
    }

    /// Rests a channel's sending for a reason, unless it was given another token meanwhile: what was
    /// wrong with the old one says nothing about the new.
    pub async fn pause_channel(
        &self,
        channel: &Channel,
        why: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let paused = self.change_channel(
            (channel.workspace, now),
            "UPDATE channels SET paused = $3
             WHERE workspace_id = $1 AND id = $2 AND token IS NOT DISTINCT FROM $4",
            args![channel.workspace, channel.id, why, channel.token.clone()],
        );
        paused.await.map(drop)
    }

    /// Sets a channel to rest because somebody wants it so. Answers whether it did not rest yet.
    pub async fn rest_channel(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.change_channel(
            (workspace, now),
            "UPDATE channels SET paused = $3 WHERE workspace_id = $1 AND id = $2 AND paused IS NULL",
            args![workspace, channel, BY_HAND],
        )
        .await
    }

    /// How many messages a second a channel may send from now on.
    pub async fn set_throughput(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        per_second: i64,
    ) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE channels SET throughput = $3 WHERE workspace_id = $1 AND id = $2",
                args![workspace, channel, per_second],
            )
            .await?;
        Ok(())
    }

    /// Ends a channel's rest: what was wrong with it has been mended. Answers whether it rested; one that
    /// was disconnected has to be connected.
    pub async fn resume_channel(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<bool, Error> {
        self.change_channel(
            (workspace, now),
            "UPDATE channels SET paused = NULL
             WHERE workspace_id = $1 AND id = $2 AND paused IS NOT NULL AND paused <> $3",
            args![workspace, channel, DISCONNECTED],
        )
        .await
    }

    /// Calls a channel something else.
    pub async fn rename_channel(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        name: &str,
        now: Timestamp,
    ) -> Result<(), Error> {
        let renamed = self.change_channel(
            (workspace, now),
            "UPDATE channels SET name = $3 WHERE workspace_id = $1 AND id = $2",
            args![workspace, channel, name],
        );
        renamed.await.map(drop)
    }

    /// Changes a channel so that browsers hear of it. Answers whether the statement found it as it wants it to be.
    async fn change_channel(
        &self,
        (workspace, now): (WorkspaceId, Timestamp),
        update: &'static str,
        args: Vec<Value>,
    ) -> Result<bool, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(false);
        };
        if change.tx.run(update, args).await? == 0 {
            return Ok(false);
        }
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(true)
    }

    /// Disconnects a channel and forgets its token; its conversations stay. What waits goes back to its
    /// authors' drafts, as nobody would expect it to leave weeks later, when the channel is connected
    /// again; answers how many replies that were.
    pub async fn disconnect_channel(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        now: Timestamp,
    ) -> Result<usize, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(0);
        };
        change
            .tx
            .run(
                "UPDATE channels SET paused = $3, token = NULL WHERE workspace_id = $1 AND id = $2",
                args![workspace, channel, DISCONNECTED],
            )
            .await?;
        let returned = self.give_back_all(&mut change, channel).await?;
        change.event(EventKind::Workspace, About::default());
        change.commit().await?;
        Ok(returned)
    }

    /// Takes everything that waits for a channel out of the outbox.
    async fn give_back_all(&self, change: &mut Change, channel: ChannelId) -> Result<usize, Error> {
        let conversations: Vec<(Uuid,)> = change
            .tx
            .all(
                "SELECT DISTINCT conversation_id FROM outbox WHERE workspace_id = $1 AND channel_id = $2",
                args![change.workspace, channel],
            )
            .await?;
        let mut returned = 0;
        for (conversation,) in conversations {
            let back = GivenBack {
                conversation: ConversationId::from_uuid(conversation),
                event: MessageId::new(change.now, self.chance.bytes()),
                why: Some(DISCONNECTED),
            };
            returned += change.give_back(back).await?;
        }
        Ok(returned)
    }

    /// Notes that each of these channels had a webhook, where none later is noted.
    pub async fn note_webhooks(&self, seen: &[(ChannelId, Timestamp)]) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        for &(channel, at) in seen {
            tx.run(
                "UPDATE channels SET last_webhook_at = $2
                 WHERE id = $1 AND (last_webhook_at IS NULL OR last_webhook_at < $2)",
                args![channel, at],
            )
            .await?;
        }
        tx.commit().await
    }

    /// Notes that a webhook of our own came through from outside.
    pub async fn note_tested(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        at: Timestamp,
    ) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE channels SET tested_at = $3 WHERE workspace_id = $1 AND id = $2",
                args![workspace, channel, at],
            )
            .await?;
        Ok(())
    }

    /// Sets when customers are shown that they were read.
    pub async fn set_receipts(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        receipts: Receipts,
    ) -> Result<(), Error> {
        self.db
            .run(
                "UPDATE channels SET receipts = $3 WHERE workspace_id = $1 AND id = $2",
                args![workspace, channel, receipts.as_str()],
            )
            .await?;
        Ok(())
    }

    /// Every app.
    pub async fn apps(&self) -> Result<Vec<AppSecrets>, Error> {
        let found: Vec<FoundApp> = self
            .db
            .all(
                "SELECT name, secret, verify_token, app_id, config_id, workspace_id FROM apps ORDER BY name",
                args![],
            )
            .await?;
        Ok(found
            .into_iter()
            .map(|app| AppSecrets {
                name: app.name,
                secret: app.secret,
                verify_token: app.verify_token,
                app_id: app.app_id,
                config_id: app.config_id,
                workspace: app.workspace_id.map(WorkspaceId::from_uuid),
            })
            .collect())
    }

    /// Keeps an app's secrets. What is not said of its ids stays; so does whose it is. `of`: only if it is nobody's,
    /// or theirs. False if it was not.
    pub async fn set_app(
        &self,
        app: &AppSecrets,
        of: Option<WorkspaceId>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let set = self
            .db
            .run(
                "INSERT INTO apps (name, secret, verify_token, app_id, config_id, workspace_id, updated_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (name) DO UPDATE SET secret = excluded.secret,
                   verify_token = excluded.verify_token, updated_at = excluded.updated_at,
                   app_id = COALESCE(excluded.app_id, apps.app_id),
                   config_id = COALESCE(excluded.config_id, apps.config_id)
                 WHERE $8 IS NULL OR apps.workspace_id = $8",
                args![
                    app.name.as_str(),
                    app.secret.clone(),
                    app.verify_token.clone(),
                    app.app_id.clone(),
                    app.config_id.clone(),
                    app.workspace,
                    now,
                    of
                ],
            )
            .await?;
        Ok(set > 0)
    }
}

impl Change {
    pub(crate) async fn is_disconnected(&mut self, channel: ChannelId) -> Result<bool, Error> {
        let row: Option<(Option<String>,)> = self
            .tx
            .maybe(
                "SELECT paused FROM channels WHERE workspace_id = $1 AND id = $2",
                args![self.workspace, channel],
            )
            .await?;
        Ok(row.and_then(|r| r.0).as_deref() == Some(DISCONNECTED))
    }
}
