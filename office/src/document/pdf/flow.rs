//! Blocks, one below the other, over pages.

use super::super::{Block, Document, Inline, Item, headings, plain};
use super::font::{Face, Shaper};
use super::line::{Goto, Line, Look, Span, lines};
use super::page::{Ink, MARGIN, Page, WIDTH};
use super::tag::{Role, Tags};
use super::words::{BODY, Base, INK, MUTED};
use crate::losses::Losses;

/// The colour of headings.
const HEADING: [u8; 3] = [27, 58, 47];
/// What stands behind a text that is shown as it is.
const CODE_GROUND: [u8; 3] = [243, 245, 244];
/// The bar beside what somebody else said.
const QUOTE_BAR: [u8; 3] = [157, 184, 171];
/// How large the letters of headings are, in points, by level.
const HEADINGS: [f32; 6] = [19.0, 15.5, 13.0, 11.5, 10.5, 10.5];
/// How far an item of a list is from the one around it, in points.
const STEP: f32 = 18.0;
/// How high the notes of a page may be, in points; a longer one stands at the end.
const NOTES_MAX: f32 = 320.0;

/// A heading that was placed.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Its level.
    pub level: u8,
    /// What it says.
    pub text: String,
    /// The number of its page, from 0.
    pub page: usize,
    /// How far from the top of it, in points.
    pub top: f32,
}

/// A document as it is laid over pages.
pub struct Flow<'a> {
    /// The document.
    pub document: &'a Document,
    /// What is what.
    pub tags: Tags,
    /// What was lost.
    pub losses: Losses,
    /// Its letters.
    pub shaper: Shaper,
    /// The pages.
    pub pages: Vec<Page>,
    /// The headings.
    pub headings: Vec<Placed>,
    /// The sources: page and how far from its top.
    pub sources: Vec<(usize, f32)>,
    /// The page of each heading, once that is known.
    known: &'a [usize],
    /// Where the next line stands.
    pub top: f32,
    /// Where lines begin.
    pub left: f32,
    /// The bars beside what somebody else said.
    bars: Vec<f32>,
    /// Whether nothing stands on the page yet.
    pub fresh: bool,
    /// The signs of items whose first line is to come, and where they stand from the left.
    signs: Vec<(Line, f32)>,
    /// The notes that stand at the end.
    late: Vec<usize>,
}

impl<'a> Flow<'a> {
    /// All of a document over pages; `known` tells the page of each heading.
    pub fn of(document: &'a Document, known: &'a [usize]) -> Self {
        let mut flow = Self {
            document,
            tags: Tags::default(),
            losses: Losses::new(),
            shaper: Shaper::default(),
            pages: vec![Page::default()],
            headings: Vec::new(),
            sources: Vec::new(),
            known,
            top: MARGIN,
            left: MARGIN,
            bars: Vec::new(),
            fresh: true,
            signs: Vec::new(),
            late: Vec::new(),
        };
        if let Some(title) = document.title.as_deref().filter(|title| !title.is_empty()) {
            let words = [Inline::Text(title.to_owned(), super::super::Manner::default())];
            let base = Base { face: Face::Bold, size: 26.0, color: HEADING };
            flow.words(&words, base, 0, Role::Paragraph);
            flow.gap(12.0);
        }
        flow.blocks(&document.blocks, 0);
        flow.cited();
        flow.ended();
        flow.pages.iter_mut().for_each(Page::done);
        flow.losses.extend(&flow.shaper.losses);
        flow
    }

    /// How wide a line may be.
    pub fn width(&self) -> f32 {
        WIDTH - MARGIN - self.left
    }

    /// The page at hand.
    pub fn page(&mut self) -> &mut Page {
        if self.pages.is_empty() {
            self.pages.push(Page::default());
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    /// Begins a page.
    pub fn turn(&mut self) {
        self.pages.push(Page::default());
        (self.top, self.fresh) = (MARGIN, true);
    }

    /// Leaves a space below what stands there.
    pub fn gap(&mut self, height: f32) {
        if !self.fresh {
            self.top += height;
        }
    }

    pub(super) fn blocks(&mut self, blocks: &[Block], parent: usize) {
        for block in blocks {
            self.block(block, parent);
        }
    }

    fn block(&mut self, block: &Block, parent: usize) {
        match block {
            Block::Heading(level, words) => self.heading(*level, words, parent),
            Block::Paragraph(words) => {
                self.words(words, BODY, parent, Role::Paragraph);
                self.gap(7.0);
            }
            Block::List(first, items) => self.list(*first, items, parent),
            Block::Quote(blocks) => {
                let node = self.tags.node(parent, Role::Quote);
                self.bars.push(self.left + 3.0);
                self.left += 16.0;
                self.blocks(blocks, node);
                self.left -= 16.0;
                self.bars.pop();
                self.gap(2.0);
            }
            Block::Code(_, text) => self.code(text, parent),
            Block::Table(table) => self.table(table, parent),
            Block::Rule => {
                self.gap(6.0);
                let (left, top, width) = (self.left, self.top, self.width());
                self.page().inks.push(Ink::Box(left, top, width, 0.8, QUOTE_BAR));
                self.gap(12.0);
            }
            Block::PageBreak if self.fresh => {}
            Block::PageBreak => self.turn(),
            Block::Contents => self.contents(parent),
        }
    }

    /// Words in a part of their own.
    fn words(&mut self, words: &[Inline], base: Base, parent: usize, role: Role) {
        let node = self.tags.node(parent, role);
        let lines = self.lines(words, base, node, self.width());
        self.put(lines);
    }

    /// Lines, one below the other. The first of several does not stand alone at the end of a page,
    /// nor the last one at the beginning of the next.
    fn put(&mut self, lines: Vec<Line>) {
        let count = lines.len();
        let heights: Vec<_> = lines.iter().map(|line| line.height).collect();
        for (at, line) in lines.into_iter().enumerate() {
            if count > 1 && (at == 0 || at + 2 == count) {
                // Three lines have no place to be parted at.
                let held = if count == 3 { 3 - at } else { 2 };
                let height: f32 = heights.iter().skip(at).take(held).sum();
                if self.top + height > self.page().bottom(0.0) && !self.fresh {
                    self.turn();
                }
            }
            self.place(line);
        }
    }

    /// A line where there is room for it and the notes that it refers to.
    fn place(&mut self, line: Line) {
        let notes = self.noted(line.notes().collect());
        let more: f32 = notes.iter().map(|line| line.height).sum();
        if self.top + line.height > self.page().bottom(more) && !self.fresh {
            self.turn();
        }
        self.page().note(notes);
        let (top, height) = (self.top, line.height);
        for bar in self.bars.clone() {
            self.page().inks.push(Ink::Box(bar, top, 2.2, height, QUOTE_BAR));
        }
        self.sign(top);
        let x = if line.rightward { WIDTH - MARGIN - line.width } else { self.left };
        self.page().line(line, x, top);
        (self.top, self.fresh) = (top + height, false);
    }

    /// The signs of the items that begin here.
    fn sign(&mut self, top: f32) {
        for (sign, x) in std::mem::take(&mut self.signs) {
            self.page().line(sign, x, top);
        }
    }

    /// The lines of notes. One that is too long for the end of a page stands at the end of all.
    pub(super) fn noted(&mut self, places: Vec<usize>) -> Vec<Line> {
        let mut all = Vec::new();
        for place in places {
            let lines = self.note(place);
            let height: f32 = lines.iter().chain(&all).map(|line: &Line| line.height).sum();
            if height > NOTES_MAX {
                self.late.push(place);
            } else {
                all.extend(lines);
            }
        }
        all
    }

    fn note(&mut self, place: usize) -> Vec<Line> {
        let document = self.document;
        let Some(blocks) = document.notes.get(place) else { return Vec::new() };
        let node = self.tags.node(0, Role::Note);
        let base = Base { size: 8.2, ..BODY };
        let mut words = vec![super::words::text(format!("{} ", place + 1))];
        for (count, block) in blocks.iter().enumerate() {
            match block {
                Block::Paragraph(said) | Block::Heading(_, said) => {
                    words.extend((count > 0).then_some(Inline::Break));
                    words.extend(said.iter().filter(|it| !matches!(it, Inline::Note(_))).cloned());
                }
                Block::Code(_, text) => words.push(super::words::text(text.clone())),
                _ => self.losses.at("note_blocks", &(place + 1).to_string(), 1),
            }
        }
        self.lines(&words, base, node, WIDTH - 2.0 * MARGIN)
    }

    fn heading(&mut self, level: u8, words: &[Inline], parent: usize) {
        let level = level.clamp(1, 6);
        let size = HEADINGS[usize::from(level) - 1];
        self.gap(size * 0.75);
        let role = Role::Heading(level, plain(words));
        let node = self.tags.node(parent, role);
        let base = Base { face: Face::Bold, size, color: HEADING };
        let lines = self.lines(words, base, node, self.width());
        let height: f32 = lines.iter().map(|line| line.height).sum();
        // A heading stands with what it is the heading of.
        if self.top + height + 34.0 > self.page().bottom(0.0) && !self.fresh {
            self.turn();
        }
        let (page, top) = (self.pages.len() - 1, self.top);
        self.headings.push(Placed { level, text: plain(words), page, top });
        self.put(lines);
        self.gap(size * 0.35);
    }

    fn list(&mut self, first: Option<u64>, items: &[Item], parent: usize) {
        let list = self.tags.node(parent, Role::List(first.is_some()));
        for (count, item) in (0..).zip(items) {
            let sign = match (item.done, first) {
                (Some(true), _) => "\u{2611}".to_owned(),
                (Some(false), _) => "\u{2610}".to_owned(),
                (None, Some(first)) => format!("{}.", first.saturating_add(count)),
                (None, None) => "\u{2022}".to_owned(),
            };
            let node = self.tags.node(list, Role::Item);
            let label = self.tags.node(node, Role::Label);
            let body = self.tags.node(node, Role::Body);
            let mut signs = self.lines(&[super::words::text(sign)], BODY, label, 60.0);
            let wide = signs.first().map_or(0.0, |line| line.width);
            let step = STEP.max(wide + 5.0);
            let height = signs.first().map_or(0.0, |line| line.height);
            if self.top + height > self.page().bottom(0.0) && !self.fresh {
                self.turn();
            }
            let (left, top) = (self.left, self.top);
            self.signs.extend(signs.pop().map(|sign| (sign, left + step - wide - 5.0)));
            self.left += step;
            let before = (self.pages.len(), self.top);
            self.blocks(&item.blocks, body);
            // An item of no lines has its sign where it would begin.
            let at = if before.0 == self.pages.len() { top } else { MARGIN };
            self.sign(at);
            if before == (self.pages.len(), self.top) {
                (self.top, self.fresh) = (top + height, false);
            }
            self.left = left;
            // Items stand closer than paragraphs.
            if self.top > MARGIN + 4.0 {
                self.top -= 4.0;
            }
        }
        self.gap(6.0);
    }

    fn code(&mut self, text: &str, parent: usize) {
        let node = self.tags.node(parent, Role::Code);
        let slot = self.tags.slot(node);
        self.gap(2.0);
        for line in text.trim_end_matches('\n').split('\n') {
            let text = if line.is_empty() { " ".to_owned() } else { line.replace('\t', "    ") };
            let look = Look { face: Face::Mono, size: 8.6, ..super::words::look(BODY, slot) };
            self.left += 8.0;
            let width = self.width() - 8.0;
            for line in lines(&[Span { text, look }], width, &mut self.shaper) {
                let height = line.height;
                if self.top + height > self.page().bottom(0.0) && !self.fresh {
                    self.turn();
                }
                let (left, top) = (self.left - 8.0, self.top);
                self.page().inks.push(Ink::Box(left, top, width + 16.0, height, CODE_GROUND));
                self.place(line);
            }
            self.left -= 8.0;
        }
        self.gap(9.0);
    }

    fn contents(&mut self, parent: usize) {
        let node = self.tags.node(parent, Role::Contents);
        let document = self.document;
        for (number, (level, words)) in headings(&document.blocks).into_iter().enumerate() {
            let entry = self.tags.node(node, Role::Entry);
            let link = self.tags.node(entry, Role::Link);
            let slot = self.tags.slot(link);
            let goes = Some(Goto::Heading(number));
            let look = Look { goes, color: INK, ..super::words::look(BODY, slot) };
            let left = self.left;
            self.left += f32::from(level.saturating_sub(1)) * 14.0;
            let span = Span { text: plain(words), look: look.clone() };
            let mut rows = lines(&[span], self.width() - 36.0, &mut self.shaper);
            let last = rows.pop();
            self.put(rows);
            if let Some(last) = last {
                self.place(last);
                let page = self.known.get(number).map_or(0, |page| page + 1).to_string();
                let look = Look { color: MUTED, ..look };
                let number = lines(&[Span { text: page, look }], 36.0, &mut self.shaper).pop();
                if let Some(number) = number {
                    let (x, top) = (WIDTH - MARGIN - number.width, self.top - number.height);
                    self.page().line(number, x, top);
                }
            }
            self.left = left;
        }
        self.gap(10.0);
    }

    fn cited(&mut self) {
        let document = self.document;
        if document.sources.is_empty() {
            return;
        }
        self.gap(10.0);
        for (place, source) in document.sources.iter().enumerate() {
            let mut words = vec![super::words::text(format!("[S{}] ", place + 1))];
            words.extend(source.words.iter().cloned());
            let at = (self.pages.len() - 1, self.top);
            self.sources.push(at);
            self.words(&words, Base { size: 9.2, ..BODY }, 0, Role::Source);
            self.gap(3.0);
        }
    }

    /// The notes that were too long for the end of a page.
    fn ended(&mut self) {
        for place in std::mem::take(&mut self.late) {
            self.gap(6.0);
            let lines = self.note(place);
            self.put(lines);
        }
    }
}
