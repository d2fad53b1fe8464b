//! One binary for all that crosses crates.

mod access;
mod catalogue;
mod fuzz;
mod golden;
mod house;
mod program;
mod runtime;
