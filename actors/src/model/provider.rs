//! Who can be asked for text.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use contracts::model::{ModelRequest, ModelResponse};
use contracts::ports::Fut;
use contracts::{Refusal, RefusalClass};

use super::local::{Local, LocalConfig};

/// A provider of models.
pub trait Provider: Send + Sync {
    /// What stands before the slash in a request's `model`.
    fn name(&self) -> &str;

    /// Answers a request, telling `delta` each piece of the text as it comes: the pieces put
    /// together are the answer's `text`.
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
        delta: &'a (dyn Fn(&str) + Send + Sync),
    ) -> Fut<'a, Result<ModelResponse, Refusal>>;
}

/// The providers of a program, by name. Explicit: what is not added here is not asked.
#[derive(Clone, Default)]
pub struct Providers {
    providers: BTreeMap<String, Arc<dyn Provider>>,
}

impl Providers {
    /// The built-in provider alone: needs no key and no network.
    #[must_use]
    pub fn standard() -> Self {
        Self::default().with(Arc::new(Local::new(LocalConfig::default())))
    }

    /// Adds a provider, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, provider: Arc<dyn Provider>) -> Self {
        self.providers.insert(provider.name().to_owned(), provider);
        self
    }

    /// The names of the providers, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    /// The provider that a request names.
    ///
    /// # Errors
    /// `model_unknown` when there is none of that name.
    pub fn find(&self, request: &ModelRequest) -> Result<Arc<dyn Provider>, Refusal> {
        self.providers.get(request.provider()).cloned().ok_or_else(|| {
            let known: Vec<_> = self.names().collect();
            Refusal::new(
                RefusalClass::Rejected,
                "model_unknown",
                format!("there is no provider of {}; known: {}", request.model, known.join(", ")),
            )
        })
    }
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
