//! Speaks HTTP, composes the parts, and is the command line of the binary.

pub mod asyncapi;
pub mod auth;
pub mod backup;
mod chance;
pub mod cli;
mod compose;
pub mod dialects;
pub mod edge;
pub mod home;
pub mod llms;
mod logging;
pub mod openapi;
pub mod packs;
pub mod problem;
pub mod settings;
mod telemetry;
pub mod tree_key;
pub mod vault;

use std::process::ExitCode;

pub use compose::Composition;

/// The whole program with the kinds of `registry`: its command line, its server, its exit code.
#[must_use]
pub fn run(registry: actors::Registry) -> ExitCode {
    run_composed(&Composition::new(registry))
}

/// As [`run`], with all that a composition has.
#[must_use]
pub fn run_composed(composition: &Composition) -> ExitCode {
    // Fails only when the process has a provider already, which then serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cli::main(composition)
}
