//! What every route and worker shares.

use std::sync::Arc;

use store::Store;

use crate::clock::Clock;
use crate::secrets::Secrets;

/// What a host decides.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where browsers reach us, without a trailing slash; `None`: wherever the request's Host says.
    pub public_url: Option<String>,
    /// Whether this is `charla demo`.
    pub demo: bool,
    /// Where the sandbox's page is, if there is one.
    pub sandbox_url: Option<String>,
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
    /// What the host decided.
    pub settings: Settings,
}

impl App {
    /// Puts the parts together. Workers are started apart.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
