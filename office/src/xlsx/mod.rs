//! Workbooks as `.xlsx` files.

mod charts;
mod layout;
mod looks;
mod read;
mod rows;
mod rules;
#[cfg(test)]
mod tests;
mod widths;
mod write;

pub use read::{Opened, read};
pub use rows::{Rows, RowsOf, Said};
pub use write::{Unwritten, Written, write};
