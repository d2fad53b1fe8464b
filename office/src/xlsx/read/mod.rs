//! An `.xlsx` file as a workbook, with what of it was left out.

mod book;
mod layout;
mod rules;
mod sheet;
mod strings;
mod styles;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::package::{Bounds, Hostile, Package};
use crate::sheet::{Piece, Sheet, Workbook, scan};

/// A workbook that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The workbook; its sheets have the ids `s1`, `s2` …
    pub book: Workbook,
    /// What was left out, by a word for it, and how often.
    pub left_out: BTreeMap<&'static str, usize>,
}

/// How many areas of a sheet may look different.
const STYLES_MAX: usize = 900;

/// Reads a workbook of at most `cells_max` cells.
///
/// # Errors
/// When the file is broken, or larger than its bounds.
pub fn read(bytes: &[u8], bounds: Bounds, cells_max: usize) -> Result<Opened, Hostile> {
    let mut package = Package::open(bytes, bounds)?;
    let mut left_out = left_out(&package.names());
    let said = book::read(&mut package)?;
    let strings = match package.part(&said.strings)? {
        Some(text) => strings::read(&text, bounds.depth_max)?,
        None => Vec::new(),
    };
    let styles = match package.part(&said.styles)? {
        Some(text) => styles::read(&text, bounds.depth_max)?,
        None => Vec::new(),
    };
    let mut book = Workbook::default();
    let mut cells = 0;
    for (number, (name, part)) in (1..).zip(&said.sheets) {
        let text = package.needed(part)?;
        let room = cells_max - cells;
        let mut read = sheet::read(&text, &strings, room, bounds.depth_max, &mut left_out)?;
        cells += read.cells.cells();
        let areas = styles::areas(&read.looks, &styles);
        if areas.len() > STYLES_MAX {
            *left_out.entry("formats").or_insert(0) += areas.len() - STYLES_MAX;
        }
        let styles = areas.into_iter().take(STYLES_MAX).collect();
        let cells = std::mem::take(&mut read.cells);
        let (rules, left, prompts) = read.rules.done(name);
        count(&mut left_out, "validations", left);
        count(&mut left_out, "prompts", prompts);
        let (styles, rules) = (Arc::new(styles), Arc::new(rules));
        let layout = Arc::new(read.laid.layout);
        let (id, name) = (format!("s{number}"), name.clone());
        book.sheets.push(Arc::new(Sheet { id, name, cells, styles, rules, layout }));
    }
    count(&mut left_out, "validations", rules::without_strays(&mut book));
    if book.sheets.is_empty() {
        return Err(Hostile::Broken("it has no sheet".to_owned()));
    }
    let mut names = BTreeMap::new();
    for (name, means) in said.names {
        let pieces = scan(&means);
        if matches!(pieces.as_slice(), [Piece::Reference(area)] if area.sheet.is_some()) {
            names.insert(name, means);
        } else {
            *left_out.entry("names").or_insert(0) += 1;
        }
    }
    book.names = Arc::new(names);
    Ok(Opened { book, left_out })
}

/// So many more of `what` were left out.
fn count(left_out: &mut BTreeMap<&'static str, usize>, what: &'static str, more: usize) {
    if more > 0 {
        *left_out.entry(what).or_insert(0) += more;
    }
}

/// Parts that no workbook of ours has.
fn left_out(names: &[String]) -> BTreeMap<&'static str, usize> {
    let mut left_out = BTreeMap::new();
    for name in names {
        let what = match name.as_str() {
            name if name.ends_with("vbaProject.bin") => "macros",
            name if name.starts_with("xl/charts/chart") => "charts",
            name if name.starts_with("xl/media/") => "images",
            name if name.starts_with("xl/externalLinks/external") => "external_links",
            name if name.starts_with("xl/pivotTables/pivot") => "pivot_tables",
            name if name.starts_with("xl/comments") => "comments",
            name if name.starts_with("xl/embeddings/") => "embedded_files",
            _ => continue,
        };
        *left_out.entry(what).or_insert(0) += 1;
    }
    left_out
}
