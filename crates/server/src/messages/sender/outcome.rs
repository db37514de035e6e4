//! What an answer of the Graph API means for a message and for its channel.

use std::time::Duration;

use domain::Timestamp;
use domain::message::Failure;
use jiff::SignedDuration;
use meta::errors::{Pause, Retry};
use meta::graph::{self, NotSentCause, Refusal, UnknownCause};
use store::Outcome;

/// The code of a message that never left because the provider could not be reached.
const NOT_REACHED: i64 = -1;
/// Meta's code for "this number is too fast".
const NUMBER_TOO_FAST: i64 = 130_429;
/// The longest pause between calls while the provider cannot be reached.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// What an answer asks of the sender, beside recording it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    /// Nothing.
    GoOn,
    /// No call for this number before then.
    SlowDown(Timestamp),
    /// No call to this person before then.
    SlowDownPair(Timestamp),
    /// No call for this number until somebody has mended it.
    Pause(Pause),
}

/// Reads an answer. `number` counts the tries, `jitter` is in 0..1.
pub(super) fn read(
    answer: graph::Outcome,
    number: i64,
    jitter: f64,
    now: Timestamp,
) -> (Outcome, Then) {
    match answer {
        graph::Outcome::Accepted { external_id, .. } => {
            (Outcome::Accepted { external_id }, Then::GoOn)
        }
        graph::Outcome::Unknown { why } => {
            let detail = cause(why);
            (Outcome::Unknown { detail }, Then::GoOn)
        }
        graph::Outcome::NotSent { why } => not_sent(why, number, jitter, now),
        graph::Outcome::Refused(refusal) => refused(refusal, number, jitter, now),
    }
}

fn cause(why: UnknownCause) -> String {
    match why {
        UnknownCause::Timeout => "timeout".to_owned(),
        UnknownCause::Reset => "reset".to_owned(),
        UnknownCause::NoEnvelope { http } => format!("http_{http}"),
        UnknownCause::UnreadableSuccess => "unreadable".to_owned(),
        UnknownCause::Panicked => "panicked".to_owned(),
    }
}

fn not_sent(why: NotSentCause, number: i64, jitter: f64, now: Timestamp) -> (Outcome, Then) {
    let doubled = Duration::from_secs(1 << number.clamp(0, 6));
    let due_at = after(doubled.min(LONGEST_WAIT), jitter, now);
    let (detail, then) = match why {
        NotSentCause::NoConnection => ("not_reached", Then::SlowDown(due_at)),
        NotSentCause::BadRequest => ("token_unusable", Then::Pause(Pause::Token)),
        NotSentCause::NoFile => ("file_not_handed_over", Then::GoOn),
    };
    let failure = Failure {
        code: NOT_REACHED,
        detail: Some(detail.to_owned()),
    };
    (Outcome::Again { failure, due_at }, then)
}

fn refused(refusal: Refusal, number: i64, jitter: f64, now: Timestamp) -> (Outcome, Then) {
    let Refusal {
        code,
        detail,
        advice,
        ..
    } = refusal;
    let failure = Failure { code, detail };
    if let Retry::AfterFix {
        pauses: Some(pause),
    } = advice.retry
    {
        // The message keeps its place in the queue until the channel goes on.
        let due_at = now;
        return (Outcome::Again { failure, due_at }, Then::Pause(pause));
    }
    let tries = u32::try_from(number).unwrap_or(u32::MAX);
    let delay = match advice.retry {
        // A person may send it then; until then it would hold up all that is said to the customer after it.
        Retry::NotBefore(_) => None,
        retry => retry.delay(tries),
    };
    let Some(delay) = delay else {
        return (Outcome::Refused(failure), Then::GoOn);
    };
    let due_at = after(delay, jitter, now);
    let then = match advice.retry {
        Retry::PairLimit => Then::SlowDownPair(due_at),
        _ if code == NUMBER_TOO_FAST => Then::SlowDown(due_at),
        _ => Then::GoOn,
    };
    (Outcome::Again { failure, due_at }, then)
}

/// The delay and up to a quarter more, so that what failed together does not come back together.
fn after(delay: Duration, jitter: f64, now: Timestamp) -> Timestamp {
    let delay = delay.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0);
    SignedDuration::try_from(delay)
        .ok()
        .and_then(|delay| now.checked_add(delay).ok())
        .unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use meta::errors::advice;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn refusal(code: i64) -> graph::Outcome {
        graph::Outcome::Refused(Refusal {
            code,
            subcode: None,
            detail: None,
            http: 400,
            advice: advice(code),
        })
    }

    #[test]
    fn what_each_answer_does() {
        for (case, code, number, again, then) in [
            ("number too fast", 130_429, 1, true, "slow"),
            ("pair too fast, at first", 131_056, 1, true, "pair"),
            ("token over", 190, 1, true, "pause"),
            ("undeliverable", 131_026, 1, false, "on"),
            ("window closed", 131_047, 1, false, "on"),
            ("not before a day has passed", 131_049, 1, false, "on"),
            ("an unknown code", 999_999, 1, false, "on"),
        ] {
            let (outcome, asked) = read(refusal(code), number, 0.0, at(0));
            assert_eq!(matches!(outcome, Outcome::Again { .. }), again, "{case}");
            let word = match asked {
                Then::GoOn => "on",
                Then::SlowDown(_) => "slow",
                Then::SlowDownPair(_) => "pair",
                Then::Pause(_) => "pause",
            };
            assert_eq!(word, then, "{case}");
        }
    }

    #[test]
    fn an_answer_that_never_came_is_not_tried_again() {
        for why in [
            UnknownCause::Timeout,
            UnknownCause::Reset,
            UnknownCause::NoEnvelope { http: 502 },
        ] {
            let (outcome, then) = read(graph::Outcome::Unknown { why }, 1, 0.0, at(0));
            assert!(matches!(outcome, Outcome::Unknown { .. }));
            assert_eq!(then, Then::GoOn);
        }
    }

    #[test]
    fn a_provider_out_of_reach_is_asked_ever_more_rarely_and_never_given_up() {
        let wait = |number| {
            let why = NotSentCause::NoConnection;
            match read(graph::Outcome::NotSent { why }, number, 0.0, at(0)).0 {
                Outcome::Again { due_at, .. } => due_at.as_second(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!([wait(1), wait(2), wait(5), wait(50)], [2, 4, 32, 60]);
    }

    #[test]
    fn jitter_adds_at_most_a_quarter() {
        assert_eq!(after(Duration::from_secs(8), 0.0, at(0)), at(8));
        assert_eq!(after(Duration::from_secs(8), 1.0, at(0)), at(10));
    }
}
