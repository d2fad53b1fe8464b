//! A plan as a Gantt chart in SVG: the same plan is the same picture.

use std::fmt::Write as _;

use chrono::{Days, NaiveDate};

use super::calendar::DAY;
use crate::chart::short;
use crate::draw::{escaped, length as pixels};

/// A task in the picture. Times are minutes since 1970-01-01, local.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// What it is called.
    pub name: String,
    /// When it begins.
    pub start: i64,
    /// When it ends; a milestone when that is when it begins.
    pub finish: i64,
    /// Whether it may not be late.
    pub critical: bool,
    /// How much of it is done, in hundredths.
    pub percent: i64,
    /// Who does it.
    pub who: String,
    /// The places of those that it waits for.
    pub after: Vec<usize>,
}

const LEFT: f64 = 210.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 62.0;
const ROW: f64 = 26.0;
const BOTTOM: f64 = 16.0;
/// Days that are named at most.
const NAMED_MAX: i64 = 14;
/// Links that are drawn at most: more of them hide the bars.
const LINKS_MAX: usize = 2_000;

struct Plane {
    from: i64,
    to: i64,
    width: f64,
}

impl Plane {
    fn x(&self, minute: i64) -> f64 {
        let share = (minute - self.from) as f64 / (self.to - self.from).max(1) as f64;
        LEFT + share * (self.width - LEFT - RIGHT)
    }
}

fn middle(row: usize) -> f64 {
    TOP + ROW * (row as f64 + 0.5)
}

/// The picture, so many pixels wide; `now` is drawn as a line when it lies within.
#[must_use]
pub fn svg(title: &str, bars: &[Bar], now: Option<i64>, width: u32) -> String {
    let from = bars.iter().map(|bar| bar.start).min().unwrap_or(0).div_euclid(DAY) * DAY;
    let last = bars.iter().map(|bar| bar.finish).max().unwrap_or(from);
    let to = (last.div_euclid(DAY) + 1) * DAY;
    let plane = Plane { from, to, width: f64::from(width) };
    let height = TOP + ROW * bars.len() as f64 + BOTTOM;
    let (w, h) = (pixels(plane.width), pixels(height));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" \
         height=\"{h}\" font-family=\"sans-serif\" font-size=\"12\" role=\"img\">\n<title>{}\
         </title>\n<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n",
        escaped(title)
    );
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"24\" text-anchor=\"middle\" font-size=\"16\" fill=\"#222222\">{}</text>",
        pixels(plane.width / 2.0),
        escaped(&short(title, width as usize / 9)),
    );
    days(&mut svg, &plane, height);
    let mut room = LINKS_MAX;
    for (row, bar) in bars.iter().enumerate() {
        links(&mut svg, &plane, bars, row, &mut room);
        draw(&mut svg, &plane, bar, row);
    }
    if let Some(now) = now.filter(|now| (plane.from..plane.to).contains(now)) {
        let x = pixels(plane.x(now));
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\" stroke=\"#009e73\" \
             stroke-width=\"2\" stroke-dasharray=\"4 3\"/>",
            pixels(TOP - 6.0),
            pixels(height - BOTTOM),
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn days(svg: &mut String, plane: &Plane, height: f64) {
    let days = (plane.to - plane.from) / DAY;
    let every = (days + NAMED_MAX - 1) / NAMED_MAX;
    let steps = [1, 2, 7, 14, 28, 91, 182, 364];
    let every = steps.into_iter().find(|step| *step >= every).unwrap_or(every).max(1);
    let mut day = plane.from;
    while day < plane.to {
        let x = pixels(plane.x(day));
        let _ = writeln!(
            svg,
            "<line x1=\"{x}\" y1=\"{}\" x2=\"{x}\" y2=\"{}\" stroke=\"#e4e4e4\"/>",
            pixels(TOP - 6.0),
            pixels(height - BOTTOM),
        );
        let _ = writeln!(
            svg,
            "<text x=\"{x}\" y=\"{}\" fill=\"#666666\" font-size=\"11\">{}</text>",
            pixels(TOP - 12.0),
            date(day),
        );
        day += every * DAY;
    }
}

/// The date of a minute.
fn date(minute: i64) -> String {
    let days = u64::try_from(minute.div_euclid(DAY)).ok();
    let date = days.and_then(|days| NaiveDate::default().checked_add_days(Days::new(days)));
    date.map(|date| date.format("%m-%d").to_string()).unwrap_or_default()
}

/// From what a task waits for to the task, as far as there is room.
fn links(svg: &mut String, plane: &Plane, bars: &[Bar], row: usize, room: &mut usize) {
    for from in bars[row].after.iter().filter(|from| **from < bars.len()).take(*room) {
        *room -= 1;
        let (x1, y1) = (plane.x(bars[*from].finish), middle(*from));
        let (x2, y2) = (plane.x(bars[row].start), middle(row));
        let bend = x1 + 5.0;
        let path = if x2 >= bend {
            format!("M{} {}H{}V{}H{}", pixels(x1), pixels(y1), pixels(bend), pixels(y2), pixels(x2))
        } else {
            format!("M{} {}L{} {}", pixels(x1), pixels(y1), pixels(x2), pixels(y2))
        };
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"none\" stroke=\"#aaaaaa\"/>");
    }
}

fn draw(svg: &mut String, plane: &Plane, bar: &Bar, row: usize) {
    let y = middle(row);
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" fill=\"#222222\">{}</text>",
        pixels(LEFT - 10.0),
        pixels(y + 4.0),
        escaped(&short(&bar.name, 28)),
    );
    let color = if bar.critical { "#d55e00" } else { "#0072b2" };
    let (x, end) = (plane.x(bar.start), plane.x(bar.finish));
    if bar.start == bar.finish {
        let (left, right) = (pixels(x - 6.0), pixels(x + 6.0));
        let (x, y) = (pixels(x), pixels(y));
        let (top, bottom) = (pixels(middle(row) - 7.0), pixels(middle(row) + 7.0));
        let _ = writeln!(
            svg,
            "<path d=\"M{x} {top}L{right} {y}L{x} {bottom}L{left} {y}Z\" fill=\"{color}\"/>"
        );
    } else {
        let wide = (end - x).max(2.0);
        let done = wide * bar.percent.clamp(0, 100) as f64 / 100.0;
        for (width, opacity) in [(wide, "0.45"), (done, "1")] {
            let _ = writeln!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"14\" rx=\"2\" fill=\"{color}\" \
                 fill-opacity=\"{opacity}\"/>",
                pixels(x),
                pixels(y - 7.0),
                pixels(width),
            );
        }
    }
    if !bar.who.is_empty() {
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{}\" fill=\"#666666\" font-size=\"11\">{}</text>",
            pixels(end.max(x) + 9.0),
            pixels(y + 4.0),
            escaped(&short(&bar.who, 16)),
        );
    }
}
