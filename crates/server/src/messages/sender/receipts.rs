//! Shows customers that they were read, and that an answer is being written, when their channel's policy says
//! so (DECISIONS 19): beside what is sent and never in its way. Each message is shown to be read at most once.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use domain::{ChannelId, IdentityId};
use meta::graph::CallError;
use store::{Channel, Receipts};

use crate::App;

/// What an agent does with a customer's conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doing {
    /// They look at it.
    Reads,
    /// They write an answer; the provider shows it together with what was read.
    Types,
}

impl Doing {
    /// Whether the channel shows it to customers. Who writes an answer has begun to answer.
    pub(super) const fn is_shown(self, receipts: Receipts) -> bool {
        match self {
            Self::Reads => matches!(receipts, Receipts::Opened),
            Self::Types => matches!(receipts, Receipts::Opened | Receipts::Answered),
        }
    }
}

/// Customers with whose conversation an agent does something.
#[derive(Debug, Default)]
pub(super) struct Attended(Mutex<HashMap<ChannelId, BTreeMap<IdentityId, Doing>>>);

impl Attended {
    pub(super) fn note(&self, channel: ChannelId, identity: IdentityId, doing: Doing) {
        let mut attended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let noted = attended.entry(channel).or_default();
        let most = noted
            .get(&identity)
            .map_or(doing, |&noted| noted.max(doing));
        noted.insert(identity, most);
    }

    pub(super) fn take(&self, channel: ChannelId) -> BTreeMap<IdentityId, Doing> {
        let mut attended = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        attended.remove(&channel).unwrap_or_default()
    }
}

/// Why a customer was shown nothing.
#[derive(Debug, thiserror::Error)]
enum NotShown {
    #[error("store")]
    Store(#[from] store::Error),
    #[error("{0}")]
    Graph(#[from] CallError),
}

/// Shows one customer what is done. What fails is not tried again: it could arrive twice, and nobody waits
/// for it.
pub(super) fn show(
    app: &App,
    channel: &Arc<Channel>,
    token: &Arc<str>,
    identity: IdentityId,
    doing: Doing,
) {
    let (app, channel, token) = (app.clone(), Arc::clone(channel), Arc::clone(token));
    tokio::spawn(async move {
        let shown = match doing {
            Doing::Reads => show_read(&app, &channel, &token, identity).await,
            Doing::Types => show_typing(&app, &channel, &token, identity).await,
        };
        match shown {
            Ok(()) => {}
            Err(NotShown::Graph(error)) => {
                tracing::warn!(channel.id = %channel.id, "A read receipt was not taken: {error}");
            }
            Err(NotShown::Store(error)) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A read receipt could not be noted"
                );
            }
        }
    });
}

async fn show_read(
    app: &App,
    channel: &Channel,
    token: &str,
    identity: IdentityId,
) -> Result<(), NotShown> {
    let (workspace, id) = (channel.workspace, channel.id);
    let newest = app.store.take_receipt(workspace, id, identity).await?;
    if let Some(message) = newest {
        app.graph
            .mark_read(token, &channel.external_id, &message, false)
            .await?;
    }
    Ok(())
}

/// The provider lets it be seen for 25 seconds, or until the answer comes.
async fn show_typing(
    app: &App,
    channel: &Channel,
    token: &str,
    identity: IdentityId,
) -> Result<(), NotShown> {
    let now = app.clock.now();
    let answered = app.store.answerable(channel, identity, now).await?;
    if let Some(message) = answered {
        let (workspace, id) = (channel.workspace, channel.id);
        app.store.take_receipt(workspace, id, identity).await?;
        app.graph
            .mark_read(token, &channel.external_id, &message, true)
            .await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_agent_does_is_shown_as_the_channel_has_it() {
        for (receipts, reads, types) in [
            (Receipts::Never, false, false),
            (Receipts::Opened, true, true),
            (Receipts::Answered, false, true),
        ] {
            assert_eq!(Doing::Reads.is_shown(receipts), reads, "{receipts:?}");
            assert_eq!(Doing::Types.is_shown(receipts), types, "{receipts:?}");
        }
    }

    #[test]
    fn who_types_after_reading_is_shown_to_type() {
        let attended = Attended::default();
        let at = domain::Timestamp::UNIX_EPOCH;
        let (channel, identity) = (ChannelId::new(at, [0; 10]), IdentityId::new(at, [0; 10]));
        for doing in [Doing::Reads, Doing::Types, Doing::Reads] {
            attended.note(channel, identity, doing);
        }
        let noted = BTreeMap::from([(identity, Doing::Types)]);
        assert_eq!(attended.take(channel), noted);
        assert_eq!(attended.take(channel), BTreeMap::new());
    }
}
