//! A kind of one's own that runs by the clock: reminders, once or again and again.

use std::collections::BTreeMap;

use contracts::decider::EventContext;
use contracts::effect::{Effect, Timer};
use contracts::page::{CommandSpec, EventSpec, RejectionSpec, schema_of};
use contracts::schedule::{Missed, Recurrence};
use contracts::{ActorId, CommandName, Context, Decider, Decision, Kind, Page, Refusal, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The rules.
pub struct Reminder;

/// What may be said.
pub struct ReminderPage;

/// What may be asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "name", content = "input", rename_all = "snake_case")]
pub enum Command {
    /// Sets a reminder, or replaces the one of that name.
    Set(Set),
    /// Takes one back.
    Cancel(Named),
    /// Takes all back.
    Clear(Nothing),
    /// What the timer sends.
    Ring(Named),
}

/// A reminder: `at` an instant, or again and again by `repeat`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// Its name.
    pub name: ActorId,
    /// When, when once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// How, when again and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Recurrence>,
    /// What becomes of missed runs.
    #[serde(default)]
    pub missed: Missed,
    /// How many are made up for at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed_runs_max: Option<u32>,
    /// By how much each is put off at most.
    #[serde(default)]
    pub jitter_ms_max: u64,
}

/// One reminder.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Its name.
    pub name: ActorId,
}

/// No input.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", content = "data")]
pub enum Event {
    /// A reminder was set.
    Set(Set),
    /// One was taken back.
    Cancelled(Named),
    /// All were.
    Cleared(Nothing),
    /// One rang.
    Rang(Named),
}

/// What is refused.
#[derive(Debug)]
pub enum Rejection {
    /// The schedule is none.
    Schedule(Refusal),
    /// Neither once nor again and again, or both.
    When,
    /// It rings no more.
    Muffled,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Schedule(refusal) => refusal,
            Rejection::When => Self::rejected("reminder_when", "give either at or repeat"),
            Rejection::Muffled => Self::rejected("reminder_muffled", "it rings no more"),
        }
    }
}

impl Page for ReminderPage {
    const KIND: Kind = Kind::from_static("reminder");
    const ABOUT: &'static str = "Rings when it is time.";
    const CREATE: &'static str = "set";
    const COMMANDS: &'static [&'static str] = &["set", "cancel", "clear", "ring"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Set", 1), ("Cancelled", 1), ("Cleared", 1), ("Rang", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, about, input, example, begins| CommandSpec {
            name,
            about,
            input,
            output: schema_of::<Nothing>,
            example,
            begins,
        };
        let (named, daily) = (json!({ "name": "tea" }), json!({ "expr": "0 16 * * MON-FRI" }));
        let set = json!({ "name": "tea", "repeat": { "cron": daily } });
        vec![
            spec("set", "Sets a reminder.", schema_of::<Set>, set, true),
            spec("cancel", "Takes one back.", schema_of::<Named>, named.clone(), false),
            spec("clear", "Takes all back.", schema_of::<Nothing>, json!({}), false),
            spec("ring", "Rings.", schema_of::<Named>, named, false),
        ]
    }

    fn events() -> Vec<EventSpec> {
        let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
        let named = json!({ "name": "tea" });
        let at = json!({ "name": "tea", "at": "2027-01-15T16:00:00.000Z" });
        vec![
            spec("Set", "A reminder was set.", at),
            spec("Cancelled", "One was taken back.", named.clone()),
            spec("Cleared", "All were taken back.", json!({})),
            spec("Rang", "One rang.", named),
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![
            RejectionSpec { code: "reminder_when", about: "Give either at or repeat." },
            RejectionSpec { code: "reminder_muffled", about: "It rings no more." },
        ]
    }

    fn summary(_: &Event) -> Option<Value> {
        None
    }
}

/// How often each has rung.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    rings: BTreeMap<ActorId, u64>,
}

impl Decider for Reminder {
    type Page = ReminderPage;
    type State = State;
    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(_: &State, command: &Command, cx: &Context) -> Result<Decision<Event>, Rejection> {
        Ok(match command {
            Command::Set(set) => {
                // A schedule that cannot be read is refused here, before anything is stored.
                let first = match (&set.at, &set.repeat) {
                    (Some(at), None) => *at,
                    (None, Some(repeat)) => repeat.first(cx.now).map_err(Rejection::Schedule)?,
                    _ => return Err(Rejection::When),
                };
                Decision::now(vec![Event::Set(set.clone())], json!({ "first": first }))
            }
            Command::Cancel(named) => {
                Decision::now(vec![Event::Cancelled(named.clone())], json!({}))
            }
            Command::Clear(_) => Decision::now(vec![Event::Cleared(Nothing {})], json!({})),
            // A rejected run is recorded, and the timer goes on.
            Command::Ring(named) if named.name.as_str().starts_with("muffled") => {
                return Err(Rejection::Muffled);
            }
            Command::Ring(named) => Decision::now(vec![Event::Rang(named.clone())], json!({})),
        })
    }

    fn evolve(mut state: State, event: &Event, _: &EventContext) -> State {
        if let Event::Rang(Named { name }) = event {
            *state.rings.entry(name.clone()).or_default() += 1;
        }
        state
    }

    /// The timer has the reminder's name: to set it again replaces it.
    fn react(_: &State, event: &Event, _: &State) -> Vec<Effect> {
        let timer = match event {
            Event::Set(set) => {
                let (name, ring) = (set.name.clone(), CommandName::from_static("ring"));
                let input = json!({ "name": set.name });
                let timer = match (&set.at, &set.repeat) {
                    (Some(at), _) => Timer::once(name, *at, ring, input),
                    (None, Some(repeat)) => Timer::recurring(name, repeat.clone(), ring, input),
                    (None, None) => return Vec::new(),
                };
                let timer = timer.missed(set.missed).jitter_ms_max(set.jitter_ms_max);
                match set.missed_runs_max {
                    Some(runs) => timer.missed_runs_max(runs),
                    None => timer,
                }
            }
            Event::Cancelled(named) => Timer::cancel(named.name.clone()),
            Event::Cleared(_) => Timer::cancel_all(),
            Event::Rang(_) => return Vec::new(),
        };
        vec![Effect::Timer(timer)]
    }
}
