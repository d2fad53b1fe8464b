//! What the page of `approval` says of itself.

use serde_json::{Value, json};

use super::{Delegate, Event, Note, Nothing, Propose, Standing, Status, Vote};
use crate::hash::Hash;
use crate::page::{CommandSpec, EventSpec, RejectionSpec, SchemaOf, schema_of};

fn command(
    name: &'static str,
    about: &'static str,
    input: SchemaOf,
    example: Value,
) -> CommandSpec {
    let output = schema_of::<Standing>;
    CommandSpec { name, about, input, output, example, begins: name == "propose" }
}

pub fn commands() -> Vec<CommandSpec> {
    let propose = json!({
        "command": { "kind": "counter", "id": "visits", "name": "reset", "input": {} },
        "reason": "a new year begins",
        "approvers": ["anna", "bob"],
    });
    let vote = json!({ "hash": Hash::of(b"sample command") });
    let approve = "Says yes to what has this hash; when enough have, it is sent or performed.";
    let reject = "Says no to what has this hash; one is enough.";
    let expire = "Ends it when its time has passed; sent by its timer.";
    vec![
        command("propose", "Asks for a yes to a command.", schema_of::<Propose>, propose),
        command(
            "delegate",
            "Lets somebody else decide in one's place.",
            schema_of::<Delegate>,
            json!({ "to": "carla" }),
        ),
        command("approve", approve, schema_of::<Vote>, vote.clone()),
        command("reject", reject, schema_of::<Vote>, vote),
        command("withdraw", "Asks no longer.", schema_of::<Note>, json!({ "note": "settled" })),
        command("expire", expire, schema_of::<Nothing>, json!({})),
    ]
}

pub fn events() -> Vec<EventSpec> {
    let hash = Hash::of(b"sample command");
    let proposed = json!({
        "command": { "kind": "counter", "id": "visits", "name": "reset", "input": {} },
        "hash": hash,
        "by": "dora",
        "reason": "a new year begins",
        "quorum": 2,
        "approvers": ["anna", "bob"],
        "expires_at": "2026-11-22T04:13:50.123Z",
        "waiting": crate::commit::sample_command_id(1),
        "gate": {
            "principal": "dora",
            "rule": "team/resets-are-reviewed",
            "command": crate::commit::sample_command_id(2),
            "seal": Hash::of(b"sample seal"),
        },
    });
    let failed = json!({ "code": "counter_out_of_bounds", "reason": "it would leave its bounds" });
    let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
    let approved = json!({ "by": "carla", "for_whom": "anna", "note": "checked the figures" });
    vec![
        spec("Proposed", "A command was proposed.", proposed),
        spec("Approved", "Somebody said yes.", approved),
        spec("Granted", "Enough have said yes: the command is sent.", json!({ "hash": hash })),
        spec("Rejected", "Somebody said no.", json!({ "by": "bob", "note": "not this year" })),
        spec(
            "Delegated",
            "Somebody else decides in an approver's place.",
            json!({ "from": "anna", "to": "carla" }),
        ),
        spec("Withdrawn", "It is asked no longer.", json!({ "by": "dora", "note": "settled" })),
        spec("Expired", "Nobody settled it in time.", json!({})),
        spec(
            "Performed",
            "The command was decided.",
            json!({ "revision": 8, "reply": { "value": 0 } }),
        ),
        spec("Failed", "The command was sent and refused.", failed),
    ]
}

pub fn rejections() -> Vec<RejectionSpec> {
    let spec = |code, about| RejectionSpec { code, about };
    vec![
        spec("approval_exists", "It was proposed already."),
        spec("approval_settled", "It is granted, rejected, withdrawn or expired already."),
        spec("approval_own", "Nobody decides about what they have asked for themselves."),
        spec("not_an_approver", "The caller is not among those who may do this."),
        spec("approval_twice", "The caller has said yes already."),
        spec("approval_hash_differs", "The hash is not that of the proposed command."),
        spec("approval_refused", "What waited for it is told that it is not sent."),
        spec("approval_rejected", "The effect was not performed: somebody said no."),
        spec("approval_expired", "The effect was not performed: nobody settled it in time."),
        spec("approval_withdrawn", "The effect was not performed: it was asked no longer."),
        spec("approval_pending", "Its time has not passed yet."),
        spec("invalid_input", "A member of the input breaks a rule."),
        spec("actor_not_found", "There is no such approval."),
    ]
}

pub fn summary(event: &Event) -> Option<Value> {
    let status = |status: Status| json!({ "status": status });
    Some(match event {
        Event::Proposed(proposal) => json!({
            "status": Status::Pending,
            "by": proposal.by,
            "kind": proposal.command.kind,
            "actor": proposal.command.id,
            "command": proposal.effect.is_none().then_some(&proposal.command.name),
            "effect": proposal.effect.as_ref().map(|effect| effect.id),
            "class": proposal.effect.as_ref().map(|effect| &effect.class),
            "quorum": proposal.quorum,
            "expires_at": proposal.expires_at,
            "rule": proposal.gate.as_ref().map(|gate| &gate.rule),
        }),
        Event::Approved { .. } | Event::Delegated { .. } => return None,
        Event::Granted { .. } => status(Status::Granted),
        Event::Rejected { by, .. } => json!({ "status": Status::Rejected, "rejected_by": by }),
        Event::Withdrawn { .. } => status(Status::Withdrawn),
        Event::Expired {} => status(Status::Expired),
        Event::Performed { .. } => status(Status::Performed),
        Event::Failed { code, .. } => json!({ "status": Status::Failed, "code": code }),
    })
}
