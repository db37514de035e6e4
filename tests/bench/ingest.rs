//! Signed webhooks made durable, beside the insert that makes them so.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use charla_tests::agent::Agent;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::webhook::{Signed, Text, texts};
use serde_json::Value;
use store::{Chance, Location, NewEntry, Store};
use tokio::sync::{mpsc, oneshot};

use crate::report::{self, Bar};
use crate::wire::Wire;

const PRODUCERS: usize = 64;
/// The most webhooks that the server puts into one transaction.
const GROUP: usize = 256;
/// The level at which the server packs bodies.
const LEVEL: i32 = -1;
const BODIES: usize = 60_000;
const ROUND: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;

pub(crate) async fn measure(install: &Install, sandbox: &Sandbox, agent: &Agent) {
    let mut ratios = Vec::new();
    let mut rates = Vec::new();
    let mut waits = Vec::new();
    for round in 0..ROUNDS {
        let bodies: Arc<Vec<Signed>> = Arc::new(
            (0..BODIES)
                .map(|n| body(sandbox, round * BODIES + n))
                .collect(),
        );
        let (webhooks, mut latencies) = deliver(&install.url(), &bodies).await;
        let lag = agent.get("health").await["journal"]["waiting"].clone();
        let caught_up = Instant::now();
        install.until_applied(agent).await;
        let inserts = insert_alone(&bodies).await;
        println!(
            "  round {}: {webhooks:.0} webhooks/s, journal insert alone {inserts:.0}/s; \
             not yet applied at the end {}, applied {:.1} s later",
            round + 1,
            waiting(&lag),
            caught_up.elapsed().as_secs_f64()
        );
        ratios.push(webhooks / inserts);
        rates.push(webhooks);
        waits.append(&mut latencies);
    }
    let ratio = report::percentile(&mut ratios, 0.5);
    report::line(
        "durable webhooks / insert alone (median)",
        ratio,
        "",
        Bar::AtLeast {
            must: 0.35,
            aim: 0.6,
        },
    );
    let rate = report::percentile(&mut rates, 0.5);
    report::line(
        "durable webhooks",
        rate,
        "/s",
        Bar::AtLeast {
            must: 4_000.0,
            aim: 12_000.0,
        },
    );
    report::line(
        "webhook to 200, p50",
        report::percentile(&mut waits, 0.5),
        "ms",
        Bar::None,
    );
    let slowest = report::percentile(&mut waits, 0.99);
    report::line(
        "webhook to 200, p99",
        slowest,
        "ms",
        Bar::AtMost {
            must: 250.0,
            aim: 250.0,
        },
    );
}

fn waiting(lag: &Value) -> u64 {
    lag.as_u64().unwrap_or_default()
}

fn body(sandbox: &Sandbox, number: usize) -> Signed {
    let text = Text {
        from: format!("34611{:06}", number % 5_000),
        id: format!("wamid.bench{number:024}"),
        body: format!(
            "Do you have the table number {number} in oak, and how long does it take to Castellón?"
        ),
    };
    texts(sandbox, &[text])
}

/// Webhooks per second that were answered by 200, and how long each took, in milliseconds.
async fn deliver(server: &str, bodies: &Arc<Vec<Signed>>) -> (f64, Vec<f64>) {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|_| {
            let (server, bodies, next) = (server.to_owned(), Arc::clone(bodies), Arc::clone(&next));
            tokio::spawn(async move {
                let mut wire = Wire::connect(&server).await;
                let mut latencies = Vec::new();
                while started.elapsed() < ROUND {
                    let Some(signed) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) else {
                        break;
                    };
                    let request = wire.webhook(signed);
                    let sent = Instant::now();
                    assert_eq!(wire.ask(&request).await, 200);
                    latencies.push(sent.elapsed().as_secs_f64() * 1_000.0);
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::new();
    for producer in producers {
        latencies.append(&mut producer.await.unwrap());
    }
    (per_second(latencies.len(), started), latencies)
}

/// The same bodies through the same insert: 64 producers, one writer, groups of the same size.
async fn insert_alone(bodies: &Arc<Vec<Signed>>) -> f64 {
    let packed: Arc<Vec<Vec<u8>>> = Arc::new(
        bodies
            .iter()
            .map(|signed| zstd::bulk::compress(signed.body.as_bytes(), LEVEL).unwrap())
            .collect(),
    );
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(Location::Folder(folder.path()), Chance::seeded(1))
        .await
        .unwrap();
    let (queue, mut waiting) = mpsc::channel::<(NewEntry, oneshot::Sender<()>)>(4_096);
    let writer = tokio::spawn(async move {
        let mut group = Vec::with_capacity(GROUP);
        while waiting.recv_many(&mut group, GROUP).await > 0 {
            let (entries, answers): (Vec<_>, Vec<_>) = group.drain(..).unzip();
            store.append_to_journal(entries).await.unwrap();
            for answer in answers {
                let _ = answer.send(()); // a producer that has gone needs no answer
            }
        }
        store.close().await;
    });

    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let producers: Vec<_> = (0..PRODUCERS)
        .map(|_| {
            let (queue, packed, next) = (queue.clone(), Arc::clone(&packed), Arc::clone(&next));
            tokio::spawn(async move {
                let mut written = 0;
                while started.elapsed() < ROUND {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let (done, answer) = oneshot::channel();
                    let entry = NewEntry {
                        received_at: jiff::Timestamp::UNIX_EPOCH,
                        app: "default".to_owned(),
                        body: packed[number % packed.len()].clone(),
                    };
                    queue.send((entry, done)).await.unwrap();
                    answer.await.unwrap();
                    written += 1;
                }
                written
            })
        })
        .collect();
    drop(queue);
    let mut written = 0;
    for producer in producers {
        written += producer.await.unwrap();
    }
    let rate = per_second(written, started);
    writer.await.unwrap();
    rate
}

#[expect(clippy::cast_precision_loss, reason = "counts of seconds' work")]
fn per_second(count: usize, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}
