//! What BIOwerk asks of tables: whole tables come with each message and go back with the answer.

use contracts::ActorId;
use contracts::kinds::myocyte::Method;
use contracts::kinds::myocyte::limits::{FORMULAS_MAX, SHEET_NAME_MAX};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::artifacts;
use super::asking::{Asking, Told};
use super::{shaped, wrong};

/// The kind of workbooks.
const MYOCYTE: &str = "myocyte";

/// A table as BIOwerk writes it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(default)]
    name: String,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    rows: Vec<Vec<Value>>,
}

impl Table {
    /// What its sheet is called: by its name, its id or its number.
    fn sheet(&self, number: usize) -> String {
        let said = [Some(&self.name), self.id.as_ref()].into_iter().flatten();
        let named = said.map(|name| name.trim()).find(|name| !name.is_empty());
        let name: String = named.map_or_else(|| format!("Table {number}"), str::to_owned);
        name.chars()
            .map(|c| if r"[]:*?/\'".contains(c) { ' ' } else { c })
            .take(SHEET_NAME_MAX)
            .collect()
    }

    /// The numbers of a column that holds nothing else, and at least one.
    fn numbers(&self, column: usize) -> Option<Vec<f64>> {
        let numbers: Option<Vec<_>> =
            self.rows.iter().map(|row| row.get(column).and_then(Value::as_f64)).collect();
        numbers.filter(|numbers| !numbers.is_empty())
    }

    fn columns(&self) -> usize {
        self.rows.iter().map(Vec::len).chain([self.headers.len()]).max().unwrap_or(0)
    }

    /// What a column is called.
    fn header(&self, column: usize) -> String {
        self.headers.get(column).cloned().unwrap_or_else(|| letters(column))
    }
}

/// Tables as the sheets of `load`. What stands in a table is never a formula.
pub(super) fn sheets(tables: &[Table]) -> Vec<Value> {
    let sheet = |(at, table): (usize, &Table)| {
        let header = Some(table.headers.iter().map(|text| json!(text)).collect::<Vec<_>>());
        let rows = header.into_iter().filter(|row| !row.is_empty());
        let rows: Vec<Vec<_>> = rows
            .chain(table.rows.iter().cloned())
            .map(|row| row.into_iter().map(plain).collect())
            .collect();
        json!({ "name": table.sheet(at + 1), "areas": [{ "at": "A1", "rows": rows }] })
    };
    tables.iter().enumerate().map(sheet).collect()
}

/// A value as a cell that holds it and computes nothing.
fn plain(value: Value) -> Value {
    match value {
        Value::String(text) if text.starts_with(['=', '\'']) => json!(format!("'{text}")),
        Value::Array(_) | Value::Object(_) => json!(value.to_string()),
        other => other,
    }
}

/// `A`, `B` … `Z`, `AA`: what spreadsheets call a column, counted from 0.
fn letters(column: usize) -> String {
    let (before, last) = (column / 26, column % 26);
    let last = char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[last]);
    if before == 0 { last.to_string() } else { format!("{}{last}", letters(before - 1)) }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ingest {
    raw_data: Option<String>,
    tables: Option<Vec<Table>>,
}

/// A table as text becomes a sheet; tables become sheets as they are.
pub(super) async fn ingest(asking: &mut Asking<'_>, input: Value) -> Told {
    let (mut answer, tables) = match shaped(input)? {
        Ingest { raw_data: Some(raw_data), tables: None } => {
            let format = format_of(&raw_data);
            let input = json!({ "raw_data": raw_data, "format": format });
            let ingested = asking.ask((MYOCYTE, None), "ingest_table", input).await?;
            let read = json!({ "sheet": ingested.reply["sheet"] });
            let id = ingested.address.id.clone();
            let mut answer = asking.ask((MYOCYTE, Some(&id)), "read", read).await?;
            let mut rows = answer.reply["rows"].as_array().cloned().unwrap_or_default();
            let headers = if rows.is_empty() { json!([]) } else { rows.remove(0) };
            let table = json!({
                "id": ingested.reply["sheet"], "name": ingested.reply["name"],
                "headers": headers, "rows": rows,
            });
            let more = answer.reply["more"].clone();
            answer.reply = json!({ "unclear": ingested.reply["unclear"], "more": more });
            (answer, vec![table])
        }
        Ingest { raw_data: None, tables: Some(tables) } => {
            let load = json!({ "sheets": sheets(&tables) });
            let mut answer = asking.ask((MYOCYTE, None), "load", load).await?;
            answer.reply = json!({ "unclear": [], "more": false });
            (answer, tables.iter().map(|table| json!(table)).collect())
        }
        _ => return Err(wrong("raw_data", "is given, or tables, and not both").into()),
    };
    let count = |name: &str| {
        let of = |table: &Value| table[name].as_array().map_or(0, Vec::len);
        tables.iter().map(of).sum::<usize>()
    };
    let (rows, columns) = (count("rows"), count("headers"));
    let summary = format!("{} tables, {columns} columns, {rows} rows", tables.len());
    (answer.reply["tables"], answer.reply["summary"]) = (json!(tables), json!(summary));
    Ok(answer)
}

/// How a table that came as text is written, by how it begins.
fn format_of(text: &str) -> &'static str {
    let first = text.trim_start().lines().next().unwrap_or_default();
    match first.chars().next() {
        Some('[' | '{') => "json",
        Some('|') => "markdown",
        _ if first.contains('\t') => "tsv",
        _ => "csv",
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Evaluate {
    tables: Vec<Table>,
    #[serde(default)]
    formulas: Vec<Formula>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Formula {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    expression: String,
    #[serde(default)]
    description: String,
}

/// Computes formulas over tables; where none are given, those that the tables suggest.
pub(super) async fn evaluate(asking: &mut Asking<'_>, input: Value) -> Told {
    let Evaluate { tables, mut formulas } = shaped(input)?;
    let suggested = formulas.is_empty();
    if suggested {
        formulas = suggestions(&tables);
    }
    let asked: Vec<_> =
        formulas.iter().map(|it| json!({ "id": it.id, "expression": it.expression })).collect();
    let named = tables.iter().enumerate().map(|(at, table)| {
        let rows: Vec<Vec<_>> =
            table.rows.iter().map(|row| row.iter().cloned().map(plain).collect()).collect();
        json!({ "name": table.sheet(at + 1), "headers": table.headers, "rows": rows })
    });
    let input = json!({ "formulas": asked, "tables": named.collect::<Vec<_>>() });
    let mut answer = asking.ask((MYOCYTE, None), "formula_eval", input).await?;
    let computed = answer.reply["results"].as_array().cloned().unwrap_or_default();
    let results: Vec<_> = computed
        .iter()
        .map(|it| {
            let explanation = format!("{} is computed", it["expression"].as_str().unwrap_or(""));
            json!({ "formula_id": it["formula_id"], "value": it["value"],
                "explanation": explanation })
        })
        .collect();
    let insights: Vec<_> = formulas
        .iter()
        .zip(&computed)
        .filter(|_| suggested)
        .map(|(formula, it)| format!("{}: {}", formula.description, it["value"]))
        .collect();
    answer.reply = json!({
        "tables": tables, "formulas": formulas, "results": results, "insights": insights,
        "charts_spec": charts(&tables),
    });
    Ok(answer)
}

/// The number of rows of each table, and the sum and the mean of each column of numbers.
fn suggestions(tables: &[Table]) -> Vec<Formula> {
    let mut found = Vec::new();
    for (at, table) in tables.iter().enumerate() {
        let name = table.sheet(at + 1);
        let first = 1 + usize::from(!table.headers.is_empty());
        let last = (first + table.rows.len()).saturating_sub(1).max(first);
        let mut suggest = |function: &str, column: usize, what: &str| {
            let place = letters(column);
            let expression = format!("{function}('{name}'!{place}{first}:{place}{last})");
            let description = format!("{what} in {name}");
            let id = Some(format!("f{}", found.len() + 1));
            found.push(Formula { id, expression, description });
        };
        suggest("COUNTA", 0, &format!("how many have a {}", table.header(0)));
        for column in (0..table.columns()).filter(|column| table.numbers(*column).is_some()) {
            let header = table.header(column);
            suggest("SUM", column, &format!("the sum of {header}"));
            suggest("AVERAGE", column, &format!("the mean of {header}"));
        }
    }
    found.truncate(FORMULAS_MAX);
    found
}

/// A chart of the first column of numbers of each table, by the texts of its first column.
fn charts(tables: &[Table]) -> Vec<Value> {
    let chart = |table: &Table| {
        let numbers = |column: &usize| Some(*column).zip(table.numbers(*column));
        let (_, data) = (0..table.columns()).find_map(|column| numbers(&column))?;
        let label = |row: &Vec<Value>| match row.first() {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let labels: Vec<_> = table.rows.iter().map(label).collect();
        Some(json!({ "type": "bar", "data": data, "labels": labels }))
    };
    tables.iter().filter_map(chart).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Forecast {
    data: Option<Value>,
    tables: Option<Vec<Table>>,
    forecast_type: Option<String>,
    periods: Option<u32>,
}

/// Computes a forecast of numbers, or of the last column of numbers of a table.
pub(super) async fn forecast(asking: &mut Asking<'_>, input: Value) -> Told {
    let Forecast { data, tables, forecast_type, periods } = shaped(input)?;
    let values = match (&data, &tables) {
        (Some(data), None) => numbers(data),
        (None, Some(tables)) => tables
            .iter()
            .find_map(|table| (0..table.columns()).rev().find_map(|column| table.numbers(column))),
        _ => return Err(wrong("data", "is given, or tables, and not both").into()),
    };
    let values = values.ok_or_else(|| wrong("data", "has no row of numbers"))?;
    let kind = forecast_type.unwrap_or_else(|| "trend".to_owned());
    let mut input = json!({ "values": values });
    // Any other word, such as `trend`, leaves the choice to the smallest error.
    if contracts::read::from_value::<Method>(json!(kind)).is_ok() {
        input["method"] = json!(kind);
    }
    if let Some(periods) = periods {
        input["periods"] = json!(periods);
    }
    let mut answer = asking.ask((MYOCYTE, None), "model_forecast", input).await?;
    let told = &answer.reply;
    let each = told["predictions"].as_array().cloned().unwrap_or_default();
    let predictions: Vec<_> = each.iter().map(|it| it["value"].clone()).collect();
    let insights: Vec<_> = each
        .iter()
        .enumerate()
        .map(|(at, it)| format!("period {}: from {} to {}", at + 1, it["low"], it["high"]))
        .collect();
    let tried = told["tried"].as_array().map_or(0, Vec::len);
    let methodology = format!(
        "{}, of {tried} methods that were tried on the end of the row; errors: {}",
        told["method"].as_str().unwrap_or_default(),
        told["errors"]
    );
    answer.reply = json!({
        "forecast": { "periods": predictions.len(), "predictions": predictions, "type": kind },
        "confidence": told["level"].as_f64().map(|level| level / 100.0),
        "methodology": methodology, "insights": insights, "method": told["method"],
        "intervals": each,
    });
    Ok(answer)
}

/// The numbers of a list, of the last member that holds numbers in a list of objects, or of a text.
fn numbers(data: &Value) -> Option<Vec<f64>> {
    match data {
        Value::String(text) => {
            let words = text.split([',', ';', ' ', '\n']).map(str::trim);
            words.filter(|word| !word.is_empty()).map(|word| word.parse().ok()).collect()
        }
        Value::Array(items) => items
            .iter()
            .map(|item| match item {
                Value::Object(members) => members.values().rev().find_map(Value::as_f64),
                other => other.as_f64(),
            })
            .collect(),
        _ => None,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    title: Option<String>,
    #[serde(default)]
    sections: Vec<Value>,
    #[serde(default)]
    metadata: Map<String, Value>,
}

/// Tables and formulas become a workbook, and the workbook a file.
pub(super) async fn export(asking: &mut Asking<'_>, input: Value) -> Told {
    let Export { title, sections, mut metadata } = shaped(input)?;
    if !sections.is_empty() {
        return Err(wrong("sections", "are those of documents").into());
    }
    let tables = shaped::<Vec<Table>>(metadata.remove("tables").unwrap_or(json!([])))?;
    let formulas = shaped::<Vec<Formula>>(metadata.remove("formulas").unwrap_or(json!([])))?;
    let id = load(asking, title.as_deref(), (&tables, &formulas)).await?;
    let mut answer = artifacts::told(asking, (MYOCYTE, &id)).await?;
    let left_out: Vec<_> = metadata.keys().collect();
    answer.reply["left_out"] = json!(left_out);
    Ok(answer)
}

/// A workbook of tables, with a sheet for formulas where there are some.
async fn load(
    asking: &mut Asking<'_>,
    title: Option<&str>,
    (tables, formulas): (&[Table], &[Formula]),
) -> Result<ActorId, super::asking::Halt> {
    let mut sheets = sheets(tables);
    if !formulas.is_empty() {
        let row = |it: &Formula| {
            let expression = it.expression.trim_start_matches('=');
            json!([plain(json!(it.description)), format!("={expression}")])
        };
        let rows: Vec<_> = formulas.iter().map(row).collect();
        sheets.push(json!({ "name": "Formulas", "areas": [{ "at": "A1", "rows": rows }] }));
    }
    let mut input = json!({ "sheets": sheets });
    if let Some(title) = title {
        input["title"] = json!(title);
    }
    Ok(asking.ask((MYOCYTE, None), "load", input).await?.address.id)
}

/// A workbook of the tables of an artifact as BIOwerk writes it.
///
/// # Errors
/// As what it is made of is refused.
pub(super) async fn of_artifact(
    asking: &mut Asking<'_>,
    title: Option<&str>,
    body: &Value,
) -> Result<ActorId, super::asking::Halt> {
    let member = |name: &str| match &body[name] {
        Value::Null => json!([]),
        other => other.clone(),
    };
    let tables = shaped::<Vec<Table>>(member("tables"))?;
    let formulas = shaped::<Vec<Formula>>(member("formulas"))?;
    load(asking, title, (&tables, &formulas)).await
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{letters, numbers, plain, shaped, suggestions};

    #[test]
    fn columns_are_called_as_in_spreadsheets() {
        assert_eq!([0, 25, 26, 701, 702].map(letters), ["A", "Z", "AA", "ZZ", "AAA"]);
    }

    #[test]
    fn what_stands_in_a_table_computes_nothing() {
        assert_eq!(plain(json!("=1+1")), json!("'=1+1"));
        assert_eq!(plain(json!([1])), json!("[1]"));
        assert_eq!(plain(json!(7)), json!(7));
    }

    #[test]
    fn rows_of_numbers_are_found() {
        assert_eq!(numbers(&json!("1, 2\n3")), Some(vec![1.0, 2.0, 3.0]));
        assert_eq!(numbers(&json!([{ "m": "May", "n": 4 }])), Some(vec![4.0]));
        assert_eq!(numbers(&json!(["a"])), None);
    }

    #[test]
    fn columns_of_numbers_suggest_their_sum_and_their_mean() {
        let table = json!([{ "name": "Sales", "headers": ["month", "sum"],
            "rows": [["May", 3], ["June", 4]] }]);
        let tables: Vec<super::Table> = shaped(table).expect("tables");
        let found: Vec<_> = suggestions(&tables).into_iter().map(|it| it.expression).collect();
        let wanted = ["COUNTA('Sales'!A2:A3)", "SUM('Sales'!B2:B3)", "AVERAGE('Sales'!B2:B3)"];
        assert_eq!(found, wanted);
    }
}
