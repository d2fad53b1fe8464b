//! What an operator may set about signing in.

use contracts::kinds::principal::Crowded;
use contracts::{Principal, Tenant};
use serde::{Deserialize, Serialize};

use super::issuers::Issuer;
use super::passwords::Passwords;
use super::throttle::Limits;
use crate::settings::Secret;

/// With what tokens are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Algorithm {
    /// Ed25519.
    #[default]
    Eddsa,
    /// RSA of 2,048 bits, for readers that know nothing else.
    Rs256,
    /// A secret that all nodes are told by their settings: nobody else can check such a token.
    Hs256,
}

impl Algorithm {
    /// Its name in the header of a token.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Eddsa => "EdDSA",
            Self::Rs256 => "RS256",
            Self::Hs256 => "HS256",
        }
    }
}

/// Passwords, tokens, sessions and who else may say who somebody is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Who tokens are from: the URL by which the system is reached from outside; none = where the
    /// first node listened at its first start, kept from then on whatever the port.
    pub issuer: Option<String>,
    /// Whom tokens are for.
    pub audience: String,
    /// With what they are signed.
    pub algorithm: Algorithm,
    /// The secret of `hs256`, of at least 32 bytes; the same on all nodes.
    pub hs256_secret: Option<Secret>,
    /// How long an access token counts, in seconds.
    pub access_s: u32,
    /// How long a refresh token counts, in seconds: a session ends when nobody comes for so long.
    pub refresh_s: u32,
    /// How far the clocks of nodes and of outside issuers may differ, in seconds.
    pub clock_skew_s: u32,
    /// After how many days another key signs; 0 = only when somebody says so.
    pub rotate_days: u32,
    /// How long a new key is published before it signs, in seconds, so that every node knows it.
    pub rotate_lead_s: u32,
    /// The longest token, in bytes.
    pub token_bytes_max: usize,
    /// Tokens that are kept as checked, so that their signature is not checked at every request.
    pub checked_tokens_max: usize,
    /// How long a request waits for this node to hear of the session that its token names, in
    /// milliseconds: another node may have begun it a moment ago.
    pub session_wait_ms: u64,
    /// The most sessions of a principal at once.
    pub sessions_max: u32,
    /// What gives way when there are so many.
    pub sessions_crowded: Crowded,
    /// How passwords are kept.
    pub password: Passwords,
    /// How often somebody may be wrong.
    pub throttle: Limits,
    /// How long the link of a password reset counts, in seconds.
    pub reset_s: u32,
    /// Where that link leads to: the token stands in place of `{token}`.
    pub reset_url: Option<String>,
    /// Whether whoever comes first, from this machine, may register and becomes super admin.
    pub first_user: bool,
    /// In which tenants strangers may register.
    pub registration_tenants: Vec<Tenant>,
    /// Who else may say who somebody is.
    pub issuers: Vec<Issuer>,
    /// How many keys an outside issuer may have.
    pub issuer_keys_max: usize,
    /// The longest document that is taken from an outside issuer, in bytes.
    pub issuer_bytes_max: usize,
    /// How long an outside issuer may take to answer, in milliseconds.
    pub issuer_timeout_ms: u64,
    /// How long its keys are kept, in seconds.
    pub issuer_keys_s: u32,
    /// How soon its keys are fetched again for a token of a key that is not among them, in seconds.
    pub issuer_again_s: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            issuer: None,
            audience: "cambium".to_owned(),
            algorithm: Algorithm::default(),
            hs256_secret: None,
            access_s: 30 * 60,
            refresh_s: 7 * 24 * 60 * 60,
            clock_skew_s: 30,
            rotate_days: 30,
            rotate_lead_s: 30,
            token_bytes_max: 6 * 1024,
            checked_tokens_max: 10_000,
            session_wait_ms: 2_000,
            sessions_max: 32,
            sessions_crowded: Crowded::default(),
            password: Passwords::default(),
            throttle: Limits::default(),
            reset_s: 15 * 60,
            reset_url: None,
            first_user: true,
            registration_tenants: Vec::new(),
            issuers: Vec::new(),
            issuer_keys_max: 64,
            issuer_bytes_max: 256 * 1024,
            issuer_timeout_ms: 5_000,
            issuer_keys_s: 600,
            issuer_again_s: 30,
        }
    }
}

/// The shortest secret of `hs256`, in bytes: as long as what it makes.
const SECRET_BYTES_MIN: usize = 32;
/// The fewest different bytes of such a secret: a word that is repeated is none.
const SECRET_VARIETY_MIN: usize = 12;
/// What stands in examples.
const PLACEHOLDERS: &[&str] = &["secret", "password", "changeme", "change-me", "example", "your-"];

impl Config {
    /// Finds values that make no sense.
    ///
    /// # Errors
    /// The name of the first such value and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if let Some(issuer) = &self.issuer {
            let url = reqwest::Url::parse(issuer);
            let good = url.is_ok_and(|url| {
                matches!(url.scheme(), "http" | "https")
                    && url.query().is_none()
                    && url.fragment().is_none()
            });
            if !good || issuer.ends_with('/') {
                let text = "must be an http or https URL without query and slash at its end";
                return Err(("auth.issuer", text.to_owned()));
            }
        }
        if self.algorithm == Algorithm::Hs256 {
            let secret = self.hs256_secret.as_ref().map(Secret::reveal).unwrap_or_default();
            if let Some(reason) = weakness(secret) {
                return Err(("auth.hs256_secret", reason.to_owned()));
            }
        }
        self.password.check()?;
        if self.access_s == 0 || self.refresh_s < self.access_s {
            let text = "must be longer than auth.access_s, which must not be 0";
            return Err(("auth.refresh_s", text.to_owned()));
        }
        if self.sessions_max == 0 {
            return Err(("auth.sessions_max", "must be at least 1".to_owned()));
        }
        for issuer in &self.issuers {
            issuer.check().map_err(|reason| ("auth.issuers", reason))?;
        }
        let names = self.issuers.iter().map(|it| (&it.issuer, &it.audience));
        let distinct: std::collections::BTreeSet<_> = names.collect();
        if distinct.len() < self.issuers.len() {
            return Err(("auth.issuers", "names an issuer twice with one audience".to_owned()));
        }
        Ok(())
    }
}

/// What is wrong with a secret for signing; `None` = nothing.
fn weakness(secret: &str) -> Option<&'static str> {
    if secret.len() < SECRET_BYTES_MIN {
        return Some("must have at least 32 bytes; `openssl rand -hex 32` makes one");
    }
    let variety: std::collections::BTreeSet<u8> = secret.bytes().collect();
    if variety.len() < SECRET_VARIETY_MIN {
        return Some("repeats itself too much to be a secret");
    }
    let lower = secret.to_ascii_lowercase();
    let placeholder = PLACEHOLDERS.iter().any(|it| lower.contains(it));
    placeholder.then_some("is the placeholder of an example")
}

/// Whether a principal of this name can be made.
#[must_use]
pub fn is_name(name: &Principal) -> bool {
    contracts::kinds::principal::is_name(name.as_str())
}

#[cfg(test)]
mod tests {
    use super::{Algorithm, Config, weakness};
    use crate::settings::Secret;

    #[test]
    fn a_weak_secret_is_refused() {
        for weak in [
            "",
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "changeme-0123456789abcdefghijklmnop",
            "abababababababababababababababababababab",
        ] {
            assert!(weakness(weak).is_some(), "{weak}");
            let hs256_secret = Some(Secret::new(weak.to_owned()));
            let algorithm = Algorithm::Hs256;
            let config = Config { algorithm, hs256_secret, ..Config::default() };
            assert_eq!(config.check().unwrap_err().0, "auth.hs256_secret", "{weak}");
        }
        let good = "9f2c4be8a01d77e3c5b6840f1ea2d93b7c15";
        assert_eq!(weakness(good), None);
        let none = Config { algorithm: Algorithm::Hs256, ..Config::default() };
        assert!(none.check().is_err());
    }

    #[test]
    fn what_comes_with_the_program_makes_sense() {
        assert_eq!(Config::default().check(), Ok(()));
        let issuer = Some("ftp://example.org".to_owned());
        assert!(Config { issuer, ..Config::default() }.check().is_err());
        assert!(Config { refresh_s: 10, ..Config::default() }.check().is_err());
    }
}
