//! Orders of the author, obeyed.

use std::collections::BTreeSet;

use super::feedback::{Order, Unit, Which};
use super::joints::with_gaps;
use super::pieces::{Piece, Sort, pieces};
use crate::model::local::LocalConfig;
use crate::model::local::text::blocks::plain;
use crate::model::local::text::casing::capital;
use crate::model::local::text::rank::choose;
use crate::model::local::text::sentences::{Placed, placed};
use crate::model::local::text::stems;
use crate::model::local::text::tokens::{flat, word_count};

/// A text after an order.
pub struct Changed {
    /// The text.
    pub text: String,
    /// The author's own words in it, which no later rule may change.
    pub literals: Vec<String>,
}

/// The text after `order`; `None` when it cannot be obeyed.
pub fn obey(text: &str, order: &Order, config: &LocalConfig) -> Option<Changed> {
    let changed = match order {
        Order::Replace(from, to) => replaced(text, from, to)?,
        Order::RemoveWords(words) => replaced(text, words, "")?,
        Order::Remove(unit, which) => removed(text, *unit, which)?,
        Order::Heading(title) => format!("# {}\n\n{}", capital(title), text.trim_start()),
        Order::Say(said) => {
            let ends = said.ends_with(['.', '!', '?']);
            appended(text, &format!("{}{}", capital(said), if ends { "" } else { "." }))
        }
        Order::Mention(what) => mentioned(text, what),
        Order::WordsMax(most) => within(text, *most, usize::MAX, config),
        Order::SentencesMax(most) => within(text, usize::MAX, *most, config),
        Order::Manner(_) | Order::Bullets => return None,
    };
    if changed.trim().is_empty() {
        return None;
    }
    let literals = match order {
        Order::Replace(_, to) => vec![to.clone()],
        Order::Say(said) => vec![capital(said)],
        Order::Mention(what) => vec![what.clone()],
        _ => Vec::new(),
    };
    Some(Changed { text: changed, literals })
}

/// Every place of `from`, as written or with other capitals, at the borders of words.
fn replaced(text: &str, from: &str, to: &str) -> Option<String> {
    let exact = swap(text, text, from, to);
    if exact.is_some() {
        return exact;
    }
    let (lower, small) = (text.to_lowercase(), from.to_lowercase());
    if lower.len() == text.len() { swap(text, &lower, &small, to) } else { None }
}

/// As [`replaced`], with places found in `seen`, which has the same bytes' places as `text`.
fn swap(text: &str, seen: &str, from: &str, to: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for (at, _) in seen.match_indices(from) {
        let end = at + from.len();
        if at < last || !text.is_char_boundary(at) || !text.is_char_boundary(end) {
            continue;
        }
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside = (letter(text[..at].chars().next_back()) && letter(from.chars().next()))
            || (letter(text[end..].chars().next()) && letter(from.chars().next_back()));
        if inside {
            continue;
        }
        out.push_str(&text[last..at]);
        let starts =
            text[at..].starts_with(char::is_uppercase) && !from.starts_with(char::is_uppercase);
        out.push_str(&if starts { capital(to) } else { to.to_owned() });
        last = end;
        // Words that go take one blank with them.
        if to.is_empty()
            && (out.is_empty() || out.ends_with([' ', '\n']))
            && text[end..].starts_with(' ')
        {
            last += 1;
        }
    }
    if last == 0 && !seen.starts_with(from) {
        return None;
    }
    out.push_str(&text[last..]);
    (out != text).then_some(out)
}

fn removed(text: &str, unit: Unit, which: &Which) -> Option<String> {
    let all = pieces(text);
    let mut units: Vec<(usize, usize, &str)> = Vec::new();
    for (at, piece) in all.iter().enumerate() {
        let Piece::Prose { body, sort, .. } = piece else { continue };
        match unit {
            Unit::Paragraph if *sort == Sort::Paragraph => units.push((at, usize::MAX, body)),
            Unit::Item if *sort == Sort::Item => units.push((at, usize::MAX, body)),
            Unit::Sentence => {
                let sentences = with_gaps(body).into_iter().enumerate();
                units.extend(sentences.map(|(place, (_, sentence))| (at, place, sentence)));
            }
            _ => {}
        }
    }
    let gone: BTreeSet<(usize, usize)> = match which {
        Which::Place(place) => units.get(*place).map(|one| (one.0, one.1)).into_iter().collect(),
        Which::Last => units.last().map(|one| (one.0, one.1)).into_iter().collect(),
        Which::About(topic) => {
            let asked = stems(topic);
            let speaks = |text: &str| {
                let words = stems(text);
                !asked.is_empty() && asked.iter().all(|stem| words.contains(stem))
            };
            units.iter().filter(|one| speaks(one.2)).map(|one| (one.0, one.1)).collect()
        }
    };
    if gone.is_empty() {
        return None;
    }
    let mut out = String::new();
    let mut skip_gap = false;
    for (at, piece) in all.iter().enumerate() {
        match piece {
            Piece::Kept(bytes) => {
                if !(skip_gap && bytes.trim().is_empty()) {
                    out.push_str(bytes);
                    skip_gap = false;
                }
            }
            Piece::Prose { prefix, body, .. } => {
                skip_gap = false;
                let left = without(body, at, &gone);
                if left.is_empty() {
                    skip_gap = true;
                } else {
                    out.push_str(prefix);
                    out.push_str(&left);
                }
            }
        }
    }
    Some(out.trim_end().to_owned())
}

fn without(body: &str, at: usize, gone: &BTreeSet<(usize, usize)>) -> String {
    if gone.contains(&(at, usize::MAX)) {
        return String::new();
    }
    if gone.range((at, 0)..=(at, usize::MAX)).next().is_none() {
        return body.to_owned();
    }
    let mut out = String::new();
    for (place, (gap, sentence)) in with_gaps(body).into_iter().enumerate() {
        if !gone.contains(&(at, place)) {
            out.push_str(if out.is_empty() { "" } else { gap });
            out.push_str(sentence);
        }
    }
    out
}

fn appended(text: &str, sentence: &str) -> String {
    let text = text.trim_end();
    let prose = matches!(pieces(text).last(), Some(Piece::Prose { sort: Sort::Paragraph, .. }));
    let ended = text.ends_with(['.', '!', '?', ']', '"', '”']);
    match (prose, ended) {
        (true, true) => format!("{text} {sentence}"),
        (true, false) => format!("{text}. {sentence}"),
        (false, _) if text.is_empty() => sentence.to_owned(),
        (false, _) => format!("{text}\n\n{sentence}"),
    }
}

/// The thing named; nothing is claimed about it.
fn mentioned(text: &str, what: &str) -> String {
    let verbs =
        [" is ", " are ", " was ", " were ", " will ", " has ", " have ", " must ", " can "];
    let statement = verbs.iter().any(|verb| what.contains(verb));
    if statement {
        return appended(text, &format!("{}.", capital(what.trim_end_matches('.'))));
    }
    appended(text, &format!("This also concerns {what}."))
}

/// Each sentence of each paragraph as an item.
pub fn bulleted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 32);
    for piece in pieces(text) {
        match piece {
            Piece::Prose { body, sort: Sort::Paragraph, .. } => {
                let items = with_gaps(body);
                let lines: Vec<_> = items
                    .iter()
                    .map(|(_, sentence)| format!("- {}", sentence.replace('\n', " ")))
                    .collect();
                out.push_str(&lines.join("\n"));
            }
            Piece::Prose { prefix, body, .. } => {
                out.push_str(prefix);
                out.push_str(body);
            }
            Piece::Kept(bytes) => out.push_str(bytes),
        }
    }
    out
}

/// The sentences that matter, within both limits, at least one.
fn within(text: &str, words_max: usize, sentences_max: usize, config: &LocalConfig) -> String {
    let sentences: Vec<Placed> = placed(text, config.ranked_sentences_max);
    let mut count = sentences.len().min(sentences_max).max(1);
    if word_count(text) <= words_max && sentences.len() <= sentences_max {
        return text.to_owned();
    }
    loop {
        let chosen = choose(&sentences, count, config);
        let words: Vec<_> = chosen.iter().map(|at| sentences[*at].text.as_str()).collect();
        let joined = words.join(" ");
        let total = word_count(&joined);
        if total <= words_max || count == 1 {
            return if joined.is_empty() { flat(&plain(text)) } else { joined };
        }
        // Straight to about the right number, then one by one.
        let fit = count * words_max / total.max(1);
        count = fit.clamp(1, count - 1);
    }
}
