//! `policy`: rules as code in versions, and the kill switch.

mod decide;
mod state;
#[cfg(test)]
mod tests;

pub use state::{State, Version};

/// The rules of `policy`.
pub struct Policy;
