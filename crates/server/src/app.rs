//! What every route and worker shares.

use std::sync::Arc;

use meta::graph::Graph;
use store::{Chance, Store};

use crate::accounts::SetupCode;
use crate::channels::{Directory, Watch, start_watch};
use crate::clock::Clock;
use crate::live::Live;
use crate::media::Media;
use crate::messages::Senders;
use crate::metrics::Metrics;
use crate::secrets::Secrets;
use crate::webhooks::{Applier, Journal, Unverified};
use crate::workers::Workers;
use crate::{media, upkeep};

/// What a host decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where browsers reach us, without a trailing slash; `None`: wherever the request's Host says.
    pub public_url: Option<String>,
    /// Whether this is `charla demo`.
    pub demo: bool,
    /// Where the sandbox's page is, if there is one.
    pub sandbox_url: Option<String>,
    /// Where the provider reaches us, without a trailing slash; `None`: nobody said.
    pub webhook_origin: Option<String>,
}

/// Everything a running Charla holds. Cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Parts>);

/// The parts of an [`App`].
#[derive(Debug)]
pub struct Parts {
    /// What is remembered.
    pub store: Store,
    /// Keys, tokens and what is encrypted under them.
    pub secrets: Secrets,
    /// Business and system time.
    pub clock: Clock,
    /// Random bytes for tokens and jitter.
    pub chance: Chance,
    /// What the host decided.
    pub settings: Settings,
    /// The Graph API.
    pub graph: Graph,
    /// Where webhooks are written down.
    pub journal: Journal,
    /// Memory for webhooks that are not verified yet.
    pub unverified: Unverified,
    /// The connected channels.
    pub channels: Directory,
    /// Who keeps fresh how they stand.
    pub watch: Watch,
    /// The agents' browsers.
    pub live: Live,
    /// The files of messages.
    pub media: Media,
    /// Who hands messages over.
    pub senders: Senders,
    /// What the first visitor has to type.
    pub setup: SetupCode,
    /// What was counted.
    pub metrics: Metrics,
    /// The work that nobody waits for.
    pub workers: Workers,
}

impl App {
    /// Puts the parts together. Workers are started apart, by [`App::start`].
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Starts the workers: applying webhooks, sending, fetching files, tidying up.
    ///
    /// `alone`: no other process works on this database.
    pub async fn start(&self, alone: bool) -> Result<(), store::Error> {
        let now = self.clock.system_now();
        self.channels
            .reload(&self.store, &self.secrets, now)
            .await?;
        Applier::start(self.clone());
        Senders::start(self, alone).await;
        media::start(self, alone).await?;
        start_watch(self);
        upkeep::start(self);
        Ok(())
    }

    /// Ends the workers: browsers are sent away to come back, calls under way are waited for and recorded.
    /// What is journalled by then is applied by whoever starts next.
    pub async fn stop(&self) {
        self.workers.stop().await;
        self.live.all_sent_away().await;
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
