//! The limits of the built-in model.

use serde::{Deserialize, Serialize};

/// Every limit of the built-in model, by name, with its unit last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LocalConfig {
    /// Material that is read; what follows is left unread.
    pub material_bytes_max: usize,
    /// Requests up to this size are answered where they are awaited; larger ones on a thread that
    /// may block.
    pub inline_bytes_max: usize,
    /// Sentences that are ranked.
    pub ranked_sentences_max: usize,
    /// Best sentences that are compared with each other for likeness.
    pub compared_sentences_max: usize,
    /// The longest sentence that is quoted; a longer one is cut.
    pub sentence_chars_max: usize,
    /// Sentences of material in one drafted section.
    pub section_sentences_max: usize,
    /// The longest title of a section.
    pub title_chars_max: usize,
    /// Items of a list that is taken out of a text.
    pub list_items_max: usize,
    /// How deep a schema is followed.
    pub schema_levels_max: usize,
    /// Words that are told at once while an answer is streamed.
    pub delta_words: usize,
    /// Calls at once to each of the models that run in this process.
    pub engine_calls_max: usize,
    /// Calls to one of them that may wait for their turn; more are answered `model_rate_limit`.
    pub engine_queue_calls_max: usize,
    /// Threads of one of them.
    pub engine_threads_max: usize,
    /// How long one call to them may take, the wait for its turn not counted.
    pub engine_timeout_ms: u64,
}

impl Default for LocalConfig {
    fn default() -> Self {
        Self {
            material_bytes_max: 1_024 * 1_024,
            inline_bytes_max: 16 * 1_024,
            ranked_sentences_max: 4_000,
            compared_sentences_max: 160,
            sentence_chars_max: 600,
            section_sentences_max: 6,
            title_chars_max: 90,
            list_items_max: 200,
            schema_levels_max: 12,
            delta_words: 4,
            engine_calls_max: 1,
            engine_queue_calls_max: 64,
            engine_threads_max: 2,
            engine_timeout_ms: 110_000,
        }
    }
}
