//! Inputs that look dangerous: classes with severities. Text *about* an attack is not one: what is
//! quoted, explained, logged or part of a program counts as low.

mod context;
mod finding;
mod scan;
mod secrets;
mod signals;
#[cfg(test)]
mod tests;
mod views;

pub use finding::Finding;
pub use scan::{SCAN_BYTES_MAX, scan, scan_text};
