//! Only what matters: filler and asides go, then the sentences that add least.

use std::collections::BTreeSet;

use super::joints::with_gaps;
use super::phrases::replace;
use super::tables;
use crate::model::local::LocalConfig;
use crate::model::local::text::blocks::{Sort, blocks};
use crate::model::local::text::rank::{choose, likeness};
use crate::model::local::text::sentences::Placed;
use crate::model::local::text::stems;
use crate::model::local::text::tokens::{is_mark, word_count};

/// Words of an aside that may go.
const ASIDE_WORDS_MAX: usize = 14;

/// A shorter paragraph.
pub fn shorten(body: &str, config: &LocalConfig) -> String {
    sentences(&words(body), config)
}

/// Filler and asides go.
pub fn words(body: &str) -> String {
    replace(&without_asides(body), &tables::SHORT_RULES)
}

/// Asides in round brackets go, unless they hold a number, a citation or code.
fn without_asides(body: &str) -> String {
    let mut out = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(open) = rest.find('(') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let inner = from[1..].split([')', '(']).next().unwrap_or_default();
        let closed = from[1 + inner.len()..].starts_with(')');
        let aside = closed
            && before.ends_with(' ')
            && word_count(inner) <= ASIDE_WORDS_MAX
            && word_count(inner) > 1
            && !inner.chars().any(|c| c.is_ascii_digit() || is_mark(c));
        if aside {
            let kept = out.trim_end().len();
            out.truncate(kept);
            rest = &from[inner.len() + 2..];
        } else {
            out.push('(');
            rest = &from[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Of more than two sentences, three fifths stay: the first, and those that matter and differ.
pub fn sentences(body: &str, config: &LocalConfig) -> String {
    let all = with_gaps(body);
    if all.len() < 3 {
        return body.to_owned();
    }
    let placed: Vec<_> = all
        .iter()
        .enumerate()
        .map(|(at, (_, text))| Placed {
            text: (*text).to_owned(),
            heading: None,
            item: false,
            first: at == 0,
        })
        .collect();
    let count = (all.len() * 3).div_ceil(5);
    let mut kept: BTreeSet<usize> = choose(&placed, count, config).into_iter().collect();
    if !kept.contains(&0) {
        if kept.len() >= count {
            kept.pop_last();
        }
        kept.insert(0);
    }
    let mut out = String::new();
    for place in kept {
        let (gap, sentence) = all[place];
        out.push_str(if out.is_empty() { "" } else { gap });
        out.push_str(sentence);
    }
    out
}

/// Blocks that say what an earlier one says go; what is no prose stays.
pub fn without_repeats(text: &str) -> String {
    if text.len() > 256 * 1_024 || text.contains("```") || text.contains("~~~") {
        return text.to_owned();
    }
    let mut seen: Vec<BTreeSet<String>> = Vec::new();
    let mut out: Vec<&str> = Vec::new();
    for part in text.split("\n\n") {
        let prose = blocks(part).iter().all(|block| block.sort == Sort::Paragraph);
        let stems: BTreeSet<_> = stems(part).into_iter().collect();
        let told = prose
            && stems.len() > 4
            && seen
                .iter()
                .rev()
                .take(200)
                .any(|one| likeness(one, &stems) > 0.9 && one.len() >= stems.len());
        if !told {
            seen.push(stems);
            out.push(part);
        }
    }
    out.join("\n\n")
}
