//! Charla from the outside: the real binary, real databases, a simulated Meta on a real port.
//!
//! Nothing here uses the other crates. What goes over a wire is written down a second time, from
//! Meta's documentation and from ours, so that a mistake in the one is not mirrored in the other.

#![expect(clippy::missing_panics_doc, reason = "a panic is how a test fails")]
#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

pub mod agent;
pub mod database;
pub mod install;
pub mod program;
pub mod sandbox;
pub mod until;
pub mod webhook;

/// A client that waits for no answer longer than a test would.
#[must_use]
pub fn http() -> reqwest::Client {
    // A second call finds the provider in place, which is all it wants.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(std::time::Duration::from_secs(10))
        .no_proxy()
        .build()
        .unwrap()
}
