//! Who calls: credentials and what they entitle to.

pub mod admin_key;
mod credential;
mod keys;

pub use admin_key::{AdminKey, AdminKeyError};
use contracts::caller::Identity;
pub use credential::{Credential, credential};
pub use keys::{FreshKey, KeyRing};

/// Checks credentials. It must take the same time for a wrong credential whatever is wrong with it.
pub trait Authenticator: Send + Sync {
    /// Who presents `credential`; `None` = nobody that is known.
    fn authenticate(&self, credential: &str) -> Option<Identity>;
}
