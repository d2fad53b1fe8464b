//! How a model call can fail: ten stable codes, the same for every provider.

use contracts::{Refusal, RefusalClass};

/// Pause that is advised after a passing trouble, in milliseconds.
const RETRY_AFTER_MS: u64 = 1_000;

/// Why a model gave no answer. The texts never hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The provider refuses the credential. Trying again does not help.
    #[error("the provider refuses the credential")]
    Auth,
    /// The request is against the provider's rules. Trying again does not help.
    #[error("the request cannot be answered: {0}")]
    Validation(String),
    /// Too many requests; try again after so many milliseconds.
    #[error("the provider asks for fewer requests")]
    RateLimit {
        /// When it is worth trying again, in milliseconds; `None` = the provider does not say.
        retry_after_ms: Option<u64>,
    },
    /// No answer in time; trying again may help.
    #[error("the provider gave no answer in time")]
    Timeout,
    /// The provider failed; trying again may help.
    #[error("the provider failed: {0}")]
    Provider(String),
    /// The provider cannot be reached; trying again may help.
    #[error("the provider cannot be reached: {0}")]
    Network(String),
    /// The provider has no such model.
    #[error("the provider has no model {0}")]
    NotFound(String),
    /// The provider will not answer this. Trying again does not help.
    #[error("the provider's content filter refuses the request or the answer")]
    ContentFilter,
    /// The account's means are used up. Trying again does not help.
    #[error("the provider's quota is used up")]
    Quota,
    /// A fault of ours.
    #[error("the model adapter failed: {0}")]
    Internal(String),
}

impl ModelError {
    /// The stable code, as in `docs/errors/`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Auth => "model_auth",
            Self::Validation(_) => "model_validation",
            Self::RateLimit { .. } => "model_rate_limit",
            Self::Timeout => "model_timeout",
            Self::Provider(_) => "model_provider",
            Self::Network(_) => "model_network",
            Self::NotFound(_) => "model_not_found",
            Self::ContentFilter => "model_content_filter",
            Self::Quota => "model_quota",
            Self::Internal(_) => "model_internal",
        }
    }

    /// Whether the same request may be answered later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        self.retry_after_ms().is_some()
    }

    const fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::RateLimit { retry_after_ms: Some(ms) } => Some(*ms),
            Self::RateLimit { .. } | Self::Timeout | Self::Provider(_) | Self::Network(_) => {
                Some(RETRY_AFTER_MS)
            }
            _ => None,
        }
    }

    const fn class(&self) -> RefusalClass {
        match self {
            Self::Auth | Self::Validation(_) | Self::ContentFilter | Self::Quota => {
                RefusalClass::Rejected
            }
            Self::RateLimit { .. } => RefusalClass::Overloaded,
            Self::Timeout => RefusalClass::Timeout,
            Self::Provider(_) | Self::Network(_) => RefusalClass::Unavailable,
            Self::NotFound(_) => RefusalClass::NotFound,
            Self::Internal(_) => RefusalClass::Internal,
        }
    }
}

impl From<ModelError> for Refusal {
    fn from(error: ModelError) -> Self {
        let refusal = Self::new(error.class(), error.code(), error.to_string());
        match error.retry_after_ms() {
            Some(ms) => refusal.retry_after(ms),
            None => refusal,
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::{Refusal, RefusalClass};

    use super::ModelError;

    #[test]
    fn passing_trouble_says_when_to_try_again_and_lasting_trouble_does_not() {
        let passing = [
            ModelError::RateLimit { retry_after_ms: None },
            ModelError::Timeout,
            ModelError::Provider("500".to_owned()),
            ModelError::Network("refused".to_owned()),
        ];
        for error in passing {
            assert!(error.is_retryable(), "{error:?}");
            assert_eq!(Refusal::from(error).retry_after_ms, Some(1_000));
        }
        let lasting = [
            ModelError::Auth,
            ModelError::Validation(String::new()),
            ModelError::NotFound(String::new()),
            ModelError::ContentFilter,
            ModelError::Quota,
            ModelError::Internal(String::new()),
        ];
        for error in lasting {
            assert!(!error.is_retryable(), "{error:?}");
            let refusal = Refusal::from(error);
            assert_eq!(refusal.retry_after_ms, None);
            let retried =
                [RefusalClass::Overloaded, RefusalClass::Unavailable, RefusalClass::Timeout];
            assert!(!retried.contains(&refusal.class), "{refusal}");
        }
    }

    #[test]
    fn the_pause_that_a_provider_asks_for_is_passed_on() {
        let refusal = Refusal::from(ModelError::RateLimit { retry_after_ms: Some(7_000) });
        assert_eq!(refusal.retry_after_ms, Some(7_000));
        assert_eq!(refusal.code, "model_rate_limit");
    }
}
