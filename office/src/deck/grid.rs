//! A table in a box: how wide its columns are, how high its rows, how large its letters.

use super::flow::{Stands, Style, Text, text};
use super::layout::{Aligned, Letters};
use super::model::{Cell, Paragraph, Table};
use super::theme::{Colors, Slot};
use crate::document::pdf::font::{Face, Shaper};
use crate::document::pdf::tag::{Role, Tags};

/// How large the letters of a table are, in hundredths of a point.
pub(super) const SIZE: u32 = 1_800;
/// How small they may become so that it fits, in hundredths of a point.
pub(super) const SIZE_MIN: u32 = 900;
/// How much smaller they become at once, in hundredths of a point.
const SIZE_STEP: usize = 100;
/// What is free on the left and right of a cell, in points.
pub(super) const BESIDE: f32 = 6.0;
/// What is free above and below it, beside how large its letters are.
const ABOVE: f32 = 0.35;
/// How narrow a column may be, in points.
const COLUMN_MIN: f32 = 36.0;

/// A table that is laid out.
#[derive(Debug, Clone, Default)]
pub(super) struct Grid {
    /// How wide each column is, in points.
    pub columns: Vec<f32>,
    /// The rows, the head first: how high each is in points, and its cells.
    pub rows: Vec<(f32, Vec<Text>)>,
    /// Where the words of each column stand: numbers end below each other.
    pub aligned: Vec<Aligned>,
    /// How large its letters are, in hundredths of a point.
    pub size: u32,
    /// What is free above and below the words of a cell, in points.
    pub above: f32,
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
    let aligned: Vec<Aligned> = (0..table.head.len()).map(|at| aligned(table, at)).collect();
    let sizes = (SIZE_MIN..=SIZE).rev().step_by(SIZE_STEP);
    for size in sizes {
        let columns = shaper.measured(|shaper| columns(table, wide, size, shaper));
        let of_size = Columns { wide: &columns, aligned: &aligned, size };
        let tried =
            shaper.measured(|shaper| sized(table, &of_size, colors, shaper, &mut Tags::default()));
        if size == SIZE_MIN || (tried.high <= high && tried.split == 0) {
            return sized(table, &of_size, colors, shaper, tags);
        }
    }
    Grid::default()
}

/// The columns of a table with letters of a size.
struct Columns<'a> {
    wide: &'a [f32],
    aligned: &'a [Aligned],
    size: u32,
}

fn sized(
    table: &Table,
    columns: &Columns<'_>,
    colors: &Colors,
    shaper: &mut Shaper,
    tags: &mut Tags,
) -> Grid {
    let node = tags.node(0, Role::Table);
    let (size, above) = (columns.size, columns.size as f32 / 100.0 * ABOVE);
    let (wide, aligned) = (columns.wide.to_vec(), columns.aligned.to_vec());
    let mut grid = Grid { columns: wide, aligned, size, above, ..Grid::default() };
    for (number, cells) in std::iter::once(&table.head).chain(&table.rows).enumerate() {
        let head = number == 0;
        let color = if head { Slot::Ground } else { Slot::Ink };
        let letters = Letters { size, size_min: size, bold: head, color, ..Letters::default() };
        let row = tags.node(node, Role::Row);
        let mut texts = Vec::with_capacity(cells.len());
        let places = columns.wide.iter().zip(columns.aligned);
        for (cell, (width, aligned)) in cells.iter().zip(places) {
            let letters = Letters { aligned: *aligned, ..letters.clone() };
            let style = Style { letters: &letters, colors, percent: 100 };
            let role = if head { Role::HeadCell } else { Role::Cell };
            let own = tags.node(row, role);
            let words = [paragraph(cell)];
            let width = (width - 2.0 * BESIDE).max(1.0);
            let text = text(&words, &style, width, shaper, tags, Stands::In(own));
            grid.split += text.split;
            texts.push(text);
        }
        let high = texts.iter().fold(0.0_f32, |high, text| high.max(text.high)) + 2.0 * above;
        grid.high += high;
        grid.rows.push((high, texts));
    }
    grid
}

/// A cell as a paragraph.
fn paragraph(cell: &Cell) -> Paragraph {
    Paragraph { words: cell.clone(), ..Paragraph::default() }
}

/// Where the words of a column stand: at its end when all that is below its head are numbers.
fn aligned(table: &Table, column: usize) -> Aligned {
    let cells = table.rows.iter().filter_map(|row| row.get(column));
    let texts = cells.map(|cell| cell.iter().map(|run| run.text.as_str()).collect::<String>());
    let said: Vec<String> = texts.filter(|text| !text.trim().is_empty()).collect();
    let numbers = !said.is_empty() && said.iter().all(|text| is_number(text));
    if numbers { Aligned::End } else { Aligned::Start }
}

/// Whether people read a text as a number: with a sign, marks between its digits, a unit of money
/// or a percent sign.
fn is_number(text: &str) -> bool {
    const BESIDE_DIGITS: &str = "+-−±.,'% \u{a0}\u{202f}€$£¥";
    text.chars().any(|c| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || BESIDE_DIGITS.contains(c))
}

/// How wide each column is: as wide as it wants where all have room, otherwise by what it wants.
fn columns(table: &Table, wide: f32, size: u32, shaper: &mut Shaper) -> Vec<f32> {
    let mut wants = vec![COLUMN_MIN; table.head.len()];
    for row in std::iter::once(&table.head).chain(&table.rows) {
        for (want, cell) in wants.iter_mut().zip(row) {
            let text: String = cell.iter().flat_map(|run| run.text.chars()).take(200).collect();
            let shaped = shaper.shape(&text, Face::Bold, false);
            *want = want.max(shaped.width * size as f32 / 100.0 + 2.0 * BESIDE + 2.0);
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
