//! A sheet as a table of elements.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::super::code::Section;
use super::super::formula::filed_formula;
use super::super::moment;
use super::style::Looks;
use crate::calc::Value;
use crate::draw::escaped;
use crate::sheet::{Area, Content, Place, Sheet};

/// How many empty cells of an area that looks different are written.
const BLANK_CELLS_MAX: u64 = 2_000;

/// A cell that is written: what it holds, or what spills into it.
#[derive(Clone, Copy, Default)]
struct Cell<'a> {
    content: Option<&'a Content>,
    /// Over how many rows and columns its array goes.
    spans: Option<(u32, u32)>,
}

/// Adds a sheet.
pub(super) fn add(
    xml: &mut String,
    sheet: &Sheet,
    looks: &mut Looks,
    value: &impl Fn(&str, Place) -> Value,
) {
    let _ = write!(xml, "<table:table table:name=\"{}\">", escaped(&sheet.name));
    let cells = cells(sheet, value);
    let width = cells.keys().map(|(_, column)| *column).max().unwrap_or(1);
    let _ = write!(xml, "<table:table-column table:number-columns-repeated=\"{width}\"/>");
    let (mut row, mut column) = (0, 0);
    for ((at_row, at_column), cell) in cells {
        let place = Place { row: at_row, column: at_column };
        if at_row != row {
            xml.push_str(if row > 0 { "</table:table-row>" } else { "" });
            gap(xml, at_row - row - 1);
            xml.push_str("<table:table-row>");
            (row, column) = (at_row, 0);
        }
        empty(xml, at_column - column - 1);
        column = at_column;
        let look = looks.number(&sheet.style(place));
        let value = value(&sheet.id, place);
        put(xml, cell, &value, look, looks.first(look));
    }
    if row == 0 {
        gap(xml, 1);
    } else {
        xml.push_str("</table:table-row>");
    }
    xml.push_str("</table:table>");
}

/// What is written, row by row: what holds something, what an array spills into, and what looks
/// different.
fn cells<'a>(
    sheet: &'a Sheet,
    value: &impl Fn(&str, Place) -> Value,
) -> BTreeMap<(u32, u32), Cell<'a>> {
    let mut cells = BTreeMap::new();
    let looks = sheet.styles.iter().filter(|(area, _)| area.cells() <= BLANK_CELLS_MAX);
    for place in looks.flat_map(|(area, _)| area.places()) {
        cells.insert((place.row, place.column), Cell::default());
    }
    let mut taken: BTreeSet<Place> = BTreeSet::new();
    for (place, content) in sheet.cells.iter() {
        let mut cell = Cell { content: Some(content), spans: None };
        if content.formula().is_some() {
            let spilled = spilled(sheet, place, &taken, value);
            if spilled.cells() > 1 {
                cell.spans = Some((spilled.rows(), spilled.columns()));
                for place in spilled.places().skip(1) {
                    taken.insert(place);
                    cells.insert((place.row, place.column), Cell::default());
                }
            }
        }
        cells.insert((place.row, place.column), cell);
    }
    cells
}

/// Over which cells the array of a formula goes: those that hold nothing and come to something.
fn spilled(
    sheet: &Sheet,
    from: Place,
    taken: &BTreeSet<Place>,
    value: &impl Fn(&str, Place) -> Value,
) -> Area {
    let filled = |place: &Place| {
        sheet.cells.get(*place).is_none()
            && !taken.contains(place)
            && value(&sheet.id, *place) != Value::Empty
    };
    let right = (1..).map_while(|by| from.below(0, by).filter(filled)).last();
    let down = (1..).map_while(|by| from.below(by, 0).filter(filled)).last();
    let column = right.map_or(from.column, |place| place.column);
    let row = down.map_or(from.row, |place| place.row);
    Area { from, to: Place { row, column } }
}

fn gap(xml: &mut String, rows: u32) {
    match rows {
        0 => {}
        1 => xml.push_str("<table:table-row><table:table-cell/></table:table-row>"),
        rows => {
            let _ = write!(
                xml,
                "<table:table-row table:number-rows-repeated=\"{rows}\"><table:table-cell/>\
                 </table:table-row>"
            );
        }
    }
}

fn empty(xml: &mut String, columns: u32) {
    match columns {
        0 => {}
        1 => xml.push_str("<table:table-cell/>"),
        columns => {
            let _ = write!(xml, "<table:table-cell table:number-columns-repeated=\"{columns}\"/>");
        }
    }
}

fn put(
    xml: &mut String,
    cell: Cell<'_>,
    value: &Value,
    look: Option<usize>,
    format: Option<&Section>,
) {
    xml.push_str("<table:table-cell");
    if let Some(look) = look {
        let _ = write!(xml, " table:style-name=\"ce{look}\"");
    }
    let said;
    let value = match cell.content {
        Some(Content::Formula(formula)) => {
            let lines = filed_formula(formula);
            let lines: Vec<_> = lines.split('\n').map(escaped).collect();
            let _ = write!(xml, " table:formula=\"{}\"", lines.join("&#10;"));
            value
        }
        Some(Content::Number(number)) => {
            said = Value::Number(*number);
            &said
        }
        Some(Content::Bool(yes)) => {
            said = Value::Bool(*yes);
            &said
        }
        Some(Content::Text(text)) => {
            said = Value::Text(text.as_ref().to_owned());
            &said
        }
        None => value,
    };
    if let Some((rows, columns)) = cell.spans {
        let _ = write!(
            xml,
            " table:number-matrix-columns-spanned=\"{columns}\" \
             table:number-matrix-rows-spanned=\"{rows}\""
        );
    }
    worth(xml, value, format);
}

/// The type and the value of a cell, and what it shows.
fn worth(xml: &mut String, value: &Value, format: Option<&Section>) {
    let shown = match value {
        Value::Empty => {
            xml.push_str("/>");
            return;
        }
        Value::Number(number) => {
            typed(xml, *number, format);
            value.shown()
        }
        Value::Bool(yes) => {
            let _ = write!(xml, " office:value-type=\"boolean\" office:boolean-value=\"{yes}\"");
            value.shown()
        }
        Value::Text(text) => {
            xml.push_str(" office:value-type=\"string\"");
            text.clone()
        }
        Value::Error(error) => {
            xml.push_str(" office:value-type=\"string\" office:string-value=\"\"");
            xml.push_str(" calcext:value-type=\"error\"");
            error.clone()
        }
    };
    xml.push('>');
    for line in shown.split('\n') {
        xml.push_str("<text:p>");
        paragraph(xml, line);
        xml.push_str("</text:p>");
    }
    xml.push_str("</table:table-cell>");
}

fn typed(xml: &mut String, number: f64, format: Option<&Section>) {
    let date = format.filter(|it| it.is_date()).and_then(|_| moment::date(number));
    let time = format.filter(|it| it.is_time()).and_then(|_| moment::time(number));
    let number = digits(number);
    let _ = match (date, time, format.is_some_and(Section::is_share)) {
        (Some(date), ..) => {
            write!(xml, " office:value-type=\"date\" office:date-value=\"{date}\"")
        }
        (_, Some(time), _) => {
            write!(xml, " office:value-type=\"time\" office:time-value=\"{time}\"")
        }
        (_, _, true) => {
            write!(xml, " office:value-type=\"percentage\" office:value=\"{number}\"")
        }
        _ => write!(xml, " office:value-type=\"float\" office:value=\"{number}\""),
    };
}

/// A number with all its digits, and an exponent where there would be many zeros.
fn digits(number: f64) -> String {
    let plain = number == 0.0 || (1e-6..1e16).contains(&number.abs());
    if plain { format!("{number}") } else { format!("{number:e}") }
}

/// A line: spaces and tabs that would not count are elements.
fn paragraph(xml: &mut String, line: &str) {
    let mut rest = line;
    let mut inside = false;
    while let Some(c) = rest.chars().next() {
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        let alone = spaces == 1 && inside && rest.len() > 1;
        if spaces > 0 && !alone {
            let _ = write!(xml, "<text:s text:c=\"{spaces}\"/>");
            rest = &rest[spaces..];
        } else if c == '\t' {
            xml.push_str("<text:tab/>");
            rest = &rest[1..];
        } else {
            let end = rest[c.len_utf8()..].find([' ', '\t']).map(|at| at + c.len_utf8());
            let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
            let pieces: Vec<_> = word.split('\r').map(escaped).collect();
            xml.push_str(&pieces.join("&#13;"));
            rest = after;
        }
        inside = true;
    }
}
