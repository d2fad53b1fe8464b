//! Refusals in A2A's own codes. What is no matter of A2A (credentials, rights, limits) is told by
//! the status of the answer and in the words of the rest of the interface, as A2A wants it.

use contracts::{Refusal, RefusalClass};
use serde_json::{Value, json};

/// Where A2A's own reasons are defined.
const DOMAIN: &str = "a2a-protocol.org";

/// What is wrong, as A2A calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// There is no such task, or the caller may not know.
    TaskNotFound,
    /// The task is over.
    TaskNotCancelable,
    /// It cannot be done, or not now.
    UnsupportedOperation,
    /// A media type that is not taken, or cannot be given.
    ContentTypeNotSupported,
    /// Another version is spoken here.
    VersionNotSupported,
    /// A parameter is at fault.
    InvalidParams,
    /// It is no request.
    InvalidRequest,
    /// There is no such method.
    MethodNotFound,
    /// It is no JSON.
    Parse,
    /// A fault of ours.
    Internal,
}

impl Reason {
    /// The reason of a refusal; `None` = it is no matter of A2A.
    #[must_use]
    pub fn of(refusal: &Refusal) -> Option<Self> {
        Some(match refusal.code.as_ref() {
            "actor_not_found" => Self::TaskNotFound,
            "task_not_cancelable" => Self::TaskNotCancelable,
            "unsupported_version" => Self::VersionNotSupported,
            "unknown_route" => Self::MethodNotFound,
            "invalid_json" | "invalid_utf8" | "body_unreadable" => Self::Parse,
            "invalid_message" => Self::InvalidRequest,
            "idempotency_conflict" => Self::InvalidParams,
            // Whose house it is, the credential says.
            "unknown_tenant" => return None,
            _ => match refusal.class {
                RefusalClass::Unauthenticated
                | RefusalClass::Forbidden
                | RefusalClass::Overloaded
                | RefusalClass::Unavailable => return None,
                RefusalClass::Malformed
                | RefusalClass::NotFound
                | RefusalClass::Precondition
                | RefusalClass::Rejected
                | RefusalClass::TooLarge => Self::InvalidParams,
                RefusalClass::Conflict | RefusalClass::Unsupported => Self::UnsupportedOperation,
                RefusalClass::UnsupportedMedia => Self::ContentTypeNotSupported,
                RefusalClass::Internal | RefusalClass::Timeout => Self::Internal,
                RefusalClass::MethodNotAllowed | RefusalClass::NotAcceptable => return None,
            },
        })
    }

    /// Its code in JSON-RPC.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::TaskNotFound => -32_001,
            Self::TaskNotCancelable => -32_002,
            Self::UnsupportedOperation => -32_004,
            Self::ContentTypeNotSupported => -32_005,
            Self::VersionNotSupported => -32_009,
            Self::InvalidParams => -32_602,
            Self::InvalidRequest => -32_600,
            Self::MethodNotFound => -32_601,
            Self::Parse => -32_700,
            Self::Internal => -32_603,
        }
    }

    /// Its status over HTTP, and what gRPC calls that.
    #[must_use]
    pub const fn status(self) -> (u16, &'static str) {
        match self {
            Self::TaskNotFound | Self::MethodNotFound => (404, "NOT_FOUND"),
            Self::TaskNotCancelable | Self::UnsupportedOperation | Self::VersionNotSupported => {
                (400, "FAILED_PRECONDITION")
            }
            Self::ContentTypeNotSupported
            | Self::InvalidParams
            | Self::InvalidRequest
            | Self::Parse => (400, "INVALID_ARGUMENT"),
            Self::Internal => (500, "INTERNAL"),
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TaskNotFound => "TASK_NOT_FOUND",
            Self::TaskNotCancelable => "TASK_NOT_CANCELABLE",
            Self::UnsupportedOperation => "UNSUPPORTED_OPERATION",
            Self::ContentTypeNotSupported => "CONTENT_TYPE_NOT_SUPPORTED",
            Self::VersionNotSupported => "VERSION_NOT_SUPPORTED",
            Self::InvalidParams => "INVALID_PARAMS",
            Self::InvalidRequest | Self::Parse => "INVALID_REQUEST",
            Self::MethodNotFound => "METHOD_NOT_FOUND",
            Self::Internal => "INTERNAL_ERROR",
        }
    }
}

/// What both bindings tell of it: the reason with our own code, and the members at fault.
fn details(reason: Reason, refusal: &Refusal) -> Value {
    let mut all = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason.name(),
        "domain": DOMAIN,
        "metadata": { "code": refusal.code },
    })];
    if !refusal.errors.is_empty() {
        let fields = refusal.errors.iter();
        let fields = fields.map(|it| json!({ "field": it.field, "description": it.message }));
        all.push(json!({
            "@type": "type.googleapis.com/google.rpc.BadRequest",
            "fieldViolations": fields.collect::<Vec<_>>(),
        }));
    }
    all.into()
}

/// The error of a JSON-RPC answer.
#[must_use]
pub fn rpc(reason: Reason, refusal: &Refusal) -> Value {
    json!({
        "code": reason.code(), "message": refusal.message, "data": details(reason, refusal),
    })
}

/// The body of an answer over plain HTTP.
#[must_use]
pub fn http(reason: Reason, refusal: &Refusal) -> Value {
    let (code, status) = reason.status();
    json!({ "error": {
        "code": code, "status": status, "message": refusal.message,
        "details": details(reason, refusal),
    } })
}

#[cfg(test)]
mod tests {
    use contracts::{Refusal, RefusalClass};

    use super::{Reason, http, rpc};

    #[test]
    fn what_a2a_has_a_code_for_is_told_in_it() {
        let refusal = Refusal::not_found("actor_not_found", "there is no such task");
        let reason = Reason::of(&refusal).expect("a reason");
        assert_eq!(rpc(reason, &refusal)["code"], -32_001);
        let told = http(reason, &refusal);
        assert_eq!(told["error"]["status"], "NOT_FOUND");
        assert_eq!(told["error"]["details"][0]["reason"], "TASK_NOT_FOUND");
        assert_eq!(told["error"]["details"][0]["metadata"]["code"], "actor_not_found");
    }

    #[test]
    fn members_at_fault_are_named() {
        let refusal = crate::dialects::common::fields::wrong("message.parts", "is needed");
        let told = rpc(Reason::of(&refusal).expect("a reason"), &refusal);
        assert_eq!(told["code"], -32_602);
        assert_eq!(told["data"][1]["fieldViolations"][0]["field"], "message.parts");
    }

    #[test]
    fn credentials_rights_and_limits_are_no_matter_of_a2a() {
        for class in [
            RefusalClass::Unauthenticated,
            RefusalClass::Forbidden,
            RefusalClass::Overloaded,
            RefusalClass::Unavailable,
        ] {
            assert_eq!(Reason::of(&Refusal::new(class, "some_code", "no")), None, "{class:?}");
        }
    }
}
