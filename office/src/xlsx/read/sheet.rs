//! The cells of a sheet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::layout::Laid;
use super::rules::Rules;
use crate::package::{Hostile, Piece, Xml};
use crate::sheet::{Content, Grid, Moved, Place, rewrite};

/// What was read of a sheet.
#[derive(Default)]
pub(super) struct Read {
    /// What its cells hold.
    pub cells: Grid,
    /// Which style each cell names, by column and row.
    pub looks: BTreeMap<(u32, u32), usize>,
    /// What they may hold.
    pub rules: Rules,
    /// How it is laid out.
    pub laid: Laid,
}

/// Elements that are left out, and the word for it.
const LEFT_OUT: [(&str, &str); 2] =
    [("conditionalFormatting", "conditional_formats"), ("hyperlink", "links")];

/// A cell that is being read.
#[derive(Default)]
struct Cell {
    place: Option<Place>,
    sort: String,
    value: String,
    formula: String,
    /// The group of formulas that it shares one with.
    shared: Option<u32>,
}

/// Reads a sheet of at most `cells_max` cells.
pub(super) fn read(
    text: &str,
    strings: &[Arc<str>],
    cells_max: usize,
    depth_max: usize,
    left_out: &mut BTreeMap<&'static str, usize>,
) -> Result<Read, Hostile> {
    let mut read = Read::default();
    let mut shared: BTreeMap<u32, (Place, String)> = BTreeMap::new();
    let (mut cell, mut within) = (Cell::default(), String::new());
    // Cells and rows may leave out where they stand: then they follow the one before.
    let (mut row, mut column) = (0, 0);
    for piece in Xml::new(text, depth_max) {
        let piece = piece?;
        read.rules.see(&piece);
        read.laid.see(&piece, left_out);
        match piece {
            Piece::Open(element, of) => {
                let number = |key: &str| of.get(key).and_then(|text| text.parse::<u32>().ok());
                match element.as_str() {
                    "row" => (row, column) = (number("r").unwrap_or(row + 1), 0),
                    "c" => {
                        let place = match of.get("r") {
                            Some(said) => said.parse().ok(),
                            None => Place::new(row, column + 1),
                        };
                        let place: Place = place.ok_or_else(|| nowhere(of.get("r")))?;
                        column = place.column;
                        let sort = of.get("t").cloned().unwrap_or_default();
                        cell = Cell { place: Some(place), sort, ..Cell::default() };
                        if let Some(look) = number("s").filter(|look| *look > 0) {
                            read.looks.insert((place.column, place.row), look as usize);
                        }
                    }
                    "f" => cell.shared = number("si").filter(|_| of.contains_key("t")),
                    _ => {}
                }
                if let Some((_, word)) = LEFT_OUT.iter().find(|(name, _)| *name == element) {
                    *left_out.entry(word).or_insert(0) += 1;
                }
                within = element;
            }
            Piece::Text(text) => match within.as_str() {
                "v" | "t" => cell.value.push_str(&text),
                "f" => cell.formula.push_str(&text),
                _ => {}
            },
            Piece::Close(element) => {
                within.clear();
                if element == "c" {
                    let done = std::mem::take(&mut cell);
                    keep(done, strings, &mut shared, &mut read.cells, left_out)?;
                    if read.cells.cells() > cells_max || read.looks.len() > cells_max * 2 {
                        return Err(Hostile::TooManyCells);
                    }
                }
            }
        }
    }
    Ok(read)
}

fn nowhere(said: Option<&String>) -> Hostile {
    Hostile::Broken(format!("a cell stands at {}", said.map_or("no place", String::as_str)))
}

fn keep(
    cell: Cell,
    strings: &[Arc<str>],
    shared: &mut BTreeMap<u32, (Place, String)>,
    cells: &mut Grid,
    left_out: &mut BTreeMap<&'static str, usize>,
) -> Result<(), Hostile> {
    let Some(place) = cell.place else {
        return Ok(());
    };
    let formula = match (cell.shared, cell.formula.is_empty()) {
        (Some(group), false) => {
            shared.insert(group, (place, cell.formula.clone()));
            Some(cell.formula)
        }
        (Some(group), true) => {
            let (from, formula) = shared
                .get(&group)
                .ok_or_else(|| Hostile::Broken(format!("the formula of {place} is missing")))?;
            let rows = i64::from(place.row) - i64::from(from.row);
            let columns = i64::from(place.column) - i64::from(from.column);
            let moved = Moved { rows, columns };
            Some(rewrite(formula, |old| moved.reference(old)).unwrap_or_else(|| formula.clone()))
        }
        (None, false) => Some(cell.formula),
        (None, true) => None,
    };
    if let Some(formula) = formula {
        if formula.contains('[') && formula.contains("]") && formula.contains('!') {
            *left_out.entry("external_references").or_insert(0) += 1;
        }
        let plain = formula.replace("_xlfn.", "").replace("_xlws.", "").replace("_xlpm.", "");
        cells.set(place, Some(Content::Formula(format!("={plain}").into())));
        return Ok(());
    }
    if cell.value.is_empty() {
        return Ok(());
    }
    let content = match cell.sort.as_str() {
        "s" => {
            let text = cell.value.trim().parse::<usize>().ok().and_then(|at| strings.get(at));
            let text = text.ok_or_else(|| Hostile::Broken(format!("{place} has no text")))?;
            Content::Text(Arc::clone(text))
        }
        "b" => Content::Bool(cell.value.trim() == "1"),
        "str" | "inlineStr" | "d" => Content::Text(cell.value.into()),
        "e" => Content::Formula(format!("={}", cell.value.trim()).into()),
        _ => {
            let number = cell.value.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            let number = number.ok_or_else(|| Hostile::Broken(format!("{place} has no number")))?;
            Content::Number(number)
        }
    };
    cells.set(place, Some(content));
    Ok(())
}
