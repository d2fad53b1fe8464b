//! What the runtime itself says in an actor's log: its commands and its events, the same for every
//! kind. Their names begin with `cambium:`, which no kind may use and no caller may send.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::commit::EventRecord;
use crate::effect::{Agreed, Awaited, Metered, Resolution};
use crate::hash::Hash;
use crate::ids::{ActorId, CommandId, CommandName, Cursor, EffectId, Principal, Revision};
use crate::page::parted;
use crate::read;
use crate::refusal::Refusal;
use crate::time::Timestamp;

/// What the names of the runtime begin with.
pub const PREFIX: &str = "cambium:";

/// The type of [`Event::Forked`], by which it is told without being read.
pub const FORKED: &str = "cambium:Forked";
/// The type of [`Event::Skipped`], by which it is told without being read.
pub const SKIPPED: &str = "cambium:Skipped";

/// Brings the [`crate::effect::Outcome`] of an effect.
pub const OUTCOME: CommandName = CommandName::from_static("cambium:outcome");
/// Commits that an effect is about to be attempted.
pub const ATTEMPT: CommandName = CommandName::from_static("cambium:attempt");
/// Answers an open command whose deadline has passed.
pub const EXPIRE: CommandName = CommandName::from_static("cambium:expire");
/// Begins an actor as a continuation of another.
pub const FORK: CommandName = CommandName::from_static("cambium:fork");

/// Parks an actor; see [`Event::Parked`].
pub const PARK: CommandName = CommandName::from_static("cambium:park");
/// Records what became of a dead letter whose own command commits nothing.
pub const SETTLE: CommandName = CommandName::from_static("cambium:settle");
/// Ends the parking of an actor behind which no letter waits any more.
pub const RELEASE: CommandName = CommandName::from_static("cambium:release");
/// Goes on behind messages that are no commits of the actor.
pub const SKIP: CommandName = CommandName::from_static("cambium:skip");
/// Lets the effects of a fork, or of imported history, out into the world.
pub const UNMUTE: CommandName = CommandName::from_static("cambium:unmute");

/// Keeps an effect from starting; see [`crate::effect::Pause`].
pub const PAUSE: CommandName = CommandName::from_static("cambium:pause");
/// Lets a paused effect start.
pub const RESUME: CommandName = CommandName::from_static("cambium:resume");
/// Gives an effect up.
pub const CANCEL: CommandName = CommandName::from_static("cambium:cancel");
/// Marks an effect that was attempted and of which nobody knows what came of it.
pub const HOLD: CommandName = CommandName::from_static("cambium:hold");
/// Says what came of an effect that is unknown or paused.
pub const RESOLVE: CommandName = CommandName::from_static("cambium:resolve");

/// Says that a timer fires; see [`Fire`].
pub const FIRE: CommandName = CommandName::from_static("cambium:fire");

/// An event of the runtime. Folded into an actor's header state, never into its kind's state.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// The actor is a continuation of another.
    #[serde(rename = "cambium:Forked")]
    Forked(Parent),
    /// An effect is about to be attempted.
    #[serde(rename = "cambium:EffectAttempted")]
    EffectAttempted {
        /// Which.
        effect: EffectId,
        /// The how-manyeth attempt, from 1.
        attempt: u32,
        /// BLAKE3 of the canonical request.
        request_hash: Hash,
    },
    /// An effect has its outcome; the command's input tells it.
    #[serde(rename = "cambium:EffectConcluded")]
    EffectConcluded {
        /// Which.
        effect: EffectId,
        /// Whether it did what was asked.
        ok: bool,
        /// What it came to, when it was a call that is counted.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        metered: Option<Box<Metered>>,
    },
    /// An open command's deadline has passed.
    #[serde(rename = "cambium:CommandExpired")]
    CommandExpired {
        /// Which.
        command: CommandId,
    },
    /// A command could not be decided however often it was tried. What comes for the actor is put
    /// into DEAD behind it, or refused, until it is settled.
    #[serde(rename = "cambium:Parked")]
    Parked {
        /// The command at the head of what waits.
        command: CommandId,
        /// Why: a stable code.
        code: String,
        /// The same in a sentence.
        reason: String,
    },
    /// An operator dealt with a dead letter. When it was the head of a parked actor, what waits
    /// behind is decided from here on, in order, before anything newer.
    #[serde(rename = "cambium:LetterSettled")]
    LetterSettled {
        /// Its position in DEAD.
        letter: u64,
        /// Its command, when it could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandId>,
        /// What was done.
        action: LetterAction,
        /// Who did it.
        by: Principal,
        /// What its command was refused with, for good.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
    },
    /// Nothing waits in DEAD any more: the actor goes on as if it had never been parked.
    #[serde(rename = "cambium:Unparked")]
    Unparked {},
    /// A message that is no commit of the actor stands before this commit, and an operator said to
    /// go on behind it.
    #[serde(rename = "cambium:Skipped")]
    Skipped {
        /// Where it stands.
        cursor: Cursor,
        /// BLAKE3 of its bytes.
        hash: Hash,
    },
    /// The effects of a fork, or of imported history, are kept from the world no longer.
    #[serde(rename = "cambium:Unmuted")]
    Unmuted {},
    /// An effect does not start until it is resumed.
    #[serde(rename = "cambium:EffectPaused")]
    EffectPaused {
        /// Which.
        effect: EffectId,
        /// By whom; `runtime` = its attempts are used up.
        by: Principal,
        /// Why, for people.
        reason: String,
        /// How many attempts there were whose outcomes are known, when they are used up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempts: Option<u32>,
        /// What the last of them was refused with: a stable code.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// The approval that it waits for, when a policy asks for one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        awaits: Option<Awaited>,
    },
    /// A paused effect may start.
    #[serde(rename = "cambium:EffectResumed")]
    EffectResumed {
        /// Which.
        effect: EffectId,
        /// By whom.
        by: Principal,
        /// The yes that it waited for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        agreed: Option<Agreed>,
    },
    /// An effect is given up; its actor is told in a commit that follows.
    #[serde(rename = "cambium:EffectCancelled")]
    EffectCancelled {
        /// Which.
        effect: EffectId,
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What its actor is told, when a policy or an approval has said no.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refusal: Option<Refusal>,
    },
    /// An effect was attempted, and nobody knows what came of it: it waits until it is resolved.
    #[serde(rename = "cambium:EffectUnknown")]
    EffectUnknown {
        /// Which.
        effect: EffectId,
        /// How many attempts were committed.
        attempts: u32,
    },
    /// Somebody said what came of an effect; its actor is told in a commit that follows.
    #[serde(rename = "cambium:EffectResolved")]
    EffectResolved {
        /// Which.
        effect: EffectId,
        /// Who.
        by: Principal,
        /// What.
        resolution: Resolution,
    },
    /// A timer fired. The kind's command was decided in this very commit, and when the timer fires
    /// again is part of it.
    #[serde(rename = "cambium:TimerFired")]
    TimerFired {
        /// Which.
        timer: ActorId,
        /// The commit that set it.
        generation: Revision,
        /// What it was set for.
        due: Timestamp,
        /// Which planned time the run stands for, when that is another: the last of those missed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        planned: Option<Timestamp>,
        /// Whether the command was done.
        ok: bool,
        /// Why not: what it was rejected with, or `missed` for a run that was left out.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<String>,
        /// Runs that were left out beside this one, counted up to 10,000.
        #[serde(default, skip_serializing_if = "is_none")]
        missed: u32,
        /// When it fires again; absent = never.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next: Option<Timestamp>,
    },
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_none(count: &u32) -> bool {
    *count == 0
}

/// What an operator did about a dead letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LetterAction {
    /// It was decided as it is.
    Retry,
    /// It was decided with another input.
    Edit,
    /// It was dropped.
    Skip,
}

/// The input of [`PARK`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Park {
    /// The command that cannot be decided.
    pub command: CommandId,
    /// Why: a stable code.
    pub code: String,
    /// The same in a sentence.
    pub reason: String,
}

/// The input of [`SETTLE`]: the members of [`Event::LetterSettled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settle {
    /// Its position in DEAD.
    pub letter: u64,
    /// Its command, when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandId>,
    /// What is done.
    pub action: LetterAction,
    /// Who does it.
    pub by: Principal,
    /// What its command was refused with, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl From<Settle> for Event {
    fn from(settle: Settle) -> Self {
        let Settle { letter, command, action, by, code } = settle;
        Self::LetterSettled { letter, command, action, by, code }
    }
}

/// Where a fork's history comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// The parent; same tenant and kind.
    pub id: ActorId,
    /// The last revision that the fork shares with it.
    pub revision: Revision,
    /// Whether the fork's effects are kept from the world.
    pub muted: bool,
}

impl Event {
    /// The version of all runtime events.
    pub const VERSION: u32 = 1;

    /// The event as stored.
    #[must_use]
    pub fn to_record(&self) -> EventRecord {
        let (r#type, data) = parted(serde_json::to_value(self).unwrap_or_default());
        EventRecord { r#type, v: Self::VERSION, data }
    }

    /// The runtime event that `record` is; `None` for a kind's own.
    #[must_use]
    pub fn from_record(record: &EventRecord) -> Option<Self> {
        if !record.r#type.starts_with(PREFIX) {
            return None;
        }
        read::tagged(("type", &record.r#type), ("data", &record.data)).ok()
    }
}

/// The types of the runtime's own events, in order.
pub const EVENT_TYPES: &[&str] = &[
    "cambium:CommandExpired",
    "cambium:EffectAttempted",
    "cambium:EffectCancelled",
    "cambium:EffectConcluded",
    "cambium:EffectPaused",
    "cambium:EffectResolved",
    "cambium:EffectResumed",
    "cambium:EffectUnknown",
    "cambium:Forked",
    "cambium:LetterSettled",
    "cambium:Parked",
    "cambium:Skipped",
    "cambium:TimerFired",
    "cambium:Unmuted",
    "cambium:Unparked",
];

/// The commands of the runtime.
pub const COMMANDS: &[CommandName] = &[
    OUTCOME, ATTEMPT, EXPIRE, FORK, PARK, SETTLE, RELEASE, SKIP, UNMUTE, PAUSE, RESUME, CANCEL,
    HOLD, RESOLVE, FIRE,
];

/// Whether `name` is a command of the runtime.
#[must_use]
pub fn is_runtime(name: &CommandName) -> bool {
    name.as_str().starts_with(PREFIX)
}

/// The input of [`ATTEMPT`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which effect.
    pub effect: EffectId,
    /// The how-manyeth attempt, from 1.
    pub attempt: u32,
    /// BLAKE3 of the canonical request.
    pub request_hash: Hash,
}

/// The input of [`EXPIRE`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expire {
    /// Which command.
    pub command: CommandId,
}

/// The input of [`FIRE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fire {
    /// Which timer.
    pub timer: ActorId,
    /// The commit that set it.
    pub generation: Revision,
    /// What it was set for.
    pub due: Timestamp,
    /// The kind's command that it runs; told for people, the actor knows it.
    pub command: CommandName,
}

impl Fire {
    /// The id of the command that fires this timer of `address`: always the same, so that a run
    /// happens at most once.
    #[must_use]
    pub fn command(&self, address: &Address) -> CommandId {
        let Self { timer, generation, due, .. } = self;
        let parts =
            [address.to_string(), timer.to_string(), generation.to_string(), due.to_string()];
        CommandId::derived("cambium fire command v1", &parts.each_ref().map(|it| &**it))
    }
}

/// A sample of each event, for golden files and the catalogue.
#[must_use]
pub fn samples() -> Vec<(&'static str, Event)> {
    let effect = EffectId(Hash::of(b"sample effect"));
    let request_hash = Hash::of(b"sample request");
    let command = crate::commit::sample_command_id(1);
    let id = ActorId::from_static("parent");
    vec![
        (
            "The actor is a continuation of another.",
            Event::Forked(Parent { id, revision: Revision(7), muted: true }),
        ),
        (
            "An effect is about to be attempted.",
            Event::EffectAttempted { effect, attempt: 1, request_hash },
        ),
        ("An effect has its outcome.", Event::EffectConcluded { effect, ok: true, metered: None }),
        ("An open command's deadline has passed.", Event::CommandExpired { command }),
        (
            "A command could not be decided; what comes is put aside behind it.",
            Event::Parked {
                command,
                code: "decide_panicked".to_owned(),
                reason: "the rules of the kind failed on this command".to_owned(),
            },
        ),
        (
            "An operator dealt with a dead letter.",
            Event::LetterSettled {
                letter: 17,
                command: Some(command),
                action: LetterAction::Retry,
                by: crate::caller::Caller::ADMIN,
                code: None,
            },
        ),
        ("Nothing waits behind the actor any more.", Event::Unparked {}),
        (
            "A message before this commit is none of the actor's and was skipped.",
            Event::Skipped { cursor: Cursor(41), hash: request_hash },
        ),
        (
            "Effects of a fork or of imported history are kept from the world no longer.",
            Event::Unmuted {},
        ),
    ]
    .into_iter()
    .chain(effect_samples(effect))
    .chain(timer_samples())
    .collect()
}

fn effect_samples(effect: EffectId) -> Vec<(&'static str, Event)> {
    let by = crate::caller::Caller::ADMIN;
    let (reason, resolution) = ("maintenance".to_owned(), Resolution::Done("it was".into()));
    let (attempts, code) = (Some(6), Some("model_network".to_owned()));
    let paused = Event::EffectPaused {
        effect,
        by: by.clone(),
        reason: reason.clone(),
        attempts,
        code,
        awaits: None,
    };
    let resumed = Event::EffectResumed { effect, by: by.clone(), agreed: None };
    let reason = Some(reason);
    let cancelled = Event::EffectCancelled { effect, by: by.clone(), reason, refusal: None };
    vec![
        ("An effect does not start until it is resumed.", paused),
        ("A paused effect may start.", resumed),
        ("An effect is given up.", cancelled),
        (
            "Nobody knows what came of an effect; it waits until it is resolved.",
            Event::EffectUnknown { effect, attempts: 1 },
        ),
        ("Somebody said what came of an effect.", Event::EffectResolved { effect, by, resolution }),
    ]
}

fn timer_samples() -> Vec<(&'static str, Event)> {
    let due = Timestamp::from_millis(1_800_000_000_000);
    let (planned, next) = (Some(due.plus_millis(7_200_000)), Some(due.plus_millis(10_800_000)));
    let (timer, generation) = (ActorId::from_static("hourly"), Revision(3));
    let code = Some("missed".to_owned());
    let about = "A timer fired; its command was decided in the same commit.";
    vec![(
        about,
        Event::TimerFired { timer, generation, due, planned, ok: false, code, missed: 2, next },
    )]
}

/// The input of [`FORK`] as stored.
#[must_use]
pub fn fork_input(parent: &Parent) -> Value {
    serde_json::to_value(parent).unwrap_or_default()
}
