//! How fast a business may write: to one customer, and from one number.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

const ONE_PER: SignedDuration = SignedDuration::from_secs(6);
const BURST: i32 = 45;

/// One message per 6 seconds to the same customer. Up to 45 may go at once, borrowed from the future.
#[derive(Debug, Default, Clone)]
pub(crate) struct PairRate {
    paid_until: Option<Timestamp>,
}

impl PairRate {
    /// Books one message at `now`; false when the pair has borrowed all it may.
    pub(crate) fn admit(&mut self, now: Timestamp) -> bool {
        let from = self.paid_until.map_or(now, |until| until.max(now));
        if from.duration_since(now) > ONE_PER * (BURST - 1) {
            return false;
        }
        self.paid_until = Some(from + ONE_PER);
        true
    }
}

/// So many messages of one number in any one second.
#[derive(Debug, Default, Clone)]
pub(crate) struct Throughput {
    recent: VecDeque<Timestamp>,
}

impl Throughput {
    /// Books one message at `now`; false when `per_second` went out in the second before.
    pub(crate) fn admit(&mut self, now: Timestamp, per_second: usize) -> bool {
        let second_ago = now - SignedDuration::from_secs(1);
        while self.recent.front().is_some_and(|at| *at <= second_ago) {
            self.recent.pop_front();
        }
        let admitted = self.recent.len() < per_second;
        if admitted {
            self.recent.push_back(now);
        }
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millisecond(1_790_000_000_000 + millis).unwrap()
    }

    #[test]
    fn a_pair_may_burst_45_and_then_pays_back_6_seconds_each() {
        let mut pair = PairRate::default();
        let admitted = (0..60).filter(|_| pair.admit(at(0))).count();
        assert_eq!(admitted, 45);
        for (case, now, expect) in [
            ("a moment too soon", 5_999, false),
            ("one has been paid back", 6_000, true),
            ("and is used up", 6_001, false),
            ("two more", 18_000, true),
            ("the second of them", 18_000, true),
            ("no third", 18_000, false),
        ] {
            assert_eq!(pair.admit(at(now)), expect, "{case}");
        }
    }

    #[test]
    fn a_pair_at_one_per_6_seconds_is_never_refused() {
        let mut pair = PairRate::default();
        assert!((0..500).all(|n| pair.admit(at(n * 6_000))));
    }

    #[test]
    fn a_number_sends_so_many_in_any_one_second() {
        let mut number = Throughput::default();
        assert_eq!((0..100).filter(|_| number.admit(at(0), 80)).count(), 80);
        assert!(!number.admit(at(999), 80));
        assert_eq!((0..100).filter(|_| number.admit(at(1_000), 80)).count(), 80);
    }
}
