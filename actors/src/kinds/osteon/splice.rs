//! Changes to parts of a text.

use contracts::kinds::osteon::{Change, Splice};

use super::cite;

/// Why changes cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// What the change of this place looks for does not stand there.
    Missing,
    /// It stands there more than once.
    Twice(usize),
    /// It touches what another changes.
    Overlap(usize),
}

/// Where in `text` each of `changes` is made, in the order of the text. What both texts of a change
/// begin and end with is left out.
pub(crate) fn located(text: &str, changes: &[Change]) -> Result<Vec<Splice>, Fault> {
    let mut found = Vec::with_capacity(changes.len());
    let marks = cite::marks(text);
    for (place, change) in changes.iter().enumerate() {
        let at = match change.old.as_str() {
            "" => text.len(),
            old => {
                // What is told by an id is no part of the text.
                let whole = |(at, _): &(usize, &str)| !cite::cuts(&marks, &(*at..*at + old.len()));
                let mut all = text.match_indices(old).filter(whole);
                let (at, _) = all.next().ok_or(Fault::Missing)?;
                if all.next().is_some() {
                    return Err(Fault::Twice(place));
                }
                at
            }
        };
        let end = at + change.old.len();
        let (same, old, new) = differing(&change.old, &change.new);
        found.push((at, end, place, at + same, old.to_owned(), new.to_owned()));
    }
    found.sort_by_key(|(at, end, ..)| (*at, *end));
    let pairs = found.iter().zip(found.iter().skip(1));
    for ((_, end, ..), (at, _, place, ..)) in pairs {
        if at < end {
            return Err(Fault::Overlap(*place));
        }
    }
    let made = found.into_iter().filter(|(.., old, new)| !old.is_empty() || !new.is_empty());
    Ok(made.map(|(.., at, removed, added)| Splice { at: place(at), removed, added }).collect())
}

fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How many bytes two texts begin with alike, and what is between that and their like ends.
pub(crate) fn differing<'a>(old: &'a str, new: &'a str) -> (usize, &'a str, &'a str) {
    let alike = |(one, other): &(char, char)| one == other;
    let bytes = |(one, _): (char, char)| one.len_utf8();
    let head: usize = old.chars().zip(new.chars()).take_while(alike).map(bytes).sum();
    let (old, new) = (&old[head..], &new[head..]);
    let ends = old.chars().rev().zip(new.chars().rev());
    let tail: usize = ends.take_while(alike).map(bytes).sum();
    (head, &old[..old.len() - tail], &new[..new.len() - tail])
}

/// The text after the changes.
pub(crate) fn applied(text: &str, changes: &[Splice]) -> String {
    let added: usize = changes.iter().map(|change| change.added.len()).sum();
    let mut out = String::with_capacity(text.len() + added);
    let mut from = 0;
    for change in changes {
        let at = change.at as usize;
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(&change.added);
        from = at + change.removed.len();
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}
