use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why a principal says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// There is one of this name.
    Exists,
    /// Nobody may be called so.
    Name,
    /// Nobody changes what he may himself.
    OwnRights,
    /// Nobody gives what is not his.
    Exceeds(String),
    /// There is no such role here.
    RoleUnknown(String),
    /// It has as many of these as one may have.
    TooMany(&'static str),
    /// A key of this id was issued before.
    KeyExists,
    /// It has no such key, or not any more.
    KeyUnknown,
    /// It has no such session, or not any more.
    SessionUnknown,
    /// It may do nothing.
    Suspended,
    /// It has as many sessions as it may have.
    Sessions,
    /// Only signing in does this, which has seen the proof.
    Unproved,
    /// The input breaks a rule.
    Invalid(Refusal),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let forbidden =
            |code: &'static str, text: String| Self::new(RefusalClass::Forbidden, code, text);
        let conflict =
            |code: &'static str, text: &str| Self::new(RefusalClass::Conflict, code, text);
        match rejection {
            Rejection::Exists => conflict("principal_exists", "there is a principal of this name"),
            Rejection::Name => Self::rejected(
                "principal_name_invalid",
                "a principal's name has at most 63 characters, no @, and is none of admin, \
                 publisher and runtime",
            ),
            Rejection::OwnRights => {
                forbidden("own_rights", "nobody changes what he may do himself".to_owned())
            }
            Rejection::Exceeds(what) => forbidden(
                "grant_exceeds_rights",
                format!("you cannot give {what}, since you do not hold all of it"),
            ),
            Rejection::RoleUnknown(role) => {
                Self::rejected("role_unknown", format!("there is no role {role} in this tenant"))
            }
            Rejection::TooMany(what) => Self::rejected(
                "principal_full",
                format!("the principal has as many {what} as one may have"),
            ),
            Rejection::KeyExists => conflict("key_exists", "a key of this id was issued before"),
            Rejection::KeyUnknown => {
                Self::not_found("key_unknown", "the principal has no such key, or not any more")
            }
            Rejection::SessionUnknown => Self::not_found(
                "session_unknown",
                "the principal has no such session, or not any more",
            ),
            Rejection::Suspended => conflict("principal_suspended", "the principal is suspended"),
            Rejection::Sessions => conflict(
                "sessions_exceeded",
                "the principal has as many sessions as it may have; end one first",
            ),
            Rejection::Unproved => forbidden(
                "proof_needed",
                "only signing in does this, after it has seen a password or a token: see /v1/auth"
                    .to_owned(),
            ),
            Rejection::Invalid(refusal) => refusal,
        }
    }
}

pub(super) fn all() -> Vec<RejectionSpec> {
    [
        ("principal_exists", "There is a principal of this name."),
        ("principal_name_invalid", "Nobody may be called so."),
        ("own_rights", "Somebody wants to change what he may do himself."),
        ("grant_exceeds_rights", "Somebody wants to give what he does not hold."),
        ("role_unknown", "The tenant has no such role."),
        ("principal_full", "It has as many roles, grants or keys as one may have."),
        ("key_exists", "A key of this id was issued before."),
        ("key_unknown", "It has no such key, or not any more."),
        ("session_unknown", "It has no such session, or not any more."),
        ("principal_suspended", "It is suspended and gets no key and no session."),
        ("sessions_exceeded", "It has as many sessions as it may have."),
        ("proof_needed", "Only signing in does this, after it has seen a proof."),
    ]
    .into_iter()
    .map(|(code, about)| RejectionSpec { code, about })
    .collect()
}
