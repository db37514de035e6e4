//! Failed sign-ins, counted per account and per address, so that guessing takes centuries.
//!
//! A try is counted before its password is looked at: a hundred tries at once are a hundred tries. The
//! right password takes its own try back.

use domain::Timestamp;
use jiff::SignedDuration;

use crate::Store;
use crate::db::{Tx, args};
use crate::error::Error;
use crate::read::instant;

/// Failures further apart than this do not add up.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How long the pause is.
const PAUSE: SignedDuration = SignedDuration::from_mins(10);

/// How often somebody or some place may fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limit {
    /// Who or where, as an opaque text.
    pub subject: String,
    /// The failures after which there is a pause.
    pub tries: i64,
}

/// What a counted try found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// It may go on; if it fails, so many more may follow. At zero the pause has begun, until `retry_at`.
    Counted {
        /// How many more may fail.
        left: i64,
        /// When the pause ends that this failure would begin.
        retry_at: Timestamp,
    },
    /// There is a pause; nothing was looked at.
    Paused {
        /// When it ends.
        until: Timestamp,
    },
}

/// Counts from before this mean nothing any more.
pub(super) fn forgotten_before(now: Timestamp) -> Timestamp {
    now.checked_sub(FORGOTTEN_AFTER).unwrap_or(Timestamp::MIN)
}

impl Store {
    /// Counts a try against each limit, before anybody knows whether it fails. In a pause nothing is counted,
    /// and so nothing is written: who goes on guessing takes nobody else's turn at the database.
    pub async fn count_try(&self, limits: &[Limit], now: Timestamp) -> Result<Tried, Error> {
        if let Some(until) = self.pause(limits, now).await? {
            return Ok(Tried::Paused { until });
        }
        let retry_at = now.checked_add(PAUSE).unwrap_or(Timestamp::MAX);
        let mut tx = self.db.begin().await?;
        let mut left = i64::MAX;
        let mut paused = None;
        for limit in limits {
            let (failures, until) = count(&mut tx, limit, now, retry_at).await?;
            left = left.min(limit.tries - failures);
            if failures > limit.tries {
                paused = paused.max(Some(instant(until)));
            }
        }
        tx.commit().await?;
        Ok(match paused {
            Some(until) => Tried::Paused { until },
            None => Tried::Counted { left, retry_at },
        })
    }

    /// When the pause ends that there is already, if there is one.
    async fn pause(&self, limits: &[Limit], now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let mut until = None;
        for limit in limits {
            let found: Option<(i64,)> = self
                .db
                .maybe(
                    "SELECT blocked_until FROM sign_in_failures WHERE subject = $1 AND blocked_until > $2",
                    args![limit.subject.as_str(), now],
                )
                .await?;
            until = until.max(found.map(|(micros,)| instant(micros)));
        }
        Ok(until)
    }

    /// Takes a try back that succeeded; the first limit's failures are forgiven with it.
    pub async fn forgive(&self, limits: &[Limit]) -> Result<(), Error> {
        let mut tx = self.db.begin().await?;
        let (own, wider) = match limits {
            [] => return Ok(()),
            [own, wider @ ..] => (own, wider),
        };
        tx.run(
            "DELETE FROM sign_in_failures WHERE subject = $1",
            args![own.subject.as_str()],
        )
        .await?;
        for limit in wider {
            tx.run(
                "UPDATE sign_in_failures SET failures = failures - 1, blocked_until = 0
                 WHERE subject = $1 AND failures BETWEEN 1 AND $2",
                args![limit.subject.as_str(), limit.tries],
            )
            .await?;
        }
        tx.commit().await
    }
}

/// Whether what was counted is over: the pause has ended, or the failures are too long ago.
macro_rules! over {
    () => {
        "f.blocked_until <= $2 AND (f.blocked_until > 0 OR f.first_at <= $3)"
    };
}

/// The subject's failures and the end of its pause, this try included.
async fn count(
    tx: &mut Tx,
    limit: &Limit,
    now: Timestamp,
    retry_at: Timestamp,
) -> Result<(i64, i64), Error> {
    let counted: Option<(i64, i64)> = tx
        .maybe(
            concat!(
                "INSERT INTO sign_in_failures AS f (subject, failures, first_at, blocked_until)
                 VALUES ($1, 1, $2, 0)
                 ON CONFLICT (subject) DO UPDATE SET
                     failures = CASE WHEN ",
                over!(),
                " THEN 1 ELSE f.failures + 1 END,
                     first_at = CASE WHEN ",
                over!(),
                " THEN $2 ELSE f.first_at END,
                     blocked_until = CASE WHEN ",
                over!(),
                " THEN 0
                                          WHEN f.failures + 1 = $5 THEN $4
                                          ELSE f.blocked_until END
                 RETURNING failures, blocked_until"
            ),
            args![
                limit.subject.as_str(),
                now,
                forgotten_before(now),
                retry_at,
                limit.tries
            ],
        )
        .await?;
    Ok(counted.unwrap_or_default())
}
