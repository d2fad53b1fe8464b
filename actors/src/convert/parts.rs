//! A workbook as commands: `load`, again and again, each small enough for one commit.

use std::collections::BTreeMap;

use contracts::kinds::myocyte::limits::SET_BYTES_MAX;
use contracts::kinds::myocyte::{Filled, Load, LoadedFile, LoadedSheet, LoadedStyle};
use contracts::{CommandName, Refusal};
use office::sheet::{Place, Sheet, Workbook};

use super::{Part, Stop};
use crate::kinds::myocyte::areas::{filled, said};
use crate::kinds::myocyte::{lasting, layout, rules};

/// What one part holds at most, in bytes of JSON: what stands around it fits beside it.
const PART_BYTES_MAX: usize = SET_BYTES_MAX - 64 * 1024;
/// The most cells of one part.
const PART_CELLS_MAX: usize = 15_000;
/// The most areas of one part that look different.
const PART_STYLES_MAX: usize = 500;
/// About what the name of a sheet or a place, and the signs around it, take.
const FRAME_BYTES: usize = 128;

/// Collects what is on sheets into parts.
struct Parts<'a> {
    done: Vec<Part>,
    next: Load,
    /// About what the next part takes.
    bytes: usize,
    cells: usize,
    styles: usize,
    stop: &'a Stop,
}

/// The commands that make `book` of nothing, or add it to a workbook.
///
/// # Errors
/// `internal` when a content has no JSON, or that nobody waits any more.
pub fn of(
    book: &Workbook,
    title: Option<String>,
    file: LoadedFile,
    stop: &Stop,
) -> Result<Vec<Part>, Refusal> {
    let next = Load { title, file: Some(file), ..Load::default() };
    let mut parts = Parts { done: Vec::new(), next, bytes: 0, cells: 0, styles: 0, stop };
    for sheet in &book.sheets {
        parts.sheet(sheet)?;
    }
    for sheet in &book.sheets {
        parts.rules(sheet)?;
    }
    parts.names(&book.names)?;
    parts.views(book)?;
    parts.finish()?;
    Ok(parts.done)
}

impl Parts<'_> {
    fn sheet(&mut self, sheet: &Sheet) -> Result<(), Refusal> {
        self.stop.ensure()?;
        self.open(&sheet.name, false);
        for area in filled(&sheet.cells) {
            self.area(&sheet.name, area)?;
        }
        for (area, style) in sheet.styles.iter() {
            if self.styles >= PART_STYLES_MAX || self.bytes + FRAME_BYTES > PART_BYTES_MAX {
                self.turn(&sheet.name)?;
            }
            let style = LoadedStyle { area: area.to_string(), style: said(style) };
            self.bytes += FRAME_BYTES + style.style.number.as_ref().map_or(0, String::len);
            self.styles += 1;
            self.current(&sheet.name).styles.push(style);
        }
        Ok(())
    }

    /// Adds an area, by as many of its rows as fit; a row that is too long alone, by its cells.
    fn area(&mut self, sheet: &str, area: Filled) -> Result<(), Refusal> {
        let at = area.at.parse::<Place>();
        let at = at.map_err(|error| Refusal::internal(error.to_string()))?;
        let mut open = false;
        for (down, row) in (0_u32..).zip(area.rows) {
            let mut right = 0;
            let pieces = split(row)?;
            let whole = pieces.len() == 1;
            for (cells, bytes) in pieces {
                let full = self.bytes + bytes + FRAME_BYTES > PART_BYTES_MAX
                    || self.cells + cells.len() > PART_CELLS_MAX;
                if full {
                    self.turn(sheet)?;
                    open = false;
                }
                self.bytes += bytes;
                self.cells += cells.len();
                let place = at.below(down, right).unwrap_or(at);
                right += u32::try_from(cells.len()).unwrap_or(u32::MAX);
                let areas = &mut self.current(sheet).areas;
                match areas.last_mut().filter(|_| open && whole) {
                    Some(last) => last.rows.push(cells),
                    None => {
                        areas.push(Filled { at: place.to_string(), rows: vec![cells] });
                        self.bytes += FRAME_BYTES;
                    }
                }
                open = whole;
            }
        }
        Ok(())
    }

    /// Adds how a sheet is laid out, and its rules, when all sheets are there that their lists may
    /// stand on.
    fn rules(&mut self, sheet: &Sheet) -> Result<(), Refusal> {
        if !sheet.layout.is_plain() {
            let layout = layout::said(&sheet.layout);
            let bytes = serde_json::to_vec(&layout);
            let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?.len();
            if self.bytes + bytes + FRAME_BYTES > PART_BYTES_MAX {
                self.turn(&sheet.name)?;
            }
            self.bytes += bytes;
            self.current(&sheet.name).layout = layout;
        }
        for rule in sheet.rules.iter().filter_map(|(_, rule)| rules::said(rule)) {
            let bytes = serde_json::to_vec(&rule);
            let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?.len();
            if self.bytes + bytes + FRAME_BYTES > PART_BYTES_MAX {
                self.turn(&sheet.name)?;
            }
            self.bytes += bytes;
            self.current(&sheet.name).rules.push(rule);
        }
        Ok(())
    }

    fn names(&mut self, names: &BTreeMap<String, String>) -> Result<(), Refusal> {
        for (name, refers) in names {
            if self.bytes + name.len() + refers.len() + FRAME_BYTES > PART_BYTES_MAX {
                self.finish()?;
            }
            self.bytes += name.len() + refers.len() + 8;
            self.next.names.insert(name.clone(), refers.clone());
        }
        Ok(())
    }

    fn views(&mut self, book: &Workbook) -> Result<(), Refusal> {
        for (name, kept) in book.views.iter() {
            let Some(said) = lasting::said(kept) else { continue };
            let bytes = serde_json::to_vec(&said);
            let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?.len();
            if self.bytes + bytes + FRAME_BYTES > PART_BYTES_MAX {
                self.finish()?;
            }
            self.bytes += bytes + FRAME_BYTES;
            self.next.views.insert(name.clone(), said);
        }
        Ok(())
    }

    /// More of a sheet goes into the next part.
    fn open(&mut self, name: &str, more: bool) {
        self.bytes += FRAME_BYTES + name.len();
        let name = name.to_owned();
        self.next.sheets.push(LoadedSheet { name, more, ..LoadedSheet::default() });
    }

    fn current(&mut self, name: &str) -> &mut LoadedSheet {
        if self.next.sheets.last().is_none_or(|last| last.name != name) {
            self.open(name, true);
        }
        let last = self.next.sheets.len() - 1;
        &mut self.next.sheets[last]
    }

    /// The part is full, and another begins with more of the same sheet.
    fn turn(&mut self, name: &str) -> Result<(), Refusal> {
        self.finish()?;
        self.open(name, true);
        Ok(())
    }

    /// The part is full.
    fn finish(&mut self) -> Result<(), Refusal> {
        self.stop.ensure()?;
        let load = std::mem::take(&mut self.next);
        (self.bytes, self.cells, self.styles) = (0, 0, 0);
        let nothing = |sheet: &LoadedSheet| {
            sheet.more
                && sheet.areas.is_empty()
                && sheet.styles.is_empty()
                && sheet.rules.is_empty()
                && sheet.layout.is_plain()
        };
        if load.file.is_none()
            && load.names.is_empty()
            && load.views.is_empty()
            && load.sheets.iter().all(nothing)
        {
            return Ok(());
        }
        let input = serde_json::to_vec(&load);
        let input = input.map_err(|error| Refusal::internal(error.to_string()))?;
        self.done.push(Part { name: CommandName::from_static("load"), input });
        Ok(())
    }
}

type Cells = Vec<contracts::kinds::myocyte::Scalar>;

/// A row in pieces that fit into a part, each with about how many bytes of JSON it takes.
fn split(row: Cells) -> Result<Vec<(Cells, usize)>, Refusal> {
    let mut pieces: Vec<(Cells, usize)> = Vec::new();
    for cell in row {
        let bytes = serde_json::to_vec(&cell);
        let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?.len() + 1;
        match pieces.last_mut() {
            Some((cells, size)) if *size + bytes <= PART_BYTES_MAX / 4 => {
                cells.push(cell);
                *size += bytes;
            }
            _ => pieces.push((vec![cell], bytes)),
        }
    }
    Ok(pieces)
}
