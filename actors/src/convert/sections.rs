//! A document as sections: they begin where its highest headings stand, and none is too long.

use contracts::Refusal;
use contracts::kinds::osteon::limits::{SECTION_BYTES_MAX, TITLE_BYTES_MAX};
use office::document::{self, Block, Change, Document, Format, Inline, Manner, Meta, Table, plain};
use office::losses::Losses;

use super::document::{UNTITLED, cut};
use super::remarked::into::{self, Remarked, Said};
use super::{Stop, cited, fault, shifted};

/// What a title has at most, in bytes: a number may come after it.
const NAME_BYTES_MAX: usize = TITLE_BYTES_MAX - 16;
/// How much of a paragraph is told where it is too long, in bytes.
const BEGIN_BYTES_MAX: usize = 40;

/// A section that came in.
#[derive(Debug, Default)]
pub struct Came {
    /// Its title.
    pub title: String,
    /// Its text as CommonMark, and what is remarked on it.
    pub remarked: Remarked,
}

/// The sections. With `remarks` the comments and suggestions of the document stand beside their
/// texts.
///
/// # Errors
/// `file_too_large` when a paragraph is longer than a section, `conversion_cut`.
pub fn of(
    document: &Document,
    named: &str,
    remarks: bool,
    losses: &mut Losses,
    stop: &Stop,
) -> Result<Vec<Came>, Refusal> {
    let level = |block: &Block| match block {
        Block::Heading(level, _) => Some(*level),
        _ => None,
    };
    let highest = shifted::highest(&document.blocks);
    let mut groups: Vec<(String, Vec<Said>, &[Block])> = Vec::new();
    let begins = |block: &Block| highest.is_some() && level(block) == highest;
    let mut rest = document.blocks.as_slice();
    while let Some(first) = rest.first() {
        let (title, said, body) = match first {
            Block::Heading(_, words) if begins(first) => {
                let said = if remarks { said(words, document) } else { Vec::new() };
                (title(words, remarks, losses), said, &rest[1..])
            }
            _ => (named.to_owned(), Vec::new(), rest),
        };
        let end = body.iter().position(begins).unwrap_or(body.len());
        groups.push((title, said, &body[..end]));
        rest = &body[end..];
    }
    let mut done = Vec::new();
    for (title, said, blocks) in groups {
        stop.ensure()?;
        let short = cut(title.trim(), NAME_BYTES_MAX);
        losses.at("titles", &short, u64::from(short.len() < title.trim().len()));
        let title = if short.is_empty() { UNTITLED.to_owned() } else { short };
        let mut part = Part { document, title: &title, remarks, losses: &mut *losses };
        let mut said = said.into_iter();
        for (number, mut remarked) in (1..).zip(part.texts(blocks)?) {
            let title = if number == 1 { title.clone() } else { format!("{title} ({number})") };
            // What is said about a title is said about its section.
            remarked.said.splice(..0, said.by_ref());
            done.push(Came { title, remarked });
        }
    }
    Ok(done)
}

/// The comments at a title.
fn said(words: &[Inline], document: &Document) -> Vec<Said> {
    let comments = words.iter().filter_map(|word| match word {
        Inline::Comment(comment) => document.comments.get(*comment).cloned(),
        _ => None,
    });
    comments.map(|comment| Said { quote: None, comment }).collect()
}

/// The words of a heading as a title, which has no more than words: those that stood there before
/// somebody suggested others.
pub fn title(words: &[Inline], remarks: bool, losses: &mut Losses) -> String {
    let stands = |word: &&Inline| match word {
        Inline::Text(_, manner) => {
            manner.change.as_ref().is_none_or(|change| !change.added || !change.is_suggested())
        }
        _ => true,
    };
    let before: Vec<Inline> = words.iter().filter(stands).cloned().collect();
    let title = plain(&before);
    let place = cut(title.trim(), NAME_BYTES_MAX);
    for word in words {
        let what = match word {
            Inline::Text(_, manner) if manner.change.as_ref().is_some_and(Change::is_suggested) => {
                "suggestions"
            }
            Inline::Comment(_) if remarks => continue,
            Inline::Text(_, manner) if manner.link.is_some() => "title_links",
            Inline::Text(_, manner) if *manner != Manner::default() => "title_looks",
            Inline::Note(_) => "title_notes",
            Inline::Cite(_) => "title_citations",
            Inline::Image(_) => "pictures",
            Inline::Comment(_) => "comments",
            Inline::Text(..) | Inline::Break => continue,
        };
        losses.at(what, &place, 1);
    }
    title
}

/// What stands below one title.
struct Part<'a> {
    document: &'a Document,
    title: &'a str,
    remarks: bool,
    losses: &'a mut Losses,
}

impl Part<'_> {
    /// Blocks as texts of CommonMark that fit into sections.
    fn texts(&mut self, blocks: &[Block]) -> Result<Vec<Remarked>, Refusal> {
        let (whole, lost) = self.text(blocks)?;
        if whole.text.len() <= SECTION_BYTES_MAX {
            self.losses.extend(&lost);
            return Ok(vec![whole]);
        }
        let halves = match blocks {
            [one] => {
                let halves = halved(one).ok_or_else(|| self.too_long(one, whole.text.len()))?;
                self.losses.at("divided", self.title, 1);
                halves
            }
            blocks => {
                let (one, other) = blocks.split_at(blocks.len() / 2);
                (one.to_vec(), other.to_vec())
            }
        };
        let mut all = self.texts(&halves.0)?;
        all.extend(self.texts(&halves.1)?);
        Ok(all)
    }

    fn text(&self, blocks: &[Block]) -> Result<(Remarked, Losses), Refusal> {
        let mut part = shifted::alone(self.document, blocks);
        let highest = shifted::highest(&self.document.blocks).unwrap_or(1);
        shifted::lower(&mut part.blocks, -i16::from(highest - 1));
        if !self.remarks || !shifted::is_remarked(&mut part) {
            let (text, losses) = written(&part)?;
            return Ok((Remarked { text, ..Remarked::default() }, losses));
        }
        let mut losses = Losses::new();
        let remarked = into::read(&part, |part| {
            let (text, lost) = written(part)?;
            losses = lost;
            Ok::<_, Refusal>(text)
        });
        let remarked = remarked?;
        Ok((remarked, losses))
    }

    /// Says where it is that a section has no room for.
    fn too_long(&self, block: &Block, bytes: usize) -> Refusal {
        let (what, begin) = match block {
            Block::Paragraph(words) => ("a paragraph", plain(words)),
            Block::Heading(_, words) => ("a heading", plain(words)),
            Block::Code(_, text) => ("a line of code", text.clone()),
            Block::Table(table) => {
                ("a row of a table", table.rows.iter().flatten().map(|it| plain(it)).collect())
            }
            _ => ("an item", String::new()),
        };
        let (title, begin) = (self.title, cut(begin.trim(), BEGIN_BYTES_MAX));
        let begins = if begin.is_empty() { begin } else { format!(" that begins \"{begin}\"") };
        fault::too_long(&format!("{what} under \"{title}\"{begins}"), bytes, SECTION_BYTES_MAX)
    }
}

/// A document as CommonMark with its citations as they are kept.
fn written(part: &Document) -> Result<(String, Losses), Refusal> {
    let written = document::write(Format::Markdown, part, &Meta::default());
    let (bytes, losses) = written.map_err(|error| fault::of_document(&error))?;
    let text = String::from_utf8(bytes);
    let text = text.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok((cited::marked(text, part), losses))
}

/// A block as two; none where it has no parts.
fn halved(block: &Block) -> Option<(Vec<Block>, Vec<Block>)> {
    let at = |parts: usize| (parts > 1).then_some(parts / 2);
    let (one, other) = match block {
        Block::Table(table) => {
            let (one, other) = table.rows.split_at(at(table.rows.len())?);
            let half = |rows: &[Vec<Vec<Inline>>]| {
                Block::Table(Table { rows: rows.to_vec(), ..headed(table) })
            };
            (half(one), half(other))
        }
        Block::List(first, items) => {
            let at = at(items.len())?;
            let (one, other) = items.split_at(at);
            let goes_on = first.map(|first| first + at as u64);
            (Block::List(*first, one.to_vec()), Block::List(goes_on, other.to_vec()))
        }
        Block::Quote(blocks) => {
            let (one, other) = blocks.split_at(at(blocks.len())?);
            (Block::Quote(one.to_vec()), Block::Quote(other.to_vec()))
        }
        Block::Code(language, text) => {
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let (one, other) = lines.split_at(at(lines.len())?);
            let half = |lines: &[&str]| Block::Code(language.clone(), lines.concat());
            (half(one), half(other))
        }
        _ => return None,
    };
    Some((vec![one], vec![other]))
}

/// A table without rows: each half of it has the head.
fn headed(table: &Table) -> Table {
    Table { aligned: table.aligned.clone(), head: table.head.clone(), rows: Vec::new() }
}
