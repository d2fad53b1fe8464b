//! Passwords: what may be one, how it is kept, and checking one without telling whether there is
//! anybody of that name.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::kinds::principal::SetPassword;
use contracts::{Refusal, Tenant};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use super::codes;
use super::seal::Seal;
use crate::chance;
use crate::problem;

/// How passwords are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Passwords {
    /// The memory that one hash takes (argon2id `m`), in KiB.
    pub memory_kib: u32,
    /// How often it goes over that memory (argon2id `t`).
    pub passes: u32,
    /// In how many lanes (argon2id `p`).
    pub lanes: u32,
    /// The fewest characters of a password.
    pub chars_min: usize,
    /// The longest password, in bytes.
    pub bytes_max: usize,
    /// Hashes at once; each takes a core and its memory.
    pub concurrent_max: usize,
    /// Those that may wait for it; more are answered `overloaded`.
    pub waiting_max: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes: 1,
            chars_min: 10,
            bytes_max: 512,
            concurrent_max: 2,
            waiting_max: 64,
        }
    }
}

/// The least memory of a hash that is worth the name, in KiB.
const MEMORY_KIB_MIN: u32 = 8 * 1024;

impl Passwords {
    pub(super) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.memory_kib < MEMORY_KIB_MIN {
            return Err(("auth.password.memory_kib", format!("must be at least {MEMORY_KIB_MIN}")));
        }
        if self.concurrent_max == 0 {
            return Err(("auth.password.concurrent_max", "must be at least 1".to_owned()));
        }
        if self.chars_min < 8 || self.bytes_max < 64 {
            let text = "must be at least 8, and auth.password.bytes_max at least 64";
            return Err(("auth.password.chars_min", text.to_owned()));
        }
        self.params().map(drop).map_err(|error| ("auth.password.passes", error.to_string()))
    }

    fn params(&self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, None)
    }
}

/// Passwords that every list of broken ones begins with, of the length that is asked for.
const COMMON: &[&str] = &[
    "1234567890",
    "0123456789",
    "password123",
    "password1234",
    "passwordpassword",
    "qwertyuiop",
    "qwerty123456",
    "iloveyou123",
    "administrator",
    "letmein1234",
    "correcthorsebatterystaple",
];

/// Hashes and checks passwords, a bounded number at once, away from what must not stall.
pub struct Hasher {
    config: Passwords,
    argon: Argon2<'static>,
    seal: Arc<dyn Seal>,
    /// Who hashes or waits to.
    crowd: Arc<Semaphore>,
    /// Who hashes.
    places: Arc<Semaphore>,
    /// The hash of a password that nobody has, of the same cost as all others.
    nobodys: String,
}

impl Hasher {
    /// Hashes as `config` says; `seal` keeps readers of the log from the hashes.
    ///
    /// # Errors
    /// When the costs make no sense.
    pub fn new(config: Passwords, seal: Arc<dyn Seal>) -> Result<Self, Refusal> {
        let fault = |error: String| Refusal::internal(format!("passwords cannot be kept: {error}"));
        let params = config.params().map_err(|error| fault(error.to_string()))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = hash(&argon, &chance::bytes::<32>()?)?;
        let most = config.concurrent_max.clamp(1, 1_024);
        let crowd = Arc::new(Semaphore::new(most.saturating_add(config.waiting_max.min(65_536))));
        let places = Arc::new(Semaphore::new(most));
        Ok(Self { config, argon, seal, crowd, places, nobodys })
    }

    /// Whether `password` may be the one of `name`.
    ///
    /// # Errors
    /// `password_unfit`.
    pub fn ensure_fit(&self, name: &str, password: &str) -> Result<(), Refusal> {
        let Passwords { chars_min, bytes_max, .. } = self.config;
        if password.len() > bytes_max {
            return Err(codes::password_unfit(format!("has at most {bytes_max} bytes")));
        }
        if password.chars().count() < chars_min {
            return Err(codes::password_unfit(format!("has at least {chars_min} characters")));
        }
        let lower = Zeroizing::new(password.to_lowercase());
        if lower.contains(&name.to_lowercase()) && !name.is_empty() {
            return Err(codes::password_unfit("does not hold the name"));
        }
        let mut chars = lower.chars();
        let first = chars.next();
        if COMMON.contains(&lower.as_str()) || chars.all(|it| Some(it) == first) {
            return Err(codes::password_unfit("is not among the first that everybody tries"));
        }
        Ok(())
    }

    /// The sealed hash of a password, as `set_password` wants it.
    ///
    /// # Errors
    /// `overloaded` when too many are hashed already.
    pub async fn sealed(&self, of: (&Tenant, &str), password: &str) -> Result<String, Refusal> {
        let (argon, password) = (self.argon.clone(), normal(password));
        let hashed = self.blocking(move || hash(&argon, password.as_bytes()));
        let hash = hashed.await??;
        let sealed = self.seal.wrap(&context(of), hash.as_bytes())?;
        Ok(format!("{}{}", SetPassword::SEALED, STANDARD.encode(sealed)))
    }

    /// Whether `password` is the one that `kept` tells. Takes the same time when nothing is kept.
    ///
    /// # Errors
    /// `overloaded` when too many are hashed already.
    pub async fn verifies(
        &self,
        of: (&Tenant, &str),
        kept: Option<&str>,
        password: &str,
    ) -> Result<bool, Refusal> {
        let opened = kept.and_then(|kept| self.opened(of, kept));
        let is_kept = opened.is_some();
        let hash = opened.unwrap_or_else(|| self.nobodys.clone());
        // What is too long to be anybody's is not hashed, whoever's it is said to be.
        if password.len() > self.config.bytes_max {
            return Ok(false);
        }
        let (argon, password) = (self.argon.clone(), normal(password));
        let checking = self.blocking(move || {
            let hash = PasswordHash::new(&hash);
            hash.is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok())
        });
        Ok(checking.await? && is_kept)
    }

    /// The hash inside what is kept: sealed, or from before hashes were.
    fn opened(&self, of: (&Tenant, &str), kept: &str) -> Option<String> {
        let Some(text) = kept.strip_prefix(SetPassword::SEALED) else {
            return kept.starts_with("$argon2id$").then(|| kept.to_owned());
        };
        let sealed = STANDARD.decode(text).ok()?;
        let opened = self.seal.unwrap(&context(of), &sealed);
        match opened {
            Ok(bytes) => String::from_utf8(bytes).ok(),
            Err(refusal) => {
                tracing::error!(
                    tenant = %of.0, principal = of.1, error = %refusal.message,
                    "password.unreadable: the master key does not open it"
                );
                None
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let waiting = self.crowd.clone().try_acquire_owned();
        let waiting = waiting.map_err(|_| problem::codes::overloaded())?;
        let place = self.places.clone().acquire_owned().await;
        let done = tokio::task::spawn_blocking(move || {
            // Held to the end even where nobody waits for it any more.
            let _held = (waiting, place);
            work()
        });
        done.await.map_err(|error| Refusal::internal(format!("a hash broke off: {error}")))
    }
}

/// Random bytes of a salt.
const SALT_BYTES: usize = 16;

/// The hash of a password as a PHC string, under a salt of its own.
fn hash(argon: &Argon2<'_>, password: &[u8]) -> Result<String, Refusal> {
    let hash = argon.hash_password_with_salt(password, &chance::bytes::<SALT_BYTES>()?);
    hash.map(|hash| hash.to_string()).map_err(|error| Refusal::internal(error.to_string()))
}

/// What the seal of a password is bound to: it opens for this principal only.
fn context((tenant, name): (&Tenant, &str)) -> String {
    format!("password/{tenant}/{name}")
}

/// The same password whichever keyboard wrote it.
fn normal(password: &str) -> Zeroizing<String> {
    use unicode_normalization::UnicodeNormalization as _;
    // At most eleven times as long (U+FDFA): it never moves, and leaves no copy behind.
    let mut normal = Zeroizing::new(String::with_capacity(11 * password.len()));
    normal.extend(password.nfkc());
    normal
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use contracts::Tenant;
    use contracts::kinds::principal::SetPassword;

    use super::{Hasher, Passwords};
    use crate::auth::seal::testing::Toy;

    const WHO: (&Tenant, &str) = (&Tenant::from_static("acme"), "ada");

    fn hasher(config: Passwords) -> Hasher {
        Hasher::new(config, Arc::new(Toy)).unwrap()
    }

    #[tokio::test]
    async fn a_password_is_its_own_and_nobody_elses() {
        let hasher = hasher(Passwords::default());
        let kept = hasher.sealed(WHO, "a long walk home").await.unwrap();
        SetPassword { hash: kept.clone() }.check().unwrap();
        assert!(!kept.contains("argon2id"), "readers learn nothing: {kept}");
        assert!(hasher.verifies(WHO, Some(&kept), "a long walk home").await.unwrap());
        assert!(!hasher.verifies(WHO, Some(&kept), "a long walk hom").await.unwrap());
        let other = (WHO.0, "eve");
        assert!(!hasher.verifies(other, Some(&kept), "a long walk home").await.unwrap());
        assert!(!hasher.verifies(WHO, None, "a long walk home").await.unwrap());
        assert!(!hasher.verifies(WHO, Some("sealed:AAAA"), "").await.unwrap());
        // A ligature from one keyboard is two letters from another.
        let kept = hasher.sealed(WHO, "\u{fb01}ne summer day").await.unwrap();
        assert!(hasher.verifies(WHO, Some(&kept), "fine summer day").await.unwrap());
    }

    #[tokio::test]
    async fn hashes_from_before_they_were_sealed_still_count() {
        let hasher = hasher(Passwords::default());
        let plain = super::hash(&hasher.argon, b"a long walk home").unwrap();
        assert!(hasher.verifies(WHO, Some(&plain), "a long walk home").await.unwrap());
    }

    #[test]
    fn what_everybody_tries_is_no_password() {
        let hasher = hasher(Passwords::default());
        for bad in ["short", "1234567890", "ada-is-my-name", "aaaaaaaaaaaaaa", "PassWord123"] {
            let refusal = hasher.ensure_fit("ada", bad).unwrap_err();
            assert_eq!(refusal.code, "password_unfit", "{bad}");
        }
        hasher.ensure_fit("ada", &"x1".repeat(300)).unwrap_err();
        hasher.ensure_fit("ada", "a long walk home").unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_crowd_is_told_to_come_again() {
        let config = Passwords { concurrent_max: 1, waiting_max: 1, ..Passwords::default() };
        let hasher = Arc::new(hasher(config));
        let many = (0..8).map(|_| {
            let hasher = hasher.clone();
            tokio::spawn(async move { hasher.verifies(WHO, None, "whatever it is").await })
        });
        let many: Vec<_> = many.collect();
        let mut told = Vec::new();
        for one in many {
            told.push(one.await.unwrap().map_err(|refusal| refusal.code.into_owned()));
        }
        assert!(told.contains(&Ok(false)), "{told:?}");
        assert!(told.contains(&Err("overloaded".to_owned())), "{told:?}");
    }
}
