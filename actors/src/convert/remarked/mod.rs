//! Comments and suggestions between kept texts and documents of word processors. On the way they
//! are signs in a text, which no text has itself.

pub mod into;
pub mod out;

use office::document::{Block, Change, Document, Inline, Item, Table, push};

/// Begins what shall go.
const GOES: char = '\u{fdd0}';
/// Begins what shall come.
const COMES: char = '\u{fdd1}';
/// Ends both.
const ENDS: char = '\u{fdd2}';
/// Stands where something is said.
const SAID: char = '\u{fdd3}';
/// The digit 0 of the number that comes after a sign.
const DIGIT: u32 = 0xfde0;

/// A sign in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Goes(usize),
    Comes(usize),
    Ends,
    Said(usize),
}

impl Sign {
    fn told(self) -> String {
        let (letter, number) = match self {
            Self::Goes(number) => (GOES, number),
            Self::Comes(number) => (COMES, number),
            Self::Ends => return ENDS.to_string(),
            Self::Said(number) => (SAID, number),
        };
        let digit = |digit: char| char::from_u32(DIGIT + digit.to_digit(10)?);
        std::iter::once(letter).chain(number.to_string().chars().filter_map(digit)).collect()
    }
}

/// Whether a text has what only signs are made of.
fn is_signed(text: &str) -> bool {
    text.chars().any(|letter| matches!(letter, '\u{fdd0}'..='\u{fdef}'))
}

/// A part of a text with signs.
#[derive(Debug, PartialEq, Eq)]
enum Part<'a> {
    Text(&'a str),
    Sign(Sign),
}

/// The parts of a text with signs, in order.
fn parts(text: &str) -> Vec<Part<'_>> {
    let digit = |letter: char| u32::from(letter).checked_sub(DIGIT).filter(|it| *it < 10);
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find([GOES, COMES, ENDS, SAID]) {
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            found.push(Part::Text(before));
        }
        let mut letters = from.chars();
        let letter = letters.next();
        let after = letters.as_str();
        let end = after.find(|it| digit(it).is_none()).unwrap_or(after.len());
        let number = after[..end].chars().filter_map(digit);
        let number = number.fold(0_usize, |sum, it| sum.saturating_mul(10) + it as usize);
        rest = if letter == Some(ENDS) { after } else { &after[end..] };
        found.push(Part::Sign(match letter {
            Some(GOES) => Sign::Goes(number),
            Some(COMES) => Sign::Comes(number),
            Some(SAID) => Sign::Said(number),
            _ => Sign::Ends,
        }));
    }
    if !rest.is_empty() {
        found.push(Part::Text(rest));
    }
    found
}

/// What of suggested changes is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum View {
    /// The changes themselves.
    Marked,
    /// What stands there before.
    Without,
    /// What stands there after.
    With,
}

impl View {
    /// Whether it has what shall come or go.
    const fn has(self, added: bool) -> bool {
        match self {
            Self::Marked => true,
            Self::Without => !added,
            Self::With => added,
        }
    }
}

/// A document with other words.
fn seen(document: &Document, words: &mut dyn FnMut(&[Inline]) -> Vec<Inline>) -> Document {
    let mut seen = document.clone();
    seen.blocks = mapped(&document.blocks, words);
    seen.notes = document.notes.iter().map(|note| mapped(note, words)).collect();
    seen
}

/// Blocks with other words. A paragraph that says nothing then is left out.
fn mapped(blocks: &[Block], words: &mut dyn FnMut(&[Inline]) -> Vec<Inline>) -> Vec<Block> {
    let mut done = Vec::with_capacity(blocks.len());
    for block in blocks {
        done.push(match block {
            Block::Heading(level, said) => Block::Heading(*level, words(said)),
            Block::Paragraph(said) => match words(said) {
                left if left.is_empty() && !said.is_empty() => continue,
                left => Block::Paragraph(left),
            },
            Block::List(first, items) => {
                let mut kept = Vec::with_capacity(items.len());
                for item in items {
                    let blocks = mapped(&item.blocks, words);
                    kept.push(Item { done: item.done, blocks });
                }
                Block::List(*first, kept)
            }
            Block::Quote(blocks) => Block::Quote(mapped(blocks, words)),
            Block::Table(table) => {
                let head = table.head.iter().map(|cell| words(cell)).collect();
                let mut row = |cells: &Vec<Vec<Inline>>| cells.iter().map(|it| words(it)).collect();
                let rows = table.rows.iter().map(&mut row).collect();
                Block::Table(Table { aligned: table.aligned.clone(), head, rows })
            }
            block => block.clone(),
        });
    }
    done
}

/// What a view has of words whose changes are told by their manner.
fn viewed(words: &[Inline], view: View) -> Vec<Inline> {
    let mut seen = Vec::with_capacity(words.len());
    for word in words {
        match word {
            Inline::Comment(_) => {}
            Inline::Text(text, manner) => {
                let mut manner = manner.clone();
                // What nobody suggests stands in the text so.
                let change: Option<Change> = manner.change.take_if(|it| it.is_suggested());
                if change.is_none_or(|change| view.has(change.added)) {
                    push(&mut seen, Inline::Text(text.clone(), manner));
                }
            }
            word => seen.push(word.clone()),
        }
    }
    seen
}
