//! Speaks HTTP, composes the parts, and is the command line of the binary.

pub mod cli;
pub mod home;
pub mod settings;
