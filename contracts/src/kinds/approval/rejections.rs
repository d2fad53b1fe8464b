//! Why an approval says no.

use serde_json::json;

use super::Status;
use crate::refusal::{Refusal, RefusalClass};

/// Why an approval says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// It was proposed already.
    Exists,
    /// There is no such approval.
    NotFound,
    /// It is settled.
    Settled(Status),
    /// Nobody says yes to what they ask for themselves.
    Own,
    /// They are not among those who may.
    NotAnApprover,
    /// They have said so already.
    Twice,
    /// The hash is another one's.
    OtherHash,
    /// Only who asked may withdraw.
    NotTheProposer,
    /// Its time has not passed.
    Early,
    /// Only the gate names a verdict.
    NotTheGate,
    /// The input breaks a rule.
    Invalid(Refusal),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let forbidden = |code: &'static str, message: &'static str| {
            Self::new(RefusalClass::Forbidden, code, message)
        };
        match rejection {
            Rejection::Exists => {
                Self::rejected("approval_exists", "this was proposed already; begin another")
            }
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such approval"),
            Rejection::Settled(status) => {
                Self::rejected("approval_settled", "the approval is settled already")
                    .details(json!({ "status": status }))
            }
            Rejection::Own => forbidden(
                "approval_own",
                "nobody decides about what they have asked for themselves",
            ),
            Rejection::NotAnApprover => {
                forbidden("not_an_approver", "you are not among those who decide about this")
            }
            Rejection::Twice => Self::rejected("approval_twice", "you have said yes already"),
            Rejection::OtherHash => Self::rejected(
                "approval_hash_differs",
                "the hash is not that of the proposed command: read it again",
            ),
            Rejection::NotTheProposer => {
                forbidden("not_an_approver", "only whoever asked may withdraw it")
            }
            Rejection::Early => Self::rejected("approval_pending", "its time has not passed yet"),
            Rejection::NotTheGate => {
                forbidden("not_an_approver", "`gate` is said by the gate alone")
            }
            Rejection::Invalid(refusal) => refusal,
        }
    }
}
