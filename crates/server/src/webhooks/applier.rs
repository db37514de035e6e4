//! Applies the journal, in order, in sets.
//!
//! Reading and applying are idempotent, so a crash anywhere means applying some of it again. A set that
//! the database refuses for what is in it is taken apart until the one update at fault stands alone; it
//! goes to quarantine and the others are applied.

use std::time::Duration;

use domain::WorkspaceId;
use futures_util::{StreamExt, TryStreamExt, stream};
use store::{NewQuarantined, Quarantined, Received};

use super::set::{Origin, Set, Updates};
use crate::App;

/// How many webhooks are read from the journal at once.
const READ: i64 = 512;
/// How many updates make a set; a webhook may bring a thousand by itself.
const SET: usize = 512;
/// How long to wait before trying again when the database takes no writes.
const PAUSE: Duration = Duration::from_millis(500);
/// How often to look without having been woken: another process may have journalled.
const LOOK: Duration = Duration::from_secs(5);
/// Why an update waits that could be read, and that the database refused.
const NOT_APPLICABLE: &str = "not_applicable";
/// How many workspaces are written at once.
const AT_ONCE: usize = 4;

/// The worker that applies the journal.
#[derive(Debug)]
pub struct Applier;

impl Applier {
    /// Starts the worker.
    pub fn start(app: App) {
        let workers = app.clone();
        workers.workers.start("applier", move || run(app.clone()));
    }

    /// Applies everything that is journalled, now. For tests and for the last moments before an end.
    pub async fn drain(app: &App) -> Result<(), store::Error> {
        while apply_some(app).await? > 0 {}
        Ok(())
    }

    /// Reads a quarantined element of a workspace anew and applies it if it can be read now. Its neighbours
    /// have had their turn: what was nobody's then is nobody's now. Answers why the element still waits.
    pub async fn replay(
        app: &App,
        workspace: WorkspaceId,
        element: &Quarantined,
    ) -> Result<Option<String>, store::Error> {
        let Some(entry) = app.store.journal_entry(element.journal_seq).await? else {
            return Ok(Some("journal_pruned".to_owned()));
        };
        let mut set = Set::default();
        set.add_element(app, &entry, element).await?;
        let foreign = set.keep_only(workspace);
        let still = set.quarantined.first().map(|q| q.reason.clone());
        let refused = apply(app, set).await?;
        Ok(still
            .or_else(|| foreign.then(|| "channel_unknown".to_owned()))
            .or_else(|| refused.then(|| NOT_APPLICABLE.to_owned())))
    }
}

async fn run(app: App) {
    let written = app.journal.written();
    let mut stopping = app.workers.stopping();
    while !stopping.is_told() {
        match apply_some(&app).await {
            Ok(0) => tokio::select! {
                () = written.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
                () = stopping.told() => {}
            },
            Ok(_) => {}
            Err(error) => {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "The journal could not be applied"
                );
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Applies the oldest unapplied webhooks; answers how many there were.
async fn apply_some(app: &App) -> Result<usize, store::Error> {
    app.journal.step_aside().await;
    let entries = app.store.unapplied(READ).await?;
    let read = entries.len();
    let mut set = Set::default();
    let mut upto = None;
    for entry in entries {
        upto = Some(entry.seq);
        set.add(app, &entry).await?;
        if set.size >= SET {
            apply(app, std::mem::take(&mut set)).await?;
            app.store
                .note_applied(entry.seq, app.clock.system_now())
                .await?;
            upto = None;
        }
    }
    apply(app, set).await?;
    if let Some(upto) = upto {
        app.store.note_applied(upto, app.clock.system_now()).await?;
    }
    Ok(read)
}

/// Applies a set; answers whether the database refused an update for what is in it.
async fn apply(app: &App, mut set: Set) -> Result<bool, store::Error> {
    let updates = std::mem::take(&mut set.updates);
    // Workspaces wait for each other only where the engine has one writer.
    let refused = stream::iter(updates)
        .map(|(workspace, updates)| apply_to(app, workspace, updates))
        .buffer_unordered(AT_ONCE)
        .try_fold(false, async |any, refused| Ok(any | refused))
        .await?;
    keep(app, &set).await?;
    app.channels.heard(set.heard);
    Ok(refused)
}

/// Keeps what belongs to no conversation.
async fn keep(app: &App, set: &Set) -> Result<(), store::Error> {
    if !set.account_events.is_empty() {
        app.store.keep_account_events(&set.account_events).await?;
    }
    if !set.stand_otherwise.is_empty() {
        let channels = app.channels.all();
        let theirs = channels
            .iter()
            .filter(|channel| set.stand_otherwise.contains(&channel.account_id));
        app.watch.ask(theirs.map(|channel| channel.id));
    }
    if !set.quarantined.is_empty() {
        let n = set.quarantined.len();
        tracing::warn!(
            n,
            "{n} elements of webhooks could not be read and wait in quarantine"
        );
        app.store
            .quarantine(&set.quarantined, app.clock.system_now())
            .await?;
    }
    let strangers = set.strangers();
    if !strangers.is_empty() {
        let n = strangers.len();
        tracing::warn!(
            n,
            "Webhooks speak of {n} numbers that are not connected here, or through another app"
        );
        app.store.note_strangers(&strangers).await?;
    }
    Ok(())
}

async fn apply_to(
    app: &App,
    workspace: WorkspaceId,
    updates: Updates,
) -> Result<bool, store::Error> {
    let mut refused = false;
    let mut pieces = vec![updates];
    while let Some(mut piece) = pieces.pop() {
        let now = app.clock.now();
        match app.store.apply(workspace, now, &piece.received).await {
            Ok(applied) => {
                if applied.is_some_and(|a| a.changed) {
                    app.live.wake(workspace);
                }
                if applied.is_some_and(|a| a.with_files) {
                    app.media.wake();
                }
            }
            Err(error @ store::Error::Unavailable(_)) => return Err(error),
            Err(error) => {
                if let ([one], [origin]) = (piece.received.as_slice(), piece.origins.as_slice()) {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "An update could not be applied"
                    );
                    quarantine_update(app, workspace, one, *origin).await?;
                    refused = true;
                } else {
                    let later = piece.split();
                    pieces.push(later);
                    pieces.push(piece);
                }
            }
        }
    }
    Ok(refused)
}

async fn quarantine_update(
    app: &App,
    workspace: WorkspaceId,
    received: &Received,
    origin: Origin,
) -> Result<(), store::Error> {
    let kept = NewQuarantined {
        channel: Some(received.channel),
        workspace: Some(workspace),
        journal_seq: origin.journal_seq,
        element: origin.element,
        received_at: received.received_at,
        reason: NOT_APPLICABLE.to_owned(),
        raw: format!("{:?}", received.news),
    };
    app.store.quarantine(&[kept], app.clock.system_now()).await
}
