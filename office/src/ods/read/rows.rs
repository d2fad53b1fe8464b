//! The rows of a sheet as they come: what is repeated, and how cells look.

use std::collections::BTreeMap;

use super::names::Of;
use super::styles::Styles;
use crate::package::Hostile;
use crate::sheet::{Area, COLUMNS_MAX, Content, Grid, Place, ROWS_MAX, Style};

/// How many empty cells beside or below each other may look different: files fill up what is
/// beyond the used cells.
const BLANK_LINES_MAX: u32 = 1_000;

/// A cell as it is told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// How many columns it fills.
    pub times: u32,
    /// What it holds.
    pub content: Option<Content>,
    /// How it looks.
    pub style: Option<String>,
    /// Over how many rows and columns its array goes.
    pub spans: Option<(u32, u32)>,
}

/// A sheet as it grows.
pub(super) struct Rows {
    /// What its cells hold.
    pub cells: Grid,
    /// How columns look where cells say nothing: up to which, and how.
    columns: Vec<(u32, Option<String>)>,
    /// The row that is read, from 1; 0 before the first.
    row: u32,
    /// How many rows are as the one that is read.
    times: u32,
    style: Option<String>,
    told: Vec<Told>,
    /// Arrays whose cells come to what their first cell says.
    arrays: Vec<Area>,
    /// Cells that look alike, and which of them may go on in the next row.
    looks: Vec<(Area, String)>,
    open: BTreeMap<(u32, u32, String), usize>,
}

impl Default for Rows {
    fn default() -> Self {
        Self {
            cells: Grid::default(),
            columns: Vec::new(),
            row: 1,
            times: 1,
            style: None,
            told: Vec::new(),
            arrays: Vec::new(),
            looks: Vec::new(),
            open: BTreeMap::new(),
        }
    }
}

impl Rows {
    /// Columns look so.
    pub fn column(&mut self, of: &Of<'_>) {
        let before = self.columns.last().map_or(0, |(to, _)| *to);
        let to = before.saturating_add(of.times("table:number-columns-repeated"));
        let style = of.says("table:default-cell-style-name").map(str::to_owned);
        self.columns.push((to, style));
    }

    /// A row begins.
    pub fn begin(&mut self, of: &Of<'_>) {
        self.times = of.times("table:number-rows-repeated");
        self.style = of.says("table:default-cell-style-name").map(str::to_owned);
        self.told.clear();
    }

    /// A cell of the row.
    pub fn cell(&mut self, told: Told) {
        self.told.push(told);
    }

    /// The row ends. `room` is how many cells the sheet may have.
    pub fn end(&mut self, room: usize) -> Result<(), Hostile> {
        let told = std::mem::take(&mut self.told);
        let (row, times) = (self.row, self.times);
        self.row = row.saturating_add(times);
        self.arrays.retain(|array| array.to.row >= row);
        let mut column = 1_u32;
        for cell in told {
            let from = column;
            column = column.saturating_add(cell.times);
            let area = Area {
                from: Place { row, column: from },
                to: Place { row: self.row - 1, column: column - 1 },
            };
            if cell.content.is_some() {
                self.fill(area, &cell, room)?;
            }
            self.look(area, &cell);
            if self.looks.len() > room.saturating_mul(2).saturating_add(STYLES_ROOM) {
                return Err(Hostile::TooManyCells);
            }
        }
        Ok(())
    }

    fn fill(&mut self, area: Area, cell: &Told, room: usize) -> Result<(), Hostile> {
        if area.to.row > ROWS_MAX || area.to.column > COLUMNS_MAX {
            return Err(Hostile::Broken("a cell stands past the end of its sheet".to_owned()));
        }
        if let Some((rows, columns)) = cell.spans {
            let to = area.from.below(rows.max(1) - 1, columns.max(1) - 1);
            self.arrays.push(Area { from: area.from, to: to.unwrap_or(area.from) });
        }
        if area.cells() > room.saturating_sub(self.cells.cells()) as u64 {
            return Err(Hostile::TooManyCells);
        }
        for place in area.places() {
            let spilled =
                self.arrays.iter().any(|array| array.contains(place) && array.from != place);
            if !spilled {
                self.cells.set(place, cell.content.clone());
            }
        }
        Ok(())
    }

    /// Keeps how cells look: those that hold something, and those that say it themselves.
    fn look(&mut self, area: Area, cell: &Told) {
        let filled = cell.content.is_some();
        let within = area.to.row <= ROWS_MAX && area.to.column <= COLUMNS_MAX;
        let few = area.rows() <= BLANK_LINES_MAX && area.columns() <= BLANK_LINES_MAX;
        if !within || !(filled || few) {
            return;
        }
        let column = || {
            let mut columns = self.columns.iter();
            columns.find(|(to, _)| *to >= area.from.column).and_then(|(_, style)| style.clone())
        };
        let default = || self.style.clone().or_else(column);
        let style = cell.style.clone().or_else(|| if filled { default() } else { None });
        let Some(style) = style.filter(|style| style != "Default") else {
            return;
        };
        // Cells beside the one before that look like it go with it.
        if let Some((last, same)) = self.looks.last_mut()
            && *same == style
            && (last.from.row, last.to.row) == (area.from.row, area.to.row)
            && last.to.column + 1 == area.from.column
        {
            last.to = area.to;
            return;
        }
        self.looks.push((area, style));
    }

    /// The areas that look different, each as large as it can be; how many say a format that
    /// cannot be said.
    pub fn areas(&mut self, styles: &Styles) -> (Vec<(Area, Style)>, usize) {
        let mut joined: Vec<(Area, String)> = Vec::new();
        for (area, style) in std::mem::take(&mut self.looks) {
            let key = (area.from.column, area.to.column, style.clone());
            let above = self.open.get(&key).copied();
            match above.and_then(|at| joined.get_mut(at)) {
                Some((last, _)) if last.to.row + 1 == area.from.row => last.to = area.to,
                _ => {
                    self.open.insert(key, joined.len());
                    joined.push((area, style));
                }
            }
        }
        let mut known: BTreeMap<String, Result<Style, ()>> = BTreeMap::new();
        let (mut areas, mut odd) = (Vec::new(), 0);
        for (area, name) in joined {
            let style = known.entry(name).or_insert_with_key(|name| styles.style(name));
            match style {
                Ok(style) if *style != Style::default() => areas.push((area, style.clone())),
                Ok(_) => {}
                Err(()) => odd += 1,
            }
        }
        (areas, odd)
    }
}

/// How many areas may look different whatever few cells a sheet may have.
const STYLES_ROOM: usize = 10_000;
