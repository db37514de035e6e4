//! Passwords, hashed with Argon2id.

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::fields::Password;
use crate::App;
use crate::problem::Problem;

/// 19 MiB, two passes, one lane: OWASP's first choice for Argon2id.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// How many are hashed at once: a flood of sign-ins must not take the memory or the cores of the inbox.
static HASHING: Semaphore = Semaphore::const_new(2);

/// What the password of somebody who does not exist is checked against, so that it takes as long.
/// Of random bytes nobody kept.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are in range");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes a chosen password.
pub(super) async fn hash(app: &App, password: Password) -> Result<String, Problem> {
    let salt: [u8; 16] = app.secrets.random();
    in_turn(move || {
        argon2()
            .hash_password_with_salt(password.as_str().as_bytes(), &salt)
            .map(|hash| hash.to_string())
    })
    .await?
    .map_err(|e| Problem::internal(&e))
}

/// Whether `typed` is the password that `hash` was made of. Without a hash the answer is no, and takes
/// as long.
pub(super) async fn verify(typed: String, hash: Option<String>) -> Result<bool, Problem> {
    in_turn(move || matches(&typed, hash.as_deref())).await
}

fn matches(typed: &str, hash: Option<&str>) -> bool {
    let against = hash.and_then(|hash| PasswordHash::new(hash).ok());
    let known = against.is_some();
    let against =
        against.unwrap_or_else(|| PasswordHash::new(NOBODY).expect("this one is well-formed"));
    argon2().verify_password(typed.as_bytes(), &against).is_ok() && known
}

/// Runs on a thread of its own when its turn has come. A caller who leaves does not free the place early.
async fn in_turn<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    let place = HASHING.acquire().await.map_err(|e| Problem::internal(&e))?;
    let done = spawn_blocking(move || {
        let _place = place;
        work()
    });
    done.await.map_err(|e| Problem::internal(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(password: &str) -> String {
        argon2()
            .hash_password_with_salt(password.as_bytes(), &[7; 16])
            .unwrap()
            .to_string()
    }

    #[test]
    fn nobody_takes_as_long_as_somebody() {
        let real = hashed("correct horse battery");
        let cost = |hash: &str| hash.rsplitn(3, '$').nth(2).unwrap().to_owned();
        assert_eq!(cost(NOBODY), cost(&real));
        assert_eq!(NOBODY.len(), real.len());
    }

    #[test]
    fn only_the_right_password_of_somebody_matches() {
        let hash = hashed("correct horse battery");
        assert!(matches("correct horse battery", Some(&hash)));
        assert!(!matches("correct horse batterz", Some(&hash)));
        assert!(!matches("correct horse battery", None));
        assert!(!matches("correct horse battery", Some("no hash")));
        assert!(!matches("", Some(NOBODY)));
    }
}
