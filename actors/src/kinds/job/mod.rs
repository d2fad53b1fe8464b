//! `job`: one piece of work that is done outside.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::{State, Status};

/// The rules of `job`.
pub struct Job;
