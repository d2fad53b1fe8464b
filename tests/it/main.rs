//! One binary for all that crosses crates.

mod house;
mod runtime;
