//! What the errors of messages mean.

use crate::model::error::ModelError;
use crate::model::wire::{Failure, Refused, by_status, text};

/// What an error means: by its type where it is known, otherwise by its status.
#[must_use]
pub fn refused(refused: &Refused<'_>) -> Failure {
    let error = &refused.body["error"];
    let retry_after_ms = refused.retry_after_ms;
    let known = match text(&error["type"]) {
        "overloaded_error" | "rate_limit_error" => {
            let busy = ModelError::RateLimit { retry_after_ms };
            let failure =
                if refused.begun { Failure::failed(busy) } else { Failure::nothing(busy) };
            return Failure { retry_after_ms, ..failure };
        }
        "authentication_error" | "permission_error" => ModelError::Auth,
        "billing_error" => ModelError::Quota,
        "not_found_error" => ModelError::NotFound(refused.model.to_owned()),
        "invalid_request_error" | "request_too_large" => {
            // There it has no type of its own.
            let words = text(&error["message"]);
            if words.contains("credit balance") {
                ModelError::Quota
            } else {
                ModelError::Validation(refused.words())
            }
        }
        "api_error" | "timeout_error" => ModelError::Provider(refused.words()),
        _ if refused.status < 300 => ModelError::Provider(refused.words()),
        _ => return by_status(refused),
    };
    Failure::failed(known)
}
