//! Which of several servers sends for a channel.

use domain::{ChannelId, Timestamp, WorkspaceId};

use crate::Store;
use crate::db::{Db, args};
use crate::error::Error;
use crate::read::instant;

/// Who may send for a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentBy {
    /// This server, until the instant it asked for.
    Us,
    /// Another, until then.
    Another(Timestamp),
}

/// Whoever has it, has it longer; anybody else only once that is over.
const HOLD: &str =
    "INSERT INTO senders (channel_id, workspace_id, server, until) VALUES ($1, $2, $3, $5)
     ON CONFLICT (channel_id) DO UPDATE SET server = excluded.server, until = excluded.until
     WHERE senders.server = excluded.server OR senders.until <= $4
     RETURNING until";

impl Store {
    /// Takes the sending of a channel for this server, for the first time or for longer. Both instants are system time.
    pub async fn hold_sending(
        &self,
        workspace: WorkspaceId,
        channel: ChannelId,
        (now, until): (Timestamp, Timestamp),
    ) -> Result<SentBy, Error> {
        // A file has one server.
        if matches!(self.db, Db::Sqlite { .. }) {
            return Ok(SentBy::Us);
        }
        let mut tx = self.db.begin().await?;
        let args = args![channel, workspace, self.server, now, until];
        let ours: Option<(i64,)> = tx.maybe(HOLD, args).await?;
        let held: Option<(i64,)> = if ours.is_some() {
            None
        } else {
            let held = "SELECT until FROM senders WHERE channel_id = $1 AND workspace_id = $2";
            tx.maybe(held, args![channel, workspace]).await?
        };
        tx.commit().await?;
        Ok(held.map_or(SentBy::Us, |(until,)| SentBy::Another(instant(until))))
    }

    /// Nobody sends any more: whoever did has gone.
    pub async fn nobody_sends(&self) -> Result<(), Error> {
        self.db.run("DELETE FROM senders", args![]).await?;
        Ok(())
    }
}
