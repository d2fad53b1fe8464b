//! `file`: a file that somebody uploaded.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::State;

/// The rules of `file`.
pub struct File;
