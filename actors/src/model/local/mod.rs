//! The built-in model: text rules and extraction in plain Rust. No neural network, no key, no
//! network, no charge; the same request gets the same bytes. It never pretends to be more.

mod chat;
mod config;
mod direct;
mod draft;
mod edit;
mod engines;
mod goal;
pub(super) mod ngrams;
mod outline;
mod roles;
mod schema;
mod schemes;
mod storyboard;
mod stream;
mod summarize;
mod text;
mod tools;
mod work;

use std::fmt;
use std::sync::Arc;

use contracts::Refusal;
use contracts::model::{
    Abilities, LOCAL_MODEL, LOCAL_PROVIDER, ModelRequest, ModelResponse, ModelView,
};
use contracts::ports::{Engine, Fut};

use serde_json::Value;

pub use config::LocalConfig;

use engines::Engines;

use super::delta::{Delta, Deltas};
use super::embed::{EmbedRequest, Embedded};
use super::error::ModelError;
use super::provider::Provider;

/// The provider `local`. Its own model is [`LOCAL_MODEL`]; others run in this process where they
/// were built in and put beside it.
#[derive(Clone)]
pub struct Local {
    config: Arc<LocalConfig>,
    engines: Arc<Engines>,
}

impl Local {
    /// A provider with these limits.
    #[must_use]
    pub fn new(config: LocalConfig) -> Self {
        let engines = Arc::new(Engines::new(Vec::new(), &config));
        Self { config: Arc::new(config), engines }
    }

    /// The same, with models that run in this process.
    #[must_use]
    pub fn running(self, engines: Vec<Arc<dyn Engine>>) -> Self {
        let engines = Arc::new(Engines::new(engines, &self.config));
        Self { engines, ..self }
    }

    /// The answer to `request`: a pure function of the request and the limits.
    ///
    /// # Errors
    /// `model_not_found` for another model than `local/rules`; `model_validation` for a schema that
    /// rules cannot fill, or a request without a canonical form.
    pub fn answer(&self, request: &ModelRequest) -> Result<ModelResponse, Refusal> {
        let model = request.model.as_str();
        if model != LOCAL_MODEL && model != LOCAL_PROVIDER {
            return Err(ModelError::NotFound(text::tokens::clip(model, 80)).into());
        }
        Ok(work::answer(request, &self.config)?)
    }

    async fn answer_aside(&self, request: &ModelRequest) -> Result<ModelResponse, Refusal> {
        let small = work::size(request) <= self.config.inline_bytes_max;
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if !small => {
                let (this, request) = (self.clone(), request.clone());
                let answer = runtime.spawn_blocking(move || this.answer(&request)).await;
                answer.unwrap_or_else(|error| Err(ModelError::Internal(error.to_string()).into()))
            }
            _ => self.answer(request),
        }
    }
}

/// Whether a value follows a JSON Schema, as far as structured answers use them.
#[must_use]
pub fn follows(value: &Value, schema: &Value) -> bool {
    schema::follows(value, schema, LocalConfig::default().schema_levels_max)
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ready: Vec<String> = self.engines.ready().map(|model| model.id).collect();
        f.debug_struct("Local").field("config", &self.config).field("engines", &ready).finish()
    }
}

impl Default for Local {
    fn default() -> Self {
        Self::new(LocalConfig::default())
    }
}

impl Provider for Local {
    fn name(&self) -> &str {
        LOCAL_PROVIDER
    }

    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        deltas: Option<Deltas<'a>>,
    ) -> Fut<'a, Result<ModelResponse, Refusal>> {
        Box::pin(async move {
            if let Some(engine) = self.engines.find(&request.model) {
                return self.engines.complete(engine, request, deltas).await;
            }
            let response = self.answer_aside(request).await?;
            let Some(deltas) = deltas else { return Ok(response) };
            for piece in stream::pieces(&response.text, self.config.delta_words) {
                deltas(Delta::Text(piece));
            }
            for (index, call) in (0..).zip(&response.calls) {
                let (id, name) = (Some(call.id.as_str()), Some(call.name.as_str()));
                deltas(Delta::ToolCall { index, id, name, arguments: &call.arguments });
            }
            Ok(response)
        })
    }

    fn embed<'a>(&'a self, request: &'a EmbedRequest) -> Fut<'a, Result<Embedded, Refusal>> {
        Box::pin(async move {
            match self.engines.find(&request.model) {
                Some(engine) => self.engines.embed(engine, request).await,
                None => Ok(ngrams::embed(request)?),
            }
        })
    }

    fn models(&self) -> Vec<ModelView> {
        let chat = Abilities { chat: true, stream: true, ..Abilities::default() };
        let rules = Abilities { tools: true, schema: true, ..chat };
        let ngrams = Abilities { embeddings: true, ..Abilities::default() };
        let view = |id: &str, can| ModelView {
            id: id.to_owned(),
            provider: LOCAL_PROVIDER.to_owned(),
            can,
        };
        let mut models = vec![view(ngrams::MODEL, ngrams), view(LOCAL_MODEL, rules)];
        models.extend(self.engines.ready());
        models.sort_by(|one, other| one.id.cmp(&other.id));
        models
    }
}

#[cfg(test)]
mod tests;
