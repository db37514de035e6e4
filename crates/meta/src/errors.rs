//! What each of Meta's error codes asks of us: may a job try again, and what do we tell the person.
//!
//! One table, decided by code alone: titles, subcodes and HTTP statuses change without notice.

use std::ops::RangeInclusive;
use std::time::Duration;

/// What to do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advice {
    /// Whether a job may try again.
    pub retry: Retry,
    /// What a person is offered.
    pub user: UserAdvice,
}

/// Whether and when a job may try a refused call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retry {
    /// After 2, 4, 8 ... seconds, at most ten minutes apart.
    Backoff {
        /// How many calls in all.
        max_tries: u32,
    },
    /// Too fast to one person: after 4^n seconds, n = 0, 1, 2 ...
    PairLimit,
    /// Not before somebody has mended something.
    AfterFix {
        /// What every other call of the same channel would run into as well.
        pauses: Option<Pause>,
    },
    /// Once more, not before so long after the refusal.
    NotBefore(Duration),
    /// Not this message.
    Never,
}

/// Why a channel stops sending until somebody has mended it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// The access token is over, or lacks a permission.
    Token,
    /// The account is restricted or locked.
    Account,
    /// The bill is not paid, or cannot be.
    Payment,
    /// The number is gone, not registered or not approved.
    Number,
}

/// What a person is offered about a message that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserAdvice {
    /// Send it again.
    Retry,
    /// Send a template: the window has closed.
    Template,
    /// Mend the account, the number or the template first.
    Fix,
    /// It will not arrive this way.
    Never,
}

impl Pause {
    /// The word that rows and the API hold.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Account => "account",
            Self::Payment => "payment",
            Self::Number => "number",
        }
    }
}

impl UserAdvice {
    /// The word that the API holds.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Template => "template",
            Self::Fix => "fix",
            Self::Never => "never",
        }
    }
}

/// The longest pause between two tries of one message.
const LONGEST_BACKOFF: Duration = Duration::from_mins(10);
/// 4^5 s is 17 minutes; a pair limit that holds longer is no pair limit.
const PAIR_TRIES: u32 = 7;

impl Retry {
    /// How long to wait before a job's next call when so many were refused; `None`: no job calls again.
    #[must_use]
    pub fn delay(self, refused: u32) -> Option<Duration> {
        match self {
            Self::Backoff { max_tries } if refused < max_tries => {
                Some(Duration::from_secs(1 << refused.min(16)).min(LONGEST_BACKOFF))
            }
            Self::PairLimit if refused < PAIR_TRIES => {
                Some(Duration::from_secs(4_u64.pow(refused.saturating_sub(1))))
            }
            Self::NotBefore(wait) if refused <= 1 => Some(wait),
            _ => None,
        }
    }
}

/// What a code asks of us. A code we do not know is never tried again by a job; a person may.
#[must_use]
pub fn advice(code: i64) -> Advice {
    row(code).unwrap_or(Advice {
        retry: Retry::Never,
        user: UserAdvice::Retry,
    })
}

/// As [`advice`], where Meta put the telling number into the subcode of the catch-all code 100.
#[must_use]
pub fn advice_with(code: i64, subcode: Option<i64>) -> Advice {
    subcode
        .filter(|_| code == 100)
        .and_then(row)
        .unwrap_or_else(|| advice(code))
}

fn row(code: i64) -> Option<Advice> {
    TABLE
        .iter()
        .find(|(codes, _)| codes.contains(&code))
        .map(|&(_, advice)| advice)
}

const fn again(max_tries: u32) -> Advice {
    Advice {
        retry: Retry::Backoff { max_tries },
        user: UserAdvice::Retry,
    }
}

const fn not_before(wait: Duration) -> Advice {
    Advice {
        retry: Retry::NotBefore(wait),
        user: UserAdvice::Retry,
    }
}

const fn mend(pauses: Pause) -> Advice {
    Advice {
        retry: Retry::AfterFix {
            pauses: Some(pauses),
        },
        user: UserAdvice::Fix,
    }
}

/// The server failed for no stated reason.
const A_FEW: Advice = again(3);
/// Overload that passes within minutes.
const AGAIN: Advice = again(8);
/// Quotas by the hour.
const LATER: Advice = again(14);
/// Somebody has to act, for this message or this person only: the channel goes on.
const MEND: Advice = Advice {
    retry: Retry::AfterFix { pauses: None },
    user: UserAdvice::Fix,
};
const NEVER: Advice = Advice {
    retry: Retry::Never,
    user: UserAdvice::Never,
};

/// Meta's error codes, by number. Source: Meta's "Error codes" page of 2026-09 and the pages it refers to.
const TABLE: [(RangeInclusive<i64>, Advice); 66] = [
    (0..=0, mend(Pause::Token)),
    (1..=1, A_FEW),
    (2..=2, AGAIN),
    (3..=3, mend(Pause::Token)),
    (4..=4, LATER),
    (10..=10, mend(Pause::Token)),
    (33..=33, mend(Pause::Number)),
    (100..=100, NEVER),
    (190..=190, mend(Pause::Token)),
    (200..=299, mend(Pause::Token)),
    (368..=368, mend(Pause::Account)),
    (80_007..=80_007, LATER),
    (130_403..=130_403, NEVER),
    (130_429..=130_429, AGAIN),
    (130_472..=130_472, NEVER),
    (130_497..=130_497, NEVER),
    (131_000..=131_000, A_FEW),
    (131_005..=131_005, mend(Pause::Token)),
    (131_008..=131_009, NEVER),
    (131_016..=131_016, AGAIN),
    (131_021..=131_021, NEVER),
    (131_026..=131_026, NEVER),
    (131_030..=131_030, MEND),
    (131_031..=131_031, mend(Pause::Account)),
    (131_037..=131_037, mend(Pause::Number)),
    (131_042..=131_042, mend(Pause::Payment)),
    (131_045..=131_045, mend(Pause::Number)),
    (
        131_047..=131_047,
        Advice {
            retry: Retry::Never,
            user: UserAdvice::Template,
        },
    ),
    (131_048..=131_048, MEND),
    (131_049..=131_049, not_before(Duration::from_hours(24))),
    (131_050..=131_053, NEVER),
    (
        131_056..=131_056,
        Advice {
            retry: Retry::PairLimit,
            user: UserAdvice::Retry,
        },
    ),
    (131_057..=131_057, AGAIN),
    (131_062..=131_062, NEVER),
    (131_063..=131_064, MEND),
    (132_000..=132_001, NEVER),
    (132_005..=132_005, NEVER),
    (132_007..=132_008, NEVER),
    (132_012..=132_012, NEVER),
    (132_015..=132_015, MEND),
    (132_016..=132_016, NEVER),
    (132_018..=132_018, NEVER),
    (132_021..=132_021, NEVER),
    (132_068..=132_069, MEND),
    (133_000..=133_000, mend(Pause::Number)),
    (133_004..=133_004, AGAIN),
    (133_005..=133_005, MEND),
    (133_006..=133_006, mend(Pause::Number)),
    (133_008..=133_009, MEND),
    (133_010..=133_010, mend(Pause::Number)),
    (133_015..=133_015, not_before(Duration::from_mins(5))),
    (133_016..=133_016, not_before(Duration::from_hours(72))),
    (134_011..=134_011, MEND),
    (134_100..=134_102, MEND),
    (135_000..=135_000, NEVER),
    (136_024..=136_025, MEND),
    (137_000..=137_000, MEND),
    (139_100..=139_103, NEVER),
    (2_388_019..=2_388_019, MEND),
    (2_388_039..=2_388_040, MEND),
    (2_388_047..=2_388_047, MEND),
    (2_388_072..=2_388_073, MEND),
    (2_388_091..=2_388_091, MEND),
    (2_388_093..=2_388_093, MEND),
    (2_388_293..=2_388_293, MEND),
    (2_388_299..=2_388_299, MEND),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// The error table of the reference paper, row by row: code(s), what it says about trying again, and
    /// what stops meanwhile.
    const PAPER: &str = "
        0 F token | 1 A few | 2 A | 3 F token | 4 A later | 10 F token | 33 F number | 100 N | 190 F token
        200 F token | 299 F token | 368 F account | 80007 A later | 130403 N | 130429 A | 130472 N | 130497 N
        131000 A few | 131005 F token | 131008 N | 131009 N | 131016 A | 131021 N | 131026 N | 131030 F
        131031 F account | 131037 F number | 131042 F payment | 131045 F number | 131047 N template
        131048 F | 131049 after 86400 | 131050 N | 131051 N | 131052 N | 131053 N | 131056 pair | 131057 A
        131062 N | 131063 F | 131064 F | 132000 N | 132001 N | 132005 N | 132007 N | 132008 N | 132012 N
        132015 F | 132016 N | 132018 N | 132021 N | 132068 F | 132069 F | 133000 F number | 133004 A
        133005 F | 133006 F number | 133008 F | 133009 F | 133010 F number | 133015 after 300
        133016 after 259200 | 134011 F | 134100 F | 134101 F | 134102 F | 135000 N | 136024 F | 136025 F
        137000 F | 139100 N | 139101 N | 139102 N | 139103 N | 2388019 F | 2388039 F | 2388040 F | 2388047 F
        2388072 F | 2388073 F | 2388293 F | 2388299 F";

    fn in_the_papers_words(advice: Advice) -> String {
        let (retry, user) = match advice.retry {
            Retry::Backoff { max_tries: 3 } => ("A few".into(), UserAdvice::Retry),
            Retry::Backoff { max_tries: 8 } => ("A".into(), UserAdvice::Retry),
            Retry::Backoff { .. } => ("A later".into(), UserAdvice::Retry),
            Retry::PairLimit => ("pair".into(), UserAdvice::Retry),
            Retry::NotBefore(wait) => (format!("after {}", wait.as_secs()), UserAdvice::Retry),
            Retry::AfterFix { pauses: None } => ("F".into(), UserAdvice::Fix),
            Retry::AfterFix { pauses: Some(p) } => (format!("F {}", p.as_str()), UserAdvice::Fix),
            Retry::Never if advice.user == UserAdvice::Template => {
                ("N template".into(), UserAdvice::Template)
            }
            Retry::Never => ("N".into(), UserAdvice::Never),
        };
        assert_eq!(advice.user, user, "{retry}");
        retry
    }

    #[test]
    fn every_row_of_the_paper() {
        let mut rows = 0;
        for row in PAPER.split(['|', '\n']).map(str::trim) {
            let Some((code, expect)) = row.split_once(' ') else {
                continue;
            };
            let told = advice(code.parse().unwrap());
            assert_eq!(in_the_papers_words(told), expect, "code {code}");
            rows += 1;
        }
        assert_eq!(rows, 82);
    }

    #[test]
    fn the_table_rises_so_that_no_row_hides_another() {
        assert!(
            TABLE
                .windows(2)
                .all(|two| two[0].0.end() < two[1].0.start())
        );
    }

    #[test]
    fn an_unknown_code_is_left_to_a_person() {
        for code in [5, 130_473, 999_999, -1] {
            let told = advice(code);
            assert_eq!((told.retry, told.user), (Retry::Never, UserAdvice::Retry));
        }
    }

    #[test]
    fn code_100_tells_more_in_its_subcode() {
        assert_eq!(advice_with(100, Some(33)), mend(Pause::Number));
        assert_eq!(advice_with(100, Some(2_388_040)), MEND);
        assert_eq!(advice_with(100, Some(2_494_055)), NEVER);
        assert_eq!(advice_with(100, None), NEVER);
        assert_eq!(advice_with(130_429, Some(33)), AGAIN);
    }

    #[test]
    fn jobs_wait_longer_each_time_and_then_stop() {
        let seconds = |retry: Retry, upto: u32| -> Vec<_> {
            (1..=upto)
                .map(|n| retry.delay(n).map(|d| d.as_secs()))
                .collect()
        };
        assert_eq!(
            seconds(Retry::Backoff { max_tries: 3 }, 3),
            [Some(2), Some(4), None]
        );
        assert_eq!(
            Retry::Backoff { max_tries: 99 }.delay(50),
            Some(LONGEST_BACKOFF)
        );
        assert_eq!(
            seconds(Retry::PairLimit, 7),
            [1, 4, 16, 64, 256, 1024]
                .map(Some)
                .into_iter()
                .chain([None])
                .collect::<Vec<_>>()
        );
        let day = Duration::from_hours(24);
        assert_eq!(seconds(Retry::NotBefore(day), 2), [Some(86_400), None]);
        for never in [Retry::Never, Retry::AfterFix { pauses: None }] {
            assert_eq!(never.delay(1), None);
        }
    }
}
