//! Applies what providers told us: a set of updates of one workspace, in one transaction.
//!
//! Load what the set touches, fold the updates over it in order, save the difference: a few statements
//! per set whatever its size. Everything is idempotent, so a set may be applied again after a crash, and
//! order-free where providers are: duplicates vanish by their unique keys, statuses merge by rank.

mod fold;
mod known;
mod load;
pub(crate) mod ours;
mod people;
mod save;
mod save_people;

use domain::identity::ChannelKind;
use domain::inbound::News;
use domain::message::Part;
use domain::{ChannelId, Timestamp, WorkspaceId};

use crate::Store;
use crate::change::Change;
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

impl Received {
    fn brings_files(&self) -> bool {
        match &self.news {
            News::Message(message) => message
                .parts
                .iter()
                .any(|part| matches!(part, Part::Media { .. })),
            News::Status(_) | News::Moved(_) => false,
        }
    }
}

/// What applying did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// The workspace's cursor afterwards.
    pub cursor: i64,
    /// Whether anything changed.
    pub changed: bool,
    /// Whether files came along that are to be fetched.
    pub with_files: bool,
}

impl Store {
    /// Applies `updates`; `None` if the workspace is gone. `now` is business time.
    ///
    /// What became of our replies first, then what customers say, each in order, as if the reports had come first: a
    /// reply that failed may open a conversation again, and a message of the same set then finds it open.
    pub async fn apply(
        &self,
        workspace: WorkspaceId,
        now: Timestamp,
        updates: &[Received],
    ) -> Result<Option<Applied>, Error> {
        let Some(mut change) = self.change(workspace, now).await? else {
            return Ok(None);
        };
        let is_status = |update: &&Received| matches!(update.news, News::Status(_));
        let (statuses, others): (Vec<_>, Vec<_>) = updates.iter().partition(is_status);
        for pass in [statuses, others] {
            self.apply_pass(&mut change, &pass).await?;
        }
        let changed = !change.is_empty();
        let cursor = change.commit().await?;
        let with_files = updates.iter().any(Received::brings_files);
        Ok(Some(Applied {
            cursor,
            changed,
            with_files,
        }))
    }

    async fn apply_pass(&self, change: &mut Change, updates: &[&Received]) -> Result<(), Error> {
        if updates.is_empty() {
            return Ok(());
        }
        let known = load::load(change, updates).await?;
        let mut fold = fold::Fold::new(change, &self.chance, known);
        for update in updates {
            fold.update(update);
        }
        let known = fold.finish();
        save::save(change, known).await
    }
}
