//! The rows of a table that are asked for. Nothing happens to the workbook.

use contracts::Decision;
use contracts::kinds::check::Check;
use contracts::kinds::myocyte::answers::Filtered;
use contracts::kinds::myocyte::limits::{
    FILTER_CONDITIONS_MAX, FILTER_ROWS_MAX, READ_CELLS_MAX, TEXT_BYTES_MAX,
};
use contracts::kinds::myocyte::{Event, Filter, FilterIs, Rejection};
use office::calc::Value;
use office::filter::{Condition, Is, matches};
use office::sheet::{Content, Place, same_name};
use serde_json::Value as Json;

use super::views::area;
use super::work::Work;

/// Tells the rows that meet the conditions.
pub(super) fn filter(work: Work<'_>, input: &Filter) -> Result<Decision<Event>, Rejection> {
    let (sheet, area) = area(&work.state.book, "source", &input.source)?;
    let rows = format!("has more than {FILTER_ROWS_MAX} rows");
    Check::new()
        .ensure(u64::from(area.rows()) <= FILTER_ROWS_MAX, "source", rows)
        .ensure(!input.r#where.is_empty(), "where", "has at least one member")
        .items("where", input.r#where.len(), FILTER_CONDITIONS_MAX)
        .done()?;
    work.state
        .engine
        .with(&work.state.book, work.cx, |calculator, _| {
            let columns = area.from.column..=area.to.column;
            let row = |row: u32| -> Vec<Value> {
                let places = columns.clone().map(|column| Place { row, column });
                places.map(|place| calculator.value(&sheet, place)).collect()
            };
            let header: Vec<String> = row(area.from.row).iter().map(Value::shown).collect();
            let conditions = conditions(input, &header)?;
            let most = READ_CELLS_MAX / u64::from(area.columns()).max(1);
            let mut told =
                Filtered { header, rows: Vec::new(), at: Vec::new(), found: 0, more: false };
            for at in area.from.row + 1..=area.to.row {
                let cells = row(at);
                if !matches(&cells, &conditions, input.any) {
                    continue;
                }
                told.found += 1;
                if told.rows.len() as u64 >= most {
                    told.more = true;
                    continue;
                }
                told.rows.push(cells.iter().map(Value::to_json).collect());
                told.at.push(at);
            }
            Ok::<_, Rejection>(told)
        })?
        .map(|told| work.now(&told))
}

/// The conditions, each with its column.
fn conditions(input: &Filter, header: &[String]) -> Result<Vec<Condition>, Rejection> {
    let mut conditions = Vec::new();
    for (number, asked) in input.r#where.iter().enumerate() {
        let field = |name: &str| format!("where[{number}].{name}");
        let column = header.iter().position(|name| same_name(name, &asked.field));
        let none = format!("no column is called {}", asked.field);
        let bare = matches!(asked.is, FilterIs::Empty | FilterIs::Filled | FilterIs::Error);
        let value = asked.value.as_ref().map(|said| value(&said.0));
        let (said, known) = (value.is_some(), value.as_ref().is_none_or(Option::is_some));
        Check::new()
            .ensure(column.is_some(), field("field"), none)
            .ensure(said != bare, field("value"), if bare { "is not asked" } else { "is needed" })
            .ensure(known, field("value"), "is a number, true, false or a text")
            .done()?;
        let value = value.flatten().unwrap_or(Value::Empty);
        let column = column.unwrap_or_default();
        conditions.push(Condition { column, is: is(asked.is), value });
    }
    Ok(conditions)
}

/// What a cell is compared with.
fn value(said: &Json) -> Option<Value> {
    match said {
        Json::String(text) if text.len() <= TEXT_BYTES_MAX => Some(Value::Text(text.clone())),
        said => match Content::read(said) {
            Ok(Some(Content::Number(number))) => Some(Value::Number(number)),
            Ok(Some(Content::Bool(yes))) => Some(Value::Bool(yes)),
            _ => None,
        },
    }
}

const fn is(is: FilterIs) -> Is {
    match is {
        FilterIs::Equal => Is::Equal,
        FilterIs::Different => Is::Different,
        FilterIs::Above => Is::Above,
        FilterIs::AtLeast => Is::AtLeast,
        FilterIs::Below => Is::Below,
        FilterIs::AtMost => Is::AtMost,
        FilterIs::Contains => Is::Contains,
        FilterIs::Begins => Is::Begins,
        FilterIs::Empty => Is::Empty,
        FilterIs::Filled => Is::Filled,
        FilterIs::Error => Is::Error,
    }
}
