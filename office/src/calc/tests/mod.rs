mod agreement;
mod changes;
mod cycles;

use std::collections::BTreeMap;

use super::{Calculator, Clock, Limits, Value};
use crate::sheet::{Content, Place, Sheet, Workbook};

/// A Tuesday in 2024, at noon.
const NOON: Clock = Clock { now_ms: 1_709_035_200_000, offset_s: 0, seed: 7 };

fn at(text: &str) -> Place {
    text.parse().expect("a place")
}

/// A workbook of sheets with cells, all of them typed as texts, formulas or numbers.
fn book(sheets: &[(&str, &[(&str, &str)])]) -> Workbook {
    let mut book = Workbook::default();
    for (number, (name, cells)) in (1..).zip(sheets) {
        let mut sheet = Sheet::new(format!("s{number}"), *name);
        for (place, text) in *cells {
            let content = text.parse().map_or_else(|_| Content::typed(text), Content::Number);
            sheet.cells.set(at(place), Some(content));
        }
        book.sheets.push(sheet.into());
    }
    book
}

fn set(book: &mut Workbook, sheet: &str, place: &str, text: &str) {
    let content = text.parse().map_or_else(|_| Content::typed(text), Content::Number);
    let content = (!text.is_empty()).then_some(content);
    book.sheet_mut(sheet).expect("a sheet").cells.set(at(place), content);
}

/// What all cells of the used areas come to.
fn values(calculator: &Calculator, book: &Workbook) -> BTreeMap<(String, Place), Value> {
    let mut values = BTreeMap::new();
    for sheet in &book.sheets {
        let used = sheet.cells.used().into_iter().flat_map(|area| area.places());
        for place in used {
            values.insert((sheet.id.clone(), place), calculator.value(&sheet.id, place));
        }
    }
    values
}

fn fresh(book: &Workbook, clock: Clock) -> Calculator {
    let mut calculator = Calculator::new(Limits::default());
    calculator.bring(book, clock).expect("computed");
    calculator
}
