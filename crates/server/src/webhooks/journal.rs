//! Group commit: one writer, one transaction for all that waits, and everybody is answered after it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use store::{NewEntry, Store};
use tokio::sync::{Notify, mpsc, oneshot, watch};

/// The most webhooks one transaction takes.
const GROUP: usize = 256;
/// How many may wait for it; beyond that the provider is asked to come again.
const QUEUE: usize = 4096;
/// How often the disk is asked whether it takes writes again.
const PROBE: Duration = Duration::from_secs(1);

/// The webhook is not on disk; the provider has to bring it again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the journal takes no writes now")]
pub struct Refused;

struct Waiting {
    entry: NewEntry,
    done: oneshot::Sender<Result<(), Refused>>,
}

/// The door to the journal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal {
    queue: mpsc::Sender<Waiting>,
    accepting: Arc<watch::Sender<bool>>,
    written: Arc<Notify>,
    stalled: Arc<AtomicBool>,
    crowd: Arc<Crowd>,
}

/// Whether webhooks come faster than one at a time, told by how full the groups are.
#[derive(Debug, Default)]
struct Crowd {
    /// The largest group since somebody looked.
    largest: AtomicUsize,
    /// The one that is being written.
    writing: AtomicUsize,
}

/// A group of so many says that webhooks are waiting in line.
const CROWDED: usize = 16;
/// How long to look whether a crowd goes on.
const GLANCE: Duration = Duration::from_millis(10);
/// How long others step aside for a crowd at most: webhooks in line come faster than they can be applied, so
/// screens are late anyway, and the sooner the last is answered, the sooner all of the machine applies them.
const COURTESY: Duration = Duration::from_millis(250);

impl Crowd {
    fn begin(&self, group: usize) {
        self.writing.store(group, Ordering::Relaxed);
        self.largest.fetch_max(group, Ordering::Relaxed);
    }

    fn end(&self) {
        self.writing.store(0, Ordering::Relaxed);
    }

    fn is_there(&self) -> bool {
        let written = self.largest.swap(0, Ordering::Relaxed);
        written.max(self.writing.load(Ordering::Relaxed)) >= CROWDED
    }

    async fn pass(&self) {
        let mut left = COURTESY;
        while self.is_there() && !left.is_zero() {
            tokio::time::sleep(GLANCE).await;
            left = left.saturating_sub(GLANCE);
        }
    }
}

impl Journal {
    /// Starts the writer.
    #[must_use]
    pub fn start(store: Store) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let journal = Self {
            queue,
            accepting: Arc::new(watch::Sender::new(true)),
            written: Arc::new(Notify::new()),
            stalled: Arc::default(),
            crowd: Arc::default(),
        };
        tokio::spawn(write(store, waiting, journal.clone()));
        journal
    }

    /// Journals a webhook. When this returns `Ok`, the disk has it.
    pub async fn append(&self, entry: NewEntry) -> Result<(), Refused> {
        let (done, answer) = oneshot::channel();
        self.queue
            .try_send(Waiting { entry, done })
            .map_err(|_| Refused)?;
        answer.await.unwrap_or(Err(Refused))
    }

    /// Whether webhooks are being taken, and every change of it.
    #[must_use]
    pub fn accepting(&self) -> watch::Receiver<bool> {
        self.accepting.subscribe()
    }

    /// Steps aside while webhooks are waiting in line, for a moment at most: acknowledging goes before
    /// applying. Returns at once when there is no crowd.
    pub async fn step_aside(&self) {
        self.crowd.pass().await;
    }

    /// Wakes after something was written.
    #[must_use]
    pub fn written(&self) -> Arc<Notify> {
        Arc::clone(&self.written)
    }

    fn set_accepting(&self, accepting: bool) {
        let changed = self.accepting.send_if_modified(|was| {
            let changed = *was != accepting;
            *was = accepting;
            changed
        });
        if changed && accepting {
            tracing::warn!("The journal takes webhooks again");
        } else if changed {
            tracing::error!(
                "The journal takes no writes: webhooks are answered with 503 until it does"
            );
        }
    }
}

/// Writes groups until nobody can append any more. A panic refuses the group it meets, and no webhook is
/// promised anything until a probe has gone well.
async fn write(store: Store, mut waiting: mpsc::Receiver<Waiting>, journal: Journal) {
    loop {
        let group = AssertUnwindSafe(write_group(&store, &mut waiting, &journal));
        match group.catch_unwind().await {
            Ok(Some(())) => {}
            Ok(None) => return,
            Err(_) => {
                tracing::error!("Journalling panicked");
                note(&journal, false);
            }
        }
    }
}

/// Writes what waits in one transaction; `None` if nobody can append any more.
async fn write_group(
    store: &Store,
    waiting: &mut mpsc::Receiver<Waiting>,
    journal: &Journal,
) -> Option<()> {
    let mut group = Vec::with_capacity(GROUP);
    let taken = tokio::select! {
        taken = waiting.recv_many(&mut group, GROUP) => taken,
        () = tokio::time::sleep(PROBE), if journal.stalled.load(Ordering::Relaxed) => {
            probe(store, journal).await;
            return Some(());
        }
    };
    if taken == 0 {
        return None;
    }
    // Who is about to append joins this group: a busy server makes fewer and larger ones.
    tokio::task::yield_now().await;
    if !waiting.is_empty() && group.len() < GROUP {
        waiting.recv_many(&mut group, GROUP - taken).await;
    }
    journal.crowd.begin(group.len());
    let (entries, answers): (Vec<_>, Vec<_>) = group.into_iter().map(|w| (w.entry, w.done)).unzip();
    let result = store.append_to_journal(entries).await.map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "Webhooks could not be journalled"
        );
        Refused
    });
    journal.crowd.end();
    note(journal, result.is_ok());
    for answer in answers {
        // The caller may have gone; the webhook is on disk or not all the same.
        let _ = answer.send(result);
    }
    Some(())
}

/// Writes nothing into the journal, to see whether it takes writes again.
async fn probe(store: &Store, journal: &Journal) {
    note(journal, store.probe_journal().await.is_ok());
}

fn note(journal: &Journal, written: bool) {
    journal.stalled.store(!written, Ordering::Relaxed);
    journal.set_accepting(written);
    if written {
        journal.written.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// A group that is written at once.
    fn comes(crowd: &Crowd, group: usize) {
        crowd.begin(group);
        crowd.end();
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_steps_aside_for_a_few_webhooks() {
        let crowd = Crowd::default();
        comes(&crowd, CROWDED - 1);
        let asked = Instant::now();
        crowd.pass().await;
        assert_eq!(asked.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_that_has_gone_is_waited_for_no_longer() {
        let crowd = Crowd::default();
        comes(&crowd, CROWDED);
        comes(&crowd, 1);
        let asked = Instant::now();
        crowd.pass().await;
        assert_eq!(asked.elapsed(), GLANCE);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_without_an_end_holds_others_up_for_a_moment_only() {
        let crowd = Crowd::default();
        let coming = async {
            loop {
                comes(&crowd, CROWDED);
                tokio::time::sleep(GLANCE / 2).await;
            }
        };
        let asked = Instant::now();
        tokio::select! {
            biased;
            () = coming => {}
            () = crowd.pass() => {}
        }
        assert_eq!(asked.elapsed(), COURTESY);
    }

    #[tokio::test(start_paused = true)]
    async fn a_crowd_whose_group_takes_long_to_write_has_not_gone() {
        let crowd = Crowd::default();
        crowd.begin(CROWDED);
        let asked = Instant::now();
        crowd.pass().await;
        assert_eq!(asked.elapsed(), COURTESY);
    }
}
