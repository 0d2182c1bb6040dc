//! Passwords: hashed with argon2id, two at a time. A missing account takes as long as a wrong password.

use std::sync::{Arc, LazyLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use tokio::task;
use unicode_normalization::UnicodeNormalization;

use super::AccountError;
use crate::people::AccountName;

/// Memory of argon2id, in KiB. With 2 passes and 1 lane it is the least that OWASP names, and takes some 30 ms of one
/// core.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
/// Passwords that are worked on at once: signing in must not take the machine from those who are in.
const AT_ONCE: usize = 2;
/// Fewest and most letters of a password. Nothing else is asked of it: a long one is better than a strange one.
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 10..=200;
/// Fewest letters of a password beside the account's name.
const BESIDE_NAME: usize = 6;

/// Hashes passwords and compares them.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Passwords { turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).expect("within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A password in one Unicode form: keyboards write `ế` as one letter or as three, and both are the same password.
fn normal(password: &str) -> String {
    password.nfc().collect()
}

/// Hash of a password that nobody has.
static NOBODY: LazyLock<Option<String>> = LazyLock::new(|| hash("nobody's own one"));

fn hash(password: &str) -> Option<String> {
    let hash: PasswordHash = argon2().hash_password(normal(password).as_bytes()).ok()?;
    Some(hash.to_string())
}

impl Passwords {
    /// Hashes a new password.
    ///
    /// # Errors
    /// When it is too short, too long or little more than the account's name, or the system gives no random bits.
    pub async fn hash(&self, account: &AccountName, password: String) -> Result<String, AccountError> {
        let length = password.chars().count();
        if !PASSWORD_LENGTH.contains(&length) {
            let (least, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
            return Err(AccountError::Password(format!(
                "a password has {least} to {most} letters, not {length}"
            )));
        }
        if password.to_lowercase().replace(account.as_str(), "").chars().count() < BESIDE_NAME {
            let detail = "a password is not the account's name with a little more";
            return Err(AccountError::Password(detail.to_owned()));
        }
        let hashed = self.in_turn(move || hash(&password)).await.flatten();
        hashed.ok_or_else(|| AccountError::Random("no salt could be drawn".to_owned()))
    }

    /// Whether a password is the one that was hashed. Takes as long when there is no hash.
    pub async fn matches(&self, hashed: Option<String>, password: String) -> bool {
        if password.chars().count() > *PASSWORD_LENGTH.end() {
            return false;
        }
        let verified = self.in_turn(move || {
            let known = hashed.is_some();
            let Some(hashed) = hashed.or_else(|| NOBODY.clone()) else { return false };
            let Ok(hash) = PasswordHash::new(&hashed) else { return false };
            argon2().verify_password(normal(&password).as_bytes(), &hash).is_ok() && known
        });
        verified.await.unwrap_or(false)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
        let _turn = self.turns.acquire().await.ok()?;
        task::spawn_blocking(work).await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_matches_in_either_unicode_form() {
        let passwords = Passwords::default();
        let name = "lan".parse().unwrap();
        let composed = "Bến Tre quê tôi";
        let decomposed: String = composed.nfd().collect();
        assert_ne!(composed, decomposed);
        let hashed = passwords.hash(&name, composed.to_owned()).await.unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert_ne!(passwords.hash(&name, composed.to_owned()).await.unwrap(), hashed, "salted");
        assert!(passwords.matches(Some(hashed.clone()), composed.to_owned()).await);
        assert!(passwords.matches(Some(hashed.clone()), decomposed).await);
        assert!(!passwords.matches(Some(hashed.clone()), "Bến Tre quê toi".to_owned()).await);
        assert!(!passwords.matches(Some(hashed), "x".repeat(1 << 20)).await);
        assert!(!passwords.matches(None, "nobody's own one".to_owned()).await, "whoever reads the code");
        assert!(!passwords.matches(Some("damaged".to_owned()), composed.to_owned()).await);
    }

    #[tokio::test]
    async fn short_and_self_evident_ones_are_refused() {
        let passwords = Passwords::default();
        let name = "lan.29173".parse().unwrap();
        for bad in ["", "123456789", "Lan.29173x", &"x".repeat(201)] {
            assert!(passwords.hash(&name, bad.to_owned()).await.is_err(), "{bad}");
        }
    }
}
