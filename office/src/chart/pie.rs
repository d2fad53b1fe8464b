//! Parts of a whole.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use super::{Chart, Undrawn, color, draw, pixels, short};

/// The pie as SVG: the first part begins at the top, the others follow as a clock goes.
pub(super) fn svg(chart: &Chart) -> Result<String, Undrawn> {
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
    let mut svg = draw::begun(chart);
    let mut from = 0.0;
    for (at, value) in values.iter().enumerate().filter(|(_, value)| **value > 0.0) {
        let to = from + value / whole;
        part(&mut svg, (x, y, radius), (from, to), color(at));
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
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{}\"/>\n<text x=\"{}\" \
             y=\"{}\" fill=\"#444444\">{} ({:.1}%)</text>",
            pixels(left),
            pixels(below - 9.0),
            color(at),
            pixels(left + 15.0),
            pixels(below),
            short(name, 28),
            value / whole * 100.0,
        );
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

fn part(svg: &mut String, (x, y, radius): (f64, f64, f64), (from, to): (f64, f64), color: &str) {
    // An arc from a point to itself is none.
    if to - from > 0.999_999 {
        let (x, y, radius) = (pixels(x), pixels(y), pixels(radius));
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{color}\"/>");
        return;
    }
    let edge = |share: f64| {
        let (sin, cos) = (share * TAU).sin_cos();
        format!("{} {}", pixels(x + radius * sin), pixels(y - radius * cos))
    };
    let large = u8::from(to - from > 0.5);
    let _ = writeln!(
        svg,
        "<path d=\"M{} {}L{}A{r} {r} 0 {large} 1 {}Z\" fill=\"{color}\" stroke=\"#ffffff\"/>",
        pixels(x),
        pixels(y),
        edge(from),
        edge(to),
        r = pixels(radius),
    );
}
