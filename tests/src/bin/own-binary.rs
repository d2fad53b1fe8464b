//! A program of one's own: Cambium with one more kind, a lamp.

use std::process::ExitCode;

use actors::Registry;
use contracts::decider::EventContext;
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::{Context, Decider, Decision, Kind, Page, Refusal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn main() -> ExitCode {
    cambium::run(Registry::standard().with::<Lamp>())
}

/// The rules.
struct Lamp;

/// What may be said.
struct LampPage;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
enum Command {
    Switch(Switch),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Switch {
    /// Whether it shall shine.
    on: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Event {
    Switched { on: bool },
}

#[derive(Debug)]
enum Rejection {
    AlreadySo(bool),
}

impl From<Rejection> for Refusal {
    fn from(Rejection::AlreadySo(on): Rejection) -> Self {
        Self::rejected("lamp_already_so", if on { "it shines" } else { "it is dark" })
    }
}

impl Page for LampPage {
    const KIND: Kind = Kind::from_static("lamp");
    const ABOUT: &'static str = "Shines or does not.";
    const CREATE: &'static str = "switch";
    const COMMANDS: &'static [&'static str] = &["switch"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Switched", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        vec![CommandSpec {
            name: "switch",
            about: "Turns it on or off.",
            input: schema_of::<Switch>,
            output: schema_of::<Switch>,
            example: json!({ "on": true }),
            begins: true,
        }]
    }

    fn events() -> Vec<EventSpec> {
        let (about, sample) = ("It was turned on or off.", json!({ "on": true }));
        vec![EventSpec { r#type: "Switched", about, sample }]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![RejectionSpec { code: "lamp_already_so", about: "Nothing would change." }]
    }

    fn summary(event: &Event) -> Option<Value> {
        let Event::Switched { on } = event;
        Some(json!({ "on": on }))
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct State {
    on: bool,
}

impl Decider for Lamp {
    type Page = LampPage;
    type State = State;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(state: &State, command: &Command, _: &Context) -> Result<Decision<Event>, Rejection> {
        let Command::Switch(Switch { on }) = *command;
        if on == state.on {
            return Err(Rejection::AlreadySo(on));
        }
        Ok(Decision::now(vec![Event::Switched { on }], json!({ "on": on })))
    }

    fn evolve(_: State, event: &Event, _: &EventContext) -> State {
        let Event::Switched { on } = *event;
        State { on }
    }
}
