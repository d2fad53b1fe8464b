//! `assistant`: a model with instructions and tools under a name, in versions.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::{State, Waiting};

/// The rules of `assistant`.
pub struct Assistant;
