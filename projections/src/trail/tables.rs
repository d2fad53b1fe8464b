//! The tables of one copy of the trail.

use crate::error::Error;
use crate::model::{Stem, Table};
use crate::store::{BYTES, Tx};

/// The columns of a record's row.
pub(super) const RECORDS: &[&str] = &[
    "tenant",
    "sequence",
    "class",
    "at",
    "principal",
    "actor",
    "code",
    "outcome",
    "search",
    "hash",
    "record",
];

/// The columns of a chain's row.
pub(super) const CHAINS: &[&str] = &["tenant", "class", "sequence", "records", "hash"];

/// The columns of a legal hold's row.
pub(super) const HOLDS: &[&str] = &[
    "tenant",
    "id",
    "class",
    "principal",
    "reason",
    "held_by",
    "at",
    "released_by",
    "released_at",
    "release_reason",
];

/// The columns of a tenant's own rule.
pub(super) const RULES: &[&str] = &["tenant", "class", "days"];

/// All tables of a copy.
pub(super) fn all(stem: &Stem) -> Vec<Table> {
    let (text, number, bytes) = ("TEXT NOT NULL", "BIGINT NOT NULL", format!("{BYTES} NOT NULL"));
    let bytes = bytes.as_str();
    let records = [text, number, text, number, "TEXT", "TEXT", "TEXT", text, text, bytes, text];
    let holds = [text, text, "TEXT", "TEXT", text, "TEXT", number, "TEXT", "BIGINT", "TEXT"];
    vec![
        Table::new(stem.table(""), RECORDS, &records, 2)
            .index("place", "sequence", None)
            .index("class", "tenant, class, sequence", None)
            .index("principal", "tenant, principal, sequence", Some("principal IS NOT NULL"))
            .index("actor", "tenant, actor, sequence", Some("actor IS NOT NULL"))
            .index("code", "tenant, code, sequence", Some("code IS NOT NULL"))
            .index("at", "tenant, at", None),
        Table::new(stem.table("chains"), CHAINS, &[text, text, number, number, bytes], 2),
        Table::new(stem.table("holds"), HOLDS, &holds, 2),
        Table::new(stem.table("rules"), RULES, &[text, text, number], 2),
    ]
}

/// Makes the tables of a copy, empty.
pub(super) async fn create(tx: &mut Tx, stem: &Stem) -> Result<(), Error> {
    tx.drop_tables(stem.as_str()).await?;
    for table in &all(stem) {
        tx.create(table).await?;
    }
    Ok(())
}
