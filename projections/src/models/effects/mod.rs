//! `effects`: one row per effect that an actor asked, and what the log says became of it. What it
//! does at this moment (queued, running, retrying) is for the runtime to say, which merges it in.

mod query;

use std::sync::Arc;

use contracts::commit::Input;
use contracts::effect::{Effect, EffectRecorded as Status, Outcome, OutcomeResult, Resolution};
use contracts::lifecycle::{self, Event};
use contracts::{Commit, EffectId, EffectRecord, Principal, Recorded};

pub(crate) use query::{get, list};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{Cell, HeldRows, Tx, int, optional};

/// The model.
pub(crate) struct Effects;

const COLUMNS: &[&str] = &[
    "tenant",
    "id",
    "kind",
    "actor",
    "revision",
    "idx",
    "class",
    "limit_key",
    "queue",
    "cursor",
    "asked_at",
    "status",
    "attempts",
    "concluded_at",
    "code",
    "reason",
    "principal",
    "last_cursor",
];

const KEY: usize = 2;
const KIND: usize = 2;
const ACTOR: usize = 3;
const STATUS: usize = 11;
const ATTEMPTS: usize = 12;
const CONCLUDED: usize = 13;
const CODE: usize = 14;
const REASON: usize = 15;
const BY: usize = 16;
const LAST: usize = 17;

impl ReadModel for Effects {
    const NAME: &'static str = "effects";
    const VERSION: u32 = 1;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![table(stem)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let table = table(stem);
        let keys = batch.iter().flat_map(|recorded| {
            let commit = &recorded.commit;
            let asked = commit.effects.iter().map(|effect| commit.effect_id(effect.index));
            let said = events(commit).filter_map(|event| about(&event));
            asked.chain(said).map(|id| key(commit, id)).collect::<Vec<_>>()
        });
        let mut rows = HeldRows::load(tx, &table, keys.collect()).await?;
        for recorded in batch {
            fold(&mut rows, recorded);
        }
        rows.flush(tx).await
    }
}

fn table(stem: &Stem) -> Table {
    let (text, number) = ("TEXT NOT NULL", "BIGINT NOT NULL");
    let types = [
        text, text, text, text, number, number, text, "TEXT", "TEXT", number, number, text, number,
        "BIGINT", "TEXT", "TEXT", "TEXT", number,
    ];
    Table::new(stem.table(""), COLUMNS, &types, KEY)
        .index("place", "tenant, cursor, idx", None)
        .index("status", "tenant, status, cursor, idx", None)
        .index("actor", "tenant, kind, actor, cursor, idx", None)
}

fn events(commit: &Commit) -> impl Iterator<Item = Event> {
    commit.events.iter().filter_map(Event::from_record)
}

fn key(commit: &Commit, id: EffectId) -> Vec<Cell> {
    vec![commit.tenant.as_str().into(), id.to_string().into()]
}

/// Which effect an event is about.
const fn about(event: &Event) -> Option<EffectId> {
    match event {
        Event::EffectAttempted { effect, .. }
        | Event::EffectConcluded { effect, .. }
        | Event::EffectPaused { effect, .. }
        | Event::EffectResumed { effect, .. }
        | Event::EffectCancelled { effect, .. }
        | Event::EffectUnknown { effect, .. }
        | Event::EffectResolved { effect, .. } => Some(*effect),
        _ => None,
    }
}

fn fold(rows: &mut HeldRows<'_>, recorded: &Recorded) {
    let commit = &recorded.commit;
    for event in events(commit) {
        let Some(id) = about(&event) else { continue };
        let (kind, actor) = (Cell::from(commit.kind.as_str()), Cell::from(commit.id.as_str()));
        // Only its own actor can say something of an effect.
        let own = |cells: &&mut Vec<Cell>| cells[KIND] == kind && cells[ACTOR] == actor;
        if let Some(cells) = rows.change(&key(commit, id)).filter(own) {
            said(cells, &event, commit);
            cells[LAST] = int(recorded.cursor.0);
        }
    }
    for effect in &commit.effects {
        let key = key(commit, commit.effect_id(effect.index));
        if !rows.has(&key) {
            rows.put(asked(key, effect, recorded));
        }
    }
}

/// The row of an effect that was just asked.
fn asked(mut cells: Vec<Cell>, effect: &EffectRecord, recorded: &Recorded) -> Vec<Cell> {
    let Recorded { cursor, commit, .. } = recorded;
    let known = effect.effect().ok();
    let limit = known.as_ref().and_then(|known| known.terms().limit.as_ref());
    let queue = match &known {
        Some(Effect::Work(work)) => Some(work.queue.as_str()),
        _ => None,
    };
    cells.extend([
        commit.kind.as_str().into(),
        commit.id.as_str().into(),
        int(commit.revision.0),
        Cell::Int(i64::from(effect.index)),
        effect.r#type.as_str().into(),
        optional(limit.map(|limit| limit.as_str())),
        optional(queue),
        int(cursor.0),
        commit.at.as_millis().into(),
        Status::Pending.as_str().into(),
        Cell::Int(0),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        Cell::Null,
        int(cursor.0),
    ]);
    cells
}

/// Writes what an event says of an effect.
fn said(cells: &mut [Cell], event: &Event, commit: &Commit) {
    let mut set = |status: Status, by: Option<&Principal>, reason: Option<&str>| {
        cells[STATUS] = status.as_str().into();
        cells[BY] = optional(by.map(|by| by.as_str()));
        cells[REASON] = optional(reason);
        cells[CODE] = Cell::Null;
    };
    match event {
        Event::EffectAttempted { attempt, .. } => {
            set(Status::Attempted, None, None);
            cells[ATTEMPTS] = Cell::Int(i64::from(*attempt));
        }
        Event::EffectPaused { by, reason, attempts, code, awaits, .. } => {
            set(Status::Paused, Some(by), Some(reason));
            let awaited = awaits.as_ref().map(|_| "approval_required");
            cells[CODE] = optional(code.as_deref().or(awaited));
            if let Some(attempts) = attempts {
                cells[ATTEMPTS] = Cell::Int(i64::from(*attempts));
            }
        }
        Event::EffectResumed { by, .. } => set(Status::Pending, Some(by), None),
        Event::EffectCancelled { by, reason, refusal, .. } => {
            set(Status::Cancelled, Some(by), reason.as_deref());
            cells[CODE] = optional(refusal.as_ref().map(|refusal| &*refusal.code));
        }
        Event::EffectUnknown { attempts, .. } => {
            set(Status::Unknown, None, None);
            cells[ATTEMPTS] = Cell::Int(i64::from(*attempts));
        }
        Event::EffectResolved { by, resolution, .. } => {
            let reason = match resolution {
                Resolution::Retry => "it may be attempted again",
                Resolution::Done(_) => "somebody said that it was done",
                Resolution::Failed(_) => "somebody said that it failed",
            };
            set(Status::Pending, Some(by), Some(reason));
        }
        Event::EffectConcluded { ok, .. } => concluded(cells, *ok, commit),
        _ => {}
    }
}

fn concluded(cells: &mut [Cell], ok: bool, commit: &Commit) {
    let outcome = outcome(commit);
    if let Some(outcome) = &outcome {
        cells[ATTEMPTS] = Cell::Int(i64::from(outcome.attempts));
    }
    let code = match outcome.map(|outcome| outcome.result) {
        Some(OutcomeResult::Failed(refusal) | OutcomeResult::Paused(refusal)) => {
            Some(refusal.code.to_string())
        }
        Some(OutcomeResult::Unknown) => Some("effect_unknown".to_owned()),
        _ => None,
    };
    // One that was given up stays so, whatever came of it.
    if cells[STATUS] == Cell::from(Status::Cancelled.as_str()) {
        if cells[CODE] == Cell::Null {
            cells[CODE] = Cell::from("effect_cancelled");
        }
    } else {
        cells[STATUS] = if ok { Status::Done } else { Status::Failed }.as_str().into();
        cells[CODE] = optional(code);
    }
    cells[CONCLUDED] = commit.at.as_millis().into();
}

/// What the command says that concludes; `None` when it is kept elsewhere, as large ones are.
fn outcome(commit: &Commit) -> Option<Outcome> {
    let Input::Inline(input) = &commit.command.input else { return None };
    let own = commit.command.name == lifecycle::OUTCOME;
    own.then(|| contracts::read::from_ref(input).ok()).flatten()
}
