//! Two clocks (DECISIONS 17): system time for sign-in, signatures and timeouts; business time for
//! windows, timers and prices. They differ only where a demo moved business time forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// Where `now` comes from. Cheap to clone; clones share the offset.
#[derive(Debug, Clone)]
pub struct Clock {
    source: Source,
    ahead_micros: Arc<AtomicI64>,
    moved: Arc<watch::Sender<()>>,
}

#[derive(Debug, Clone)]
enum Source {
    System,
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The operating system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from(Source::System)
    }

    /// A clock that stands still until a test moves it.
    #[must_use]
    pub fn standing_at(now: Timestamp) -> Self {
        Self::from(Source::Fixed(Arc::new(AtomicI64::new(
            now.as_microsecond(),
        ))))
    }

    fn from(source: Source) -> Self {
        Self {
            source,
            ahead_micros: Arc::default(),
            moved: Arc::new(watch::Sender::new(())),
        }
    }

    /// System time.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the clock that is handed in"
    )]
    pub fn system_now(&self) -> Timestamp {
        match &self.source {
            Source::System => Timestamp::now(),
            Source::Fixed(micros) => {
                Timestamp::from_microsecond(micros.load(Ordering::SeqCst)).unwrap_or_default()
            }
        }
    }

    /// Business time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let ahead = SignedDuration::from_micros(self.ahead_micros.load(Ordering::SeqCst));
        self.system_now()
            .checked_add(ahead)
            .unwrap_or(Timestamp::MAX)
    }

    /// Lets business time begin in the past, for a demo that has a past to tell. Only where nothing
    /// remembers a later time.
    pub fn begin_behind(&self, behind: SignedDuration) {
        let micros = i64::try_from(behind.as_micros()).unwrap_or(0);
        self.ahead_micros.store(-micros, Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Sets how far business time runs ahead of system time. Forward only.
    pub fn set_ahead(&self, ahead: SignedDuration) {
        let micros = i64::try_from(ahead.as_micros()).unwrap_or(i64::MAX);
        self.ahead_micros.fetch_max(micros, Ordering::SeqCst);
        self.moved.send_replace(());
    }

    /// Moves a standing clock, both times with it. A system clock does not listen.
    pub fn pass(&self, time: SignedDuration) {
        if let Source::Fixed(micros) = &self.source {
            let by = i64::try_from(time.as_micros()).unwrap_or(0);
            micros.fetch_add(by, Ordering::SeqCst);
            self.moved.send_replace(());
        }
    }

    /// Wakes whenever somebody moved the clock.
    #[must_use]
    pub fn moves(&self) -> watch::Receiver<()> {
        self.moved.subscribe()
    }
}
