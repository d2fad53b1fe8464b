//! Workbooks as `.xlsx` files.

mod read;
#[cfg(test)]
mod tests;
mod widths;
mod write;

pub use read::{Opened, read};
pub use write::{Unwritten, write};
