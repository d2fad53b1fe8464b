//! The comments and suggestions of a document that came in, about the text that is kept of it.

use contracts::kinds::osteon::{Change as Words, Splice};
use office::document::{Change, Comment, Document, Inline, Manner, push};

use super::{Part, Sign, View, parts, seen, viewed};
use crate::kinds::osteon::splice;

/// A comment about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The words that it is about; none = the whole text.
    pub quote: Option<String>,
    /// What is said, and who says it.
    pub comment: Comment,
}

/// A suggestion about a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggested {
    /// What would change.
    pub change: Words,
    /// Who suggests it, and when.
    pub by: Change,
}

/// A text, and what is remarked on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remarked {
    /// The text without what is suggested.
    pub text: String,
    /// The comments, in the order of the text.
    pub said: Vec<Said>,
    /// The suggestions, in the order of the text.
    pub suggested: Vec<Suggested>,
}

/// A change that was found in a text with signs.
#[derive(Debug, Clone)]
struct Found {
    at: usize,
    removed: String,
    added: String,
    by: usize,
}

/// The text of a part of a document as `written` writes it, without its suggestions, and these
/// beside it. Nothing is taken or turned down: what changes between both texts is suggested.
///
/// # Errors
/// What `written` fails with.
pub fn read<E>(
    part: &Document,
    mut written: impl FnMut(&Document) -> Result<String, E>,
) -> Result<Remarked, E> {
    let mut by = Vec::new();
    let text = written(&seen(part, &mut |words| signed(words, &mut by)))?;
    let before = written(&seen(part, &mut |words| viewed(words, View::Without)))?;
    let after = written(&seen(part, &mut |words| viewed(words, View::With)))?;
    let (base, found, places) = unsigned(&text);
    let comments = in_order(part);
    let whole = base == before && applied(&before, &found) == after;
    let found = if whole { found } else { differing(&before, &after) };
    let nobody = Change::default();
    let one = |found: &Found| {
        let by = by.get(found.by).cloned().or_else(|| by.first().cloned());
        Some(Suggested { change: widened(&before, found)?, by: by.unwrap_or(nobody.clone()) })
    };
    let suggested = found.iter().filter_map(one).collect();
    let said = comments.into_iter().map(|comment| {
        let stood = places.iter().find(|(number, _)| *number == comment).filter(|_| base == before);
        let comment = part.comments.get(comment).cloned().unwrap_or_default();
        // Words stand there where the text before the comment ends with them.
        let quote = comment.quote.as_str();
        let stands = stood.is_some_and(|(_, at)| base[..*at].ends_with(quote));
        let quote = (!quote.trim().is_empty() && stands).then(|| quote.to_owned());
        Said { quote, comment }
    });
    Ok(Remarked { said: said.collect(), suggested, text: before })
}

/// The comments that stand in a document, in its order.
fn in_order(part: &Document) -> Vec<usize> {
    let mut found = Vec::new();
    seen(part, &mut |words| {
        found.extend(words.iter().filter_map(|word| match word {
            Inline::Comment(comment) => Some(*comment),
            _ => None,
        }));
        words.to_vec()
    });
    found
}

/// What somebody suggests about words of this manner.
fn suggested(manner: &Manner) -> Option<&Change> {
    manner.change.as_ref().filter(|change| change.is_suggested())
}

/// Words whose changes and comments are told by signs.
fn signed(words: &[Inline], by: &mut Vec<Change>) -> Vec<Inline> {
    let mut done = Vec::with_capacity(words.len());
    for word in words {
        match word {
            Inline::Text(text, manner) if let Some(change) = suggested(manner) => {
                let number = by.len();
                by.push(change.clone());
                let sign = if change.added { Sign::Comes(number) } else { Sign::Goes(number) };
                let text = format!("{}{text}{}", sign.told(), Sign::Ends.told());
                let mut manner = manner.clone();
                manner.change = None;
                push(&mut done, Inline::Text(text, manner));
            }
            Inline::Comment(comment) => {
                let text = Sign::Said(*comment).told();
                let manner = match done.last() {
                    Some(Inline::Text(_, manner)) => manner.clone(),
                    _ => Manner::default(),
                };
                push(&mut done, Inline::Text(text, manner));
            }
            word => push(&mut done, word.clone()),
        }
    }
    done
}

/// A text without its signs, the changes that they told, and where something is said.
fn unsigned(text: &str) -> (String, Vec<Found>, Vec<(usize, usize)>) {
    let (mut base, mut places) = (String::with_capacity(text.len()), Vec::new());
    let (mut found, mut open): (Vec<Found>, Option<Sign>) = (Vec::new(), None);
    for part in parts(text) {
        match part {
            Part::Sign(Sign::Ends) => open = None,
            Part::Sign(Sign::Said(comment)) => places.push((comment, base.len())),
            Part::Sign(sign) => {
                open = Some(sign);
                let (Sign::Goes(by) | Sign::Comes(by)) = sign else { continue };
                let goes_on =
                    found.last().is_some_and(|last| last.at + last.removed.len() == base.len());
                if !goes_on {
                    let (removed, added) = (String::new(), String::new());
                    found.push(Found { at: base.len(), removed, added, by });
                }
            }
            Part::Text(text) => match (open, found.last_mut()) {
                (Some(Sign::Goes(_)), Some(last)) => {
                    last.removed.push_str(text);
                    base.push_str(text);
                }
                (Some(Sign::Comes(_)), Some(last)) => last.added.push_str(text),
                _ => base.push_str(text),
            },
        }
    }
    (base, found, places)
}

fn splices(found: &[Found]) -> Vec<Splice> {
    let one = |found: &Found| Splice {
        at: u32::try_from(found.at).unwrap_or(u32::MAX),
        removed: found.removed.clone(),
        added: found.added.clone(),
    };
    found.iter().map(one).collect()
}

fn applied(text: &str, found: &[Found]) -> String {
    splice::applied(text, &splices(found))
}

/// What differs between two texts: paragraph by paragraph where they have as many, else as one.
fn differing(before: &str, after: &str) -> Vec<Found> {
    const BETWEEN: &str = "\n\n";
    let (old, new): (Vec<_>, Vec<_>) =
        (before.split(BETWEEN).collect(), after.split(BETWEEN).collect());
    let pairs = if old.len() == new.len() {
        old.into_iter().zip(new).collect()
    } else {
        vec![(before, after)]
    };
    let (mut at, mut found) = (0, Vec::new());
    for (old, new) in pairs {
        if old != new {
            let (head, removed, added) = splice::differing(old, new);
            let (removed, added) = (removed.to_owned(), added.to_owned());
            found.push(Found { at: at + head, removed, added, by: 0 });
        }
        at += old.len() + BETWEEN.len();
    }
    found
}

/// A change that names enough of the words around it to be found again; none when nothing changes.
fn widened(text: &str, found: &Found) -> Option<Words> {
    if found.removed == found.added {
        return None;
    }
    let wanted = applied(text, std::slice::from_ref(found));
    let (mut begin, mut end) = (found.at, found.at + found.removed.len());
    loop {
        let old = text.get(begin..end)?;
        let new = format!(
            "{}{}{}",
            &text[begin..found.at],
            found.added,
            &text[found.at + found.removed.len()..end]
        );
        let change = Words { old: old.to_owned(), new };
        let made = splice::located(text, std::slice::from_ref(&change));
        if made.is_ok_and(|made| splice::applied(text, &made) == wanted) {
            return Some(change);
        }
        if begin == 0 && end == text.len() {
            return None;
        }
        begin = word_before(text, begin);
        end = word_after(text, end);
    }
}

/// Where the word before a place begins.
fn word_before(text: &str, at: usize) -> usize {
    let before = text[..at].trim_end();
    before.rfind(char::is_whitespace).map_or(0, |at| text.ceil_char_boundary(at + 1))
}

/// Where the word behind a place ends.
fn word_after(text: &str, at: usize) -> usize {
    let after = &text[at..];
    let word = after.len() - after.trim_start().len();
    after[word..].find(char::is_whitespace).map_or(text.len(), |end| at + word + end)
}
