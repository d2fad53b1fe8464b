use super::{Flow, Fut, PortError};

/// A value and the revision that it stands at.
#[derive(Clone, PartialEq, Eq)]
pub struct Versioned {
    /// Its bytes.
    pub value: Vec<u8>,
    /// Rises with each change of any value of the store.
    pub revision: u64,
}

impl std::fmt::Debug for Versioned {
    /// Shows how long the value is: it may be a secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Versioned")
            .field("value_bytes", &self.value.len())
            .field("revision", &self.revision)
            .finish()
    }
}

/// A change of a store: a name, and what it is now (`None` = deleted).
pub type StoreChange = (String, Option<Versioned>);

/// A store: small values under names, changed by compare-and-set. A name has 1 to 512 bytes of any
/// sort; what ends in `/` is a folder to [`Store::names`]. Values are smaller than a message.
///
/// `Unavailable` may mean that a change was made and its acknowledgement lost: whoever tries again
/// reads first.
pub trait Store: Send + Sync {
    /// What `name` is now, read from the leader.
    fn get<'a>(&'a self, name: &'a str) -> Fut<'a, Result<Option<Versioned>, PortError>>;

    /// Gives a free name a value and returns its revision; `None` = somebody else was first. With
    /// `ttl_ms` it is forgotten by itself after so many milliseconds, rounded up to a second; a
    /// later update keeps it.
    fn create<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        ttl_ms: Option<u64>,
    ) -> Fut<'a, Result<Option<u64>, PortError>>;

    /// Changes a value and returns its new revision; `None` = it is no longer at `revision`.
    fn update<'a>(
        &'a self,
        name: &'a str,
        value: Vec<u8>,
        revision: u64,
    ) -> Fut<'a, Result<Option<u64>, PortError>>;

    /// Erases a value: its bytes are overwritten where the store keeps them. `false` = it is no
    /// longer at `revision`.
    fn delete<'a>(&'a self, name: &'a str, revision: u64) -> Fut<'a, Result<bool, PortError>>;

    /// The names that begin with `prefix`, in order.
    fn names<'a>(&'a self, prefix: &'a str) -> Fut<'a, Result<Vec<String>, PortError>>;

    /// Every change from now on, for caches. A change of a moment ago may come too, a name that
    /// changed several times while nobody listened comes once, and a value that is forgotten by
    /// itself is not told. It has no end and hides interruptions.
    fn watch(&self) -> Flow<Result<StoreChange, PortError>>;
}

/// The longest name, in bytes.
pub const STORE_NAME_BYTES_MAX: usize = 512;
