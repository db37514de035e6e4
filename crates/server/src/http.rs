//! The client for calls out of the house.

use std::time::Duration;

use crate::messages::CALL_TIMEOUT;

/// How long a connection may take to come about; shorter than a call, so that one that never came about
/// is known never to have sent anything.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Makes TLS work for every client of this process.
pub(crate) fn install_provider() {
    // Fails only if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// A client with timeouts that follows no redirects.
pub fn client() -> Result<reqwest::Client, reqwest::Error> {
    install_provider();
    reqwest::Client::builder()
        .timeout(CALL_TIMEOUT)
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .build()
}
