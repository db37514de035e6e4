//! What the provider says of each channel's number.

use std::collections::HashMap;

use domain::standing::Standing;
use domain::{ChannelId, MessageId, Timestamp, WorkspaceId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Store;
use crate::change::{About, EventKind};
use crate::channels::Channel;
use crate::db::args;
use crate::error::Error;
use crate::read::instant;

/// A standing, and when it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownStanding {
    /// Whose.
    pub channel: ChannelId,
    /// What the provider said.
    pub standing: Standing,
    /// System time at which it said so.
    pub read_at: Timestamp,
}

/// How long a customer may be answered, in microseconds.
const WINDOW: i64 = 24 * 60 * 60 * 1_000_000;

/// What a channel did in some time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Doings {
    /// Messages of customers.
    pub received: i64,
    /// Messages to customers that were handed over and did not fail.
    pub sent: i64,
    /// Messages to customers that failed.
    pub failed: i64,
    /// People of the whole account who were written to although they had not written for 24 hours. The provider
    /// counts over the portfolio, so this is a lower bound (DECISIONS 19).
    pub people_written_to_first: i64,
}

/// What the channels of a workspace did in some time.
#[derive(Debug)]
pub struct DoingsOfChannels {
    handled: Vec<Handled>,
    /// By account.
    people: HashMap<String, i64>,
}

impl DoingsOfChannels {
    /// What one of them did.
    #[must_use]
    pub fn of(&self, channel: &Channel) -> Doings {
        let of_channel = |row: &&Handled| row.channel_id == channel.id.uuid();
        let sum = |fits: fn(&Handled) -> bool| {
            let rows = self.handled.iter().filter(of_channel);
            rows.filter(|row| fits(row)).map(|row| row.messages).sum()
        };
        let people = self.people.get(&channel.account_id);
        Doings {
            received: sum(|row| row.direction == "in"),
            sent: sum(|row| row.direction == "out" && !row.failed),
            failed: sum(|row| row.direction == "out" && row.failed),
            people_written_to_first: people.copied().unwrap_or_default(),
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
struct Handled {
    channel_id: Uuid,
    direction: String,
    failed: bool,
    messages: i64,
}

/// The messages of each channel, but for what has not gone out yet.
pub(crate) const HANDLED: &str = "SELECT channel_id, direction, COALESCE(delivery, '') = 'failed' AS failed,
       COUNT(*) AS messages
     FROM messages
     WHERE id >= $1 AND workspace_id = $2 AND (direction = 'in' OR direction = 'out' AND delivery <> 'queued')
     GROUP BY 1, 2, 3";

/// The people of each account who were written to outside of their window. What was there when we wrote is told by our
/// clock, and how old it was by theirs. In this order, so that SQLite begins with the tries of the time.
pub(crate) const WRITTEN_TO_FIRST: &str = "SELECT c.account_id, COUNT(DISTINCT m.identity_id)
     FROM tries t CROSS JOIN messages m CROSS JOIN channels c
     WHERE t.id >= $1 AND t.workspace_id = $2 AND t.outcome = 'accepted'
       AND m.id = t.message_id AND COALESCE(m.delivery, '') <> 'failed' AND c.id = t.channel_id
       AND NOT EXISTS (SELECT 1 FROM messages i
         WHERE i.channel_id = m.channel_id AND i.identity_id = m.identity_id AND i.direction = 'in'
           AND i.kind NOT IN ('system', 'edit', 'revoke', 'request_welcome')
           AND i.received_at <= t.started_at AND i.at > t.started_at - $3)
     GROUP BY 1";

impl Store {
    /// Keeps what the provider says of a channel. It is an event only if other things are trouble now.
    pub async fn keep_standing(
        &self,
        workspace: WorkspaceId,
        known: &KnownStanding,
        now: Timestamp,
    ) -> Result<(), Error> {
        let before = self.standing(workspace, known.channel).await?;
        let text = serde_json::to_string(&known.standing).map_err(Error::Encode)?;
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(());
        };
        change
            .tx
            .run(
                "INSERT INTO standings (channel_id, workspace_id, standing, read_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (channel_id) DO UPDATE SET standing = excluded.standing, read_at = excluded.read_at",
                args![known.channel, workspace, text, known.read_at],
            )
            .await?;
        let troubles = |standing: &Standing| standing.troubles(known.read_at);
        let before = before.map_or_else(Vec::new, |before| troubles(&before.standing));
        if before != troubles(&known.standing) {
            change.event(EventKind::Workspace, About::default());
        }
        change.commit().await?;
        Ok(())
    }

    /// What a workspace's channels did since an instant of business time. Ids rise with time, so nothing older is read.
    pub async fn doings(
        &self,
        workspace: WorkspaceId,
        since: Timestamp,
    ) -> Result<DoingsOfChannels, Error> {
        let from = MessageId::new(since, [0; 10]);
        let handled: Vec<Handled> = self.db.all(HANDLED, args![from, workspace]).await?;
        let people = args![from, workspace, WINDOW];
        let people: Vec<(String, i64)> = self.db.all(WRITTEN_TO_FIRST, people).await?;
        Ok(DoingsOfChannels {
            handled,
            people: people.into_iter().collect(),
        })
    }

    /// What the provider last said of a channel.
    pub async fn standing(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
    ) -> Result<Option<KnownStanding>, Error> {
        let found: Option<Found> = self
            .db
            .maybe(
                "SELECT channel_id, standing, read_at FROM standings WHERE workspace_id = $1 AND channel_id = $2",
                args![workspace, channel],
            )
            .await?;
        found.map(Found::read).transpose()
    }

    /// What the provider last said of a workspace's channels.
    pub async fn standings(&self, workspace: WorkspaceId) -> Result<Vec<KnownStanding>, Error> {
        let found: Vec<Found> = self
            .db
            .all(
                "SELECT channel_id, standing, read_at FROM standings WHERE workspace_id = $1",
                args![workspace],
            )
            .await?;
        found.into_iter().map(Found::read).collect()
    }
}

#[derive(sqlx::FromRow)]
struct Found {
    channel_id: Uuid,
    standing: String,
    read_at: i64,
}

impl Found {
    fn read(self) -> Result<KnownStanding, Error> {
        let standing = serde_json::from_str(&self.standing).map_err(|_| Error::Corrupt {
            column: "standings.standing",
            value: self.standing,
        })?;
        Ok(KnownStanding {
            channel: ChannelId::from_uuid(self.channel_id),
            standing,
            read_at: instant(self.read_at),
        })
    }
}
