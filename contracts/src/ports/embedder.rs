/// Makes vectors of texts while rows are folded: a pure function that costs nothing, calls nobody
/// and gives the same numbers for ever.
pub trait Embedder: Send + Sync {
    /// Its name, as `provider/model`: vectors of different ones cannot be compared.
    fn model(&self) -> &str;

    /// The vector of a text; `None` = it makes none.
    fn embed(&self, text: &str) -> Option<Vec<f32>>;
}

/// Makes no vectors.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoEmbedder;

impl Embedder for NoEmbedder {
    fn model(&self) -> &'static str {
        "none"
    }

    fn embed(&self, _: &str) -> Option<Vec<f32>> {
        None
    }
}
