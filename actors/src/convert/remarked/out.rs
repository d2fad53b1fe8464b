//! A section as a document with the comments and suggestions that are open about it.

use contracts::kinds::osteon::{SourceRecord, Splice};
use office::document::{Block, Change, Comment, Document, Error, Inline, Manner, plain, push};
use office::losses::Losses;

use super::super::cited;
use super::{Part, Sign, View, is_signed, parts, seen};
use crate::kinds::osteon::{Section, State, splice};

/// A change of a text, and whose it is.
#[derive(Clone)]
struct Edit {
    splice: Splice,
    by: usize,
}

impl Edit {
    fn at(&self) -> usize {
        self.splice.at as usize
    }

    fn end(&self) -> usize {
        self.at() + self.splice.removed.len()
    }

    fn touches(&self, other: &Self) -> bool {
        self.at() <= other.end() && other.at() <= self.end()
    }
}

/// A section that is being written.
struct Writing<'a, F> {
    text: &'a str,
    known: F,
    base: Document,
    /// Who suggests what.
    by: Vec<Change>,
    edits: Vec<Edit>,
    /// Where comments stand in the text, and their places among those of the section.
    said: Vec<(usize, usize)>,
    /// The section as far as everything so far stands in it.
    shown: Document,
}

/// The document that a section says, with its title, comments and suggestions. A suggestion whose
/// changes no word processor can mark is said in a comment, and told.
///
/// # Errors
/// When it is larger than the limits of documents.
pub fn read<'a>(
    state: &'a State,
    section: &'a Section,
    losses: &mut Losses,
) -> Result<(Document, Vec<Inline>), Error> {
    let known = |id: &str| state.sources.get(id);
    let (base, lost) = cited::read(&section.text, known)?;
    losses.extend(&lost);
    let base = seen(&base, &mut |words| resolved(words, View::Without, &[]).unwrap_or_default());
    let mut writing = Writing {
        text: &section.text,
        known,
        shown: base.clone(),
        base,
        by: Vec::new(),
        edits: Vec::new(),
        said: Vec::new(),
    };
    let mut comments = Vec::new();
    // What is about the section stands at its title.
    let mut title = vec![Inline::Text(section.title.clone(), Manner::default())];
    for suggestion in state.suggestions.iter().filter(|it| it.section == section.id) {
        let by = suggestion.author.clone().unwrap_or_else(|| suggestion.by.to_string());
        let at = suggestion.made_at.unwrap_or(suggestion.at);
        let at_s = Some(at.as_millis().div_euclid(1_000));
        let why = suggestion.why.clone();
        let end =
            writing.suggest(&suggestion.changes, Change { added: false, by: by.clone(), at_s });
        let change = |change: &contracts::kinds::osteon::Change| {
            format!("\u{ab}{}\u{bb} \u{2192} \u{ab}{}\u{bb}", change.old, change.new)
        };
        let mut text: Vec<String> = Vec::new();
        if end.is_none() {
            losses.at("suggestions", &section.title, 1);
            text.extend(suggestion.changes.iter().map(change));
        }
        text.extend(why);
        if !text.is_empty() {
            let comment = comments.len();
            let text = text.join("\n");
            comments.push(Comment { by, at_s, quote: String::new(), text });
            if end.is_none_or(|end| !writing.say(end, comment)) {
                title.push(Inline::Comment(comment));
            }
        }
    }
    for said in state.comments.iter().filter(|it| it.section == section.id) {
        let by = said.author.clone().unwrap_or_else(|| said.by.to_string());
        let at_s = Some(said.made_at.unwrap_or(said.at).as_millis().div_euclid(1_000));
        let comment = comments.len();
        let quote = said.quote.as_ref().filter(|quote| !quote.is_empty());
        let end = quote.and_then(|it| Some(section.text.find(it.as_str())? + it.len()));
        let stands = end.is_some_and(|end| writing.say(end, comment));
        let quote = quote.filter(|_| stands).map(|quote| shown(quote)).unwrap_or_default();
        comments.push(Comment { by, at_s, quote, text: said.text.clone() });
        if !stands {
            title.push(Inline::Comment(comment));
        }
    }
    let mut document = writing.shown;
    document.comments = comments;
    Ok((document, title))
}

impl<'a, F: Fn(&str) -> Option<&'a SourceRecord>> Writing<'a, F> {
    /// Marks changes. Answers where the last of them ends; none when they cannot be marked.
    fn suggest(
        &mut self,
        changes: &[contracts::kinds::osteon::Change],
        by: Change,
    ) -> Option<usize> {
        let splices = splice::located(self.text, changes).ok()?;
        let number = self.by.len();
        let new = splices.into_iter().map(|splice| Edit { splice, by: number });
        let new: Vec<Edit> = new.collect();
        let end = new.last()?.end();
        let apart = |edit: &Edit| !self.edits.iter().any(|known| known.touches(edit));
        if !new.iter().all(apart) {
            return None;
        }
        let before = self.edits.clone();
        self.edits.extend(new);
        self.edits.sort_by_key(Edit::at);
        self.by.push(by);
        match self.tried() {
            Some(shown) => {
                self.shown = shown;
                Some(end)
            }
            None => {
                self.edits = before;
                self.by.pop();
                None
            }
        }
    }

    /// Puts a comment behind so many bytes of the text, where it can stand there.
    fn say(&mut self, at: usize, comment: usize) -> bool {
        self.said.push((at, comment));
        match self.tried() {
            Some(shown) => {
                self.shown = shown;
                true
            }
            None => {
                self.said.pop();
                false
            }
        }
    }

    /// The section with all marks: none when it would say something else than its text, with its
    /// changes or without them.
    fn tried(&self) -> Option<Document> {
        let all: Vec<&str> = self.edits.iter().map(|edit| edit.splice.added.as_str()).collect();
        if is_signed(self.text) || all.iter().any(|text| is_signed(text)) {
            return None;
        }
        let (marked, _) = cited::read(&self.signed(), &self.known).ok()?;
        let view = |view: View| -> Option<Document> {
            let mut whole = true;
            let found = seen(&marked, &mut |words| {
                resolved(words, view, &self.by).unwrap_or_else(|| {
                    whole = false;
                    Vec::new()
                })
            });
            whole.then_some(found)
        };
        let same = |one: &Document, other: &Document| {
            one.blocks == other.blocks && one.notes == other.notes && one.sources == other.sources
        };
        if !same(&view(View::Without)?, &self.base) {
            return None;
        }
        if !self.edits.is_empty() {
            let splices: Vec<_> = self.edits.iter().map(|edit| edit.splice.clone()).collect();
            let after = splice::applied(self.text, &splices);
            let (after, _) = cited::read(&after, &self.known).ok()?;
            let plain = |words: &[Inline]| resolved(words, View::With, &[]).unwrap_or_default();
            if !same(&view(View::With)?, &seen(&after, &mut |words| plain(words))) {
                return None;
            }
        }
        view(View::Marked)
    }

    /// The text with its signs.
    fn signed(&self) -> String {
        // What stands at one place: the end of what goes, what comes, what is said, what goes next.
        let mut signs: Vec<(usize, u8, String)> = Vec::new();
        for edit in &self.edits {
            if !edit.splice.removed.is_empty() {
                signs.push((edit.at(), 3, Sign::Goes(edit.by).told()));
                signs.push((edit.end(), 0, Sign::Ends.told()));
            }
            if !edit.splice.added.is_empty() {
                let (begin, end) = (Sign::Comes(edit.by).told(), Sign::Ends.told());
                signs.push((edit.end(), 1, format!("{begin}{}{end}", edit.splice.added)));
            }
        }
        let said = self.said.iter().map(|(at, comment)| (*at, 2, Sign::Said(*comment).told()));
        signs.extend(said);
        signs.sort_by_key(|(at, rank, _)| (*at, *rank));
        let (mut out, mut from) = (String::with_capacity(2 * self.text.len()), 0);
        for (at, _, sign) in signs {
            out.push_str(self.text.get(from..at).unwrap_or_default());
            out.push_str(&sign);
            from = at;
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        out
    }
}

/// The words of a quote, as whoever looks at the file sees them.
fn shown(quote: &str) -> String {
    let read = cited::read(quote, |_| None).ok().map(|(read, _)| read.blocks);
    match read.as_deref() {
        Some([Block::Paragraph(words)]) => plain(words),
        _ => quote.to_owned(),
    }
}

/// What a view has of words with signs; none where a change takes more than words.
fn resolved(words: &[Inline], view: View, by: &[Change]) -> Option<Vec<Inline>> {
    let (mut open, mut seen) = (None, Vec::with_capacity(words.len()));
    for word in words {
        let Inline::Text(text, manner) = word else {
            if open.is_some() {
                return None;
            }
            seen.push(word.clone());
            continue;
        };
        for part in parts(text) {
            match part {
                Part::Text(text) => {
                    let Some((added, number)) = open else {
                        push(&mut seen, Inline::Text(text.to_owned(), manner.clone()));
                        continue;
                    };
                    if !view.has(added) {
                        continue;
                    }
                    let mut manner = manner.clone();
                    if view == View::Marked {
                        // Words that stand there as inserted ones have no second mark.
                        if manner.change.is_some() {
                            return None;
                        }
                        let change: &Change = by.get(number)?;
                        manner.change = Some(Change { added, ..change.clone() });
                    }
                    push(&mut seen, Inline::Text(text.to_owned(), manner));
                }
                Part::Sign(Sign::Goes(number)) => open = Some((false, number)),
                Part::Sign(Sign::Comes(number)) => open = Some((true, number)),
                Part::Sign(Sign::Ends) => open = None,
                Part::Sign(Sign::Said(number)) => {
                    if view == View::Marked {
                        seen.push(Inline::Comment(number));
                    }
                }
            }
        }
    }
    open.is_none().then_some(seen)
}
