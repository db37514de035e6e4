//! `make bench`: the release build beside the numbers it has to reach.
//!
//! One machine carries the load, the server and the disk, so a ratio taken within one run says more than
//! any single figure. What falls short of its bar is said to.

#![expect(
    clippy::unwrap_used,
    reason = "a bench that cannot measure has to stop"
)]

mod ingest;
mod report;
mod send;
mod socket;
mod start;
mod steady;
mod weight;
mod wire;

use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;

#[tokio::main]
async fn main() {
    let sandbox = Sandbox::start().await;
    let install = Install::new(Engine::Sqlite, &sandbox.graph_url).await;

    report::heading("Start and rest, empty install");
    let running = start::measure(&install).await;

    let agent = install.set_up(&running).await;
    install.connect(&sandbox).await;
    let running = install.restart(running).await;

    report::heading("Send, one answer to each of 400 customers of one number");
    send::measure(&install, &sandbox, &agent).await;

    report::heading("Ingest, 64 producers, SQLite, synchronous=FULL");
    ingest::measure(&install, &sandbox, &agent).await;

    report::heading("Steady, 4,000 messages a second, 4 in a webhook");
    steady::measure(&install, &sandbox, &agent).await;

    report::heading("Live, 100 sockets of one workspace");
    socket::measure(&install, &sandbox, &agent).await;

    report::heading("Weight");
    weight::measure(&install.url()).await;
    running.kill().await;
}
