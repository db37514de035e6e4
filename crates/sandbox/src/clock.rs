//! Business time: system time and an offset that grows until it begins anew.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The sandbox's clock.
#[derive(Debug)]
pub(crate) struct Clock {
    offset: AtomicI64,
    movable: bool,
}

impl Clock {
    /// A clock that shows `start` now, or the system's time.
    #[must_use]
    pub(crate) fn new(start: Option<Timestamp>, movable: bool) -> Self {
        Self {
            offset: AtomicI64::new(start.map_or(0, ahead)),
            movable,
        }
    }

    /// Lets it show `start` now.
    pub(crate) fn begin_at(&self, start: Timestamp) {
        self.offset.store(ahead(start), Ordering::Release);
    }

    /// The time of threads, windows and prices.
    #[must_use]
    pub(crate) fn now(&self) -> Timestamp {
        system_now() + SignedDuration::from_secs(self.offset_seconds())
    }

    /// How far business time is ahead of the system's.
    #[must_use]
    pub(crate) fn offset_seconds(&self) -> i64 {
        self.offset.load(Ordering::Acquire)
    }

    /// May it be moved?
    #[must_use]
    pub(crate) fn movable(&self) -> bool {
        self.movable
    }

    /// Moves it forward and returns the new offset.
    pub(crate) fn advance(&self, seconds: u32) -> i64 {
        let seconds = i64::from(seconds);
        self.offset.fetch_add(seconds, Ordering::AcqRel) + seconds
    }
}

fn ahead(of: Timestamp) -> i64 {
    of.duration_since(system_now()).as_secs()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system; everything else is handed a time"
)]
fn system_now() -> Timestamp {
    Timestamp::now()
}
