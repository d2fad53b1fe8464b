//! The sentences that a draft may use.

use std::collections::BTreeSet;

use super::Asked;
use crate::model::local::LocalConfig;
use crate::model::local::text::sentences::placed;
use crate::model::local::text::tokens::clip;
use crate::model::local::text::{lines, stems};

/// A sentence of the material.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Its words.
    pub text: String,
    /// Its stems, repeats kept.
    pub stems: Vec<String>,
    /// The stems of the heading above it.
    pub heading: Vec<String>,
    /// The source it is from; `None` = the context, which is not cited.
    pub source: Option<usize>,
    /// Its place in that source.
    pub place: usize,
    /// Whether it only makes sense after the one before it.
    pub leans: bool,
}

/// The first words of sentences that lean on the one before.
const LEANING: &[&str] = &[
    "but",
    "he",
    "her",
    "his",
    "however",
    "it",
    "its",
    "she",
    "such",
    "that",
    "their",
    "them",
    "then",
    "these",
    "they",
    "this",
    "those",
    "thus",
    "therefore",
    "yet",
    "also",
    "and",
    "instead",
];

/// The sentences of context and sources, none twice.
pub fn read(asked: &Asked<'_>, config: &LocalConfig) -> Vec<Sentence> {
    let context = asked.context.map(|text| (None, text));
    let sources = asked.sources.iter().enumerate().map(|(at, one)| (Some(at), one.text.as_str()));
    let mut left = config.material_bytes_max;
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    // Sources first: when both say the same, the one that can be cited is kept.
    for (source, text) in sources.chain(context) {
        let text = lines::head(text, left);
        left -= text.len();
        let room = config.ranked_sentences_max.saturating_sub(out.len());
        for (place, sentence) in placed(text, room).into_iter().enumerate() {
            let text = unmarked(&clip(&sentence.text, config.sentence_chars_max));
            let stems = stems(&text);
            let key = text.to_lowercase();
            if stems.is_empty() || text.ends_with(':') || !seen.insert(key) {
                continue;
            }
            let heading = sentence.heading.as_deref().map(crate::model::local::text::stems);
            let leans = leans(&text);
            let heading = heading.unwrap_or_default();
            out.push(Sentence { text, stems, heading, source, place, leans });
        }
    }
    out
}

fn leans(text: &str) -> bool {
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    LEANING.contains(&first.to_lowercase().as_str())
}

/// The sentence without number marks of its own, which would be read as citations.
fn unmarked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        let close = from.find(']');
        let inner = close.map(|at| &from[1..at]).unwrap_or_default();
        let number = |c: char| c.is_ascii_digit() || c == ',' || c == ' ';
        if let Some(close) = close
            && inner.bytes().any(|byte| byte.is_ascii_digit())
            && inner.chars().all(number)
        {
            out.push_str(before.trim_end());
            rest = &from[close + 1..];
        } else if from.starts_with("[@") {
            // `[@name]` is a mark of stored documents.
            out.push_str(before);
            out.push_str("[ @");
            rest = &from[2..];
        } else {
            out.push_str(before);
            out.push('[');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}
