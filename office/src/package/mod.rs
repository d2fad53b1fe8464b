//! Office files as packages: parts of XML in a ZIP archive, read within bounds.

mod archive;
mod relations;
mod xml;

pub use archive::{Bounds, Hostile, Package};
pub use relations::{Relation, part_of, relations};
pub use xml::{Piece, Xml};
