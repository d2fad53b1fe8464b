//! More formal: contractions written out, slang and hedges replaced, calm signs.

use super::joints::each_sentence;
use super::phrases::replace;
use super::tables;
use crate::model::local::text::casing::capital;

/// Words at the beginning of a sentence, and what a formal text has instead.
const OPENINGS: &[(&str, &str)] = &[
    ("And ", "In addition, "),
    ("But ", "However, "),
    ("Plus, ", "In addition, "),
    ("So, ", "Therefore, "),
    ("Anyway, ", ""),
    ("Well, ", ""),
    ("Okay, ", ""),
    ("Hey, ", ""),
    ("Honestly, ", ""),
    ("Look, ", ""),
];

/// A more formal passage.
pub fn formalize(body: &str) -> String {
    let written_out = replace(body, &tables::FORMAL_RULES);
    let bare = without_smileys(&written_out);
    each_sentence(&bare, |sentence| {
        let opened = OPENINGS.iter().find_map(|(from, to)| {
            let rest = sentence.strip_prefix(from)?;
            Some(if to.is_empty() { capital(rest) } else { format!("{to}{rest}") })
        });
        let sentence = opened.unwrap_or_else(|| sentence.to_owned());
        match sentence.strip_suffix('!') {
            Some(calm) => format!("{}.", calm.trim_end_matches(['!', '?'])),
            None => sentence,
        }
    })
}

/// Smileys go; one that stood for a full stop leaves it.
fn without_smileys(body: &str) -> String {
    let mut out = body.to_owned();
    for smiley in [" :-)", " :)", " ;-)", " ;)", " :-(", " :(", " :D", " <3"] {
        if !out.contains(smiley) {
            continue;
        }
        let parts: Vec<_> = out.split(smiley).map(str::to_owned).collect();
        let mut joined = String::with_capacity(out.len());
        for (at, part) in parts.iter().enumerate() {
            joined.push_str(part);
            let Some(next) = parts.get(at + 1) else { break };
            let begins = next.trim_start().chars().next().is_none_or(char::is_uppercase);
            if begins && part.ends_with(char::is_alphanumeric) {
                joined.push('.');
            }
        }
        out = joined;
    }
    let smiling = |c: char| matches!(c, '\u{1F600}'..='\u{1F64F}' | '\u{1F923}'..='\u{1F92F}');
    if out.contains(smiling) {
        out = out.replace(smiling, "");
    }
    out
}
