//! Phrases replaced by other phrases, capitals kept.

use std::collections::BTreeMap;

use crate::model::local::text::casing::{capital, like};
use crate::model::local::text::tokens::{Token, tokens};

/// Phrases by their first word, longest first.
pub struct Rules {
    rules: BTreeMap<&'static str, Vec<(Vec<&'static str>, &'static str)>>,
}

impl Rules {
    /// Rules of tables, written `words = better; …`; what stands on the right may be nothing.
    pub fn of(tables: &[&'static str]) -> Self {
        let mut rules: BTreeMap<_, Vec<(Vec<_>, _)>> = BTreeMap::new();
        let entries = tables.iter().flat_map(|table| table.split(';'));
        for (from, to) in entries.filter_map(|entry| entry.split_once('=')) {
            let words: Vec<_> = from.split_whitespace().collect();
            if let Some(first) = words.first().copied() {
                rules.entry(first).or_default().push((words, to.trim()));
            }
        }
        for group in rules.values_mut() {
            group.sort_by_key(|(words, _)| std::cmp::Reverse(words.len()));
        }
        Self { rules }
    }

    /// The rule whose words `all` begins with: how many tokens it takes, and the words instead.
    fn find(&self, all: &[Token<'_>]) -> Option<(usize, &'static str)> {
        let first = normal(all.first()?.word()?);
        let group = self.rules.get(first.as_str())?;
        group.iter().find_map(|(words, to)| {
            let length = words.len() * 2 - 1;
            let slice = all.get(..length)?;
            let fits = slice.iter().enumerate().all(|(at, token)| match token {
                Token::Word(word) => at % 2 == 0 && normal(word) == words[at / 2],
                Token::Gap(gap) => at % 2 == 1 && is_joint(gap),
            });
            fits.then_some((length, *to))
        })
    }
}

fn normal(word: &str) -> String {
    word.to_lowercase().replace('\u{2019}', "'")
}

/// A gap inside a phrase: blanks or a soft line end.
fn is_joint(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(char::is_whitespace) && gap.matches('\n').count() < 2
}

/// `body` with each phrase of `rules` replaced.
pub fn replace(body: &str, rules: &Rules) -> String {
    let all = tokens(body);
    let mut out = String::with_capacity(body.len());
    let mut at = 0;
    let mut raise = false;
    while at < all.len() {
        let token = all[at];
        let Some((length, to)) = rules.find(&all[at..]) else {
            let raised = raise && token.word().is_some();
            if raised {
                out.push_str(&capital(token.text()))
            } else {
                out.push_str(token.text())
            }
            raise &= token.word().is_none();
            at += 1;
            continue;
        };
        let first = token.text();
        let upper = raise || first.starts_with(char::is_uppercase);
        raise = false;
        at += length;
        if to.is_empty() {
            at += gap_after_nothing(&all[at..], &mut out);
            raise = upper && first != "I";
        } else {
            let model = if all_capitals(first) { first } else { "" };
            let words = like(model, to);
            out.push_str(&if upper && first != "I" { capital(&words) } else { words });
        }
    }
    out
}

fn all_capitals(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() > 1
        && word.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
}

/// After a phrase that goes, one gap of two goes with it; a comma that held it goes too.
fn gap_after_nothing(all: &[Token<'_>], out: &mut String) -> usize {
    let Some(Token::Gap(gap)) = all.first() else { return 0 };
    let before_ends = out.is_empty() || out.ends_with(char::is_whitespace);
    if gap.starts_with(',') || gap.chars().all(char::is_whitespace) {
        let held = out.trim_end().ends_with(',');
        if gap.starts_with(',') && held {
            let kept = out.trim_end().len() - 1;
            out.truncate(kept);
            out.push(' ');
            return 1;
        }
        if before_ends {
            return 1;
        }
        return 0;
    }
    if before_ends && !out.is_empty() {
        let kept = out.trim_end().len();
        out.truncate(kept);
        if out.ends_with(',') {
            out.pop();
        }
    }
    0
}
