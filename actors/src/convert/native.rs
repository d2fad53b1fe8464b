//! The `.myotab` file: what comes in is what went out.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::kinds::myocyte::artifact::{self, Artifact, Body, FORMAT_VERSION};
use contracts::kinds::myocyte::{LoadedStyle, Scalar};
use contracts::{Refusal, Revision};
use office::sheet::{Area, Content, Grid, Place, Sheet, Style, Workbook};
use serde_json::json;

use super::source::Source;
use super::{Made, fault};
use crate::kinds::myocyte::State;
use crate::kinds::myocyte::areas::said;
use crate::kinds::myocyte::file::plain;
use crate::kinds::myocyte::{lasting, layout, rules};

/// The workbook in a file, and what it is called.
///
/// # Errors
/// `file_damaged` when it is no such file, or another than was written.
pub fn read(source: &Source) -> Result<(Workbook, Option<String>), Refusal> {
    let artifact = contracts::read::from_slice::<Artifact>(&source.bytes);
    let artifact = artifact.map_err(|error| fault::damaged(&error.to_string()))?;
    if artifact.format != FORMAT_VERSION {
        let version = artifact.format;
        return Err(fault::damaged(&format!("version {version} of the format is not known")));
    }
    let whole = artifact.is_whole().map_err(|error| fault::damaged(&error.to_string()))?;
    if !whole {
        return Err(fault::damaged("its content has another hash than it says"));
    }
    let mut book = Workbook { names: Arc::new(artifact.body.names), ..Workbook::default() };
    for (number, sheet) in (1..).zip(artifact.body.sheets) {
        let id = format!("s{number}");
        let cells = cells(&sheet.cells)?;
        let styles = sheet.styles.iter().map(style).collect::<Result<Vec<_>, _>>()?;
        let rules = sheet.rules.iter().zip(1..).map(|(rule, number)| {
            let kept = rules::kept(rule).ok_or_else(|| fault::damaged("a rule is none"))?;
            Ok((format!("r{number}"), kept))
        });
        let rules = Arc::new(rules.collect::<Result<Vec<_>, Refusal>>()?);
        let styles = Arc::new(styles);
        let name = sheet.name;
        let mut read = Sheet { id, name, cells, styles, rules, ..Sheet::default() };
        layout::apply(&mut read, &sheet.layout);
        book.sheets.push(Arc::new(read));
    }
    for (name, kept) in &artifact.body.views {
        let kept = lasting::kept(kept).ok_or_else(|| fault::damaged("a view is none"))?;
        Arc::make_mut(&mut book.views).insert(name.clone(), kept);
    }
    Ok((book, artifact.meta.title))
}

fn cells(said: &BTreeMap<String, Scalar>) -> Result<Grid, Refusal> {
    let mut grid = Grid::default();
    for (place, scalar) in said {
        let at = place.parse::<Place>().map_err(|error| fault::damaged(&error.to_string()))?;
        let content = Content::read(&scalar.0);
        let odd = |_| fault::damaged(&format!("{place} holds what no cell can"));
        grid.set(at, content.map_err(odd)?);
    }
    Ok(grid)
}

fn style(of: &LoadedStyle) -> Result<(Area, Style), Refusal> {
    let area = of.area.parse().map_err(|_| fault::damaged("an area is none"))?;
    let style = contracts::read::from_value(json!(of.style));
    Ok((area, style.map_err(|error| fault::damaged(&error.to_string()))?))
}

/// The file of a workbook.
///
/// # Errors
/// `internal` when a cell holds what JSON cannot carry.
pub fn write(state: &State, revision: Revision) -> Result<Made, Refusal> {
    let sheet = |sheet: &Arc<Sheet>| artifact::Sheet {
        name: sheet.name.clone(),
        cells: sheet
            .cells
            .iter()
            .map(|(place, content)| (place.to_string(), Scalar(content.to_json())))
            .collect(),
        styles: sheet
            .styles
            .iter()
            .map(|(area, style)| LoadedStyle { area: area.to_string(), style: said(style) })
            .collect(),
        layout: layout::said(&sheet.layout),
        rules: sheet.rules.iter().filter_map(|(_, rule)| rules::said(rule)).collect(),
    };
    let sheets = state.book.sheets.iter().map(sheet).collect();
    let views = state.book.views.iter();
    let views = views.filter_map(|(name, kept)| Some((name.clone(), lasting::said(kept)?)));
    let body = Body { sheets, names: (*state.book.names).clone(), views: views.collect() };
    let artifact = Artifact::new(state.title.clone(), revision, body);
    let artifact = artifact.map_err(|error| Refusal::internal(error.to_string()))?;
    let bytes = serde_json::to_vec(&artifact);
    let bytes = bytes.map_err(|error| Refusal::internal(error.to_string()))?;
    let named = plain(state.title.as_deref().unwrap_or("workbook"));
    Ok(Made { bytes, filename: format!("{named}.myotab"), losses: Vec::new() })
}
