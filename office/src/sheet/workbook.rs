//! A workbook and its sheets.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::layout::Layout;
use super::place::{Area, Place};
use super::rule::Rule;
use super::shift::same_name;
use super::style::Style;
use super::view::Kept;

/// A workbook: sheets in order, and names for areas of them. A copy shares what it does not change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Workbook {
    /// Its sheets, in order.
    pub sheets: Vec<Arc<Sheet>>,
    /// What names mean, as formulas without `=`: `Prices!$B$2:$B$9`.
    #[serde(default)]
    pub names: Arc<BTreeMap<String, String>>,
    /// Charts and sums that stay with it, by what they are called.
    #[serde(default, skip_serializing_if = "no_views")]
    pub views: Arc<BTreeMap<String, Kept>>,
}

/// A sheet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its id, which never changes.
    pub id: String,
    /// What it is called; no two of a workbook are called the same.
    pub name: String,
    /// What its cells hold.
    #[serde(default)]
    pub cells: Grid,
    /// How areas of it look; later ones win.
    #[serde(default)]
    pub styles: Arc<Vec<(Area, Style)>>,
    /// What cells of it may hold, each rule with its id; no two of them are about one cell.
    #[serde(default, skip_serializing_if = "no_rules")]
    pub rules: Arc<Vec<(String, Rule)>>,
    /// How it is laid out.
    #[serde(default, skip_serializing_if = "is_plain")]
    pub layout: Arc<Layout>,
}

fn no_rules(rules: &Arc<Vec<(String, Rule)>>) -> bool {
    rules.is_empty()
}

fn no_views(views: &Arc<BTreeMap<String, Kept>>) -> bool {
    views.is_empty()
}

fn is_plain(layout: &Arc<Layout>) -> bool {
    layout.is_plain()
}

impl Workbook {
    /// The sheet of this id.
    #[must_use]
    pub fn sheet(&self, id: &str) -> Option<&Sheet> {
        self.position(id).map(|at| &*self.sheets[at])
    }

    /// The sheet of this name, whatever its case.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Sheet> {
        let found = self.sheets.iter().find(|sheet| same_name(&sheet.name, name));
        found.map(AsRef::as_ref)
    }

    /// Where the sheet of this id stands, from 0.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.sheets.iter().position(|sheet| sheet.id == id)
    }

    /// The sheet of this id, to be changed.
    pub fn sheet_mut(&mut self, id: &str) -> Option<&mut Sheet> {
        let at = self.position(id)?;
        Some(Arc::make_mut(&mut self.sheets[at]))
    }

    /// How many cells of all sheets hold something.
    #[must_use]
    pub fn cells(&self) -> usize {
        self.sheets.iter().map(|sheet| sheet.cells.cells()).sum()
    }

    /// Bytes of what they hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sheets.iter().map(|sheet| sheet.cells.bytes()).sum()
    }

    /// What the name means, whatever its case.
    #[must_use]
    pub fn meaning(&self, name: &str) -> Option<(&str, &str)> {
        let mut names = self.names.iter();
        let found = names.find(|(known, _)| same_name(known, name));
        found.map(|(name, means)| (name.as_str(), means.as_str()))
    }
}

impl Sheet {
    /// An empty sheet.
    #[must_use]
    pub fn new(id: impl Into<String>, name: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), ..Self::default() }
    }

    /// How a cell looks.
    #[must_use]
    pub fn style(&self, place: Place) -> Style {
        let said = self.styles.iter().filter(|(area, _)| area.contains(place));
        said.fold(Style::default(), |style, (_, later)| style.with(later))
    }
}
