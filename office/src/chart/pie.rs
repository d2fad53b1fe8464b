//! Parts of a whole.

use std::f64::consts::TAU;

use super::draw::{self, NAME_MARK};
use super::{Chart, GROUND, LETTERS, MUTED, Undrawn, short};
use crate::draw::{Anchor, Color, Mark, Step};

/// The pie as marks: the first part begins at the top, the others follow as a clock goes.
pub(super) fn marks(chart: &Chart) -> Result<Vec<Mark>, Undrawn> {
    let first = chart.series.first().map(|series| series.values.as_slice()).unwrap_or_default();
    let values: Vec<f64> = first.iter().map(|value| value.unwrap_or(0.0)).collect();
    if values.iter().any(|value| *value < 0.0) {
        return Err(Undrawn::Negative);
    }
    let whole: f64 = values.iter().sum();
    if whole <= 0.0 {
        return Err(Undrawn::Empty);
    }
    let (width, height) = (f64::from(chart.width), f64::from(chart.height));
    let top = draw::top(chart);
    let radius = ((height - top - 16.0) / 2.0).min(width / 3.0).max(1.0);
    let (x, y) = (radius + 24.0, top + radius);
    let mut marks = draw::begun(chart);
    let mut from = 0.0;
    for (at, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let to = from + value / whole;
        part(&mut marks, (x, y, radius), (from, to), chart.color(at));
        from = to;
    }
    for (at, value) in values.iter().enumerate() {
        let number = (at + 1).to_string();
        let name = chart.categories.get(at).map_or(number.as_str(), String::as_str);
        let below = top + 14.0 + 20.0 * at as f64;
        if below > height - 8.0 {
            break;
        }
        let left = x + radius + 32.0;
        let name = format!("{} ({:.1}%)", short(name, 28), value / whole * 100.0);
        marks.push(Mark::Box((left, below - 9.0), NAME_MARK, 0.0, Some(chart.color(at)), None));
        marks.push(Mark::Text((left + 15.0, below), Anchor::Start, LETTERS, MUTED, name));
    }
    Ok(marks)
}

fn part(
    marks: &mut Vec<Mark>,
    (x, y, radius): (f64, f64, f64),
    (from, to): (f64, f64),
    color: Color,
) {
    // An arc from a point to itself is none.
    if to - from > 0.999_999 {
        return marks.push(Mark::Dot((x, y), radius, color));
    }
    let edge = |share: f64| {
        let (sin, cos) = (share * TAU).sin_cos();
        (x + radius * sin, y - radius * cos)
    };
    let arc = Step::Arc(radius, to - from > 0.5, edge(to));
    let path = vec![Step::Move((x, y)), Step::Line(edge(from)), arc, Step::Close];
    marks.push(Mark::Path(path, Some(color), Some((GROUND, 1.0))));
}
