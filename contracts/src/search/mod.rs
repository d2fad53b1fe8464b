//! What is searched for, what is found, and why it was.

pub mod knowledge;
pub mod memory;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest question, in bytes.
pub const QUERY_BYTES_MAX: usize = 2_048;
/// What is found when nobody says how many.
pub const LIMIT_DEFAULT: usize = 8;
/// What is found at most.
pub const LIMIT_MAX: usize = 50;

/// How it is searched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// By words and by vectors; the ranks of both are added up.
    #[default]
    Hybrid,
    /// By words.
    Words,
    /// By vectors.
    Vectors,
}

impl std::str::FromStr for Mode {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "hybrid" => Ok(Self::Hybrid),
            "words" => Ok(Self::Words),
            "vectors" => Ok(Self::Vectors),
            _ => Err(()),
        }
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub query: String,
    /// How it is searched.
    pub mode: Mode,
    /// How many are wanted.
    pub limit: usize,
    /// It is about a person, and must be written down nowhere.
    pub private: bool,
}

impl Asked {
    /// A question, searched as usual.
    #[must_use]
    pub fn new(query: impl Into<String>) -> Self {
        Self { query: query.into(), mode: Mode::Hybrid, limit: LIMIT_DEFAULT, private: false }
    }
}

/// Something that holds words of a question.
#[derive(Debug, Clone, PartialEq)]
pub struct Words<T> {
    /// What.
    pub item: T,
    /// BM25 over what is searched alone.
    pub score: f64,
    /// What each word gives to it.
    pub words: Vec<Word>,
}

/// What a word of the question gives to a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Word {
    /// The word.
    pub word: String,
    /// How often it stands there.
    pub count: u32,
    /// In how many of those that are searched it stands.
    pub documents: u64,
    /// What it gives.
    pub score: f64,
}

/// Why something was found where it was.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Why {
    /// By its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<ByWords>,
    /// By its vector.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<ByVector>,
}

/// Found by words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByWords {
    /// Which place that gives, from 1.
    pub rank: usize,
    /// BM25.
    pub score: f64,
    /// What each word gives to it.
    pub words: Vec<Word>,
}

/// Found by a vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByVector {
    /// Which place that gives, from 1.
    pub rank: usize,
    /// The cosine of the angle between it and the question.
    pub cosine: f64,
}

/// What was done by vectors.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Vectors {
    /// Who embedded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// How many vectors the question was compared with.
    pub compared: u64,
    /// Why it was not, or not with all: a stable code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
