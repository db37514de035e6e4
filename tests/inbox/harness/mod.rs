//! A Charla, a simulated Meta, and the people on both ends.

mod agent;
mod live;
mod phones;
mod shelf;
mod test_app;
mod webhooks;

pub(crate) use agent::{Agent, Answer};
pub(crate) use live::{Heard, Socket};
pub(crate) use phones::Customer;
pub(crate) use shelf::{Shelf, report};
pub(crate) use test_app::TestApp;
pub(crate) use webhooks::{Text, body_of, message, signed};

use jiff::Timestamp;

/// The instant at which every test begins.
pub(crate) const START: i64 = 1_796_000_000;

pub(crate) fn start() -> Timestamp {
    Timestamp::from_second(START).unwrap()
}

/// An instant as the API writes it.
pub(crate) fn instant(value: &serde_json::Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

/// Waits longer for an answer than a locked database takes.
fn patient_client() -> reqwest::Client {
    // The first client of the process chooses how to speak TLS.
    drop(charla_tests::http());
    let patience = std::time::Duration::from_secs(40);
    let client = reqwest::Client::builder().timeout(patience).no_proxy();
    client.build().unwrap()
}
