//! What the program tells of itself: spans of what it does, and measures of how long it took.
//!
//! Whoever does something is handed a [`Telemetry`] and knows nothing of where it goes. Off, it
//! costs a look at an empty place.

mod measures;
pub mod names;
mod span;
mod tracer;

use std::sync::Arc;

pub use measures::{CommandMeasure, Measures, ModelMeasure, NoMeasures, Stage};
pub use span::{Attribute, Span, SpanKind};
pub use tracer::{Open, Spans, Tracer};

/// Where spans and measures go. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Telemetry {
    /// Who begins spans.
    pub spans: Tracer,
    /// Who takes measures.
    pub measures: Arc<dyn Measures>,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self { spans: Tracer::default(), measures: Arc::new(NoMeasures) }
    }
}
