use serde_json::{Value, json};

use super::commands::{
    AddMember, Create, DefineRole, DropRole, Nothing, RemoveMember, Rename, SetPlan, SetPublisher,
    Standing,
};
use super::entitlements::{Consume, Consumed, Entitle, Withdraw};
use super::structure::{Application, Link, Named, Project, Service};
use crate::kinds::suspend::Suspend;
use crate::page::{CommandSpec, EventSpec, SchemaOf, schema_of};
use crate::privacy::Classed;

fn spec(name: &'static str, about: &'static str, input: SchemaOf, example: Value) -> CommandSpec {
    CommandSpec { name, about, input, output: schema_of::<Standing>, example, begins: false }
}

pub(super) fn commands() -> Vec<CommandSpec> {
    let create = json!({ "name": "Acme", "owner": "ada", "plan": "team" });
    let begins = spec("create", "Begins an organization.", schema_of::<Create>, create);
    let mut all = vec![CommandSpec { begins: true, ..begins }];
    all.extend(people());
    all.extend(parts());
    all.extend(uses());
    all.extend([
        spec(
            "suspend",
            "Lets nobody in it do anything more.",
            schema_of::<Suspend>,
            json!({ "reason": "unpaid" }),
        ),
        spec("restore", "Lets its members act again.", schema_of::<Nothing>, json!({})),
    ]);
    all
}

fn people() -> Vec<CommandSpec> {
    vec![
        spec(
            "rename",
            "Gives it another name.",
            schema_of::<Rename>,
            json!({ "name": "Acme Ltd" }),
        ),
        spec(
            "set_plan",
            "Gives it a plan with limits.",
            schema_of::<SetPlan>,
            json!({ "plan": "pro", "limits": { "members_max": 50, "principals_max": 500 } }),
        ),
        spec(
            "add_member",
            "Takes a principal in.",
            schema_of::<AddMember>,
            json!({ "principal": "grace", "role": "member" }),
        ),
        spec(
            "change_member",
            "Gives a member another standing.",
            schema_of::<AddMember>,
            json!({ "principal": "grace", "role": "admin" }),
        ),
        spec(
            "remove_member",
            "Lets a member go.",
            schema_of::<RemoveMember>,
            json!({ "principal": "grace" }),
        ),
        spec(
            "define_role",
            "Gives it a role of its own, which the caller must hold all of.",
            schema_of::<DefineRole>,
            json!({ "role": "auditor", "allow": ["cap:*.read"], "except": ["cap:limit.*"] }),
        ),
        spec(
            "drop_role",
            "Takes a role of its own away.",
            schema_of::<DropRole>,
            json!({ "role": "auditor" }),
        ),
        spec(
            "class_data",
            "Says how much a member of an input is to be protected, beyond what the kinds say.",
            schema_of::<Classed>,
            json!({
                "kind": "conversation", "command": "post", "pointer": "/text", "class": "phi",
            }),
        ),
        spec(
            "set_publisher",
            "Says what its publisher on NATS may do.",
            schema_of::<SetPublisher>,
            json!({ "roles": ["user"] }),
        ),
    ]
}

fn parts() -> Vec<CommandSpec> {
    let application = json!({
        "id": "shop", "project": "store", "name": "Shop", "environment": "production",
        "sort": "web",
    });
    let service = json!({
        "id": "orders", "project": "store", "name": "Orders", "sort": "database",
    });
    let link = || json!({ "application": "shop", "service": "orders" });
    vec![
        spec(
            "put_project",
            "Adds or changes a project.",
            schema_of::<Project>,
            json!({ "id": "store", "name": "Store" }),
        ),
        spec(
            "put_application",
            "Adds or changes an application of a project.",
            schema_of::<Application>,
            application,
        ),
        spec(
            "put_service",
            "Adds or changes a service of a project.",
            schema_of::<Service>,
            service,
        ),
        spec("link", "Says that an application uses a service.", schema_of::<Link>, link()),
        spec("unlink", "Says that it does so no longer.", schema_of::<Link>, link()),
        spec(
            "remove_application",
            "Takes an application away.",
            schema_of::<Named>,
            json!({ "id": "shop" }),
        ),
        spec(
            "remove_service",
            "Takes a service away.",
            schema_of::<Named>,
            json!({ "id": "orders" }),
        ),
        spec(
            "remove_project",
            "Takes a project away, with what is in it.",
            schema_of::<Named>,
            json!({ "id": "store" }),
        ),
    ]
}

fn uses() -> Vec<CommandSpec> {
    let consume = spec(
        "consume",
        "Uses some of a feature, when enough is left.",
        schema_of::<Consume>,
        json!({ "feature": "exports", "amount": 3 }),
    );
    vec![
        spec(
            "entitle",
            "Says what it may use of a feature in a period.",
            schema_of::<Entitle>,
            json!({ "feature": "exports", "quota": 100, "period": "day" }),
        ),
        CommandSpec { output: schema_of::<Consumed>, ..consume },
        spec(
            "withdraw",
            "Takes an entitlement away.",
            schema_of::<Withdraw>,
            json!({ "feature": "exports" }),
        ),
    ]
}

pub(super) fn events() -> Vec<EventSpec> {
    people_events()
        .into_iter()
        .chain(other_events())
        .map(|(r#type, about, sample)| EventSpec { r#type, about, sample })
        .collect()
}

fn people_events() -> Vec<(&'static str, &'static str, Value)> {
    vec![
        ("Created", "It began.", json!({ "name": "Acme", "plan": "team" })),
        ("Renamed", "It is called otherwise.", json!({ "name": "Acme Ltd" })),
        (
            "PlanSet",
            "It has a plan.",
            json!({ "plan": "pro", "limits": {
                "members_max": 50, "principals_max": 500, "projects_max": 9,
            } }),
        ),
        (
            "MemberAdded",
            "Somebody is a member.",
            json!({ "principal": "grace@navy", "role": "owner" }),
        ),
        (
            "MemberChanged",
            "A member stands otherwise.",
            json!({ "principal": "grace@navy", "role": "viewer" }),
        ),
        ("MemberRemoved", "Somebody left.", json!({ "principal": "grace@navy" })),
        (
            "RoleDefined",
            "It has a role of its own.",
            json!({ "role": "auditor", "allow": ["cap:*.read"], "except": ["cap:limit.*"] }),
        ),
        ("RoleDropped", "It has a role no longer.", json!({ "role": "auditor" })),
        (
            "DataClassed",
            "A member of an input is protected so from now on; `none` = as the kinds say.",
            json!({
                "kind": "conversation", "command": "post", "pointer": "/text", "class": "phi",
                "subject": { "at": "/from" },
            }),
        ),
        (
            "PublisherSet",
            "Its publisher on NATS has these roles; absent = as the program comes.",
            json!({ "roles": ["user"] }),
        ),
    ]
}

fn other_events() -> Vec<(&'static str, &'static str, Value)> {
    let (end, window) = ("2030-01-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z");
    vec![
        (
            "ProjectPut",
            "It has a project, or one is another.",
            json!({ "id": "store", "name": "Store", "status": "active" }),
        ),
        (
            "ApplicationPut",
            "It has an application, or one is another.",
            json!({
                "id": "shop", "project": "store", "name": "Shop", "environment": "production",
                "sort": "web", "repository": "git.example.org/shop",
            }),
        ),
        (
            "ServicePut",
            "It has a service, or one is another.",
            json!({
                "id": "orders", "project": "store", "name": "Orders", "sort": "database",
                "provider": "ours", "endpoint": "orders.example.org", "status": "active",
            }),
        ),
        (
            "PartRemoved",
            "A part is gone, with what was in it.",
            json!({ "part": "application", "id": "shop" }),
        ),
        (
            "Linked",
            "An application uses a service.",
            json!({ "application": "shop", "service": "orders" }),
        ),
        (
            "Unlinked",
            "It does so no longer.",
            json!({ "application": "shop", "service": "orders" }),
        ),
        (
            "Entitled",
            "It may use a feature.",
            json!({
                "feature": "exports", "scope": "project:store", "quota": 100, "period": "day",
                "enabled": true, "expires_at": end,
            }),
        ),
        (
            "Consumed",
            "It has used some of a feature.",
            json!({
                "feature": "exports", "scope": "organization", "amount": 3, "window": window,
            }),
        ),
        (
            "Withdrawn",
            "It has an entitlement no longer.",
            json!({ "feature": "exports", "scope": "organization" }),
        ),
        ("Suspended", "Nobody in it may act.", json!({ "by": "admin", "reason": "unpaid" })),
        ("Restored", "Its members may act again.", json!({})),
    ]
}
