use super::PortError;

/// Keeps keys under the master key of the system, so that a store of them is worth nothing to who
/// has not that one.
pub trait Wrap: Send + Sync {
    /// 32 bytes that nobody can guess.
    ///
    /// # Errors
    /// When the system gives none.
    fn fresh(&self) -> Result<[u8; 32], PortError>;

    /// `key` as it may be kept; it can be unwrapped under the same `context` only.
    ///
    /// # Errors
    /// `Refused` when it cannot be.
    fn wrap(&self, context: &str, key: &[u8; 32]) -> Result<Vec<u8>, PortError>;

    /// What [`Wrap::wrap`] was given.
    ///
    /// # Errors
    /// `Damaged` when it was wrapped under another master key or context, or changed.
    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<[u8; 32], PortError>;
}
