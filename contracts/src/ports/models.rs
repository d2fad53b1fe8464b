//! The port `Models`: which there are, and how their providers stand.

use crate::model::{CircuitView, ModelView};

/// Which models there are, and how their providers stand on this node. Implemented by the
/// providers.
pub trait Models: Send + Sync {
    /// The models that are known, by id.
    fn list(&self) -> Vec<ModelView>;

    /// The circuits of the providers that have one, by name.
    fn circuits(&self) -> Vec<CircuitView>;

    /// Closes the circuit of a provider; `None` when there is none of that name.
    fn reset_circuit(&self, provider: &str) -> Option<CircuitView>;
}
