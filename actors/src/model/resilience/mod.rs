//! What stands between a call and its provider: a circuit, a bulkhead, and another try where the
//! provider has said that it did nothing.

mod bulkhead;
mod circuit;
mod retry;

pub use bulkhead::Bulkhead;
pub use circuit::{Circuit, CircuitConfig};
pub use retry::Retry;
