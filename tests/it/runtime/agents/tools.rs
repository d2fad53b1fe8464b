//! What tools may do: in whose name, how often, and how much they may say.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actors::model::Providers;
use actors::tools::{Hands, Tool, Tools};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::effect::{EffectHold, EffectQuery};
use contracts::model::ToolView;
use contracts::ports::{CommandBus as _, Effects as _, Fut, History, Wait};
use contracts::view::At;
use contracts::{Caller, Origin, Refusal};
use nats::Memory;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::scripted::{Scripted, call, says};
use super::{asking, node, until, with};

/// A tool that pays: each call is counted; the first never ends when it hangs.
struct Pay {
    view: ToolView,
    calls: AtomicU32,
    called: watch::Sender<u32>,
    answers: Option<Value>,
}

impl Pay {
    fn new(answers: Option<Value>) -> Arc<Self> {
        let view = ToolView {
            name: "pay".to_owned(),
            about: "Pays.".to_owned(),
            parameters: json!({ "type": "object" }),
            changes: true,
            repeatable: false,
            timeout_ms: 60_000,
            output_bytes_max: 1_000,
        };
        let called = watch::Sender::new(0);
        Arc::new(Self { view, calls: AtomicU32::new(0), called, answers })
    }
}

impl Tool for Pay {
    fn view(&self) -> &ToolView {
        &self.view
    }

    fn call<'a>(&'a self, _: &'a Value, _: &'a dyn Hands) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let calls = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            self.called.send_replace(calls);
            match &self.answers {
                Some(answer) => Ok(answer.clone()),
                None => std::future::pending().await,
            }
        })
    }
}

async fn paying(memory: &Memory, provider: &Arc<Scripted>, pay: &Arc<Pay>) -> Node {
    let config = Config { effect_drain_ms: 50, effect_retry_ms_min: 1, ..Config::default() };
    let providers = Providers::standard().with(provider.clone());
    let mut world = Node::world(memory, providers).await;
    world.tools = Tools::standard().with(pay.clone());
    Node::of(memory.clone(), world, Registry::standard(), config).await
}

fn uses(name: &str) -> Value {
    json!({ "uses": [{ "name": name }] })
}

#[tokio::test]
async fn a_tool_that_changes_something_is_called_once_whatever_ends_the_program() {
    let script = vec![says("").calling(&[call("a", "pay", json!({}))]), says("I do not know.")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let pay = Pay::new(None);
    let first = paying(&memory, &fake, &pay).await;
    let input = with(asking("pay"), uses("pay"));
    let begun = first.command("run/r", "start", input);
    first.runtime.ask(begun, Wait::Accepted).await.expect("accepted");
    let mut called = pay.called.subscribe();
    called.wait_for(|calls| *calls == 1).await.expect("it is called");
    first.runtime.stop().await;
    let second = paying(&memory, &fake, &pay).await;
    let state = until(&second, "run/r", |state| state["status"] == "completed").await;
    assert_eq!(state["last"]["text"], "I do not know.");
    let told = fake.asked()[1].turns.last().expect("turns").content.clone();
    assert!(told.contains("effect_unknown"), "the model is told that nobody knows: {told}");
    assert_eq!(pay.calls.load(Ordering::SeqCst), 1);
    second.runtime.stop().await;
}

#[tokio::test]
async fn a_long_answer_is_kept_whole_and_told_in_part() {
    let script = vec![says("").calling(&[call("a", "pay", json!({}))]), says("ok")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let pay = Pay::new(Some(json!("ü".repeat(5_000))));
    let node = paying(&memory, &fake, &pay).await;
    node.ask("run/r", "start", with(asking("pay"), uses("pay"))).await.expect("answered");
    let told = fake.asked()[1].turns.last().expect("turns").content.clone();
    assert!(told.len() < 1_200 && told.contains("10000 bytes"), "{told}");
    let hash = told.rsplit("kept as ").next().expect("a hash").trim_end_matches(".]");
    let tenant = address("run/r").tenant;
    let blob = memory.blobs().get(&tenant, hash.parse().expect("a hash")).await;
    assert_eq!(blob.expect("readable").expect("kept").len(), 10_000);
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_tool_may_what_whoever_is_behind_the_run_may() {
    let counting = || {
        let add = json!({ "kind": "counter", "id": "n", "command": "add" });
        let look = json!({ "kind": "counter", "id": "n" });
        let forged = json!({ "kind": "counter", "id": "n", "command": "cambium:unmute" });
        says("").calling(&[
            call("a", "actor_command", add),
            call("b", "actor_state", look),
            call("c", "actor_command", forged),
        ])
    };
    let script = vec![counting(), says("done"), counting(), says("refused")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    node.ask("principal/eve", "register", json!({})).await.expect("registered");
    let grant = json!({ "capability": "cap:run.start" });
    node.ask("principal/eve", "grant", grant).await.expect("granted");
    let head = memory.log().head().await.expect("in memory");
    while node.runtime.directory().0 < head {
        tokio::task::yield_now().await;
    }
    let both = json!({ "uses": [{ "name": "actor_command" }, { "name": "actor_state" }] });
    node.ask("run/a", "start", with(asking("count"), both.clone())).await.expect("answered");
    let place = address("counter/n");
    let counter = || node.runtime.state(&place, At::Latest);
    assert_eq!(counter().await.expect("it counts").state["value"], 1);
    let mut by_eve = node.command("run/b", "start", with(asking("count"), both));
    by_eve.by = Caller::new("eve".parse().expect("a principal"), Origin::Http);
    node.send(by_eve).await.expect("she may run");
    assert_eq!(counter().await.expect("it counts").state["value"], 1, "she may not count");
    let told = fake.asked()[3].turns.clone();
    let refused = told.iter().filter(|turn| turn.content.contains("\"forbidden\"")).count();
    assert_eq!(refused, 3, "{told:?}");
    let after = json!({ "after": "a" });
    let mut peeking = node.command("run/c", "start", with(asking("what was said?"), after));
    peeking.by = Caller::new("eve".parse().expect("a principal"), Origin::Http);
    let refusal = node.send(peeking).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "forbidden", "what she may not read comes before nothing of hers");
    node.runtime.stop().await;
}

/// A run asks for the state of somebody: the model is told in plain words what whoever is behind it
/// may see, and the log holds them under that person's key only.
#[tokio::test]
async fn what_a_tool_tells_of_a_person_is_kept_under_that_persons_key() {
    let look = json!({ "kind": "principal", "id": "ada" });
    let script = vec![says("").calling(&[call("a", "actor_state", look)]), says("done")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    let ada = json!({ "display": "Ada Unmistakable" });
    node.ask("principal/ada", "register", ada).await.expect("registered");
    node.ask("run/r", "start", with(asking("who?"), uses("actor_state"))).await.expect("answered");
    let told = fake.asked()[1].turns.last().expect("turns").content.clone();
    assert!(told.contains("Ada Unmistakable"), "{told}");
    for recorded in super::commits(&node, "r").await {
        let holds = String::from_utf8_lossy(&recorded.raw).contains("nmistakable");
        assert!(!holds, "{}: {:?}", recorded.commit.revision, recorded.commit.events);
    }
    node.runtime.stop().await;
}

#[tokio::test]
async fn arguments_against_the_schema_are_told_and_nothing_is_called() {
    let wrong = json!({ "operation": "shout", "text": "hi" });
    let script = vec![says("").calling(&[call("a", "text", wrong)]), says("sorry")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    node.ask("run/r", "start", with(asking("go"), uses("text"))).await.expect("answered");
    let told = fake.asked()[1].turns.last().expect("turns").content.clone();
    assert!(told.contains("tool_arguments_invalid") && told.contains("shout"), "{told}");
    let unknown = with(asking("go"), uses("rm"));
    let refusal = node.ask("run/s", "start", unknown).await.expect("accepted").reply;
    assert_eq!(refusal["code"], "tool_unknown");
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_tool_that_wants_a_yes_waits_for_it() {
    let script = vec![says("").calling(&[call("a", "pay", json!({ "to": "ann" }))]), says("ok")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let pay = Pay::new(Some(json!("paid")));
    let node = paying(&memory, &fake, &pay).await;
    let roles = json!({ "roles": ["reviewer"] });
    node.ask("principal/ann", "register", roles).await.expect("registered");
    let wish = json!({ "uses": [{ "name": "pay", "approval": true }] });
    let begun = node.command("run/r", "start", with(asking("pay"), wish));
    node.runtime.ask(begun, Wait::Accepted).await.expect("accepted");
    let approval = async {
        loop {
            let held = node.runtime.list(&EffectQuery::default());
            let why = held.first().and_then(|view| view.why.clone());
            if let Some(EffectHold::Approval { approval, .. }) = why {
                return format!("approval/{approval}");
            }
            tokio::task::yield_now().await;
        }
    };
    let approval = tokio::time::timeout(std::time::Duration::from_secs(20), approval);
    let approval = approval.await.expect("it is held");
    let proposed = until(&node, &approval, |state| state["status"] == "pending").await;
    assert_eq!(pay.calls.load(Ordering::SeqCst), 0, "nothing is paid before somebody says yes");
    let yes = json!({ "hash": proposed["proposal"]["hash"] });
    let mut yes = node.command(&approval, "approve", yes);
    yes.by = Caller::new("ann".parse().expect("a principal"), Origin::Http);
    node.send(yes).await.expect("she may");
    until(&node, "run/r", |state| state["status"] == "completed").await;
    assert_eq!(pay.calls.load(Ordering::SeqCst), 1);
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_model_reaches_nothing_inside() {
    let inside = ["http://127.0.0.1:8080/v1/run", "http://[::1]/", "http://169.254.169.254/"];
    let calls: Vec<_> = inside
        .iter()
        .enumerate()
        .map(|(at, url)| call(&format!("c{at}"), "http_fetch", json!({ "url": url })))
        .collect();
    let script = vec![says("").calling(&calls), says("nothing there")];
    let (memory, fake) = (Memory::new(), Scripted::new(script));
    let node = node(&memory, &fake).await;
    node.ask("run/r", "start", with(asking("look"), uses("http_fetch"))).await.expect("answered");
    let turns = fake.asked()[1].turns.clone();
    let blocked = turns.iter().filter(|turn| turn.content.contains("fetch_blocked")).count();
    assert_eq!(blocked, inside.len(), "{turns:?}");
    node.runtime.stop().await;
}
