//! Paragraphs as lines in a box, measured with the metrics of the letters that come with the
//! program.

use unicode_linebreak::linebreaks;

use super::layout::{Aligned, Letters};
use super::model::{LEVEL_MAX, Paragraph, Raised, Run, Sign};
use super::theme::{Colors, Slot};
use crate::document::leads;
use crate::document::pdf::font::{Face, Shaper};
use crate::document::pdf::line::{Goto, Line, Look, Span, lines};
use crate::document::pdf::tag::{Role, Tags};
use crate::draw::Color;

/// How far one line is from the next, by the size of its letters: what fonts say, and a tenth more.
const PITCH: f32 = 1.28;
/// How far letters stand below the top of their line, by their size.
const ASCENT: f32 = 1.04;
/// How far a paragraph is from the one before it, by the size of its letters.
pub(super) const BEFORE: f32 = 0.35;
/// How far a level is from the one above it, in points.
pub(super) const LEVEL_STEP: i64 = 24;
/// How far the text of a paragraph is from its sign, in points.
pub(super) const HANG: i64 = 26;
/// What is free on the left and right of a text in its box, in points.
pub(super) const INSET_X: f32 = 7.2;
/// What is free above and below it, in points.
pub(super) const INSET_Y: f32 = 3.6;

/// How large letters are at a level, in hundredths of a point.
pub(super) fn level_size(size: u32, level: u8) -> u32 {
    let percent = match level {
        0 => 100,
        1 => 90,
        2 => 80,
        3 => 75,
        _ => 70,
    };
    // Whole points, as programs show them.
    (size * percent / 10_000).max(1) * 100
}

/// The sign before a paragraph at a level that has bullets.
pub(super) const fn bullet(level: u8) -> char {
    match level % 3 {
        0 => '\u{2022}',
        1 => '\u{2013}',
        _ => '\u{25aa}',
    }
}

/// How a text looks.
#[derive(Debug, Clone)]
pub(super) struct Style<'a> {
    /// Its letters.
    pub letters: &'a Letters,
    /// The colours that it may have.
    pub colors: &'a Colors,
    /// How large its letters are, in hundredths of what they should be.
    pub percent: u32,
}

impl Style<'_> {
    fn size(&self, level: u8) -> f32 {
        level_size(self.letters.size, level) as f32 * self.percent as f32 / 10_000.0
    }

    fn color(&self) -> Color {
        self.colors.at(self.letters.color)
    }
}

/// A line of a text.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// What is in it.
    pub line: Line,
    /// Where it begins, in points from the left of the text.
    pub x: f32,
    /// Where its top is, in points from that of the text.
    pub top: f32,
    /// Where its letters stand, in points from the top of the text.
    pub base: f32,
    /// How high it is, in points.
    pub high: f32,
}

/// A text as lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Text {
    /// Its lines.
    pub rows: Vec<Row>,
    /// How high it is, in points.
    pub high: f32,
    /// How many of its words are wider than the text.
    pub split: usize,
}

/// What a text is in the tree of tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    /// The title of a slide, which is one heading.
    Title,
    /// Paragraphs in this part of the tree.
    In(usize),
}

/// The text of paragraphs, `width` points wide.
pub(super) fn text(
    paragraphs: &[Paragraph],
    style: &Style<'_>,
    width: f32,
    shaper: &mut Shaper,
    tags: &mut Tags,
    stands: Stands,
) -> Text {
    let (heading, parent) = match stands {
        Stands::Title => {
            let words: Vec<String> = paragraphs.iter().map(Paragraph::text).collect();
            let heading = tags.node(0, Role::Heading(1, words.join(" ")));
            (Some(heading), heading)
        }
        Stands::In(parent) => (None, parent),
    };
    let mut flow = Flow { style, width, shaper, tags, out: Text::default(), list: None, parent };
    let mut counts = [0_u64; LEVEL_MAX as usize + 1];
    for paragraph in paragraphs {
        let level = usize::from(paragraph.level.min(LEVEL_MAX));
        let sign = signed(paragraph, style.letters.bullets);
        counts.iter_mut().skip(level + 1).for_each(|count| *count = 0);
        counts[level] = if sign == Sign::Number { counts[level] + 1 } else { 0 };
        let sign = match sign {
            Sign::Number => Some(format!("{}.", counts[level])),
            Sign::Bullet => Some(bullet(paragraph.level).to_string()),
            Sign::Own | Sign::Bare => None,
        };
        flow.paragraph(paragraph, sign, heading);
    }
    flow.out
}

/// What stands before a paragraph in a place with or without bullets.
pub(super) fn signed(paragraph: &Paragraph, bullets: bool) -> Sign {
    let said = paragraph.words.iter().any(|run| !run.text.is_empty());
    match paragraph.sign {
        _ if !said => Sign::Bare,
        Sign::Own if bullets => Sign::Bullet,
        Sign::Own => Sign::Bare,
        sign => sign,
    }
}

struct Flow<'a> {
    style: &'a Style<'a>,
    width: f32,
    shaper: &'a mut Shaper,
    tags: &'a mut Tags,
    out: Text,
    /// The list that goes on, in the tree of tags.
    list: Option<usize>,
    /// The part of that tree where paragraphs stand.
    parent: usize,
}

impl Flow<'_> {
    fn paragraph(&mut self, paragraph: &Paragraph, sign: Option<String>, heading: Option<usize>) {
        let size = self.style.size(paragraph.level);
        if !self.out.rows.is_empty() || self.out.high > 0.0 {
            self.out.high += size * BEFORE;
        }
        let node = match (heading, &sign) {
            (Some(heading), _) => heading,
            (None, None) => {
                self.list = None;
                self.tags.node(self.parent, Role::Paragraph)
            }
            (None, Some(sign)) => {
                let numbered = sign.ends_with('.');
                let (tags, parent) = (&mut *self.tags, self.parent);
                let list = || tags.node(parent, Role::List(numbered));
                let list = *self.list.get_or_insert_with(list);
                self.tags.node(list, Role::Item)
            }
        };
        let hang = if sign.is_some() { HANG } else { 0 };
        let left = (i64::from(paragraph.level) * LEVEL_STEP + hang) as f32;
        let top = self.out.high;
        let body = match &sign {
            Some(sign) => {
                let label = self.tags.node(node, Role::Label);
                let rightward = rightward(&paragraph.text());
                self.sign(sign, size, (left - HANG as f32, top), rightward, label);
                self.tags.node(node, Role::Body)
            }
            None => node,
        };
        let slot = self.tags.slot(body);
        let width = (self.width - left).max(1.0);
        for part in parted(&paragraph.words) {
            let spans: Vec<Span> =
                part.iter().map(|run| self.span(run, size, slot, body)).collect();
            self.out.split += spans.iter().map(|span| self.split(span, width)).sum::<usize>();
            let lines = lines(&spans, width, self.shaper);
            if lines.is_empty() {
                self.out.high += size * PITCH;
            }
            for line in lines {
                self.row(line, left, width, size);
            }
        }
    }

    fn sign(
        &mut self,
        sign: &str,
        size: f32,
        (aside, top): (f32, f32),
        rightward: bool,
        label: usize,
    ) {
        let slot = self.tags.slot(label);
        let color = self.style.color();
        let look = Look { color, ..plain(self.style, size, slot) };
        let span = Span { text: sign.to_owned(), look };
        if let Some(line) = lines(&[span], 1_000.0, self.shaper).pop() {
            let x = if rightward { self.width - aside - line.width } else { aside };
            let base = top + size * ASCENT;
            // It stands beside the first line, and takes no room.
            self.out.rows.push(Row { line, x, top, base, high: 0.0 });
        }
    }

    fn row(&mut self, line: Line, left: f32, width: f32, size: f32) {
        let free = width - line.width;
        let aside = match (self.style.letters.aligned, line.rightward) {
            (Aligned::Start, false) | (Aligned::End, true) => 0.0,
            (Aligned::Center, _) => free / 2.0,
            (Aligned::End, false) | (Aligned::Start, true) => free,
        };
        let top = self.out.high;
        let high = size * PITCH;
        // What is written from right to left is set in from the right.
        let left = if line.rightward { 0.0 } else { left };
        self.out.rows.push(Row { line, x: left + aside, top, base: top + size * ASCENT, high });
        self.out.high += high;
    }

    fn span(&mut self, run: &Run, size: f32, slot: usize, node: usize) -> Span {
        let mut look = plain(self.style, size, slot);
        if run.bold {
            look.face = Face::Bold;
        }
        if run.code {
            (look.face, look.size) = (Face::Mono, size * 0.9);
        }
        look.slanted = run.italic;
        (look.underlined, look.struck) = (run.underlined, run.struck);
        match run.raised {
            Some(Raised::Above) => (look.size, look.rise) = (size * 0.66, size * 0.3),
            Some(Raised::Below) => (look.size, look.rise) = (size * 0.66, size * -0.25),
            None => {}
        }
        if let Some(link) = run.link.as_ref().filter(|link| leads(link)) {
            look.goes = Some(Goto::Address(link.clone()));
            let ground = self.style.letters.color == Slot::Ground;
            look.color = if ground { look.color } else { self.style.colors.at(Slot::Link) };
            look.underlined = true;
            let link = self.tags.node(node, Role::Link);
            look.slot = self.tags.slot(link);
        }
        let text = run.text.chars().filter_map(shown).collect();
        Span { text, look }
    }

    /// How many words of a text are wider than a line.
    fn split(&mut self, span: &Span, width: f32) -> usize {
        let (mut begin, mut count) = (0, 0);
        for (end, _) in linebreaks(&span.text) {
            let word = span.text.get(begin..end).unwrap_or_default().trim_end();
            begin = end;
            let wide =
                self.shaper.measured(|shaper| shaper.shape(word, span.look.face, false).width)
                    * span.look.size;
            count += usize::from(wide > width);
        }
        count
    }
}

fn plain(style: &Style<'_>, size: f32, slot: usize) -> Look {
    Look {
        face: if style.letters.bold { Face::Bold } else { Face::Sans },
        size,
        color: style.color(),
        slanted: false,
        underlined: false,
        struck: false,
        rise: 0.0,
        goes: None,
        slot,
        note: None,
        image: None,
    }
}

/// A letter as it is drawn; none where it is no letter.
fn shown(letter: char) -> Option<char> {
    match letter {
        '\t' => Some(' '),
        letter if letter.is_control() => None,
        letter => Some(letter),
    }
}

/// Whether the first letter that has a direction is written from right to left.
pub(super) fn rightward(text: &str) -> bool {
    use unicode_bidi::BidiClass::{AL, L, R};
    let class = text.chars().map(unicode_bidi::bidi_class).find(|it| matches!(it, L | R | AL));
    matches!(class, Some(R | AL))
}

/// The words of a paragraph, parted where a line begins.
fn parted(words: &[Run]) -> Vec<Vec<Run>> {
    let mut parts = vec![Vec::new()];
    for run in words {
        for (place, text) in run.text.split('\n').enumerate() {
            if place > 0 {
                parts.push(Vec::new());
            }
            if let (Some(last), false) = (parts.last_mut(), text.is_empty()) {
                last.push(Run { text: text.to_owned(), ..run.clone() });
            }
        }
    }
    parts
}
