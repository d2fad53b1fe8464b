//! The passages that a draft may use.

use std::collections::BTreeSet;

use super::Asked;
use crate::model::local::LocalConfig;
use crate::model::local::text::sentences::{Placed, placed};
use crate::model::local::text::stem::stem;
use crate::model::local::text::tokens::{clip, words};
use crate::model::local::text::{lines, stems};

/// A sentence of the material.
#[derive(Debug, Clone)]
pub struct Sentence {
    /// Its words.
    pub text: String,
    /// The source it is from; `None` = the context, which is not cited.
    pub source: Option<usize>,
}

/// A sentence and those after it that only make sense with it.
#[derive(Debug, Clone)]
pub struct Passage {
    /// The sentences, in order.
    pub sentences: Vec<Sentence>,
    /// Their stems, repeats kept.
    pub stems: Vec<String>,
    /// Function words that show what sort of statement it is, such as `must`.
    pub signs: Vec<String>,
    /// The stems of the heading above.
    pub heading: Vec<String>,
    /// The source it is from.
    pub source: Option<usize>,
    /// Whether it leans on a sentence that is not there.
    pub leans: bool,
}

/// The first words of sentences that lean on the one before.
const LEANING: &[&str] = &[
    "also",
    "and",
    "but",
    "he",
    "her",
    "his",
    "however",
    "instead",
    "it",
    "its",
    "she",
    "such",
    "that",
    "their",
    "them",
    "then",
    "therefore",
    "these",
    "they",
    "this",
    "those",
    "thus",
    "yet",
];

/// Function words that tell a duty, a reason or a time.
const SIGNS: &[&str] =
    &["because", "must", "need", "needs", "since", "should", "today", "until", "will", "however"];

/// Sentences of one passage.
const PASSAGE_SENTENCES_MAX: usize = 3;

/// The passages of sources and context, no sentence twice. Sources first: when both say the same,
/// the one that can be cited is kept.
pub fn read(asked: &Asked<'_>, config: &LocalConfig) -> Vec<Passage> {
    let context = asked.context.map(|text| (None, text));
    let sources = asked.sources.iter().enumerate().map(|(at, one)| (Some(at), one.text.as_str()));
    let mut left = config.material_bytes_max;
    let mut room = config.ranked_sentences_max;
    let mut seen = BTreeSet::new();
    let mut out: Vec<Passage> = Vec::new();
    for (source, text) in sources.chain(context) {
        let text = lines::head(text, left);
        left -= text.len();
        let mut follows = false;
        let sentences = placed(text, room);
        room -= sentences.len();
        for placed in sentences {
            let text = unmarked(&clip(&placed.text, config.sentence_chars_max));
            let own = stems(&text);
            let fresh = !text.ends_with(':') && !own.is_empty() && seen.insert(text.to_lowercase());
            if !fresh {
                follows = false;
                continue;
            }
            let leans = leans(&text) && !placed.first;
            match out.last_mut() {
                Some(last) if leans && follows && last.sentences.len() < PASSAGE_SENTENCES_MAX => {
                    last.join(Sentence { text, source }, own);
                }
                _ => out.push(Passage::new(text, own, &placed, source, leans)),
            }
            follows = true;
        }
    }
    out
}

impl Passage {
    fn new(
        text: String,
        stems: Vec<String>,
        placed: &Placed,
        source: Option<usize>,
        leans: bool,
    ) -> Self {
        let heading =
            placed.heading.as_deref().map(crate::model::local::text::stems).unwrap_or_default();
        let signs = signs(&text);
        Self { sentences: vec![Sentence { text, source }], stems, signs, heading, source, leans }
    }

    fn join(&mut self, sentence: Sentence, stems: Vec<String>) {
        self.signs.extend(signs(&sentence.text));
        self.stems.extend(stems);
        self.sentences.push(sentence);
    }
}

fn signs(text: &str) -> Vec<String> {
    let lower = words(text).map(str::to_lowercase);
    lower.filter(|word| SIGNS.contains(&word.as_str())).map(|word| stem(&word)).collect()
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
        } else if let Some(after) = from.strip_prefix("[@") {
            // `[@name]` is a mark of stored documents.
            out.push_str(before);
            out.push_str("[ @");
            rest = after;
        } else {
            out.push_str(before);
            out.push('[');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}
