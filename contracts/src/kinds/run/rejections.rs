//! Why a run says no, at once or when it fails.

use serde_json::json;

use super::limits::{GRAPH_OUTPUT_BYTES_MAX, JOINED_MAX, RUN_BYTES_MAX, SCHEMA_BREAKS_MAX};
use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// When somebody may try again to wait for its end, in milliseconds.
const WAITING_RETRY_MS: u64 = 1_000;

/// Why a run says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule; each member at fault is named.
    Invalid(Refusal),
    /// There is no such run.
    NotFound,
    /// It was begun before.
    Exists,
    /// It is over.
    Over,
    /// It waits for no tool.
    NotWaiting,
    /// It waits for no such call.
    CallUnknown {
        /// Which.
        call: String,
    },
    /// The model was asked as often as it may be, and still calls tools.
    RoundsExceeded {
        /// How often.
        rounds: u32,
    },
    /// It took longer than it may.
    Late,
    /// Its turns no longer fit.
    TooLarge,
    /// The answer broke the schema again and again.
    OutputInvalid {
        /// In what.
        reason: String,
    },
    /// Somebody cancelled it.
    Cancelled,
    /// Too many commands wait for its end.
    TooManyWaiting,
    /// A run of a graph says no.
    Graph(GraphRejection),
}

/// Why a run of a graph says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GraphRejection {
    /// Its steps need each other in a circle.
    Cycle {
        /// The steps, each needing the next.
        steps: Vec<String>,
    },
    /// A step failed, and the others were not to go on without it.
    StepFailed {
        /// Which.
        step: String,
        /// With which code.
        code: String,
        /// Why.
        reason: String,
    },
    /// It goes on.
    GoesOn,
    /// It is a run of a model, not of a graph.
    NoGraph,
    /// What it gives is too large.
    OutputTooLarge,
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such run"),
            Rejection::Exists => {
                Self::new(RefusalClass::Conflict, "actor_exists", "the run was begun before")
            }
            Rejection::Over => {
                Self::new(RefusalClass::Conflict, "run_over", "the run is over; begin another")
            }
            Rejection::NotWaiting => Self::new(
                RefusalClass::Conflict,
                "run_not_waiting",
                "the run waits for none of the caller's tools",
            ),
            Rejection::CallUnknown { call } => Self::rejected(
                "tool_call_unknown",
                format!("the run waits for no answer to the call {call}"),
            ),
            Rejection::RoundsExceeded { rounds } => Self::rejected(
                "run_rounds_exceeded",
                format!("the model was asked {rounds} times and still calls tools"),
            ),
            Rejection::Late => Self::new(
                RefusalClass::Timeout,
                "run_timeout",
                "the run took longer than its timeout_s",
            ),
            Rejection::TooLarge => Self::new(
                RefusalClass::TooLarge,
                "run_too_large",
                format!("the turns of a run have at most {RUN_BYTES_MAX} bytes"),
            ),
            Rejection::OutputInvalid { reason } => Self::rejected(
                "model_output_invalid",
                format!("the model's answer broke the schema {SCHEMA_BREAKS_MAX} times: {reason}"),
            ),
            Rejection::Cancelled => {
                Self::new(RefusalClass::Conflict, "run_cancelled", "the run was cancelled")
            }
            Rejection::TooManyWaiting => Self::new(
                RefusalClass::Overloaded,
                "too_many_waiting",
                format!("{JOINED_MAX} commands wait for the end of the run"),
            )
            .retry_after(WAITING_RETRY_MS),
            Rejection::Graph(rejection) => rejection.into(),
        }
    }
}

impl From<GraphRejection> for Rejection {
    fn from(rejection: GraphRejection) -> Self {
        Self::Graph(rejection)
    }
}

impl From<GraphRejection> for Refusal {
    fn from(rejection: GraphRejection) -> Self {
        match rejection {
            GraphRejection::Cycle { steps } => Self::new(
                RefusalClass::Malformed,
                "graph_cycle",
                format!("steps need each other in a circle: {}", steps.join(" → ")),
            )
            .details(json!({ "steps": steps })),
            GraphRejection::StepFailed { step, code, reason } => {
                Self::rejected("step_failed", format!("the step {step} failed: {code}: {reason}"))
                    .details(json!({ "step": step, "code": code }))
            }
            GraphRejection::GoesOn => Self::new(
                RefusalClass::Conflict,
                "run_goes_on",
                "the run goes on; cancel it, or wait for its end",
            ),
            GraphRejection::NoGraph => Self::new(
                RefusalClass::Conflict,
                "run_not_a_graph",
                "the run is one of a model; only steps of a graph can be done anew",
            ),
            GraphRejection::OutputTooLarge => Self::new(
                RefusalClass::TooLarge,
                "run_output_too_large",
                format!("what a graph gives has at most {GRAPH_OUTPUT_BYTES_MAX} bytes of JSON"),
            ),
        }
    }
}

/// The rejections as documented.
pub(super) fn specs() -> Vec<RejectionSpec> {
    [
        ("invalid_input", "The input breaks a rule; each member at fault is named."),
        ("actor_not_found", "There is no such run."),
        ("actor_exists", "The run was begun before."),
        ("run_over", "The run has answered, failed or was cancelled."),
        ("run_not_waiting", "The run waits for none of the caller's tools."),
        ("tool_call_unknown", "The run waits for no answer to this call."),
        ("run_rounds_exceeded", "The model was asked as often as it may be, and calls tools."),
        ("run_timeout", "The run took longer than its `timeout_s`."),
        ("run_too_large", "The turns of the run no longer fit."),
        ("model_output_invalid", "The model's answer broke the schema twice."),
        ("run_cancelled", "The run was cancelled."),
        ("too_many_waiting", "Too many commands wait for its end."),
        ("graph_cycle", "Steps of the graph need each other in a circle; they are named."),
        ("step_failed", "A step failed, and the others do not go on without it."),
        ("run_goes_on", "The run is not over yet."),
        ("run_not_a_graph", "The run is one of a model, not of a graph."),
        ("run_output_too_large", "What the graph gives does not fit."),
    ]
    .map(|(code, about)| RejectionSpec { code, about })
    .into()
}
