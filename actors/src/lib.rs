//! What decides: the kinds, the runtime that keeps their actors, the gate and the effects.

pub mod a2a;
pub mod config;
pub mod convert;
pub mod fetch;
pub mod kinds;
pub mod machine;
pub mod model;
pub mod policy;
pub mod privacy;
pub mod registry;
pub mod runtime;
pub mod schema;
pub mod tools;

pub use config::{CHAIN_HOPS_MAX, Config};
pub use registry::Registry;
pub use runtime::{Runtime, World};
