//! What is shown of a workbook and stays with it: charts and sums, made again from the cells
//! whenever somebody looks.

use serde::{Deserialize, Serialize};

use super::reference::Reference;
use super::shift::rewrite;
use crate::chart::Sort;
use crate::pivot::By;

/// What stays with a workbook under a name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What is shown.
    pub view: View,
    /// Where a chart stands in files, such as `Costs!$D$2`; beside what its sheet holds when left
    /// out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// What is shown of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Numbers that are drawn.
    Chart(ChartOf),
    /// Rows that are summed up.
    Pivot(PivotOf),
}

/// A chart by the cells that it shows, each with its sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChartOf {
    /// What sort.
    pub r#type: Sort,
    /// What stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The cells that name the places along the lower axis, or the parts of a pie.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub categories: Option<String>,
    /// Its series.
    pub series: Vec<SeriesOf>,
    /// How wide it is, in pixels.
    pub width: u32,
    /// How high it is, in pixels.
    pub height: u32,
}

/// A row of numbers of a chart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesOf {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The cells of its numbers.
    pub values: String,
    /// The cells of where its points stand along the lower axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub along: Option<String>,
}

/// Rows that are summed up, by the cells that they stand in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PivotOf {
    /// The table, with its sheet.
    pub source: String,
    /// By which columns rows are brought together.
    pub rows: Vec<String>,
    /// The column whose values become columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<String>,
    /// What is summed up.
    pub values: Vec<SumOf>,
}

/// A column that is summed up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SumOf {
    /// Which.
    pub field: String,
    /// How.
    pub by: By,
}

impl Kept {
    /// Each reference as `change` wants it; `None` there = `#REF!`. Whether there is another.
    pub fn refer(&mut self, change: impl Fn(&Reference) -> Option<Reference>) -> bool {
        let mut texts: Vec<&mut String> = self.at.iter_mut().collect();
        match &mut self.view {
            View::Pivot(pivot) => texts.push(&mut pivot.source),
            View::Chart(chart) => {
                texts.extend(&mut chart.categories);
                for series in &mut chart.series {
                    texts.push(&mut series.values);
                    texts.extend(&mut series.along);
                }
            }
        }
        let mut changed = false;
        for text in texts {
            if let Some(now) = rewrite(text, &change) {
                changed = true;
                *text = now;
            }
        }
        changed
    }
}
