//! Many callers of one actor: their commands are stored in runs, and each is answered as if it had
//! come alone.

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::kinds::counter::BOUND;
use contracts::ports::History;
use contracts::view::{Answer, At};
use contracts::{Cursor, Entry, Refusal};
use futures_util::future::join_all;
use nats::Memory;
use nats::memory::Faults;
use serde_json::json;

const CALLERS: u64 = 200;

/// A node that waits for no log that is away.
async fn impatient() -> Node {
    let limits = Config { log_wait_ms: 0, ..Config::default() };
    Node::on(Memory::new(), Registry::standard(), limits, Providers::standard()).await
}

async fn all_add(node: &Node) -> Vec<Result<Answer, Refusal>> {
    join_all((0..CALLERS).map(|_| node.ask("counter/hot", "add", json!({})))).await
}

/// The chain of the hot counter holds what was answered, each value once.
async fn ensure_told(node: &Node, answers: &[Answer]) {
    let mut values: Vec<u64> =
        answers.iter().map(|it| it.reply["value"].as_u64().expect("a value")).collect();
    for answer in answers {
        assert_eq!(answer.reply["value"], answer.revision.0, "each adds one: {answer:?}");
    }
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), answers.len(), "no value is told twice");
    let verified = node.runtime.verify(&address("counter/hot")).await.expect("it exists");
    assert!(verified.ok, "{verified:?}");
    let entries =
        node.runtime.entries(&address("counter/hot"), Cursor::ZERO, 1_000).await.expect("entries");
    for answer in answers {
        let entry = entries.items.iter().find(|entry| entry.cursor() == answer.cursor);
        let Some(Entry::Commit(commit)) = entry else { panic!("nothing stands at {answer:?}") };
        assert_eq!(commit.commit.command.id, answer.command);
        assert_eq!(commit.commit.revision, answer.revision);
    }
}

#[tokio::test]
async fn what_waits_together_is_stored_together() {
    let node = Node::start().await;
    let before = node.memory.appends();
    let answers: Vec<_> = all_add(&node).await.into_iter().map(Result::unwrap).collect();
    ensure_told(&node, &answers).await;
    let appends = node.memory.appends() - before;
    assert!(appends < CALLERS / 10, "{appends} appends for {CALLERS} commands");
}

#[tokio::test]
async fn a_run_of_one_stores_one_at_a_time() {
    let config = Config { run_commits_max: 1, ..Config::default() };
    let node = Node::on(Memory::new(), Registry::standard(), config, Providers::standard()).await;
    let answers: Vec<_> = all_add(&node).await.into_iter().map(Result::unwrap).collect();
    ensure_told(&node, &answers).await;
    assert_eq!(node.memory.appends(), CALLERS);
}

#[tokio::test]
async fn a_run_in_doubt_is_concluded_by_the_log() {
    let node = Node::start().await;
    node.memory.set_faults(Faults {
        lose_ack_of: vec![1, 3],
        lose_append: vec![2, 5],
        ..Faults::default()
    });
    let answers: Vec<_> = all_add(&node).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(answers.len() as u64, CALLERS);
    ensure_told(&node, &answers).await;
    let view = node.runtime.state(&address("counter/hot"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], CALLERS, "nothing is lost and nothing doubled");
}

#[tokio::test]
async fn what_is_denied_and_stands_there_all_the_same_is_told_as_stored() {
    let node = impatient().await;
    let (deny_append, fail_append) = (vec![1, 2, 4], vec![3]);
    node.memory.set_faults(Faults { deny_append, fail_append, ..Faults::default() });
    for value in 1..=2 {
        let told =
            node.ask("counter/hot", "add", json!({ "by": 1 })).await.expect("it stands there");
        assert_eq!(told.reply["value"], value);
    }
    let told = node.ask("counter/hot", "add", json!({ "by": 1 })).await.expect_err("it is away");
    assert_eq!(told.code, "log_unavailable");
    let answers: Vec<_> = all_add(&node).await.into_iter().map(Result::unwrap).collect();
    ensure_told(&node, &answers).await;
    let view = node.runtime.state(&address("counter/hot"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], 2 + CALLERS, "nothing is lost and nothing doubled");
}

#[tokio::test]
async fn a_run_that_cannot_be_stored_is_refused_whole_and_the_next_goes_on() {
    let node = impatient().await;
    node.ask("counter/hot", "add", json!({})).await.expect("it begins");
    node.memory.set_faults(Faults { fail_append: vec![1], ..Faults::default() });
    let told = all_add(&node).await;
    let (stored, refused): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    assert!(!refused.is_empty());
    assert!(refused.iter().all(|it| it.as_ref().expect_err("refused").code == "log_unavailable"));
    let view = node.runtime.state(&address("counter/hot"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], 1 + stored.len());
    ensure_told(&node, &stored.into_iter().map(Result::unwrap).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_rejection_follows_from_what_stands_before_it_in_the_run() {
    let node = Node::start().await;
    let ask = |by: i64| node.ask("counter/c", "add", json!({ "by": by }));
    let answers = join_all([BOUND, 1, -BOUND, 1].map(ask)).await;
    let told = |n: usize| answers[n].as_ref().map(|it| it.reply["value"].clone());
    assert_eq!(told(0).expect("answered"), BOUND);
    assert_eq!(told(1).expect_err("refused").code, "counter_out_of_bounds");
    assert_eq!(told(2).expect("answered"), 0);
    assert_eq!(told(3).expect("answered"), 1);
}

#[tokio::test]
async fn a_repeat_within_a_run_gets_the_first_answer() {
    let node = Node::start().await;
    let once = node.command("counter/c", "add", json!({ "by": 5 }));
    let mut other = once.clone();
    other.input = json!({ "by": 6 });
    let asked = [once.clone(), node.command("counter/c", "add", json!({})), once, other];
    let told = join_all(asked.map(|envelope| node.send(envelope))).await;
    assert_eq!(
        told[0].as_ref().expect("answered").reply,
        told[2].as_ref().expect("answered").reply
    );
    assert_eq!(
        told[0].as_ref().expect("answered").cursor,
        told[2].as_ref().expect("answered").cursor
    );
    assert_eq!(told[3].as_ref().expect_err("refused").code, "idempotency_conflict");
    let view = node.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], 6);
}

#[tokio::test]
async fn two_owners_at_once_refuse_each_other_and_lose_nothing() {
    let one = Node::start().await;
    let two = Node::on(
        one.memory.clone(),
        Registry::standard(),
        Config::default(),
        Providers::standard(),
    )
    .await;
    one.memory.set_faults(Faults { seed: 7, delay_ms_max: 3, ..Faults::default() });
    let (left, right) = tokio::join!(all_add(&one), all_add(&two));
    let stored: Vec<_> = left.into_iter().chain(right).filter_map(Result::ok).collect();
    assert!(stored.len() as u64 > CALLERS, "both get on: {}", stored.len());
    ensure_told(&one, &stored).await;
    let view = one.runtime.state(&address("counter/hot"), At::Latest).await.expect("exists");
    assert_eq!(view.state["value"], stored.len());
}

#[tokio::test]
async fn a_full_mailbox_is_an_answer() {
    let config = Config { mailbox_commands_max: 8, ..Config::default() };
    let node = Node::on(Memory::new(), Registry::standard(), config, Providers::standard()).await;
    node.memory.set_faults(Faults { seed: 1, delay_ms_max: 5, ..Faults::default() });
    let told = all_add(&node).await;
    let (stored, refused): (Vec<_>, Vec<_>) = told.into_iter().partition(Result::is_ok);
    assert!(!refused.is_empty() && !stored.is_empty());
    for refusal in refused.into_iter().map(Result::unwrap_err) {
        assert_eq!(refusal.code, "actor_overloaded");
        assert!(refusal.retry_after_ms.is_some());
    }
    ensure_told(&node, &stored.into_iter().map(Result::unwrap).collect::<Vec<_>>()).await;
}
