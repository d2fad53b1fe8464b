//! One binary for all that crosses crates.

mod bounds;
mod catalogue;
mod codes;
mod fuzz;
mod golden;
mod house;
mod program;
mod runtime;
