use contracts::effect::OutcomeResult;
use contracts::kinds::approval::{self as page, Event, Status};
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision};
use serde_json::{Value, json};

use super::Approval;
use crate::kinds::testing::{Given, given, page_is_consistent};

fn input(more: &Value) -> Value {
    let mut input = json!({
        "command": { "kind": "counter", "id": "visits", "name": "reset", "input": {} },
    });
    json_patch::merge(&mut input, more);
    input
}

fn proposed(more: &Value) -> Given<Approval> {
    let then = given::<Approval>([]).by("dora").when("propose", input(more));
    then.decided();
    then.given
}

fn hash(given: &Given<Approval>) -> Value {
    json!({ "hash": given.state.proposal.as_ref().unwrap().hash })
}

fn vote(given: Given<Approval>, by: &str, name: &str) -> crate::kinds::testing::Then<Approval> {
    let hash = hash(&given);
    given.by(by).when(name, hash)
}

fn outcome(result: OutcomeResult) -> Outcome {
    let effect = EffectId(Hash::of(b"send"));
    Outcome {
        effect,
        revision: Revision(2),
        index: 1,
        tag: json!({}),
        attempts: 1,
        result,
        metered: None,
    }
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Approval>();
}

#[test]
fn a_yes_sends_the_command_once() {
    let then = given::<Approval>([]).by("dora").when("propose", input(&json!({})));
    assert!(matches!(&then.effects[..], [Effect::Timer(timer)] if timer.is_set()));
    let then = vote(then.given, "anna", "approve");
    assert!(matches!(&then.decided().events[..], [Event::Approved { .. }, Event::Granted { .. }]));
    let [Effect::Timer(timer), Effect::Send(send)] = &then.effects[..] else {
        panic!("a timer and a command: {:?}", then.effects)
    };
    assert!(!timer.is_set());
    assert_eq!(
        (send.kind.as_str(), send.id.as_str(), send.name.as_str()),
        ("counter", "visits", "reset")
    );
    let reply = json!({ "value": 0 });
    let sent = outcome(OutcomeResult::Sent { revision: Revision(4), reply: reply.clone() });
    let then = then.given.when_outcome(&sent);
    let then = then.then_events(&[Event::Performed { revision: Revision(4), reply }]);
    then.given.state_is_the_fold();
    vote(then.given, "bob", "approve").then_refused("approval_settled");
}

#[test]
fn a_quorum_is_of_different_people_and_never_of_who_asks() {
    let given = proposed(&json!({ "quorum": 2, "approvers": ["anna", "bob", "dora"] }));
    let then = vote(given, "dora", "approve").then_refused("approval_own");
    let then = vote(then.given, "eve", "approve").then_refused("not_an_approver");
    let then = vote(then.given, "anna", "approve");
    assert!(then.effects.is_empty(), "one is not enough");
    let then = vote(then.given, "anna", "approve").then_refused("approval_twice");
    let then = vote(then.given, "bob", "approve");
    assert_eq!(then.given.state.status, Status::Granted);
}

#[test]
fn a_delegate_decides_in_one_place_only() {
    let given = proposed(&json!({ "quorum": 2, "approvers": ["anna", "bob"] }));
    let then =
        given.by("anna").when("delegate", json!({ "to": "dora" })).then_refused("approval_own");
    let then = then
        .given
        .by("eve")
        .when("delegate", json!({ "to": "carla" }))
        .then_refused("not_an_approver");
    let then = then.given.by("anna").when("delegate", json!({ "to": "carla" }));
    let then = vote(then.given, "anna", "approve").then_refused("not_an_approver");
    let then = then.given.by("bob").when("delegate", json!({ "to": "carla" }));
    let then = vote(then.given, "carla", "approve");
    assert_eq!(then.given.state.approvals.len(), 1);
    let then = vote(then.given, "carla", "approve").then_refused("approval_twice");
    assert_eq!(then.given.state.status, Status::Pending, "one person is no quorum of two");
    then.given.state_is_the_fold();
}

#[test]
fn a_yes_is_to_exactly_what_was_seen() {
    let given = proposed(&json!({}));
    let other = json!({ "hash": Hash::of(b"other") });
    given.by("anna").when("approve", other).then_refused("approval_hash_differs");
    let command = page::Proposed {
        kind: "counter".parse().unwrap(),
        id: "visits".parse().unwrap(),
        name: "reset".parse().unwrap(),
        input: json!({}),
    };
    let dora = command.hash(&"dora".parse().unwrap(), None).unwrap();
    let eve = command.hash(&"eve".parse().unwrap(), None).unwrap();
    let more = page::Proposed { input: json!({ "x": 1 }), ..command };
    assert_ne!(dora, eve);
    assert_ne!(dora, more.hash(&"dora".parse().unwrap(), None).unwrap());
}

#[test]
fn a_no_a_withdrawal_and_time_end_it() {
    let then = vote(proposed(&json!({})), "anna", "reject");
    assert_eq!(then.given.state.status, Status::Rejected);
    vote(then.given, "bob", "approve").then_refused("approval_settled");
    let given = proposed(&json!({}));
    let then = given.by("anna").when("withdraw", json!({})).then_refused("not_an_approver");
    let then = then.given.by("dora").when("withdraw", json!({}));
    assert_eq!(then.given.state.status, Status::Withdrawn);
    proposed(&json!({})).when("expire", json!({})).then_refused("approval_pending");
    let mut late = proposed(&json!({ "expires_s": 60 }));
    late.late_ms = 60_000;
    let then = vote(late, "anna", "approve").then_refused("approval_settled");
    let then = then.given.when("expire", json!({})).then_events(&[Event::Expired {}]);
    assert_eq!(then.given.state.status, Status::Expired);
    then.given.state_is_the_fold();
}

#[test]
fn whoever_waits_is_told_when_it_is_settled() {
    let waiting = || {
        let then =
            given::<Approval>([]).by("dora").when("propose", input(&json!({ "wait": true })));
        assert!(matches!(then.decided().reply, Reply::Later { .. }));
        then.given
    };
    let no = vote(waiting(), "anna", "reject");
    assert_eq!(no.decided().completes[0].refusal().unwrap().code, "approval_refused");
    let yes = vote(waiting(), "anna", "approve");
    assert!(yes.decided().completes.is_empty(), "not before the command is decided");
    let refusal = Refusal::rejected("counter_out_of_bounds", "no");
    let failed = yes.given.when_outcome(&outcome(OutcomeResult::Failed(refusal)));
    assert!(!failed.decided().completes[0].ok);
}

#[test]
fn only_the_gate_speaks_for_the_gate() {
    let gate = json!({ "gate": {
        "principal": "dora", "rule": "team/x", "seal": Hash::ZERO,
        "command": contracts::commit::sample_command_id(7),
    } });
    let refused = given::<Approval>([]).by("eve").when("propose", input(&gate));
    refused.then_refused("not_an_approver");
    // The name alone is not enough: it comes by the runtime's own road.
    let refused = given::<Approval>([]).by("runtime").when("propose", input(&gate));
    refused.then_refused("not_an_approver");
}

#[test]
fn inputs_have_limits_and_a_fork_decides_nothing() {
    use contracts::Decider as _;
    for bad in [
        json!({ "quorum": 0 }),
        json!({ "quorum": 3, "approvers": ["anna"] }),
        json!({ "expires_s": 0 }),
        json!({ "reason": "x".repeat(2_000) }),
        json!({ "command": { "input": { "x": "x".repeat(page::INPUT_BYTES_MAX) } } }),
        json!({ "bogus": 1 }),
    ] {
        given::<Approval>([]).when("propose", input(&bad)).then_refused("invalid_input");
    }
    proposed(&json!({})).when("propose", input(&json!({}))).then_refused("approval_exists");
    given::<Approval>([]).when("withdraw", json!({})).then_refused("actor_not_found");
    let mut fork = proposed(&json!({}));
    fork.state = Approval::forked(fork.state);
    vote(fork, "anna", "approve").then_refused("approval_settled");
}
