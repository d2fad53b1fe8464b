//! The sheets of a file, and the names of their areas.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::LeftOut;
use super::names::Of;
use super::rows::{Rows, Told};
use super::styles::Styles;
use crate::ods::formula::{formula, reference};
use crate::ods::moment;
use crate::package::{Hostile, Piece, Xml};
use crate::sheet::{Content, Sheet};

/// What was read.
#[derive(Default)]
pub(super) struct Read {
    /// The sheets, in order.
    pub sheets: Vec<Sheet>,
    /// What names mean.
    pub names: BTreeMap<String, String>,
}

/// Elements that are passed over with all that is in them, and the word for it.
const PASSED: [(&str, &str); 7] = [
    ("annotation", "comments"),
    ("conditional-formats", ""),
    ("data-pilot-tables", ""),
    ("content-validations", ""),
    ("database-ranges", ""),
    ("tracked-changes", "tracked_changes"),
    ("shapes", ""),
];

/// What is counted in elements that are passed over, and the word for it.
const COUNTED: [(&str, &str); 7] = [
    ("conditional-format", "conditional_formats"),
    ("data-pilot-table", "pivot_tables"),
    ("content-validation", "validations"),
    ("database-range", "filters"),
    ("object", "charts"),
    ("image", "images"),
    ("custom-shape", "drawings"),
];

/// The longest text that spaces of one element make.
const SPACES_MAX: usize = 1_000;

/// What is being read.
struct Reader<'a> {
    done: Read,
    styles: &'a Styles,
    left_out: &'a mut LeftOut,
    cells_max: usize,
    /// How deep the reader is in what is passed over.
    passing: usize,
    sheet: Option<(String, Rows)>,
    cell: Option<Cell>,
}

/// A cell that is being read.
#[derive(Default)]
struct Cell {
    told: Told,
    of: BTreeMap<String, String>,
    text: String,
    lines: usize,
    within: bool,
}

/// Reads sheets of at most `cells_max` cells together.
pub(super) fn read(
    text: &str,
    depth_max: usize,
    cells_max: usize,
    styles: &Styles,
    left_out: &mut LeftOut,
) -> Result<Read, Hostile> {
    let (done, passing, sheet, cell) = (Read::default(), 0, None, None);
    let mut reader = Reader { done, styles, left_out, cells_max, passing, sheet, cell };
    for piece in Xml::new(text, depth_max) {
        match piece? {
            Piece::Open(element, of) => reader.open(&element, of)?,
            Piece::Close(element) => reader.close(&element)?,
            Piece::Text(text) => {
                if let Some(cell) = reader.cell.as_mut().filter(|cell| cell.within)
                    && reader.passing == 0
                {
                    cell.text.push_str(&text);
                }
            }
        }
    }
    Ok(reader.done)
}

impl Reader<'_> {
    fn count(&mut self, what: &'static str) {
        *self.left_out.entry(what).or_insert(0) += 1;
    }

    fn open(&mut self, element: &str, of: BTreeMap<String, String>) -> Result<(), Hostile> {
        let drawn = matches!(element, "frame" | "custom-shape" | "control" | "g");
        if self.passing > 0 || drawn || PASSED.iter().any(|(name, _)| *name == element) {
            self.passing += 1;
            let word = PASSED.iter().chain(&COUNTED).find(|(name, _)| *name == element);
            // What stands for an object while nobody draws it is no picture of its own.
            let stands = of.get("xlink:href").is_some_and(|it| it.contains("ObjectReplacements"));
            if let Some((_, word)) = word.filter(|(_, word)| !word.is_empty() && !stands) {
                self.count(word);
            }
            return Ok(());
        }
        let says = Of(&of);
        match element {
            "table" if self.sheet.is_none() => {
                let name = says.says("table:name").unwrap_or_default().to_owned();
                self.sheet = Some((name, Rows::default()));
            }
            "table-column" => self.rows(|rows| rows.column(&says)),
            "table-row" => self.rows(|rows| rows.begin(&says)),
            "table-cell" | "covered-table-cell" if self.sheet.is_some() => {
                self.cell = Some(self.cell(&says));
                if let Some(cell) = &mut self.cell {
                    cell.of = of;
                }
            }
            "named-range" => self.name(&says),
            "named-expression" => self.count("names"),
            _ => self.text(element, &says),
        }
        Ok(())
    }

    fn rows(&mut self, change: impl FnOnce(&mut Rows)) {
        if let Some((_, rows)) = &mut self.sheet {
            change(rows);
        }
    }

    fn cell(&mut self, of: &Of<'_>) -> Cell {
        let spanned = |what: &str| of.times(&format!("table:number-{what}-spanned"));
        if spanned("columns") > 1 || spanned("rows") > 1 {
            self.count("merged_cells");
        }
        let arrayed = of.says("table:number-matrix-rows-spanned").is_some();
        let spans = arrayed.then(|| (spanned("matrix-rows"), spanned("matrix-columns")));
        let style = of.says("table:style-name").map(str::to_owned);
        let times = of.times("table:number-columns-repeated");
        Cell { told: Told { times, content: None, style, spans }, ..Cell::default() }
    }

    /// An element of a cell's text.
    fn text(&mut self, element: &str, of: &Of<'_>) {
        let Some(cell) = &mut self.cell else {
            return;
        };
        match element {
            "p" => {
                if cell.lines > 0 {
                    cell.text.push('\n');
                }
                (cell.lines, cell.within) = (cell.lines + 1, true);
            }
            "s" => {
                let count = of.number("text:c").unwrap_or(1).min(SPACES_MAX);
                cell.text.push_str(&" ".repeat(count));
            }
            "tab" => cell.text.push('\t'),
            "line-break" => cell.text.push('\n'),
            "a" => self.count("links"),
            _ => {}
        }
    }

    fn name(&mut self, of: &Of<'_>) {
        let area = of.says("table:cell-range-address").and_then(reference);
        let named = of.says("table:name").map(str::to_owned).zip(area);
        // Names of a sheet alone have none in a workbook.
        match named.filter(|(_, area)| self.sheet.is_none() && area.contains('!')) {
            Some((name, area)) => {
                self.done.names.insert(name, area);
            }
            None => self.count("names"),
        }
    }

    fn close(&mut self, element: &str) -> Result<(), Hostile> {
        if self.passing > 0 {
            self.passing -= 1;
            return Ok(());
        }
        match element {
            "p" => {
                if let Some(cell) = &mut self.cell {
                    cell.within = false;
                }
            }
            "table-cell" | "covered-table-cell" => {
                if let Some(mut cell) = self.cell.take() {
                    cell.told.content = self.content(&cell)?;
                    self.rows(|rows| rows.cell(cell.told));
                }
            }
            "table-row" => {
                let known: usize = self.done.sheets.iter().map(|it| it.cells.cells()).sum();
                if let Some((_, rows)) = &mut self.sheet {
                    rows.end(self.cells_max.saturating_sub(known))?;
                }
            }
            "table" => {
                if let Some((name, rows)) = self.sheet.take() {
                    self.sheet_done(name, rows);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn sheet_done(&mut self, name: String, mut rows: Rows) {
        let (styles, odd) = rows.areas(self.styles);
        if odd > 0 {
            *self.left_out.entry("formats").or_insert(0) += odd;
        }
        let id = format!("s{}", self.done.sheets.len() + 1);
        let (cells, styles) = (rows.cells, Arc::new(styles));
        self.done.sheets.push(Sheet { id, name, cells, styles, ..Sheet::default() });
    }

    /// What a cell holds.
    fn content(&mut self, cell: &Cell) -> Result<Option<Content>, Hostile> {
        let of = Of(&cell.of);
        if let Some(said) = of.says("table:formula") {
            match formula(said) {
                Some(formula) => return Ok(Some(Content::Formula(formula.into()))),
                None => self.count("external_references"),
            }
        }
        value(&of, cell)
    }
}

/// What a cell comes to.
fn value(of: &Of<'_>, cell: &Cell) -> Result<Option<Content>, Hostile> {
    let text = || {
        let text = of.says("office:string-value").filter(|text| !text.is_empty());
        let text = text.unwrap_or(&cell.text);
        (!text.is_empty()).then(|| Content::Text(text.into()))
    };
    let broken = |what: &str| Hostile::Broken(format!("a cell has no {what}"));
    let number = match of.says("office:value-type") {
        Some("float" | "percentage" | "currency") => {
            let number = of.number::<f64>("office:value").filter(|number| number.is_finite());
            Some(number.ok_or_else(|| broken("number"))?)
        }
        Some("date") => {
            // Days that no workbook counts stay texts.
            let Some(serial) = of.says("office:date-value").and_then(moment::date_serial) else {
                return Ok(of.says("office:date-value").map(|day| Content::Text(day.into())));
            };
            Some(serial)
        }
        Some("time") => {
            let time = of.says("office:time-value").and_then(moment::time_serial);
            Some(time.ok_or_else(|| broken("time"))?)
        }
        Some("boolean") => return Ok(Some(Content::Bool(of.is("office:boolean-value")))),
        Some("string") if of.says("calcext:value-type") == Some("error") => {
            let known = cell.text.starts_with('#');
            return Ok(if known {
                Some(Content::typed(&format!("={}", cell.text)))
            } else {
                text()
            });
        }
        _ => None,
    };
    Ok(number.map(Content::Number).or_else(text))
}
