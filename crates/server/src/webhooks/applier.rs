//! Applies the journal, in order, in sets.
//!
//! Reading and applying are idempotent, so a crash anywhere means applying some of it again. A set that
//! the database refuses for what is in it is taken apart until the one update at fault stands alone; it
//! goes to quarantine and the others are applied.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::inbound::ChannelKey;
use domain::{Timestamp, WorkspaceId};
use meta::webhook::{Item, Reading};
use store::{Channel, Entry, NewQuarantined, Quarantined, Received};

use super::pack::unpack;
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

/// The worker that applies the journal.
#[derive(Debug)]
pub struct Applier;

/// What a run of webhooks says, ready to be applied.
#[derive(Default)]
struct Set {
    updates: HashMap<WorkspaceId, Updates>,
    quarantined: Vec<NewQuarantined>,
    heard: HashMap<domain::ChannelId, Timestamp>,
    foreign: usize,
    size: usize,
}

/// Updates of one workspace, and where each came from.
#[derive(Default)]
struct Updates {
    received: Vec<Received>,
    origins: Vec<Origin>,
}

/// Where an update came from: the webhook, and the place in it.
#[derive(Clone, Copy)]
struct Origin {
    journal_seq: i64,
    place: i64,
}

impl Updates {
    fn push(&mut self, received: Received, origin: Origin) {
        self.received.push(received);
        self.origins.push(origin);
    }

    /// Keeps the first half and gives away the second.
    fn split(&mut self) -> Self {
        let middle = self.received.len() / 2;
        Self {
            received: self.received.split_off(middle),
            origins: self.origins.split_off(middle),
        }
    }
}

impl Applier {
    /// Starts the worker.
    pub fn start(app: App) {
        tokio::spawn(run(app));
    }

    /// Applies everything that is journalled, now. For tests and for the last moments before an end.
    pub async fn drain(app: &App) -> Result<(), store::Error> {
        while apply_some(app).await? > 0 {}
        Ok(())
    }

    /// Reads the webhook of a quarantined element anew and applies what can be read now: all of it, for
    /// the rest of it was applied and applying is idempotent. Answers why the element still waits.
    pub async fn replay(app: &App, element: &Quarantined) -> Result<Option<String>, store::Error> {
        let Some(entry) = app.store.journal_entry(element.journal_seq).await? else {
            return Ok(Some("journal_pruned".to_owned()));
        };
        let mut set = Set::default();
        set.add(app, &entry).await?;
        if set.foreign > 0 {
            return Ok(Some("channel_unknown".to_owned()));
        }
        let still = set
            .quarantined
            .iter()
            .find(|q| q.raw == element.raw)
            .map(|q| q.reason.clone());
        let refused = apply(app, set).await?;
        Ok(still.or_else(|| {
            let refused = refused.contains(&element.element);
            refused.then(|| NOT_APPLICABLE.to_owned())
        }))
    }
}

async fn run(app: App) {
    let written = app.journal.written();
    loop {
        match apply_some(&app).await {
            Ok(0) => {
                let _ = tokio::time::timeout(LOOK, written.notified()).await;
            }
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

impl Set {
    async fn add(&mut self, app: &App, entry: &Entry) -> Result<(), store::Error> {
        let items = unpack(&entry.body)
            .map_err(|_| "journal_damaged")
            .and_then(|body| meta::webhook::read(&body).map_err(|_| "not_json"));
        match items {
            Ok(items) => {
                for (place, item) in (0..).zip(items) {
                    self.item(app, entry, place, item).await?;
                }
                Ok(())
            }
            Err(reason) => {
                let raw = unpack(&entry.body).unwrap_or_default();
                let raw = String::from_utf8_lossy(&raw).into_owned();
                self.quarantine(app, entry, 0, None, reason.to_owned(), raw)
                    .await
            }
        }
    }

    async fn item(
        &mut self,
        app: &App,
        entry: &Entry,
        place: i64,
        item: Item,
    ) -> Result<(), store::Error> {
        let news = match item.reading {
            Reading::Ignored { .. } | Reading::Account { .. } => {
                app.metrics.updates_ignored.add(1);
                return Ok(());
            }
            Reading::Quarantined { reason, raw } => {
                return self
                    .quarantine(app, entry, place, item.channel, reason, raw)
                    .await;
            }
            Reading::Update(news) => news,
        };
        // An event is believed only for channels connected through the app that signed it.
        let Some(channel) = channel_of(app, entry, item.channel).await? else {
            app.metrics.updates_foreign.add(1);
            self.foreign += 1;
            return Ok(());
        };
        self.heard.insert(channel.id, entry.received_at());
        self.size += 1;
        let received = Received {
            channel: channel.id,
            kind: channel.kind,
            received_at: entry.received_at(),
            news,
        };
        let origin = Origin {
            journal_seq: entry.seq,
            place,
        };
        self.updates
            .entry(channel.workspace)
            .or_default()
            .push(received, origin);
        Ok(())
    }

    async fn quarantine(
        &mut self,
        app: &App,
        entry: &Entry,
        place: i64,
        key: Option<ChannelKey>,
        reason: String,
        raw: String,
    ) -> Result<(), store::Error> {
        let channel = channel_of(app, entry, key).await?;
        let workspace = match &channel {
            Some(channel) => Some(channel.workspace),
            None => app.channels.only_workspace(&entry.app),
        };
        self.size += 1;
        self.quarantined.push(NewQuarantined {
            channel: channel.map(|c| c.id),
            workspace,
            journal_seq: entry.seq,
            element: place,
            received_at: entry.received_at(),
            reason,
            raw: domain::text::storable(&raw),
        });
        Ok(())
    }
}

/// The channel an element speaks of, if it names one of ours.
async fn channel_of(
    app: &App,
    entry: &Entry,
    key: Option<ChannelKey>,
) -> Result<Option<Arc<Channel>>, store::Error> {
    match key {
        Some(key) => {
            app.channels
                .channel(app, &key, &entry.app, entry.received_at())
                .await
        }
        None => Ok(None),
    }
}

/// Applies a set; answers the places of the updates that the database refused for what is in them.
async fn apply(app: &App, set: Set) -> Result<Vec<i64>, store::Error> {
    let mut refused = Vec::new();
    for (workspace, updates) in set.updates {
        refused.extend(apply_to(app, workspace, updates).await?);
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
    if set.foreign > 0 {
        let n = set.foreign;
        tracing::warn!(
            n,
            "{n} updates speak of numbers that are not connected here, or through another app"
        );
    }
    app.channels.heard(set.heard);
    Ok(refused)
}

async fn apply_to(
    app: &App,
    workspace: WorkspaceId,
    updates: Updates,
) -> Result<Vec<i64>, store::Error> {
    let mut refused = Vec::new();
    let mut pieces = vec![updates];
    while let Some(mut piece) = pieces.pop() {
        let now = app.clock.now();
        match app.store.apply(workspace, now, &piece.received).await {
            Ok(applied) => {
                if applied.is_some_and(|a| a.changed) {
                    app.live.wake(workspace);
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
                    refused.push(origin.place);
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
        element: origin.place,
        received_at: received.received_at,
        reason: NOT_APPLICABLE.to_owned(),
        raw: format!("{:?}", received.news),
    };
    app.store.quarantine(&[kept], app.clock.system_now()).await
}
