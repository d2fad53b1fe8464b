use serde_json::json;

use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Why an organization says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// An organization is called as its tenant is.
    Misnamed,
    /// The tenant has one.
    Exists,
    /// Somebody is a member already.
    AlreadyMember,
    /// Somebody is no member.
    NotMember,
    /// Nobody changes what he may himself.
    OwnRights,
    /// Only an owner makes and unmakes owners.
    OwnersOnly,
    /// It would have no owner.
    LastOwner,
    /// Nobody gives what is not his.
    Exceeds(String),
    /// A standard role keeps its meaning.
    RoleStandard,
    /// There is no such role here.
    RoleUnknown(String),
    /// It has as many of these as it may.
    Full(&'static str),
    /// It has no such part.
    PartUnknown(&'static str),
    /// It is not entitled to the feature.
    NotEntitled,
    /// It has used what it may.
    Quota {
        /// How much was used in this period.
        consumed: u64,
        /// How much may be.
        quota: u64,
    },
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
            Rejection::Misnamed => Self::rejected(
                "organization_misnamed",
                "the organization of a tenant is called as the tenant is",
            ),
            Rejection::Exists => {
                conflict("organization_exists", "the tenant has an organization already")
            }
            Rejection::AlreadyMember => {
                conflict("organization_member_exists", "the principal is a member already")
            }
            Rejection::NotMember => {
                Self::not_found("organization_member_unknown", "the principal is no member")
            }
            Rejection::OwnRights => {
                forbidden("own_rights", "nobody changes what he may do himself".to_owned())
            }
            Rejection::OwnersOnly => {
                forbidden("owners_only", "only an owner makes and unmakes owners".to_owned())
            }
            Rejection::LastOwner => {
                conflict("last_owner", "the organization would be left without an owner")
            }
            Rejection::Exceeds(what) => forbidden(
                "grant_exceeds_rights",
                format!("you cannot give {what}, since you do not hold all of it"),
            ),
            Rejection::RoleStandard => {
                Self::rejected("role_standard", "a standard role keeps its meaning")
            }
            Rejection::RoleUnknown(role) => {
                Self::rejected("role_unknown", format!("there is no role {role} in this tenant"))
            }
            Rejection::Full(what) => Self::rejected(
                "organization_full",
                format!("the organization has as many {what} as it may"),
            ),
            Rejection::PartUnknown(what) => {
                Self::not_found("organization_part_unknown", format!("there is no such {what}"))
            }
            Rejection::NotEntitled => forbidden(
                "not_entitled",
                "the organization is not entitled to the feature".to_owned(),
            ),
            Rejection::Quota { consumed, quota } => quota_exceeded(consumed, quota),
            Rejection::Invalid(refusal) => refusal,
        }
    }
}

/// What is said when a quota is used up.
#[must_use]
pub fn quota_exceeded(consumed: u64, quota: u64) -> Refusal {
    let message = format!("{consumed} of {quota} were used in this period");
    Refusal::new(RefusalClass::Overloaded, "quota_exceeded", message)
        .details(json!({ "consumed": consumed, "quota": quota }))
}

pub(super) fn all() -> Vec<RejectionSpec> {
    [
        ("organization_misnamed", "The id is not the tenant's name."),
        ("organization_exists", "The tenant has an organization."),
        ("organization_member_exists", "Somebody is a member already."),
        ("organization_member_unknown", "Somebody is no member."),
        ("own_rights", "Somebody wants to change what he may do himself."),
        ("owners_only", "Somebody who is no owner wants to make or unmake one."),
        ("last_owner", "It would be left without an owner."),
        ("grant_exceeds_rights", "Somebody wants to give what he does not hold."),
        ("role_standard", "Somebody wants to change a standard role."),
        ("role_unknown", "The tenant has no such role."),
        ("organization_full", "It has as many members, roles or parts as it may."),
        ("organization_part_unknown", "It has no such project, application or service."),
        ("not_entitled", "It has no entitlement to the feature, or it ended."),
        ("quota_exceeded", "It has used what it may of the feature in this period."),
    ]
    .into_iter()
    .map(|(code, about)| RejectionSpec { code, about })
    .collect()
}
