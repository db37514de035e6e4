//! What Graph's refusals mean to somebody who connects a number, or looks after one.

use axum::http::StatusCode;
use meta::graph::{CallError, Refusal};

use crate::problem::Problem;

/// What was asked of Graph. The same code means another thing at another place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asking {
    /// Do id and secret of the app belong together?
    App,
    /// What does the code of an Embedded Signup buy?
    SignupCode,
    /// What may the token do?
    Token,
    /// What is the account?
    Account,
    /// What is the number?
    Number,
    /// Send a code.
    RequestCode,
    /// Take the code.
    VerifyCode,
    /// Register the number.
    Register,
    /// Call our callback.
    Callback,
    /// Let the app hear of the account.
    Subscribe,
    /// The profile.
    Profile,
    /// Its picture.
    Picture,
    /// A link.
    Link,
}

/// What a failed call means, and which field is at fault.
pub(super) fn problem(asking: Asking, error: &CallError) -> Problem {
    match error {
        CallError::Refused(refusal) => refused(asking, refusal),
        CallError::NotSent(meta::graph::NotSentCause::BadRequest) => {
            Problem::invalid("token", "token-refused", "The token cannot be sent")
        }
        other => Problem::new(
            StatusCode::BAD_GATEWAY,
            "graph-unreachable",
            "Meta gave no usable answer",
        )
        .param("detail", other.to_string()),
    }
}

fn refused(asking: Asking, refusal: &Refusal) -> Problem {
    let (field, code, title) = meaning(asking, refusal.code);
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title)
        .param("code", refusal.code)
        .param("detail", refusal.detail.as_deref().unwrap_or_default());
    match field {
        "" => problem,
        field => problem.field(field),
    }
}

type Meaning = (&'static str, &'static str, &'static str);

fn meaning(asking: Asking, code: i64) -> Meaning {
    of_the_step(asking, code).unwrap_or(match code {
        0 | 190 => ("token", "token-refused", "Meta does not take the token"),
        3 | 10 | 200..=299 => (
            "token",
            "permission-missing",
            "The token lacks a permission",
        ),
        4 | 80_007 => ("", "graph-busy", "Meta asks for a pause"),
        1 | 2 | 131_000 | 131_016 | 133_004 => ("", "graph-down", "Meta has a fault of its own"),
        368 | 131_031 => ("", "account-restricted", "Meta has restricted the account"),
        _ => ("", "graph-refused", "Meta refused"),
    })
}

fn of_the_step(asking: Asking, code: i64) -> Option<Meaning> {
    Some(match (asking, code) {
        (Asking::App | Asking::Callback, 1 | 101 | 190) | (Asking::SignupCode, 1 | 101) => (
            "secret",
            "app-secret-wrong",
            "Id and secret of the app do not belong together",
        ),
        (Asking::App, 100) => ("app_id", "app-unknown", "There is no such app"),
        (Asking::SignupCode, 100) => (
            "code",
            "signup-code-refused",
            "The code of the sign-up is wrong, used or too old",
        ),
        (Asking::Account | Asking::Subscribe, 33 | 100) => (
            "account_id",
            "account-unknown",
            "The token does not reach this account",
        ),
        (Asking::Number, 33 | 100) => (
            "number_id",
            "number-unknown",
            "The token does not reach this number",
        ),
        (Asking::RequestCode, 136_024 | 100) => ("method", "code-not-sent", "No code was sent"),
        (Asking::VerifyCode, 136_025 | 100) => ("code", "code-wrong", "The code is wrong"),
        (Asking::Register, 133_005) => ("pin", "pin-wrong", "The PIN is wrong"),
        (Asking::Register, 100) => ("pin", "pin-malformed", "A PIN has six digits"),
        (Asking::Register, 133_008 | 133_009) => ("pin", "pin-guesses", "Too many wrong PINs"),
        (Asking::Register, 133_006) => ("", "number-not-verified", "The number has to be verified"),
        (Asking::Register, 133_015) => {
            ("", "number-deleted", "The number was deleted a moment ago")
        }
        (Asking::Register, 133_016) => ("", "registrations-used-up", "Registered too often"),
        (Asking::Callback, 2_200) => ("", "callback-refused", "Meta could not verify the callback"),
        (Asking::Profile, 100) => ("", "profile-refused", "Meta does not take the profile"),
        (Asking::Picture, 100) => (
            "picture",
            "picture-refused",
            "Meta does not take the picture",
        ),
        (Asking::Link, 100) => ("words", "link-refused", "Meta does not take the words"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_code_means_another_thing_at_another_step() {
        for (asking, code, expect) in [
            (Asking::Account, 100, "account-unknown"),
            (Asking::Number, 100, "number-unknown"),
            (Asking::SignupCode, 100, "signup-code-refused"),
            (Asking::Register, 133_005, "pin-wrong"),
            (Asking::Register, 133_016, "registrations-used-up"),
            (Asking::App, 190, "app-secret-wrong"),
            // The callback is set with the app's own token.
            (Asking::Callback, 190, "app-secret-wrong"),
            (Asking::Account, 190, "token-refused"),
            (Asking::Account, 10, "permission-missing"),
            (Asking::Number, 210, "permission-missing"),
            (Asking::Number, 999_999, "graph-refused"),
        ] {
            assert_eq!(meaning(asking, code).1, expect, "{asking:?} {code}");
        }
    }
}
