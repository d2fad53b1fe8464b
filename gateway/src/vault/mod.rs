//! What may be kept and never shown: a master key, what is wrapped under it, and the store of
//! sealed secrets.
//!
//! A wrapped value says under which version of the master key it lies, so that a new version can be
//! put over old values one by one, without knowing what is in them.

mod master_key;
mod rotation;
mod secrets;
mod tenants;
mod wrapped;
mod wrapping;

pub use master_key::{FILE, MasterKey};
pub use rotation::{Rotated, rotate};
pub use secrets::{SECRET_BYTES_MAX, SecretInfo, Vault};
pub use tenants::name_of;

/// What can go wrong with sealed things. No message has anything of a value in it.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The file of the master key cannot be used.
    #[error("the master key at {path}: {reason}")]
    KeyFile {
        /// Which file.
        path: std::path::PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A value was wrapped under a version of the master key that is not here.
    #[error("it is wrapped under version {0} of the master key, which is not in the key file")]
    NoVersion(u32),
    /// A value that is none of ours, was wrapped for another purpose, or was changed.
    #[error("it cannot be opened: it was changed, or wrapped for something else")]
    Broken,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
    /// Somebody else changed it at the same moment.
    #[error("somebody else changes it at this moment; try again")]
    Contended,
    /// The store is away or refuses.
    #[error(transparent)]
    Store(#[from] contracts::ports::PortError),
}

impl From<VaultError> for contracts::Refusal {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            VaultError::Contended => Self::unavailable("log_unavailable", error.to_string()),
            VaultError::KeyFile { .. } | VaultError::NoVersion(_) | VaultError::Broken => {
                crate::problem::codes::secret_sealed(&error.to_string())
            }
            VaultError::Random => Self::internal(error.to_string()),
        }
    }
}
