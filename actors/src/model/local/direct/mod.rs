//! Directing by rules: plans, routes, judgements and ends out of words that are there. What no rule
//! can tell is said to be untold.

mod finalize;
mod plan;
mod review;
mod route;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use super::text::stem::stem;
use super::text::tokens::words;

pub use finalize::finalize;
pub use plan::plan;
pub use review::review;
pub use route::route;

/// The first of `known` that a text has, whatever its form, and how many of them it has.
fn said<'a>(known: &[&'a str], text: &BTreeSet<String>) -> (Option<&'a str>, usize) {
    let found: Vec<&str> = known.iter().copied().filter(|it| text.contains(&stem(it))).collect();
    (found.first().copied(), found.len())
}

/// The words of a text, each in its common form.
fn spoken(text: &str) -> BTreeSet<String> {
    words(text).map(|word| stem(&word.to_lowercase())).collect()
}
