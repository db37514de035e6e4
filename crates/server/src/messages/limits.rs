//! How fast a number may send: to everybody together, and to one person.
//!
//! Both are a bucket: so many at once, then one per interval. All together also fit their rate into any
//! second, as the provider counts. Source: Meta's "Throughput" page
//! (80 a second by default) and pair limit (one per 6 s to the same person, 45 at once borrowed from the
//! future), 2026-09. Pure: `now` is handed in.

use std::collections::{HashMap, VecDeque};

use domain::{IdentityId, Timestamp};
use jiff::SignedDuration;

/// One message per this to the same person, in the long run.
const PAIR_INTERVAL: SignedDuration = SignedDuration::from_secs(6);
/// So many to the same person at once.
const PAIR_BURST: i32 = 45;
/// A second, and by how much a call may be late at the provider while a later one is not. A refusal
/// costs the number seconds.
pub(super) const SECOND: SignedDuration = SignedDuration::from_millis(1_040);

/// A bucket, kept as the instant at which it would be full again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bucket {
    interval: SignedDuration,
    burst: i32,
    full_at: Timestamp,
}

impl Bucket {
    fn new(interval: SignedDuration, burst: i32, now: Timestamp) -> Self {
        Self {
            interval,
            burst,
            full_at: now,
        }
    }

    /// When one more fits; `now` or earlier means now.
    fn fits_at(&self) -> Timestamp {
        self.full_at - self.interval * (self.burst - 1)
    }

    fn take(&mut self, now: Timestamp) {
        self.full_at = self.full_at.max(now) + self.interval;
    }

    /// Nothing fits before `until`.
    fn block(&mut self, until: Timestamp) {
        self.full_at = self.full_at.max(until + self.interval * (self.burst - 1));
    }
}

/// The limits of one number.
#[derive(Debug)]
pub(super) struct Limits {
    all: Bucket,
    /// The last calls, as many as one second may hold.
    last: VecDeque<Timestamp>,
    pairs: HashMap<IdentityId, Bucket>,
}

impl Limits {
    /// A number that may send `per_second` messages.
    pub(super) fn new(per_second: i64, now: Timestamp) -> Self {
        let per_second = u16::try_from(per_second.clamp(1, 10_000)).unwrap_or(1);
        let interval = SignedDuration::from_secs(1) / i32::from(per_second);
        Self {
            all: Bucket::new(interval, i32::from(per_second / 10).max(1), now),
            last: VecDeque::from(vec![now - SECOND; per_second.into()]),
            pairs: HashMap::new(),
        }
    }

    /// Takes a place for one message to this person, or answers when there will be one.
    pub(super) fn take(&mut self, to: IdentityId, now: Timestamp) -> Result<(), Timestamp> {
        let pair = self
            .pairs
            .entry(to)
            .or_insert_with(|| Bucket::new(PAIR_INTERVAL, PAIR_BURST, now));
        let fits_at = self
            .all
            .fits_at()
            .max(self.last[0] + SECOND)
            .max(pair.fits_at());
        if fits_at > now {
            return Err(fits_at);
        }
        self.all.take(now);
        pair.take(now);
        self.last.pop_front();
        self.last.push_back(now);
        Ok(())
    }

    /// The provider said: too fast for this number.
    pub(super) fn slow_down(&mut self, until: Timestamp) {
        self.all.block(until);
    }

    /// The provider said: too fast to this person.
    pub(super) fn slow_down_to(&mut self, to: IdentityId, until: Timestamp) {
        if let Some(pair) = self.pairs.get_mut(&to) {
            pair.block(until);
        }
    }

    /// Forgets people whose bucket is full again.
    pub(super) fn tidy(&mut self, now: Timestamp) {
        self.pairs.retain(|_, pair| pair.full_at > now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(millis).unwrap()
    }

    fn person(n: u8) -> IdentityId {
        IdentityId::new(at(0), [n; 10])
    }

    #[test]
    fn a_number_sends_its_rate_and_no_more() {
        let mut limits = Limits::new(80, at(0));
        let sent: Vec<i64> = (0..10_000)
            .filter(|&ms| {
                let to = person(u8::try_from(ms % 200).unwrap());
                limits.take(to, at(ms)).is_ok()
            })
            .collect();
        assert!(sent.len() >= 760, "{} in ten seconds", sent.len());
        // However late a call is while those behind it are not.
        for (earlier, later) in sent.iter().zip(&sent[80..]) {
            assert!(later - earlier >= 1_040, "81 from {earlier} to {later} ms");
        }
    }

    #[test]
    fn one_person_gets_45_at_once_and_then_one_per_six_seconds() {
        let mut limits = Limits::new(1000, at(0));
        let mut take = |ms| limits.take(person(1), at(ms));
        assert!((0..45_i64).all(|i| take(i * 2).is_ok()));
        let next = take(100).unwrap_err();
        assert_eq!(next, at(6000));
        assert!(take(5999).is_err());
        assert!(take(6000).is_ok());
        assert_eq!(take(6000), Err(at(12_000)));
    }

    #[test]
    fn one_persons_limit_touches_no_other() {
        let mut limits = Limits::new(1000, at(0));
        limits.take(person(1), at(0)).unwrap();
        limits.slow_down_to(person(1), at(60_000));
        assert_eq!(limits.take(person(1), at(10)), Err(at(60_000)));
        assert_eq!(limits.take(person(2), at(10)), Ok(()));
    }

    #[test]
    fn a_number_that_was_told_to_slow_down_waits() {
        let mut limits = Limits::new(80, at(0));
        limits.slow_down(at(2000));
        assert_eq!(limits.take(person(1), at(1000)), Err(at(2000)));
        assert_eq!(limits.take(person(1), at(2000)), Ok(()));
    }

    #[test]
    fn people_with_a_full_bucket_are_forgotten() {
        let mut limits = Limits::new(80, at(0));
        limits.take(person(1), at(0)).unwrap();
        limits.tidy(at(5999));
        assert_eq!(limits.pairs.len(), 1);
        limits.tidy(at(6000));
        assert_eq!(limits.pairs.len(), 0);
    }
}
