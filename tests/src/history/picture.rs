//! A history as a picture: a row for each client, a bar for each errand, a band for each fault.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Asked, History, Op, Told};

/// The width of the time axis, in points.
const WIDTH: f64 = 1_600.0;
/// The height of a row, in points.
const ROW: f64 = 9.0;
/// What stands left of the axis, in points.
const MARGIN: f64 = 120.0;
/// Room for the names of faults, in points.
const HEAD: f64 = 90.0;
/// The thinnest bar, in points.
const THIN: f64 = 0.6;

/// An SVG of the history: green = done, blue = read, grey = refused, red = nobody answered.
#[must_use]
pub fn picture(history: &History) -> String {
    let ends = history.ops.iter().map(|op| op.ended_us);
    let end = ends.chain(history.faults.iter().map(|it| it.ended_us)).max().unwrap_or(1).max(1);
    let x = |us: u64| MARGIN + WIDTH * share(us, end);
    let mut rows: BTreeMap<(&str, u32), Vec<&Op>> = BTreeMap::new();
    for op in &history.ops {
        rows.entry((&op.actor, op.client)).or_default().push(op);
    }
    let height = HEAD + ROW * count(rows.len()) + 30.0;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{height}\" \
         font-family=\"sans-serif\" font-size=\"8\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"white\"/>\n",
        MARGIN + WIDTH + 20.0
    );
    for (number, fault) in history.faults.iter().enumerate() {
        let (from, until) = (x(fault.begun_us), x(fault.ended_us));
        let at = 10.0 + 10.0 * count(number % 8);
        let _ = writeln!(
            text,
            "<rect x=\"{from:.1}\" y=\"{at:.0}\" width=\"{:.1}\" height=\"{:.0}\" fill=\"#fc9\" \
             opacity=\"0.35\"/>\n<text x=\"{from:.1}\" y=\"{:.0}\">{}</text>",
            (until - from).max(THIN),
            height - at - 20.0,
            at + 8.0,
            escaped(&fault.what)
        );
    }
    for (number, ((actor, client), ops)) in rows.iter().enumerate() {
        let top = HEAD + ROW * count(number);
        let name = escaped(&format!("{actor} by {client}"));
        let _ = writeln!(text, "<text x=\"4\" y=\"{:.0}\">{name}</text>", top + 7.0);
        for op in ops {
            bar(&mut text, op, top, (x(op.begun_us), x(op.ended_us)));
        }
    }
    let _ = writeln!(
        text,
        "<text x=\"{MARGIN}\" y=\"{:.0}\">0 s</text>\n<text x=\"{:.0}\" y=\"{:.0}\">{} s</text>\n</svg>",
        height - 8.0,
        MARGIN + WIDTH - 20.0,
        height - 8.0,
        end / 1_000_000
    );
    text
}

/// One errand, with what is known of it as its title.
fn bar(text: &mut String, op: &Op, top: f64, (from, until): (f64, f64)) {
    let colour = match (&op.told, op.asked) {
        (Told::Done(_), Asked::Read) => "#36c",
        (Told::Done(_), _) => "#393",
        (Told::Refused(_), _) => "#999",
        (Told::Unknown(_), _) => "#c00",
    };
    let _ = writeln!(
        text,
        "<rect x=\"{from:.1}\" y=\"{:.0}\" width=\"{:.1}\" height=\"{:.0}\" fill=\"{colour}\">\
         <title>{}</title></rect>",
        top + 1.0,
        (until - from).max(THIN),
        ROW - 2.0,
        escaped(&format!("{:?} {:?} {}", op.asked, op.told, op.id))
    );
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[expect(clippy::cast_precision_loss, reason = "a picture is no finer")]
fn share(us: u64, end: u64) -> f64 {
    us as f64 / end as f64
}

#[expect(clippy::cast_precision_loss, reason = "a picture has few rows")]
const fn count(number: usize) -> f64 {
    number as f64
}
