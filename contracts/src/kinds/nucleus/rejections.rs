//! Why a nucleus says no.

use serde_json::json;

use super::limits::{SHOWN_BYTES_MAX, WAITING_MAX, WAITING_RETRY_MS};
use crate::graph::StepId;
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a nucleus says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// There is no such nucleus.
    NotFound,
    /// Steps need each other in a circle.
    Cycle {
        /// Each needs the next.
        steps: Vec<StepId>,
    },
    /// A model's plan cannot be carried out, and could not be mended.
    PlanInvalid {
        /// Why not.
        reason: String,
    },
    /// There is no plan.
    NoPlan,
    /// The plan is carried out.
    GoesOn,
    /// Nothing is carried out.
    NotRunning,
    /// Nothing was carried out.
    NothingExecuted,
    /// The plan is too large to be shown to a person.
    TooLargeToShow,
    /// It was cancelled before anything began.
    Cancelled,
    /// Nobody said yes.
    NotAgreed {
        /// What became of the question.
        reason: String,
    },
    /// It waits for too many answers.
    TooManyWaiting,
    /// The model's answer does not follow the schema.
    ModelAnswerInvalid {
        /// In what.
        reason: String,
    },
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

fn conflict(code: &'static str, message: &str) -> Refusal {
    Refusal::new(RefusalClass::Conflict, code, message)
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such nucleus"),
            Rejection::Cycle { steps } => Self::new(
                RefusalClass::Malformed,
                "graph_cycle",
                format!("steps need each other in a circle: {}", steps.join(" → ")),
            )
            .details(json!({ "steps": steps })),
            Rejection::PlanInvalid { reason } => {
                Self::rejected("plan_invalid", format!("the plan cannot be carried out: {reason}"))
            }
            Rejection::NoPlan => conflict("plan_needed", "there is no plan; `plan` or `adopt` one"),
            Rejection::GoesOn => conflict(
                "execution_goes_on",
                "the plan is carried out; cancel it, or wait for its end",
            ),
            Rejection::NotRunning => conflict("execution_over", "nothing is carried out"),
            Rejection::NothingExecuted => {
                conflict("nothing_executed", "nothing was carried out that could be told of")
            }
            Rejection::TooLargeToShow => Self::rejected(
                "plan_too_large_to_show",
                format!(
                    "the plan has more than {SHOWN_BYTES_MAX} bytes of JSON; nobody is asked for a \
                     yes to what cannot be shown"
                ),
            ),
            Rejection::Cancelled => {
                conflict("execution_cancelled", "it was cancelled before anything began")
            }
            Rejection::NotAgreed { reason } => {
                Self::new(RefusalClass::Forbidden, "plan_not_agreed", reason)
            }
            Rejection::TooManyWaiting => Self::new(
                RefusalClass::Overloaded,
                "too_many_waiting",
                format!("the nucleus already waits for {WAITING_MAX} answers of models"),
            )
            .retry_after(WAITING_RETRY_MS),
            Rejection::ModelAnswerInvalid { reason } => Self::rejected(
                "model_answer_invalid",
                format!("the model's answer does not follow the schema: {reason}"),
            ),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such nucleus."),
        ("graph_cycle", "Steps of the plan need each other in a circle; they are named."),
        ("plan_invalid", "What a model planned cannot be carried out, and was not mended."),
        ("plan_needed", "There is no plan."),
        ("execution_goes_on", "The plan is carried out at this moment."),
        ("execution_over", "Nothing is carried out that could be cancelled."),
        ("nothing_executed", "Nothing was carried out that could be done anew or put together."),
        ("plan_too_large_to_show", "The plan is too large to ask somebody for a yes to it."),
        ("execution_cancelled", "It was cancelled before anything began."),
        ("plan_not_agreed", "Nobody said yes to the plan."),
        ("too_many_waiting", "The nucleus waits for too many answers of models."),
        ("model_answer_invalid", "The model's answer does not follow the schema."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
