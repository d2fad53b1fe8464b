//! Texts as vectors: a model call whose answer is kept in the tenant's blobs.

use bytes::Bytes;
use contracts::Refusal;
use contracts::model::{ModelRequest, ModelResponse, Vectors};
use serde_json::json;

use super::task::Task;
use crate::model::{EmbedRequest, Providers, request_hash};

impl Task {
    /// Embeds the words of the turns.
    ///
    /// # Errors
    /// What the provider refuses it with; the store's.
    pub(super) async fn embed(
        &self,
        providers: &Providers,
        request: &ModelRequest,
        dimensions: Option<u32>,
    ) -> Result<ModelResponse, Refusal> {
        let world = &self.runtime.shared.world;
        let texts = request.turns.iter().map(|turn| turn.content.clone()).collect();
        let asked = EmbedRequest { model: request.model.clone(), texts, dimensions };
        let embedded = providers.embed(&asked).await?;
        let bytes: Vec<u8> =
            embedded.vectors.iter().flatten().flat_map(|number| number.to_le_bytes()).collect();
        let blob = world.blobs.put(&self.due().address.tenant, Bytes::from(bytes)).await?;
        let length = |items: usize| u32::try_from(items).unwrap_or(u32::MAX);
        let count = length(embedded.vectors.len());
        let dimensions = length(embedded.vectors.first().map_or(0, Vec::len));
        Ok(ModelResponse {
            provider: request.provider().to_owned(),
            model: embedded.model,
            value: Some(json!(Vectors { blob, count, dimensions })),
            usage: embedded.usage,
            request_hash: request_hash(request)?,
            connector: providers.account_of(request.provider()).cloned(),
            ..ModelResponse::default()
        })
    }
}
