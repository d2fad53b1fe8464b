//! Vectors for read models: of the built-in embedder, which is a pure function and costs nothing.

use contracts::ports::Embedder;

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
