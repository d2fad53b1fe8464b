//! The tables.

use contracts::{Hash, Tenant};

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

/// Columns of the runs of assistants.
pub(super) const RUNS: &[&str] = &["tenant", "run", "agent", "principal"];

/// Columns of the agents that are in conversations, and with whom each spoke last.
pub(super) const AGENTS: &[&str] = &["tenant", "conversation", "agent", "principal"];

/// All tables of a copy.
pub(super) fn all(stem: &Stem) -> Vec<Table> {
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
    vec![items, runs, agents]
}

/// The words of what was said.
pub(super) fn words(stem: &Stem) -> WordTable {
    WordTable::new(stem.table("words"))
}

/// In what the words of an agent are found.
pub(super) fn scope(tenant: &Tenant, agent: &str) -> String {
    Hash::of_parts("cambium memory scope v1", &[tenant.as_str(), agent]).to_string()
}

/// The number of a row.
pub(super) fn number(place: &[&str]) -> i64 {
    let hash = Hash::of_parts("cambium memory item v1", place);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    i64::from_le_bytes(bytes) & i64::MAX
}
