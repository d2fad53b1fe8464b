//! How a sheet is laid out, as it says it.

use std::collections::BTreeMap;

use crate::package::Token;
use crate::sheet::{Area, COLUMNS_MAX, Layout, ROWS_MAX};

/// How many different widths and heights of a sheet are read, and how many areas of one cell.
const RUNS_MAX: usize = 1_000;
/// How many lines of a sheet may have a size of their own.
const SIZED_MAX: u32 = 20_000;
/// The widest column, in letters, and the highest row, in points.
const LETTERS_MAX: f64 = 255.0;
const POINTS_MAX: f64 = 409.5;
/// How many rows and columns may stay in view.
const FROZEN_MAX: u32 = 1_000;
/// How many pixels one letter takes, and what is free beside the letters of a column.
const LETTER_PIXELS: f64 = 7.0;
const BESIDE_PIXELS: f64 = 5.0;

/// The layout of a sheet, which is read piece by piece.
#[derive(Debug, Default)]
pub(super) struct Laid {
    /// The layout.
    pub layout: Layout,
    row: u32,
    /// The last row that has a height, and which.
    before: Option<(u32, f64)>,
    runs: usize,
    sized: u32,
}

impl Laid {
    /// The next token of the sheet.
    pub fn see(&mut self, token: &Token<'_>, left_out: &mut BTreeMap<&'static str, usize>) {
        let Token::Open(tag) = token else { return };
        let number = |key: &str| tag.get(key).and_then(|text| text.trim().parse::<f64>().ok());
        let line = |key: &str| tag.get(key).and_then(|text| text.trim().parse::<u32>().ok());
        let on = |key: &str| matches!(tag.get(key).as_deref(), Some("1" | "true"));
        let area = || tag.get("ref").and_then(|text| text.parse::<Area>().ok());
        let mut lost = |what| *left_out.entry(what).or_insert(0) += 1;
        match tag.name() {
            "col" => {
                let lines = line("min")
                    .zip(line("max"))
                    .filter(|(first, last)| *first > 0 && first <= last && *last <= COLUMNS_MAX);
                let size = on("hidden").then_some(0.0);
                let size =
                    size.or_else(|| number("width").filter(|_| on("customWidth")).map(letters));
                let Some(((first, last), size)) = lines.zip(size) else { return };
                if self.room(last - first + 1) {
                    self.layout.columns.set(first, last, Some(size.clamp(0.0, LETTERS_MAX)));
                } else {
                    lost("column_widths");
                }
            }
            "row" => {
                self.row = line("r").unwrap_or(self.row.saturating_add(1));
                let size = on("hidden").then_some(0.0);
                let size = size.or_else(|| number("ht").filter(|_| on("customHeight")));
                let Some(size) = size.filter(|_| (1..=ROWS_MAX).contains(&self.row)) else {
                    return;
                };
                let same = self.before.is_some_and(|(row, of)| row + 1 == self.row && of == size);
                if self.sized < SIZED_MAX && (same || self.room(0)) {
                    self.sized += 1;
                    self.before = Some((self.row, size));
                    self.layout.rows.set(self.row, self.row, Some(size.clamp(0.0, POINTS_MAX)));
                } else {
                    lost("row_heights");
                }
            }
            "pane" if tag.get("state").is_some_and(|state| state.starts_with("frozen")) => {
                // A pane of a hidden or far line may say more than is ever seen.
                let lines = |key: &str| (number(key).unwrap_or(0.0) as u32).min(FROZEN_MAX);
                self.layout.frozen = (lines("ySplit"), lines("xSplit"));
            }
            "mergeCell" => {
                let layout = &mut self.layout;
                let room = layout.merged.len() < RUNS_MAX;
                let fits = |area: &Area| {
                    let apart = layout.merged.iter().all(|other| !area.meets(*other));
                    room && area.cells() > 1 && apart && layout.may_merge(area.cells())
                };
                match area().filter(fits) {
                    Some(area) => layout.merged.push(area),
                    None => lost("merged_cells"),
                }
            }
            "autoFilter" => match area() {
                Some(area) => self.layout.filter = Some(area),
                None => lost("filters"),
            },
            // What is shown by a filter is hidden or not by its rows.
            "filterColumn" => lost("filters"),
            _ => {}
        }
    }

    /// Whether so many more lines may have a size of their own.
    fn room(&mut self, lines: u32) -> bool {
        let sized = self.sized.saturating_add(lines);
        let room = self.runs < RUNS_MAX && sized <= SIZED_MAX;
        if room {
            (self.runs, self.sized) = (self.runs + 1, sized);
        }
        room
    }
}

/// How many letters of the usual size a column has that a file calls so wide.
fn letters(width: f64) -> f64 {
    let pixels = (width * LETTER_PIXELS).round();
    let letters = if pixels < LETTER_PIXELS + BESIDE_PIXELS {
        pixels / (LETTER_PIXELS + BESIDE_PIXELS)
    } else {
        (pixels - BESIDE_PIXELS) / LETTER_PIXELS
    };
    (letters * 100.0).round() / 100.0
}
