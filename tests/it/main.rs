//! One binary for all that crosses crates.

mod golden;
mod house;
mod runtime;
