//! Delivery of webhooks: signed, in order per number, again and again until accepted.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rand::Rng;
use sha2::Sha256;
use tokio::{
    sync::{Semaphore, watch},
    time::Instant,
};

use crate::{
    log::{Call, Detail, Sent, Way},
    payload::{self, Update},
    rules::faults,
    shared::Shared,
};

/// Webhooks under way at the same time, over all numbers.
const AT_ONCE: usize = 16;
/// A batch waits so long for more updates.
const GATHER: Duration = Duration::from_secs(1);

/// Webhooks that wait for each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Those of one number.
    Number(String),
    /// One that a test wrote itself.
    Raw(u64),
}

impl Lane {
    fn number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            Self::Raw(_) => None,
        }
    }
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    running: bool,
    failing: bool,
    under_way: usize,
}

#[derive(Debug)]
struct Waiting {
    update: Update,
    since: Instant,
    at: Timestamp,
}

/// One webhook, ready to go.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    /// The `phone_number_id` it is about.
    pub(crate) number: Option<String>,
    pub(crate) kind: String,
    pub(crate) detail: Detail,
    pub(crate) body: Arc<str>,
    pub(crate) queued: Timestamp,
}

/// What came of one try.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) n: u64,
    pub(crate) http: Option<u16>,
    pub(crate) took_ms: u64,
}

impl Answer {
    fn accepted(self) -> bool {
        self.http == Some(200)
    }
}

/// All lanes.
#[derive(Debug)]
pub(crate) struct Courier {
    lanes: Mutex<HashMap<Lane, Queue>>,
    slots: Semaphore,
    /// Counts changes of faults and addresses: a lane that waits looks again.
    changes: watch::Sender<u64>,
    grew: watch::Sender<()>,
    generation: AtomicU64,
    raw: AtomicU64,
}

impl Default for Courier {
    fn default() -> Self {
        Self {
            lanes: Mutex::default(),
            slots: Semaphore::new(AT_ONCE),
            changes: watch::Sender::new(0),
            grew: watch::Sender::new(()),
            generation: AtomicU64::new(0),
            raw: AtomicU64::new(0),
        }
    }
}

impl Courier {
    /// Puts an update at the end of its lane.
    pub(crate) fn queue(&self, shared: &Arc<Shared>, lane: Lane, update: Update) {
        let start = {
            let mut lanes = self.lanes();
            let queue = lanes.entry(lane.clone()).or_default();
            queue.waiting.push_back(Waiting {
                update,
                since: Instant::now(),
                at: shared.now(),
            });
            !std::mem::replace(&mut queue.running, true)
        };
        self.grew.send_replace(());
        if start {
            shared.spawn(run(Arc::clone(shared), lane));
        }
    }

    /// Faults or addresses changed: whoever waits looks again, pauses end.
    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Forgets everything that waits, also what is being tried again.
    pub(crate) fn clear(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
        for queue in self.lanes().values_mut() {
            queue.waiting.clear();
        }
    }

    /// Updates that were not accepted yet.
    pub(crate) fn waiting(&self) -> usize {
        let lanes = self.lanes();
        lanes.values().map(|q| q.waiting.len() + q.under_way).sum()
    }

    /// Is a webhook being tried again?
    pub(crate) fn failing(&self) -> bool {
        self.lanes().values().any(|queue| queue.failing)
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, Queue>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark(&self, lane: &Lane, mark: impl FnOnce(&mut Queue)) {
        mark(self.lanes().entry(lane.clone()).or_default());
    }

    /// When the head of a lane may go, and whether the lane is full enough to go before.
    /// None when nothing waits; the lane's task then ends.
    fn head(&self, lane: &Lane, batch: usize, delay: Duration) -> Option<(Instant, bool)> {
        let mut lanes = self.lanes();
        let queue = lanes.get_mut(lane)?;
        let Some(head) = queue.waiting.front() else {
            queue.running = false;
            return None;
        };
        let due = head.since + delay;
        if batch > 1 {
            return Some((due + GATHER, queue.waiting.len() >= batch));
        }
        Some((due, false))
    }

    fn take(&self, lane: &Lane, count: usize) -> Vec<Waiting> {
        let mut lanes = self.lanes();
        let Some(queue) = lanes.get_mut(lane) else {
            return Vec::new();
        };
        let count = count.clamp(1, 1_000).min(queue.waiting.len());
        queue.under_way = count;
        queue.waiting.drain(..count).collect()
    }

    /// Waits until the head of a lane is due and the way is free; false when nothing waits.
    async fn due(&self, shared: &Shared, lane: &Lane) -> bool {
        loop {
            let mut changes = self.changes.subscribe();
            let mut grew = self.grew.subscribe();
            let (batch, delay) = {
                let world = shared.world();
                let delay = Duration::from_millis(world.faults.webhook_delay_ms);
                (world.faults.webhook_batch, delay)
            };
            let Some((due, full)) = self.head(lane, batch, delay) else {
                return false;
            };
            if !full && Instant::now() < due {
                tokio::select! {
                    () = tokio::time::sleep_until(due) => {}
                    _ = changes.changed() => {}
                    _ = grew.changed(), if batch > 1 => {}
                }
            } else if Self::is_open(shared, lane.number()) {
                return true;
            } else {
                // The sender lives as long as `self`, so this only ends with a change.
                let _ = changes.changed().await;
            }
        }
    }

    fn is_open(shared: &Shared, number: Option<&str>) -> bool {
        !shared.world().faults.webhook_stop && shared.subscription().url(number).is_some()
    }

    async fn open(&self, shared: &Shared, number: Option<&str>) {
        let mut changes = self.changes.subscribe();
        while !Self::is_open(shared, number) {
            let _ = changes.changed().await;
        }
    }

    /// The pause after a failed try, with a quarter of jitter; any change ends it.
    async fn pause(&self, shared: &Shared, tries: u32) {
        let mut changes = self.changes.subscribe();
        let pause = {
            let mut world = shared.world();
            let pause = world.faults.pause(tries);
            world.rng.random_range(pause..=pause + pause / 4)
        };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(pause)) => {}
            _ = changes.changed() => {}
        }
    }
}

async fn run(shared: Arc<Shared>, lane: Lane) {
    while shared.courier.due(&shared, &lane).await {
        let count = shared.world().faults.webhook_batch;
        let batch = shared.courier.take(&lane, count);
        if let Some(webhook) = webhook(&shared, batch) {
            if faults::take(&mut shared.world().faults.webhook_drop_next) {
                not_sent(&shared, &webhook, "dropped by the sandbox");
            } else if until_accepted(&shared, &lane, &webhook, 0).await {
                copies(&shared, &webhook).await;
            }
        }
        shared.courier.mark(&lane, |queue| queue.under_way = 0);
    }
}

fn webhook(shared: &Shared, batch: Vec<Waiting>) -> Option<Webhook> {
    let first = batch.first()?;
    let number = Some(first.update.phone_number_id.clone());
    let queued = first.at;
    let (kind, detail) = match batch.len() {
        1 => (first.update.kind(), first.update.detail.clone()),
        count => ("batch", Detail::batch(count)),
    };
    let updates: Vec<Update> = batch.into_iter().map(|waiting| waiting.update).collect();
    let envelope = payload::envelope(&shared.identity.waba_id, &updates);
    Some(Webhook {
        number,
        kind: kind.to_owned(),
        detail,
        body: payload::escaped(&envelope).into(),
        queued,
    })
}

/// Tries a webhook until it is accepted; false if it was given up.
async fn until_accepted(
    shared: &Arc<Shared>,
    lane: &Lane,
    webhook: &Webhook,
    mut tries: u32,
) -> bool {
    let courier = &shared.courier;
    let generation = courier.generation.load(Ordering::Acquire);
    let accepted = loop {
        if tries > 0 {
            courier.mark(lane, |queue| queue.failing = true);
            courier.pause(shared, tries - 1).await;
        }
        courier.open(shared, webhook.number.as_deref()).await;
        if courier.generation.load(Ordering::Acquire) != generation {
            break false;
        }
        if faults::given_up(shared.now(), webhook.queued) {
            not_sent(shared, webhook, "given up after seven days");
            break false;
        }
        if post(shared, webhook).await.accepted() {
            break true;
        }
        tries += 1;
    };
    courier.mark(lane, |queue| queue.failing = false);
    accepted
}

async fn copies(shared: &Arc<Shared>, webhook: &Webhook) {
    let copies = shared.world().faults.webhook_duplicate;
    let copy = Webhook {
        detail: webhook.detail.clone().sent(Sent::Again),
        ..webhook.clone()
    };
    for _ in 0..copies {
        post(shared, &copy).await;
    }
}

/// Delivers a body that a test wrote. Waits for the first answer; tries again behind the scenes.
/// None when the way is not free; it then waits for that.
pub(crate) async fn deliver_raw(shared: &Arc<Shared>, webhook: Webhook) -> Option<Answer> {
    let courier = &shared.courier;
    let lane = Lane::Raw(courier.raw.fetch_add(1, Ordering::AcqRel));
    let first = if Courier::is_open(shared, webhook.number.as_deref()) {
        Some(post(shared, &webhook).await)
    } else {
        None
    };
    if !first.is_some_and(Answer::accepted) {
        let shared = Arc::clone(shared);
        let task = Arc::clone(&shared);
        let tried = u32::from(first.is_some());
        shared.spawn(async move {
            task.courier.mark(&lane, |queue| queue.under_way = 1);
            until_accepted(&task, &lane, &webhook, tried).await;
            task.courier.lanes().remove(&lane);
        });
    }
    first
}

/// Sends a webhook once and writes it down.
pub(crate) async fn post(shared: &Arc<Shared>, webhook: &Webhook) -> Answer {
    // The semaphore is never closed.
    let _slot = shared.courier.slots.acquire().await;
    let signature = sign(&shared.identity.app_secret, webhook.body.as_bytes());
    let timeout = shared.world().faults.webhook_timeout_ms;
    let url = url(shared, webhook);
    let at = shared.now();
    let began = Instant::now();
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "facebookexternalua"),
        ("x-hub-signature-256", signature.as_str()),
    ];
    let mut request = shared
        .http
        .post(&url)
        .timeout(Duration::from_millis(timeout))
        .body(webhook.body.as_bytes().to_vec());
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let (http, response) = match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            (Some(status), response.text().await.unwrap_or_default())
        }
        Err(error) => (None, why(&error)),
    };
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let n = shared.record(Call {
        http,
        took_ms,
        response,
        headers: headers.to_vec(),
        ..blank(webhook, at, url)
    });
    Answer { n, http, took_ms }
}

fn not_sent(shared: &Shared, webhook: &Webhook, why: &str) {
    shared.record(Call {
        response: why.to_owned(),
        ..blank(webhook, shared.now(), url(shared, webhook))
    });
}

fn url(shared: &Shared, webhook: &Webhook) -> String {
    let subscription = shared.subscription();
    let url = subscription.url(webhook.number.as_deref());
    url.unwrap_or_default().to_owned()
}

fn blank(webhook: &Webhook, at: Timestamp, url: String) -> Call {
    Call {
        at,
        way: Way::ToCharla,
        url,
        kind: webhook.kind.clone(),
        detail: webhook.detail.clone(),
        http: None,
        took_ms: 0,
        request: Arc::clone(&webhook.body),
        response: String::new(),
        headers: Vec::new(),
    }
}

/// The value of `X-Hub-Signature-256`.
fn sign(app_secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(app_secret.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

fn why(error: &reqwest::Error) -> String {
    let kind = match error {
        _ if error.is_timeout() => "no answer in time",
        _ if error.is_connect() => "no connection",
        _ => "no answer",
    };
    format!("{kind}: {error}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_signature_is_hmac_sha256_in_hex() {
        // Computed with `printf '{"a":"\\u00e9"}' | openssl dgst -sha256 -hmac secret`.
        assert_eq!(
            super::sign("secret", br#"{"a":"\u00e9"}"#),
            "sha256=c0b240d8a0eff6d060a852938278e6857d51c06d9a5be3160043a150e0f5e5b5"
        );
    }
}
