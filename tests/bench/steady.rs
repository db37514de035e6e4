//! A load that has to be carried for hours: what its webhooks wait for, and how far applying falls behind.

use std::sync::Arc;
use std::time::Duration;

use charla_tests::agent::Agent;
use charla_tests::install::Install;
use charla_tests::sandbox::Sandbox;
use charla_tests::webhook::{Signed, Text, texts};
use tokio::time::{Instant, sleep_until};

use crate::report::{self, Bar};
use crate::wire::Wire;

const PRODUCERS: usize = 64;
const CUSTOMERS: usize = 5_000;
/// Messages in one webhook.
const TOGETHER: usize = 4;
/// Five seconds of 4,000 messages.
const WEBHOOKS: usize = 5_000;
/// From one webhook to the next.
const PACE: Duration = Duration::from_millis(1);

pub(crate) async fn measure(install: &Install, sandbox: &Sandbox, agent: &Agent) {
    let bodies: Arc<Vec<Signed>> = Arc::new((0..WEBHOOKS).map(|n| body(sandbox, n)).collect());
    let mut latencies = deliver(&install.url(), &bodies).await;
    let ended = Instant::now();
    install.until_applied(agent).await;
    let behind = ended.elapsed().as_secs_f64();
    let slowest = report::percentile(&mut latencies, 0.99);
    report::line(
        "webhook to 200, p99",
        slowest,
        "ms",
        Bar::AtMost {
            must: 250.0,
            aim: 250.0,
        },
    );
    report::line("all applied, after the last 200", behind, "s", Bar::None);
}

fn body(sandbox: &Sandbox, webhook: usize) -> Signed {
    let first = webhook * TOGETHER;
    let together: Vec<Text> = (first..first + TOGETHER)
        .map(|number| Text {
            from: format!("34644{:06}", number % CUSTOMERS),
            id: format!("wamid.steady{number:024}"),
            body: format!("Is the table number {number} still to be had in oak?"),
        })
        .collect();
    texts(sandbox, &together)
}

/// How long each webhook took in milliseconds, counted from when it was due: one that waits for a
/// connection waits for the server.
async fn deliver(server: &str, bodies: &Arc<Vec<Signed>>) -> Vec<f64> {
    let mut wires = Vec::with_capacity(PRODUCERS);
    for _ in 0..PRODUCERS {
        wires.push(Wire::connect(server).await);
    }
    let started = Instant::now();
    let producers: Vec<_> = (0..WEBHOOKS)
        .zip(wires)
        .map(|(first, mut wire)| {
            let bodies = Arc::clone(bodies);
            tokio::spawn(async move {
                let mut due = started + PACE * u32::try_from(first).unwrap();
                let mut latencies = Vec::with_capacity(WEBHOOKS / PRODUCERS + 1);
                for signed in bodies.iter().skip(first).step_by(PRODUCERS) {
                    let request = wire.webhook(signed);
                    sleep_until(due).await;
                    assert_eq!(wire.ask(&request).await, 200);
                    latencies.push(due.elapsed().as_secs_f64() * 1_000.0);
                    due += PACE * u32::try_from(PRODUCERS).unwrap();
                }
                latencies
            })
        })
        .collect();
    let mut latencies = Vec::with_capacity(WEBHOOKS);
    for producer in producers {
        latencies.append(&mut producer.await.unwrap());
    }
    latencies
}
