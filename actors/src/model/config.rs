//! Which models there are, and how their providers are reached.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

use super::local::LocalConfig;
use super::resilience::CircuitConfig;

/// Which models there are, and how their providers are reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// Providers by the name that stands before the slash of a model.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Which models are asked instead, in order, when one gives no answer, by `provider/model` or
    /// by provider. The answer then says `degraded`. The built-in model never stands in unless it
    /// is named here.
    pub fallbacks: BTreeMap<String, Vec<String>>,
    /// A file of what models cost, as JSON; none = the table that comes with the program alone.
    pub prices: Option<PathBuf>,
    /// Look for model servers on this machine at the start.
    pub detect: bool,
    /// How long one of them has to answer.
    pub detect_timeout_ms: u64,
    /// Who makes the vectors of what agents remember: `local/ngrams`, or a model that runs in this
    /// process. After a change `cambium rebuild memory` makes those that there are anew.
    pub memory_model: String,
    /// The limits of the models that are built in.
    pub local: LocalConfig,
}

impl Default for ModelsConfig {
    fn default() -> Self {
        Self {
            providers: BTreeMap::new(),
            fallbacks: BTreeMap::new(),
            prices: None,
            detect: true,
            detect_timeout_ms: 500,
            memory_model: super::local::ngrams::MODEL.to_owned(),
            local: LocalConfig::default(),
        }
    }
}

/// How one provider is reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderConfig {
    /// Which language it speaks.
    pub kind: ProviderKind,
    /// Where it is; none = where the provider's own service is, where there is one.
    pub base_url: Option<String>,
    /// Which sealed secret of the house holds the key: `secret:` and its name.
    pub key: Option<String>,
    /// A file that holds nothing but the key; read again when the key is refused or grows old.
    pub key_file: Option<PathBuf>,
    /// The variable of the environment that holds the key; none = the provider's usual one.
    pub key_env: Option<String>,
    /// A command that prints the key, or a token, with its arguments.
    pub key_command: Vec<String>,
    /// How long a key from a file or a command is used before it is read again.
    pub key_ms_max: u64,
    /// How long such a command may take.
    pub key_command_ms_max: u64,
    /// Headers that each request carries beside ours; those that say who asks cannot be set. Never
    /// shown: a header may be a secret.
    #[serde(serialize_with = "masked")]
    pub headers: BTreeMap<String, String>,
    /// Models that it has, for those who ask; the first is meant where none is named.
    pub models: Vec<String>,
    /// Which version of its interface is spoken, where it has versions.
    pub api_version: Option<String>,
    /// How answers that follow a schema are asked for; none = as the provider does best.
    pub structured: Option<Structured>,
    /// How long a connection may take.
    pub connect_timeout_ms: u64,
    /// How long the first piece of an answer in pieces may take.
    pub first_token_timeout_ms: u64,
    /// How long each further piece may take.
    pub idle_timeout_ms: u64,
    /// How long one call may take.
    pub timeout_ms: u64,
    /// The longest request, in bytes.
    pub request_bytes_max: usize,
    /// The longest answer, in bytes as it is sent.
    pub answer_bytes_max: usize,
    /// The longest frame of an answer in pieces, in bytes.
    pub frame_bytes_max: usize,
    /// Calls to it at once.
    pub concurrency_max: usize,
    /// Calls that may wait for their turn; more are answered `model_rate_limit`.
    pub queue_calls_max: usize,
    /// How often it is asked again after it has said that it did nothing.
    pub retries_max: u32,
    /// The longest pause before it is first asked again; doubles up to `retry_ms_max`.
    pub retry_ms_min: u64,
    /// The longest pause at all. A provider that asks for a longer one is not asked again.
    pub retry_ms_max: u64,
    /// When it is left alone for a while.
    pub circuit: CircuitConfig,
    /// Which models are asked instead, in order, when one of its own gives no answer.
    pub fallbacks: Vec<String>,
}

/// Names without their values.
fn masked<S: Serializer>(headers: &BTreeMap<String, String>, s: S) -> Result<S::Ok, S::Error> {
    s.collect_map(headers.keys().map(|name| (name, "********")))
}

impl Default for ProviderConfig {
    fn default() -> Self {
        Self {
            kind: ProviderKind::default(),
            base_url: None,
            key: None,
            key_file: None,
            key_env: None,
            key_command: Vec::new(),
            key_ms_max: 300_000,
            key_command_ms_max: 10_000,
            headers: BTreeMap::new(),
            models: Vec::new(),
            api_version: None,
            structured: None,
            connect_timeout_ms: 5_000,
            first_token_timeout_ms: 60_000,
            idle_timeout_ms: 30_000,
            timeout_ms: 110_000,
            request_bytes_max: 8 * 1_024 * 1_024,
            answer_bytes_max: 16 * 1_024 * 1_024,
            frame_bytes_max: 2 * 1_024 * 1_024,
            concurrency_max: 256,
            queue_calls_max: 256,
            retries_max: 2,
            retry_ms_min: 250,
            retry_ms_max: 10_000,
            circuit: CircuitConfig::default(),
            fallbacks: Vec::new(),
        }
    }
}

/// Which language a provider speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProviderKind {
    /// `OpenAI`'s chat completions.
    Openai,
    /// `OpenAI`'s responses.
    OpenaiResponses,
    /// Azure `OpenAI`: models are deployments.
    Azure,
    /// Groq.
    Groq,
    /// `DeepSeek`.
    Deepseek,
    /// Mistral.
    Mistral,
    /// The router of Hugging Face.
    Huggingface,
    /// A server of Ollama.
    Ollama,
    /// A server of llama.cpp.
    Llamacpp,
    /// Anything else that speaks `OpenAI`'s chat completions.
    #[default]
    OpenaiCompatible,
    /// Anthropic's messages.
    Anthropic,
    /// Google's Gemini API.
    Gemini,
    /// Gemini on Vertex AI: `base_url` names project and location.
    Vertex,
}

/// How an answer that follows a schema is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Structured {
    /// The provider is given the schema and keeps to it.
    Native,
    /// The provider is asked for JSON, and told the schema in words; what it answers is checked.
    Json,
    /// The model is told the schema in words; what it answers is checked.
    Instruction,
}
