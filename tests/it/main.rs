//! One binary for all that crosses crates.

mod access;
mod bounds;
mod calendars;
mod catalogue;
mod codes;
mod fuzz;
mod golden;
mod house;
mod layout;
mod observed;
mod office;
mod program;
mod rules;
mod runtime;
mod scale;
mod sign_in;
