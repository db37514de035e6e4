//! Applies what providers told us: a set of updates of one workspace, in one transaction.
//!
//! Load what the set touches, fold the updates over it in order, save the difference: a few statements
//! per set whatever its size. Everything is idempotent, so a set may be applied again after a crash, and
//! order-free where providers are: duplicates vanish by their unique keys, statuses merge by rank.

mod fold;
mod known;
mod load;
pub(crate) mod ours;
mod save;

use domain::identity::ChannelKind;
use domain::inbound::News;
use domain::{ChannelId, Timestamp, WorkspaceId};

use crate::Store;
use crate::error::Error;

/// One update that reached us.
#[derive(Debug, Clone)]
pub struct Received {
    /// The channel it belongs to, already known to be ours.
    pub channel: ChannelId,
    /// That channel's kind.
    pub kind: ChannelKind,
    /// System time at which the webhook came.
    pub received_at: Timestamp,
    /// What it says.
    pub news: News,
}

/// What applying did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The workspace's cursor afterwards.
    pub cursor: i64,
    /// Whether anything changed.
    pub changed: bool,
}

impl Store {
    /// Applies `updates` in order; `None` if the workspace is gone. `now` is business time.
    pub async fn apply(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
        updates: &[Received],
    ) -> Result<Option<Applied>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let known = load::load(&mut change, updates).await?;
        let mut fold = fold::Fold::new(&mut change, &self.chance, known);
        for update in updates {
            fold.update(update);
        }
        let known = fold.finish();
        save::save(&mut change, known).await?;
        let changed = !change.is_empty();
        let cursor = change.commit().await?;
        Ok(Some(Applied { cursor, changed }))
    }
}
