use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entitlements::{Consume, Entitle, Withdraw};
use super::limits::{PATTERNS_MAX, TEXT_BYTES_MAX};
use super::structure::{Application, Link, Named, Project, Service};
use crate::access::{Pattern, Role, RoleName};
use crate::ids::{Principal, Tenant};
use crate::kinds::check::Check;
use crate::kinds::suspend::Suspend;
use crate::privacy::{Classed, POINTER_BYTES_MAX, SubjectOf};
use crate::refusal::Refusal;

/// What may be asked of an organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Gives it another name.
    Rename(Rename),
    /// Gives it a plan.
    SetPlan(SetPlan),
    /// Takes a member in.
    AddMember(AddMember),
    /// Gives a member another standing.
    ChangeMember(AddMember),
    /// Lets a member go.
    RemoveMember(RemoveMember),
    /// Gives it a role of its own, or changes one.
    DefineRole(DefineRole),
    /// Takes a role of its own away.
    DropRole(DropRole),
    /// Says how much a member of an input is to be protected.
    ClassData(Classed),
    /// Says what its publisher on NATS may do.
    SetPublisher(SetPublisher),
    /// Adds or changes a project.
    PutProject(Project),
    /// Takes a project away, with what is in it.
    RemoveProject(Named),
    /// Adds or changes an application.
    PutApplication(Application),
    /// Takes an application away.
    RemoveApplication(Named),
    /// Adds or changes a service.
    PutService(Service),
    /// Takes a service away.
    RemoveService(Named),
    /// Says that an application uses a service.
    Link(Link),
    /// Says that it does so no longer.
    Unlink(Link),
    /// Says what it may use of a feature.
    Entitle(Entitle),
    /// Uses some of a feature.
    Consume(Consume),
    /// Takes an entitlement away.
    Withdraw(Withdraw),
    /// Lets nobody in it do anything more.
    Suspend(Suspend),
    /// Lets its members act again.
    Restore(Nothing),
}

/// Input of `create`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
    /// Its first owner: a principal of the tenant, or `name@home`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// Its plan; `free` when left out.
    #[serde(default = "free")]
    #[schemars(length(min = 1, max = 256))]
    pub plan: String,
}

fn free() -> String {
    "free".to_owned()
}

/// Input of `rename`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// What it is called.
    #[schemars(length(min = 1, max = 256))]
    pub name: String,
}

/// What a plan allows at most. What is left out is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PlanLimits {
    /// Members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members_max: Option<u32>,
    /// Principals that are at home in the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principals_max: Option<u32>,
    /// Projects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub projects_max: Option<u32>,
    /// Requests a minute, of all its principals together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requests_per_minute_max: Option<u32>,
}

/// Input of `set_plan`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPlan {
    /// Its name.
    #[schemars(length(min = 1, max = 256))]
    pub plan: String,
    /// What it allows.
    #[serde(default)]
    pub limits: PlanLimits,
}

/// How a member stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum MemberRole {
    /// Looks on: the role `viewer`.
    Viewer,
    /// Works: the role `user`.
    Member,
    /// Rules: the role `admin`.
    Admin,
    /// Rules, and decides who else owns it.
    Owner,
}

impl MemberRole {
    /// The role that a member of this standing has.
    #[must_use]
    pub const fn role(self) -> RoleName {
        RoleName::from_static(self.role_name())
    }

    /// The name of that role.
    #[must_use]
    pub const fn role_name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "user",
            Self::Admin | Self::Owner => "admin",
        }
    }
}

/// Input of `add_member` and `change_member`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Who: a principal of the tenant, or `name@home`.
    pub principal: Principal,
    /// As what.
    pub role: MemberRole,
}

/// Input of `remove_member`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// Who.
    pub principal: Principal,
}

/// Input of `define_role`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DefineRole {
    /// Its name; none of the standard ones.
    pub role: RoleName,
    /// What it allows.
    #[schemars(length(max = 64))]
    pub allow: Vec<Pattern>,
    /// What it leaves out of that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    pub except: Vec<Pattern>,
}

impl DefineRole {
    /// The role that it defines.
    #[must_use]
    pub fn to_role(&self) -> Role {
        Role { allow: self.allow.clone(), except: self.except.clone() }
    }

    /// Whether it is small enough.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .items("allow", self.allow.len(), PATTERNS_MAX)
            .items("except", self.except.len(), PATTERNS_MAX)
            .done()
    }
}

/// Input of `drop_role`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DropRole {
    /// Which.
    pub role: RoleName,
}

/// Input of `set_publisher`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SetPublisher {
    /// The roles of whoever publishes on the tenant's `cmd.` subjects; left out = as the program
    /// comes, empty = none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    pub roles: Option<Vec<RoleName>>,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The answer to most commands of an organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Which.
    pub organization: Tenant,
    /// How many members it has.
    pub members: usize,
    /// Whether its members may act.
    pub suspended: bool,
}

/// Whether texts of a command can be kept.
///
/// # Errors
/// `invalid_input`.
pub(super) fn texts(texts: &[(&str, &str)]) -> Result<(), Refusal> {
    let check = texts
        .iter()
        .fold(Check::new(), |check, (field, text)| check.text(field, text, TEXT_BYTES_MAX));
    check.done()
}

impl Command {
    /// Whether its members can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        match self {
            Self::Create(create) => texts(&[("name", &create.name), ("plan", &create.plan)]),
            Self::Rename(rename) => texts(&[("name", &rename.name)]),
            Self::SetPlan(set) => texts(&[("plan", &set.plan)]),
            Self::DefineRole(role) => role.check(),
            Self::ClassData(classed) => check_classed(classed),
            Self::SetPublisher(set) => {
                let roles = set.roles.as_ref().map_or(0, Vec::len);
                Check::new().items("roles", roles, PATTERNS_MAX).done()
            }
            Self::PutProject(project) => texts(&[("name", &project.name)]),
            Self::PutApplication(application) => application.check(),
            Self::PutService(service) => service.check(),
            Self::Entitle(Entitle { feature, .. })
            | Self::Consume(Consume { feature, .. })
            | Self::Withdraw(Withdraw { feature, .. }) => texts(&[("feature", feature)]),
            Self::Suspend(suspend) => {
                let reason = suspend.reason.as_deref().unwrap_or_default();
                Check::new().body("reason", reason, TEXT_BYTES_MAX).done()
            }
            _ => Ok(()),
        }
    }
}

/// Whether a member can be classed so: its pointer, and that of its subject, can be read.
fn check_classed(classed: &Classed) -> Result<(), Refusal> {
    let pointed = |text: &str| text.starts_with('/') && text.len() > 1;
    let mut check = Check::new().text("pointer", &classed.pointer, POINTER_BYTES_MAX);
    if let SubjectOf::At(at) = &classed.subject {
        check = check.text("subject.at", at, POINTER_BYTES_MAX).ensure(
            pointed(at) && !at.contains('*'),
            "subject.at",
            "is a JSON pointer without `*`",
        );
    }
    check.done()
}
