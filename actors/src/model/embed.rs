//! Texts as points in a space, near each other where they mean alike.

use contracts::Refusal;
use contracts::model::Usage;

use super::error::ModelError;

/// Texts to be embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EmbedRequest {
    /// `provider/model`, such as `local/ngrams`.
    pub model: String,
    /// The texts, in order.
    pub texts: Vec<String>,
    /// How many numbers each vector has; `None` = as many as the model gives by itself.
    pub dimensions: Option<u32>,
}

impl EmbedRequest {
    /// The provider's name: what stands before the slash.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.model.split_once('/').map_or(self.model.as_str(), |(provider, _)| provider)
    }
}

/// Texts as vectors.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Embedded {
    /// Which model made them, as `provider/model`: vectors of different models cannot be compared.
    pub model: String,
    /// One for each text, in its order; all of the same length.
    pub vectors: Vec<Vec<f32>>,
    /// What it cost in tokens.
    pub usage: Usage,
}

/// The refusal of a provider that embeds nothing.
#[must_use]
pub fn unable(provider: &str) -> Refusal {
    ModelError::Validation(format!("the provider {provider} makes no embeddings")).into()
}

/// Vectors as they are promised: one for each text, none empty, all of one length and finite.
///
/// # Errors
/// What is wrong with them.
pub fn checked(vectors: Vec<Vec<f32>>, texts: usize) -> Result<Vec<Vec<f32>>, ModelError> {
    let length = vectors.first().map_or(0, Vec::len);
    let even = vectors.iter().all(|vector| vector.len() == length && !vector.is_empty());
    let finite = vectors.iter().flatten().all(|number| number.is_finite());
    if vectors.len() == texts && even && finite {
        return Ok(vectors);
    }
    let told = format!("{} vectors of uneven length for {texts} texts", vectors.len());
    Err(ModelError::Provider(told))
}
