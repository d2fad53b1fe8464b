//! What decides: the kinds, the runtime that keeps their actors, the gate and the effects.

pub mod kinds;
pub mod machine;
pub mod model;
pub mod registry;

pub use registry::Registry;
