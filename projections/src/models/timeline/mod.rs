//! `timeline`: one row per event, in the order of the log.

mod query;

use std::sync::Arc;

use contracts::Recorded;

pub(crate) use query::list;
pub use query::{TimelineOrder, TimelineQuery, TimelineRow};

use crate::error::Error;
use crate::model::{ReadModel, Stem, Table};
use crate::store::{Cell, Tx, Upsert, int, json, optional};

/// The model.
pub(crate) struct Timeline;

const COLUMNS: &[&str] = &[
    "tenant",
    "kind",
    "id",
    "revision",
    "idx",
    "cursor",
    "at",
    "type",
    "v",
    "principal",
    "command_id",
    "command",
    "correlation",
    "trace_id",
    "data",
];

const TYPES: &[&str] = &[
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "BIGINT NOT NULL",
    "BIGINT NOT NULL",
    "BIGINT NOT NULL",
    "BIGINT NOT NULL",
    "TEXT NOT NULL",
    "BIGINT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "TEXT NOT NULL",
    "TEXT",
    "TEXT",
    "TEXT NOT NULL",
];

impl ReadModel for Timeline {
    const NAME: &'static str = "timeline";
    const VERSION: u32 = 2;

    fn tables(&self, stem: &Stem) -> Vec<Table> {
        vec![
            Table::new(stem.table(""), COLUMNS, TYPES, 5)
                .index("order", "tenant, cursor, idx", None)
                .index("command", "tenant, command_id, cursor, idx", None)
                .index(
                    "correlation",
                    "tenant, correlation, cursor, idx",
                    Some("correlation IS NOT NULL"),
                )
                .index("trace", "tenant, trace_id, cursor, idx", Some("trace_id IS NOT NULL")),
        ]
    }

    async fn apply(&self, tx: &mut Tx, stem: &Stem, batch: &[Arc<Recorded>]) -> Result<(), Error> {
        let rows = batch.iter().flat_map(|recorded| rows(recorded)).collect();
        // A second commit with a revision that is there already was not written by us; the first
        // one stands, as it does for the actor itself.
        let tail = "ON CONFLICT (tenant, kind, id, revision, idx) DO NOTHING";
        Upsert { table: &stem.table(""), columns: COLUMNS, tail }.run(tx, rows).await
    }
}

fn rows(recorded: &Recorded) -> impl Iterator<Item = Vec<Cell>> {
    let Recorded { cursor, commit, .. } = recorded;
    let command = &commit.command;
    let trace = command.trace.as_ref().and_then(|trace| trace_id(&trace.parent));
    commit.events.iter().enumerate().map(move |(index, event)| {
        vec![
            commit.tenant.as_str().into(),
            commit.kind.as_str().into(),
            commit.id.as_str().into(),
            int(commit.revision.0),
            int(index as u64),
            int(cursor.0),
            commit.at.as_millis().into(),
            event.r#type.as_str().into(),
            Cell::Int(i64::from(event.v)),
            command.by.principal.as_str().into(),
            command.id.to_string().into(),
            command.name.as_str().into(),
            optional(command.correlation.as_ref().map(|text| text.as_str())),
            optional(trace),
            json(&event.data),
        ]
    })
}

/// The trace id in a W3C `traceparent`: `00-<32 digits>-<16 digits>-<2 digits>`.
fn trace_id(parent: &str) -> Option<&str> {
    let id = parent.split('-').nth(1)?;
    (id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn a_trace_id_is_taken_from_a_traceparent_only() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(&format!("00-{id}-00f067aa0ba902b7-01")), Some(id));
        for bad in ["", "00", "00-xyz-1-1", "00-4bf92f3577b34da6a3ce929d0e0e473g-1-1"] {
            assert_eq!(trace_id(bad), None, "{bad}");
        }
    }
}
