//! JSON as something that can be drawn.

use office::deck::Series;
use serde_json::{Map, Value};

use super::{Numbers, Shape, graph};

/// Names of the member that names places along an axis.
const LABELS: [&str; 3] = ["labels", "categories", "x"];
/// Names of the member that holds one row of numbers.
const VALUES: [&str; 3] = ["values", "data", "y"];
/// Names of the member that holds several.
const SERIES: [&str; 2] = ["series", "datasets"];
/// Names of the member that names the columns of rows.
const HEADS: [&str; 4] = ["header", "headers", "head", "columns"];

/// What a value says.
///
/// # Errors
/// Why nothing can be drawn of it.
pub(super) fn shape(data: &Value) -> Result<Shape, String> {
    match data {
        Value::Object(members) => of_object(members),
        Value::Array(items) => of_list(items),
        Value::String(words) => super::words::shape(words),
        _ => Err("one number says nothing".to_owned()),
    }
}

fn member<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| members.get(*name))
}

fn of_object(members: &Map<String, Value>) -> Result<Shape, String> {
    if members.contains_key("edges") || members.contains_key("nodes") {
        return graph::of(members).map(Shape::Graph);
    }
    if let Some(Value::Array(rows)) = members.get("rows") {
        let head = member(members, &HEADS).and_then(Value::as_array);
        let head = head.map(|head| head.iter().map(shown).collect());
        let rows = rows.iter().map(row).collect::<Option<Vec<_>>>();
        let rows = rows.ok_or("a row is no list")?;
        return squared(head.unwrap_or_default(), rows);
    }
    let categories = member(members, &LABELS).and_then(Value::as_array);
    let categories: Vec<String> =
        categories.map(|all| all.iter().map(shown).collect()).unwrap_or_default();
    if let Some(Value::Array(all)) = member(members, &SERIES) {
        let series = (1..).zip(all).map(|(number, one)| series(one, number));
        let series = series.collect::<Option<Vec<_>>>();
        let series = series.ok_or("a series has no list of numbers as `values` or `data`")?;
        return Ok(Shape::Numbers(Numbers { categories, series }));
    }
    if let Some(Value::Array(all)) = member(members, &VALUES) {
        let values = numbers(all).ok_or("`values` holds what is no number")?;
        let series = vec![Series { values, ..Series::default() }];
        return Ok(Shape::Numbers(Numbers { categories, series }));
    }
    by_name(members)
}

/// Numbers, or lists of numbers, by their names.
fn by_name(members: &Map<String, Value>) -> Result<Shape, String> {
    if members.is_empty() {
        return Err("it is empty".to_owned());
    }
    if members.values().all(|value| value.is_number() || value.is_null()) {
        let categories = members.keys().cloned().collect();
        let values = members.values().map(Value::as_f64).collect();
        let series = vec![Series { values, ..Series::default() }];
        return Ok(Shape::Numbers(Numbers { categories, series }));
    }
    let lists = members.iter().map(|(name, value)| {
        let values = numbers(value.as_array()?)?;
        Some(Series { name: name.clone(), values, ..Series::default() })
    });
    if let Some(series) = lists.collect::<Option<Vec<_>>>() {
        return Ok(Shape::Numbers(Numbers { categories: Vec::new(), series }));
    }
    let rows = members.iter().map(|(name, value)| vec![Value::from(name.clone()), value.clone()]);
    Ok(Shape::Rows(vec!["Name".to_owned(), "Value".to_owned()], rows.collect()))
}

fn of_list(items: &[Value]) -> Result<Shape, String> {
    if items.is_empty() {
        return Err("it is empty".to_owned());
    }
    if let Some(values) = numbers(items) {
        let series = vec![Series { values, ..Series::default() }];
        return Ok(Shape::Numbers(Numbers { categories: Vec::new(), series }));
    }
    if items.iter().all(Value::is_object) {
        let mut head: Vec<String> = Vec::new();
        for name in items.iter().filter_map(Value::as_object).flat_map(Map::keys) {
            if !head.contains(name) {
                head.push(name.clone());
            }
        }
        let cells = |item: &Value| head.iter().map(|name| item[name].clone()).collect();
        let rows = items.iter().map(cells).collect();
        return squared(head, rows);
    }
    let rows = items.iter().map(row).collect::<Option<Vec<_>>>();
    let mut rows = rows.ok_or("it is neither numbers, rows nor objects")?;
    let pair = |row: &Vec<Value>| row.len() == 2 && row.iter().all(Value::is_number);
    if rows.iter().all(pair) {
        let at = |place: usize| rows.iter().map(move |row| row[place].as_f64());
        let along = at(0).flatten().collect();
        let series = vec![Series { along, values: at(1).collect(), ..Series::default() }];
        return Ok(Shape::Numbers(Numbers { categories: Vec::new(), series }));
    }
    let names = rows.first().is_some_and(|row| row.iter().all(Value::is_string));
    let head = if names && rows.len() > 1 { rows.remove(0) } else { Vec::new() };
    squared(head.iter().map(shown).collect(), rows)
}

fn row(value: &Value) -> Option<Vec<Value>> {
    value.as_array().cloned()
}

/// Rows as wide as the widest, under as many names.
fn squared(mut head: Vec<String>, mut rows: Vec<Vec<Value>>) -> Result<Shape, String> {
    let widest = rows.iter().map(Vec::len).max().unwrap_or_default().max(head.len());
    if widest == 0 {
        return Err("its rows are empty".to_owned());
    }
    for number in head.len()..widest {
        head.push(format!("Column {}", number + 1));
    }
    rows.iter_mut().for_each(|row| row.resize(widest, Value::Null));
    Ok(Shape::Rows(head, rows))
}

fn series(one: &Value, number: usize) -> Option<Series> {
    let values = match one {
        Value::Array(all) => all,
        Value::Object(members) => member(members, &VALUES)?.as_array()?,
        _ => return None,
    };
    let name = one.get("name").or_else(|| one.get("label")).map(shown);
    let along = one.get("along").or_else(|| one.get("x")).and_then(Value::as_array);
    let along = along.map(|all| all.iter().filter_map(Value::as_f64).collect());
    Some(Series {
        name: name.unwrap_or_else(|| format!("Series {number}")),
        along: along.unwrap_or_default(),
        values: numbers(values)?,
    })
}

/// A list of numbers with gaps, with at least one number.
fn numbers(items: &[Value]) -> Option<Vec<Option<f64>>> {
    let all = items.iter().all(|item| item.is_number() || item.is_null());
    let some = items.iter().any(Value::is_number);
    (all && some).then(|| items.iter().map(Value::as_f64).collect())
}

/// A value as a cell shows it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
