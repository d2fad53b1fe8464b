//! `organization`: who a tenant is. One actor per tenant, called as the tenant is: its plan, its
//! members, its own roles, its projects and what it may use of each feature.

mod commands;
mod entitlements;
mod events;
mod limits;
mod rejections;
mod specs;
mod structure;

use serde_json::{Value, json};

use crate::ids::Kind;
pub use crate::kinds::suspend::Suspend;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

pub use commands::{
    AddMember, Command, Create, DefineRole, DropRole, MemberRole, Nothing, PlanLimits,
    RemoveMember, Rename, SetPlan, SetPublisher, Standing,
};
pub use entitlements::{Consume, Consumed, Entitle, Period, Scope, Withdraw};
pub use events::Event;
pub use limits::{
    CLASSED_MAX, ENTITLEMENTS_MAX, MEMBERS_MAX, PARTS_MAX, PATTERNS_MAX, ROLES_MAX, TEXT_BYTES_MAX,
};
pub use rejections::{Rejection, quota_exceeded};
pub use structure::{
    Application, Environment, Link, Named, Part, Project, ProjectStatus, Service, ServiceStatus,
};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("organization");

/// Commands by which the system rules over a tenant: they take the capability in the tenant
/// `system`, so that no tenant gives itself a plan or a quota.
pub const PLATFORM: &[&str] = &["create", "set_plan", "entitle", "withdraw", "suspend", "restore"];

/// The page of `organization`.
pub struct Organization;

impl Page for Organization {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "Who a tenant is: its plan, members, roles, projects and what it may use.";
    const CREATE: &'static str = "create";
    const COMMANDS: &'static [&'static str] = &[
        "create",
        "rename",
        "set_plan",
        "add_member",
        "change_member",
        "remove_member",
        "define_role",
        "drop_role",
        "class_data",
        "set_publisher",
        "put_project",
        "put_application",
        "put_service",
        "link",
        "unlink",
        "remove_application",
        "remove_service",
        "remove_project",
        "entitle",
        "consume",
        "withdraw",
        "suspend",
        "restore",
    ];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Created", 1),
        ("Renamed", 1),
        ("PlanSet", 1),
        ("MemberAdded", 1),
        ("MemberChanged", 1),
        ("MemberRemoved", 1),
        ("RoleDefined", 1),
        ("RoleDropped", 1),
        ("DataClassed", 1),
        ("PublisherSet", 1),
        ("ProjectPut", 1),
        ("ApplicationPut", 1),
        ("ServicePut", 1),
        ("PartRemoved", 1),
        ("Linked", 1),
        ("Unlinked", 1),
        ("Entitled", 1),
        ("Consumed", 1),
        ("Withdrawn", 1),
        ("Suspended", 1),
        ("Restored", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::all()
    }

    fn summary(event: &Event) -> Option<Value> {
        match event {
            Event::Created { name, plan, .. } => Some(json!({ "name": name, "plan": plan })),
            Event::Renamed { name } => Some(json!({ "name": name })),
            Event::PlanSet { plan, .. } => Some(json!({ "plan": plan })),
            Event::Suspended { .. } => Some(json!({ "suspended": true })),
            Event::Restored {} => Some(json!({ "suspended": null })),
            _ => None,
        }
    }
}
