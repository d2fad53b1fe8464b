//! Marks as elements of SVG.

use std::fmt::Write as _;

use super::{Anchor, At, Color, Mark, Step};

/// Adds marks to a picture, one in a line.
pub fn marks(svg: &mut String, marks: &[Mark]) {
    for mark in marks {
        one(svg, mark);
    }
}

fn one(svg: &mut String, mark: &Mark) {
    match mark {
        Mark::Box((x, y), (width, height), round, fill, edge) => {
            let _ = write!(
                svg,
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                length(*x),
                length(*y),
                length(*width),
                length(*height),
            );
            if *round > 0.0 {
                let _ = write!(svg, " rx=\"{}\"", length(*round));
            }
            let fill = fill.map_or_else(|| "none".to_owned(), hex);
            let _ = write!(svg, " fill=\"{fill}\"");
            if let Some(edge) = edge {
                let _ = write!(svg, " stroke=\"{}\"", hex(*edge));
            }
            svg.push_str("/>\n");
        }
        Mark::Line((x1, y1), (x2, y2), color, thick) => {
            let _ = write!(
                svg,
                "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" stroke=\"{}\"",
                length(*x1),
                length(*y1),
                length(*x2),
                length(*y2),
                hex(*color),
            );
            if (*thick - 1.0).abs() > f64::EPSILON {
                let _ = write!(svg, " stroke-width=\"{}\"", length(*thick));
            }
            svg.push_str("/>\n");
        }
        Mark::Dot((x, y), radius, color) => {
            let (x, y, radius, color) = (length(*x), length(*y), length(*radius), hex(*color));
            let _ =
                writeln!(svg, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{color}\"/>");
        }
        Mark::Path(steps, fill, line) => {
            let fill = fill.map_or_else(|| "none".to_owned(), hex);
            let _ = write!(svg, "<path d=\"{}\" fill=\"{fill}\"", path(steps));
            if let Some((color, thick)) = line {
                let _ =
                    write!(svg, " stroke=\"{}\" stroke-width=\"{}\"", hex(*color), length(*thick));
            }
            svg.push_str("/>\n");
        }
        Mark::Text((x, y), anchor, size, color, text) => {
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\" font-size=\"{}\" \
                 fill=\"{}\">{}</text>",
                length(*x),
                length(*y),
                length(*size),
                hex(*color),
                escaped(text),
            );
        }
    }
}

fn path(steps: &[Step]) -> String {
    let mut out = String::new();
    let place = |(x, y): At| format!("{} {}", length(x), length(y));
    for step in steps {
        let _ = match step {
            Step::Move(at) => write!(out, "M{}", place(*at)),
            Step::Line(at) => write!(out, "L{}", place(*at)),
            Step::Arc(radius, large, at) => {
                let radius = length(*radius);
                write!(out, "A{radius} {radius} 0 {} 1 {}", u8::from(*large), place(*at))
            }
            Step::Close => write!(out, "Z"),
        };
    }
    out
}

/// A colour as `#rrggbb`.
#[must_use]
pub fn hex([red, green, blue]: Color) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A length, to two digits.
#[must_use]
pub fn length(number: f64) -> String {
    let text = format!("{number:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// A text as XML has it; signs that are none become spaces.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => {}
            '\t' => safe.push(c),
            c if c.is_control() => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}
