//! Rego modules, evaluated by an embedded engine where the program is built with it.

#[cfg(not(feature = "rego"))]
mod absent;
#[cfg(feature = "rego")]
mod engine;

#[cfg(not(feature = "rego"))]
pub use absent::Module;
#[cfg(feature = "rego")]
pub use engine::Module;
