//! What has to be done now and then, wanted by nobody in particular.

use std::time::Duration;

use jiff::SignedDuration;
use meta::webhook::WRITTEN_BY_PEOPLE;
use tokio::time::timeout;

use crate::App;

/// How often.
const PERIOD: Duration = Duration::from_mins(10);
/// How long applied webhooks are kept (DECISIONS 10), and all that was taken from them and is nobody's, settled
/// or no more than their text.
const JOURNAL_KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a browser may sleep and still resume from its cursor.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How old the note may be of when a channel last had a webhook.
const NOTED: Duration = Duration::from_secs(10);

/// Starts the workers.
pub(crate) fn start(app: &App) {
    let noting = app.clone();
    app.workers
        .start("notes of webhooks", move || note(noting.clone()));
    let tidying = app.clone();
    app.workers
        .start("upkeep", move || keep_tidy(tidying.clone()));
}

async fn note(app: App) {
    let mut stopping = app.workers.stopping();
    let mut told = false;
    while !told {
        told = timeout(NOTED, stopping.told()).await.is_ok();
        if let Err(error) = app.channels.keep_heard(&app.store).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "When channels were last heard could not be written down"
            );
        }
    }
}

async fn keep_tidy(app: App) {
    let mut stopping = app.workers.stopping();
    while timeout(PERIOD, stopping.told()).await.is_err() {
        if let Err(error) = tidy(&app).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Old rows could not be removed"
            );
        }
    }
}

async fn tidy(app: &App) -> Result<(), store::Error> {
    let now = app.clock.system_now();
    let stopping = app.workers.stopping();
    let journal_before = now - JOURNAL_KEPT;
    app.store.prune_quarantine(journal_before).await?;
    while app.store.prune_journal(journal_before).await? > 0 && !stopping.is_told() {}
    app.store
        .prune_account_events(&WRITTEN_BY_PEOPLE, journal_before)
        .await?;
    app.store.prune_strangers(journal_before).await?;
    app.store.prune_setups(journal_before).await?;
    let events_before = app.clock.now() - EVENTS_KEPT;
    while app.store.prune_events(events_before).await? > 0 && !stopping.is_told() {}
    app.store.prune_accounts(now).await
}
