//! Records as lines that a spreadsheet reads, and that it takes for no formula.

use contracts::records::RecordRow;
use serde_json::json;

use super::super::rest::csv;

/// The media type.
pub use csv::CONTENT_TYPE;

/// The first line.
pub const HEADER: &str = "cursor,at,received,service,name,level,message,kind,unit,value,status,\
                          duration_ms,trace,span,parent,labels\r\n";

/// One line.
#[must_use]
pub fn line(row: &RecordRow) -> String {
    let record = &row.record;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<f64>| value.map(|it| it.to_string()).unwrap_or_default();
    let labels =
        if record.labels.is_empty() { String::new() } else { json!(record.labels).to_string() };
    let told = [
        record.service.clone(),
        record.name.clone(),
        record.level.map_or("", |level| level.as_str()).to_owned(),
        record.message.clone(),
        record.kind.clone(),
        record.unit.clone(),
    ];
    let ids = [text(&record.trace), text(&record.span), text(&record.parent), labels];
    let mut cells = vec![
        row.cursor.to_string(),
        record.at.unwrap_or_default().to_string(),
        row.received.to_string(),
    ];
    cells.extend(told.iter().map(|text| csv::cell(text)));
    // Numbers of ours are none that a spreadsheet would take for a formula.
    cells.push(number(record.value));
    cells.push(record.status.map_or("", |status| status.as_str()).to_owned());
    cells.push(number(record.duration_ms()));
    cells.extend(ids.iter().map(|text| csv::cell(text)));
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use contracts::records::{Record, RecordRow, Signal};
    use contracts::{Cursor, Timestamp};

    use super::{HEADER, line};

    #[test]
    fn a_line_has_a_cell_for_each_name_and_no_formula() {
        let record = Record {
            message: "=cmd()".to_owned(),
            value: Some(-1.5),
            labels: [("a".to_owned(), serde_json::json!(1))].into(),
            ..Record::default()
        };
        let received = Timestamp::default();
        let row = RecordRow { cursor: Cursor(7), signal: Signal::Logs, received, record };
        let line = line(&row);
        assert_eq!(line.matches(',').count(), HEADER.matches(',').count());
        assert!(line.contains(",'=cmd(),") && line.contains(",-1.5,"), "{line}");
        assert!(line.contains("\"{\"\"a\"\":1}\""), "{line}");
    }
}
