//! Sentences as paragraphs.

use super::material::Sentence;
use crate::model::local::text::casing::lower_start;

/// What joins a sentence to one of another source. Neutral: nothing is claimed by it.
const JOINTS: [&str; 3] = ["In addition, ", "Also, ", "Beyond that, "];

/// Words after which no joint is needed.
const JOINED: &[&str] = &[
    "also",
    "and",
    "but",
    "finally",
    "first",
    "further",
    "however",
    "in",
    "instead",
    "moreover",
    "second",
    "still",
    "then",
    "therefore",
    "thus",
    "yet",
];

/// The sentences as text, each cited one with `[n]`, and the cited sources in order of first use.
pub fn paragraphs(sentences: &[&Sentence]) -> (String, Vec<usize>) {
    let mut sources: Vec<usize> = Vec::new();
    let mut text = String::new();
    let mut joints = 0;
    for (at, sentence) in sentences.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| sentences.get(at));
        if let Some(source) = sentence.source
            && !sources.contains(&source)
        {
            sources.push(source);
        }
        let marked = marked(&finished(&sentence.text), sentence.source);
        let Some(before) = before else {
            text.push_str(&marked);
            continue;
        };
        if before.source == sentence.source {
            text.push(' ');
            text.push_str(&marked);
            continue;
        }
        text.push_str("\n\n");
        let first = sentence.text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        let joined = JOINED.contains(&first.to_lowercase().as_str());
        match lower_start(&marked).filter(|_| !joined) {
            Some(lower) => {
                text.push_str(JOINTS[joints % JOINTS.len()]);
                text.push_str(&lower);
                joints += 1;
            }
            None => text.push_str(&marked),
        }
    }
    (text, sources)
}

/// The words as a sentence: an item of a list may lack its full stop.
fn finished(text: &str) -> String {
    let text = text.trim_end_matches([',', ';', ' ', ':']);
    let closed = text.trim_end_matches(['"', '\'', ')', ']', '”', '’', '»']);
    let ends = closed.ends_with(['.', '!', '?', '…', '。', '！', '？', '؟', '।']);
    let text = crate::model::local::text::casing::capital(text);
    if ends || text.is_empty() { text } else { format!("{text}.") }
}

/// The sentence with its mark before its end sign.
fn marked(text: &str, source: Option<usize>) -> String {
    let Some(source) = source else { return text.to_owned() };
    let number = source + 1;
    match text.strip_suffix('.').filter(|before| !before.ends_with('.')) {
        Some(before) => format!("{before} [{number}]."),
        None => format!("{text} [{number}]"),
    }
}
