//! Vectors for read models: of embedders in this process, which cost nothing and give the same for
//! ever.

use std::sync::Arc;

use contracts::ports::{Embedder, Engine};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::embed::EmbedRequest;
use super::local::ngrams;

/// How much of a text is embedded, in bytes.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// The built-in embedder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreeEmbedder {
    dimensions: u32,
}

impl FreeEmbedder {
    /// Vectors of so many numbers.
    #[must_use]
    pub const fn new(dimensions: u32) -> Self {
        Self { dimensions }
    }
}

impl Embedder for FreeEmbedder {
    fn model(&self) -> &str {
        ngrams::MODEL
    }

    fn embed(&self, text: &str) -> Option<Vec<f32>> {
        let text = text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned();
        let request = EmbedRequest {
            model: ngrams::MODEL.to_owned(),
            texts: vec![text],
            dimensions: Some(self.dimensions),
        };
        ngrams::embed(&request).ok()?.vectors.pop()
    }
}

/// A model that runs in this process.
pub struct EngineEmbedder {
    engine: Arc<dyn Engine>,
    model: String,
}

impl EngineEmbedder {
    /// Vectors by this model.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>) -> Self {
        let model = engine.view().id;
        Self { engine, model }
    }
}

impl Embedder for EngineEmbedder {
    fn model(&self) -> &str {
        &self.model
    }

    fn embed(&self, text: &str) -> Option<Vec<f32>> {
        let texts = [text[..text.floor_char_boundary(TEXT_BYTES_MAX)].to_owned()];
        let made = || self.engine.embed(&texts, &|| true);
        // It takes long enough for others to need the thread.
        let may_block = Handle::try_current()
            .is_ok_and(|it| it.runtime_flavor() != RuntimeFlavor::CurrentThread);
        let made = if may_block { tokio::task::block_in_place(made) } else { made() };
        match made {
            Ok((mut vectors, _)) => vectors.pop(),
            Err(refusal) => {
                tracing::warn!(model = %self.model, code = %refusal.code, "memory.not_embedded");
                None
            }
        }
    }
}
