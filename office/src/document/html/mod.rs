//! Documents as pages of HTML.

mod read;
mod table;
mod tree;
mod write;

pub use read::read;
pub use write::{escaped, write};
