//! What the errors of `OpenAI` and its like mean.

use crate::model::error::ModelError;
use crate::model::wire::{Failure, Refused, by_status, text};

/// What an error means: by its code or type where it is known, otherwise by its status.
#[must_use]
pub fn refused(refused: &Refused<'_>) -> Failure {
    let error = &refused.body["error"];
    for word in [text(&error["code"]), text(&error["type"]), text(&error["innererror"]["code"])] {
        let known = match word {
            "insufficient_quota" | "billing_hard_limit_reached" | "insufficient_balance" => {
                ModelError::Quota
            }
            "content_filter" | "content_policy_violation" | "ResponsibleAIPolicyViolation" => {
                ModelError::ContentFilter
            }
            "model_not_found" | "DeploymentNotFound" => {
                ModelError::NotFound(refused.model.to_owned())
            }
            "invalid_api_key" | "authentication_error" => ModelError::Auth,
            // A server that loads its model has not begun.
            "rate_limit_exceeded" | "unavailable_error" => return busy(refused, None),
            _ => continue,
        };
        return Failure::failed(known);
    }
    if refused.status == 503
        && let Some(seconds) = refused.body["estimated_time"].as_f64()
    {
        return busy(refused, Some(seconds));
    }
    if refused.status < 300 {
        return Failure::failed(ModelError::Provider(refused.words()));
    }
    by_status(refused)
}

fn busy(refused: &Refused<'_>, seconds: Option<f64>) -> Failure {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float saturates"
    )]
    let told = seconds.map(|seconds| (seconds * 1_000.0).ceil() as u64);
    let retry_after_ms = refused.retry_after_ms.or(told);
    let error = ModelError::RateLimit { retry_after_ms };
    let failure = if refused.begun { Failure::failed(error) } else { Failure::nothing(error) };
    Failure { retry_after_ms, ..failure }
}
