//! The engines and formats of the office suite: workbooks and what their formulas come to.
//!
//! Pure: bytes in, bytes out. The time and the seed of chance come as arguments; no function reads
//! a clock, a file or a network, or spawns a thread.

pub mod calc;
pub mod chart;
pub mod deck;
pub mod document;
pub mod draw;
pub mod filter;
pub mod forecast;
pub mod ical;
pub mod losses;
pub mod ods;
pub mod package;
pub mod pivot;
pub mod plan;
pub mod sheet;
pub mod table;
pub mod xlsx;
