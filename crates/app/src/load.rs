//! `charla load`: signed webhooks against a running Charla, as fast as asked.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use meta::signature;
use serde_json::json;

use crate::cli::Load;
use crate::{Failure, connect, say};

/// What the producers share.
struct Run {
    url: String,
    secret: Vec<u8>,
    number_id: String,
    customers: u64,
    count: u64,
    next: AtomicU64,
    refused: AtomicU64,
    /// Why the first that was refused was.
    why: OnceLock<String>,
    began: Instant,
    started_at: i64,
    rate: Option<u64>,
    http: reqwest::Client,
}

/// Brings the webhooks and prints how it went.
pub(crate) async fn run(options: Load) -> Result<(), Failure> {
    let run = Arc::new(Run {
        secret: connect::secret_file(&options.secret_file)?.into_bytes(),
        url: options.url,
        number_id: options.phone_number_id,
        customers: options.customers.max(1),
        count: options.count,
        next: AtomicU64::new(0),
        refused: AtomicU64::new(0),
        why: OnceLock::new(),
        began: Instant::now(),
        started_at: server::Clock::system().now().as_second(),
        rate: options.rate,
        http: server::http::client()?,
    });
    let producers: Vec<_> = (0..options.producers.max(1))
        .map(|_| tokio::spawn(produce(Arc::clone(&run))))
        .collect();
    let mut took = Vec::new();
    for producer in producers {
        took.extend(producer.await?);
    }
    say(report(&run, took))?;
    match run.why.get() {
        Some(why) => Err(format!("{} did not take every webhook: {why}", run.url).into()),
        None => Ok(()),
    }
}

async fn produce(run: Arc<Run>) -> Vec<Duration> {
    let mut took = Vec::new();
    loop {
        let n = run.next.fetch_add(1, Ordering::Relaxed);
        if n >= run.count {
            return took;
        }
        run.wait_for_turn(n).await;
        let body = run.body(n);
        let signed = signature::sign(&run.secret, body.as_bytes());
        let asked = Instant::now();
        let answer = run
            .http
            .post(&run.url)
            .header(signature::HEADER, signed)
            .body(body)
            .send()
            .await;
        let why = match answer {
            Ok(answer) if answer.status().is_success() => {
                took.push(asked.elapsed());
                continue;
            }
            Ok(answer) => format!("HTTP status {}", answer.status()),
            Err(error) => reason(&error),
        };
        run.refused.fetch_add(1, Ordering::Relaxed);
        run.why.get_or_init(|| why);
    }
}

/// The innermost cause: what lies around it repeats the address.
fn reason(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), reason)
}

impl Run {
    async fn wait_for_turn(&self, n: u64) {
        if let Some(rate) = self.rate.filter(|&rate| rate > 0) {
            let due = Duration::from_micros(n.saturating_mul(1_000_000) / rate);
            tokio::time::sleep(due.saturating_sub(self.began.elapsed())).await;
        }
    }

    fn body(&self, n: u64) -> String {
        let customer = 34_600_000_000 + n % self.customers;
        meta::webhook::text_body(
            &self.number_id,
            &customer.to_string(),
            &format!("wamid.load-{}-{n}", self.started_at),
            self.started_at,
            &format!("Message {n} of a load test"),
        )
    }
}

fn report(run: &Run, mut took: Vec<Duration>) -> serde_json::Value {
    took.sort();
    let at = |share: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a place in a list"
        )]
        let place = (took.len() as f64 * share) as usize;
        took.get(place.min(took.len().saturating_sub(1)))
            .map(Duration::as_secs_f64)
            .unwrap_or_default()
            * 1000.0
    };
    let seconds = run.began.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let rate = took.len() as f64 / seconds;
    json!({
        "accepted": took.len(),
        "refused": run.refused.load(Ordering::Relaxed),
        "seconds": seconds,
        "per_second": rate,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
    })
}
