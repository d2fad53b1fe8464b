//! Sentences taken apart and put together with the very blanks that stood between them.

use crate::model::local::text::sentences::spans;

/// The sentences of `body`, each with the blanks before it.
pub fn with_gaps(body: &str) -> Vec<(&str, &str)> {
    let mut out = Vec::new();
    let mut at = 0;
    for (start, end) in spans(body) {
        out.push((&body[at..start], &body[start..end]));
        at = end;
    }
    out
}

/// Each sentence changed, the blanks kept.
pub fn each_sentence(body: &str, change: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(body.len());
    let mut at = 0;
    for (start, end) in spans(body) {
        out.push_str(&body[at..start]);
        out.push_str(&change(&body[start..end]));
        at = end;
    }
    out.push_str(&body[at..]);
    out
}
