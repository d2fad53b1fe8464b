use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a subject says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// It never agreed to that.
    ConsentUnknown,
    /// It agrees to too much already.
    ConsentsFull,
    /// Its data must be kept.
    Held,
    /// No such erasure is under way.
    NotAsked,
    /// Only the program itself may say so.
    ByRoute,
    /// The input breaks a rule.
    Invalid(Refusal),
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::ConsentUnknown => {
                Self::rejected("consent_unknown", "the subject has not agreed to that")
            }
            Rejection::ConsentsFull => {
                let most = super::PURPOSES_MAX;
                Self::rejected("consents_full", format!("a subject has at most {most} purposes"))
            }
            Rejection::Held => Self::new(
                RefusalClass::Conflict,
                "legal_hold",
                "the data of this subject must be kept; release the hold first",
            ),
            Rejection::NotAsked => Self::new(
                RefusalClass::Conflict,
                "erasure_not_asked",
                "no erasure of this key is under way",
            ),
            Rejection::ByRoute => Self::new(
                RefusalClass::Forbidden,
                "erasure_by_route",
                "only the program says this; ask it with POST /v1/privacy/{id}/erase",
            ),
            Rejection::Invalid(refusal) => refusal,
        }
    }
}

pub(super) fn all() -> Vec<RejectionSpec> {
    let spec = |code, about| RejectionSpec { code, about };
    vec![
        spec("consent_unknown", "It has not agreed to what it withdraws from."),
        spec("consents_full", "It has agreed to 256 purposes already."),
        spec("legal_hold", "Its data must be kept."),
        spec("erasure_not_asked", "No erasure of this key is under way."),
        spec("erasure_by_route", "Only the program itself says that something is erased."),
    ]
}
