use cambium_tests::node::{Node, address};
use contracts::ports::History;
use contracts::view::{At, Status};
use contracts::{Revision, commit};
use futures_util::future::join_all;
use serde_json::json;

#[tokio::test]
async fn a_command_begins_an_actor_and_is_answered() {
    let node = Node::start().await;
    let answer = node.ask("counter/c", "add", json!({ "by": 3 })).await.expect("accepted");
    assert_eq!(answer.status, Status::Completed);
    assert_eq!(answer.reply, json!({ "value": 3 }));
    assert_eq!(answer.revision, Revision(1));
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.state, json!({ "value": 3, "changes": 1 }));
    node.runtime.stop().await;
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let node = Node::start().await;
    let refused = |result: Result<_, contracts::Refusal>| result.map(|_| ()).unwrap_err().code;
    assert_eq!(refused(node.ask("counter/c", "reset", json!({})).await), "actor_not_found");
    assert_eq!(refused(node.ask("nothing/c", "add", json!({})).await), "unknown_kind");
    assert_eq!(refused(node.ask("counter/c", "sing", json!({})).await), "unknown_command");
    let state = node.runtime.state(&address("counter/c"), At::Latest).await;
    assert_eq!(state.unwrap_err().code, "actor_not_found");
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_and_causes_nothing() {
    let node = Node::start().await;
    let envelope = node.command("counter/c", "add", json!({ "by": 3 }));
    let first = node.send(envelope.clone()).await.expect("accepted");
    node.ask("counter/c", "add", json!({ "by": 4 })).await.expect("accepted");
    let again = node.send(envelope.clone()).await.expect("answered");
    assert_eq!(again.reply, first.reply);
    assert_eq!(again.revision, first.revision);
    let mut named = node.command("counter/d", "add", json!({}));
    node.send(named.clone()).await.expect("accepted");
    named.name = "reset".parse().expect("a name");
    let otherwise = node.send(named).await.unwrap_err();
    assert_eq!(otherwise.code, "idempotency_conflict", "the same input of another command");
    let mut other = envelope;
    other.input = json!({ "by": 9 });
    assert_eq!(node.send(other).await.unwrap_err().code, "idempotency_conflict");
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], 7);
}

#[tokio::test]
async fn a_stale_lock_is_refused_and_stores_nothing() {
    let node = Node::start().await;
    node.ask("counter/c", "add", json!({})).await.expect("accepted");
    let mut stale = node.command("counter/c", "add", json!({}));
    stale.expected = Some(Revision(0));
    let refusal = node.send(stale).await.unwrap_err();
    assert_eq!(refusal.code, "precondition_failed");
    assert_eq!(refusal.details.expect("facts")["revision"], 1);
    let mut right = node.command("counter/c", "add", json!({}));
    right.expected = Some(Revision(1));
    assert_eq!(node.send(right).await.expect("accepted").revision, Revision(2));
}

#[tokio::test]
async fn concurrent_commands_are_decided_one_after_another() {
    let node = Node::start().await;
    let asked = (0..100).map(|_| node.ask("counter/hot", "add", json!({})));
    let mut values: Vec<_> = join_all(asked)
        .await
        .into_iter()
        .map(|answer| answer.expect("accepted").reply["value"].as_i64().expect("a number"))
        .collect();
    values.sort_unstable();
    assert_eq!(values, (1..=100).collect::<Vec<_>>());
    let found = node.runtime.verify(&address("counter/hot")).await.expect("exists");
    assert!(found.ok);
    assert_eq!(found.commits, 100);
}

#[tokio::test]
async fn a_flood_is_answered_not_lost() {
    let config = actors::Config { mailbox_commands_max: 4, ..actors::Config::default() };
    let node = Node::on(
        nats::Memory::new(),
        actors::Registry::standard(),
        config,
        actors::model::Providers::default(),
    )
    .await;
    let asked = (0..200).map(|_| node.ask("counter/hot", "add", json!({})));
    let answers = join_all(asked).await;
    let done = answers.iter().filter(|answer| answer.is_ok()).count();
    for refusal in answers.iter().filter_map(|answer| answer.as_ref().err()) {
        assert_eq!(refusal.code, "actor_overloaded");
        assert!(refusal.retry_after_ms.is_some());
    }
    let view = node.runtime.state(&address("counter/hot"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], done);
}

#[tokio::test]
async fn sleeping_cells_wake_with_all_they_knew() {
    let config = actors::Config { cells_awake_max: 64, ..actors::Config::default() };
    let node = Node::on(
        nats::Memory::new(),
        actors::Registry::standard(),
        config,
        actors::model::Providers::default(),
    )
    .await;
    for round in 1..=3 {
        for number in 0..300 {
            let to = format!("counter/n{number}");
            let answer = node.ask(&to, "add", json!({})).await.expect("accepted");
            assert_eq!(answer.reply["value"], round);
        }
    }
    let awake = actors::runtime::Counters::get(&node.runtime.counters().cells);
    assert!(awake <= 64 + 64, "{awake} cells are awake");
}

#[tokio::test]
async fn only_the_runtime_sends_its_own_commands() {
    let node = Node::start().await;
    node.ask("counter/c", "add", json!({})).await.expect("accepted");
    let forged = json!({ "id": "c", "revision": 1, "muted": false });
    let refusal = node.ask("counter/d", "cambium:fork", forged).await.unwrap_err();
    assert!(["forbidden", "actor_not_found"].contains(&&*refusal.code), "{refusal}");
    let id = commit::sample_command_id(99);
    let expire = json!({ "command": id });
    let refusal = node.ask("counter/c", "cambium:expire", expire).await.unwrap_err();
    assert_eq!(refusal.code, "forbidden");
}
