//! How a sheet is laid out: how wide and high its lines are, what stays in view, which cells are
//! one, and which area is filtered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::edit::Axis;
use super::lines;
use super::place::{Area, COLUMNS_MAX, ROWS_MAX};
use super::reference::Reference;

/// How many cells of a sheet may be parts of merged ones: a file holds each of them.
pub const MERGED_CELLS_MAX: u64 = 200_000;

/// How a sheet is laid out.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Layout {
    /// How wide columns are, in letters; 0 = hidden. The others are as wide as what they show.
    #[serde(default, skip_serializing_if = "Sizes::is_empty")]
    pub columns: Sizes,
    /// How high rows are, in points; 0 = hidden.
    #[serde(default, skip_serializing_if = "Sizes::is_empty")]
    pub rows: Sizes,
    /// How many rows at the top and columns at the left stay in view.
    #[serde(default)]
    pub frozen: (u32, u32),
    /// Areas whose cells are one, which shows what the first holds. No two have a cell in common.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<Area>,
    /// The table whose rows people may filter by its header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Area>,
}

/// The sizes of some rows or columns, which count from 1.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(u32, u32, f64)>", into = "Vec<(u32, u32, f64)>")]
pub struct Sizes(BTreeMap<u32, f64>);

impl Sizes {
    /// Whether no line has one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many lines have one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The size of each line that has one.
    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> {
        self.0.iter().map(|(line, size)| (*line, *size))
    }

    /// Lines from the first to the last have this size; none = none of their own.
    pub fn set(&mut self, first: u32, last: u32, size: Option<f64>) {
        match size {
            Some(size) => self.0.extend((first..=last).map(|line| (line, size))),
            None => self.0.retain(|line, _| !(first..=last).contains(line)),
        }
    }

    /// Lines beside each other of one size: the first, the last and the size.
    #[must_use]
    pub fn runs(&self) -> Vec<(u32, u32, f64)> {
        let mut runs: Vec<(u32, u32, f64)> = Vec::new();
        for (line, size) in self.iter() {
            match runs.last_mut() {
                Some((_, last, of)) if *last + 1 == line && *of == size => *last = line,
                _ => runs.push((line, line, size)),
            }
        }
        runs
    }

    fn moved(&self, place: impl Fn(u32) -> Option<u32>) -> Self {
        Self(self.iter().filter_map(|(line, size)| Some((place(line)?, size))).collect())
    }
}

impl From<Sizes> for Vec<(u32, u32, f64)> {
    fn from(sizes: Sizes) -> Self {
        sizes.runs()
    }
}

impl From<Vec<(u32, u32, f64)>> for Sizes {
    fn from(runs: Vec<(u32, u32, f64)>) -> Self {
        let mut sizes = Self::default();
        for (first, last, size) in runs {
            sizes.set(first, last.min(ROWS_MAX.max(COLUMNS_MAX)), Some(size));
        }
        sizes
    }
}

impl Layout {
    /// Whether nothing of it was said.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `more` cells, too, may be parts of merged ones.
    #[must_use]
    pub fn may_merge(&self, more: u64) -> bool {
        let merged: u64 = self.merged.iter().map(|area| area.cells()).sum();
        merged.saturating_add(more) <= MERGED_CELLS_MAX
    }

    /// What of it files without a layout do not hold, by a word for it, and how often: lines of one
    /// size beside each other are one.
    #[must_use]
    pub fn said(&self) -> [(&'static str, u64); 5] {
        [
            ("column_widths", self.columns.runs().len() as u64),
            ("filters", u64::from(self.filter.is_some())),
            ("frozen_panes", u64::from(self.frozen != (0, 0))),
            ("merged_cells", self.merged.len() as u64),
            ("row_heights", self.rows.runs().len() as u64),
        ]
    }

    /// The layout when rows or columns came or went.
    pub(super) fn moved(
        &self,
        axis: Axis,
        place: &impl Fn(u32) -> Option<u32>,
        reference: &impl Fn(&Reference) -> Option<Reference>,
    ) -> Self {
        let area = |old: &Area| lines::area(*old, reference);
        let (columns, rows) = match axis {
            Axis::Rows => (self.columns.clone(), self.rows.moved(place)),
            Axis::Columns => (self.columns.moved(place), self.rows.clone()),
        };
        let merged = self.merged.iter().filter_map(area).filter(|area| area.cells() > 1);
        let (merged, filter) = (merged.collect(), self.filter.as_ref().and_then(area));
        Self { columns, rows, merged, filter, ..self.clone() }
    }
}
