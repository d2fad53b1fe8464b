//! What the errors of Google's services mean.

use serde_json::Value;

use crate::model::error::ModelError;
use crate::model::wire::{Failure, Refused, by_status, text};

/// What an error means: by its status word where it is known, otherwise by its number.
#[must_use]
pub fn refused(refused: &Refused<'_>) -> Failure {
    // Vertex wraps some into a list.
    let body = refused.body.get(0).unwrap_or(refused.body);
    let told = Refused { body, ..*refused };
    let error = &body["error"];
    let details = error["details"].as_array().map_or(&[][..], Vec::as_slice);
    if details.iter().any(|one| one["reason"] == "API_KEY_INVALID") {
        return Failure::failed(ModelError::Auth);
    }
    let known = match text(&error["status"]) {
        "UNAUTHENTICATED" | "PERMISSION_DENIED" => ModelError::Auth,
        "NOT_FOUND" => ModelError::NotFound(refused.model.to_owned()),
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" | "OUT_OF_RANGE" => {
            ModelError::Validation(told.words())
        }
        "RESOURCE_EXHAUSTED" => {
            let retry_after_ms = details.iter().find_map(delay_ms).or(refused.retry_after_ms);
            let busy = ModelError::RateLimit { retry_after_ms };
            let failure =
                if refused.begun { Failure::failed(busy) } else { Failure::nothing(busy) };
            return Failure { retry_after_ms, ..failure };
        }
        _ if refused.status < 300 => ModelError::Provider(told.words()),
        _ => return by_status(&told),
    };
    Failure::failed(known)
}

/// `retryDelay`, such as `17.5s`.
fn delay_ms(detail: &Value) -> Option<u64> {
    let seconds: f64 = detail["retryDelay"].as_str()?.strip_suffix('s')?.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float saturates"
    )]
    let ms = (seconds * 1_000.0).ceil() as u64;
    Some(ms)
}
