//! Checking a password, and counting the times it was wrong.

use axum::http::StatusCode;
use domain::{Timestamp, UserId};
use store::{Limit, Tried};

use super::{Address, password};
use crate::App;
use crate::problem::Problem;

/// Wrong passwords of one account before a pause.
const ACCOUNT_TRIES: i64 = 5;
/// Wrong passwords from one address before a pause: an office shares one.
const ADDRESS_TRIES: i64 = 50;
/// Wrong set-up codes from one address before a pause.
const SETUP_TRIES: i64 = 10;

/// Why somebody is not let in.
#[derive(Debug)]
pub(super) enum Refused {
    /// It was wrong; so many more may be.
    Wrong {
        tries_left: i64,
    },
    /// It was wrong too often, or there is a pause already and nothing was looked at.
    TooOften {
        retry_at: Timestamp,
    },
    Problem(Problem),
}

impl From<store::Error> for Refused {
    fn from(error: store::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refused {
    /// As a caller sees it; `wrong` is what a wrong try is called here.
    pub(super) fn or(self, wrong: Problem) -> Problem {
        match self {
            Self::Wrong { tries_left } => wrong.param("tries_left", tries_left),
            Self::TooOften { retry_at } => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-tries",
                "Too many wrong tries",
            )
            .param("retry_at", retry_at),
            Self::Problem(problem) => problem,
        }
    }
}

/// The password is wrong, or nobody has this address: nobody learns which.
pub(super) fn wrong_password() -> Problem {
    let title = "Email and password do not match";
    Problem::new(StatusCode::UNAUTHORIZED, "wrong-password", title)
}

/// The user whose address and password these are.
pub(super) async fn check(
    app: &App,
    from: Address,
    email: &str,
    typed: String,
) -> Result<UserId, Refused> {
    let limits = [
        Limit {
            subject: app.secrets.subject("account", &store::fold_email(email)),
            tries: ACCOUNT_TRIES,
        },
        Limit {
            subject: app.secrets.subject("address", &from.text()),
            tries: ADDRESS_TRIES,
        },
    ];
    let right = async {
        let known = app.store.credentials_by_email(email).await?;
        let (user, hash) = known.map(|k| (k.user, k.password_hash)).unzip();
        let right = password::verify(typed, hash.flatten()).await?;
        Ok(user.filter(|_| right))
    };
    limited(app, &limits, right).await
}

/// Whether this is the set-up code.
pub(super) async fn check_setup_code(app: &App, from: Address, typed: &str) -> Result<(), Refused> {
    let limits = [Limit {
        subject: app.secrets.subject("setup", &from.text()),
        tries: SETUP_TRIES,
    }];
    let right = async { Ok(app.setup.is(typed).then_some(())) };
    limited(app, &limits, right).await
}

/// Looks at a try only if it is within the limits, and counts it before it does.
async fn limited<T>(
    app: &App,
    limits: &[Limit],
    right: impl Future<Output = Result<Option<T>, Refused>>,
) -> Result<T, Refused> {
    let now = app.clock.system_now();
    let (tries_left, retry_at) = match app.store.count_try(limits, now).await? {
        Tried::Counted { left, retry_at } => (left, retry_at),
        Tried::Paused { until } => return Err(Refused::TooOften { retry_at: until }),
    };
    match right.await? {
        Some(found) => {
            app.store.forgive(limits).await?;
            Ok(found)
        }
        None if tries_left == 0 => Err(Refused::TooOften { retry_at }),
        None => Err(Refused::Wrong { tries_left }),
    }
}
