//! A table becomes a sheet.

use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::{Column, Ingested, Unclear};
use contracts::kinds::myocyte::limits::{
    SET_BYTES_MAX, SET_CELLS_MAX, TABLE_BYTES_MAX, TEXT_BYTES_MAX, UNCLEAR_MAX,
};
use contracts::kinds::myocyte::{
    CellsSet, Event, Filled, Formatted, IngestTable, Rejection, Scalar, Style, TableFormat,
    TableIngested,
};
use contracts::{Decision, Hash};
use office::sheet::{COLUMNS_MAX, Content, Place, Workbook};
use office::table::{Format, Options, Table, read};
use serde_json::{Value, json};

use super::arrange;
use super::work::Work;

/// Makes a sheet of a table.
pub(super) fn ingest_table(
    mut work: Work<'_>,
    input: &IngestTable,
) -> Result<Decision<Event>, Rejection> {
    let name = input.name.clone().unwrap_or_else(|| free_name(&work.state.book));
    let check = Check::new().body("raw_data", &input.raw_data, TABLE_BYTES_MAX);
    arrange::check_name(check, "name", &name).done()?;
    if work.state.book.named(&name).is_some() {
        return Err(Rejection::SheetExists { name });
    }
    let table = read(&input.raw_data, format(input.format), &options(input));
    let table = table.map_err(|unreadable| Rejection::TableUnreadable {
        line: unreadable.line,
        reason: unreadable.reason,
    })?;
    let areas = vec![Filled { at: "A1".to_owned(), rows: rows(&table) }];
    let bytes = json!(areas).to_string().len();
    Check::new()
        .ensure(
            bytes <= SET_BYTES_MAX,
            "raw_data",
            format!("its cells have {bytes} bytes of JSON; {SET_BYTES_MAX} are allowed"),
        )
        .done()?;
    work.begin(None);
    let sheet = work.add_sheet(&name, None);
    let count = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
    let ingested = TableIngested {
        sheet: sheet.clone(),
        format: input.format,
        hash: Hash::of(input.raw_data.as_bytes()),
        bytes: input.raw_data.len() as u64,
        rows: count(table.rows.len()),
        unclear: count(table.unclear_count),
    };
    work.happen(Event::TableIngested(ingested));
    let mut book = work.state.book.clone();
    book.put(&sheet, Place { row: 1, column: 1 }, &super::evolve::contents(&areas[0].rows));
    let cells = book.cells() as u64;
    work.happen(Event::CellsSet(CellsSet { sheet: sheet.clone(), areas, cells }));
    formats(&mut work, &sheet, &table);
    work.room()?;
    let columns = table
        .columns
        .iter()
        .map(|column| Column { name: column.name.clone(), r#type: column.sort.to_owned() });
    let unclear = table.unclear.iter().map(|unclear| Unclear {
        line: unclear.line,
        column: unclear.column.clone(),
        code: unclear.code.to_owned(),
        message: unclear.message.clone(),
    });
    let (columns, unclear) = (columns.collect(), unclear.collect());
    let (rows, unclear_count) = (count(table.rows.len()), count(table.unclear_count));
    Ok(work.now(&Ingested { sheet, name, rows, columns, unclear, unclear_count }))
}

const fn format(format: TableFormat) -> Format {
    match format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Tsv => Format::Tsv,
        TableFormat::Json => Format::Json,
        TableFormat::Markdown => Format::Markdown,
    }
}

fn options(input: &IngestTable) -> Options {
    Options {
        day_first: input.day_first,
        cells_max: SET_CELLS_MAX,
        bytes_max: TABLE_BYTES_MAX,
        partial: false,
        columns_max: COLUMNS_MAX as usize,
        text_bytes_max: TEXT_BYTES_MAX,
        record_bytes_max: TABLE_BYTES_MAX,
        unclear_max: UNCLEAR_MAX,
    }
}

/// The first of `Table1`, `Table2` … that no sheet is called.
fn free_name(book: &Workbook) -> String {
    let names = (1..).map(|number| format!("Table{number}"));
    let mut free = names.filter(|name| book.named(name).is_none());
    free.next().unwrap_or_default()
}

/// The header and the rows.
fn rows(table: &Table) -> Vec<Vec<Scalar>> {
    let text = |text: &str| Content::Text(text.into()).to_json();
    let header = table.columns.iter().map(|column| Scalar(text(&column.name))).collect();
    let row = |row: &Vec<Option<Content>>| {
        let cell =
            |cell: &Option<Content>| Scalar(cell.as_ref().map_or(Value::Null, Content::to_json));
        row.iter().map(cell).collect()
    };
    std::iter::once(header).chain(table.rows.iter().map(row)).collect()
}

/// Days, times and shares look as such; the header is bold.
fn formats(work: &mut Work<'_>, sheet: &str, table: &Table) {
    let last = u32::try_from(table.rows.len()).unwrap_or(u32::MAX) + 1;
    let mut looks = Vec::new();
    let place = |row, column| Place::new(row, column).map(|place| place.to_string());
    let width = u32::try_from(table.columns.len()).unwrap_or(u32::MAX);
    if let Some(end) = place(1, width) {
        looks.push((format!("A1:{end}"), Style { bold: Some(true), ..Style::default() }));
    }
    for (column, of) in (1..).zip(&table.columns) {
        let ends = place(2, column).zip(place(last, column));
        if let Some((number, (from, to))) = of.format.zip(ends).filter(|_| last > 1) {
            let style = Style { number: Some(number.to_owned()), ..Style::default() };
            looks.push((format!("{from}:{to}"), style));
        }
    }
    for (area, style) in looks {
        let sheet = sheet.to_owned();
        work.happen(Event::Formatted(Formatted { sheet, area, style }));
    }
}
