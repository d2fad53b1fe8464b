//! The master key as those see it who keep keys of their own under it.

use contracts::ports::{PortError, Wrap};

use super::{MasterKey, wrapped};

impl Wrap for MasterKey {
    fn fresh(&self) -> Result<[u8; 32], PortError> {
        wrapped::random().map_err(|error| PortError::Refused(error.to_string()))
    }

    fn wrap(&self, context: &str, key: &[u8; 32]) -> Result<Vec<u8>, PortError> {
        Self::wrap(self, context, key).map_err(|error| PortError::Refused(error.to_string()))
    }

    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<[u8; 32], PortError> {
        let key = Self::unwrap(self, context, wrapped);
        let key = key.map_err(|error| PortError::Damaged(error.to_string()))?;
        key.try_into().map_err(|_| PortError::Damaged("a key has 32 bytes".to_owned()))
    }
}
