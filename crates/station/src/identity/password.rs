//! Passwords: argon2id (RFC 9106) with the figures that OWASP asks for at least, few at a time.

use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use crate::limits::{HASHINGS_AT_ONCE, HASHINGS_WAITING_MAX, PASSWORD_CHARS};

/// 19 MiB, two passes, one lane (OWASP, Password Storage Cheat Sheet).
const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;

/// A password as it is kept, with what it was made by, so that later figures can differ.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PasswordHash {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    hash: String,
}

impl PasswordHash {
    fn of(salt: [u8; SALT_BYTES], hash: [u8; HASH_BYTES]) -> Self {
        Self {
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: STANDARD_NO_PAD.encode(salt),
            hash: STANDARD_NO_PAD.encode(hash),
        }
    }
}

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// Why there is no hash.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error(
        "must have {} to {} characters, got {got}", PASSWORD_CHARS.start(), PASSWORD_CHARS.end()
    )]
    Length { got: usize },
    #[error("must not be the name or hold nothing but one character")]
    Plain,
    #[error("too many people sign in just now: try again in a moment")]
    Busy,
    #[error("cannot be hashed: {0}")]
    Hashing(String),
}

/// Hashes a few passwords at a time, so that whoever asks for many starves nobody.
#[derive(Debug)]
pub(super) struct Hasher {
    working: Arc<Semaphore>,
    waiting: Semaphore,
    /// What the password of somebody who is not listed is held against.
    nobodys: PasswordHash,
}

impl Hasher {
    pub(super) fn new() -> Result<Self, PasswordError> {
        // What no password leads to does as well as what one leads to.
        let (mut salt, mut hash) = ([0; SALT_BYTES], [0; HASH_BYTES]);
        getrandom::fill(&mut salt).map_err(random)?;
        getrandom::fill(&mut hash).map_err(random)?;
        let nobodys = PasswordHash::of(salt, hash);
        Ok(Self {
            working: Arc::new(Semaphore::new(HASHINGS_AT_ONCE)),
            waiting: Semaphore::new(HASHINGS_WAITING_MAX),
            nobodys,
        })
    }

    pub(super) async fn hash(&self, password: String) -> Result<PasswordHash, PasswordError> {
        self.work(move || hash(&password)).await?
    }

    /// Whether it is the password. Takes as long where nobody is listed, and the answer is no.
    pub(super) async fn verify(
        &self,
        password: String,
        known: Option<PasswordHash>,
    ) -> Result<bool, PasswordError> {
        let is_listed = known.is_some();
        let against = known.unwrap_or_else(|| self.nobodys.clone());
        let is_same = self.work(move || verify(&password, &against)).await??;
        Ok(is_same && is_listed)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = self.waiting.try_acquire().map_err(|_full| PasswordError::Busy)?;
        let turn = Arc::clone(&self.working).acquire_owned().await;
        let turn = turn.map_err(|closed| PasswordError::Hashing(closed.to_string()))?;
        // The turn goes with the work: a client that leaves makes no room for another.
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        });
        done.await.map_err(|fault| PasswordError::Hashing(fault.to_string()))
    }
}

/// Whether a password may be chosen. Length is what counts; what it is made of is the person's affair.
pub(super) fn check(password: &str, name: &str) -> Result<(), PasswordError> {
    let length = password.chars().count();
    if !PASSWORD_CHARS.contains(&length) {
        return Err(PasswordError::Length { got: length });
    }
    let first = password.chars().next();
    let is_one_character = password.chars().all(|character| Some(character) == first);
    if is_one_character || password.to_lowercase() == name.to_lowercase() {
        return Err(PasswordError::Plain);
    }
    Ok(())
}

/// Hashes a password anew, with a salt of its own.
pub(super) fn hash(password: &str) -> Result<PasswordHash, PasswordError> {
    let mut salt = [0; SALT_BYTES];
    getrandom::fill(&mut salt).map_err(random)?;
    let hash = derive(password, &salt, (MEMORY_KIB, PASSES, LANES))?;
    Ok(PasswordHash::of(salt, hash))
}

fn verify(password: &str, known: &PasswordHash) -> Result<bool, PasswordError> {
    let PasswordHash { memory_kib, passes, lanes, salt, hash } = known;
    let decoded = |text: &str| {
        STANDARD_NO_PAD.decode(text).map_err(|fault| PasswordError::Hashing(fault.to_string()))
    };
    let derived = derive(password, &decoded(salt)?, (*memory_kib, *passes, *lanes))?;
    Ok(derived.ct_eq(decoded(hash)?.as_slice()).into())
}

fn derive(
    password: &str,
    salt: &[u8],
    (memory_kib, passes, lanes): (u32, u32, u32),
) -> Result<[u8; HASH_BYTES], PasswordError> {
    let fault = |fault: argon2::Error| PasswordError::Hashing(fault.to_string());
    let params = Params::new(memory_kib, passes, lanes, Some(HASH_BYTES)).map_err(fault)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; HASH_BYTES];
    argon2.hash_password_into(password.as_bytes(), salt, &mut hash).map_err(fault)?;
    Ok(hash)
}

fn random(fault: getrandom::Error) -> PasswordError {
    PasswordError::Hashing(fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_no_other_and_no_two_hashes_are_alike() {
        let (one, other) = (hash("a long way home").unwrap(), hash("a long way home").unwrap());

        assert!(verify("a long way home", &one).unwrap());
        assert!(!verify("a long way home ", &one).unwrap());
        assert_ne!(one, other);
        let text = serde_json::to_string(&one).unwrap();
        assert!(!text.contains("long way"));
        assert_eq!(serde_json::from_str::<PasswordHash>(&text).unwrap(), one);
    }

    #[test]
    fn the_hash_is_that_of_the_reference_implementation() {
        // What argon2-cffi 25.1, which holds the reference implementation, makes of the same
        // password, salt and figures.
        let hash = derive("password", b"somesaltsomesalt", (MEMORY_KIB, PASSES, LANES)).unwrap();
        assert_eq!(STANDARD_NO_PAD.encode(hash), "K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE");
    }

    #[test]
    fn short_and_plain_passwords_are_refused() {
        for wrong in ["short", "aaaaaaaaaaaaaaaa", "Station Warden"] {
            assert!(check(wrong, "station warden").is_err(), "{wrong}");
        }
        assert!(check(&"ab".repeat(100), "a").is_err());
        assert!(check("four words in a row", "station warden").is_ok());
    }

    #[tokio::test]
    async fn a_crowd_that_signs_in_is_told_to_wait_and_only_a_few_are_hashed_at_once() {
        let hasher = Arc::new(Hasher::new().unwrap());
        let tried = (0..HASHINGS_WAITING_MAX + 8).map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move { hasher.verify("wrong".into(), None).await })
        });
        let tried: Vec<_> = tried.collect();
        let mut busy = 0;
        for one in tried {
            match one.await.unwrap() {
                Ok(is_right) => assert!(!is_right),
                Err(PasswordError::Busy) => busy += 1,
                Err(fault) => panic!("{fault}"),
            }
        }
        assert_eq!(busy, 8);
    }

    #[tokio::test]
    async fn an_unknown_name_takes_as_long_as_a_wrong_password() {
        let hasher = Hasher::new().unwrap();
        let known = hash("a long way home").unwrap();
        let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
        for _ in 0..11 {
            for (times, against) in [(&mut wrong, Some(known.clone())), (&mut unknown, None)] {
                let began = std::time::Instant::now();
                assert!(!hasher.verify("not this one".into(), against).await.unwrap());
                times.push(began.elapsed());
            }
        }
        wrong.sort();
        unknown.sort();

        let ratio = wrong[5].as_secs_f64() / unknown[5].as_secs_f64();
        assert!((0.5..2.0).contains(&ratio), "medians {:?} and {:?}", wrong[5], unknown[5]);
    }
}
