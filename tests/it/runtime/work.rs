//! Work for any language: leases, outcomes, expiry, restarts.

use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::Node;
use contracts::ports::{CommandBus as _, Wait, WorkBoard as _};
use contracts::view::Status;
use contracts::work::{ExtendInput, LeaseInput, OutcomeInput, WorkError, WorkItem, WorkStatus};
use contracts::{CommandId, Cursor, Entry, Refusal, Tenant};
use nats::Memory;
use serde_json::{Value, json};

fn main() -> Tenant {
    Tenant::from_static("main")
}

fn config() -> Config {
    Config {
        work_lease_ms_min: 1,
        work_grace_ms: 60_000,
        effect_attempts_max: 2,
        effect_retry_ms_min: 1,
        ..Config::default()
    }
}

async fn start(memory: &Memory, config: Config) -> Node {
    Node::on(memory.clone(), Registry::standard(), config, Providers::standard()).await
}

/// Asks for work and returns the command that waits for it.
async fn ask(node: &Node, job: &str, input: Value) -> CommandId {
    let envelope = node.command(&format!("job/{job}"), "run", input);
    let answer = node.runtime.ask(envelope, Wait::Accepted).await.expect("accepted");
    assert_eq!(answer.status, Status::Accepted);
    answer.command
}

async fn lease_for(node: &Node, queue: &str, input: LeaseInput) -> Vec<WorkItem> {
    let queue = queue.parse().expect("a queue");
    let request = node.runtime.request(main(), queue, input).expect("within the limits");
    node.runtime.lease(request).await.expect("leased")
}

async fn lease(node: &Node, lease_s: f64) -> WorkItem {
    let input = LeaseInput { wait_s: 30.0, lease_s, ..LeaseInput::default() };
    let mut items = lease_for(node, "q", input).await;
    assert_eq!(items.len(), 1);
    items.remove(0)
}

fn done(item: &WorkItem, output: Value) -> OutcomeInput {
    OutcomeInput { lease: item.lease.clone(), ok: true, output, error: None }
}

fn failed(item: &WorkItem, code: &str, retryable: bool) -> OutcomeInput {
    let error = WorkError { code: code.to_owned(), message: "no".to_owned(), retryable };
    OutcomeInput { lease: item.lease.clone(), ok: false, output: Value::Null, error: Some(error) }
}

async fn tell(
    node: &Node,
    item: &WorkItem,
    outcome: OutcomeInput,
) -> Result<contracts::work::WorkAnswer, Refusal> {
    node.runtime.conclude(&main(), item.effect_id, outcome).await
}

/// The final answer of a job's `run`.
async fn answer_of(node: &Node, job: &str, command: CommandId, input: Value) -> (Status, Value) {
    let mut envelope = node.command(&format!("job/{job}"), "run", input);
    envelope.id = command;
    let answer = node.send(envelope).await.expect("answered");
    (answer.status, answer.reply)
}

#[tokio::test]
async fn work_is_leased_answered_and_completes_its_command() {
    let node = Node::start().await;
    let input = json!({ "queue": "q", "input": { "n": 7 } });
    let command = ask(&node, "a", input.clone()).await;
    let item = lease(&node, 60.0).await;
    assert_eq!((item.attempt, &item.input), (1, &json!({ "n": 7 })));
    assert_eq!((item.kind.as_str(), item.actor.as_str(), item.revision.0), ("job", "a", 1));
    let answer = tell(&node, &item, done(&item, json!(49))).await.expect("taken");
    assert_eq!(answer.status, WorkStatus::Done);
    assert_eq!(answer.revision.map(|revision| revision.0), Some(2));
    let again = tell(&node, &item, done(&item, json!(49))).await.expect("the same answer");
    assert_eq!(again, answer);
    let other = tell(&node, &item, done(&item, json!(50))).await.unwrap_err();
    assert_eq!(other.code, "lease_lost");
    let (status, reply) = answer_of(&node, "a", command, input).await;
    assert_eq!((status, reply), (Status::Completed, json!({ "output": 49, "attempts": 1 })));
    assert!(lease_for(&node, "q", LeaseInput::default()).await.is_empty());
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_worker_that_waits_gets_work_when_it_comes() {
    let node = Node::start().await;
    let waiting = lease(&node, 60.0);
    let asking = async {
        tokio::task::yield_now().await;
        ask(&node, "a", json!({ "queue": "other" })).await;
        ask(&node, "b", json!({ "queue": "q" })).await
    };
    let (item, _) = tokio::join!(waiting, asking);
    assert_eq!(item.actor.as_str(), "b");
    node.runtime.stop().await;
}

#[tokio::test]
async fn actors_take_turns() {
    let node = Node::start().await;
    for job in ["a", "b", "c"] {
        ask(&node, job, json!({ "queue": "q" })).await;
    }
    let mut seen = Vec::new();
    while seen.len() < 3 {
        seen.push(lease(&node, 60.0).await.actor.to_string());
    }
    seen.sort();
    assert_eq!(seen, ["a", "b", "c"]);
    node.runtime.stop().await;
}

#[tokio::test]
async fn work_whose_worker_is_gone_is_offered_again_until_it_has_failed() {
    let node = start(&Memory::new(), config()).await;
    let input = json!({ "queue": "q" });
    let command = ask(&node, "a", input.clone()).await;
    let first = lease(&node, 0.001).await;
    let second = lease(&node, 0.001).await;
    assert_eq!((first.attempt, second.attempt), (1, 2));
    assert_eq!(first.effect_id, second.effect_id);
    // Whoever had it first has lost it.
    let late = tell(&node, &first, done(&first, json!(1))).await.unwrap_err();
    assert_eq!(late.code, "lease_lost");
    let (status, reply) = answer_of(&node, "a", command, input).await;
    assert_eq!((status, &reply["code"]), (Status::Failed, &json!("work_abandoned")));
    let late = tell(&node, &second, done(&second, json!(1))).await.unwrap_err();
    assert_eq!(late.code, "lease_lost");
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_late_outcome_counts_as_long_as_nobody_else_has_the_work() {
    let node = start(&Memory::new(), config()).await;
    let input = json!({ "queue": "q" });
    let command = ask(&node, "a", input.clone()).await;
    let item = lease(&node, 0.001).await;
    // Whether the lease has run out by now or not.
    tell(&node, &item, done(&item, json!(1))).await.expect("nobody else has it");
    let (status, _) = answer_of(&node, "a", command, input).await;
    assert_eq!(status, Status::Completed);
    node.runtime.stop().await;
}

#[tokio::test]
async fn an_extended_lease_lasts_longer() {
    let node = start(&Memory::new(), config()).await;
    ask(&node, "a", json!({ "queue": "q" })).await;
    let item = lease(&node, 0.05).await;
    let input = ExtendInput { lease: item.lease.clone(), lease_s: 60.0 };
    let extended = node.runtime.extend(&main(), item.effect_id, input.clone()).await.unwrap();
    assert!(extended.lease_until > item.lease_until);
    // Nobody gets it in the time that its first lease would have lasted.
    let wait = LeaseInput { wait_s: 0.2, ..LeaseInput::default() };
    assert!(lease_for(&node, "q", wait).await.is_empty());
    tell(&node, &item, done(&item, json!(1))).await.expect("still held");
    let late = node.runtime.extend(&main(), item.effect_id, input).await.unwrap_err();
    assert_eq!(late.code, "lease_lost");
    node.runtime.stop().await;
}

#[tokio::test]
async fn what_a_worker_says_may_be_tried_again() {
    let node = start(&Memory::new(), config()).await;
    let input = json!({ "queue": "q" });
    let command = ask(&node, "a", input.clone()).await;
    let first = lease(&node, 60.0).await;
    let told = tell(&node, &first, failed(&first, "busy", true)).await.expect("taken");
    assert_eq!(told.status, WorkStatus::Retrying);
    assert!(told.next_at.is_some());
    let again = tell(&node, &first, failed(&first, "busy", true)).await.expect("the same");
    assert_eq!(again, told);
    let other = tell(&node, &first, done(&first, json!(1))).await.unwrap_err();
    assert_eq!(other.code, "lease_lost");
    let second = lease(&node, 60.0).await;
    assert_eq!(second.attempt, 2);
    // The attempts are used up.
    let told = tell(&node, &second, failed(&second, "busy", true)).await.expect("taken");
    assert_eq!(told.status, WorkStatus::Failed);
    let (status, reply) = answer_of(&node, "a", command, input).await;
    assert_eq!((status, &reply["code"]), (Status::Failed, &json!("busy")));
    node.runtime.stop().await;
}

#[tokio::test]
async fn work_that_may_be_done_once_is_handed_out_once() {
    let node = start(&Memory::new(), config()).await;
    let input = json!({ "queue": "q", "delivery": "at_most_once" });
    let command = ask(&node, "a", input.clone()).await;
    let item = lease(&node, 0.001).await;
    let (log, job) = (node.memory.log(), cambium_tests::node::address("job/a"));
    let stored = log.read(&job, Cursor::ZERO, 9).await.unwrap();
    let attempted = stored.into_iter().map(Entry::from).any(|entry| {
        let Entry::Commit(one) = entry else { return false };
        one.commit.events.iter().any(|event| event.r#type == "cambium:EffectAttempted")
    });
    assert!(attempted, "it was committed before it was handed out");
    let (status, reply) = answer_of(&node, "a", command, input).await;
    assert_eq!((status, &reply["code"]), (Status::Failed, &json!("effect_unknown")));
    let late = tell(&node, &item, done(&item, json!(1))).await.unwrap_err();
    assert_eq!(late.code, "lease_lost");
    assert!(lease_for(&node, "q", LeaseInput::default()).await.is_empty());
    node.runtime.stop().await;
}

#[tokio::test]
async fn an_outcome_lands_once_after_a_restart() {
    for delivery in ["idempotent", "at_most_once"] {
        let memory = Memory::new();
        let node = start(&memory, config()).await;
        let input = json!({ "queue": "q", "delivery": delivery });
        let command = ask(&node, "a", input.clone()).await;
        let item = lease(&node, 60.0).await;
        node.runtime.stop().await;
        let node = start(&memory, config()).await;
        while !node.runtime.readiness().ledger_complete {
            tokio::task::yield_now().await;
        }
        if delivery == "at_most_once" {
            assert!(lease_for(&node, "q", LeaseInput::default()).await.is_empty());
        }
        let first = tell(&node, &item, done(&item, json!(1))).await.expect("taken");
        let again = tell(&node, &item, done(&item, json!(1))).await.expect("again");
        assert_eq!(first, again, "{delivery}");
        let (status, _) = answer_of(&node, "a", command, input.clone()).await;
        assert_eq!(status, Status::Completed, "{delivery}");
        node.runtime.stop().await;
        // Long after, and by another run of the program, the answer is still the same.
        let node = start(&memory, config()).await;
        assert_eq!(tell(&node, &item, done(&item, json!(1))).await.expect("again"), first);
        let other = tell(&node, &item, failed(&item, "no", false)).await.unwrap_err();
        assert_eq!(other.code, "lease_lost");
        node.runtime.stop().await;
    }
}

#[tokio::test]
async fn after_a_restart_work_that_was_handed_out_once_is_unknown_when_nobody_answers() {
    let memory = Memory::new();
    let node = start(&memory, config()).await;
    let input = json!({ "queue": "q", "delivery": "at_most_once" });
    let command = ask(&node, "a", input.clone()).await;
    let item = lease(&node, 60.0).await;
    node.runtime.stop().await;
    let node = start(&memory, Config { work_grace_ms: 1, ..config() }).await;
    let (status, reply) = answer_of(&node, "a", command, input).await;
    assert_eq!((status, &reply["code"]), (Status::Failed, &json!("effect_unknown")));
    let late = tell(&node, &item, done(&item, json!(1))).await.unwrap_err();
    assert_eq!(late.code, "lease_lost");
    node.runtime.stop().await;
}

#[tokio::test]
async fn another_tenant_and_another_effect_see_nothing() {
    let node = Node::start().await;
    ask(&node, "a", json!({ "queue": "q" })).await;
    let item = lease(&node, 60.0).await;
    let other = Tenant::from_static("other");
    let told = node.runtime.conclude(&other, item.effect_id, done(&item, json!(1))).await;
    assert_eq!(told.unwrap_err().code, "effect_not_found");
    ask(&node, "b", json!({ "queue": "q" })).await;
    let second = lease(&node, 60.0).await;
    let crossed = tell(&node, &second, done(&item, json!(1))).await.unwrap_err();
    assert_eq!(crossed.code, "effect_not_found");
    let queue = "q".parse().unwrap();
    let request = node.runtime.request(other, queue, LeaseInput::default()).unwrap();
    assert!(node.runtime.lease(request).await.unwrap().is_empty());
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_worker_that_leaves_while_it_waits_takes_nothing_with_it() {
    let node = Node::start().await;
    let gone = tokio::time::timeout(Duration::from_millis(20), lease(&node, 60.0)).await;
    assert!(gone.is_err());
    ask(&node, "a", json!({ "queue": "q" })).await;
    assert_eq!(lease(&node, 60.0).await.attempt, 1);
    node.runtime.stop().await;
}

#[tokio::test]
async fn an_output_that_is_too_large_changes_nothing() {
    let config = Config { work_output_bytes_max: 100, ..config() };
    let node = start(&Memory::new(), config).await;
    ask(&node, "a", json!({ "queue": "q" })).await;
    let item = lease(&node, 60.0).await;
    let large = tell(&node, &item, done(&item, json!("x".repeat(200)))).await.unwrap_err();
    assert_eq!(large.code, "work_output_too_large");
    tell(&node, &item, done(&item, json!("x"))).await.expect("a smaller one is taken");
    node.runtime.stop().await;
}

#[tokio::test]
async fn wishes_out_of_bounds_are_refused() {
    let node = Node::start().await;
    let base = LeaseInput::default();
    for input in [
        LeaseInput { max: 0, ..base.clone() },
        LeaseInput { max: 101, ..base.clone() },
        LeaseInput { wait_s: 31.0, ..base.clone() },
        LeaseInput { wait_s: -1.0, ..base.clone() },
        LeaseInput { lease_s: 0.5, ..base.clone() },
        LeaseInput { lease_s: f64::NAN, ..base },
    ] {
        let told = node.runtime.request(main(), "q".parse().unwrap(), input.clone());
        assert_eq!(told.unwrap_err().code, "invalid_input", "{input:?}");
    }
    node.runtime.stop().await;
}

#[tokio::test]
async fn workers_that_speak_nats_are_served_the_same() {
    let node = Node::start().await;
    ask(&node, "a", json!({ "queue": "q", "input": 3 })).await;
    let key = vec![("cambium-key".to_owned(), cambium_tests::node::KEY.to_owned())];
    let call = async |subject: &str, key: Vec<(String, String)>, body: Value| -> Value {
        let body = bytes::Bytes::from(body.to_string());
        let answer = node.memory.request(subject, key, body).await.expect("answered");
        serde_json::from_slice(&answer).expect("JSON")
    };
    let stranger = call("work.main.q", Vec::new(), json!({})).await;
    assert_eq!(stranger["error"]["code"], "unauthenticated");
    let strange = call("work.main.q.zz.outcome", key.clone(), json!({})).await;
    assert_eq!(strange["error"]["code"], "invalid_subject");
    let bad = call("work.main.q", key.clone(), json!({ "maximum": 1 })).await;
    assert_eq!(bad["error"]["code"], "invalid_input");
    let leased = call("work.main.q", key.clone(), json!({ "wait_s": 30 })).await;
    assert_eq!(leased["ok"], true, "{leased}");
    let item = &leased["items"][0];
    let at = format!("work.main.q.{}", item["effect_id"].as_str().unwrap());
    let lease = json!({ "lease": item["lease"] });
    let extended = call(&format!("{at}.extend"), key.clone(), lease).await;
    assert_eq!(extended["ok"], true, "{extended}");
    let outcome = json!({ "lease": item["lease"], "ok": true, "output": 9 });
    let told = call(&format!("{at}.outcome"), key.clone(), outcome.clone()).await;
    assert_eq!(told["status"], "done", "{told}");
    assert_eq!(call(&format!("{at}.outcome"), key, outcome).await, told);
    node.runtime.stop().await;
}
