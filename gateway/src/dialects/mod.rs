//! Dialects: thin translators over the same commands and events, a folder each.

pub mod rest;
pub mod ws;
