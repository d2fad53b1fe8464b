//! Words of a text as it is shown, found in the text as it is kept: there ids stand for numbers.

use std::ops::Range;

use contracts::kinds::osteon::Change;

use super::cite;
use super::splice::Fault;

/// A text as it is shown.
pub(super) struct Shown<'a> {
    kept: &'a str,
    ids: &'a [String],
    text: String,
    /// Where numbers stand that are kept as ids.
    numbers: Vec<Range<usize>>,
    /// Where these ids stand.
    marks: Vec<Range<usize>>,
}

impl<'a> Shown<'a> {
    /// The text `kept` with the numbers of `ids`.
    pub(super) fn of(kept: &'a str, ids: &'a [String]) -> Self {
        let (mut numbers, mut marks) = (Vec::new(), Vec::new());
        let text = cite::numbered_at(kept, ids, |number, mark| {
            numbers.push(number);
            marks.push(mark);
        });
        Self { kept, ids, text, numbers, marks }
    }

    /// Where words stand in it, whichever of both forms their citations have.
    fn all(&self, words: &str) -> Vec<Range<usize>> {
        let words = cite::numbered(words, self.ids);
        let all = self.text.match_indices(&words).map(|(at, found)| at..at + found.len());
        all.filter(|part| !cite::cuts(&self.numbers, part)).collect()
    }

    /// What is kept of a part of it.
    fn kept_of(&self, part: &Range<usize>) -> &'a str {
        let place = |at: usize| {
            let before = self.numbers.partition_point(|number| number.end <= at);
            let known = before.checked_sub(1).and_then(|last| {
                let (number, mark) = (self.numbers.get(last)?, self.marks.get(last)?);
                Some(mark.end + (at - number.end))
            });
            known.unwrap_or(at)
        };
        self.kept.get(place(part.start)..place(part.end)).unwrap_or_default()
    }

    /// A quote as it is kept; none where it does not stand there.
    pub(super) fn quoted(&self, quote: &str) -> Option<String> {
        Some(self.kept_of(self.all(quote).first()?).to_owned())
    }

    /// Changes of what is shown as changes of what is kept.
    pub(super) fn kept(&self, changes: &[Change]) -> Result<Vec<Change>, Fault> {
        let mut places = Vec::with_capacity(changes.len());
        for (place, change) in changes.iter().enumerate() {
            places.push(match (change.old.as_str(), self.all(&change.old).as_slice()) {
                ("", _) => self.text.len()..self.text.len(),
                (_, [one]) => one.clone(),
                (_, []) => return Err(Fault::Missing),
                _ => return Err(Fault::Twice(place)),
            });
        }
        let new = self.made(changes, &places);
        let change = |(part, new): (&Range<usize>, String)| Change {
            old: self.kept_of(part).to_owned(),
            new,
        };
        Ok(places.iter().zip(new).map(change).collect())
    }

    /// What each change makes of its part: a number is a citation by what stands around it then.
    fn made(&self, changes: &[Change], places: &[Range<usize>]) -> Vec<String> {
        let mut order: Vec<usize> = (0..changes.len()).collect();
        order.sort_by_key(|at| (places[*at].start, places[*at].end));
        let (mut whole, mut from) = (String::new(), 0);
        let mut parts = vec![0..0; changes.len()];
        for at in order {
            let (place, new) = (&places[at], changes[at].new.as_str());
            // What touches another is refused where changes are made.
            whole.push_str(self.text.get(from..place.start).unwrap_or_default());
            let begin = whole.len();
            whole.push_str(new);
            parts[at] = begin..whole.len();
            from = place.end;
        }
        whole.push_str(self.text.get(from..).unwrap_or_default());
        parts.into_iter().map(|part| cite::stored_in(&whole, part, self.ids)).collect()
    }
}
