//! Webhooks in: 0 lost, 0 doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use charla_tests::agent::Agent;
use charla_tests::database::Engine;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::webhook::{Signed, Text, texts};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;

use crate::luck;

const PRODUCERS: u64 = 6;
const CUSTOMERS: u64 = 48;
/// Keeps the load a load and the reading at the end short.
const PACE: Duration = Duration::from_millis(8);

/// What the outside knows.
#[derive(Default)]
struct Oracle {
    /// Messages handed to Meta by their customers, ever.
    written: AtomicU64,
    /// Deliveries that were not acknowledged, and so came again.
    refused: AtomicU64,
    /// Deliveries that came again although they had been acknowledged.
    repeated: AtomicU64,
    stop: AtomicBool,
}

pub(crate) async fn prove(engine: Engine) {
    let seed = luck::seed();
    let kills = luck::kills();
    let sandbox = Arc::new(Sandbox::start().await);
    let install = Install::new(engine, &sandbox.graph_url).await;
    let running = install.start().await;
    let agent = install.set_up(&running).await;
    install.connect(&sandbox).await;

    let oracle = Arc::new(Oracle::default());
    let (up, is_up) = watch::channel(true);
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|number| {
            let producer = Producer {
                rng: StdRng::seed_from_u64(seed ^ (number << 32)),
                http: charla_tests::http(),
                server: install.url(),
                sandbox: Arc::clone(&sandbox),
                oracle: Arc::clone(&oracle),
                is_up: is_up.clone(),
            };
            tokio::spawn(producer.produce())
        })
        .collect();

    let (running, killed) = luck::kill_again_and_again(&install, running, kills, seed, &up).await;
    oracle.stop.store(true, Ordering::Relaxed);
    let mut acknowledged = BTreeSet::new();
    for producer in producers {
        acknowledged.extend(producer.await.unwrap());
    }
    install.until_applied(&agent).await;
    let shown = everything_shown(&agent).await;

    let (written, refused) = (
        oracle.written.load(Ordering::Relaxed),
        oracle.refused.load(Ordering::Relaxed),
    );
    println!(
        "{engine:?}: {} kills while serving, {} while starting; {written} messages written, {} acknowledged, \
         {refused} deliveries refused and repeated, {} repeated without need; {} shown",
        killed.serving,
        killed.starting,
        acknowledged.len(),
        oracle.repeated.load(Ordering::Relaxed),
        shown.len(),
    );
    let log = install.log_tail();
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|text| !shown.contains_key(*text))
        .collect();
    assert!(
        lost.is_empty(),
        "{} acknowledged messages are lost: {lost:?}\n{log}",
        lost.len()
    );
    let doubled: Vec<_> = shown.iter().filter(|(_, times)| **times > 1).collect();
    assert!(
        doubled.is_empty(),
        "{} messages are shown more than once: {doubled:?}\n{log}",
        doubled.len()
    );
    let invented: Vec<_> = shown
        .keys()
        .filter(|text| !acknowledged.contains(*text))
        .collect();
    assert!(
        invented.is_empty(),
        "{} messages were never written: {invented:?}",
        invented.len()
    );
    assert_eq!(
        acknowledged.len() as u64,
        written,
        "every message was acknowledged in the end"
    );
    assert!(refused > 0, "no kill met a delivery: there was no load");
    running.kill().await;
}

/// Each text that any thread shows, and how often.
async fn everything_shown(agent: &Agent) -> BTreeMap<String, u32> {
    let mut shown = BTreeMap::new();
    for conversation in agent.conversations().await.into_values() {
        for message in agent.thread(&conversation, "in").await {
            *shown.entry(message.text).or_default() += 1;
        }
    }
    shown
}

/// A part of Meta that delivers: again until it is acknowledged, and now and then once more.
struct Producer {
    rng: StdRng,
    http: reqwest::Client,
    server: String,
    sandbox: Arc<Sandbox>,
    oracle: Arc<Oracle>,
    is_up: watch::Receiver<bool>,
}

impl Producer {
    /// Delivers until told to stop; what was acknowledged is returned.
    async fn produce(mut self) -> Vec<String> {
        let mut acknowledged = Vec::new();
        let mut pace = tokio::time::interval(PACE);
        while !self.oracle.stop.load(Ordering::Relaxed) {
            let written = self.write();
            let signed = texts(&self.sandbox, &written);
            while !signed.post(&self.http, &self.server).await {
                self.oracle.refused.fetch_add(1, Ordering::Relaxed);
                self.is_up.wait_for(|up| *up).await.unwrap();
                pace.tick().await;
            }
            acknowledged.extend(written.into_iter().map(|text| text.body));
            self.deliver_again_by_chance(&signed).await;
            pace.tick().await;
        }
        acknowledged
    }

    fn write(&mut self) -> Vec<Text> {
        (0..self.rng.random_range(1..=4))
            .map(|_| {
                let number = self.oracle.written.fetch_add(1, Ordering::Relaxed);
                Text {
                    from: format!("346001{:05}", self.rng.random_range(0..CUSTOMERS)),
                    id: format!("wamid.{number:024}"),
                    body: format!("message {number}"),
                }
            })
            .collect()
    }

    async fn deliver_again_by_chance(&mut self, signed: &Signed) {
        if self.rng.random_bool(0.1) {
            self.oracle.repeated.fetch_add(1, Ordering::Relaxed);
            signed.post(&self.http, &self.server).await;
        }
    }
}
