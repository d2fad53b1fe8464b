//! Policies: how often, when, and what then.

use contracts::effect::{EffectPhase, EffectVerb, OnExhausted, Resolution, Retry, Terms};
use contracts::{Refusal, RefusalClass};
use nats::Memory;
use serde_json::json;
use std::sync::atomic::Ordering;

use super::asker::{Model, ask, call, config, control, doing, node, told, told_times};

fn three(on_exhausted: OnExhausted) -> Terms {
    let (attempts_max, backoff) = (Some(3), Some(2));
    let retry = Retry {
        attempts_max,
        backoff_ms_min: backoff,
        backoff_ms_max: backoff,
        on_exhausted,
        ..Retry::default()
    };
    Terms { retry: Some(retry), ..Terms::default() }
}

#[tokio::test]
async fn attempts_are_counted_and_told() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    model.refuses.store(2, Ordering::SeqCst);
    let node = node(&memory, &[&model], config()).await;
    ask(&node, "a", &[call("local/x", "a", three(OnExhausted::Fail))]).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!((&told[0]["attempts"], model.called().len()), (&json!(3), 3));
    model.refuses.store(3, Ordering::SeqCst);
    ask(&node, "b", &[call("local/x", "b", three(OnExhausted::Fail))]).await;
    let told = told_times(&node, "b", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "model_rate_limit");
    assert_eq!(model.called().len(), 6);
}

/// Exhausted, it waits through restarts, visible, until somebody lets it go on.
#[tokio::test]
async fn an_exhausted_effect_waits_until_it_is_resumed() {
    for model in [Model::new("local", 9), Model::new("paid", 9)] {
        let memory = Memory::new();
        let name = if model.called().is_empty() { model.as_ref() } else { unreachable!() };
        let name = format!("{}/x", actors::model::Provider::name(name));
        model.refuses.store(3, Ordering::SeqCst);
        let first = node(&memory, &[&model], config()).await;
        ask(&first, "a", &[call(&name, "a", three(OnExhausted::Pause))]).await;
        let paused = doing(&first, EffectPhase::Paused, 1).await;
        assert_eq!((model.called().len(), paused[0].attempts), (3, 3), "{name}");
        first.runtime.stop().await;
        let second = node(&memory, &[&model], config()).await;
        let paused = doing(&second, EffectPhase::Paused, 1).await;
        assert_eq!(paused[0].attempts, 3, "and nothing of it is unknown");
        assert!(told(&second, "a").await.is_empty());
        // Twice is once.
        control(&second, &paused[0], EffectVerb::Resume).await.expect("resumed");
        let told = told_times(&second, "a", 1).await;
        assert_eq!(told[0]["attempts"], 4);
        assert_eq!(
            (told[0]["result"]["llm"]["text"].as_str(), model.called().len()),
            (Some("a"), 4)
        );
        second.runtime.stop().await;
    }
}

#[tokio::test]
async fn an_actor_may_be_told_that_its_effect_waits() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    model.refuses.store(3, Ordering::SeqCst);
    let node = node(&memory, &[&model], config()).await;
    ask(&node, "a", &[call("local/x", "a", three(OnExhausted::PauseAndTell))]).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["paused"]["code"], "model_rate_limit");
    let paused = doing(&node, EffectPhase::Paused, 1).await;
    // Somebody who knows better says what came of it.
    let said = EffectVerb::Resolve(Resolution::Done(json!("by hand")));
    control(&node, &paused[0], said).await.expect("resolved");
    let told = told_times(&node, "a", 2).await;
    assert_eq!(told[1]["result"]["llm"]["text"], "by hand");
    assert_eq!(model.called().len(), 3);
}

/// What may be done only once is not done again because nobody answered.
#[tokio::test]
async fn silence_is_no_reason_to_pay_twice() {
    let (memory, model) = (Memory::new(), Model::new("paid", 9));
    model.refuses.store(9, Ordering::SeqCst);
    let silent = Refusal::new(RefusalClass::Timeout, "model_timeout", "nothing").retry_after(1);
    *model.refusal.lock().expect("no panic") = silent;
    let node = node(&memory, &[&model], config()).await;
    ask(&node, "a", &[call("paid/x", "a", three(OnExhausted::Pause))]).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["result"]["failed"]["code"], "model_timeout");
    assert_eq!(model.called().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_says_when_to_come_again() {
    let (memory, model) = (Memory::new(), Model::new("local", 9));
    model.refuses.store(1, Ordering::SeqCst);
    let later = Refusal::new(RefusalClass::Overloaded, "model_rate_limit", "in half a minute");
    *model.refusal.lock().expect("no panic") = later.retry_after(30_000);
    let node = node(&memory, &[&model], config()).await;
    let begun = tokio::time::Instant::now();
    ask(&node, "a", &[call("local/x", "a", three(OnExhausted::Fail))]).await;
    let waiting = doing(&node, EffectPhase::Retrying, 1).await;
    assert_eq!(waiting[0].last.as_ref().map(|it| &*it.code), Some("model_rate_limit"));
    assert!(waiting[0].next_at.is_some());
    let limit = super::asker::until(async || (model.called().len() == 2).then_some(()));
    tokio::time::timeout(std::time::Duration::from_secs(90), limit).await.expect("called again");
    assert!(begun.elapsed().as_secs() >= 29, "{:?}", begun.elapsed());
}
