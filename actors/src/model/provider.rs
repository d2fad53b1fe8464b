//! Who can be asked for text.

use contracts::Refusal;
use contracts::model::{ModelRequest, ModelResponse, ModelView};
use contracts::ports::Fut;

use super::delta::Deltas;
use super::embed::{EmbedRequest, Embedded, unable};

/// A provider of models.
pub trait Provider: Send + Sync {
    /// What stands before the slash in a request's `model`.
    fn name(&self) -> &str;

    /// Answers a request. With `deltas` it is told in pieces while it grows: the text's pieces put
    /// together are the answer's `text`. A refusal says by [`super::Done`] what was done.
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        deltas: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>>;

    /// Embeds texts. Most providers of text do not.
    fn embed<'a>(&'a self, _: &'a EmbedRequest) -> Fut<'a, Result<Embedded, Refusal>> {
        Box::pin(async { Err(unable(self.name())) })
    }

    /// Whether it takes the key that it is asked with, and how many models it says it has.
    fn check(&self) -> Fut<'_, Result<Option<u32>, Refusal>> {
        Box::pin(async { Ok(None) })
    }

    /// The models that it is known to have. It may have others.
    fn models(&self) -> Vec<ModelView> {
        Vec::new()
    }
}
