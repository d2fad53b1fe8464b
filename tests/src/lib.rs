//! What the tests that cross crates share: a world in memory with a runtime on it.

pub mod node;
