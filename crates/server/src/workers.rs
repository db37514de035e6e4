//! Background work: taken up again when it panics, and ended in order when the process is told to stop.

use std::future::Future;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

/// How long work rests that panicked: a fault that stays must not fill the log.
const REST: Duration = Duration::from_secs(1);

/// The work of this process that nobody waits for.
#[derive(Debug)]
pub struct Workers {
    stop: watch::Sender<bool>,
    running: Mutex<JoinSet<()>>,
}

impl Default for Workers {
    fn default() -> Self {
        Self {
            stop: watch::Sender::new(false),
            running: Mutex::default(),
        }
    }
}

impl Workers {
    /// Starts work that goes on until it returns by itself: see [`persist`].
    pub(crate) fn start<F, W>(&self, name: &'static str, work: F)
    where
        F: Fn() -> W + Send + 'static,
        W: Future<Output = ()> + Send + 'static,
    {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.spawn(persist(name, work));
    }

    /// Whoever works asks this between two pieces of work.
    #[must_use]
    pub fn stopping(&self) -> Stopping {
        Stopping::by(&self.stop)
    }

    /// Tells everybody to stop and waits until all have: what they began is finished and recorded.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let running =
            std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        running.join_all().await;
    }
}

/// Does work until it returns by itself. If it panics it is begun anew, so that one fault does not
/// silently stop everybody's mail.
pub(crate) async fn persist<F, W>(name: &'static str, work: F)
where
    F: Fn() -> W + Send + 'static,
    W: Future<Output = ()> + Send + 'static,
{
    while let Err(ended) = tokio::spawn(work()).await {
        if !ended.is_panic() {
            return;
        }
        tracing::error!(worker = name, "The {name} panicked and is begun anew");
        tokio::time::sleep(REST).await;
    }
}

/// Whether somebody was told to stop.
#[derive(Debug, Clone)]
pub struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// What a sender tells: `true` is "stop".
    pub(crate) fn by(teller: &watch::Sender<bool>) -> Self {
        Self(teller.subscribe())
    }

    /// Whether it was, or nobody is left who could tell.
    #[must_use]
    pub fn is_told(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns when it is, or when nobody is left who could tell.
    pub async fn told(&mut self) {
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test]
    async fn work_that_panics_is_begun_anew() {
        let workers = Workers::default();
        let begun = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&begun);
        workers.start("test", move || {
            let n = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(n >= 1, "the first one panics") }
        });
        workers.stop().await;
        assert_eq!(begun.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn stopping_waits_for_what_was_begun() {
        let workers = Workers::default();
        let done = Arc::new(AtomicU32::new(0));
        let (counted, stopping) = (Arc::clone(&done), workers.stopping());
        workers.start("test", move || {
            let (counted, mut stopping) = (Arc::clone(&counted), stopping.clone());
            async move {
                stopping.told().await;
                tokio::task::yield_now().await;
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        assert!(!workers.stopping().is_told());
        workers.stop().await;
        assert_eq!(done.load(Ordering::SeqCst), 1);
    }
}
