//! Counts for `/metrics`, in Prometheus' text form.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A count that only rises.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// What it stands at.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What this process has counted since it started.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Webhooks answered with 200.
    pub webhooks_accepted: Counter,
    /// Webhooks answered with anything else.
    pub webhooks_refused: Counter,
    /// Updates of channels that are not ours, or not the signing app's.
    pub updates_foreign: Counter,
    /// Updates of kinds that nothing uses yet.
    pub updates_ignored: Counter,
    /// Calls of the Graph API that sent a message.
    pub sends: Counter,
    /// Sockets dropped because their browser did not keep up.
    pub sockets_dropped: Counter,
    /// Requests for lists of conversations.
    pub lists: Counter,
}

impl Metrics {
    /// All of them as Prometheus reads them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for (name, help, counter) in [
            (
                "webhooks_accepted",
                "Webhooks answered with 200",
                &self.webhooks_accepted,
            ),
            (
                "webhooks_refused",
                "Webhooks answered with anything else",
                &self.webhooks_refused,
            ),
            (
                "updates_foreign",
                "Updates of channels that are not ours",
                &self.updates_foreign,
            ),
            (
                "updates_ignored",
                "Updates of kinds that nothing uses yet",
                &self.updates_ignored,
            ),
            (
                "sends",
                "Calls of the Graph API that sent a message",
                &self.sends,
            ),
            (
                "sockets_dropped",
                "Sockets whose browser did not keep up",
                &self.sockets_dropped,
            ),
            ("lists", "Requests for lists of conversations", &self.lists),
        ] {
            let _ = writeln!(
                text,
                "# HELP charla_{name}_total {help}.\n# TYPE charla_{name}_total counter\ncharla_{name}_total {}",
                counter.get()
            );
        }
        text
    }
}
