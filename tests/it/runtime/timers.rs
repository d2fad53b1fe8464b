//! Timers that are set and cancelled on a broker that takes its time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actors::model::Providers;
use actors::{Config, Registry};
use bytes::Bytes;
use cambium_tests::node::{Node, address};
use contracts::decider::EventContext;
use contracts::effect::{Effect, Timer};
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::ports::{Fut, History as _, PortError, Scheduled, TimerId, Timers};
use contracts::{ActorId, CommandName, Context, Decider, Decision, Kind, Page, Refusal, Timestamp};
use nats::Memory;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Timers that take longer to set than to cancel, and keep what was done.
#[derive(Default)]
struct Slow(Mutex<Vec<&'static str>>);

impl Slow {
    fn done(&self, what: &'static str) {
        self.0.lock().expect("no panic").push(what);
    }
}

impl Timers for Slow {
    fn set(
        &self,
        _: TimerId,
        _: Timestamp,
        _: Vec<(String, String)>,
        _: Bytes,
    ) -> Fut<'_, Result<(), PortError>> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.done("set");
            Ok(())
        })
    }

    fn cancel(&self, _: TimerId) -> Fut<'_, Result<(), PortError>> {
        self.done("cancelled");
        Box::pin(std::future::ready(Ok(())))
    }

    fn list(&self) -> Fut<'_, Result<Vec<Scheduled>, PortError>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }
}

/// Rings, unless it is told not to.
struct Alarm;

struct AlarmPage;

#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
enum Command {
    Turn(Turn),
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Turn {
    on: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
enum Event {
    Turned { on: bool },
}

#[derive(Debug)]
enum Never {}

impl From<Never> for Refusal {
    fn from(never: Never) -> Self {
        match never {}
    }
}

impl Page for AlarmPage {
    const KIND: Kind = Kind::from_static("alarm");
    const ABOUT: &'static str = "Rings.";
    const CREATE: &'static str = "turn";
    const COMMANDS: &'static [&'static str] = &["turn"];
    const EVENTS: &'static [(&'static str, u32)] = &[("Turned", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Never;

    fn commands() -> Vec<CommandSpec> {
        vec![CommandSpec {
            name: "turn",
            about: "Turns it on or off.",
            input: schema_of::<Turn>,
            output: schema_of::<Turn>,
            example: json!({ "on": true }),
            begins: true,
        }]
    }

    fn events() -> Vec<EventSpec> {
        let (about, sample) = ("It was turned on or off.", json!({ "on": true }));
        vec![EventSpec { r#type: "Turned", about, sample }]
    }

    fn rejections() -> Vec<RejectionSpec> {
        Vec::new()
    }

    fn summary(_: &Event) -> Option<Value> {
        None
    }
}

impl Decider for Alarm {
    type Page = AlarmPage;
    type State = bool;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(_: &bool, command: &Command, _: &Context) -> Result<Decision<Event>, Never> {
        let Command::Turn(Turn { on }) = *command;
        Ok(Decision::now(vec![Event::Turned { on }], json!({ "on": on })))
    }

    fn evolve(_: bool, event: &Event, _: &EventContext) -> bool {
        let Event::Turned { on } = *event;
        on
    }

    fn react(_: &bool, _: &Event, on: &bool) -> Vec<Effect> {
        let name = ActorId::from_static("ring");
        let at = Timestamp::from_millis(4_000_000_000_000);
        let turn = CommandName::from_static("turn");
        vec![Effect::Timer(match on {
            true => Timer::once(name, at, turn, json!({ "on": false })),
            false => Timer::cancel(name),
        })]
    }
}

#[tokio::test]
async fn a_timer_is_cancelled_after_it_was_set() {
    let memory = Memory::new();
    let slow = Arc::new(Slow::default());
    let mut world = Node::world(&memory, Providers::default()).await;
    world.timers = slow.clone();
    let registry = Registry::default().with::<Alarm>();
    let node = Node::of(memory, world, registry, Config::default()).await;
    for on in [true, false, true, false] {
        node.ask("alarm/a", "turn", json!({ "on": on })).await.expect("turned");
    }
    let alarm = address("alarm/a");
    let done = async {
        while !node.runtime.waiting(&alarm).await.expect("it exists").is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.expect("all four are settled");
    // How often the broker was told depends on how fast it was; the last word does not.
    assert_eq!(slow.0.lock().expect("no panic").last(), Some(&"cancelled"));
}
