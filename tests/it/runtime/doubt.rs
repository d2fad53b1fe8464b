//! Acknowledgements that get lost, writers that are faster, brokers that are away.

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::History;
use contracts::view::At;
use futures_util::future::join_all;
use nats::Memory;
use nats::memory::Faults;
use serde_json::json;

fn quick() -> Config {
    Config { append_retry_ms_min: 1, append_retry_ms_max: 4, log_wait_ms: 0, ..Config::default() }
}

async fn node(memory: &Memory) -> Node {
    Node::on(memory.clone(), Registry::standard(), quick(), Providers::default()).await
}

#[tokio::test]
async fn a_lost_acknowledgement_is_concluded_by_the_log() {
    let memory = Memory::new();
    let node = node(&memory).await;
    memory.set_faults(Faults { lose_ack_of: vec![1, 3], ..Faults::default() });
    for value in 1..=3 {
        let answer = node.ask("counter/c", "add", json!({})).await.expect("accepted");
        assert_eq!(answer.reply["value"], value);
    }
    let found = node.runtime.verify(&address("counter/c")).await.expect("exists");
    assert_eq!((found.ok, found.commits), (true, 3));
}

#[tokio::test]
async fn a_lost_append_is_appended_again() {
    let memory = Memory::new();
    let node = node(&memory).await;
    memory.set_faults(Faults { lose_append: vec![1, 2, 4], ..Faults::default() });
    for value in 1..=3 {
        let answer = node.ask("counter/c", "add", json!({})).await.expect("accepted");
        assert_eq!(answer.reply["value"], value);
    }
}

#[tokio::test]
async fn a_log_that_is_away_is_an_answer() {
    let memory = Memory::new();
    let node = node(&memory).await;
    memory.set_faults(Faults { fail_append: vec![1], ..Faults::default() });
    let refusal = node.ask("counter/c", "add", json!({})).await.unwrap_err();
    assert_eq!(refusal.code, "log_unavailable");
    let answer = node.ask("counter/c", "add", json!({})).await.expect("accepted");
    assert_eq!(answer.reply["value"], 1);
}

#[tokio::test]
async fn a_log_that_is_away_for_a_moment_is_waited_for() {
    let memory = Memory::new();
    let node =
        Node::on(memory.clone(), Registry::standard(), Config::default(), Providers::default())
            .await;
    memory.set_faults(Faults { fail_append: vec![1, 2, 3, 5], ..Faults::default() });
    for value in 1..=2 {
        let answer = node.ask("counter/c", "add", json!({})).await.expect("accepted");
        assert_eq!(answer.reply["value"], value);
    }
}

#[tokio::test]
async fn what_the_log_denied_and_nobody_could_look_up_is_in_doubt() {
    let memory = Memory::new();
    let limits = Config { commit_wait_ms_max: 300, conflict_retries_max: 0, ..quick() };
    let node = Node::on(memory.clone(), Registry::standard(), limits, Providers::default()).await;
    node.ask("counter/c", "add", json!({})).await.expect("it begins");
    // It is stored, denied, and cannot be read.
    memory.set_faults(Faults { deny_append: vec![1], fail_reads: true, ..Faults::default() });
    let envelope = node.command("counter/c", "add", json!({}));
    let refusal = node.send(envelope.clone()).await.unwrap_err();
    assert_eq!(refusal.code, "in_doubt");
    memory.set_faults(Faults::default());
    let answer = node.send(envelope).await.expect("a repeat is answered");
    assert_eq!(answer.reply["value"], 2);
}

/// Two runtimes that both believe they own every actor: the log lets no update get lost.
#[tokio::test]
async fn two_owners_lose_nothing() {
    let memory = Memory::new();
    let (left, right) = (node(&memory).await, node(&memory).await);
    let commands = (0..60).map(|number| {
        let node = if number % 2 == 0 { &left } else { &right };
        let mut envelope = node.command("counter/c", "add", json!({}));
        envelope.id = contracts::commit::sample_command_id(1_000 + number);
        async move {
            loop {
                match node.send(envelope.clone()).await {
                    Ok(answer) => return answer.reply["value"].as_i64().expect("a number"),
                    Err(refusal) => assert_eq!(refusal.code, "actor_contended"),
                }
            }
        }
    });
    let mut values = join_all(commands).await;
    values.sort_unstable();
    assert_eq!(values, (1..=60).collect::<Vec<_>>());
    let view = left.runtime.state(&address("counter/c"), At::Latest).await.expect("exists");
    assert_eq!(view.revision.0, 60);
}

/// Everything at once, from a seed: each acknowledged command is there exactly once.
#[tokio::test]
async fn seeded_faults_lose_and_double_nothing() {
    for seed in 1..=12 {
        let memory = Memory::new();
        let node = node(&memory).await;
        memory.set_faults(Faults {
            lose_ack_permille: 150,
            lose_append_permille: 150,
            fail_append_permille: 100,
            deny_append_permille: 100,
            duplicate_permille: 200,
            seed,
            ..Faults::default()
        });
        let asked = (0..120).map(|number| {
            let to = format!("counter/c{}", number % 7);
            let envelope = node.command(&to, "add", json!({}));
            let node = &node;
            async move {
                loop {
                    match node.send(envelope.clone()).await {
                        Ok(_) => return,
                        Err(refusal) => {
                            let code = &*refusal.code;
                            assert!(
                                ["log_unavailable", "in_doubt"].contains(&code),
                                "seed {seed}: {refusal}"
                            );
                        }
                    }
                }
            }
        });
        join_all(asked).await;
        let mut total = 0;
        for number in 0..7 {
            let to = address(&format!("counter/c{number}"));
            let found = node.runtime.verify(&to).await.expect("exists");
            assert!(found.ok, "seed {seed}: {found:?}");
            let view = node.runtime.state(&to, At::Latest).await.expect("exists");
            assert_eq!(view.state["value"], found.commits, "seed {seed}");
            total += found.commits;
        }
        assert_eq!(total, 120, "seed {seed}");
    }
}
