//! Texts whose numbers a workbook computes: `{{name}}` is a value, `{{table name}}` a table.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::desk::Desk;
use crate::cli::failure::Failure;

/// How many formulas one command takes.
pub const FORMULAS_MAX: usize = 100;

/// A formula and the format in which its value is shown; empty for one that is a text.
#[derive(Debug, Clone, Deserialize)]
pub struct Shown(String, String);

/// A table: rows of a workbook, and for each column a head, a formula (`{row}` stands for the
/// number of the row) and a format.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    rows: (u32, u32),
    columns: Vec<(String, String, String)>,
}

/// What stands for names in a text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filled {
    texts: BTreeMap<String, String>,
    /// Tables by name: heads, and then rows.
    grids: BTreeMap<String, Vec<Vec<String>>>,
}

impl Filled {
    /// Asks the workbook what all values and tables come to.
    ///
    /// # Errors
    /// When a formula is refused or comes to an error.
    pub async fn ask(
        desk: &mut Desk<'_>,
        values: &BTreeMap<String, Shown>,
        tables: &BTreeMap<String, Table>,
    ) -> Result<Self, Failure> {
        let mut formulas = Vec::new();
        for (name, Shown(formula, format)) in values {
            formulas.push((name.clone(), shown(formula, format)));
        }
        for (name, table) in tables {
            for (row, column) in table.places() {
                let (_, formula, format) = &table.columns[column];
                let formula = formula.replace("{row}", &row.to_string());
                formulas.push((cell(name, row, column), shown(&formula, format)));
            }
        }
        let mut filled = BTreeMap::new();
        for some in formulas.chunks(FORMULAS_MAX) {
            let asked: Vec<_> = some
                .iter()
                .map(|(name, formula)| json!({ "id": name, "expression": formula }))
                .collect();
            let told = desk.ask("myocyte", "formula_eval", &json!({ "formulas": asked })).await?;
            for result in told["results"].as_array().into_iter().flatten() {
                let name = result["formula_id"].as_str().unwrap_or_default();
                filled.insert(name.to_owned(), plain(name, &result["value"])?);
            }
        }
        let mut grids = BTreeMap::new();
        for (name, table) in tables {
            let grid = table.grid(name, &filled);
            filled.insert(format!("table {name}"), table.text(&grid));
            grids.insert(name.clone(), grid);
        }
        Ok(Self { texts: filled, grids })
    }

    /// A table: its heads, and then its rows.
    pub fn grid(&self, name: &str) -> &[Vec<String>] {
        self.grids.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of a name.
    pub fn value(&self, name: &str) -> &str {
        self.texts.get(name).map_or("", String::as_str)
    }

    /// The text with its names filled in.
    ///
    /// # Errors
    /// When a name stands for nothing.
    pub fn text(&self, template: &str) -> Result<String, Failure> {
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, next)) = after.split_once("}}") else { break };
            let value = self.texts.get(name);
            let missing = || Failure::Failed(format!("nothing is known of {{{{{name}}}}}"));
            text.push_str(before);
            text.push_str(value.ok_or_else(missing)?);
            rest = next;
        }
        text.push_str(rest);
        Ok(text)
    }
}

impl Table {
    fn places(&self) -> impl Iterator<Item = (u32, usize)> {
        let (from, to) = self.rows;
        (from..=to).flat_map(|row| (0..self.columns.len()).map(move |column| (row, column)))
    }

    fn grid(&self, name: &str, filled: &BTreeMap<String, String>) -> Vec<Vec<String>> {
        let heads = self.columns.iter().map(|(head, ..)| head.clone()).collect();
        let (from, to) = self.rows;
        let row = |row| {
            let cell = |column| filled.get(&cell(name, row, column)).cloned().unwrap_or_default();
            (0..self.columns.len()).map(cell).collect()
        };
        std::iter::once(heads).chain((from..=to).map(row)).collect()
    }

    /// The table as CommonMark; columns of numbers stand to the right.
    fn text(&self, grid: &[Vec<String>]) -> String {
        let line = |cells: &Vec<String>| format!("| {} |", cells.join(" | "));
        let mut lines: Vec<_> = grid.iter().map(line).collect();
        let right = |format: &str| if format.contains('0') { "--:" } else { "---" };
        let rules = self.columns.iter().map(|(.., format)| right(format).to_owned()).collect();
        lines.insert(1, line(&rules));
        lines.join("\n")
    }
}

fn cell(name: &str, row: u32, column: usize) -> String {
    format!("{name} {row} {column}")
}

/// A formula that comes to the text in which a value is shown.
fn shown(formula: &str, format: &str) -> String {
    if format.is_empty() { format!("={formula}") } else { format!("=TEXT({formula},\"{format}\")") }
}

fn plain(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null => Ok(String::new()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(Failure::Failed(format!("{name} comes to {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Filled, Table};

    #[test]
    fn names_are_filled_in_and_unknown_ones_refused() {
        let texts = BTreeMap::from([("sum".to_owned(), "12".to_owned())]);
        let filled = Filled { texts, ..Filled::default() };
        assert_eq!(filled.text("It is {{sum}}, {{sum}}.").unwrap(), "It is 12, 12.");
        assert_eq!(filled.text("a {{ b").unwrap(), "a {{ b");
        assert!(filled.text("{{other}}").is_err());
    }

    #[test]
    fn numbers_of_a_table_stand_to_the_right() {
        let columns = [("Item", "A{row}", ""), ("Price", "B{row}", "#,##0")];
        let columns = columns.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).into();
        let table = Table { rows: (2, 2), columns };
        let cells = [("t 2 0", "Tiles"), ("t 2 1", "420")];
        let cells = cells.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
        let expected = "| Item | Price |\n| --- | --: |\n| Tiles | 420 |";
        assert_eq!(table.text(&table.grid("t", &cells)), expected);
    }
}
