//! A kind that asks whatever it is told to ask, and remembers what it was told.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::model::{Deltas, Provider, Providers};
use actors::{Config, Registry};
use cambium_tests::node::{Node, address};
use contracts::decider::EventContext;
use contracts::effect::{
    Effect, EffectPhase, EffectQuery, EffectVerb, EffectView, Llm, Outcome, Terms,
};
use contracts::model::{Finish, ModelRequest, ModelResponse, Role, Task, Turn, Usage};
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::ports::{Effects, Fut, History};
use contracts::view::{Answer, At};
use contracts::{
    Address, Caller, Context, Decider, Decision, EffectId, Hash, Kind, Origin, Page, Refusal,
    RefusalClass,
};
use nats::Memory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::{Notify, Semaphore};

/// Asks, and remembers.
pub struct Asker;

pub struct AskerPage;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
pub enum Command {
    Ask(Ask),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Ask {
    effects: Vec<Value>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    Asked { effects: Vec<Value> },
    Told { tag: Value, attempts: u32, result: Value },
}

#[derive(Debug)]
pub enum Never {}

impl From<Never> for Refusal {
    fn from(never: Never) -> Self {
        match never {}
    }
}

impl Page for AskerPage {
    const KIND: Kind = Kind::from_static("asker");
    const ABOUT: &'static str = "Asks what it is told to ask.";
    const CREATE: &'static str = "ask";
    const COMMANDS: &'static [&'static str] = &["ask"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Asked", 1), ("Told", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Never;

    fn commands() -> Vec<CommandSpec> {
        vec![CommandSpec {
            name: "ask",
            about: "Asks.",
            input: schema_of::<Ask>,
            output: schema_of::<Ask>,
            example: json!({ "effects": [] }),
            begins: true,
        }]
    }

    fn events() -> Vec<EventSpec> {
        let told = json!({ "tag": 1, "attempts": 1, "result": "unknown" });
        vec![
            EventSpec { r#type: "Asked", about: "It asked.", sample: json!({ "effects": [] }) },
            EventSpec { r#type: "Told", about: "It was told.", sample: told },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        Vec::new()
    }

    fn summary(_: &Event) -> Option<Value> {
        None
    }
}

impl Decider for Asker {
    type Page = AskerPage;
    type State = Vec<Value>;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(_: &Vec<Value>, command: &Command, _: &Context) -> Result<Decision<Event>, Never> {
        let Command::Ask(Ask { effects }) = command;
        Ok(Decision::now(vec![Event::Asked { effects: effects.clone() }], json!({})))
    }

    fn outcome(_: &Vec<Value>, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let result = serde_json::to_value(&outcome.result).expect("JSON");
        let (tag, attempts) = (outcome.tag.clone(), outcome.attempts);
        Decision::now(vec![Event::Told { tag, attempts, result }], json!({}))
    }

    fn evolve(mut state: Vec<Value>, event: &Event, _: &EventContext) -> Vec<Value> {
        if let Event::Told { tag, attempts, result } = event {
            state.push(json!({ "tag": tag, "attempts": attempts, "result": result }));
        }
        state
    }

    fn react(_: &Vec<Value>, event: &Event, _: &Vec<Value>) -> Vec<Effect> {
        let Event::Asked { effects } = event else { return Vec::new() };
        effects.iter().map(|it| serde_json::from_value(it.clone()).expect("an effect")).collect()
    }
}

/// A call to the model `paid/…` (once) or `local/…` (again and again).
pub fn call(model: &str, tag: &str, terms: Terms) -> Value {
    let request = ModelRequest {
        model: model.to_owned(),
        turns: vec![Turn::new(Role::User, tag.to_owned())],
        task: Task::Chat,
        schema: None,
        max_tokens: 10,
        seed: 0,
        ..ModelRequest::default()
    };
    let llm = Effect::Llm(Box::new(Llm { request, tag: json!(tag), stream: false, terms }));
    serde_json::to_value(llm).expect("JSON")
}

/// A model that answers when it may, and knows who is calling.
pub struct Model {
    name: &'static str,
    /// Who called, in order.
    pub calls: Mutex<Vec<String>>,
    /// How many calls are open.
    pub open: AtomicUsize,
    /// The most that were open at once.
    pub most: AtomicUsize,
    /// Answers that it may give.
    pub may_answer: Semaphore,
    /// Calls that it refuses first.
    pub refuses: AtomicU32,
    /// With what.
    pub refusal: Mutex<Refusal>,
    changed: Notify,
}

struct Open<'a>(&'a Model);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }
}

impl Model {
    /// A model that answers so often without being told to.
    pub fn new(name: &'static str, answers: usize) -> Arc<Self> {
        let busy = Refusal::new(RefusalClass::Overloaded, "model_rate_limit", "later");
        Arc::new(Self {
            name,
            calls: Mutex::default(),
            open: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
            may_answer: Semaphore::new(answers),
            refuses: AtomicU32::new(0),
            refusal: Mutex::new(busy),
            changed: Notify::new(),
        })
    }

    /// Who called so far.
    pub fn called(&self) -> Vec<String> {
        self.calls.lock().expect("no panic").clone()
    }
}

impl Provider for Model {
    fn name(&self) -> &str {
        self.name
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        _: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            self.calls.lock().expect("no panic").push(request.turns[0].content.clone());
            let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(open, Ordering::SeqCst);
            let _open = Open(self);
            self.changed.notify_waiters();
            let one_less = |left: u32| left.checked_sub(1);
            if self.refuses.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok() {
                return Err(self.refusal.lock().expect("no panic").clone());
            }
            self.may_answer.acquire().await.expect("never closed").forget();
            Ok(ModelResponse {
                provider: self.name.to_owned(),
                model: request.model.clone(),
                text: request.turns[0].content.clone(),
                value: None,
                finish: Finish::Stop,
                usage: Usage::default(),
                request_hash: Hash::ZERO,
                ..ModelResponse::default()
            })
        })
    }
}

/// Limits that let a test be short.
pub fn config() -> Config {
    Config {
        effect_retry_ms_min: 1,
        effect_retry_ms_max: 4,
        effect_drain_ms: 0,
        checkpoint_commits_min: 1,
        checkpoint_interval_ms: 0,
        ..Config::default()
    }
}

/// A node with the kind `asker` and these models.
pub async fn node(memory: &Memory, models: &[&Arc<Model>], config: Config) -> Node {
    let registry = Registry::standard().with::<Asker>();
    let with = |providers: Providers, model: &&Arc<Model>| providers.with((*model).clone());
    let providers = models.iter().fold(Providers::default(), with);
    Node::on(memory.clone(), registry, config, providers).await
}

/// Has an actor ask.
pub async fn ask(node: &Node, to: &str, effects: &[Value]) {
    let mut command = node.command("asker/x", "ask", json!({ "effects": effects }));
    command.to = place(to);
    node.send(command).await.expect("asked");
}

/// `tenant/asker/id`, or `id` in the tenant `main`.
pub fn place(text: &str) -> Address {
    match text.split_once('/') {
        Some((tenant, id)) => format!("{tenant}/asker/{id}").parse().expect("an address"),
        None => address(&format!("asker/{text}")),
    }
}

/// What an actor was told so far.
pub async fn told(node: &Node, to: &str) -> Vec<Value> {
    let view = node.runtime.state(&place(to), At::Latest).await.expect("it exists");
    serde_json::from_value(view.state).expect("a list")
}

/// Waits until something is so.
pub async fn until<T>(mut is: impl AsyncFnMut() -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(value) = is().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("it happens")
}

/// Waits until an actor was told so often, and gives what.
pub async fn told_times(node: &Node, to: &str, times: usize) -> Vec<Value> {
    until(async || Some(told(node, to).await).filter(|told| told.len() >= times)).await
}

/// The effects of a node that have no outcome.
pub fn views(node: &Node) -> Vec<EffectView> {
    node.runtime.list(&EffectQuery::default())
}

/// Waits until so many effects do this.
pub async fn doing(node: &Node, status: EffectPhase, count: usize) -> Vec<EffectView> {
    let query = EffectQuery { status: Some(status), ..EffectQuery::default() };
    until(async || Some(node.runtime.list(&query)).filter(|views| views.len() == count)).await
}

/// An operator does something about an effect.
pub async fn control(node: &Node, view: &EffectView, verb: EffectVerb) -> Result<Answer, Refusal> {
    control_of(node, &view.address, view.id, verb).await
}

/// As [`control`], by name.
pub async fn control_of(
    node: &Node,
    address: &Address,
    effect: EffectId,
    verb: EffectVerb,
) -> Result<Answer, Refusal> {
    let by = Caller::new(Caller::ADMIN, Origin::Http);
    node.runtime.control(address, effect, verb, by).await
}
