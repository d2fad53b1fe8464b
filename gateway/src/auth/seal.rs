//! What keeps secrets from whoever reads the log or the store.

use contracts::Refusal;

use crate::vault::MasterKey;

/// Seals bytes under the master key, bound to what they are.
pub trait Seal: Send + Sync {
    /// `bytes`, sealed for `context`.
    ///
    /// # Errors
    /// `internal` when there is no randomness.
    fn wrap(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, Refusal>;

    /// What was sealed for `context`.
    ///
    /// # Errors
    /// When it was sealed for something else, under another key, or changed since.
    fn unwrap(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Refusal>;
}

impl Seal for MasterKey {
    fn wrap(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok(Self::wrap(self, context, bytes)?)
    }

    fn unwrap(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok(Self::unwrap(self, context, sealed)?)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use contracts::{Hash, Refusal};

    use super::Seal;

    /// A seal for tests: bound to its context, and not what it seals.
    pub(crate) struct Toy;

    impl Seal for Toy {
        fn wrap(&self, context: &str, bytes: &[u8]) -> Result<Vec<u8>, Refusal> {
            let mut sealed = Hash::of(context.as_bytes()).0.to_vec();
            sealed.extend(bytes.iter().map(|byte| byte ^ 0x5a));
            Ok(sealed)
        }

        fn unwrap(&self, context: &str, sealed: &[u8]) -> Result<Vec<u8>, Refusal> {
            let wrong = || Refusal::internal("sealed for something else");
            let (head, rest) = sealed.split_at_checked(32).ok_or_else(wrong)?;
            if head != Hash::of(context.as_bytes()).0 {
                return Err(wrong());
            }
            Ok(rest.iter().map(|byte| byte ^ 0x5a).collect())
        }
    }
}
