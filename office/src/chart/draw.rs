//! Charts with two axes.

use super::axis::Axis;
use super::{Chart, GROUND, INK, LETTERS, MUTED, Series, Sort, TITLE_LETTERS, short};
use crate::draw::{Anchor, At, Color, Mark, Step};

/// The colour of the lines across.
const GRID: Color = [0xdd, 0xdd, 0xdd];
/// The colour of the lines upward.
const GRID_ALONG: Color = [0xee, 0xee, 0xee];
/// How wide and high the mark beside a name is, in pixels.
pub(super) const NAME_MARK: At = (10.0, 10.0);

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

/// The beginning of a picture: its ground and what stands above it.
pub(super) fn begun(chart: &Chart) -> Vec<Mark> {
    let (width, height) = (f64::from(chart.width), f64::from(chart.height));
    let mut marks = vec![Mark::Box((0.0, 0.0), (width, height), 0.0, Some(GROUND), None)];
    if !chart.title.is_empty() {
        let title = short(&chart.title, chart.width as usize / 9);
        let at = (width / 2.0, 24.0);
        marks.push(Mark::Text(at, Anchor::Middle, TITLE_LETTERS, INK, title));
    }
    marks
}

/// How much room what stands above takes.
pub(super) fn top(chart: &Chart) -> f64 {
    let named = chart.series.iter().any(|series| !series.name.is_empty());
    let title = if chart.title.is_empty() { 16.0 } else { 40.0 };
    title + if named && chart.sort != Sort::Pie { 22.0 } else { 0.0 }
}

/// The chart as marks.
pub(super) fn marks(chart: &Chart) -> Vec<Mark> {
    let (width, height) = (f64::from(chart.width), f64::from(chart.height));
    let values = chart.series.iter().flat_map(|series| series.values.iter().flatten().copied());
    let steps = (chart.height / 60).clamp(2, 10);
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
        up: Axis::over(values, steps, chart.sort == Sort::Bar),
        along: scattered.then(|| Axis::over(points, (chart.width / 90).clamp(2, 12), false)),
        places: places.max(chart.categories.len()),
    };
    let mut marks = begun(chart);
    axes(&mut marks, chart, &plane);
    names(&mut marks, chart);
    for (at, series) in chart.series.iter().enumerate() {
        match chart.sort {
            Sort::Bar => bars(&mut marks, chart, &plane, series, at),
            Sort::Line => lines(&mut marks, &plane, series, chart.color(at)),
            Sort::Scatter | Sort::Pie => points_of(&mut marks, &plane, series, chart.color(at)),
        }
    }
    marks
}

fn text(marks: &mut Vec<Mark>, x: f64, y: f64, anchor: Anchor, text: String) {
    marks.push(Mark::Text((x, y), anchor, LETTERS, MUTED, text));
}

fn line(marks: &mut Vec<Mark>, from: At, to: At, color: Color) {
    marks.push(Mark::Line(from, to, color, 1.0));
}

fn axes(marks: &mut Vec<Mark>, chart: &Chart, plane: &Plane) {
    let right = plane.left + plane.width;
    let bottom = plane.top + plane.height;
    for mark in plane.up.marks() {
        let y = plane.y(mark);
        line(marks, (plane.left, y), (right, y), GRID);
        text(marks, plane.left - 8.0, y + 4.0, Anchor::End, plane.up.told(mark));
    }
    if let Some(axis) = &plane.along {
        for mark in axis.marks() {
            let x = plane.left + plane.width * axis.share(mark);
            line(marks, (x, plane.top), (x, bottom), GRID_ALONG);
            text(marks, x, bottom + 18.0, Anchor::Middle, axis.told(mark));
        }
    } else {
        let every = plane.places.div_ceil(NAMED_MAX).max(1);
        let room = plane.width / plane.places.div_ceil(every).max(1) as f64;
        for at in (0..plane.places).step_by(every) {
            let number = (at + 1).to_string();
            let name = chart.categories.get(at).map_or(number.as_str(), String::as_str);
            let name = short(name, ((room / 7.0) as usize).max(2));
            text(marks, plane.middle(at), bottom + 18.0, Anchor::Middle, name);
        }
    }
    line(marks, (plane.left, plane.top), (plane.left, bottom), MUTED);
    let zero = if plane.up.low < 0.0 && plane.up.high > 0.0 { plane.y(0.0) } else { bottom };
    line(marks, (plane.left, zero), (right, zero), MUTED);
}

/// What the series are called, above the picture.
fn names(marks: &mut Vec<Mark>, chart: &Chart) {
    let y = top(chart) - 10.0;
    let mut x = LEFT;
    for (at, series) in chart.series.iter().enumerate().filter(|(_, one)| !one.name.is_empty()) {
        marks.push(Mark::Box((x, y - 9.0), NAME_MARK, 0.0, Some(chart.color(at)), None));
        let name = short(&series.name, 24);
        let wide = 7.0 * name.chars().count() as f64;
        text(marks, x + 15.0, y, Anchor::Start, name);
        x += 35.0 + wide;
    }
}

fn bars(marks: &mut Vec<Mark>, chart: &Chart, plane: &Plane, series: &Series, number: usize) {
    let slot = plane.width / plane.places.max(1) as f64;
    let width = slot * 0.8 / chart.series.len().max(1) as f64;
    let (zero, color) = (plane.y(0.0), chart.color(number));
    for (at, value) in series.values.iter().enumerate() {
        let Some(value) = value else {
            continue;
        };
        let y = plane.y(*value);
        let x = plane.left + slot * (at as f64 + 0.1) + width * number as f64;
        let size = (width, (y - zero).abs());
        marks.push(Mark::Box((x, y.min(zero)), size, 0.0, Some(color), None));
    }
}

/// Lines that stop at gaps.
fn lines(marks: &mut Vec<Mark>, plane: &Plane, series: &Series, color: Color) {
    let mut path = Vec::new();
    let mut on = false;
    for (at, value) in series.values.iter().enumerate() {
        match value {
            Some(value) => {
                let there = (plane.x(series, at), plane.y(*value));
                path.push(if on { Step::Line(there) } else { Step::Move(there) });
                on = true;
            }
            None => on = false,
        }
    }
    marks.push(Mark::Path(path, None, Some((color, 2.0))));
    points_of(marks, plane, series, color);
}

fn points_of(marks: &mut Vec<Mark>, plane: &Plane, series: &Series, color: Color) {
    for (at, value) in series.values.iter().enumerate() {
        if let Some(value) = value {
            let there = (plane.x(series, at), plane.y(*value));
            marks.push(Mark::Dot(there, 3.0, color));
        }
    }
}
