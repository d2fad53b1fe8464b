//! Office files as packages: parts of XML in a ZIP archive, read within bounds.

mod archive;
mod build;
mod relations;
mod stream;
mod token;
mod tree;
mod xml;

pub use archive::{Bounds, Hostile, Package};
pub use build::{Builder, Unpacked};
pub use relations::{Relation, part_of, relations};
pub use stream::Stream;
pub use token::{End, Tag, Token, Tokens};
pub use tree::Element;
pub use xml::{Piece, Xml};
