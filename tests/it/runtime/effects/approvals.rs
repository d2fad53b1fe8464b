//! Policies about effects: what is denied is told, what is reviewed waits for somebody's yes.

mod classes;

use std::sync::Arc;

use cambium_tests::node::{Node, address};
use contracts::effect::{
    EffectHold, EffectPhase, EffectQuery, EffectVerb, EffectView, Resolution, Terms,
};
use contracts::ports::{Effects as _, History as _};
use contracts::view::{At, ReplayMode};
use contracts::{Caller, Entry, Envelope, Hash, Origin, Refusal, Tenant};
use futures_util::StreamExt as _;
use nats::Memory;
use serde_json::{Value, json};

use super::asker::{
    Model, call, config, control, doing, node, place, told, told_times, until, views,
};

const MAIN: Tenant = Tenant::from_static("main");

/// Waits until the directory of the node has read the log.
async fn known(node: &Node) {
    let head = node.memory.log().head().await.expect("the log is in memory");
    until(async || (node.runtime.directory().0 >= head).then_some(())).await;
}

async fn people(node: &Node, names: &[&str]) {
    for name in names {
        let input = json!({ "roles": ["developer", "reviewer"] });
        node.ask(&format!("principal/{name}"), "register", input).await.expect("a principal");
    }
}

async fn put(node: &Node, rule: &str) {
    let text = format!("version: 1\nrules:\n  - {rule}\n");
    node.ask("policy/team", "put", json!({ "text": text })).await.expect("a policy");
    known(node).await;
}

/// A node with people and this one rule.
async fn ruled(memory: &Memory, models: &[&Arc<Model>], rule: &str) -> Node {
    let node = node(memory, models, config()).await;
    people(&node, &["anna", "bob", "dora"]).await;
    put(&node, rule).await;
    node
}

const REVIEW: &str = "{ id: paid, effect: review, \
    match: { effect: { classes: [llm], models: ['paid/*'] } }, reason: it costs money, \
    approval: { quorum: 2, approvers: ['role:reviewer'], expires_s: 3600 } }";

fn by(node: &Node, who: &str, to: &str, name: &str, input: Value) -> Envelope {
    let mut envelope = node.command(to, name, input);
    envelope.by = Caller::new(who.parse().expect("a principal"), Origin::Http);
    envelope
}

/// Has dora ask.
async fn dora_asks(node: &Node, to: &str, effects: &[Value]) {
    let mut command = by(node, "dora", "asker/x", "ask", json!({ "effects": effects }));
    command.to = place(to);
    node.send(command).await.expect("asked");
}

/// The approval that an effect waits for.
fn awaited(view: &EffectView) -> String {
    match &view.why {
        Some(EffectHold::Approval { approval, .. }) => approval.to_string(),
        other => panic!("{other:?}"),
    }
}

async fn state(node: &Node, id: &str) -> Value {
    let to = address(&format!("approval/{id}"));
    until(async || node.runtime.state(&to, At::Latest).await.ok().map(|view| view.state)).await
}

async fn stands(node: &Node, id: &str, status: &str) -> Value {
    until(async || Some(state(node, id).await).filter(|it| it["status"] == status)).await
}

async fn says(node: &Node, who: &str, id: &str, what: &str) -> Result<(), Refusal> {
    let vote = json!({ "hash": state(node, id).await["proposal"]["hash"] });
    let said = node.send(by(node, who, &format!("approval/{id}"), what, vote)).await;
    said.map(drop)
}

fn code(result: Result<impl Sized, Refusal>) -> String {
    result.err().expect("refused").code.into_owned()
}

/// The events of the runtime in an actor's log.
async fn events(node: &Node, to: &str) -> Vec<(String, Value)> {
    let to = place(to);
    let entries = node.runtime.entries(&to, contracts::Cursor::ZERO, 100);
    let entries = entries.await.expect("entries").items;
    let commits = entries.into_iter().filter_map(|entry| match entry {
        Entry::Commit(recorded) => Some(recorded),
        Entry::Foreign(_) => None,
    });
    let of = |recorded: Arc<contracts::Recorded>| recorded.commit.events.clone();
    commits.flat_map(of).map(|event| (event.r#type, event.data)).collect()
}

#[tokio::test]
async fn what_is_denied_is_told_and_written_down() {
    let (memory, paid, local) = (Memory::new(), Model::new("paid", 9), Model::new("local", 9));
    let deny = REVIEW.replace("review", "deny");
    let deny = deny.split(", approval").next().expect("a rule").to_owned() + " }";
    let node = ruled(&memory, &[&paid, &local], &deny).await;
    let two = [call("paid/x", "p", Terms::default()), call("local/x", "l", Terms::default())];
    dora_asks(&node, "a", &two).await;
    let told = told_times(&node, "a", 2).await;
    let denied = told.iter().find(|it| it["tag"] == "p").expect("told");
    assert_eq!(denied["result"]["failed"]["code"], "policy_denied");
    assert_eq!(denied["result"]["failed"]["details"]["rule"], "team/paid");
    assert_eq!(denied["attempts"], 0, "nothing was attempted");
    assert!(paid.called().is_empty());
    assert_eq!(local.called(), ["l"]);
    let mut kept = node.memory.audit().follow(0);
    let record = async {
        loop {
            let entry = kept.next().await.expect("it goes on").expect("in memory");
            let record = entry.record().expect("a record");
            if record.action.as_deref() == Some("effect.llm") {
                return record;
            }
        }
    };
    let record = tokio::time::timeout(std::time::Duration::from_secs(20), record);
    let record = record.await.expect("written down");
    assert_eq!(record.code.as_deref(), Some("policy_denied"));
    assert_eq!(record.principal.as_deref(), Some("dora"));
    assert_eq!(record.actor.as_deref(), Some("asker/a"));
    until(async || views(&node).is_empty().then_some(())).await;
}

#[tokio::test]
async fn what_is_reviewed_is_performed_once_when_enough_say_yes() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let node = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
    let held = doing(&node, EffectPhase::Paused, 1).await;
    let id = awaited(&held[0]);
    let proposal = stands(&node, &id, "pending").await["proposal"].clone();
    assert_eq!(proposal["by"], "dora");
    assert_eq!(proposal["approvers"], json!(["anna", "bob"]), "not whoever asks");
    assert_eq!(proposal["effect"]["id"], json!(held[0].id));
    assert_eq!(proposal["effect"]["data"]["request"]["turns"][0]["content"], "p", "all of it");
    assert_eq!(proposal["reason"], "it costs money");
    let waits = node.runtime.waiting(&place("a")).await.expect("it exists");
    let why = waits[0].why.as_deref().expect("a reason");
    assert!(why.contains(&format!("approval/{id}, which team/paid asks for")), "{why}");
    assert_eq!(code(says(&node, "dora", &id, "approve").await), "approval_own");
    let wrong = json!({ "hash": Hash::of(b"another") });
    let forged = by(&node, "anna", &format!("approval/{id}"), "approve", wrong);
    assert_eq!(code(node.send(forged).await), "approval_hash_differs");
    says(&node, "anna", &id, "approve").await.expect("yes");
    assert!(paid.called().is_empty(), "one is not enough");
    says(&node, "bob", &id, "approve").await.expect("yes");
    assert!(told_times(&node, "a", 1).await[0]["result"]["llm"].is_object());
    stands(&node, &id, "performed").await;
    assert_eq!(paid.called(), ["p"], "once");
    for actor in [place("a"), address(&format!("approval/{id}"))] {
        let replay = node.runtime.replay(&actor, At::Latest, ReplayMode::Decide).await;
        let replay = replay.expect("it exists");
        assert!(replay.drift.is_empty(), "{:?}", replay.drift);
    }
    let said = events(&node, "a").await;
    let of = |name: &str| said.iter().filter(|it| it.0 == name).collect::<Vec<_>>();
    assert_eq!(of("cambium:EffectPaused").len(), 1);
    assert_eq!(of("cambium:EffectResumed")[0].1["agreed"]["approval"], json!(id));
    assert_eq!(of("Told").len(), 1, "the kind is told of its own effect alone");
    until(async || views(&node).is_empty().then_some(())).await;
}

#[tokio::test]
async fn a_no_and_a_withdrawal_give_the_effect_up() {
    for (who, what, code) in
        [("anna", "reject", "approval_rejected"), ("dora", "withdraw", "approval_withdrawn")]
    {
        let (memory, paid) = (Memory::new(), Model::new("paid", 9));
        let node = ruled(&memory, &[&paid], REVIEW).await;
        dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
        let id = awaited(&doing(&node, EffectPhase::Paused, 1).await[0]);
        stands(&node, &id, "pending").await;
        if what == "reject" {
            says(&node, who, &id, what).await.expect("no");
        } else {
            let withdraw = by(&node, who, &format!("approval/{id}"), what, json!({}));
            node.send(withdraw).await.expect("withdrawn");
        }
        let told = told_times(&node, "a", 1).await;
        assert_eq!(told[0]["result"]["failed"]["code"], code);
        assert!(paid.called().is_empty());
        until(async || views(&node).is_empty().then_some(())).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_settles_in_time_is_given_up() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let node = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
    let id = awaited(&doing(&node, EffectPhase::Paused, 1).await[0]);
    stands(&node, &id, "pending").await;
    tokio::time::advance(std::time::Duration::from_secs(3_601)).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "approval_expired");
    assert!(paid.called().is_empty());
    stands(&node, &id, "expired").await;
}

#[tokio::test]
async fn nobodys_hand_is_a_way_around_a_yes() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let node = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
    let held = doing(&node, EffectPhase::Paused, 1).await;
    let id = awaited(&held[0]);
    stands(&node, &id, "pending").await;
    let again = EffectVerb::Pause { reason: "by hand".to_owned() };
    control(&node, &held[0], again).await.expect("it is paused already");
    for verb in [
        EffectVerb::Resume,
        EffectVerb::Resolve(Resolution::Retry),
        EffectVerb::Resolve(Resolution::Done(json!("I say so"))),
    ] {
        assert_eq!(code(control(&node, &held[0], verb).await), "effect_awaits_approval");
    }
    // A yes of one's own making, to an approval of one's own making.
    let command = json!({ "kind": "asker", "id": "a", "name": "cambium:resume",
        "input": { "effect": held[0].id } });
    let mine = by(&node, "dora", "approval/mine", "propose", json!({ "command": command }));
    assert_eq!(code(node.send(mine).await), "invalid_input");
    let effect = state(&node, &id).await["proposal"]["effect"].clone();
    let propose = json!({ "command": command, "effect": effect });
    let mine = by(&node, "dora", "approval/mine", "propose", propose);
    assert_eq!(code(node.send(mine).await), "not_an_approver");
    assert!(paid.called().is_empty() && told(&node, "a").await.is_empty());
    let cancel = EffectVerb::Cancel { reason: None };
    control(&node, &held[0], cancel).await.expect("given up");
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    stands(&node, &id, "withdrawn").await;
    assert_eq!(code(says(&node, "anna", &id, "approve").await), "approval_settled");
}

/// Puts a yes on an envelope, as an approval does.
fn approve(envelope: &mut Envelope, id: &str, proposal: Value) {
    let proposal: contracts::kinds::approval::Proposal =
        serde_json::from_value(proposal).expect("a proposal");
    let approval = id.parse().expect("an id");
    envelope.input["agreed"] = json!(proposal.agreed(&approval));
    envelope.approved = Some(Box::new(contracts::envelope::Approved { approval, proposal }));
}

/// Somebody who can write into an approval's log still has not the key of the nodes.
#[tokio::test]
async fn a_yes_that_the_gate_has_not_asked_for_resumes_nothing() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let node = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
    let held = doing(&node, EffectPhase::Paused, 1).await;
    let id = awaited(&held[0]);
    let proposal = stands(&node, &id, "pending").await["proposal"].clone();
    let resume = json!({ "effect": held[0].id });
    let change = |path: &str, value: Value| {
        let mut changed = proposal.clone();
        *changed.pointer_mut(path).expect("a member") = value;
        changed
    };
    let forged = [
        change("/gate/seal", json!(Hash::of(b"guessed"))),
        change("/quorum", json!(1)),
        change("/by", json!("anna")),
        change("/approvers", json!(["dora"])),
        change("/effect/hash", json!(Hash::of(b"another effect"))),
        change("/command/id", json!("b")),
    ];
    for proposal in forged {
        let mut envelope = node.command("asker/x", "cambium:resume", resume.clone());
        (envelope.to, envelope.by) = (place("a"), Caller::runtime());
        approve(&mut envelope, &id, proposal);
        assert_eq!(code(node.send(envelope).await), "forbidden");
    }
    // Without what the approval was asked, and by a hand of one's own.
    let agreed = json!({ "approval": id, "hash": proposal["hash"], "rule": "team/paid",
        "quorum": 2, "approvers": ["anna", "bob"] });
    let forged = json!({ "effect": held[0].id, "agreed": agreed });
    for by in [Caller::runtime(), Caller::new(Caller::ADMIN, Origin::Runtime)] {
        let mut envelope = node.command("asker/x", "cambium:resume", forged.clone());
        (envelope.to, envelope.by) = (place("a"), by);
        assert_eq!(code(node.send(envelope).await), "forbidden");
    }
    // Sealed, but for another effect.
    dora_asks(&node, "b", &[call("paid/x", "q", Terms::default())]).await;
    let other = doing(&node, EffectPhase::Paused, 2).await;
    let mut envelope = node.command("asker/x", "cambium:resume", json!({ "effect": other[1].id }));
    (envelope.to, envelope.by) = (place("b"), Caller::runtime());
    approve(&mut envelope, &id, proposal);
    assert_eq!(code(node.send(envelope).await), "forbidden");
    assert!(paid.called().is_empty());
}

#[tokio::test]
async fn a_held_effect_outlives_restarts_and_asks_nobody_twice() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let first = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&first, "a", &[call("paid/x", "p", Terms::default())]).await;
    let id = awaited(&doing(&first, EffectPhase::Paused, 1).await[0]);
    stands(&first, &id, "pending").await;
    first.runtime.stop().await;
    let second = node(&memory, &[&paid], config()).await;
    let held = doing(&second, EffectPhase::Paused, 1).await;
    assert_eq!(awaited(&held[0]), id);
    says(&second, "anna", &id, "approve").await.expect("yes");
    second.runtime.stop().await;
    let third = node(&memory, &[&paid], config()).await;
    assert!(paid.called().is_empty());
    says(&third, "bob", &id, "approve").await.expect("yes");
    told_times(&third, "a", 1).await;
    assert_eq!(paid.called(), ["p"]);
    let said = events(&third, "a").await;
    assert_eq!(said.iter().filter(|it| it.0 == "cambium:EffectPaused").count(), 1);
}

#[tokio::test]
async fn a_yes_for_another_rule_is_asked_for_anew() {
    let (memory, paid) = (Memory::new(), Model::new("paid", 9));
    let node = ruled(&memory, &[&paid], REVIEW).await;
    dora_asks(&node, "a", &[call("paid/x", "p", Terms::default())]).await;
    let first = awaited(&doing(&node, EffectPhase::Paused, 1).await[0]);
    stands(&node, &first, "pending").await;
    let stricter = REVIEW.replace("quorum: 2", "quorum: 3").replace("role:reviewer", "role:viewer");
    let stricter = stricter.replace("['role:viewer']", "[anna, bob, admin]");
    put(&node, &stricter).await;
    says(&node, "anna", &first, "approve").await.expect("yes");
    says(&node, "bob", &first, "approve").await.expect("yes");
    let second = until(async || {
        let query = EffectQuery { status: Some(EffectPhase::Paused), ..EffectQuery::default() };
        let held = node.runtime.list(&query).into_iter().next()?;
        Some(awaited(&held)).filter(|id| *id != first)
    });
    let second = second.await;
    stands(&node, &second, "pending").await;
    assert!(paid.called().is_empty());
    for who in ["anna", "bob", "admin"] {
        says(&node, who, &second, "approve").await.expect("yes");
    }
    told_times(&node, "a", 1).await;
    assert_eq!(paid.called(), ["p"]);
}
