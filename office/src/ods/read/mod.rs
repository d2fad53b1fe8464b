//! An `.ods` file as a workbook, with what of it was left out.

mod format;
mod names;
mod rows;
mod sheet;
mod styles;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Opened;
use crate::package::{Bounds, Hostile, Package};
use crate::sheet::Workbook;

/// How many areas of a sheet may look different.
const STYLES_MAX: usize = 900;
/// The part that has the sheets.
const CONTENT: &str = "content.xml";

/// What is left out, by a word for it, and how often.
type LeftOut = BTreeMap<&'static str, usize>;

/// Reads a workbook of at most `cells_max` cells.
///
/// # Errors
/// When the file is broken, encrypted, or larger than its bounds.
pub fn read(bytes: &[u8], bounds: Bounds, cells_max: usize) -> Result<Opened, Hostile> {
    let mut package = Package::open(bytes, bounds)?;
    if let Some(manifest) = package.part("META-INF/manifest.xml")?
        && manifest.contains("encryption-data")
    {
        return Err(Hostile::Broken("it is encrypted".to_owned()));
    }
    let mut left_out = left_out(&package.names());
    let mut styles = styles::Styles::default();
    if let Some(text) = package.part("styles.xml")? {
        styles.read(&text, bounds.depth_max)?;
    }
    let text = package.needed(CONTENT)?;
    styles.read(&text, bounds.depth_max)?;
    let read = sheet::read(&text, bounds.depth_max, cells_max, &styles, &mut left_out)?;
    if read.sheets.is_empty() {
        return Err(Hostile::Broken("it has no sheet".to_owned()));
    }
    let mut book = Workbook { names: Arc::new(read.names), ..Workbook::default() };
    for mut sheet in read.sheets {
        if sheet.styles.len() > STYLES_MAX {
            *left_out.entry("formats").or_insert(0) += sheet.styles.len() - STYLES_MAX;
            Arc::make_mut(&mut sheet.styles).truncate(STYLES_MAX);
        }
        book.sheets.push(Arc::new(sheet));
    }
    Ok(Opened { book, left_out })
}

/// Whether the package in `bytes` is laid out as files of OpenDocument are.
#[must_use]
pub fn is_one(bytes: &[u8], bounds: Bounds) -> bool {
    Package::open(bytes, bounds).is_ok_and(|package| {
        package.names().iter().any(|name| matches!(name.as_str(), CONTENT | "mimetype"))
    })
}

/// Parts that no workbook of ours has.
fn left_out(names: &[String]) -> LeftOut {
    let mut left_out = LeftOut::new();
    for name in names {
        let what = match name.as_str() {
            name if name.starts_with("Basic/") && !name.ends_with("-lc.xml") => "macros",
            name if name.starts_with("Scripts/") && !name.ends_with('/') => "macros",
            _ => continue,
        };
        *left_out.entry(what).or_insert(0) += 1;
    }
    left_out
}
