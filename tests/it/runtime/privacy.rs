//! Personal data in the runtime: stored under keys, opened for whoever may see it, erased for good.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actors::model::{Delta, Deltas, Provider, Providers};
use actors::{Config, Registry};
use cambium::tree_key;
use cambium_tests::node::{Node, address};
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::ports::{CommandBus as _, Counted, Erasure, Fut, History as _, Privacy as _, Wait};
use contracts::privacy::{DataClass, MARK, Receipt, SignedReceipt, Viewer};
use contracts::view::{At, ReplayMode};
use contracts::{ActorId, Caller, Cursor, Entry, Hash, Origin, Refusal, Tenant};
use nats::Memory;
use serde_json::{Value, json};

const TENANT: Tenant = Tenant::from_static("main");

fn sees(name: &'static str) -> Viewer {
    Viewer { own: Some(ActorId::from_static(name)), all: false }
}

const fn everything() -> Viewer {
    Viewer { own: None, all: true }
}

async fn state(node: &Node, to: &str) -> Value {
    node.runtime.state(&address(to), At::Latest).await.expect("it is there").state
}

async fn shown(node: &Node, viewer: &Viewer, value: Value) -> Value {
    node.runtime.show(&TENANT, viewer, value).await
}

async fn erase(node: &Node, subject: &'static str) -> Result<SignedReceipt, Refusal> {
    let counted = Counted { values: 7, cursor: Cursor(9) };
    let (tenant, subject) = (TENANT, ActorId::from_static(subject));
    let (by, reason) = (Caller::ADMIN, "asked by letter".to_owned());
    node.runtime.erase(Erasure { tenant, subject, by, reason, counted }).await
}

/// All bytes that the log holds of an actor.
async fn stored(node: &Node, to: &str) -> Vec<u8> {
    let entries = node.memory.log().read(&address(to), Cursor::ZERO, 500).await.expect("in memory");
    entries.into_iter().flat_map(|entry| entry.payload.to_vec()).collect()
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

async fn registered() -> Node {
    let node = Node::start().await;
    let who = json!({ "display": "Ada Unmistakable", "email": "ada@unmistakable.example" });
    node.ask("principal/ada", "register", who).await.expect("registered");
    let settings =
        json!({ "settings": { "shoe": 43, "city": "Unmistakable-on-Sea", "gone": null } });
    node.ask("principal/ada", "settings", settings).await.expect("set");
    node
}

#[tokio::test]
async fn what_is_about_a_person_is_stored_under_its_key_only_and_opened_for_whoever_may() {
    let node = registered().await;
    let bytes = stored(&node, "principal/ada").await;
    assert!(!holds(&bytes, "nmistakable") && holds(&bytes, MARK));
    let state = state(&node, "principal/ada").await;
    let text = state.to_string();
    assert!(!text.contains("nmistakable"), "{text}");
    for viewer in [everything(), sees("ada")] {
        let open = shown(&node, &viewer, state.clone()).await.to_string();
        assert!(open.contains("Ada Unmistakable") && open.contains("\"shoe\":43"), "{open}");
    }
    for viewer in [sees("eve"), Viewer::nobody()] {
        let masked = shown(&node, &viewer, state.clone()).await.to_string();
        assert!(masked.contains("{\"protected\":\"pii\"}") && !masked.contains(MARK), "{masked}");
    }
    let within =
        json!(format!("Dear {}, hello", state["profile"]["display"].as_str().expect("a text")));
    assert_eq!(shown(&node, &sees("ada"), within.clone()).await, "Dear Ada Unmistakable, hello");
    assert_eq!(shown(&node, &sees("eve"), within).await, "Dear [protected: pii], hello");
    for mode in [ReplayMode::Fold, ReplayMode::Decide] {
        let replay = node.runtime.replay(&address("principal/ada"), At::Latest, mode).await;
        assert_eq!(replay.expect("equal").matches_cell, Some(true));
    }
    node.runtime.stop().await;
}

#[tokio::test]
async fn a_repeat_is_known_again_and_a_forged_protected_form_is_refused() {
    let node = registered().await;
    let again = node.command("principal/ada", "profile", json!({ "display": "Ada L." }));
    let first = node.send(again.clone()).await.expect("taken");
    let second = node.send(again.clone()).await.expect("known again");
    assert_eq!(first.revision, second.revision);
    let mut other = again;
    other.input = json!({ "display": "Ada M." });
    assert_eq!(node.send(other).await.unwrap_err().code, "idempotency_conflict");
    let token = state(&node, "principal/ada").await["profile"]["display"].clone();
    let forged = node.ask("principal/eve", "register", json!({ "display": token })).await;
    assert_eq!(forged.unwrap_err().code, "protected_forged");
    let wrong = node.ask("principal/eve", "register", json!({ "display": 5 })).await;
    let wrong = wrong.unwrap_err();
    assert_eq!(wrong.code, "invalid_input", "{wrong}");
    let long = node.ask("principal/eve", "register", json!({ "display": "x".repeat(257) })).await;
    assert_eq!(long.unwrap_err().errors[0].field, "input.display");
    node.runtime.stop().await;
}

#[tokio::test]
async fn erased_is_erased_and_the_chain_and_the_state_stand() {
    let node = registered().await;
    let ada = address("principal/ada");
    let before = node.runtime.state(&ada, At::Latest).await.expect("it is there");
    let receipt = erase(&node, "ada").await.expect("erased");
    let said = &receipt.receipt;
    assert!(tree_key::verifies(&receipt.public_key, &said.message(), &receipt.signature));
    assert_eq!(said.subject, Receipt::subject_of(&TENANT, &ActorId::from_static("ada")));
    assert_eq!((said.values, said.cursor), (7, Cursor(9)));
    let mut forged = said.clone();
    forged.values = 8;
    assert!(!tree_key::verifies(&receipt.public_key, &forged.message(), &receipt.signature));
    let after = node.runtime.state(&ada, At::Latest).await.expect("it is there");
    assert_eq!(before.state_hash, after.state_hash);
    let open = shown(&node, &everything(), after.state).await.to_string();
    assert!(open.contains("\"erased\":true") && !open.contains("nmistakable"), "{open}");
    assert!(node.runtime.verify(&ada).await.expect("it is whole").ok);
    let replay = node.runtime.replay(&ada, At::Latest, ReplayMode::Decide).await;
    assert_eq!(replay.expect("equal").matches_cell, Some(true));
    assert_eq!(erase(&node, "ada").await.expect("told again"), receipt);
    assert_eq!(erase(&node, "nobody").await.unwrap_err().code, "nothing_protected");
    // What comes later has a key of its own, and goes with that one.
    node.ask("principal/ada", "profile", json!({ "display": "Ada Anew" })).await.expect("taken");
    let anew = state(&node, "principal/ada").await;
    assert_eq!(shown(&node, &sees("ada"), anew["profile"]["display"].clone()).await, "Ada Anew");
    let second = erase(&node, "ada").await.expect("erased again");
    assert_ne!(second.receipt.key, receipt.receipt.key);
    let kept = state(&node, "subject/ada").await;
    assert_eq!(
        (&kept["erasures"], kept["receipts"].as_array().map(Vec::len)),
        (&json!(2), Some(2))
    );
    node.runtime.stop().await;
}

#[tokio::test]
async fn an_erasure_on_one_node_is_one_on_every_node() {
    let node = registered().await;
    let (registry, config) = (Registry::standard(), Config::default());
    let world = Node::world(&node.memory, Providers::standard()).await;
    let other = Node::of(node.memory.clone(), world, registry, config).await;
    let name = state(&node, "principal/ada").await["profile"]["display"].clone();
    assert_eq!(shown(&other, &sees("ada"), name.clone()).await, "Ada Unmistakable");
    erase(&node, "ada").await.expect("erased");
    // It is told by the store; a look that comes before that still opens.
    let gone = json!({ "protected": "pii", "erased": true });
    while shown(&other, &sees("ada"), name.clone()).await != gone {
        tokio::task::yield_now().await;
    }
    other.runtime.stop().await;
    node.runtime.stop().await;
}

#[tokio::test]
async fn what_must_be_kept_is_kept_and_only_the_program_says_that_something_is_erased() {
    let node = registered().await;
    node.ask("subject/ada", "hold", json!({ "reason": "case 12" })).await.expect("held");
    assert_eq!(erase(&node, "ada").await.unwrap_err().code, "legal_hold");
    let name = state(&node, "principal/ada").await["profile"]["display"].clone();
    assert_eq!(shown(&node, &sees("ada"), name).await, "Ada Unmistakable");
    let pages = contracts::Pages::standard();
    let page = pages.get(&contracts::kinds::subject::KIND).expect("a page");
    for command in ["ask_erasure", "erased"] {
        let example = page.command(command).expect("a command").example.clone();
        let refusal = node.ask("subject/ada", command, example).await.unwrap_err();
        assert_eq!(refusal.code, "erasure_by_route");
    }
    node.ask("subject/ada", "release", json!({})).await.expect("released");
    erase(&node, "ada").await.expect("erased");
    node.runtime.stop().await;
}

/// A model that says what it was asked, and how often it was.
struct Echo(Arc<AtomicUsize>);

impl Provider for Echo {
    fn name(&self) -> &'static str {
        "echo"
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        deltas: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let heard = request.turns.iter().map(|turn| turn.content.as_str());
        let text = format!("I heard: {}", heard.collect::<Vec<_>>().join(" | "));
        if let Some(deltas) = deltas {
            deltas(Delta::Text(&text));
        }
        let response = ModelResponse {
            provider: "echo".to_owned(),
            model: request.model.clone(),
            text,
            value: None,
            finish: Finish::Stop,
            usage: Usage::default(),
            request_hash: Hash::of(b"plain words"),
            ..ModelResponse::default()
        };
        Box::pin(async move { Ok(response) })
    }
}

async fn classed(node: &Node, command: &str, class: &str) {
    let classed = json!({
        "kind": "conversation", "command": command, "pointer": "/text", "class": class,
    });
    node.ask("organization/main", "class_data", classed).await.expect("classed");
}

#[tokio::test]
async fn a_model_is_asked_in_plain_words_and_its_answer_is_kept_as_they_are() {
    let asked = Arc::new(AtomicUsize::default());
    let providers = Providers::standard().with(Arc::new(Echo(asked.clone())));
    let memory = Memory::new();
    let node = Node::on(memory, Registry::standard(), Config::default(), providers).await;
    let mut create =
        node.command("organization/main", "create", json!({ "name": "M", "plan": "p" }));
    create.by = Caller::new(Caller::ADMIN, Origin::Http);
    node.send(create).await.expect("created");
    classed(&node, "post", "phi").await;
    let bot = json!({ "principal": "bot", "role": "agent", "model": "echo/x" });
    let members = json!({ "title": "Ward", "members": [bot] });
    node.ask("conversation/c", "create", members).await.expect("created");
    // The directory follows the log; until it has, nothing is classed.
    while node.runtime.directory().0 < node.memory.log().head().await.expect("in memory") {
        tokio::task::yield_now().await;
    }
    let post = json!({ "text": "my knee is unmistakable", "client_id": "one" });
    let posted = node.ask("conversation/c", "post", post.clone()).await.expect("posted");
    let repeat = node.ask("conversation/c", "post", post).await.expect("the same again");
    assert_eq!(posted.reply, repeat.reply, "equal words are known without being opened");
    let messages = loop {
        let state = state(&node, "conversation/c").await;
        if state["messages"].as_array().is_some_and(|it| it.len() == 2) {
            break state["messages"].clone();
        }
        tokio::task::yield_now().await;
    };
    assert!(!holds(&stored(&node, "conversation/c").await, "nmistakable"));
    let answer = messages[1]["text"].clone();
    let open = shown(&node, &everything(), answer.clone()).await;
    let open = open.as_str().expect("a text");
    assert!(open.contains("my knee is unmistakable") && !open.contains(MARK), "{open}");
    assert_eq!(shown(&node, &sees("bot"), answer.clone()).await, json!({ "protected": "phi" }));
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    let hash = Hash::of(b"plain words").to_string();
    let entries = node.runtime.entries(&address("conversation/c"), Cursor::ZERO, 99).await;
    let entries = entries.expect("read").items;
    let told = entries.iter().any(|entry| match entry {
        Entry::Commit(recorded) => recorded.to_json(false).to_string().contains(&hash),
        Entry::Foreign(_) => false,
    });
    assert!(!told, "no hash of plain words is kept");
    erase(&node, Caller::ADMIN.as_str().to_owned().leak()).await.expect("erased");
    let gone = shown(&node, &everything(), answer).await;
    assert_eq!(gone, json!({ "protected": DataClass::Phi, "erased": true }));
    node.runtime.stop().await;
}

#[tokio::test]
async fn what_is_proposed_is_protected_too_and_secrets_open_for_nobody() {
    let node = registered().await;
    let command = json!({
        "kind": "principal", "id": "ada", "name": "profile",
        "input": { "about": "an unmistakable person" },
    });
    let propose = json!({ "command": command, "reason": "review", "quorum": 1 });
    let envelope = node.command("approval/a", "propose", propose);
    node.runtime.ask(envelope, Wait::Accepted).await.expect("proposed");
    assert!(!holds(&stored(&node, "approval/a").await, "nmistakable"));
    let seen = shown(&node, &sees("ada"), state(&node, "approval/a").await).await;
    assert!(seen.to_string().contains("an unmistakable person"));
    let secret = state(&node, "principal/ada").await["profile"]["display"]
        .as_str()
        .map(|text| text.replacen(".pii.", ".secret.", 1));
    let viewed = shown(&node, &everything(), json!(secret)).await;
    assert_eq!(viewed, json!({ "protected": "secret" }));
    node.runtime.stop().await;
}
