//! When a business may write, and when it does so for free.
//!
//! Windows are half-open: at exactly +24 h (or +72 h) the moment is outside.

use jiff::{SignedDuration, Timestamp};

/// Free-form replies are allowed this long after the customer's last message.
pub(crate) const SERVICE: SignedDuration = SignedDuration::from_hours(24);
/// An answer to an ad opens free entry when it comes within this time.
pub(crate) const ANSWER_AN_AD: SignedDuration = SignedDuration::from_hours(24);
/// How long free entry lasts, from the business's answer.
pub(crate) const FREE_ENTRY: SignedDuration = SignedDuration::from_hours(72);

/// Until when free-form replies are allowed; `None` for somebody who never wrote.
#[must_use]
pub(crate) fn open_until(last_inbound: Option<Timestamp>) -> Option<Timestamp> {
    last_inbound.map(|at| at + SERVICE)
}

/// May a free-form message go out at `now`?
#[must_use]
pub(crate) fn is_open(now: Timestamp, last_inbound: Option<Timestamp>) -> bool {
    open_until(last_inbound).is_some_and(|until| now < until)
}

/// The free entry point of one thread: an ad brought the customer, an answer starts 72 hours.
#[derive(Debug, Default, Clone)]
pub(crate) struct FreeEntry {
    ad_at: Option<Timestamp>,
    until: Option<Timestamp>,
}

impl FreeEntry {
    /// The customer came through an ad at `at`.
    pub(crate) fn came_from_ad(&mut self, at: Timestamp) {
        self.ad_at = Some(at);
    }

    /// The business writes at `now`: starts the 72 hours when it answers an ad in time.
    pub(crate) fn answered(&mut self, now: Timestamp) {
        if let Some(ad_at) = self.ad_at.take()
            && now < ad_at + ANSWER_AN_AD
        {
            self.until = Some(now + FREE_ENTRY);
        }
    }

    /// The end of a window that is open at `now`.
    #[must_use]
    pub(crate) fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.until.filter(|until| now < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_790_000_000 + seconds).unwrap()
    }

    #[test]
    fn the_service_window_is_half_open() {
        for (case, last, now, expect) in [
            ("never wrote", None, 0, false),
            ("just wrote", Some(0), 0, true),
            ("the last second", Some(0), 86_399, true),
            ("exactly a day", Some(0), 86_400, false),
            ("a day and a second", Some(0), 86_401, false),
        ] {
            assert_eq!(is_open(at(now), last.map(at)), expect, "{case}");
        }
    }

    #[test]
    fn free_entry_starts_at_a_timely_answer_and_lasts_72_hours() {
        const DAY: i64 = 86_400;
        for (case, answer, now, expect) in [
            ("at the answer", 60, 60, true),
            ("the last second", 60, 60 + 3 * DAY - 1, true),
            ("exactly 72 hours", 60, 60 + 3 * DAY, false),
            ("answered in the last second", DAY - 1, DAY, true),
            ("answered a day late", DAY, DAY, false),
        ] {
            let mut free = FreeEntry::default();
            free.came_from_ad(at(0));
            free.answered(at(answer));
            assert_eq!(free.open_until(at(now)).is_some(), expect, "{case}");
        }
    }

    #[test]
    fn a_second_answer_does_not_prolong_free_entry() {
        let mut free = FreeEntry::default();
        free.came_from_ad(at(0));
        free.answered(at(10));
        free.answered(at(1_000));
        assert_eq!(free.open_until(at(1_000)), Some(at(10) + FREE_ENTRY));
    }
}
