//! Workbooks as `.xlsx` files.

mod charts;
mod layout;
mod read;
mod rules;
#[cfg(test)]
mod tests;
mod widths;
mod write;

pub use read::{Opened, read};
pub use write::{Unwritten, Written, write};
