//! Tools for text: no meaning is known here, only words, sentences and blocks.

pub mod blocks;
pub mod casing;
pub mod keywords;
pub mod language;
pub mod lines;
pub mod moments;
pub mod rank;
pub mod sentences;
pub mod stem;
pub mod tokens;

pub use sentences::sentences;
pub use stem::stems;
