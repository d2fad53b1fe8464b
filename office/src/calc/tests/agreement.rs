//! What formulas come to, compared with what LibreOffice says: `vectors/formulas.tsv`, made by
//! `tests/oracle/formulas.py`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{NOON, at, fresh};
use crate::calc::{Value, functions};
use crate::sheet::{Content, Place, Sheet, Workbook};

const DATA: &str = include_str!("vectors/data.tsv");
const NAMES: &str = include_str!("vectors/names.tsv");
const FORMULAS: &str = include_str!("vectors/formulas.tsv");

/// How many formulas must agree.
const AGREED_MIN: usize = 400;

fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let said = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    said.map(|line| line.split('\t').collect())
}

fn content(kind: &str, text: &str) -> Content {
    match kind {
        "n" => Content::Number(text.parse().expect("a number")),
        "b" => Content::Bool(text == "TRUE"),
        "f" => Content::Formula(text.into()),
        _ => Content::Text(text.into()),
    }
}

fn data() -> Workbook {
    let mut sheet = Sheet::new("data", "Data");
    for row in rows(DATA) {
        let text = row.get(3).copied().unwrap_or_default();
        sheet.cells.set(at(row[1]), Some(content(row[2], text)));
    }
    let names = rows(NAMES).map(|row| (row[0].to_owned(), row[1].to_owned()));
    let names: BTreeMap<_, _> = names.collect();
    Workbook { sheets: vec![sheet.into()], names: Arc::new(names), ..Workbook::default() }
}

/// Whether both mean the same: numbers to ten digits, errors of LibreOffice's own as any error.
fn agree(kind: &str, text: &str, value: &Value) -> bool {
    match (kind, value) {
        ("n", Value::Number(number)) => {
            let said: f64 = text.parse().expect("a number");
            (said - number).abs() <= 1e-10 * said.abs().max(number.abs()).max(1e-3)
        }
        ("b", Value::Bool(yes)) => *yes == (text == "TRUE"),
        ("t", Value::Text(said)) => said == text,
        ("t", Value::Empty) => text.is_empty(),
        ("e", Value::Error(error)) => error == text || (text == "#VALUE!" && error != "#NAME?"),
        _ => false,
    }
}

#[test]
fn formulas_come_to_what_libreoffice_says() {
    let mut book = data();
    let asked: Vec<_> = rows(FORMULAS).collect();
    let mut sheet = Sheet::new("asked", "Asked");
    for (row, line) in (1..).zip(&asked) {
        // Far from the others, or arrays would spill over the next one.
        sheet.cells.set(Place { row: row * 20, column: 1 }, Some(content("f", line[0])));
    }
    book.sheets.push(sheet.into());
    let calculator = fresh(&book, NOON);
    let (mut agreed, mut wrong) = (0, Vec::new());
    for (row, line) in (1..).zip(&asked) {
        let value = calculator.value("asked", Place { row: row * 20, column: 1 });
        let [formula, kind, text, why @ ..] = line.as_slice() else {
            panic!("{line:?} has no answer");
        };
        match (agree(kind, text, &value), why) {
            (true, []) => agreed += 1,
            (false, [_]) => {}
            (true, _) => wrong.push(format!("{formula} agrees, though a reason says why not")),
            (false, _) => wrong.push(format!("{formula}\t{kind} {text}\t{value:?}")),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), asked.len(), wrong.join("\n"));
    assert!(agreed >= AGREED_MIN, "{agreed} agree");
}

#[test]
fn there_are_many_functions() {
    let known = functions();
    assert!(known.len() >= 300, "{}", known.len());
    for name in ["SUM", "XLOOKUP", "LET", "LAMBDA", "FILTER", "SORT", "UNIQUE", "SEQUENCE"] {
        assert!(known.iter().any(|known| known == name), "{name}");
    }
}
