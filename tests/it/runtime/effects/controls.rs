//! What operators do about effects.

use contracts::effect::{EffectHold, EffectPhase, EffectVerb, Resolution, Terms};
use contracts::{Caller, Hash};
use nats::Memory;
use serde_json::json;
use std::sync::atomic::Ordering;

use super::asker::{
    Model, ask, call, config, control, control_of, doing, node, place, told, told_times, until,
    views,
};

fn cancel() -> EffectVerb {
    EffectVerb::Cancel { reason: Some("changed my mind".to_owned()) }
}

fn pause() -> EffectVerb {
    EffectVerb::Pause { reason: "not now".to_owned() }
}

#[tokio::test]
async fn a_running_call_is_cut_off_and_its_actor_told() {
    for name in ["local", "paid"] {
        let (memory, model) = (Memory::new(), Model::new(name, 0));
        let node = node(&memory, &[&model], config()).await;
        ask(&node, "a", &[call(&format!("{name}/x"), "a", Terms::default())]).await;
        until(async || (model.open.load(Ordering::SeqCst) == 1).then_some(())).await;
        let running = doing(&node, EffectPhase::Running, 1).await;
        let answer = control(&node, &running[0], cancel()).await.expect("cancelled");
        assert_eq!(answer.reply["status"], "cancelled");
        let told = told_times(&node, "a", 1).await;
        assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
        until(async || (model.open.load(Ordering::SeqCst) == 0).then_some(())).await;
        until(async || views(&node).is_empty().then_some(())).await;
        let gone = control(&node, &running[0], cancel()).await.unwrap_err();
        assert_eq!(gone.code, "effect_not_found");
    }
}

#[tokio::test]
async fn queued_paused_and_retrying_ones_are_cancelled() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    let config = actors::Config { effect_retry_ms_min: 60_000_000, ..config() };
    let config = actors::Config { effect_retry_ms_max: 60_000_000, ..config };
    let node = node(&memory, &[&model], config).await;
    let send = node.command("limit/class:llm", "pause", json!({}));
    let paused = node.send(send).await.expect("paused");
    until(async || (node.runtime.readiness().ledger_at >= paused.cursor).then_some(())).await;
    ask(&node, "queued", &[call("local/x", "q", Terms::default())]).await;
    ask(&node, "paused", &[call("local/x", "p", Terms::default())]).await;
    let queued = doing(&node, EffectPhase::Queued, 2).await;
    let answer = control(&node, &queued[1], pause()).await.expect("paused");
    assert_eq!(answer.reply["status"], "paused");
    let held = doing(&node, EffectPhase::Paused, 1).await;
    let by = EffectHold::Pause { by: Caller::ADMIN, reason: "not now".to_owned() };
    assert_eq!(held[0].why, Some(by));
    control(&node, &queued[0], cancel()).await.expect("cancelled");
    control(&node, &queued[1], cancel()).await.expect("cancelled");
    for id in ["queued", "paused"] {
        let told = told_times(&node, id, 1).await;
        assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled", "{id}");
    }
    assert!(model.called().is_empty());
    model.refuses.store(9, Ordering::SeqCst);
    node.ask("limit/class:llm", "resume", json!({})).await.expect("resumed");
    let terms = Terms::default();
    ask(&node, "retrying", &[call("local/x", "r", terms)]).await;
    let retrying = doing(&node, EffectPhase::Retrying, 1).await;
    control(&node, &retrying[0], cancel()).await.expect("cancelled");
    let told = told_times(&node, "retrying", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    assert_eq!(model.called(), ["r"]);
}

#[tokio::test]
async fn a_paused_effect_stays_so_through_restarts() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    let first = node(&memory, &[&model], config()).await;
    first.ask("limit/all", "pause", json!({})).await.expect("paused");
    ask(&first, "a", &[call("local/x", "a", Terms::default())]).await;
    let queued = doing(&first, EffectPhase::Queued, 1).await;
    control(&first, &queued[0], pause()).await.expect("paused");
    first.ask("limit/all", "resume", json!({})).await.expect("resumed");
    first.runtime.stop().await;
    let second = node(&memory, &[&model], config()).await;
    let held = doing(&second, EffectPhase::Paused, 1).await;
    assert!(model.called().is_empty());
    let answer = control(&second, &held[0], pause()).await.expect("twice is once");
    assert_eq!(answer.reply["status"], "paused");
    control(&second, &held[0], EffectVerb::Resume).await.expect("resumed");
    told_times(&second, "a", 1).await;
}

/// Nobody reaches another's effects by naming them.
#[tokio::test]
async fn an_effect_is_its_own_actors() {
    let (memory, model) = (Memory::new(), Model::new("local", 0));
    let node = node(&memory, &[&model], config()).await;
    ask(&node, "a", &[call("local/x", "a", Terms::default())]).await;
    ask(&node, "b", &[]).await;
    ask(&node, "mallory/a", &[]).await;
    let running = doing(&node, EffectPhase::Running, 1).await;
    for other in ["b", "none", "mallory/a"] {
        let refused = control_of(&node, &place(other), running[0].id, cancel()).await;
        assert_eq!(refused.unwrap_err().code, "effect_not_found", "{other}");
    }
    let unknown = contracts::EffectId(Hash::of(b"nothing"));
    let refused = control_of(&node, &place("a"), unknown, cancel()).await;
    assert_eq!(refused.unwrap_err().code, "effect_not_found");
    let early = EffectVerb::Resolve(Resolution::Done(json!("I know")));
    assert_eq!(control(&node, &running[0], early).await.unwrap_err().code, "effect_not_held");
    let long = EffectVerb::Pause { reason: "x".repeat(2_000) };
    assert_eq!(control(&node, &running[0], long).await.unwrap_err().code, "invalid_input");
    for name in ["pause", "resume", "cancel", "hold", "resolve"] {
        let input = json!({ "effect": running[0].id, "reason": "x" });
        let forged = node.ask("asker/a", &format!("cambium:{name}"), input).await;
        assert_eq!(forged.unwrap_err().code, "forbidden");
    }
    assert!(told(&node, "a").await.is_empty());
    model.may_answer.add_permits(1);
    told_times(&node, "a", 1).await;
}
