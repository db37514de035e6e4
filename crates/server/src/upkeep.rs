//! What has to be done now and then, wanted by nobody in particular.

use std::time::Duration;

use jiff::SignedDuration;

use crate::App;

/// How often.
const PERIOD: Duration = Duration::from_mins(10);
/// How long applied webhooks are kept (DECISIONS 10).
const JOURNAL_KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
/// How long a browser may sleep and still resume from its cursor.
const EVENTS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// Starts the worker.
pub(crate) fn start(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(PERIOD).await;
            if let Err(error) = tidy(&app).await {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "Old rows could not be removed"
                );
            }
        }
    });
}

async fn tidy(app: &App) -> Result<(), store::Error> {
    let now = app.clock.system_now();
    app.store.note_webhooks(&app.channels.all_heard()).await?;
    while app.store.prune_journal(now - JOURNAL_KEPT).await? > 0 {}
    let events_before = app.clock.now() - EVENTS_KEPT;
    while app.store.prune_events(events_before).await? > 0 {}
    app.store.prune_accounts(now).await
}
