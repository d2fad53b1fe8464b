//! The tables.

use contracts::Hash;

use crate::model::{Stem, Table};
use crate::store::{BYTES, WordTable};

/// Columns of what was said; those of the key first.
pub(super) const ITEMS: &[&str] = &[
    "tenant",
    "agent",
    "n",
    "speaker",
    "principal",
    "kind",
    "id",
    "sequence",
    "text",
    "size",
    "vector",
    "model",
    "revision",
    "cursor",
    "at",
    "until_cursor",
    "until_at",
];

/// The columns that say where something was said, each with its place in [`ITEMS`].
pub(super) const PLACE: [(usize, &str); 4] =
    [(0, "tenant"), (5, "kind"), (6, "id"), (7, "sequence")];

/// Columns of the runs of assistants.
pub(super) const RUNS: &[&str] = &["tenant", "run", "agent", "principal"];

/// Columns of the agents that are in conversations, and with whom each spoke last.
pub(super) const AGENTS: &[&str] = &["tenant", "conversation", "agent", "principal"];

/// All tables of a copy: what was said, runs, agents.
pub(super) fn of(stem: &Stem) -> [Table; 3] {
    let (text, number, maybe) = ("TEXT NOT NULL", "BIGINT NOT NULL", "BIGINT");
    let types = [
        text, text, number, text, text, text, text, number, text, number, BYTES, "TEXT", number,
        number, number, maybe, maybe,
    ];
    let mut items = Table::new(stem.table(""), ITEMS, &types, 3)
        .index("numbers", "n", None)
        .index("last", "tenant, agent, cursor", None)
        .index("standing", "tenant, kind, id, sequence", Some("until_cursor IS NULL"));
    items.words = Some(words(stem));
    let runs = Table::new(stem.table("runs"), RUNS, &[text; 4], 2);
    let agents = Table::new(stem.table("agents"), AGENTS, &[text, text, text, "TEXT"], 3);
    [items, runs, agents]
}

/// The words of what was said.
pub(super) fn words(stem: &Stem) -> WordTable {
    WordTable::new(stem.table("words"))
}

/// In what the words of an agent are found.
pub(super) fn scope(tenant: &str, agent: &str) -> String {
    Hash::of_parts("cambium memory scope v1", &[tenant, agent]).to_string()
}

/// The number of a row.
pub(super) fn number(place: &[&str]) -> i64 {
    let hash = Hash::of_parts("cambium memory item v1", place);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    i64::from_le_bytes(bytes) & i64::MAX
}
