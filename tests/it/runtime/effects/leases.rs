//! Work passes the gates that every effect passes.

use contracts::effect::{EffectHold, EffectPhase, EffectVerb, Retry, Terms};
use contracts::ports::WorkBoard as _;
use contracts::work::{LeaseInput, OutcomeInput, WorkAnswer, WorkItem, WorkStatus};
use contracts::{LimitKey, Refusal, Tenant};
use nats::Memory;
use serde_json::{Value, json};

use cambium_tests::node::Node;

use super::asker::{ask, config, control, doing, node, told, told_times, until};

const MAIN: Tenant = Tenant::from_static("main");

fn work(tag: &str, delivery: &str, terms: &Terms) -> Value {
    json!({ "type": "work", "data": {
        "queue": "q", "input": tag, "tag": tag, "delivery": delivery, "terms": terms } })
}

async fn lease(node: &Node, wait_s: f64) -> Option<WorkItem> {
    let input = LeaseInput { wait_s, ..LeaseInput::default() };
    let queue = "q".parse().expect("a queue");
    let request = node.runtime.request(MAIN, queue, input).expect("within the limits");
    node.runtime.lease(request).await.expect("leased").pop()
}

async fn tell(node: &Node, item: &WorkItem, output: &str) -> Result<WorkAnswer, Refusal> {
    let (lease, output) = (item.lease.clone(), json!(output));
    let outcome = OutcomeInput { lease, ok: true, output, error: None };
    node.runtime.conclude(&MAIN, item.effect_id, outcome).await
}

async fn limit(node: &Node, id: &str, name: &str, input: Value) {
    let set = node.ask(&format!("limit/{id}"), name, input).await.expect("set");
    until(async || (node.runtime.readiness().ledger_at >= set.cursor).then_some(())).await;
}

#[tokio::test]
async fn work_is_leased_in_turn_and_in_order() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    let terms = Terms::default();
    ask(&node, "a", &[work("a1", "idempotent", &terms), work("a2", "at_most_once", &terms)]).await;
    ask(&node, "b", &[work("b1", "idempotent", &terms)]).await;
    doing(&node, EffectPhase::Queued, 3).await;
    let mut inputs = Vec::new();
    let mut items = Vec::new();
    while let Some(item) = lease(&node, 0.0).await {
        inputs.push(item.input.clone());
        items.push(item);
    }
    assert_eq!(inputs, ["a1", "b1", "a2"]);
    doing(&node, EffectPhase::Leased, 3).await;
    for item in &items {
        assert_eq!(tell(&node, item, "done").await.expect("taken").status, WorkStatus::Done);
    }
    assert_eq!(told_times(&node, "a", 2).await[0]["result"]["worked"], "done");
    told_times(&node, "b", 1).await;
}

#[tokio::test]
async fn a_limit_holds_leases_and_says_so() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    limit(&node, "key:k", "set", json!({ "concurrent_max": 1 })).await;
    let terms = Terms { limit: Some(LimitKey::from_static("k")), ..Terms::default() };
    let two = [work("a1", "idempotent", &terms), work("a2", "idempotent", &terms)];
    ask(&node, "a", &two).await;
    doing(&node, EffectPhase::Queued, 2).await;
    let first = lease(&node, 0.0).await.expect("one");
    assert!(lease(&node, 0.0).await.is_none(), "the limit");
    let held = doing(&node, EffectPhase::Queued, 1).await;
    assert!(matches!(held[0].why, Some(EffectHold::Limit { .. })), "{:?}", held[0].why);
    // A worker that waits gets it as soon as the first one is done.
    let (second, _) = tokio::join!(lease(&node, 30.0), tell(&node, &first, "one"));
    let second = second.expect("its turn");
    tell(&node, &second, "two").await.expect("taken");
    told_times(&node, "a", 2).await;
}

#[tokio::test]
async fn a_pause_of_the_class_holds_work_until_it_is_lifted() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    limit(&node, "class:work", "pause", json!({})).await;
    ask(&node, "a", &[work("a", "idempotent", &Terms::default())]).await;
    doing(&node, EffectPhase::Queued, 1).await;
    assert!(lease(&node, 0.0).await.is_none());
    let lift = limit(&node, "class:work", "resume", json!({}));
    let (item, ()) = tokio::join!(lease(&node, 30.0), lift);
    tell(&node, &item.expect("it may start"), "done").await.expect("taken");
}

#[tokio::test]
async fn a_cancelled_lease_is_lost_and_frees_its_place() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    limit(&node, "all", "set", json!({ "concurrent_max": 1 })).await;
    let terms = Terms::default();
    ask(&node, "a", &[work("a", "at_most_once", &terms), work("b", "idempotent", &terms)]).await;
    doing(&node, EffectPhase::Queued, 2).await;
    let item = lease(&node, 0.0).await.expect("one");
    let leased = doing(&node, EffectPhase::Leased, 1).await;
    control(&node, &leased[0], EffectVerb::Cancel { reason: None }).await.expect("cancelled");
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    assert_eq!(tell(&node, &item, "late").await.unwrap_err().code, "effect_cancelled");
    let next = lease(&node, 30.0).await.expect("the place is free");
    tell(&node, &next, "done").await.expect("taken");
    told_times(&node, "a", 2).await;
}

/// A paused one is not offered, survives a restart so, and goes on when it is resumed.
#[tokio::test]
async fn paused_work_is_not_offered() {
    let memory = Memory::new();
    let first = node(&memory, &[], config()).await;
    ask(&first, "a", &[work("a", "idempotent", &Terms::default())]).await;
    let queued = doing(&first, EffectPhase::Queued, 1).await;
    let pause = EffectVerb::Pause { reason: "not now".to_owned() };
    control(&first, &queued[0], pause).await.expect("paused");
    doing(&first, EffectPhase::Paused, 1).await;
    assert!(lease(&first, 0.0).await.is_none());
    first.runtime.stop().await;
    let second = node(&memory, &[], config()).await;
    doing(&second, EffectPhase::Paused, 1).await;
    assert!(lease(&second, 0.0).await.is_none());
    control(&second, &queued[0], EffectVerb::Resume).await.expect("resumed");
    let item = lease(&second, 30.0).await.expect("offered");
    tell(&second, &item, "done").await.expect("taken");
}

/// A worker that leaves between the commit of its attempt and its lease has had nothing.
#[tokio::test]
async fn a_request_that_is_given_up_gives_back_what_it_took() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    for delivery in ["idempotent", "at_most_once"] {
        let retry = Retry { attempts_max: Some(1), ..Retry::default() };
        let terms = Terms { retry: Some(retry), ..Terms::default() };
        ask(&node, delivery, &[work("a", delivery, &terms)]).await;
        doing(&node, EffectPhase::Queued, 1).await;
        {
            // Polled until it waits for the actor, then dropped.
            let leasing = lease(&node, 30.0);
            let once = tokio::time::timeout(std::time::Duration::ZERO, leasing).await;
            assert!(once.is_err() || once.is_ok_and(|item| item.is_some()));
        }
        if let Some(item) = lease(&node, 0.5).await {
            tell(&node, &item, "done").await.expect("taken");
            let told = told_times(&node, delivery, 1).await;
            assert_eq!(told[0]["result"]["worked"], "done");
        } else {
            // The first request had it already when it was dropped.
            let leased = doing(&node, EffectPhase::Leased, 1).await;
            let cancel = EffectVerb::Cancel { reason: None };
            control(&node, &leased[0], cancel).await.expect("cancelled");
            told_times(&node, delivery, 1).await;
        }
        assert_eq!(told(&node, delivery).await.len(), 1);
    }
}
