//! Tables over pages: the head stands again on each, and a row is parted where no page holds it.

use super::super::columns::widths;
use super::super::{Aligned, Inline, Table};
use super::flow::Flow;
use super::font::Face;
use super::line::Line;
use super::page::{BOTTOM, Ink, MARGIN};
use super::tag::Role;
use super::words::{Base, INK};

/// What is free around what a cell says, in points: beside it, and above and below.
const BESIDE: f32 = 5.0;
const ABOVE: f32 = 3.0;
/// The lines between cells.
const GRID: [u8; 3] = [169, 181, 175];
/// What stands behind a head.
const HEAD_GROUND: [u8; 3] = [227, 236, 231];
/// How wide the lines between cells are, in points.
const HAIR: f32 = 0.6;
/// How large its letters are, in points.
const SIZE: f32 = 9.0;
/// Tables of so many rows stand together where a page has room for all of it …
const TOGETHER_ROWS_MAX: usize = 14;
/// … and they are no higher than this share of a page.
const TOGETHER_SHARE_MAX: f32 = 0.6;

/// A row as lines of its cells.
struct Row {
    cells: Vec<Vec<Line>>,
    head: bool,
}

impl Row {
    fn height(&self) -> f32 {
        let high = |cell: &Vec<Line>| cell.iter().map(|line| line.height).sum::<f32>();
        self.cells.iter().map(high).fold(0.0, f32::max).max(12.0) + 2.0 * ABOVE
    }
}

impl Flow<'_> {
    pub(super) fn table(&mut self, table: &Table, parent: usize) {
        let table = table.clone().squared();
        if table.aligned.is_empty() {
            return;
        }
        self.gap(3.0);
        let node = self.tags.node(parent, Role::Table);
        let widths = widths(&table, self.width(), SIZE, BESIDE);
        let headed = table.head.iter().any(|cell| !cell.is_empty());
        let first = headed.then(|| self.row(&table.head, &widths, node, true));
        // A head stands with the first row below it, and a small table in one piece.
        let mut rows = Vec::new();
        let mut height = first.as_ref().map_or(0.0, Row::height) + 20.0;
        if table.rows.len() <= TOGETHER_ROWS_MAX {
            rows = table.rows.iter().map(|it| self.row(it, &widths, node, false)).collect();
            let all = height - 20.0 + rows.iter().map(Row::height).sum::<f32>();
            height = if all <= (BOTTOM - MARGIN) * TOGETHER_SHARE_MAX { all } else { height };
        }
        if self.top + height > self.page().bottom(0.0) && !self.fresh {
            self.turn();
        }
        let head = first.as_ref().map(|row| Row { cells: row.cells.clone(), head: true });
        if let Some(row) = first {
            self.draw(row, &table.aligned, &widths);
        }
        let mut rows = rows.into_iter();
        for cells in &table.rows {
            let row = rows.next().unwrap_or_else(|| self.row(cells, &widths, node, false));
            let notes = row.cells.iter().flatten().flat_map(Line::notes).collect();
            let notes = self.noted(notes);
            let more: f32 = notes.iter().map(|line| line.height).sum();
            let height = row.height();
            let room = self.page().bottom(more) - self.top;
            let whole = BOTTOM - MARGIN - head.as_ref().map_or(0.0, Row::height);
            if height > room && !self.fresh && height <= whole {
                self.turn();
                self.again(head.as_ref(), &table.aligned, &widths);
            }
            self.page().note(notes);
            self.parted(row, head.as_ref(), &table.aligned, &widths);
        }
        self.gap(10.0);
    }

    /// The head once more. What is said twice is told once.
    fn again(&mut self, head: Option<&Row>, aligned: &[Aligned], widths: &[f32]) {
        let Some(head) = head else { return };
        let mut cells = head.cells.clone();
        let spare = self.tags.spare();
        for piece in cells.iter_mut().flatten().flat_map(|line| &mut line.pieces) {
            (piece.look.slot, piece.look.goes) = (spare, None);
        }
        self.draw(Row { cells, head: true }, aligned, widths);
    }

    /// A row, over as many pages as it takes.
    fn parted(&mut self, mut row: Row, head: Option<&Row>, aligned: &[Aligned], widths: &[f32]) {
        loop {
            let room = self.page().bottom(0.0) - self.top;
            if row.height() <= room || row.cells.iter().all(|cell| cell.len() <= 1) {
                return self.draw(row, aligned, widths);
            }
            let mut first = Row { cells: Vec::new(), head: row.head };
            for cell in &mut row.cells {
                let mut left = room - 2.0 * ABOVE;
                let fits = |line: &&Line| {
                    left -= line.height;
                    left >= 0.0
                };
                let count = cell.iter().take_while(fits).count();
                first.cells.push(cell.drain(..count).collect());
            }
            if first.cells.iter().any(|cell| !cell.is_empty()) {
                self.draw(first, aligned, widths);
            } else if self.fresh {
                // Not even a line fits on an empty page.
                return self.draw(row, aligned, widths);
            }
            self.turn();
            self.again(head, aligned, widths);
        }
    }

    fn row(&mut self, cells: &[Vec<Inline>], widths: &[f32], table: usize, head: bool) -> Row {
        let node = self.tags.node(table, Role::Row);
        let face = if head { Face::Bold } else { Face::Sans };
        let base = Base { face, size: SIZE, color: INK };
        let mut out = Vec::with_capacity(cells.len());
        for (cell, width) in cells.iter().zip(widths) {
            let role = if head { Role::HeadCell } else { Role::Cell };
            let own = self.tags.node(node, role);
            out.push(self.lines(cell, base, own, width - 2.0 * BESIDE));
        }
        Row { cells: out, head }
    }

    fn draw(&mut self, row: Row, aligned: &[Aligned], widths: &[f32]) {
        let height = row.height();
        let (left, top) = (self.left, self.top);
        let whole: f32 = widths.iter().sum();
        let fresh = self.fresh;
        let page = self.page();
        if row.head {
            page.inks.push(Ink::Box(left, top, whole, height, HEAD_GROUND));
        }
        if row.head || fresh {
            page.inks.push(Ink::Box(left, top, whole, HAIR, GRID));
        }
        page.inks.push(Ink::Box(left, top + height - HAIR, whole, HAIR, GRID));
        page.inks.push(Ink::Box(left, top, HAIR, height, GRID));
        let mut x = left;
        for ((cell, aligned), width) in row.cells.into_iter().zip(aligned).zip(widths) {
            page.inks.push(Ink::Box(x + width - HAIR, top, HAIR, height, GRID));
            let mut y = top + ABOVE;
            for line in cell {
                let free = width - 2.0 * BESIDE - line.width;
                let aside = match (aligned, line.rightward) {
                    (Aligned::Start, false) | (Aligned::End, true) => 0.0,
                    (Aligned::Center, _) => free / 2.0,
                    (Aligned::End, false) | (Aligned::Start, true) => free,
                };
                let height = line.height;
                page.line(line, x + BESIDE + aside, y);
                y += height;
            }
            x += width;
        }
        (self.top, self.fresh) = (top + height, false);
    }
}
