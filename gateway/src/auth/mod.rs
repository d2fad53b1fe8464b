//! Who calls: credentials and what they entitle to.

pub mod admin_key;
pub mod codes;
pub mod config;
mod credential;
mod fault;
mod issuers;
pub mod jws;
pub(crate) mod keys;
mod outside;
mod passwords;
mod seal;
pub mod signing;
#[cfg(test)]
mod tests;
mod throttle;
mod tokens;

use std::sync::Arc;

pub use admin_key::{AdminKey, AdminKeyError};
use contracts::Refusal;
use contracts::caller::Identity;
use contracts::ports::{Fut, Store};
pub use credential::{Credential, credential};
pub use fault::Fault;
pub use issuers::Issuer;
pub use keys::{FreshKey, KeyRing, now};
pub use outside::Outside;
pub use passwords::{Hasher, Passwords};
pub use seal::Seal;
#[cfg(test)]
pub(crate) use seal::testing;
pub use throttle::{Limits, Throttle, Try};
pub use tokens::{Claims, Made, Sort, Subject, Tokens};

pub use self::config::Config;
use crate::problem;

/// Checks credentials. It must take the same time for a wrong credential whatever is wrong with it.
pub trait Authenticator: Send + Sync {
    /// Who presents `credential`; `None` = nobody that is known.
    fn authenticate(&self, credential: &str) -> Option<Identity>;

    /// Who presents `credential`, or what is wrong with it.
    ///
    /// # Errors
    /// `unauthenticated`; for a token what is wrong with it.
    fn judge(&self, credential: &str) -> Result<Identity, Refusal> {
        self.authenticate(credential).ok_or_else(problem::codes::unauthenticated)
    }

    /// Waits for what judging `credential` needs to know; judging itself waits for nothing.
    fn prepare<'a>(&'a self, credential: &'a str) -> Fut<'a, ()> {
        let _ = credential;
        Box::pin(std::future::ready(()))
    }
}

/// All that signing in takes.
pub struct SignIn {
    /// What the operator has set.
    pub config: Config,
    /// Where strangers find what they need to check tokens: whom the operator names as the issuer,
    /// else this node.
    pub base: String,
    /// Makes and checks tokens.
    pub tokens: Arc<Tokens>,
    /// Hashes and checks passwords.
    pub hasher: Hasher,
    /// Slows down who guesses.
    pub throttle: Throttle,
    /// Single-use links, until they are used or over.
    pub tickets: Arc<dyn Store>,
    /// Seals what waits in the store.
    pub seal: Arc<dyn Seal>,
}
