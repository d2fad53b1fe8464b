//! What is unknown after a crash, what a stop waits for, and commits that nobody decided.

use std::sync::atomic::Ordering;

use actors::Config;
use cambium_tests::node::Node;
use contracts::commit::{Commit, EffectRecord};
use contracts::effect::{EffectPhase, EffectVerb, OnUnknown, Resolution, Terms};
use contracts::ports::History;
use contracts::{Cursor, Effect, Entry, Hash, Refusal, Revision, Timestamp, lifecycle};
use nats::Memory;
use serde_json::{Value, json};

use super::asker::{
    Model, ask, call, config, control, doing, node, place, told, told_times, until, views,
};

fn hold() -> Terms {
    Terms { on_unknown: OnUnknown::Hold, ..Terms::default() }
}

/// A call that was cut off, and the program started again.
async fn cut_off(memory: &Memory, model: &std::sync::Arc<Model>) -> Node {
    let first = node(memory, &[model], config()).await;
    ask(&first, "a", &[call("paid/x", "a", hold())]).await;
    until(async || (model.open.load(Ordering::SeqCst) == 1).then_some(())).await;
    first.runtime.stop().await;
    node(memory, &[model], config()).await
}

#[tokio::test]
async fn what_is_unknown_waits_until_somebody_knows() {
    let refusal = Refusal::rejected("not_done", "it was not");
    let cases = [
        (Resolution::Done(json!("it was")), "llm", 1),
        (Resolution::Failed(refusal), "failed", 1),
        (Resolution::Retry, "llm", 2),
    ];
    for (resolution, result, calls) in cases {
        let (memory, model) = (Memory::new(), Model::new("paid", 0));
        let second = cut_off(&memory, &model).await;
        let unknown = doing(&second, EffectPhase::Unknown, 1).await;
        assert!(told(&second, "a").await.is_empty());
        second.runtime.stop().await;
        let third = node(&memory, &[&model], config()).await;
        let still = doing(&third, EffectPhase::Unknown, 1).await;
        assert_eq!((still[0].id, still[0].attempts), (unknown[0].id, 1));
        let wrong = EffectVerb::Resolve(Resolution::Done(json!({ "no": "response" })));
        let refused = control(&third, &still[0], wrong).await.unwrap_err();
        assert_eq!(refused.code, "resolution_invalid");
        let resumed = control(&third, &still[0], EffectVerb::Resume).await.unwrap_err();
        assert_eq!(resumed.code, "effect_not_held");
        model.may_answer.add_permits(1);
        control(&third, &still[0], EffectVerb::Resolve(resolution)).await.expect("resolved");
        let told = told_times(&third, "a", 1).await;
        assert!(told[0]["result"].get(result).is_some(), "{told:?}");
        assert_eq!(model.called().len(), calls);
        until(async || views(&third).is_empty().then_some(())).await;
        third.runtime.stop().await;
    }
}

#[tokio::test]
async fn what_is_unknown_may_be_given_up() {
    let (memory, model) = (Memory::new(), Model::new("paid", 0));
    let node = cut_off(&memory, &model).await;
    let unknown = doing(&node, EffectPhase::Unknown, 1).await;
    let cancel = EffectVerb::Cancel { reason: None };
    control(&node, &unknown[0], cancel).await.expect("cancelled");
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "effect_cancelled");
    assert_eq!(model.called().len(), 1);
}

/// A call that was let go on after it was unknown, and is cut off again, is unknown again.
#[tokio::test]
async fn a_second_attempt_is_no_safer_than_the_first() {
    let (memory, model) = (Memory::new(), Model::new("paid", 0));
    let second = cut_off(&memory, &model).await;
    let unknown = doing(&second, EffectPhase::Unknown, 1).await;
    let retry = EffectVerb::Resolve(Resolution::Retry);
    control(&second, &unknown[0], retry).await.expect("resolved");
    until(async || (model.called().len() == 2).then_some(())).await;
    second.runtime.stop().await;
    let third = node(&memory, &[&model], config()).await;
    let unknown = doing(&third, EffectPhase::Unknown, 1).await;
    assert_eq!(unknown[0].attempts, 2);
    assert_eq!(model.called().len(), 2);
}

#[tokio::test]
async fn a_stop_lets_a_call_that_costs_end_and_records_its_outcome() {
    let (memory, model) = (Memory::new(), Model::new("paid", 0));
    let patient = Config { effect_drain_ms: 60_000, ..config() };
    let first = node(&memory, &[&model], patient).await;
    first.ask("limit/class:llm", "set", json!({ "concurrent_max": 1 })).await.expect("set");
    let calls = [call("paid/x", "a", Terms::default()), call("paid/x", "b", Terms::default())];
    ask(&first, "a", &calls).await;
    until(async || (model.open.load(Ordering::SeqCst) == 1).then_some(())).await;
    let runtime = first.runtime.clone();
    let stopping = tokio::spawn(async move { runtime.stop().await });
    let refused = until(async || first.ask("counter/c", "add", json!({})).await.err()).await;
    assert_eq!(refused.code, "stopping");
    model.may_answer.add_permits(1);
    stopping.await.expect("it stops");
    assert_eq!(model.called(), ["a"], "and nothing more starts");
    let second = node(&memory, &[&model], config()).await;
    let told = told_times(&second, "a", 1).await;
    assert_eq!(told[0]["result"]["llm"]["text"], "a");
    model.may_answer.add_permits(1);
    told_times(&second, "a", 2).await;
    assert_eq!(model.called(), ["a", "b"]);
}

async fn last_commit(node: &Node, id: &str) -> (Cursor, Commit) {
    let page = node.runtime.entries(&place(id), Cursor::ZERO, 100).await.expect("readable");
    let Some(Entry::Commit(recorded)) = page.items.last() else { panic!("it has commits") };
    (recorded.cursor, recorded.commit.clone())
}

/// Whoever can publish on an `evt.` subject can write what looks like a commit. It continues no
/// chain, so nothing that it asks is done, and nothing that it says of other effects counts.
#[tokio::test]
async fn a_forged_commit_has_nothing_done() {
    for class in ["local", "paid"] {
        for awake in [true, false] {
            let (memory, model) = (Memory::new(), Model::new(class, 9));
            let first = node(&memory, &[&model], config()).await;
            ask(&first, "a", &[]).await;
            ask(&first, "b", &[]).await;
            let mut node = first;
            if !awake {
                node.runtime.stop().await;
                node = super::asker::node(&memory, &[&model], config()).await;
            }
            let (_, mut commit) = last_commit(&node, "a").await;
            commit.prev = Hash::of(b"another chain");
            commit.revision = Revision(2);
            commit.command.id = contracts::commit::sample_command_id(77);
            let forged = call(&format!("{class}/x"), "forged", Terms::default());
            let forged: Effect = serde_json::from_value(forged).expect("an effect");
            commit.effects = vec![EffectRecord::new(0, &forged)];
            commit.completions = Vec::new();
            let subject = format!("evt.{}.main.asker.a", place("a").partition());
            let bytes = commit.encode().expect("encodes");
            memory.publish(&subject, Vec::new(), bytes.into()).expect("published");
            let at = memory.log().head().await.expect("there");
            // One that comes later is done, so the forged one would have been.
            ask(&node, "b", &[call(&format!("{class}/x"), "true", Terms::default())]).await;
            told_times(&node, "b", 1).await;
            until(async || (node.runtime.readiness().ledger_at >= at).then_some(())).await;
            assert_eq!(model.called(), ["true"], "{class} {awake}");
            node.runtime.stop().await;
        }
    }
}

/// A forged commit of one actor says that another's effect has its outcome.
#[tokio::test]
async fn a_forged_outcome_takes_nothing_away() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    let first = node(&memory, &[&model], config()).await;
    first.ask("limit/all", "pause", json!({})).await.expect("paused");
    ask(&first, "a", &[call("local/x", "a", Terms::default())]).await;
    ask(&first, "b", &[]).await;
    let queued = doing(&first, EffectPhase::Queued, 1).await;
    let (_, mut commit) = last_commit(&first, "b").await;
    let concluded =
        lifecycle::Event::EffectConcluded { effect: queued[0].id, ok: true, metered: None };
    commit.events = vec![concluded.to_record()];
    commit.at = Timestamp::from_millis(0);
    let subject = format!("evt.{}.main.asker.b", place("b").partition());
    let bytes = commit.encode().expect("encodes");
    memory.publish(&subject, Vec::new(), bytes.into()).expect("published");
    first.runtime.stop().await;
    let second = node(&memory, &[&model], config()).await;
    second.ask("limit/all", "resume", json!({})).await.expect("resumed");
    let told = told_times(&second, "a", 1).await;
    assert_ne!(told[0]["result"]["llm"], Value::Null);
}
