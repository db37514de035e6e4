//! The way from nothing to a number that receives and sends, as steps that can be gone through again.

use serde::Serialize;
use utoipa::ToSchema;

/// The step that is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// A token that may do what is needed.
    Token,
    /// The business account.
    Account,
    /// One of its numbers.
    Number,
    /// Proof that the number is theirs: a code by text message or call.
    Verify,
    /// Registration under the two-step PIN.
    Register,
    /// The channel itself.
    Connect,
    /// The way of webhooks from the provider to here.
    Webhook,
    /// A first real event.
    FirstEvent,
    /// All done.
    Done,
}

/// How far it has come. Later facts count only while the earlier ones hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each fact is looked up on its own"
)]
pub struct Progress {
    /// There is a token.
    pub token: bool,
    /// An account was chosen.
    pub account: bool,
    /// A number was chosen.
    pub number: bool,
    /// The provider knows that the number is theirs.
    pub verified: bool,
    /// The provider has registered the number.
    pub registered: bool,
    /// There is a channel for it.
    pub connected: bool,
    /// A webhook of our own came through.
    pub tested: bool,
    /// A real one did.
    pub heard: bool,
}

impl Progress {
    /// What is to be done next.
    #[must_use]
    pub fn step(self) -> Step {
        let facts = [
            (self.token, Step::Token),
            (self.account, Step::Account),
            (self.number, Step::Number),
            // A number that is registered was verified, though its proof may have expired since.
            (self.verified || self.registered, Step::Verify),
            (self.registered, Step::Register),
            (self.connected, Step::Connect),
            (self.tested, Step::Webhook),
            (self.heard, Step::FirstEvent),
        ];
        let open = facts.iter().find(|(done, _)| !done);
        open.map_or(Step::Done, |&(_, step)| step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fact_that_is_missing_is_the_step() {
        let mut progress = Progress::default();
        let mut steps = vec![progress.step()];
        let facts: [fn(&mut Progress); 8] = [
            |p| p.token = true,
            |p| p.account = true,
            |p| p.number = true,
            |p| p.verified = true,
            |p| p.registered = true,
            |p| p.connected = true,
            |p| p.tested = true,
            |p| p.heard = true,
        ];
        for fact in facts {
            fact(&mut progress);
            steps.push(progress.step());
        }
        assert_eq!(
            steps,
            [
                Step::Token,
                Step::Account,
                Step::Number,
                Step::Verify,
                Step::Register,
                Step::Connect,
                Step::Webhook,
                Step::FirstEvent,
                Step::Done
            ]
        );
        progress.token = false;
        assert_eq!(progress.step(), Step::Token, "a lost token leads back");
    }

    #[test]
    fn a_registered_number_whose_proof_expired_needs_no_code() {
        let progress = Progress {
            token: true,
            account: true,
            number: true,
            registered: true,
            ..Progress::default()
        };
        assert_eq!(progress.step(), Step::Connect);
    }
}
