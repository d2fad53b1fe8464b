//! Easier to read: plain words, and long sentences taken apart where two statements meet.

use super::joints::each_sentence;
use super::phrases::replace;
use super::tables;
use crate::model::local::text::casing::capital;
use crate::model::local::text::tokens::word_count;

/// Words from which on a sentence is long.
const LONG_WORDS: usize = 16;
/// Words that each half keeps, at least.
const HALF_WORDS: usize = 4;

/// What joins two statements, and how the second begins when it stands alone.
const JOINTS: &[(&str, &str)] = &[
    ("; however, ", "However, "),
    ("; therefore, ", "Therefore, "),
    ("; ", ""),
    (", but ", "But "),
    (", and ", ""),
    (", so ", "So "),
    (", whereas ", "But "),
    (", although ", "But "),
];

/// How a statement begins that can stand alone.
const SUBJECTS: &[&str] = &[
    "he", "i", "it", "its", "our", "she", "that", "the", "their", "there", "these", "they", "this",
    "those", "we", "you", "your", "each", "every", "all", "some", "many", "most", "no", "a", "an",
];

/// A plainer passage.
pub fn simplify(body: &str, sentences: bool) -> String {
    let plain = replace(body, &tables::PLAIN_RULES);
    if sentences { each_sentence(&plain, |sentence| apart(sentence, 0)) } else { plain }
}

/// The sentence in two where it is long and two statements meet; each half again.
fn apart(sentence: &str, depth: usize) -> String {
    if depth > 4 || word_count(sentence) < LONG_WORDS {
        return sentence.to_owned();
    }
    for (joint, opening) in JOINTS {
        for (at, _) in sentence.match_indices(joint) {
            let (one, other) = (&sentence[..at], &sentence[at + joint.len()..]);
            let first = other.split_whitespace().next().unwrap_or_default().to_lowercase();
            let alone = SUBJECTS.contains(&first.as_str()) && !one.ends_with(',');
            let open = one.matches('(').count() != one.matches(')').count()
                || one.matches('"').count() % 2 == 1
                || one.matches('“').count() != one.matches('”').count();
            if !alone || open || word_count(one) < HALF_WORDS || word_count(other) < HALF_WORDS {
                continue;
            }
            let second =
                if opening.is_empty() { capital(other) } else { format!("{opening}{other}") };
            return format!("{}. {}", apart(one, depth + 1), apart(&second, depth + 1));
        }
    }
    sentence.to_owned()
}
