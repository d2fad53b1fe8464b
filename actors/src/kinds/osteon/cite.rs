//! Citations: in stored texts `[@id]` names a source, in answers `[n]` its number.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use contracts::kinds::osteon::SourceRecord;
use contracts::kinds::osteon::answers::Cites;
use contracts::kinds::osteon::artifact::{Body, Citation, Section as Shown};

use super::prose;
use super::state::{Section, State};

/// A mark in a text.
enum Mark<'a> {
    /// `[3]` or `[1, 2]`.
    Numbers(Vec<usize>),
    /// `[@c_0123456789]`.
    Source(&'a str),
}

impl<'a> Mark<'a> {
    /// What stands between brackets as a mark.
    fn parse(inner: &'a str) -> Option<Self> {
        if let Some(id) = inner.strip_prefix('@') {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            return (!id.is_empty() && id.bytes().all(plain)).then_some(Self::Source(id));
        }
        let digits = |part: &str| {
            let all = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            all.then(|| part.parse().ok()).flatten()
        };
        inner.split(',').map(|part| digits(part.trim())).collect::<Option<_>>().map(Self::Numbers)
    }
}

/// Asks `at` at each mark of a text, which is told where that stands and says whether it is taken:
/// what is not may have others in it.
fn each(text: &str, mut at: impl FnMut(Mark<'_>, Range<usize>) -> bool) {
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|open| from + open) {
        let rest = &text[open + 1..];
        let inner = rest.split_once([']', '[']).map_or("", |(inner, _)| inner);
        let closed = rest.as_bytes().get(inner.len()) == Some(&b']');
        let mark = if closed { Mark::parse(inner) } else { None };
        let end = open + inner.len() + 2;
        from = if mark.is_some_and(|mark| at(mark, open..end)) { end } else { open + 1 };
    }
}

/// Copies a text and asks `to` at each mark, which is told where that stands, writes other words
/// and says whether it did.
fn rewrite(text: &str, mut to: impl FnMut(Mark<'_>, Range<usize>, &mut String) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    each(text, |mark, at| {
        out.push_str(&text[copied..at.start]);
        copied = at.start;
        let taken = to(mark, at.clone(), &mut out);
        if taken {
            copied = at.end;
        }
        taken
    });
    out.push_str(&text[copied..]);
    out
}

/// Turns numbers into ids: `[n]` into the n-th of `ids`. Numbers beyond them are no citations, and
/// neither are those in code, in HTML and in what leads elsewhere.
pub(super) fn stored(text: &str, ids: &[String]) -> String {
    stored_in(text, 0..text.len(), ids)
}

/// The same for a part of a text.
pub(super) fn stored_in(whole: &str, part: Range<usize>, ids: &[String]) -> String {
    let mut literal = None;
    rewrite(&whole[part.clone()], |mark, at, out| {
        let Mark::Numbers(numbers) = mark else { return false };
        let id = |number: usize| ids.get(number.checked_sub(1)?);
        let found: Option<Vec<_>> = numbers.into_iter().map(id).collect();
        let Some(found) = found else { return false };
        let literal = literal.get_or_insert_with(|| prose::literal(whole));
        if !prose::is_words(whole, literal, part.start + at.start) {
            return false;
        }
        out.extend(found.into_iter().map(|id| format!("[@{id}]")));
        true
    })
}

/// Turns the ids of `ids` into their numbers.
pub(super) fn numbered(text: &str, ids: &[String]) -> String {
    numbered_at(text, ids, |_, _| {})
}

/// The same, and tells of each number where it stands and where its id stood.
pub(super) fn numbered_at(
    text: &str,
    ids: &[String],
    mut tell: impl FnMut(Range<usize>, Range<usize>),
) -> String {
    let numbers: BTreeMap<_, _> =
        ids.iter().enumerate().map(|(at, id)| (id.as_str(), at + 1)).collect();
    rewrite(text, |mark, at, out| {
        let Mark::Source(id) = mark else { return false };
        let Some(number) = numbers.get(id) else { return false };
        let begin = out.len();
        out.push_str(&format!("[{number}]"));
        tell(begin..out.len(), at);
        true
    })
}

/// Where the ids of sources stand in a text.
pub(super) fn marks(text: &str) -> Vec<Range<usize>> {
    let mut marks = Vec::new();
    each(text, |mark, at| {
        if matches!(mark, Mark::Source(_)) {
            marks.push(at);
        }
        false
    });
    marks
}

/// The ids that a text cites, in order of first use.
pub(super) fn cited(text: &str) -> Vec<String> {
    used([text], |_| true)
}

/// Whether `part` begins or ends within one of `marks`.
pub(super) fn cuts(marks: &[Range<usize>], part: &Range<usize>) -> bool {
    let within = |at: usize| {
        let next = marks.partition_point(|mark| mark.end <= at);
        marks.get(next).is_some_and(|mark| mark.start < at)
    };
    within(part.start) || within(part.end)
}

/// The text without citations.
pub(super) fn without(text: &str, sources: &BTreeMap<String, SourceRecord>) -> String {
    rewrite(text, |mark, _, out| {
        let known = matches!(mark, Mark::Source(id) if sources.contains_key(id));
        if known {
            out.truncate(out.trim_end_matches(' ').len());
        }
        known
    })
}

/// The known sources that `texts` cite, in order of first use.
pub(crate) fn used<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    known: impl Fn(&str) -> bool,
) -> Vec<String> {
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for text in texts {
        each(text, |mark, _| {
            if let Mark::Source(id) = mark
                && known(id)
                && seen.insert(id.to_owned())
            {
                order.push(id.to_owned());
            }
            false
        });
    }
    order
}

impl State {
    /// The ids of the cited sources: number n is the n-th.
    #[must_use]
    pub fn numbers(&self) -> Vec<String> {
        let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
        // Most documents cite nothing, and their sections need not be asked.
        let sections = self.sections.iter().filter(|_| !self.sources.is_empty());
        for id in sections.flat_map(|section| section.cited.of(&section.text)) {
            if self.sources.contains_key(id) && seen.insert(id.as_str()) {
                order.push(id.clone());
            }
        }
        order
    }

    /// The ids of the sources that one section cites, in order of first use there.
    #[must_use]
    pub fn cited_in(&self, section: &Section) -> Vec<String> {
        let cited = section.cited.of(&section.text).iter();
        cited.filter(|id| self.sources.contains_key(*id)).cloned().collect()
    }

    /// What one section cites, in order of first use there.
    #[must_use]
    pub fn cites(&self, section: &Section) -> Vec<Cites> {
        let cited = self.cited_in(section);
        if cited.is_empty() {
            return Vec::new();
        }
        let numbers = self.numbers();
        let cites = |id: String| {
            let number = (1..).zip(&numbers).find(|(_, known)| **known == id);
            let (source, (number, _)) = (self.sources.get(&id)?, number?);
            let (title, reference) = (source.title.clone(), source.reference.clone());
            Some(Cites { id, number, title, reference })
        };
        cited.into_iter().filter_map(cites).collect()
    }

    /// The citation list.
    #[must_use]
    pub fn citations(&self) -> Vec<Citation> {
        let ids = self.numbers();
        let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for section in &self.sections {
            for id in self.cited_in(section) {
                users.entry(id).or_default().push(section.id.clone());
            }
        }
        let citation = |(id, number): (&String, u32)| {
            let source = self.sources.get(id)?;
            Some(Citation {
                id: id.clone(),
                number,
                title: source.title.clone(),
                reference: source.reference.clone(),
                sections: users.remove(id).unwrap_or_default(),
            })
        };
        ids.iter().zip(1..).filter_map(citation).collect()
    }

    /// A section as shown, with numbers.
    #[must_use]
    pub fn shown(&self, section: &Section, numbers: &[String]) -> Shown {
        Shown {
            id: section.id.clone(),
            title: section.title.clone(),
            text: numbered(&section.text, numbers),
        }
    }

    /// What a file of the document holds.
    #[must_use]
    pub fn body(&self) -> Body {
        let stored = |section: &Arc<Section>| Shown {
            id: section.id.clone(),
            title: section.title.clone(),
            text: section.text.clone(),
        };
        Body {
            sections: self.sections.iter().map(stored).collect(),
            toc: self.sections.iter().map(|section| section.title.clone()).collect(),
            citations: self.citations(),
        }
    }

    /// Remembers sources; when there are too many, forgets those that nothing cites.
    pub(super) fn remember(&mut self, sources: &[SourceRecord], sources_max: usize) {
        let known = Arc::make_mut(&mut self.sources);
        known.extend(sources.iter().map(|source| (source.id.clone(), source.clone())));
        if known.len() > sources_max {
            let cited: BTreeSet<_> = self.numbers().into_iter().collect();
            Arc::make_mut(&mut self.sources).retain(|id, _| cited.contains(id));
        }
    }
}
