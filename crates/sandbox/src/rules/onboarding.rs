//! What stands between a number and its first message: tokens, proof of ownership, registration; and what
//! Meta holds of the number and its account afterwards.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use super::{ids, refusal::Refusal};

/// What a token may do with the account and its numbers.
pub(crate) const MANAGEMENT: &str = "whatsapp_business_management";
/// What a token may do with messages.
pub(crate) const MESSAGING: &str = "whatsapp_business_messaging";

/// The code of an Embedded Signup lives so long.
const CODE_LIFETIME: SignedDuration = SignedDuration::from_secs(30);
/// Registrations of one number, counted over [`REGISTERING`].
const MOST_REGISTRATIONS: usize = 10;
const REGISTERING: SignedDuration = SignedDuration::from_hours(72);
/// Wrong PINs in a row, after which even the right one has to wait.
const MOST_GUESSES: u32 = 5;

/// A token that the business was given.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) token: String,
    pub(crate) scopes: Vec<String>,
    /// None: never.
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked: bool,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unfit {
    Unknown,
    Revoked,
    Expired,
    /// It may not do what was asked.
    Scope,
}

/// A code that Embedded Signup gave to the browser.
#[derive(Debug, Clone)]
struct SignupCode {
    code: String,
    at: Timestamp,
    used: bool,
}

/// Why a code buys no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadCode {
    Unknown,
    Used,
    Expired,
}

/// What Meta holds of the business account. Its words are Meta's.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Account {
    pub(crate) business_verification: String,
    pub(crate) review: String,
    pub(crate) messaging_limit: String,
    /// Whether a payment method is on file.
    pub(crate) payment: bool,
    /// Whether Meta lets it send.
    pub(crate) restricted: bool,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            business_verification: "verified".to_owned(),
            review: "APPROVED".to_owned(),
            messaging_limit: "TIER_2K".to_owned(),
            payment: true,
            restricted: false,
        }
    }
}

/// Tokens, codes and the account.
#[derive(Debug, Default)]
pub(crate) struct Onboarding {
    pub(crate) account: Account,
    pub(crate) grants: Vec<Grant>,
    codes: Vec<SignupCode>,
}

impl Onboarding {
    /// With the one token that does not expire.
    pub(crate) fn new(token: &str) -> Self {
        Self {
            grants: vec![Grant {
                token: token.to_owned(),
                scopes: all_scopes(),
                expires_at: None,
                revoked: false,
            }],
            ..Self::default()
        }
    }

    pub(crate) fn grant(&self, token: &str) -> Option<&Grant> {
        self.grants.iter().find(|grant| grant.token == token)
    }

    /// One more token; it may do everything unless told otherwise.
    pub(crate) fn add(
        &mut self,
        token: String,
        scopes: Option<Vec<String>>,
        expires_at: Option<Timestamp>,
    ) {
        self.grants.push(Grant {
            token,
            scopes: scopes.unwrap_or_else(all_scopes),
            expires_at,
            revoked: false,
        });
    }

    /// Whether a token may do this now.
    pub(crate) fn check(&self, now: Timestamp, token: &str, scope: &str) -> Result<(), Unfit> {
        let grant = self.grant(token).ok_or(Unfit::Unknown)?;
        if grant.revoked {
            return Err(Unfit::Revoked);
        }
        if grant.expires_at.is_some_and(|end| end <= now) {
            return Err(Unfit::Expired);
        }
        let may = grant.scopes.iter().any(|held| held == scope);
        may.then_some(()).ok_or(Unfit::Scope)
    }

    /// A fresh code for a browser.
    pub(crate) fn new_code(&mut self, now: Timestamp, rng: &mut impl RngCore) -> String {
        let code = format!("AQ{}", ids::hex_of(rng, 40));
        self.codes.push(SignupCode {
            code: code.clone(),
            at: now,
            used: false,
        });
        code
    }

    /// A code buys one token, soon.
    pub(crate) fn exchange(
        &mut self,
        now: Timestamp,
        code: &str,
        rng: &mut impl RngCore,
    ) -> Result<String, BadCode> {
        let found = self.codes.iter_mut().find(|known| known.code == code);
        let known = found.ok_or(BadCode::Unknown)?;
        if known.used {
            return Err(BadCode::Used);
        }
        if now.duration_since(known.at) >= CODE_LIFETIME {
            return Err(BadCode::Expired);
        }
        known.used = true;
        let token = ids::token(rng);
        self.add(token.clone(), None, None);
        Ok(token)
    }
}

fn all_scopes() -> Vec<String> {
    [MANAGEMENT, MESSAGING].map(str::to_owned).to_vec()
}

/// What Meta holds of a number. Its words are Meta's.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Standing {
    pub(crate) quality: String,
    pub(crate) name_status: String,
    pub(crate) throughput: String,
    /// Whether it was proved to be theirs.
    pub(crate) verified: bool,
    /// Whether it is registered for the Cloud API.
    pub(crate) registered: bool,
    /// FLAGGED, RESTRICTED, ...: what keeps a registered number from being CONNECTED.
    pub(crate) trouble: Option<String>,
    /// The two-step PIN, once it is set.
    pub(crate) pin: Option<String>,
    /// The code that was sent to the number.
    pub(crate) code: Option<String>,
    /// Whether the token reaches it although it is of another account.
    #[serde(skip)]
    pub(crate) other_account: bool,
    #[serde(skip)]
    guesses: u32,
    #[serde(skip)]
    registrations: VecDeque<Timestamp>,
    #[serde(skip)]
    pub(crate) profile: Profile,
    #[serde(skip)]
    pub(crate) links: Vec<Link>,
}

/// The business profile, as customers see it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) about: String,
    pub(crate) address: String,
    pub(crate) description: String,
    pub(crate) email: String,
    pub(crate) websites: Vec<String>,
    pub(crate) vertical: String,
    #[serde(rename = "profile_picture_url")]
    pub(crate) picture_url: String,
}

/// A short link into a chat with words in it.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) code: String,
    pub(crate) words: String,
}

impl Default for Standing {
    fn default() -> Self {
        Self {
            quality: "GREEN".to_owned(),
            name_status: "APPROVED".to_owned(),
            throughput: "STANDARD".to_owned(),
            verified: true,
            registered: true,
            trouble: None,
            pin: None,
            code: None,
            other_account: false,
            guesses: 0,
            registrations: VecDeque::new(),
            profile: Profile {
                vertical: "UNDEFINED".to_owned(),
                ..Profile::default()
            },
            links: Vec::new(),
        }
    }
}

impl Standing {
    /// A number that was added to the account and never used.
    pub(crate) fn fresh() -> Self {
        Self {
            quality: "UNKNOWN".to_owned(),
            verified: false,
            registered: false,
            ..Self::default()
        }
    }

    /// Meta's one word for it.
    pub(crate) fn status(&self) -> &str {
        match &self.trouble {
            Some(trouble) => trouble,
            None if self.registered => "CONNECTED",
            None => "PENDING",
        }
    }

    pub(crate) fn ownership(&self) -> &'static str {
        if self.verified {
            "VERIFIED"
        } else {
            "NOT_VERIFIED"
        }
    }

    /// A code goes to the number.
    pub(crate) fn request_code(&mut self, code: String) -> Result<(), Refusal> {
        if self.verified {
            return Err(Refusal::with(
                136_024,
                "The phone number is already verified.",
            ));
        }
        self.code = Some(code);
        Ok(())
    }

    /// The code comes back.
    pub(crate) fn verify_code(&mut self, code: &str) -> Result<(), Refusal> {
        if self.code.as_deref() != Some(code) {
            return Err(Refusal::with(136_025, "The code is not correct."));
        }
        self.verified = true;
        self.code = None;
        Ok(())
    }

    /// Registers with the PIN that is set, or sets it.
    pub(crate) fn register(&mut self, now: Timestamp, pin: &str) -> Result<(), Refusal> {
        self.count(now)?;
        if !self.verified {
            return Err(Refusal::of(133_006));
        }
        if self.guesses >= MOST_GUESSES {
            return Err(Refusal::of(133_008));
        }
        if self.pin.as_deref().is_some_and(|set| set != pin) {
            self.guesses += 1;
            return Err(Refusal::of(133_005));
        }
        self.guesses = 0;
        self.pin = Some(pin.to_owned());
        self.registered = true;
        Ok(())
    }

    /// Nothing goes out any more until it is registered again.
    pub(crate) fn deregister(&mut self, now: Timestamp) -> Result<(), Refusal> {
        self.count(now)?;
        if !self.registered {
            return Err(Refusal::of(133_010));
        }
        self.registered = false;
        Ok(())
    }

    fn count(&mut self, now: Timestamp) -> Result<(), Refusal> {
        let old = |at: &Timestamp| now.duration_since(*at) >= REGISTERING;
        while self.registrations.front().is_some_and(old) {
            self.registrations.pop_front();
        }
        if self.registrations.len() >= MOST_REGISTRATIONS {
            return Err(Refusal::of(133_016));
        }
        self.registrations.push_back(now);
        Ok(())
    }

    /// Whether messages may leave, as far as the number and its account are concerned.
    pub(crate) fn may_send(&self, account: &Account) -> Result<(), Refusal> {
        if !self.registered {
            return Err(Refusal::of(133_010));
        }
        if account.restricted || self.trouble.as_deref() == Some("BANNED") {
            return Err(Refusal::of(368));
        }
        if !account.payment {
            return Err(Refusal::of(131_042));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_000 + seconds).unwrap()
    }

    fn code(refused: Result<(), Refusal>) -> u32 {
        refused.map_or_else(|refusal| refusal.code, |()| 0)
    }

    #[test]
    fn a_code_buys_one_token_within_thirty_seconds() {
        let mut rng = StdRng::seed_from_u64(1);
        let mut onboarding = Onboarding::new("EAAfirst");
        let code = onboarding.new_code(at(0), &mut rng);
        assert_eq!(
            onboarding.exchange(at(0), "AQno", &mut rng),
            Err(BadCode::Unknown)
        );
        assert_eq!(
            onboarding.exchange(at(30), &code, &mut rng),
            Err(BadCode::Expired)
        );
        let token = onboarding.exchange(at(29), &code, &mut rng).unwrap();
        assert_eq!(
            onboarding.exchange(at(29), &code, &mut rng),
            Err(BadCode::Used)
        );
        assert_eq!(onboarding.check(at(30), &token, MESSAGING), Ok(()));
    }

    #[test]
    fn what_a_token_may_do() {
        let mut onboarding = Onboarding::new("EAA");
        let check = |onboarding: &Onboarding, now| onboarding.check(now, "EAA", MESSAGING);
        assert_eq!(
            onboarding.check(at(0), "EAB", MESSAGING),
            Err(Unfit::Unknown)
        );
        onboarding.grants[0].expires_at = Some(at(10));
        assert_eq!(check(&onboarding, at(9)), Ok(()));
        assert_eq!(check(&onboarding, at(10)), Err(Unfit::Expired));
        onboarding.grants[0].scopes = vec![MANAGEMENT.to_owned()];
        assert_eq!(check(&onboarding, at(9)), Err(Unfit::Scope));
        onboarding.grants[0].revoked = true;
        assert_eq!(check(&onboarding, at(9)), Err(Unfit::Revoked));
    }

    #[test]
    fn a_number_is_proved_then_registered_with_its_pin() {
        let mut number = Standing::fresh();
        assert_eq!(code(number.register(at(0), "150954")), 133_006);
        number.request_code("123456".to_owned()).unwrap();
        assert_eq!(code(number.verify_code("000000")), 136_025);
        assert_eq!(code(number.verify_code("123456")), 0);
        assert_eq!(code(number.request_code("1".to_owned())), 136_024);
        assert_eq!(code(number.register(at(0), "150954")), 0);
        assert_eq!(number.status(), "CONNECTED");
        assert_eq!(code(number.deregister(at(0))), 0);
        assert_eq!(code(number.register(at(0), "000000")), 133_005);
        assert_eq!(code(number.register(at(0), "150954")), 0);
    }

    #[test]
    fn registrations_are_counted_over_72_hours_and_guesses_in_a_row() {
        let mut number = Standing {
            pin: Some("150954".to_owned()),
            ..Standing::default()
        };
        for _ in 0..5 {
            assert_eq!(code(number.register(at(0), "000000")), 133_005);
        }
        for _ in 0..5 {
            assert_eq!(code(number.register(at(0), "150954")), 133_008);
        }
        assert_eq!(code(number.register(at(72 * 3_600 - 1), "150954")), 133_016);
        assert_eq!(code(number.register(at(72 * 3_600), "150954")), 133_008);
    }

    #[test]
    fn what_keeps_messages_from_leaving() {
        let good = Account::default();
        let fresh = Standing::fresh();
        assert_eq!(code(fresh.may_send(&good)), 133_010);
        let number = Standing::default();
        assert_eq!(code(number.may_send(&good)), 0);
        let unpaid = Account {
            payment: false,
            ..Account::default()
        };
        assert_eq!(code(number.may_send(&unpaid)), 131_042);
        let restricted = Account {
            restricted: true,
            ..Account::default()
        };
        assert_eq!(code(number.may_send(&restricted)), 368);
    }
}
