//! Hands queued messages to the provider: one worker per channel, so that one number's trouble touches
//! no other.
//!
//! Intent in the database, call, record. A try is begun in the transaction that takes the message from
//! the outbox, and ended in another; between them the process may die, and the try then counts as
//! unknown, to be settled by a status webhook or by a person, never by a job. Of several servers on one database one
//! at a time sends for a channel, so that together they keep to its limits (decision 6).

mod files;
mod outcome;
mod receipts;
mod worker;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::{ChannelId, IdentityId, WorkspaceId};
use futures_util::future::join_all;
use jiff::SignedDuration;
use store::{Channel, Ended, Outcome};
use tokio::sync::Notify;
use tokio::time::timeout;

pub(crate) use receipts::Doing;

use crate::App;
pub(crate) use files::provide;

/// How long a call may take; after that nobody waits for its answer.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(30);
/// A try that began so long ago has no caller any more: its process died.
const ABANDONED: SignedDuration = SignedDuration::from_secs(90);
/// How often channels are looked at without having been told of a change.
const LOOK: Duration = Duration::from_secs(5);
/// How often such tries are looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// The workers, by channel.
#[derive(Debug, Default)]
pub struct Senders {
    wakers: Mutex<HashMap<ChannelId, Arc<Notify>>>,
    attended: receipts::Attended,
}

impl Senders {
    /// Starts a worker for every channel there is and for every one that comes.
    ///
    /// `alone`: no other process sends from this database, so every try under way was cut off.
    pub async fn start(app: &App, alone: bool) {
        if alone {
            // Before anything new begins: what is under way in the database was cut off.
            sweep(app, SignedDuration::ZERO).await;
            if let Err(error) = app.store.nobody_sends().await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Who sends could not be forgotten"
                );
            }
        }
        let sending = app.clone();
        app.workers
            .start("sender", move || supervise(sending.clone()));
        let sweeping = app.clone();
        app.workers
            .start("sweeper", move || keep_sweeping(sweeping.clone()));
    }

    /// Says that a channel has something to send.
    pub fn wake(&self, channel: ChannelId) {
        self.waker(channel).notify_one();
    }

    /// Says what an agent does with a customer's conversation: their channel may show them.
    pub(crate) fn attends(&self, channel: ChannelId, identity: IdentityId, doing: Doing) {
        self.attended.note(channel, identity, doing);
        self.wake(channel);
    }

    fn waker(&self, channel: ChannelId) -> Arc<Notify> {
        let mut wakers = self.wakers.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(wakers.entry(channel).or_default())
    }
}

/// What of a channel a worker works with. A change of anything else is none of its business.
fn works_alike(a: &Channel, b: &Channel) -> bool {
    let parts = |c: &Channel| {
        (
            c.external_id.clone(),
            c.token.clone(),
            c.throughput,
            c.paused.clone(),
            c.receipts,
        )
    };
    parts(a) == parts(b)
}

/// Keeps one worker per channel, started anew when the channel changed.
async fn supervise(app: App) {
    let mut changes = app.channels.changes();
    let mut stopping = app.workers.stopping();
    let mut workers: HashMap<ChannelId, (Arc<Channel>, worker::Handle)> = HashMap::new();
    while !stopping.is_told() {
        changes.mark_unchanged();
        for channel in app.channels.all() {
            let current = workers.get(&channel.id);
            if current.is_some_and(|(known, _)| works_alike(known, &channel)) {
                continue;
            }
            let before = workers.remove(&channel.id).map(|(_, handle)| handle);
            let handle = worker::start(app.clone(), Arc::clone(&channel), before);
            workers.insert(channel.id, (channel, handle));
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = stopping.told() => {}
            // The command line may have connected a channel anew: nobody in this process would tell.
            () = tokio::time::sleep(LOOK) => reload(&app).await,
        }
    }
    let stopped = workers.into_values().map(|(_, handle)| handle.stop());
    join_all(stopped).await;
}

async fn reload(app: &App) {
    let now = app.clock.system_now();
    if let Err(error) = app.channels.reload(&app.store, &app.secrets, now).await {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "Channels could not be read"
        );
    }
}

async fn keep_sweeping(app: App) {
    let mut stopping = app.workers.stopping();
    while timeout(SWEEP, stopping.told()).await.is_err() {
        sweep(&app, ABANDONED).await;
    }
}

/// Ends tries whose process died: nobody knows what became of them.
async fn sweep(app: &App, grace: SignedDuration) {
    match app.store.abandoned_tries(app.clock.now() - grace).await {
        Ok(tries) => end_abandoned(app, tries).await,
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Tries could not be read"
            );
        }
    }
}

async fn end_abandoned(app: &App, tries: Vec<(WorkspaceId, domain::TryId)>) {
    for (workspace, try_id) in tries {
        let ended = Ended {
            try_id,
            outcome: Outcome::Unknown {
                detail: "process_ended".to_owned(),
            },
        };
        match app
            .store
            .end_tries(workspace, &[ended], app.clock.now())
            .await
        {
            Ok(()) => app.live.wake(workspace),
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "A try could not be ended"
                );
            }
        }
    }
}
