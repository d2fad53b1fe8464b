//! A kind whose rules have a bug on demand, for tests of what happens then.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contracts::decider::EventContext;
use contracts::effect::{Effect, Llm, Outcome, Terms};
use contracts::model::{ModelRequest, Role, Task, Turn};
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::{Context, Decider, Decision, Kind, Page, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The variable that names a bug which is mended in a process.
pub const MENDED: &str = "FRAGILE_MENDED";

static MENDED_HERE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// From now on the rules of this process no longer have this bug, as if a newer program ran.
pub fn mend(bug: &str) {
    MENDED_HERE.lock().unwrap_or_else(PoisonError::into_inner).push(bug.to_owned());
}

fn is_mended(bug: &str) -> bool {
    let here = MENDED_HERE.lock().unwrap_or_else(PoisonError::into_inner);
    here.iter().any(|mended| mended == bug) || std::env::var(MENDED).is_ok_and(|it| it == bug)
}

/// The rules: a list of lines. They panic on `poison`, and on a `bug…` until that is mended; on an
/// `abort…` the whole process ends.
pub struct Fragile;

/// How long a command on which the process ends is decided.
const ABORT_AFTER: Duration = Duration::from_millis(500);

/// What may be said.
pub struct FragilePage;

/// What may be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
pub enum Command {
    /// Adds a line.
    Write(Write),
    /// Asks a model, and adds its answer.
    Ask(Write),
}

/// A line.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Write {
    /// The line.
    text: String,
}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A line was added.
    Written {
        /// The line.
        text: String,
    },
    /// A model is to be asked.
    Asked {
        /// What.
        text: String,
    },
}

/// What is refused.
#[derive(Debug)]
pub struct TooLong;

impl From<TooLong> for Refusal {
    fn from(TooLong: TooLong) -> Self {
        Self::rejected("line_too_long", "a line has at most 100 characters")
    }
}

impl Page for FragilePage {
    const KIND: Kind = Kind::from_static("fragile");
    const ABOUT: &'static str = "Lines, by rules that break.";
    const CREATE: &'static str = "write";
    const COMMANDS: &'static [&'static str] = &["write", "ask"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Written", 1), ("Asked", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = TooLong;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, about, begins| CommandSpec {
            name,
            about,
            input: schema_of::<Write>,
            output: schema_of::<Vec<String>>,
            example: json!({ "text": "a line" }),
            begins,
        };
        vec![spec("write", "Adds a line.", true), spec("ask", "Asks a model.", true)]
    }

    fn events() -> Vec<EventSpec> {
        let sample = json!({ "text": "a line" });
        vec![
            EventSpec { r#type: "Written", about: "A line was added.", sample: sample.clone() },
            EventSpec { r#type: "Asked", about: "A model is to be asked.", sample },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![RejectionSpec { code: "line_too_long", about: "The line is too long." }]
    }

    fn summary(_: &Event) -> Option<Value> {
        None
    }
}

/// The lines.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    lines: Vec<String>,
}

impl Decider for Fragile {
    type Page = FragilePage;
    type State = State;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, _: &Context) -> Result<Decision<Event>, TooLong> {
        let text = match command {
            Command::Write(Write { text }) | Command::Ask(Write { text }) => text.clone(),
        };
        assert!(!text.starts_with("poison"), "the rules have a bug");
        if text.starts_with("abort") && !is_mended(&text) {
            // Whoever publishes several commands, one after another, has stored them by then: the
            // broker ends with the program.
            std::thread::sleep(ABORT_AFTER);
            // No unwinding: nothing in the process can catch it.
            std::process::abort();
        }
        assert!(!text.starts_with("bug") || is_mended(&text), "the rules have a bug");
        if text.len() > 100 {
            return Err(TooLong);
        }
        let count = state.lines.len() + 1;
        let event = match command {
            Command::Write(_) => Event::Written { text },
            Command::Ask(_) => Event::Asked { text },
        };
        Ok(Decision::now(vec![event], json!({ "lines": count })))
    }

    fn outcome(_: &State, outcome: &Outcome, _: &Context) -> Decision<Event> {
        let text = format!("outcome {}", outcome.tag.as_str().unwrap_or_default());
        Decision::now(vec![Event::Written { text }], Value::Null)
    }

    fn evolve(mut state: State, event: &Event, _: &EventContext) -> State {
        if let Event::Written { text } = event {
            state.lines.push(text.clone());
        }
        state
    }

    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        let Event::Asked { text } = event else { return Vec::new() };
        let request = ModelRequest {
            model: "slow/model".to_owned(),
            turns: vec![Turn::new(Role::User, text.clone())],
            task: Task::Chat,
            schema: None,
            max_tokens: 10,
            seed: 0,
            ..ModelRequest::default()
        };
        vec![Effect::Llm(Box::new(Llm {
            request,
            tag: json!(text),
            stream: false,
            terms: Terms::default(),
        }))]
    }
}
