//! Workbooks as `.ods` files, of OpenDocument.

mod code;
mod formula;
mod functions;
mod moment;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use crate::xlsx::Opened;
pub use read::{is_one, read};
pub use write::{Written, write};
