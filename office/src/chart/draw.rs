//! Charts with two axes.

use std::fmt::Write as _;

use super::axis::Axis;
use super::{Chart, Series, Sort, color, escaped, pixels, short};

/// Room on the left for the numbers of the axis, in pixels.
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const BOTTOM: f64 = 44.0;
/// How many lower marks are named at most.
const NAMED_MAX: usize = 20;

/// Where things stand.
struct Plane {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    /// The axis on the left.
    up: Axis,
    /// The lower axis, where numbers stand along it.
    along: Option<Axis>,
    /// How many places the lower axis has otherwise.
    places: usize,
}

impl Plane {
    fn y(&self, value: f64) -> f64 {
        self.top + self.height * (1.0 - self.up.share(value))
    }

    /// The middle of a place.
    fn middle(&self, at: usize) -> f64 {
        self.left + self.width * (at as f64 + 0.5) / self.places.max(1) as f64
    }

    fn x(&self, series: &Series, at: usize) -> f64 {
        match &self.along {
            Some(axis) => self.left + self.width * axis.share(along(series, at)),
            None => self.middle(at),
        }
    }
}

fn along(series: &Series, at: usize) -> f64 {
    series.along.get(at).copied().unwrap_or(at as f64 + 1.0)
}

/// The beginning of a picture: its size, its ground and what stands above it.
pub(super) fn begun(chart: &Chart) -> String {
    let (width, height) = (chart.width, chart.height);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" \
         role=\"img\">\n"
    );
    let _ = writeln!(svg, "<title>{}</title>", escaped(&chart.title));
    let _ = writeln!(svg, "<rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>");
    if !chart.title.is_empty() {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-size=\"16\" fill=\"#222222\">{}\
             </text>",
            pixels(f64::from(width) / 2.0),
            short(&chart.title, width as usize / 9),
        );
    }
    svg
}

/// How much room what stands above takes.
pub(super) fn top(chart: &Chart) -> f64 {
    let named = chart.series.iter().any(|series| !series.name.is_empty());
    let title = if chart.title.is_empty() { 16.0 } else { 40.0 };
    title + if named && chart.sort != Sort::Pie { 22.0 } else { 0.0 }
}

/// The chart as SVG.
pub(super) fn svg(chart: &Chart) -> String {
    let (width, height) = (f64::from(chart.width), f64::from(chart.height));
    let values = chart.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let marks = (chart.height / 60).clamp(2, 10);
    let points = chart
        .series
        .iter()
        .flat_map(|series| (0..series.values.len()).map(move |at| along(series, at)));
    let scattered = chart.sort == Sort::Scatter;
    let places = chart.series.iter().map(|series| series.values.len()).max().unwrap_or(0);
    let plane = Plane {
        left: LEFT,
        top: top(chart),
        width: (width - LEFT - RIGHT).max(1.0),
        height: (height - top(chart) - BOTTOM).max(1.0),
        up: Axis::over(values, marks, chart.sort == Sort::Bar),
        along: scattered.then(|| Axis::over(points, (chart.width / 90).clamp(2, 12), false)),
        places: places.max(chart.categories.len()),
    };
    let mut svg = begun(chart);
    axes(&mut svg, chart, &plane);
    names(&mut svg, chart);
    for (at, series) in chart.series.iter().enumerate() {
        match chart.sort {
            Sort::Bar => bars(&mut svg, chart, &plane, series, at),
            Sort::Line => lines(&mut svg, &plane, series, at),
            Sort::Scatter | Sort::Pie => points_of(&mut svg, &plane, series, at),
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn text(svg: &mut String, x: f64, y: f64, anchor: &str, text: &str) {
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"#444444\">{text}</text>",
        pixels(x),
        pixels(y),
    );
}

fn line(svg: &mut String, from: (f64, f64), to: (f64, f64), color: &str) {
    let _ = writeln!(
        svg,
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{color}\"/>",
        pixels(from.0),
        pixels(from.1),
        pixels(to.0),
        pixels(to.1),
    );
}

fn axes(svg: &mut String, chart: &Chart, plane: &Plane) {
    let right = plane.left + plane.width;
    let bottom = plane.top + plane.height;
    for mark in plane.up.marks() {
        let y = plane.y(mark);
        line(svg, (plane.left, y), (right, y), "#dddddd");
        text(svg, plane.left - 8.0, y + 4.0, "end", &plane.up.told(mark));
    }
    if let Some(axis) = &plane.along {
        for mark in axis.marks() {
            let x = plane.left + plane.width * axis.share(mark);
            line(svg, (x, plane.top), (x, bottom), "#eeeeee");
            text(svg, x, bottom + 18.0, "middle", &axis.told(mark));
        }
    } else {
        let every = plane.places.div_ceil(NAMED_MAX).max(1);
        let room = plane.width / plane.places.div_ceil(every).max(1) as f64;
        for at in (0..plane.places).step_by(every) {
            let number = (at + 1).to_string();
            let name = chart.categories.get(at).map_or(number.as_str(), String::as_str);
            let name = short(name, ((room / 7.0) as usize).max(2));
            text(svg, plane.middle(at), bottom + 18.0, "middle", &name);
        }
    }
    line(svg, (plane.left, plane.top), (plane.left, bottom), "#444444");
    let zero = if plane.up.low < 0.0 && plane.up.high > 0.0 { plane.y(0.0) } else { bottom };
    line(svg, (plane.left, zero), (right, zero), "#444444");
}

/// What the series are called, above the picture.
fn names(svg: &mut String, chart: &Chart) {
    let y = top(chart) - 10.0;
    let mut x = LEFT;
    for (at, series) in chart.series.iter().enumerate().filter(|(_, one)| !one.name.is_empty()) {
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" fill=\"{}\"/>",
            pixels(x),
            pixels(y - 9.0),
            color(at),
        );
        let name = short(&series.name, 24);
        text(svg, x + 15.0, y, "start", &name);
        x += 35.0 + 7.0 * name.chars().count() as f64;
    }
}

fn bars(svg: &mut String, chart: &Chart, plane: &Plane, series: &Series, number: usize) {
    let slot = plane.width / plane.places.max(1) as f64;
    let width = slot * 0.8 / chart.series.len().max(1) as f64;
    let zero = plane.y(0.0);
    for (at, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            continue;
        };
        let y = plane.y(*value);
        let x = plane.left + slot * (at as f64 + 0.1) + width * number as f64;
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\"/>",
            pixels(x),
            pixels(y.min(zero)),
            pixels(width),
            pixels((y - zero).abs()),
            color(number),
        );
    }
}

/// Lines that stop at gaps.
fn lines(svg: &mut String, plane: &Plane, series: &Series, number: usize) {
    let mut path = String::new();
    let mut on = false;
    for (at, value) in series.values.iter().enumerate() {
        match value {
            Some(value) => {
                let sign = if on { 'L' } else { 'M' };
                let (x, y) = (pixels(plane.x(series, at)), pixels(plane.y(*value)));
                let _ = write!(path, "{sign}{x} {y}");
                on = true;
            }
            None => on = false,
        }
    }
    let color = color(number);
    let _ =
        writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
    points_of(svg, plane, series, number);
}

fn points_of(svg: &mut String, plane: &Plane, series: &Series, number: usize) {
    for (at, value) in series.values.iter().enumerate() {
        if let Some(value) = value {
            let _ = writeln!(
                svg,
                "<circle cx=\"{}\" cy=\"{}\" r=\"3\" fill=\"{}\"/>",
                pixels(plane.x(series, at)),
                pixels(plane.y(*value)),
                color(number),
            );
        }
    }
}
