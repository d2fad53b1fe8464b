//! What policies know of an effect of each class, and a yes as a step of any kind.

use cambium_tests::node::{Node, address};
use contracts::effect::{EffectPhase, Terms};
use contracts::ports::{Archive as _, History as _, WorkBoard as _};
use contracts::view::At;
use contracts::work::{LeaseInput, WorkItem};
use futures_util::StreamExt as _;
use nats::Memory;
use serde_json::{Value, json};

use super::super::asker::{Model, ask, call, config, doing, node, told, told_times, until};
use super::{MAIN, awaited, dora_asks, events, known, people, put, ruled, says, stands};

/// What a worker is given now.
async fn lease(node: &Node, queue: &str) -> Option<WorkItem> {
    let input = LeaseInput { wait_s: 0.0, ..LeaseInput::default() };
    let queue = queue.parse().expect("a queue");
    let request = node.runtime.request(MAIN, queue, input).expect("within the limits");
    node.runtime.lease(request).await.expect("leased").pop()
}

#[tokio::test]
async fn all_classes_are_held_by_what_identifies_them() {
    let memory = Memory::new();
    let rule = "{ id: r, effect: review, match: { effect: { queues: [q], classes: [work] } } }";
    let node = ruled(&memory, &[], rule).await;
    let work = |queue: &str| {
        json!({ "type": "work", "data": { "queue": queue, "input": { "path": "a" }, "tag": queue,
            "delivery": "at_most_once" } })
    };
    dora_asks(&node, "w", &[work("q"), work("other")]).await;
    // Before anybody asks for it, the question is there.
    let id = awaited(&doing(&node, EffectPhase::Paused, 1).await[0]);
    stands(&node, &id, "pending").await;
    assert!(lease(&node, "q").await.is_none());
    says(&node, "anna", &id, "approve").await.expect("yes");
    assert_eq!(until(async || lease(&node, "q").await).await.input, json!({ "path": "a" }));
    assert!(until(async || lease(&node, "other").await).await.input.is_object());
}

#[tokio::test]
async fn work_that_waits_already_is_held_by_a_policy_that_comes_later() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    people(&node, &["anna", "dora"]).await;
    let work = json!({ "type": "work", "data": { "queue": "q", "input": {}, "tag": 1,
        "delivery": "idempotent" } });
    dora_asks(&node, "w", &[work]).await;
    doing(&node, EffectPhase::Queued, 1).await;
    put(&node, "{ id: r, effect: review, match: { effect: { queues: [q] } } }").await;
    let id = awaited(&doing(&node, EffectPhase::Paused, 1).await[0]);
    stands(&node, &id, "pending").await;
    assert!(lease(&node, "q").await.is_none());
    says(&node, "anna", &id, "approve").await.expect("yes");
    until(async || lease(&node, "q").await).await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_and_a_command_wait_too() {
    let memory = Memory::new();
    let rule = "{ id: r, effect: review, when: 'effect.class != \"send\" || input.by > 3', \
        match: { effect: { classes: [timer, send], commands: [ask, add] } } }";
    let node = ruled(&memory, &[], rule).await;
    let at = node.memory.now().plus_millis(5_000);
    let timer = json!({ "type": "timer", "data": { "name": "t", "at": at, "command": "ask",
        "input": { "effects": [] } } });
    let send = |by: u32| {
        json!({ "type": "send", "data": { "kind": "counter", "id": "c", "name": "add",
            "input": { "by": by }, "tag": by } })
    };
    dora_asks(&node, "a", &[timer, send(2), send(5)]).await;
    let held = doing(&node, EffectPhase::Paused, 2).await;
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    let asked = async || {
        let said = events(&node, "a").await;
        said.iter().filter(|it| it.0 == "Asked").count()
    };
    assert_eq!(asked().await, 1, "a held timer does not fire");
    node.runtime.reconcile_timers().await.expect("in memory");
    assert_eq!(asked().await, 1, "whoever looks at timers");
    for view in &held {
        // The minute that has passed is long for a directory, too.
        until(async || says(&node, "anna", &awaited(view), "approve").await.ok()).await;
    }
    told_times(&node, "a", 3).await;
    until(async || (asked().await == 2).then_some(())).await;
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("a counter");
    assert_eq!(view.state["value"], 7);
}

#[tokio::test]
async fn files_and_risk_are_asked_where_a_rule_names_the_effect() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    people(&node, &["dora"]).await;
    let text = "version: 1\nrules:\n  - { id: w, effect: allow, match: { effect: { queues: [q] } } }\n\
        \x20 - { id: asks, effect: allow, match: { kinds: [asker] }, exempt: [files, risk] }\n\
        files: { allowed_dirs: [docs] }\nrisk: { default: { deny: high } }\n";
    node.ask("policy/team", "put", json!({ "text": text })).await.expect("a policy");
    known(&node).await;
    let work = |queue: &str, input: Value| {
        json!({ "type": "work", "data": { "queue": queue, "input": input, "tag": queue,
            "delivery": "idempotent" } })
    };
    let outside = json!({ "path": "../etc/passwd" });
    ask(&node, "a", &[work("q", outside.clone())]).await;
    ask(&node, "b", &[work("other", outside)]).await;
    ask(&node, "c", &[work("q", json!({ "path": "docs/a.md" }))]).await;
    doing(&node, EffectPhase::Queued, 2).await;
    let item = until(async || lease(&node, "q").await).await;
    assert_eq!(item.input, json!({ "path": "docs/a.md" }));
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "policy_denied");
    assert!(lease(&node, "other").await.is_some(), "no rule is about it");
}

#[tokio::test]
async fn what_if_is_asked_about_effects() {
    let (memory, local) = (Memory::new(), Model::new("local", 9));
    let node = node(&memory, &[&local], config()).await;
    ask(&node, "a", &[call("local/x", "p", Terms::default())]).await;
    ask(&node, "b", &[call("local/y", "q", Terms::default())]).await;
    told_times(&node, "a", 1).await;
    told_times(&node, "b", 1).await;
    let text = "version: 1\nrules: [{ id: no, effect: deny, when: input.max_tokens > 5, \
        match: { effect: { models: ['local/x'] } } }]";
    let asked = serde_json::from_value(json!({ "text": text })).expect("a question");
    let mut steps = node.runtime.what_if(MAIN, asked).expect("a policy");
    let mut found = Vec::new();
    let counts = loop {
        use contracts::kinds::policy::WhatIfStep;
        match steps.next().await.expect("an end") {
            WhatIfStep::Difference(it) => found.push(*it),
            WhatIfStep::Done(counts) => break counts,
            WhatIfStep::Progress(_) => {}
            WhatIfStep::Failed { code, detail } => panic!("{code}: {detail}"),
        }
    };
    assert_eq!((counts.effects, counts.differences, found.len()), (2, 1, 1), "{counts:?}");
    assert_eq!(found[0].effect.as_ref().expect("an effect").class, "llm");
    assert_eq!((found[0].id.as_str(), found[0].rule.as_str()), ("a", "candidate/no"));
}

/// A step of any kind: it proposes and goes on with what comes of it.
#[tokio::test]
async fn a_kind_waits_for_a_yes_as_a_step() {
    let memory = Memory::new();
    let config = actors::Config { effect_timeout_ms: 50, ..config() };
    let node = node(&memory, &[], config).await;
    people(&node, &["anna", "dora"]).await;
    let step = |id: &str| {
        let command = json!({ "kind": "counter", "id": "c", "name": "add", "input": { "by": 5 } });
        let input = json!({ "command": command, "wait": true, "approvers": ["anna"] });
        json!({ "type": "send", "data": { "kind": "approval", "id": id, "name": "propose",
            "input": input, "tag": id } })
    };
    ask(&node, "a", &[step("yes"), step("no")]).await;
    for id in ["yes", "no"] {
        stands(&node, id, "pending").await;
    }
    // Longer than an attempt may take, several times over: people take their time.
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    assert!(told(&node, "a").await.is_empty());
    says(&node, "anna", "yes", "approve").await.expect("yes");
    says(&node, "anna", "no", "reject").await.expect("no");
    let told = told_times(&node, "a", 2).await;
    let of = |id: &str| &told.iter().find(|it| it["tag"] == id).expect("told")["result"];
    assert_eq!(of("yes")["sent"]["reply"]["status"], "performed");
    assert_eq!(of("no")["failed"]["code"], "approval_refused");
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("a counter");
    assert_eq!(view.state["value"], 5);
}
