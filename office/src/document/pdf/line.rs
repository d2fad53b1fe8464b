//! Words as lines that are no wider than they may be.

use std::collections::BTreeSet;

use unicode_bidi::{BidiInfo, Level};
use unicode_linebreak::linebreaks;
use unicode_segmentation::UnicodeSegmentation as _;

use super::font::{Face, Shaped, Shaper};

/// Where a text leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Goto {
    /// To an address.
    Address(String),
    /// To a heading, by its number.
    Heading(usize),
    /// To a source, by its number.
    Source(usize),
}

/// How a text is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// Its letters.
    pub face: Face,
    /// How large they are, in points.
    pub size: f32,
    /// Red, green and blue.
    pub color: [u8; 3],
    /// Whether they lean.
    pub slanted: bool,
    /// Whether there is a line below.
    pub underlined: bool,
    /// Whether there is a line through.
    pub struck: bool,
    /// How far above the line they stand, in points.
    pub rise: f32,
    /// Where it leads.
    pub goes: Option<Goto>,
    /// The leaf of the tree of tags that it belongs to.
    pub slot: usize,
    /// The note that it refers to.
    pub note: Option<usize>,
    /// The picture that stands here: its key, width and height in points.
    pub image: Option<(String, f32, f32)>,
}

/// A text with how it is drawn.
#[derive(Debug, Clone)]
pub struct Span {
    /// What it says.
    pub text: String,
    /// How it is drawn.
    pub look: Look,
}

/// What is drawn in one go.
#[derive(Debug, Clone)]
pub struct Piece {
    /// What it says.
    pub text: String,
    /// How it is drawn.
    pub look: Look,
    /// Its letters.
    pub shaped: Shaped,
    /// How wide it is, in points.
    pub width: f32,
    level: Level,
    space: bool,
    /// Whether a line may end after it.
    ends: bool,
}

/// A line: its pieces from left to right.
#[derive(Debug, Clone, Default)]
pub struct Line {
    /// What is drawn.
    pub pieces: Vec<Piece>,
    /// How wide it is, in points.
    pub width: f32,
    /// How far it is from its top to where letters stand, in points.
    pub ascent: f32,
    /// How high it is, in points.
    pub height: f32,
    /// Whether it is written from right to left.
    pub rightward: bool,
}

impl Line {
    /// The notes that it refers to.
    pub fn notes(&self) -> impl Iterator<Item = usize> {
        self.pieces.iter().filter_map(|piece| piece.look.note)
    }
}

/// How high a line is, by the size of its letters.
const LEADING: f32 = 1.42;

/// The lines of `spans`, each at most `width` points wide.
pub fn lines(spans: &[Span], width: f32, shaper: &mut Shaper) -> Vec<Line> {
    let text: String = spans.iter().map(|span| span.text.as_str()).collect();
    let size = spans.first().map_or(10.0, |span| span.look.size);
    let bidi = BidiInfo::new(&text, None);
    let base = bidi.paragraphs.first().map_or(Level::ltr(), |paragraph| paragraph.level);
    let pieces = pieces(spans, &text, &bidi.levels, shaper);
    let mut lines = Vec::new();
    let mut open: Vec<Piece> = Vec::new();
    let mut word: Vec<Piece> = Vec::new();
    for piece in pieces {
        let ends = piece.ends;
        word.push(piece);
        if !ends {
            continue;
        }
        let whole = std::mem::take(&mut word);
        add(whole, &mut open, &mut lines, width, shaper);
    }
    add(word, &mut open, &mut lines, width, shaper);
    lines.push(open);
    lines.retain(|line| !line.is_empty());
    lines.into_iter().map(|pieces| ordered(pieces, base, size)).collect()
}

/// How wide pieces are without the spaces at their end.
fn shown(pieces: &[Piece]) -> f32 {
    let last = pieces.iter().rposition(|piece| !piece.space).map_or(0, |last| last + 1);
    pieces.iter().take(last).map(|piece| piece.width).sum()
}

fn add(
    word: Vec<Piece>,
    open: &mut Vec<Piece>,
    lines: &mut Vec<Vec<Piece>>,
    width: f32,
    shaper: &mut Shaper,
) {
    let before: f32 = open.iter().map(|piece| piece.width).sum();
    if before + shown(&word) <= width {
        return open.extend(word);
    }
    if !open.is_empty() {
        lines.push(std::mem::take(open));
    }
    if shown(&word) <= width {
        return open.extend(word);
    }
    // No line is wide enough: it ends between any two letters.
    for piece in word {
        for part in parted(piece, shaper) {
            let before: f32 = open.iter().map(|piece| piece.width).sum();
            if before + part.width > width && !open.is_empty() && !part.space {
                lines.push(std::mem::take(open));
            }
            open.push(part);
        }
    }
}

/// A piece as one for each letter.
fn parted(piece: Piece, shaper: &mut Shaper) -> Vec<Piece> {
    if piece.look.image.is_some() {
        return vec![piece];
    }
    let letters = piece.text.graphemes(true);
    let part = |letter: &str| {
        let look = Look { note: None, ..piece.look.clone() };
        made(letter, look, piece.level, false, shaper)
    };
    let mut parts: Vec<Piece> = letters.map(part).collect();
    if let Some(last) = parts.last_mut() {
        last.look.note = piece.look.note;
    }
    parts
}

fn made(text: &str, look: Look, level: Level, ends: bool, shaper: &mut Shaper) -> Piece {
    let space = !text.is_empty() && text.chars().all(char::is_whitespace);
    if let Some((_, width, _)) = look.image {
        let (text, shaped) = (String::new(), Shaped::default());
        return Piece { text, look, shaped, width, level, space: false, ends };
    }
    let shaped = shaper.shape(text, look.face, level.is_rtl());
    let width = shaped.width * look.size;
    Piece { text: text.to_owned(), look, shaped, width, level, space, ends }
}

/// The pieces of a text: each in one look and direction, and none across a place where lines end.
fn pieces(spans: &[Span], text: &str, levels: &[Level], shaper: &mut Shaper) -> Vec<Piece> {
    let breaks: BTreeSet<usize> = linebreaks(text).map(|(place, _)| place).collect();
    let mut cuts = breaks.clone();
    let mut end = 0;
    for span in spans {
        end += span.text.len();
        cuts.insert(end);
    }
    let turns = levels.windows(2).enumerate().filter(|(_, pair)| pair[0] != pair[1]);
    cuts.extend(turns.map(|(place, _)| place + 1));
    for place in &breaks {
        let before = text.get(..*place).unwrap_or_default();
        cuts.insert(before.trim_end().len());
    }
    cuts.remove(&0);
    let (mut all, mut begin) = (Vec::with_capacity(cuts.len()), 0);
    let mut looks = spans.iter();
    let (mut look, mut until) = (None, 0);
    for cut in cuts {
        while until <= begin {
            let Some(span) = looks.next() else { return all };
            until += span.text.len();
            look = Some(&span.look);
        }
        let (Some(said), Some(look)) = (text.get(begin..cut), look) else { continue };
        let level = levels.get(begin).copied().unwrap_or(Level::ltr());
        all.push(made(said, look.clone(), level, breaks.contains(&cut), shaper));
        begin = cut;
    }
    all
}

/// A line of pieces, from left to right.
fn ordered(mut pieces: Vec<Piece>, base: Level, size: f32) -> Line {
    // Spaces at an end belong to the direction of the paragraph, and are not seen.
    let width = shown(&pieces);
    if base.is_rtl() {
        while pieces.last().is_some_and(|piece| piece.space) {
            pieces.pop();
        }
    }
    for piece in pieces.iter_mut().rev().take_while(|piece| piece.space) {
        piece.level = base;
    }
    let levels: Vec<Level> = pieces.iter().map(|piece| piece.level).collect();
    let order = BidiInfo::reorder_visual(&levels);
    let tallest = |high: f32, piece: &Piece| high.max(piece.look.size);
    let size = pieces.iter().filter(|piece| piece.look.rise == 0.0).fold(size, tallest);
    let high = |high: f32, piece: &Piece| {
        high.max(piece.look.image.as_ref().map_or(0.0, |(_, _, height)| *height + 2.0))
    };
    let ascent = pieces.iter().fold(size * 1.06, high);
    let mut kept: Vec<Option<Piece>> = pieces.into_iter().map(Some).collect();
    let pieces = order.into_iter().filter_map(|place| kept.get_mut(place)?.take()).collect();
    let height = ascent + size * (LEADING - 1.06);
    Line { pieces, width, ascent, height, rightward: base.is_rtl() }
}
