//! `personal`: where in the log protected values stand, and whose they are. It keeps the protected
//! form only, so that nothing here outlives a key.

mod handle;
mod query;

use std::sync::Arc;

use contracts::Recorded;
use contracts::privacy::{self, MARK, Part, ProtectedText};
use memchr::memmem;
use serde_json::Value;

pub use query::{PersonalQuery, PersonalRow};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{Cell, Tx, Upsert, int};

/// The model.
pub(crate) struct Personal;

const COLUMNS: &[&str] = &[
    "tenant", "subject", "cursor", "idx", "kind", "id", "revision", "at", "class", "key_id",
    "place", "value",
];

const TYPES: &[&str] = &[
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "BIGINT NOT NULL",
    "BIGINT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "BIGINT NOT NULL",
    "BIGINT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
];

impl ReadModel for Personal {
    const NAME: &'static str = "personal";
    const VERSION: u32 = 1;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![Table::new(stem.table(""), COLUMNS, TYPES, 4)]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let rows: Vec<_> = batch.iter().flat_map(|recorded| rows(recorded)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        let tail = "ON CONFLICT (tenant, subject, cursor, idx) DO NOTHING";
        Upsert { table: &stem.table(""), columns: COLUMNS, tail }.run(tx, rows).await
    }
}

/// A row for each subject of each protected value of a commit.
fn rows(recorded: &Recorded) -> Vec<Vec<Cell>> {
    // Most commits have none, and a look at the bytes tells.
    let marked = memmem::find(&recorded.raw, MARK.as_bytes()).is_some();
    let Some(value) = marked.then(|| serde_json::to_value(&recorded.commit).ok()).flatten() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collect(&value, &mut String::new(), &mut found);
    let Recorded { cursor, commit, .. } = recorded;
    let mut rows = Vec::new();
    for (place, protected) in found {
        for subject in &protected.subjects {
            rows.push(vec![
                commit.tenant.as_str().into(),
                subject.as_str().into(),
                int(cursor.0),
                int(rows.len() as u64),
                commit.kind.as_str().into(),
                commit.id.as_str().into(),
                int(commit.revision.0),
                commit.at.as_millis().into(),
                protected.class.as_str().into(),
                protected.key.to_string().into(),
                place.as_str().into(),
                protected.to_string().into(),
            ]);
        }
    }
    rows
}

/// The protected values in `value`, each with the JSON pointer of where it stands.
fn collect(value: &Value, pointer: &mut String, found: &mut Vec<(String, ProtectedText)>) {
    let mut inside = |name: &str, value: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
        collect(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| inside(&at.to_string(), item));
        }
        Value::Object(members) => members.iter().for_each(|(name, member)| inside(name, member)),
        Value::String(text) if privacy::carries(text) => {
            for part in privacy::parts(text) {
                if let Part::Protected(protected) = part {
                    found.push((pointer.clone(), *protected));
                }
            }
        }
        _ => {}
    }
}
