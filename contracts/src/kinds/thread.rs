//! `thread`: what was said and the runs that answered it, in one order. Each run comes after the
//! one before it and is told what was said since.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::{ActorId, Kind};
use crate::kinds::run::Start;
use crate::model::{Role, Turn};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::{Refusal, RefusalClass};
use crate::time::Timestamp;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("thread");
/// Turns that one command may bring.
pub const TURNS_MAX: usize = 100;
/// What one command may bring, in bytes of JSON.
pub const TURNS_BYTES_MAX: usize = 384 * 1024;
/// Entries of a thread.
pub const ENTRIES_MAX: usize = 10_000;
/// What was said in a thread beside its runs, in bytes.
pub const THREAD_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Members of the metadata.
pub const METADATA_MAX: usize = 16;
/// A name of the metadata, in bytes.
pub const METADATA_NAME_BYTES_MAX: usize = 64;
/// A text of the metadata, in bytes.
pub const METADATA_TEXT_BYTES_MAX: usize = 512;

/// What other interfaces may keep with a thread, in bytes of JSON.
pub const NOTES_BYTES_MAX: usize = 32 * 1024;

/// The caller's own notes.
pub type Metadata = BTreeMap<String, String>;

/// The page of `thread`.
pub struct Thread;

/// What may be asked of a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Open(Open),
    /// Says more.
    Append(Append),
    /// Writes down that a run answers.
    Extend(Extend),
    /// Replaces the notes.
    Note(Note),
    /// Begins a run that answers.
    Answer(Answer),
}

/// Input of `open`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Open {
    /// What was said before.
    #[schemars(length(max = TURNS_MAX))]
    pub turns: Vec<Turn>,
    /// The caller's own notes: at most 16 members.
    pub metadata: Metadata,
    /// What other interfaces keep with it, at most 32 KiB of JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<Value>,
}

/// One place in a thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// Somebody said something.
    Said(Turn),
    /// A run answers.
    Ran {
        /// Which.
        run: ActorId,
        /// How many turns at the beginning of its own were said here.
        took: u64,
        /// When it was written down.
        at: Timestamp,
    },
}

/// A thread goes back to what it was: to the first of its entries, and those that stood behind them
/// then, which stand on another branch where it has gone back before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Back {
    /// To which of its revisions. Left out = what comes behind the entries never happened here, and
    /// its runs are none of the thread's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<u64>,
    /// How many of its entries stay.
    pub keep: u64,
    /// What stood behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = ENTRIES_MAX))]
    pub then: Vec<Entry>,
}

/// Input of `append`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Append {
    /// What was said.
    #[schemars(length(min = 1, max = TURNS_MAX))]
    pub turns: Vec<Turn>,
    /// The thread goes back first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
}

/// Input of `extend`: a run of the tenant is about to answer all that was said so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Extend {
    /// Which run.
    pub run: ActorId,
    /// How many entries there are, of which the run is told.
    pub seen: u64,
    /// How many turns at the beginning of the run's own are those that were said here.
    pub took: u64,
    /// The thread goes back first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<Back>,
}

/// Input of `note`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// The caller's own notes, in place of those there were.
    pub metadata: Metadata,
    /// What other interfaces keep with it, at most 32 KiB of JSON, in place of what there was; left
    /// out = that stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<Value>,
}

/// Input of `answer`: a run is begun that answers all that was said so far, and what it says
/// itself. It comes after the run before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// What begins, as `run.start` takes it but for `after`; or, where its model is
    /// `cambium/assistant/<id>`, what that assistant is asked: `turns`, `tools`, `metadata`.
    pub start: Box<Start>,
}

/// The answer of `answer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Answering {
    /// The run that answers.
    pub run: ActorId,
}

/// That a run was asked to answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The run.
    pub run: ActorId,
    /// How many turns at the beginning of its own are those that were said here.
    pub took: u64,
    /// What it is begun with, those turns too.
    pub start: Box<Start>,
}

/// What happened to a thread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Opened(Open),
    /// More was said.
    Appended(Append),
    /// A run answers.
    Extended(Extend),
    /// The notes are others.
    Noted(Note),
    /// A run was asked to answer.
    Asked(Asked),
    /// It did not go well: whether the run was begun at all is asked.
    Doubted {
        /// The run.
        run: ActorId,
    },
    /// Runs that were never begun stand here no longer.
    Withdrawn {
        /// Which.
        runs: Vec<ActorId>,
    },
}

/// The answer of every command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Length {
    /// How many entries there are.
    pub entries: u64,
}

/// Why a thread says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its input breaks a rule.
    Invalid(Refusal),
    /// It was begun already.
    Exists,
    /// There is no such thread.
    NotFound,
    /// More has been said than the run is told of.
    Moved,
    /// There is no room for more.
    Full,
}

impl Page for Thread {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "What was said, and the runs that answered it, in one order.";
    const CREATE: &'static str = "open";
    const COMMANDS: &'static [&'static str] = &["open", "append", "extend", "note", "answer"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Opened", 1),
        ("Appended", 1),
        ("Extended", 1),
        ("Noted", 1),
        ("Asked", 1),
        ("Doubted", 1),
        ("Withdrawn", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        let spec = |name, about, input, example: Value, begins| CommandSpec {
            name,
            about,
            input,
            output: schema_of::<Length>,
            example,
            begins,
        };
        vec![
            spec("open", "Begins a thread.", schema_of::<Open>, opened(), true),
            spec("append", "Says more.", schema_of::<Append>, appended(), false),
            spec(
                "extend",
                "Writes down that a run is about to answer all that was said so far.",
                schema_of::<Extend>,
                extended(),
                false,
            ),
            spec("note", "Replaces the caller's own notes.", schema_of::<Note>, noted(), false),
            CommandSpec {
                name: "answer",
                about: "Begins a run that answers all that was said so far.",
                input: schema_of::<Answer>,
                output: schema_of::<Answering>,
                example: json!({ "start": start() }),
                begins: false,
            },
        ]
    }

    fn events() -> Vec<EventSpec> {
        let spec = |r#type, about, sample| EventSpec { r#type, about, sample };
        vec![
            spec("Opened", "It began.", opened()),
            spec("Appended", "More was said.", appended()),
            spec("Extended", "A run answers all that was said so far.", extended()),
            spec("Noted", "The caller's own notes are others.", noted()),
            spec(
                "Asked",
                "A run was asked to answer all that was said so far.",
                json!({ "run": "answer-1", "took": 1, "start": start() }),
            ),
            spec(
                "Doubted",
                "That went wrong: whether the run was begun at all is asked.",
                json!({ "run": "answer-1" }),
            ),
            spec(
                "Withdrawn",
                "Runs that were never begun stand here no longer.",
                json!({ "runs": ["answer-1"] }),
            ),
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        let told = |code, about| RejectionSpec { code, about };
        vec![
            told("actor_exists", "The thread was begun already."),
            told("actor_not_found", "There is no such thread."),
            told("invalid_input", "A member of the input breaks a rule."),
            told("thread_full", "The thread has no room for more."),
            told("thread_moved", "More has been said than the run is told of."),
        ]
    }

    fn summary(event: &Event) -> Option<Value> {
        match event {
            Event::Opened(open) => Some(json!({ "metadata": open.metadata })),
            Event::Noted(note) => Some(json!({ "metadata": note.metadata })),
            Event::Appended(_) | Event::Doubted { .. } | Event::Withdrawn { .. } => None,
            Event::Extended(Extend { run, .. }) | Event::Asked(Asked { run, .. }) => {
                Some(json!({ "run": run }))
            }
        }
    }
}

fn opened() -> Value {
    json!({ "turns": [Turn::new(Role::System, "Be short.")], "metadata": { "topic": "trees" } })
}

fn appended() -> Value {
    json!({ "turns": [Turn::new(Role::User, "What is cambium?")] })
}

fn extended() -> Value {
    json!({ "run": "answer-1", "seen": 2, "took": 2 })
}

fn start() -> Value {
    json!({
        "model": "local/rules", "rounds_max": 1, "timeout_s": 60,
        "turns": [{ "role": "user", "content": "What is new?" }],
    })
}

fn noted() -> Value {
    json!({ "metadata": { "topic": "bark" } })
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        let conflict = |code, message| Self::new(RefusalClass::Conflict, code, message);
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::Exists => conflict("actor_exists", "the thread was begun already"),
            Rejection::NotFound => Self::not_found("actor_not_found", "there is no such thread"),
            Rejection::Moved => {
                conflict("thread_moved", "more has been said meanwhile: read it and try again")
            }
            Rejection::Full => Self::rejected("thread_full", "the thread has no room for more"),
        }
    }
}
