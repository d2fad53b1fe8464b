//! A deck of slides: what is on them, whether it fits, and the files it comes from and goes to.

mod area;
mod exact;
mod file;
mod fit;
mod flow;
mod graph;
mod grid;
mod layout;
mod limits;
mod markdown;
mod model;
mod native;
mod pdf;
mod pptx;
mod scene;
mod svg;
mod theme;
mod words;

#[cfg(test)]
mod tests;

pub use area::{Area, POINT_EMU, Size, emu, points};
pub use file::{Error, Format, read, write};
pub use fit::{Finding, Flaw, check};
pub use layout::{Aligned, Anchor, Band, Layout, Letters, Master, Place, Role};
pub use limits::Limits;
pub use model::{
    Cell, Chart, ChartSort, Content, Deck, Diagram, Direction, Edge, LEVEL_MAX, Node, Paragraph,
    Part, Picture, Raised, Run, Series, Sign, Slide, Table,
};
pub use native::{FORMAT_VERSION, schema};
pub use svg::slide as svg;
pub use theme::{CODE_FONT, Colors, MEASURED_FONT, Slot, THEMES, Theme};
pub use words::from_markdown;
