//! Charts as SVG, drawn from numbers: the same numbers are the same picture.

mod axis;
mod draw;
mod pie;
#[cfg(test)]
mod tests;

/// What sort of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
const COLORS: [&str; 8] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6d31", "#666666"];

const fn color(at: usize) -> &'static str {
    COLORS[at % COLORS.len()]
}

/// The chart as SVG.
///
/// # Errors
/// When there is nothing to draw, or it cannot be drawn so.
pub fn svg(chart: &Chart) -> Result<String, Undrawn> {
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
        Sort::Pie => pie::svg(chart),
        Sort::Bar | Sort::Line | Sort::Scatter => Ok(draw::svg(chart)),
    }
}

/// A text as XML has it.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// A number of pixels, to two digits.
pub(crate) fn pixels(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text of at most so many signs.
pub(crate) fn short(text: &str, signs: usize) -> String {
    if text.chars().count() <= signs {
        return escaped(text);
    }
    let kept: String = text.chars().take(signs.saturating_sub(1)).collect();
    escaped(&format!("{kept}…"))
}
