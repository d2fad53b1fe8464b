//! Office files as packages: parts of XML in a ZIP archive, read within bounds.

mod archive;
mod xml;

pub use archive::{Bounds, Hostile, Package};
pub use xml::{Piece, Xml};
