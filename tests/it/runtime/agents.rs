//! Runs and assistants: models and their tools, at most once, replayed without calling anybody.

mod changed;
mod scripted;
mod sources;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::ports::{CommandBus as _, History, Wait};
use contracts::view::{At, ReplayMode};
use contracts::{Cursor, Entry};
use nats::Memory;
use scripted::{Scripted, call, says};
use serde_json::{Value, json};

/// A node with this provider.
async fn node(memory: &Memory, provider: &Arc<Scripted>) -> Node {
    let config = Config { effect_drain_ms: 50, effect_retry_ms_min: 1, ..Config::default() };
    let providers = Providers::standard().with(provider.clone());
    Node::on(memory.clone(), Registry::standard(), config, providers).await
}

fn asking(text: &str) -> Value {
    json!({ "model": "fake/one", "turns": [{ "role": "user", "content": text }] })
}

fn with(mut input: Value, more: Value) -> Value {
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    input
}

/// All commits of a run.
async fn commits(node: &Node, id: &str) -> Vec<Arc<contracts::Recorded>> {
    let to = address(&format!("run/{id}"));
    let page = node.runtime.entries(&to, Cursor::ZERO, 1_000).await.expect("readable");
    let commit = |entry| match entry {
        Entry::Commit(recorded) => recorded,
        Entry::Foreign(_) => panic!("a foreign message"),
    };
    page.items.into_iter().map(commit).collect()
}

#[tokio::test]
async fn a_run_with_tools_is_replayed_without_calling_anybody() {
    let script = vec![
        says("").calling(&[
            call("a", "calculator", json!({ "expression": "6*7" })),
            call("b", "text", json!({ "operation": "upper", "text": "hi" })),
        ]),
        says("").calling(&[call(
            "c",
            "convert_units",
            json!({
                "value": 42, "from": "km", "to": "m",
            }),
        )]),
        says("It is 42000 m."),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    let uses = json!({ "uses": [
        { "name": "calculator" }, { "name": "text" }, { "name": "convert_units" },
    ] });
    let answer =
        node.ask("run/r", "start", with(asking("How far?"), uses)).await.expect("answered");
    assert_eq!(answer.reply["text"], "It is 42000 m.");
    assert_eq!(
        (&answer.reply["rounds"], &answer.reply["status"]),
        (&json!(3), &json!("completed"))
    );
    let asked = fake.asked();
    assert_eq!(asked.len(), 3);
    assert_eq!(asked[0].tools.len(), 3, "the model is told of the tools with their schemas");
    assert!(asked[2].history.is_none() && asked[2].uses.is_empty(), "nothing is left to look up");
    let last = asked[2].turns.last().expect("turns");
    assert_eq!(last.content, "{\"result\":\"42000\",\"unit\":\"m\"}");
    assert!(asked[1].turns.iter().any(|turn| turn.content == "{\"result\":\"42\"}"));
    let replay = node.runtime.replay(&address("run/r"), At::Latest, ReplayMode::Decide).await;
    assert_eq!(replay.expect("replayed").drift, Vec::new());
    assert_eq!(fake.asked().len(), 3, "a replay calls nobody");
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_run_grows_by_what_is_new_and_not_by_its_prompt() {
    const ROUNDS: usize = 50;
    let round = |number: usize| {
        let arguments = json!({ "expression": format!("{number}+1") });
        says("").calling(&[call(&format!("c{number}"), "calculator", arguments)])
    };
    let script = (1..ROUNDS).map(round).chain([says("done")]).collect();
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    let long = "a long question ".repeat(2_000);
    let more = json!({ "uses": [{ "name": "calculator" }], "rounds_max": ROUNDS });
    let answer = node.ask("run/r", "start", with(asking(&long), more)).await.expect("answered");
    assert_eq!(answer.reply["rounds"], json!(ROUNDS));
    let sizes: Vec<usize> =
        commits(&node, "r").await.iter().map(|recorded| recorded.raw.len()).collect();
    let stored: usize = sizes.iter().sum();
    let asked: usize = fake.asked().iter().map(|it| json!(it).to_string().len()).sum();
    let half = sizes.len() / 2;
    let (early, late): (usize, usize) = (sizes[4..half].iter().sum(), sizes[half..].iter().sum());
    assert!(asked > 1_600_000, "the model was shown {asked} bytes");
    assert!(stored < 320_000, "and {stored} bytes are kept, of {} commits", sizes.len());
    assert!(late < early + early / 4, "later rounds are as small as early ones: {early}, {late}");
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_run_after_another_is_shown_what_was_said() {
    let script = vec![says("Hello."), says("You said hi."), says("Bye.")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    node.ask("run/a", "start", asking("hi")).await.expect("answered");
    let more = json!({ "after": "a", "instructions": "be kind" });
    node.ask("run/b", "start", with(asking("what did I say?"), more)).await.expect("answered");
    let more = json!({ "after": "b" });
    node.ask("run/c", "start", with(asking("bye"), more)).await.expect("answered");
    let told = |at: usize| -> Vec<String> {
        fake.asked()[at].turns.iter().map(|turn| turn.content.clone()).collect()
    };
    assert_eq!(told(1), ["be kind", "hi", "Hello.", "what did I say?"]);
    assert_eq!(told(2), ["hi", "Hello.", "what did I say?", "You said hi.", "bye"]);
    for run in ["run/b", "run/c"] {
        let replay = node.runtime.replay(&address(run), At::Latest, ReplayMode::Decide).await;
        assert_eq!(replay.expect("replayed").drift, Vec::new(), "{run}");
    }
    let missing = with(asking("go"), json!({ "after": "nobody" }));
    let refusal = node.ask("run/d", "start", missing).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "history_not_found");
    node.runtime.stop().await;
}

#[tokio::test]
async fn what_has_not_answered_comes_before_nothing() {
    let (memory, fake) = (Memory::new(), Scripted::new(vec![says("one").hanging()]));
    let node = node(&memory, &fake).await;
    let begin = node.command("run/a", "start", asking("hi"));
    node.runtime.ask(begin, Wait::Accepted).await.expect("accepted");
    fake.until_called(1).await;
    let after = with(asking("go"), json!({ "after": "a" }));
    let refused = node.ask("run/b", "start", after).await.expect("accepted").reply;
    assert_eq!(refused["code"], "history_unfinished");
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_model_that_costs_is_asked_once_whatever_ends_the_program() {
    let script = vec![
        says("").calling(&[call(
            "a",
            "actor_command",
            json!({
                "kind": "counter", "id": "n", "command": "add", "input": { "by": 5 },
            }),
        )]),
        says("never told").hanging(),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let first = node(&memory, &fake).await;
    let input = with(asking("count"), json!({ "uses": [{ "name": "actor_command" }] }));
    let begun = first.command("run/r", "start", input);
    first.runtime.ask(begun, Wait::Accepted).await.expect("accepted");
    fake.until_called(2).await;
    first.runtime.stop().await;
    let second = node(&memory, &fake).await;
    let state = until(&second, "run/r", |state| state["status"] == "failed").await;
    assert_eq!(state["code"], "effect_unknown");
    assert_eq!(fake.asked().len(), 2, "and not once more");
    let counter = second.runtime.state(&address("counter/n"), At::Latest).await.expect("counted");
    assert_eq!(counter.state["value"], 5, "the tool's command was made once");
    second.runtime.stop().await;
}

/// The state once it is as wanted.
async fn until(node: &Node, actor: &str, is: impl Fn(&Value) -> bool) -> Value {
    let look = async {
        loop {
            let view = node.runtime.state(&address(actor), At::Latest).await.ok();
            if let Some(view) = view.filter(|view| is(&view.state)) {
                return view.state;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), look).await.expect("it comes so far")
}

#[tokio::test]
async fn an_assistant_answers_by_a_run_of_its_version() {
    let (memory, fake) = (Memory::new(), Scripted::new(vec![says("one"), says("two")]));
    let node = node(&memory, &fake).await;
    let define = |words: &str| json!({ "model": "fake/one", "instructions": words });
    node.ask("assistant/h", "define", define("first")).await.expect("defined");
    let one = node.ask("assistant/h", "ask", json!({ "text": "go" })).await.expect("answered");
    assert_eq!(one.reply["text"], "one");
    node.ask("assistant/h", "define", define("second")).await.expect("defined");
    let after = json!({ "text": "on", "after": one.reply["run"] });
    let two = node.ask("assistant/h", "ask", after).await.expect("answered");
    let told: Vec<_> = fake.asked()[1].turns.iter().map(|turn| turn.content.clone()).collect();
    assert_eq!(told, ["second", "go", "one", "on"]);
    let run = format!("run/{}", two.reply["run"].as_str().expect("a run"));
    let state = node.runtime.state(&address(&run), At::Latest).await.expect("it is there").state;
    let of = json!({ "assistant": "h", "version": 2, "revision": state["run"]["of"]["revision"] });
    assert_eq!(state["run"]["of"], of);
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_past_run_is_run_against_another_model_without_calling_its_tools() {
    let add = |by: i64| {
        call(
            "a",
            "actor_command",
            json!({
                "kind": "counter", "id": "n", "command": "add", "input": { "by": by },
            }),
        )
    };
    let script = vec![
        says("").calling(&[add(5)]),
        says("five"),
        says("").calling(&[add(5), call("b", "calculator", json!({ "expression": "1+1" }))]),
        says("still five"),
    ];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    let uses = json!({ "uses": [{ "name": "actor_command" }, { "name": "calculator" }] });
    node.ask("run/r", "start", with(asking("count"), uses.clone())).await.expect("answered");
    let again = with(with(asking("count"), uses), json!({ "recorded": "r" }));
    let answer = node.ask("run/again", "start", again).await.expect("answered");
    assert_eq!(answer.reply["text"], "still five");
    let counter = node.runtime.state(&address("counter/n"), At::Latest).await.expect("counted");
    assert_eq!(counter.state["value"], 5, "the recording was told, and nobody counted again");
    let turns = &fake.asked()[3].turns;
    let tools: Vec<_> = turns.iter().rev().take(2).map(|turn| turn.content.as_str()).collect();
    assert!(tools.iter().any(|it| it.contains("tool_not_recorded")), "{tools:?}");
    assert!(tools.iter().any(|it| it.contains("\"revision\":1")), "{tools:?}");
    node.runtime.stop().await;
}
