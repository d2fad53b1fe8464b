//! What differs between those who speak chat completions.

use crate::model::config::{ProviderKind, Structured};
use crate::model::error::ModelError;

/// How a request carries the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyIn {
    /// `Authorization: Bearer`.
    Bearer,
    /// `api-key`.
    ApiKey,
}

/// What a provider does its own way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "a table of what each knows")]
pub struct Differences {
    /// Where it is.
    pub base_url: Option<&'static str>,
    /// The usual variable of its key.
    pub key_env: Option<&'static str>,
    /// How it takes the key.
    pub key_in: KeyIn,
    /// Models are deployments with paths of their own.
    pub deployments: bool,
    /// What it calls `max_tokens`.
    pub max_tokens: &'static str,
    /// What it calls the seed.
    pub seed: Option<&'static str>,
    /// It knows penalties of frequency and presence.
    pub penalties: bool,
    /// It knows `reasoning_effort`.
    pub effort: bool,
    /// How it does answers by schema.
    pub structured: Structured,
    /// It looks at images.
    pub images: bool,
    /// It must be asked for the usage of a stream. Others send it by themselves and refuse to be
    /// asked.
    pub asked_usage: bool,
    /// It knows `parallel_tool_calls`.
    pub parallel: bool,
    /// What it calls that a tool must be called; `None` = it does not know that.
    pub required: Option<&'static str>,
    /// It keeps to a tool's schema when asked.
    pub strict_tools: bool,
    /// Ids of calls are nine letters or digits.
    pub short_ids: bool,
    /// It makes embeddings.
    pub embeddings: bool,
}

/// As `OpenAI` has it.
const OPENAI: Differences = Differences {
    base_url: Some("https://api.openai.com/v1"),
    key_env: Some("OPENAI_API_KEY"),
    key_in: KeyIn::Bearer,
    deployments: false,
    max_tokens: "max_completion_tokens",
    seed: Some("seed"),
    penalties: true,
    effort: true,
    structured: Structured::Native,
    images: true,
    asked_usage: true,
    parallel: true,
    required: Some("required"),
    strict_tools: true,
    short_ids: false,
    embeddings: true,
};

/// The version of Azure's interface that is spoken when the settings name none.
const AZURE_VERSION: &str = "2024-10-21";

/// What differs for a kind of provider.
#[must_use]
pub const fn differences(kind: ProviderKind) -> Differences {
    match kind {
        ProviderKind::Azure => Differences {
            base_url: None,
            key_env: Some("AZURE_OPENAI_API_KEY"),
            key_in: KeyIn::ApiKey,
            deployments: true,
            ..OPENAI
        },
        ProviderKind::Groq => Differences {
            base_url: Some("https://api.groq.com/openai/v1"),
            key_env: Some("GROQ_API_KEY"),
            embeddings: false,
            ..OPENAI
        },
        ProviderKind::Deepseek => Differences {
            base_url: Some("https://api.deepseek.com"),
            key_env: Some("DEEPSEEK_API_KEY"),
            max_tokens: "max_tokens",
            seed: None,
            effort: false,
            structured: Structured::Json,
            images: false,
            parallel: false,
            strict_tools: false,
            embeddings: false,
            ..OPENAI
        },
        ProviderKind::Mistral => Differences {
            base_url: Some("https://api.mistral.ai/v1"),
            key_env: Some("MISTRAL_API_KEY"),
            max_tokens: "max_tokens",
            seed: Some("random_seed"),
            effort: false,
            asked_usage: false,
            required: Some("any"),
            short_ids: true,
            ..OPENAI
        },
        ProviderKind::Huggingface => Differences {
            base_url: Some("https://router.huggingface.co/v1"),
            key_env: Some("HF_TOKEN"),
            max_tokens: "max_tokens",
            parallel: false,
            strict_tools: false,
            embeddings: false,
            ..OPENAI
        },
        ProviderKind::Ollama | ProviderKind::Llamacpp | ProviderKind::OpenaiCompatible => {
            servers(kind)
        }
        ProviderKind::Openai
        | ProviderKind::OpenaiResponses
        | ProviderKind::Anthropic
        | ProviderKind::Gemini
        | ProviderKind::Vertex => OPENAI,
    }
}

/// What differs for a server that anybody may run.
const fn servers(kind: ProviderKind) -> Differences {
    match kind {
        // It takes `tool_choice` and `parallel_tool_calls` and does nothing about them.
        ProviderKind::Ollama => Differences {
            base_url: Some("http://127.0.0.1:11434/v1"),
            key_env: None,
            max_tokens: "max_tokens",
            parallel: false,
            required: None,
            strict_tools: false,
            ..OPENAI
        },
        ProviderKind::Llamacpp => Differences {
            base_url: Some("http://127.0.0.1:8080/v1"),
            key_env: None,
            max_tokens: "max_tokens",
            effort: false,
            strict_tools: false,
            ..OPENAI
        },
        _ => Differences { base_url: None, key_env: None, max_tokens: "max_tokens", ..OPENAI },
    }
}

impl Differences {
    /// The path of an operation on a model.
    ///
    /// # Errors
    /// [`ModelError::Validation`] for a name that is no deployment's.
    pub fn path(
        &self,
        model: &str,
        operation: &str,
        version: Option<&str>,
    ) -> Result<String, ModelError> {
        if !self.deployments {
            return Ok(format!("/{operation}"));
        }
        if model.contains('/') {
            return Err(ModelError::NotFound("of that name: it is no deployment".to_owned()));
        }
        let version = version.unwrap_or(AZURE_VERSION);
        Ok(format!("/openai/deployments/{model}/{operation}?api-version={version}"))
    }
}
