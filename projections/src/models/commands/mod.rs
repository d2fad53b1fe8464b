//! `commands`: one row per command that committed, and what became of it.
//!
//! A command is *accepted* when its commit says that an answer follows (`command.deadline`), and
//! *completed* or *failed* by the completion in its own or a later commit of the same actor.
//! Commands of the runtime are kept too: an outcome must be known again as much as a request.

mod query;

use std::collections::HashMap;
use std::sync::Arc;

use contracts::caller::Origin;
use contracts::commit::CommandRecord;
use contracts::envelope::Cause;
use contracts::view::Status;
use contracts::{ActorId, CommandId, Commit, Completion, Kind, Recorded, Tenant};

pub(crate) use query::{find, get};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{BYTES, Cell, HeldRows, Tx, Upsert, int, json, optional};

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
const OPEN: &str = Status::Accepted.as_str();
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
        let begun: HashMap<Key<'_>, usize> =
            batch.iter().enumerate().map(|(at, it)| (own(&it.commit), at)).collect();
        // An id causes at most one commit of an actor, so nobody looks for it beforehand. A log in
        // which it does not hold cannot be folded together: commit by commit the first one stands.
        let alone = batch.len() == 1;
        if begun.len() < batch.len() {
            return Err(Error::Model("a command has committed twice".to_owned()));
        }
        let mut keys = Vec::new();
        for commit in batch.iter().map(|recorded| &recorded.commit) {
            let answered = commit.completions.iter().map(|completion| completion.command_id);
            let earlier = answered.filter(|id| !begun.contains_key(&(*id, own(commit).1)));
            keys.extend(earlier.map(|id| key(commit, id)));
            keys.extend(alone.then(|| key(commit, commit.command.id)));
        }
        let earlier = HeldRows::load(tx, &table, keys).await?;
        let mut rows = Rows { begun, fresh: Vec::with_capacity(batch.len()), earlier };
        for recorded in batch {
            rows.fold(recorded);
        }
        rows.earlier.flush(tx).await?;
        Upsert { table: &table.name, columns: COLUMNS, tail: "" }.run(tx, rows.fresh).await
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

/// A command of an actor.
type Key<'a> = (CommandId, (&'a ActorId, &'a Kind, &'a Tenant));

fn own(commit: &Commit) -> Key<'_> {
    (commit.command.id, (&commit.id, &commit.kind, &commit.tenant))
}

/// The rows that a batch begins, and those that it changes.
struct Rows<'a> {
    /// Which command each commit of the batch begins.
    begun: HashMap<Key<'a>, usize>,
    /// Their rows, in the order of the commits; none yet of those that come later.
    fresh: Vec<Vec<Cell>>,
    /// The rows of earlier commands.
    earlier: HeldRows<'a>,
}

impl Rows<'_> {
    fn fold(&mut self, recorded: &Recorded) {
        let commit = &recorded.commit;
        let mine = key(commit, commit.command.id);
        // Were there another commit of this command, the first one stands.
        if !self.earlier.has(&mine) {
            self.fresh.push(asked(mine, recorded));
        }
        for completion in &commit.completions {
            self.answer(completion.command_id, recorded, Some(completion));
        }
        // A command whose commit promises no later answer is answered by it.
        if commit.command.deadline.is_none() {
            self.answer(commit.command.id, recorded, None);
        }
    }

    /// Answers a command that is still open; what was answered stays answered.
    fn answer(&mut self, id: CommandId, recorded: &Recorded, completion: Option<&Completion>) {
        let commit = &recorded.commit;
        let begun = self.begun.get(&(id, own(commit).1));
        let cells = match begun.and_then(|at| self.fresh.get_mut(*at)) {
            Some(fresh) => Some(fresh),
            None => self.earlier.change(&key(commit, id)),
        };
        let open =
            |cells: &&mut Vec<Cell>| matches!(&cells[STATUS], Cell::Text(it) if **it == *OPEN);
        if let Some(cells) = cells.filter(open) {
            answer(cells, recorded, completion);
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
            (Status::Failed, Cell::Null, Cell::from(text))
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
