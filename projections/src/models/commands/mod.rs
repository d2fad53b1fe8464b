//! `commands`: one row per command that committed, and what became of it.
//!
//! A command is *accepted* when its commit says that an answer follows (`command.deadline`), and
//! *completed* or *failed* by the completion in its own or a later commit of the same actor.
//! Commands of the runtime are kept too: an outcome must be known again as much as a request.

mod query;

use std::sync::Arc;

use contracts::caller::Origin;
use contracts::commit::CommandRecord;
use contracts::envelope::Cause;
use contracts::view::Status;
use contracts::{CommandId, Commit, Completion, Recorded};

pub(crate) use query::{find, get};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{BYTES, Cell, HeldRows, Tx, int, json, optional};

/// The model.
pub(crate) struct Commands;

/// The id comes before the actor, so that a command is found by its id. The actor belongs to the
/// key, since nothing keeps a caller from sending one id to two actors.
const COLUMNS: &[&str] = &[
    "tenant",
    "id",
    "kind",
    "actor",
    "name",
    "status",
    "revision",
    "cursor",
    "input_hash",
    "at",
    "principal",
    "origin",
    "cause",
    "correlation",
    "deadline",
    "reply",
    "rejection",
    "completed_at",
    "last_revision",
    "last_cursor",
];

const KEY: usize = 4;
const STATUS: usize = 5;
/// Where `reply, rejection, completed_at, last_revision, last_cursor` begin.
const ANSWER: usize = 15;

impl ReadModel for Commands {
    const NAME: &'static str = "commands";
    const VERSION: u32 = 1;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![table(stem)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let table = table(stem);
        let keys = batch.iter().flat_map(|recorded| {
            let commit = &recorded.commit;
            let answered = commit.completions.iter().map(|completion| completion.command_id);
            std::iter::once(commit.command.id).chain(answered).map(|id| key(commit, id))
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
    let bytes = format!("{BYTES} NOT NULL");
    let types = [
        text, text, text, text, text, text, number, number, &bytes, number, text, text, "TEXT",
        "TEXT", "BIGINT", "TEXT", "TEXT", "BIGINT", number, number,
    ];
    Table::new(stem.table(""), COLUMNS, &types, KEY)
}

fn key(commit: &Commit, id: CommandId) -> Vec<Cell> {
    let (tenant, kind, actor) = (&commit.tenant, &commit.kind, &commit.id);
    vec![tenant.as_str().into(), id.to_string().into(), kind.as_str().into(), actor.as_str().into()]
}

fn fold(rows: &mut HeldRows<'_>, recorded: &Recorded) {
    let commit = &recorded.commit;
    let own = key(commit, commit.command.id);
    // An id causes at most one commit of an actor; were there another, the first one stands.
    if !rows.has(&own) {
        rows.put(asked(own, recorded));
    }
    for completion in &commit.completions {
        // What was answered stays answered.
        let key = key(commit, completion.command_id);
        let open = Cell::from(Status::Accepted.as_str());
        if let Some(cells) = rows.change(&key).filter(|cells| cells[STATUS] == open) {
            answer(cells, recorded, Some(completion));
        }
    }
    // A command whose commit promises no later answer is answered by it.
    if commit.command.deadline.is_none() {
        let open = Cell::from(Status::Accepted.as_str());
        let own = key(commit, commit.command.id);
        if let Some(cells) = rows.change(&own).filter(|cells| cells[STATUS] == open) {
            answer(cells, recorded, None);
        }
    }
}

/// The row of a command that was just committed.
fn asked(mut cells: Vec<Cell>, recorded: &Recorded) -> Vec<Cell> {
    let Recorded { cursor, commit, .. } = recorded;
    let CommandRecord { name, input_hash, by, cause, correlation, deadline, .. } = &commit.command;
    let origin = match by.origin {
        Origin::Http => "http",
        Origin::Nats => "nats",
        Origin::Runtime => "runtime",
    };
    let cause = cause.as_ref().map(|cause| match cause {
        Cause::Effect(id) => format!("effect:{id}"),
        Cause::Command(id) => format!("command:{id}"),
    });
    cells.extend([
        name.as_str().into(),
        Status::Accepted.as_str().into(),
        int(commit.revision.0),
        int(cursor.0),
        Cell::Bytes(input_hash.0.to_vec()),
        commit.at.as_millis().into(),
        by.principal.as_str().into(),
        origin.into(),
        optional(cause),
        optional(correlation.as_ref().map(|text| text.as_str())),
        optional(deadline.map(|at| at.as_millis())),
        Cell::Null,
        Cell::Null,
        Cell::Null,
        int(commit.revision.0),
        int(cursor.0),
    ]);
    cells
}

/// Writes the final answer of a command; without a completion it was done and said nothing.
fn answer(cells: &mut [Cell], recorded: &Recorded, completion: Option<&Completion>) {
    let Recorded { cursor, commit, .. } = recorded;
    let refusal = completion.and_then(Completion::refusal);
    let (status, reply, rejection) = match (completion, refusal) {
        (Some(_), Some(refusal)) => {
            let text = serde_json::to_string(&refusal).unwrap_or_default();
            (Status::Failed, Cell::Null, Cell::Text(text))
        }
        (Some(completion), None) => (Status::Completed, json(&completion.reply), Cell::Null),
        (None, _) => (Status::Completed, json(&serde_json::Value::Null), Cell::Null),
    };
    cells[STATUS] = status.as_str().into();
    cells[ANSWER..].clone_from_slice(&[
        reply,
        rejection,
        commit.at.as_millis().into(),
        int(commit.revision.0),
        int(cursor.0),
    ]);
}
