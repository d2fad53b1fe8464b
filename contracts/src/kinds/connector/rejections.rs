//! Why a connector says no.

use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a connector says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule.
    Invalid(Refusal),
    /// There is one of that name.
    Exists,
    /// There is none.
    NotFound,
    /// It is somebody else's.
    NotYours,
    /// It was ended.
    Revoked,
    /// It has no credential yet.
    Unsealed,
    /// Its credential is not come by this way.
    Mismatch,
    /// Too much is under way.
    Busy,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let conflict =
            |code: &'static str, message: &str| Self::new(RefusalClass::Conflict, code, message);
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Exists => conflict("actor_exists", "there is such a connector"),
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such connector"),
            Rejection::NotYours => Self::new(
                RefusalClass::Forbidden,
                "connector_not_yours",
                "a connector obeys its owner, and who may share connectors",
            ),
            Rejection::Revoked => {
                conflict("connector_revoked", "the connector was ended; create another")
            }
            Rejection::Unsealed => Self::rejected(
                "connector_unsealed",
                "the connector has no credential; give it a key or authorize it",
            ),
            Rejection::Mismatch => Self::rejected(
                "connector_auth_mismatch",
                "the connector's credential is not come by this way",
            ),
            Rejection::Busy => {
                let message = "too many checks of the connector are under way";
                Self::new(RefusalClass::Overloaded, "connector_busy", message).retry_after(1_000)
            }
        }
    }
}

pub(super) fn specs() -> Vec<RejectionSpec> {
    let spec = |code, about| RejectionSpec { code, about };
    vec![
        spec("actor_exists", "There is a connector of that name."),
        spec("actor_not_found", "There is no such connector."),
        spec("connector_auth_mismatch", "Its credential is not come by this way."),
        spec("connector_busy", "Too many checks are under way."),
        spec("connector_not_yours", "It is somebody else's."),
        spec("connector_revoked", "It was ended."),
        spec("connector_unsealed", "It has no credential yet."),
        spec("invalid_input", "A member of the input breaks a rule."),
    ]
}
