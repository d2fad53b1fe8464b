//! What pictures are drawn with: boxes, lines, dots, paths and texts. One picture is SVG in one
//! place and letters and lines of a PDF in another.

mod svg;

/// Red, green and blue.
pub type Color = [u8; 3];

/// Where something stands: from the left and from the top.
pub type At = (f64, f64);

/// A step of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Begins anew here.
    Move(At),
    /// A straight line to here.
    Line(At),
    /// A part of a circle, as a clock goes: its radius, whether it is the larger part, its end.
    Arc(f64, bool, At),
    /// Back to where it began.
    Close,
}

/// Where a text stands beside its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// A mark. Lengths are in the units of the picture: pixels of a chart, points of a slide.
#[derive(Debug, Clone, PartialEq)]
pub enum Mark {
    /// A box: left and top, width and height, how round its corners are, its colour and that of its
    /// edge.
    Box(At, At, f64, Option<Color>, Option<Color>),
    /// A line, its colour and how thick it is.
    Line(At, At, Color, f64),
    /// A dot: its middle, its radius and its colour.
    Dot(At, f64, Color),
    /// A path, what it is filled with, and the colour and thickness of its line.
    Path(Vec<Step>, Option<Color>, Option<(Color, f64)>),
    /// A text: where its letters stand, on which side of that, how large they are, their colour.
    Text(At, Anchor, f64, Color, String),
}

pub use svg::{escaped, hex, length, marks};
