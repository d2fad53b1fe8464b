//! Policies, switches and approvals in front of real cells.

use std::time::Duration;

use cambium_tests::node::{Node, address};
use contracts::ports::History;
use contracts::view::At;
use contracts::{Caller, Envelope, Origin, Refusal};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

async fn put(node: &Node, name: &str, yaml: &str) {
    let to = format!("policy/{name}");
    node.ask(&to, "put", json!({ "text": yaml })).await.expect("a policy");
}

/// A command of a principal that is not the admin.
fn by(node: &Node, who: &str, to: &str, name: &str, input: Value) -> Envelope {
    let mut envelope = node.command(to, name, input);
    envelope.by = Caller::new(who.parse().expect("a principal"), Origin::Http);
    envelope
}

async fn people(node: &Node, names: &[&str]) {
    for name in names {
        let to = format!("principal/{name}");
        let input = json!({ "roles": ["developer", "reviewer"] });
        node.ask(&to, "register", input).await.expect("a principal");
    }
}

fn code(result: Result<contracts::view::Answer, Refusal>) -> String {
    result.expect_err("refused").code.into_owned()
}

/// The state of an approval once it stands there.
async fn approval(node: &Node, id: &str, status: &str) -> Value {
    let to = address(&format!("approval/{id}"));
    let reached = async {
        loop {
            if let Ok(view) = node.runtime.state(&to, At::Latest).await
                && view.state["status"] == status
            {
                return view.state;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reached).await.expect(status)
}

const DENY: &str = "
version: 1
rules:
  - { id: no-resets, effect: deny, match: { kinds: [counter], commands: [reset] }, reason: never }
";

#[tokio::test]
async fn a_policy_in_force_refuses_and_says_which_rule() {
    let node = Node::start().await;
    people(&node, &["dora"]).await;
    node.send(by(&node, "dora", "counter/c", "add", json!({}))).await.expect("no policy yet");
    put(&node, "strict", DENY).await;
    let reset = || by(&node, "dora", "counter/c", "reset", json!({}));
    let refusal = node.send(reset()).await.expect_err("denied");
    assert_eq!(refusal.code, "policy_denied");
    assert_eq!(refusal.details.expect("details")["rule"], "strict/no-resets");
    let added = node.send(by(&node, "dora", "counter/c", "add", json!({ "by": 2 }))).await;
    assert_eq!(added.expect("allowed").reply, json!({ "value": 3 }));
    let bad = node.ask("policy/strict", "put", json!({ "text": "version: 1\nbogus: 1" })).await;
    assert_eq!(code(bad), "policy_invalid");
    assert_eq!(code(node.send(reset()).await), "policy_denied", "the old one stays in force");
    node.ask("policy/strict", "retire", json!({})).await.expect("retired");
    node.send(reset()).await.expect("nothing is in force");
}

#[tokio::test]
async fn a_commit_says_which_policy_let_it_through() {
    let node = Node::start().await;
    let gates = async |node: &Node| {
        let to = address("counter/c");
        let entries = node.runtime.entries(&to, contracts::Cursor::ZERO, 10);
        let entries = entries.await.expect("entries").items;
        let gate = |entry: &contracts::Entry| match entry {
            contracts::Entry::Commit(recorded) => recorded.commit.gate.clone(),
            contracts::Entry::Foreign(_) => panic!("a commit"),
        };
        entries.iter().map(gate).collect::<Vec<_>>()
    };
    node.ask("counter/c", "add", json!({})).await.expect("added");
    put(&node, "strict", DENY).await;
    node.ask("counter/c", "add", json!({})).await.expect("added");
    let gates = gates(&node).await;
    assert_ne!(gates[0].policy, gates[1].policy);
    assert_eq!(gates[1].reason.as_deref(), Some("strict/default"));
}

#[tokio::test]
async fn a_switch_stops_its_scope_and_nothing_else() {
    let node = Node::start().await;
    node.ask("counter/c", "add", json!({})).await.expect("added");
    let engage = json!({ "scope": "kind:counter", "reason": "wrong figures" });
    node.ask("policy/kill-switch", "engage", engage).await.expect("engaged");
    let refusal = node.ask("counter/c", "add", json!({})).await.expect_err("stopped");
    assert_eq!(refusal.code, "kill_switch_engaged");
    assert!(refusal.retry_after_ms.is_some());
    assert!(refusal.message.contains("wrong figures"));
    node.runtime.state(&address("counter/c"), At::Latest).await.expect("reads go on");
    node.ask("limit/all", "pause", json!({})).await.expect("another kind goes on");
    // What is stored waits, and is taken after the release.
    let mut lines = vec![("cambium-command".to_owned(), "add".to_owned())];
    let mut commits = node.memory.listen("_INBOX_main.k.1");
    lines.push(("cambium-reply-to".to_owned(), "_INBOX_main.k.1".to_owned()));
    node.memory.publish("cmd.main.counter.c", lines, "{\"by\":5}".into()).expect("published");
    let release = json!({ "scope": "kind:counter" });
    node.ask("policy/kill-switch", "release", release).await.expect("released");
    let answered = tokio::time::timeout(Duration::from_secs(30), commits.next()).await;
    let (_, payload) = answered.expect("in time").expect("an answer");
    let answer: Value = serde_json::from_slice(&payload).expect("JSON");
    assert_eq!(answer["output"], json!({ "value": 6 }));
}

const REVIEW: &str = "
version: 1
rules:
  - id: resets-are-reviewed
    effect: review
    match: { kinds: [counter], commands: [reset] }
    approval: { quorum: 2, approvers: ['role:reviewer'], expires_s: 3600 }
";

#[tokio::test]
async fn what_is_reviewed_is_sent_once_when_enough_say_yes() {
    let node = Node::start().await;
    people(&node, &["anna", "bob", "dora"]).await;
    node.ask("counter/c", "add", json!({ "by": 5 })).await.expect("added");
    put(&node, "team", REVIEW).await;
    let reset = by(&node, "dora", "counter/c", "reset", json!({}));
    let refusal = node.send(reset.clone()).await.expect_err("held back");
    assert_eq!(refusal.code, "approval_required");
    let id = refusal.details.expect("details")["approval"].as_str().expect("an id").to_owned();
    let state = approval(&node, &id, "pending").await;
    assert_eq!(state["proposal"]["approvers"], json!(["anna", "bob"]), "not whoever asks");
    let again = node.send(reset).await.expect_err("still");
    assert_eq!(again.details.expect("details")["approval"], json!(id), "nobody is asked twice");
    let to = format!("approval/{id}");
    let vote = json!({ "hash": state["proposal"]["hash"] });
    let says = |who, name| node.send(by(&node, who, &to, name, vote.clone()));
    assert_eq!(code(says("dora", "approve").await), "approval_own");
    says("anna", "approve").await.expect("yes");
    let value = async || {
        let view = node.runtime.state(&address("counter/c"), At::Latest).await;
        view.expect("a counter").state["value"].clone()
    };
    assert_eq!(value().await, json!(5), "one is not enough");
    says("bob", "approve").await.expect("yes");
    approval(&node, &id, "performed").await;
    assert_eq!(value().await, json!(0));
    let to = address("counter/c");
    let entries = node.runtime.entries(&to, contracts::Cursor::ZERO, 10);
    let last = entries.await.expect("entries").items.pop().expect("a commit");
    let contracts::Entry::Commit(recorded) = last else { panic!("a commit") };
    assert_eq!(recorded.commit.gate.verdict, "approved");
    assert_eq!(recorded.commit.gate.reason.as_deref(), Some(&*format!("approval {id}")));
    assert_eq!(recorded.commit.command.by.principal.as_str(), "dora");
}

#[tokio::test]
async fn an_approval_of_ones_own_making_gets_nothing_past_the_gate() {
    let node = Node::start().await;
    people(&node, &["dora", "eve"]).await;
    node.ask("counter/c", "add", json!({ "by": 5 })).await.expect("added");
    put(&node, "team", REVIEW.replace("quorum: 2", "quorum: 1").as_str()).await;
    // Dora asks for a yes on her own terms, and her friend gives it.
    let command = json!({ "kind": "counter", "id": "c", "name": "reset", "input": {} });
    let propose = json!({ "command": command, "approvers": ["eve"] });
    node.send(by(&node, "dora", "approval/mine", "propose", propose)).await.expect("proposed");
    let state = approval(&node, "mine", "pending").await;
    let vote = json!({ "hash": state["proposal"]["hash"] });
    node.send(by(&node, "eve", "approval/mine", "approve", vote)).await.expect("yes");
    let state = approval(&node, "mine", "failed").await;
    assert_eq!(state["status"], "failed");
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("a counter");
    assert_eq!(view.state["value"], json!(5), "the gate asked for another yes");
}

#[tokio::test]
async fn whoever_holds_the_admin_key_mends_a_policy_that_denies_everything() {
    let node = Node::start().await;
    put(&node, "wrong", "version: 1\ndefault: deny\n").await;
    assert_eq!(code(node.ask("counter/c", "add", json!({})).await), "policy_denied");
    node.ask("policy/wrong", "retire", json!({})).await.expect("mended");
    node.ask("counter/c", "add", json!({})).await.expect("added");
}

#[tokio::test]
async fn policies_of_the_system_hold_for_all_and_those_of_a_tenant_for_itself() {
    let node = Node::start().await;
    let in_tenant = |tenant: &str, to: &str, name: &str, input: Value| {
        let mut envelope = node.command(to, name, input);
        envelope.to.tenant = tenant.parse().expect("a tenant");
        envelope
    };
    let add = |tenant: &str| in_tenant(tenant, "counter/c", "add", json!({}));
    let deny = json!({ "text": "version: 1\nrules: [{ id: no, effect: deny, match: { kinds: [counter] } }]" });
    node.send(in_tenant("acme", "policy/p", "put", deny.clone())).await.expect("a policy");
    assert_eq!(code(node.send(add("acme")).await), "policy_denied");
    node.send(add("other")).await.expect("another tenant");
    node.send(in_tenant("system", "policy/floor", "put", deny)).await.expect("a policy");
    assert_eq!(code(node.send(add("other")).await), "policy_denied");
}

/// What a candidate would have refused, asked about the log of a node without it.
async fn what_if(node: &Node, yaml: &str) -> (contracts::kinds::policy::WhatIfCounts, Vec<String>) {
    use contracts::kinds::policy::{WhatIf, WhatIfStep};
    use contracts::ports::Archive as _;
    let asked = json!({ "name": "candidate", "text": yaml });
    let asked: WhatIf = serde_json::from_value(asked).expect("a question");
    let tenant = contracts::Tenant::from_static("main");
    let mut steps = node.runtime.what_if(tenant, asked).expect("a policy");
    let mut ids = Vec::new();
    while let Some(step) = steps.next().await {
        match step {
            WhatIfStep::Difference(it) => ids.push(it.command.to_string()),
            WhatIfStep::Done(counts) => return (counts, ids),
            WhatIfStep::Progress(_) => {}
            WhatIfStep::Failed { code, detail } => panic!("{code}: {detail}"),
        }
    }
    panic!("it was cut")
}

const CANDIDATE: &str = r#"
version: 1
rules:
  - id: large
    effect: deny
    match: { kinds: [counter] }
    when: input.by > 6 && !("admin" in caller.roles)
  - id: developers
    effect: review
    match: { commands: [add], roles: [developer] }
    when: input.by in [3, 4]
risk: { default: { deny: high } }
"#;

/// The same commands are sent to two nodes: one without the candidate, which is then asked what it
/// would have decided, and one where it is in force.
#[tokio::test]
async fn what_if_agrees_with_what_happens_under_the_policy() {
    let (past, under) = (Node::start().await, Node::start().await);
    for node in [&past, &under] {
        people(node, &["dora", "eve"]).await;
    }
    put(&under, "candidate", CANDIDATE).await;
    let mut refused = Vec::new();
    for n in 0..40_u32 {
        let who = ["dora", "eve", "admin"][n as usize % 3];
        let to = format!("counter/c{}", n % 4);
        let input = json!({ "by": n % 9 });
        let envelope = by(&past, who, &to, "add", input);
        past.send(envelope.clone()).await.expect("nothing is in force");
        if let Err(refusal) = under.send(envelope.clone()).await {
            assert!(["policy_denied", "approval_required"].contains(&&*refusal.code), "{refusal}");
            refused.push(envelope.id.to_string());
        }
    }
    // A role that is taken away counts from then on, and not before.
    let remove = json!({ "role": "developer" });
    for node in [&past, &under] {
        node.ask("principal/dora", "unassign", remove.clone()).await.expect("removed");
    }
    let envelope = by(&past, "dora", "counter/c0", "add", json!({ "by": 3 }));
    let allowed = past.send(envelope.clone()).await;
    assert_eq!(allowed.is_ok(), under.send(envelope).await.is_ok());
    let (counts, ids) = what_if(&past, CANDIDATE).await;
    assert_eq!(ids, refused);
    assert_eq!(counts.differences, refused.len() as u64);
    assert!(counts.by_rule.keys().len() >= 2, "{counts:?}");
    assert!(!refused.is_empty() && refused.len() < 40);
}
