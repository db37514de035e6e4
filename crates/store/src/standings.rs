//! What the provider says of each channel's number.

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

    /// What a channel did since an instant of business time. Ids rise with time, so nothing older is read.
    pub async fn doings(&self, channel: &Channel, since: Timestamp) -> Result<Doings, Error> {
        let (ws, from) = (channel.workspace, MessageId::new(since, [0; 10]));
        let counted: Vec<(String, bool, i64)> = self
            .db
            .all(
                "SELECT direction, COALESCE(delivery, '') = 'failed', COUNT(*) FROM messages
                 WHERE id >= $1 AND workspace_id = $2 AND channel_id = $3
                   AND (direction = 'in' OR direction = 'out' AND delivery <> 'queued')
                 GROUP BY 1, 2",
                args![from, ws, channel.id],
            )
            .await?;
        let people: Option<(i64,)> = self
            .db
            .maybe(
                "SELECT COUNT(DISTINCT m.identity_id) FROM tries t
                 JOIN messages m ON m.id = t.message_id
                 JOIN channels c ON c.id = t.channel_id
                 WHERE t.id >= $1 AND t.workspace_id = $2 AND c.account_id = $3 AND t.outcome = 'accepted'
                   AND COALESCE(m.delivery, '') <> 'failed'
                   AND NOT EXISTS (SELECT 1 FROM messages i
                     WHERE i.channel_id = m.channel_id AND i.identity_id = m.identity_id AND i.direction = 'in'
                       AND i.kind NOT IN ('system', 'edit', 'revoke', 'request_welcome')
                       AND i.at <= t.started_at AND i.at > t.started_at - $4)",
                args![from, ws, channel.account_id.as_str(), WINDOW],
            )
            .await?;
        let sum = |direction: &str, failed: Option<bool>| {
            let fits = |row: &&(String, bool, i64)| {
                row.0 == direction && failed.is_none_or(|failed| row.1 == failed)
            };
            counted.iter().filter(fits).map(|row| row.2).sum()
        };
        Ok(Doings {
            received: sum("in", None),
            sent: sum("out", Some(false)),
            failed: sum("out", Some(true)),
            people_written_to_first: people.map_or(0, |row| row.0),
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
