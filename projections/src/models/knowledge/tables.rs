//! The tables.

use contracts::{ActorId, Hash, Tenant};

use crate::model::{Stem, Table};
use crate::store::{BYTES, WordTable};

/// Columns of the passages; those of the key first.
pub(super) const PASSAGES: &[&str] = &[
    "tenant",
    "base",
    "document",
    "part",
    "passage",
    "n",
    "headings",
    "text",
    "size",
    "sealed",
    "source_revision",
    "revision",
    "cursor",
];

/// Columns of the documents.
pub(super) const DOCUMENTS: &[&str] = &[
    "tenant", "base", "document", "version", "title", "source", "metadata", "code", "at", "cursor",
];

/// Columns of where vectors are kept.
pub(super) const VECTORS: &[&str] = &[
    "tenant",
    "base",
    "document",
    "part",
    "generation",
    "model",
    "blob",
    "vectors",
    "dimensions",
    "cursor",
];

/// Columns of the bases.
pub(super) const BASES: &[&str] = &[
    "tenant",
    "base",
    "name",
    "model",
    "dimensions",
    "serving",
    "serving_model",
    "serving_dimensions",
];

/// All tables of a copy: passages, documents, vectors, bases.
pub(super) fn of(stem: &Stem) -> [Table; 4] {
    let (text, number, maybe) = ("TEXT NOT NULL", "BIGINT NOT NULL", "BIGINT");
    let bytes = format!("{BYTES} NOT NULL");
    let types = [
        text, text, text, number, number, number, text, text, number, number, maybe, number, number,
    ];
    let mut passages = Table::new(stem.table(""), PASSAGES, &types, 5)
        .index("numbers", "n", None)
        .index("sealed", "tenant, base, cursor", Some("sealed = 1"));
    passages.words = Some(words(stem));
    let types = [text, text, text, number, text, text, text, "TEXT", number, number];
    let documents = Table::new(stem.table("documents"), DOCUMENTS, &types, 3);
    let types = [text, text, text, number, number, text, &bytes, number, number, number];
    let vectors = Table::new(stem.table("vectors"), VECTORS, &types, 5);
    let types = [text, text, "TEXT", "TEXT", maybe, number, "TEXT", maybe];
    let bases = Table::new(stem.table("bases"), BASES, &types, 2);
    [passages, documents, vectors, bases]
}

/// The words of the passages.
pub(super) fn words(stem: &Stem) -> WordTable {
    WordTable::new(stem.table("words"))
}

/// In what the words of a base are found.
pub(super) fn scope(tenant: &Tenant, base: &ActorId) -> String {
    Hash::of_parts("cambium knowledge scope v1", &[tenant.as_str(), base.as_str()]).to_string()
}

/// The number of a passage's row.
pub(super) fn number(place: &[&str]) -> i64 {
    let hash = Hash::of_parts("cambium knowledge passage v1", place);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.0[..8]);
    i64::from_le_bytes(bytes) & i64::MAX
}
