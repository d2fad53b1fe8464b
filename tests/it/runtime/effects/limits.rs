//! Rate, concurrency and pause per key, class and tenant; and who waits for whom.

use contracts::effect::{EffectHold, EffectPhase, EffectView, LimitHold, Terms};
use contracts::kinds::limit::SYSTEM;
use contracts::ports::Effects;
use contracts::{LimitKey, Tenant};
use nats::Memory;
use serde_json::json;

use super::asker::{Model, ask, call, config, doing, node, told_times, until, views};
use cambium_tests::node::Node;

fn keyed(key: &'static str) -> Terms {
    Terms { limit: Some(LimitKey::from_static(key)), ..Terms::default() }
}

async fn limit(node: &Node, tenant: &str, id: &str, name: &str, input: serde_json::Value) {
    let mut command = node.command(&format!("limit/{id}"), name, input);
    command.to.tenant = tenant.parse().expect("a tenant");
    let answer = node.send(command).await.expect("set");
    // The ledger has read it.
    until(async || (node.runtime.readiness().ledger_at >= answer.cursor).then_some(())).await;
}

fn held(view: &EffectView) -> (&Tenant, String, LimitHold) {
    match view.why.as_ref().expect("something holds it") {
        EffectHold::Limit { tenant, scope, what } => (tenant, scope.to_string(), *what),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pause_holds_what_is_under_it_and_nothing_else() {
    let model = Model::new("local", 100);
    for (tenant, id) in [
        ("main", "all"),
        ("main", "class:llm"),
        ("main", "key:account"),
        ("system", "all"),
        ("system", "class:llm"),
        ("system", "key:account"),
        ("system", "tenant:main"),
    ] {
        let memory = Memory::new();
        let first = node(&memory, &[&model], config()).await;
        limit(&first, tenant, id, "pause", json!({ "reason": "maintenance" })).await;
        let send = json!({ "type": "send", "data": {
            "kind": "counter", "id": "c", "name": "add", "input": {}, "tag": "sent" } });
        let free = Terms { independent: true, ..Terms::default() };
        let calls = [call("local/x", "a", keyed("account")), call("local/x", "b", free)];
        ask(&first, "one", &calls).await;
        ask(&first, "two", &[send]).await;
        ask(&first, "other/one", &calls).await;
        // What must wait is seen to wait, and the rest is told.
        let everything = tenant == "system" && id != "tenant:main" && id != "key:account";
        let of_other = if !everything && (id != "key:account" || tenant == "main") { 2 } else { 0 };
        if of_other > 0 {
            told_times(&first, "other/one", 2).await;
        }
        let waiting = doing(
            &first,
            EffectPhase::Queued,
            match (tenant, id) {
                ("main", "all") | ("system", "tenant:main") => 3,
                ("main", "class:llm") => 2,
                ("main", "key:account") => 1,
                ("system", "all") => 5,
                ("system", "class:llm") => 4,
                _ => 2,
            },
        )
        .await;
        let account = waiting.iter().find(|it| it.limit.is_some()).expect("it waits");
        let expected: Tenant = tenant.parse().expect("a tenant");
        assert_eq!(held(account), (&expected, id.to_owned(), LimitHold::Paused));
        // It is durable: the next run holds it too, until it is lifted.
        first.runtime.stop().await;
        let second = node(&memory, &[&model], config()).await;
        assert_eq!(doing(&second, EffectPhase::Queued, waiting.len()).await.len(), waiting.len());
        let limits = second.runtime.limits(Some(&expected));
        assert_eq!((limits.len(), limits[0].paused), (1, true));
        assert_eq!(limits[0].counts.queued, waiting.len() as u64);
        limit(&second, tenant, id, "resume", json!({})).await;
        told_times(&second, "one", 2).await;
        told_times(&second, "two", 1).await;
        told_times(&second, "other/one", 2).await;
        until(async || views(&second).is_empty().then_some(())).await;
        assert!(second.runtime.limits(None).is_empty());
        second.runtime.stop().await;
    }
}

#[tokio::test]
async fn as_many_run_as_may_and_the_others_say_what_holds_them() {
    let (memory, model) = (Memory::new(), Model::new("local", 0));
    let node = node(&memory, &[&model], config()).await;
    limit(&node, "main", "key:gpu", "set", json!({ "concurrent_max": 2 })).await;
    let calls: Vec<_> = (0..6).map(|at| call("local/x", &format!("g{at}"), keyed("gpu"))).collect();
    ask(&node, "a", &calls).await;
    ask(&node, "b", &[call("local/x", "free", Terms::default())]).await;
    doing(&node, EffectPhase::Running, 3).await;
    let waiting = doing(&node, EffectPhase::Queued, 4).await;
    let main = Tenant::from_static("main");
    let gate = || (&main, "key:gpu".to_owned(), LimitHold::Concurrency);
    let first = waiting.iter().find(|it| it.why.as_ref().is_some_and(is_limit)).expect("one");
    assert_eq!(held(first), gate());
    model.may_answer.add_permits(7);
    told_times(&node, "a", 6).await;
    told_times(&node, "b", 1).await;
    assert!(model.most.load(std::sync::atomic::Ordering::SeqCst) <= 3);
    let of_gpu = |calls: Vec<String>| calls.into_iter().filter(|it| it != "free");
    assert!(of_gpu(model.called()).eq((0..6).map(|at| format!("g{at}"))), "in order");
}

fn is_limit(hold: &EffectHold) -> bool {
    matches!(hold, EffectHold::Limit { .. })
}

#[tokio::test(start_paused = true)]
async fn a_rate_spreads_what_it_admits() {
    let (memory, model) = (Memory::new(), Model::new("local", 1_000));
    let node = node(&memory, &[&model], config()).await;
    limit(&node, "main", "class:llm", "set", json!({ "rate_per_s": 2.0, "burst": 3 })).await;
    let calls: Vec<_> =
        (0..9).map(|at| call("local/x", &at.to_string(), Terms::default())).collect();
    let begun = tokio::time::Instant::now();
    ask(&node, "a", &calls).await;
    told_times(&node, "a", 9).await;
    // The clock of this test is not the machine's: three at once, then one each half second.
    let took = begun.elapsed().as_millis();
    assert!((2_900..3_600).contains(&took), "{took}");
}

#[tokio::test]
async fn a_backlog_of_one_tenant_or_actor_delays_no_other() {
    let (memory, model) = (Memory::new(), Model::new("local", 0));
    let node = node(&memory, &[&model], config()).await;
    limit(&node, SYSTEM.as_str(), "class:llm", "set", json!({ "concurrent_max": 1 })).await;
    let many = |name: &str, count: usize| -> Vec<_> {
        (0..count).map(|_| call("local/x", name, Terms::default())).collect()
    };
    ask(&node, "big/a", &many("big a", 40)).await;
    doing(&node, EffectPhase::Running, 1).await;
    ask(&node, "big/b", &many("big b", 2)).await;
    ask(&node, "small/a", &many("small a", 2)).await;
    doing(&node, EffectPhase::Queued, 43).await;
    model.may_answer.add_permits(44);
    told_times(&node, "big/a", 40).await;
    let order = model.called();
    let last = |name: &str| order.iter().rposition(|it| it == name).expect("called");
    assert!(last("small a") <= 5, "{order:?}");
    assert!(last("big b") <= 7, "{order:?}");
}

#[tokio::test]
async fn effects_of_an_actor_start_in_order_unless_they_are_independent() {
    let memory = Memory::new();
    let node = node(&memory, &[], config()).await;
    let send = |name: &str, key: Option<&'static str>, independent: bool| {
        let limit = key.map(LimitKey::from_static);
        let terms = Terms { limit, independent, ..Terms::default() };
        json!({ "type": "send", "data": {
            "kind": "counter", "id": name, "name": "add", "input": {}, "tag": name, "terms": terms } })
    };
    limit(&node, "main", "key:slow", "pause", json!({})).await;
    let effects =
        [send("first", Some("slow"), false), send("second", None, false), send("free", None, true)];
    ask(&node, "a", &effects).await;
    let told = told_times(&node, "a", 1).await;
    assert_eq!(told[0]["tag"], "free");
    let waiting = doing(&node, EffectPhase::Queued, 2).await;
    assert_eq!(waiting[1].why, Some(EffectHold::Order { behind: waiting[0].id }));
    limit(&node, "main", "key:slow", "clear", json!({})).await;
    let told = told_times(&node, "a", 3).await;
    let tags: Vec<_> = told.iter().map(|it| it["tag"].as_str().expect("a tag")).collect();
    assert_eq!(tags[0], "free");
    assert!(tags.contains(&"first") && tags.contains(&"second"));
}

/// A limit that is set in one tenant says nothing about another's.
#[tokio::test]
async fn limits_of_a_tenant_are_its_own() {
    let (memory, model) = (Memory::new(), Model::new("local", 10));
    let node = node(&memory, &[&model], config()).await;
    limit(&node, "mallory", "all", "pause", json!({})).await;
    limit(&node, "mallory", "key:account", "pause", json!({})).await;
    ask(&node, "a", &[call("local/x", "a", keyed("account"))]).await;
    told_times(&node, "a", 1).await;
    let mut foreign = node.command("limit/tenant:main", "pause", json!({}));
    foreign.to.tenant = Tenant::from_static("mallory");
    assert_eq!(node.send(foreign).await.unwrap_err().code, "limit_scope_unknown");
    assert!(node.runtime.limits(Some(&Tenant::from_static("main"))).is_empty());
    assert_eq!(node.runtime.limits(Some(&Tenant::from_static("mallory"))).len(), 2);
}
