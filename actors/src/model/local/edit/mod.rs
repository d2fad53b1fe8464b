//! A changed text: by rules for words, sentences and layout. Facts are never added; code, links,
//! citations, quotations, tables and headings stay byte for byte.

mod expand;
mod feedback;
mod formalize;
mod improve;
mod joints;
mod orders;
mod phrases;
mod pieces;
mod shield;
mod shorten;
mod simplify;
mod tables;

use super::LocalConfig;
use super::text::language::is_english;
use feedback::{Order, Wish};
use pieces::{Piece, Sort, pieces};
use shield::Shield;

/// A changed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    /// The text. Blank only where the given one was.
    pub text: String,
    /// What was wished and could not be done, in the wish's own words.
    pub unmet: Vec<String>,
}

/// How a text is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Correct and clear, with the same content. The default.
    Improve,
    /// Only what matters.
    Shorten,
    /// More said about what is there.
    Expand,
    /// More formal.
    Formalize,
    /// Shorter sentences, plainer words.
    Simplify,
}

impl Manner {
    /// The manner of this name; unknown ones mean [`Manner::Improve`].
    pub fn named(name: &str) -> Self {
        match name.trim().to_lowercase().as_str() {
            "shorten" => Self::Shorten,
            "expand" => Self::Expand,
            "formalize" | "formalise" => Self::Formalize,
            "simplify" => Self::Simplify,
            _ => Self::Improve,
        }
    }
}

/// Changes `text`: first what `feedback` orders, then in the manner asked.
pub fn edit(text: &str, manner: Manner, feedback: Option<&str>, config: &LocalConfig) -> Edited {
    let orders = feedback.map(feedback::read).unwrap_or_default();
    let mut unmet = Vec::new();
    let mut literals = Vec::new();
    let mut manners = Vec::new();
    let mut bulleted = false;
    let mut done = text.to_owned();
    for Wish { words, order } in orders {
        let changed = match order {
            Some(Order::Manner(other)) => {
                manners.push(other);
                continue;
            }
            Some(Order::Bullets) => {
                bulleted = true;
                continue;
            }
            Some(order) => orders::obey(&done, &order, config),
            None => None,
        };
        match changed {
            Some(changed) => {
                done = changed.text;
                literals.extend(changed.literals);
            }
            None => unmet.push(words),
        }
    }
    // A wish for another manner goes before the default one, and takes its place.
    if manner != Manner::Improve || manners.is_empty() {
        manners.push(manner);
    }
    manners.dedup();
    for manner in manners {
        done = in_manner(&done, manner, &literals, config);
    }
    if bulleted {
        // Last, so that sentences are still sentences for the rules above.
        done = orders::bulleted(&done);
    }
    if done.trim().is_empty() {
        text.clone_into(&mut done);
    }
    Edited { text: done, unmet }
}

fn in_manner(text: &str, manner: Manner, literals: &[String], config: &LocalConfig) -> String {
    let english = is_english(text);
    if manner == Manner::Expand {
        let better =
            each(text, literals, |body, sort| change(body, sort, Manner::Improve, english, config));
        return expand::expand(&better, english, config, |text, change| {
            each(text, literals, |body, _| change(body))
        });
    }
    let changed = each(text, literals, |body, sort| change(body, sort, manner, english, config));
    if manner == Manner::Shorten { shorten::without_repeats(&changed) } else { changed }
}

fn change(body: &str, sort: Sort, manner: Manner, english: bool, config: &LocalConfig) -> String {
    let sentence = sort == Sort::Paragraph;
    let spaced = improve::spacing(body);
    if !english {
        // Rules for English words would only harm.
        return if manner == Manner::Shorten && sentence {
            shorten::sentences(&spaced, config)
        } else {
            spaced
        };
    }
    let corrected = improve::words(&spaced);
    let changed = match manner {
        Manner::Improve | Manner::Expand => phrases::replace(&corrected, &tables::WORDY_RULES),
        Manner::Shorten if sentence => shorten::shorten(&corrected, config),
        Manner::Shorten => shorten::words(&corrected),
        Manner::Formalize => formalize::formalize(&corrected),
        Manner::Simplify => simplify::simplify(&corrected, sentence),
    };
    // A rule may have left `an use` or two blanks behind.
    let changed = improve::spacing(&improve::words(&changed));
    if sentence { improve::sentence_starts(&changed) } else { changed }
}

/// Changes each passage of prose and leaves all else.
fn each(text: &str, literals: &[String], change: impl Fn(&str, Sort) -> String) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for piece in pieces(text) {
        match piece {
            Piece::Kept(bytes) => out.push_str(bytes),
            Piece::Prose { prefix, body, sort } => {
                let mut shield = Shield::default();
                out.push_str(prefix);
                match shield.cover(body, literals) {
                    Some(covered) => out.push_str(&shield.uncover(&change(&covered, sort))),
                    None => out.push_str(body),
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests;
