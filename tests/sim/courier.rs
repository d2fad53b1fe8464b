//! `courier`: a kind that asks everything of the world that a kind can ask, for the simulation.

use std::collections::BTreeMap;

use contracts::commit::Completion;
use contracts::decider::EventContext;
use contracts::effect::{Effect, Llm, Outcome, OutcomeResult, Send, Terms, Timer};
use contracts::model::{ModelRequest, Role, Task, Turn};
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::{
    ActorId, CommandId, CommandName, Context, Decider, Decision, Kind, Page, Refusal, Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// How long an answer may take.
const DEADLINE_MS: u64 = 30_000;

/// The page of `courier`.
pub struct CourierPage;

/// The rules of `courier`.
pub struct Courier;

/// What may be asked of a courier.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
pub enum Command {
    /// Writes something down.
    Note(Note),
    /// Sends to another one, who sends on.
    Pass(Pass),
    /// Asks a model that costs.
    Think(Note),
    /// Sets a timer, or cancels it.
    Remind(Remind),
    /// A timer fired.
    Rang(Rang),
}

/// Input of `note` and `think`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// What.
    pub text: String,
}

/// Input of `pass`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Pass {
    /// Over whom, in order.
    pub over: Vec<ActorId>,
    /// What.
    pub text: String,
}

/// Input of `remind`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Remind {
    /// The timer.
    pub timer: ActorId,
    /// After how long; `None` cancels it.
    pub after_ms: Option<i64>,
}

/// Input of `rang`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Rang {
    /// The timer.
    pub timer: ActorId,
    /// Which setting of it.
    pub generation: u64,
}

/// What happened to a courier.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// Something was written down.
    Noted { text: String },
    /// Something is on its way to another.
    Passed { command: CommandId, to: ActorId, over: Vec<ActorId>, text: String },
    /// A model is asked.
    Asked { command: CommandId, text: String },
    /// What was asked of the world has come back.
    Answered { command: CommandId, answer: String },
    /// A timer was set or cancelled.
    Reminded { timer: ActorId, generation: u64, at: Option<Timestamp> },
    /// A timer fired.
    Rang { timer: ActorId, generation: u64 },
}

/// What a courier knows.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// How much was written down.
    pub notes: u64,
    /// The last of it.
    pub last: String,
    /// What waits for the world.
    pub waiting: BTreeMap<String, String>,
    /// What came back.
    pub answers: u64,
    /// Settings of timers so far.
    pub generation: u64,
    /// Which settings fired, in order.
    pub rang: Vec<u64>,
}

/// A courier never says no.
#[derive(Debug)]
pub enum Never {}

impl From<Never> for Refusal {
    fn from(never: Never) -> Self {
        match never {}
    }
}

impl Page for CourierPage {
    const KIND: Kind = Kind::from_static("courier");
    const ABOUT: &'static str = "Asks everything of the world.";
    const CREATE: &'static str = "note";
    const COMMANDS: &'static [&'static str] = &["note", "pass", "think", "remind", "rang"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Noted", 1), ("Passed", 1), ("Asked", 1), ("Answered", 1), ("Reminded", 1), ("Rang", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Never;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, input, example| CommandSpec {
            name,
            about: "For the simulation.",
            input,
            output: schema_of::<Note>,
            example,
            begins: true,
        };
        vec![
            spec("note", schema_of::<Note>, json!({ "text": "a" })),
            spec("pass", schema_of::<Pass>, json!({ "over": ["b"], "text": "a" })),
            spec("think", schema_of::<Note>, json!({ "text": "a" })),
            spec("remind", schema_of::<Remind>, json!({ "timer": "t", "after_ms": 5 })),
            spec("rang", schema_of::<Rang>, json!({ "timer": "t", "generation": 1 })),
        ]
    }

    fn events() -> Vec<EventSpec> {
        let about = "For the simulation.";
        let spec =
            |(r#type, _): &(&'static str, u32)| EventSpec { r#type, about, sample: Value::Null };
        Self::EVENTS.iter().map(spec).collect()
    }

    fn rejections() -> Vec<RejectionSpec> {
        Vec::new()
    }

    fn summary(event: &Event) -> Option<Value> {
        let Event::Noted { text } = event else { return None };
        Some(json!({ "last": text }))
    }
}

impl Decider for Courier {
    type Page = CourierPage;
    type State = State;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, cx: &Context) -> Result<Decision<Event>, Never> {
        Ok(match command {
            Command::Note(Note { text }) => {
                let reply = json!({ "notes": state.notes + 1 });
                Decision::now(vec![Event::Noted { text: text.clone() }], reply)
            }
            Command::Pass(Pass { over, text }) => match over.split_first() {
                None => {
                    let reply = json!({ "notes": state.notes + 1 });
                    Decision::now(vec![Event::Noted { text: text.clone() }], reply)
                }
                Some((to, over)) => {
                    let (to, over, text) = (to.clone(), over.to_vec(), text.clone());
                    let passed = Event::Passed { command: cx.command, to, over, text };
                    Decision::later(vec![passed], DEADLINE_MS)
                }
            },
            Command::Think(Note { text }) => {
                let asked = Event::Asked { command: cx.command, text: text.clone() };
                Decision::later(vec![asked], DEADLINE_MS)
            }
            Command::Remind(Remind { timer, after_ms }) => {
                let generation = state.generation + 1;
                let at = after_ms.map(|after| cx.now.plus_millis(after));
                let reminded = Event::Reminded { timer: timer.clone(), generation, at };
                Decision::now(vec![reminded], json!({ "generation": generation }))
            }
            Command::Rang(Rang { timer, generation }) => {
                let rang = Event::Rang { timer: timer.clone(), generation: *generation };
                Decision::now(vec![rang], json!({}))
            }
        })
    }

    fn outcome(state: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let nothing = Decision::now(Vec::new(), json!({}));
        let Some(key) = outcome.tag.as_str() else { return nothing };
        let Ok(command) = key.parse::<CommandId>() else { return nothing };
        if !state.waiting.contains_key(key) {
            return nothing;
        }
        let (ok, answer) = match &outcome.result {
            OutcomeResult::Llm(response) => (true, response.text.clone()),
            OutcomeResult::Sent { reply, .. } => (true, reply.to_string()),
            OutcomeResult::Failed(refusal) => (false, refusal.code.to_string()),
            other => (false, format!("{other:?}")),
        };
        let answered = Event::Answered { command, answer: answer.clone() };
        let completion = if ok {
            Completion::done(command, json!({ "answer": answer }))
        } else {
            Completion::failed(command, &Refusal::rejected("courier_failed", answer))
        };
        Decision::now(vec![answered], json!({})).completing(completion)
    }

    fn evolve(mut state: State, event: &Event, _: &EventContext) -> State {
        match event {
            Event::Noted { text } => {
                state.notes += 1;
                state.last.clone_from(text);
            }
            Event::Passed { command, text, .. } | Event::Asked { command, text } => {
                state.waiting.insert(command.to_string(), text.clone());
            }
            Event::Answered { command, .. } => {
                state.answers += 1;
                state.waiting.remove(&command.to_string());
            }
            Event::Reminded { generation, .. } => state.generation = *generation,
            Event::Rang { generation, .. } => state.rang.push(*generation),
        }
        state
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        vec![match event {
            Event::Passed { command, to, over, text } => Effect::Send(Send {
                kind: CourierPage::KIND,
                id: to.clone(),
                name: CommandName::from_static("pass"),
                input: json!({ "over": over, "text": text }),
                input_blob: None,
                by: None,
                tag: json!(command.to_string()),
                terms: Terms::default(),
            }),
            Event::Asked { command, text } => Effect::Llm(Box::new(Llm {
                request: ModelRequest {
                    model: "paid/best".to_owned(),
                    turns: vec![Turn::new(Role::User, text.clone())],
                    task: Task::Chat,
                    schema: None,
                    max_tokens: 100,
                    seed: 0,
                    ..ModelRequest::default()
                },
                tag: json!(command.to_string()),
                stream: false,
                terms: Terms::default(),
            })),
            Event::Reminded { timer, at: None, .. } => Effect::Timer(Timer::cancel(timer.clone())),
            Event::Reminded { timer, generation, at: Some(at) } => Effect::Timer(Timer::once(
                timer.clone(),
                *at,
                CommandName::from_static("rang"),
                json!({ "timer": timer, "generation": generation }),
            )),
            Event::Noted { .. } | Event::Answered { .. } | Event::Rang { .. } => return Vec::new(),
        }]
    }

    fn forked(mut state: State) -> State {
        state.waiting.clear();
        state
    }
}
