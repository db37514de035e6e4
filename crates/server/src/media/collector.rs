//! Removes bytes that no file names: of uploads that were taken out of a draft, and of what was brought by somebody who
//! then could not name it.
//!
//! What the store says is leaving nobody can name any more, whenever the removal reaches the storage.

use std::time::Duration;

use tokio::time::timeout;

use crate::App;

/// How often to look if nobody says that there is something.
const PERIOD: Duration = Duration::from_mins(10);
/// So many are taken at once.
const BATCH: i64 = 64;

pub(super) fn start(app: &App) {
    let collecting = app.clone();
    app.workers
        .start("collector of bytes without a file", move || {
            run(collecting.clone())
        });
}

async fn run(app: App) {
    let mut stopping = app.workers.stopping();
    let mut clock = app.clock.moves();
    while !stopping.is_told() {
        if let Err(error) = collect(&app).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "Bytes without a file could not be looked for"
            );
        }
        tokio::select! {
            _ = timeout(PERIOD, app.media.loose.notified()) => {}
            Ok(()) = clock.changed() => {}
            () = stopping.told() => {}
        }
    }
}

async fn collect(app: &App) -> Result<(), store::Error> {
    let stopping = app.workers.stopping();
    while !stopping.is_told() {
        let now = app.clock.system_now();
        let loose = app.store.take_loose_contents(now, BATCH).await?;
        if loose.is_empty() {
            return Ok(());
        }
        for content in loose {
            match app
                .media
                .files
                .remove(content.workspace, &content.name)
                .await
            {
                Ok(()) => app.store.content_left(&content).await?,
                // It stays leaving, and is taken again.
                Err(error) => tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "Bytes without a file could not be removed"
                ),
            }
        }
    }
    Ok(())
}
