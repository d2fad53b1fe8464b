//! A table in a box: how wide its columns are, how high its rows, how large its letters.

use super::flow::{Stands, Style, Text, text};
use super::layout::Letters;
use super::model::{Cell, Paragraph, Table};
use super::theme::{Colors, Slot};
use crate::document::pdf::font::{Face, Shaper};
use crate::document::pdf::tag::{Role, Tags};

/// How large the letters of a table are, in hundredths of a point.
pub(super) const SIZE: u32 = 1_400;
/// How small they may become so that it fits, in hundredths of a point.
pub(super) const SIZE_MIN: u32 = 900;
/// How much smaller they become at once, in hundredths of a point.
const SIZE_STEP: usize = 100;
/// What is free on the left and right of a cell, in points.
pub(super) const BESIDE: f32 = 6.0;
/// What is free above and below it, in points.
pub(super) const ABOVE: f32 = 4.0;
/// How narrow a column may be, in points.
const COLUMN_MIN: f32 = 36.0;

/// A table that is laid out.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    /// How wide each column is, in points.
    pub columns: Vec<f32>,
    /// The rows, the head first: how high each is in points, and its cells.
    pub rows: Vec<(f32, Vec<Text>)>,
    /// How large its letters are, in hundredths of a point.
    pub size: u32,
    /// How high it is, in points.
    pub high: f32,
    /// How many of its words are wider than their cells.
    pub split: usize,
}

/// The table in a box of these points, its letters as large as it fits.
pub(super) fn grid(
    table: &Table,
    (wide, high): (f32, f32),
    colors: &Colors,
    shaper: &mut Shaper,
    tags: &mut Tags,
) -> Grid {
    let columns = shaper.measured(|shaper| columns(table, wide, shaper));
    let sizes = (SIZE_MIN..=SIZE).rev().step_by(SIZE_STEP);
    for size in sizes {
        let tried = shaper
            .measured(|shaper| sized(table, &columns, size, colors, shaper, &mut Tags::default()));
        if size == SIZE_MIN || (tried.high <= high && tried.split == 0) {
            return sized(table, &columns, size, colors, shaper, tags);
        }
    }
    Grid::default()
}

fn sized(
    table: &Table,
    columns: &[f32],
    size: u32,
    colors: &Colors,
    shaper: &mut Shaper,
    tags: &mut Tags,
) -> Grid {
    let node = tags.node(0, Role::Table);
    let mut grid = Grid { columns: columns.to_vec(), size, ..Grid::default() };
    for (number, cells) in std::iter::once(&table.head).chain(&table.rows).enumerate() {
        let head = number == 0;
        let color = if head { Slot::Ground } else { Slot::Ink };
        let letters = Letters { size, size_min: size, bold: head, color, ..Letters::default() };
        let style = Style { letters: &letters, colors, percent: 100 };
        let row = tags.node(node, Role::Row);
        let mut texts = Vec::with_capacity(cells.len());
        for (cell, width) in cells.iter().zip(columns) {
            let role = if head { Role::HeadCell } else { Role::Cell };
            let own = tags.node(row, role);
            let words = [paragraph(cell)];
            let width = (width - 2.0 * BESIDE).max(1.0);
            let text = text(&words, &style, width, shaper, tags, Stands::In(own));
            grid.split += text.split;
            texts.push(text);
        }
        let high = texts.iter().fold(0.0_f32, |high, text| high.max(text.high)) + 2.0 * ABOVE;
        grid.high += high;
        grid.rows.push((high, texts));
    }
    grid
}

/// A cell as a paragraph.
fn paragraph(cell: &Cell) -> Paragraph {
    Paragraph { words: cell.clone(), ..Paragraph::default() }
}

/// How wide each column is: as wide as it wants where all have room, otherwise by what it wants.
fn columns(table: &Table, wide: f32, shaper: &mut Shaper) -> Vec<f32> {
    let mut wants = vec![COLUMN_MIN; table.head.len()];
    for row in std::iter::once(&table.head).chain(&table.rows) {
        for (want, cell) in wants.iter_mut().zip(row) {
            let text: String = cell.iter().flat_map(|run| run.text.chars()).take(200).collect();
            let shaped = shaper.shape(&text, Face::Bold, false);
            *want = want.max(shaped.width * SIZE as f32 / 100.0 + 2.0 * BESIDE + 2.0);
        }
    }
    let all: f32 = wants.iter().sum();
    if all <= wide {
        let more = (wide - all) / wants.len().max(1) as f32;
        return wants.into_iter().map(|want| want + more).collect();
    }
    // Those that want less than their share have it; the others share what is left.
    let share = wide / wants.len().max(1) as f32;
    let small: f32 = wants.iter().filter(|want| **want <= share).sum();
    let large: f32 = wants.iter().filter(|want| **want > share).sum();
    let width = |want: f32| if want <= share { want } else { (wide - small) * want / large };
    wants.into_iter().map(width).collect()
}
