//! The name of a request: equal requests have equal hashes, in every process and for ever.

use contracts::model::ModelRequest;
use contracts::{Hash, state_hash};

use super::error::ModelError;

/// BLAKE3 of the canonical JSON of `request`.
///
/// # Errors
/// [`ModelError::Validation`] when a number of the request has no canonical form.
pub fn request_hash(request: &ModelRequest) -> Result<Hash, ModelError> {
    let value = serde_json::to_value(request)
        .map_err(|error| ModelError::Internal(format!("a request that is no JSON: {error}")))?;
    state_hash(&value).map_err(|error| ModelError::Validation(error.to_string()))
}
