//! Charts drawn from numbers, as SVG and as marks: the same numbers are the same picture.

mod axis;
mod draw;
mod pie;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::draw::{self as ink, Color, Mark, escaped};

/// What sort of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// Bars beside each other.
    Bar,
    /// Points joined by lines.
    Line,
    /// Points at both of their numbers.
    Scatter,
    /// Parts of a whole.
    Pie,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What sort.
    pub sort: Sort,
    /// What stands above it; nothing when empty.
    pub title: String,
    /// What the places along the lower axis, or the parts of a pie, are called.
    pub categories: Vec<String>,
    /// Its series; a pie shows the first.
    pub series: Vec<Series>,
    /// The colours of its series or parts, in turn; those of the program when empty.
    pub colors: Vec<Color>,
    /// How wide it is, in pixels.
    pub width: u32,
    /// How high it is, in pixels.
    pub height: u32,
}

/// A row of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is called; nothing when empty.
    pub name: String,
    /// Where its points stand along the lower axis, for a scatter; 1, 2 … where it is shorter.
    pub along: Vec<f64>,
    /// Its numbers; none where there is a gap.
    pub values: Vec<Option<f64>>,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    /// There is no number.
    #[error("there is no number to draw")]
    Empty,
    /// A part of a whole is below zero.
    #[error("a pie has no parts below zero")]
    Negative,
    /// A number is too large to be drawn.
    #[error("a number is too large to be drawn")]
    TooLarge,
}

/// The largest number that is drawn.
const SIZE_MAX: f64 = 1e100;

/// Colours that also those tell apart who see few.
const COLORS: [Color; 8] = [
    [0x00, 0x72, 0xb2],
    [0xe6, 0x9f, 0x00],
    [0x00, 0x9e, 0x73],
    [0xcc, 0x79, 0xa7],
    [0x56, 0xb4, 0xe9],
    [0xd5, 0x5e, 0x00],
    [0x8c, 0x6d, 0x31],
    [0x66, 0x66, 0x66],
];
/// The colour of what stands above a chart.
const INK: Color = [0x22, 0x22, 0x22];
/// The colour of names, numbers and axes.
const MUTED: Color = [0x44, 0x44, 0x44];
/// The ground of a chart, and what is between the parts of a pie.
const GROUND: Color = [0xff, 0xff, 0xff];
/// How large most letters are, in pixels.
const LETTERS: f64 = 12.0;
/// How large the letters of the title are, in pixels.
const TITLE_LETTERS: f64 = 16.0;

impl Chart {
    /// The colour of a series, or of a part of a pie.
    fn color(&self, at: usize) -> Color {
        let colors = if self.colors.is_empty() { &COLORS[..] } else { &self.colors };
        colors[at % colors.len()]
    }
}

/// The chart as SVG.
///
/// # Errors
/// When there is nothing to draw, or it cannot be drawn so.
pub fn svg(chart: &Chart) -> Result<String, Undrawn> {
    let marks = marks(chart)?;
    let (width, height) = (chart.width, chart.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" \
         role=\"img\">\n"
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(&chart.title));
    ink::marks(&mut svg, &marks);
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The chart as what it is drawn with, in pixels.
///
/// # Errors
/// When there is nothing to draw, or it cannot be drawn so.
pub fn marks(chart: &Chart) -> Result<Vec<Mark>, Undrawn> {
    let numbers = || {
        let along = chart.series.iter().flat_map(|series| series.along.iter().copied());
        along.chain(chart.series.iter().flat_map(|series| series.values.iter().flatten().copied()))
    };
    if chart.series.iter().all(|series| series.values.iter().flatten().next().is_none()) {
        return Err(Undrawn::Empty);
    }
    // Also refuses what is no number.
    if !numbers().all(|number| number.abs() <= SIZE_MAX) {
        return Err(Undrawn::TooLarge);
    }
    match chart.sort {
        Sort::Pie => pie::marks(chart),
        Sort::Bar | Sort::Line | Sort::Scatter => Ok(draw::marks(chart)),
    }
}

/// A text of at most so many signs.
pub(crate) fn short(text: &str, signs: usize) -> String {
    if text.chars().count() <= signs {
        return text.to_owned();
    }
    let kept: String = text.chars().take(signs.saturating_sub(1)).collect();
    format!("{kept}…")
}
