//! Records as lines that a spreadsheet reads, and that it takes for no formula.

use contracts::audit::AuditRow;

use super::super::csv::cell;

/// The first line.
pub const HEADER: &str = "cursor,at,tenant,class,principal,credential,road,peer,action,actor,\
                          outcome,code,policy,as_of,trace_id,reason,message,details,hash\r\n";

/// One line.
#[must_use]
pub fn line(row: &AuditRow) -> String {
    let record = &row.record;
    let text = |value: Option<String>| value.unwrap_or_default();
    let details = if record.details.is_null() { String::new() } else { record.details.to_string() };
    let cells = [
        row.cursor.to_string(),
        record.at.to_string(),
        record.tenant.to_string(),
        record.class.to_string(),
        text(record.principal.clone()),
        text(record.credential.as_ref().map(ToString::to_string)),
        text(record.road.clone()),
        text(record.peer.clone()),
        text(record.action.clone()),
        text(record.actor.clone()),
        record.outcome.as_str().to_owned(),
        text(record.code.clone()),
        text(record.policy.map(|digest| digest.to_string())),
        text(record.as_of.map(|cursor| cursor.to_string())),
        text(record.trace_id.clone()),
        text(record.reason.clone()),
        record.message.clone(),
        details,
        row.hash.to_string(),
    ];
    let cells: Vec<String> = cells.iter().map(|text| cell(text)).collect();
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use contracts::audit::{AuditRecord, AuditRow, classes};
    use contracts::{Cursor, Hash, Tenant, Timestamp};
    use serde_json::json;

    use super::{HEADER, line};

    #[test]
    fn a_line_has_a_cell_for_each_name() {
        let tenant = Tenant::from_static("acme");
        let record = AuditRecord::new(tenant, classes::LOGIN, Timestamp::default(), "=cmd()");
        let record = record.details(json!({ "a": 1 }));
        let line = line(&AuditRow { cursor: Cursor(7), hash: Hash::ZERO, record });
        assert_eq!(line.matches(',').count(), HEADER.matches(',').count());
        assert!(line.starts_with("7,") && line.contains(",'=cmd(),"), "{line}");
        assert!(line.contains("\"{\"\"a\"\":1}\""), "{line}");
    }
}
