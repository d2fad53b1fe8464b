//! CommonMark as a document.

use std::collections::BTreeMap;

use pulldown_cmark::{Alignment, CodeBlockKind, CowStr, Event, Options, Parser, Tag, TagEnd};

use super::super::file::{Error, Limits, utf8};
use super::super::{
    Aligned, Block, Change, Document, Image, Inline, Item, Manner, Raised, Source, Table, leads,
    plain, push,
};
use super::{CONTENTS, PAGE_BREAK};
use crate::losses::Losses;

/// Reads CommonMark. Every text is some; what has no place in a document is left out and named.
///
/// # Errors
/// When it is no UTF-8, or says too much.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<(Document, Losses), Error> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    let mut reader = Reader { depth_max: limits.depth_max, ..Reader::default() };
    for (count, event) in Parser::new_ext(utf8(bytes)?, options).enumerate() {
        if count > limits.pieces_max {
            return Err(Error::TooManyPieces(limits.pieces_max));
        }
        reader.take(event);
    }
    Ok(reader.done())
}

/// A block that has not ended.
#[derive(Debug)]
enum Open {
    Heading(u8, Vec<Inline>),
    Paragraph(Vec<Inline>),
    List(Option<u64>, Vec<Item>),
    Item(Item, Vec<Inline>),
    Quote(Vec<Block>),
    Code(Option<String>, String),
    Table(Table),
    Cell(Vec<Inline>),
    Note(String, Vec<Block>),
    Html(String),
    Metadata(String),
    /// A picture: where it is, and the words that stand for it.
    Image(String, Vec<Inline>),
    /// What is not taken, with all in it.
    Nothing,
}

#[derive(Default)]
struct Reader {
    depth_max: usize,
    open: Vec<Open>,
    title: Option<String>,
    blocks: Vec<Block>,
    notes: BTreeMap<String, Vec<Block>>,
    /// The names of notes by the order of their first mention.
    named: Vec<String>,
    /// The keys of sources by the order of their first mention.
    cited: Vec<String>,
    manners: Vec<Manner>,
    losses: Losses,
    /// How many blocks were begun within the deepest one that is kept.
    beyond: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text, false),
            Event::Code(text) | Event::InlineMath(text) | Event::DisplayMath(text) => {
                self.text(&text, true);
            }
            Event::SoftBreak => self.text(" ", false),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::FootnoteReference(name) => self.refer(&name),
            Event::TaskListMarker(done) => {
                let item = self.open.iter_mut().rev().find_map(|open| match open {
                    Open::Item(item, _) => Some(item),
                    _ => None,
                });
                if let Some(item) = item {
                    item.done = Some(done);
                }
            }
            Event::Html(html) => match self.open.last_mut() {
                Some(Open::Html(text)) => text.push_str(&html),
                _ => self.html(&html),
            },
            Event::InlineHtml(html) => self.tag(&html),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Emphasis => self.manner(|it| it.italic = true),
            Tag::Strong => self.manner(|it| it.bold = true),
            Tag::Strikethrough => self.manner(|it| it.struck = true),
            Tag::Link { dest_url, .. } => self.link(&dest_url),
            // The row ends where its last cell does.
            Tag::TableHead => {}
            Tag::TableRow => {
                if let Some(Open::Table(table)) = self.open.last_mut() {
                    table.rows.push(Vec::new());
                }
            }
            block => self.begin(block),
        }
    }

    fn begin(&mut self, tag: Tag<'_>) {
        if self.open.len() >= self.depth_max {
            self.beyond += 1;
            self.losses.add("nesting");
            return;
        }
        let open = match tag {
            Tag::Heading { level, .. } => Open::Heading(level as u8, Vec::new()),
            Tag::Paragraph => Open::Paragraph(Vec::new()),
            Tag::List(first) => Open::List(first, Vec::new()),
            Tag::Item => Open::Item(Item::default(), Vec::new()),
            Tag::BlockQuote(_) => Open::Quote(Vec::new()),
            Tag::CodeBlock(kind) => Open::Code(language(kind), String::new()),
            Tag::Table(alignments) => {
                let aligned = alignments.into_iter().map(aligned).collect();
                Open::Table(Table { aligned, ..Table::default() })
            }
            Tag::TableCell => Open::Cell(Vec::new()),
            Tag::FootnoteDefinition(name) => Open::Note(name.into_string(), Vec::new()),
            Tag::HtmlBlock => Open::Html(String::new()),
            Tag::MetadataBlock(_) => Open::Metadata(String::new()),
            Tag::Image { dest_url, .. } => Open::Image(dest_url.into_string(), Vec::new()),
            _ => Open::Nothing,
        };
        self.open.push(open);
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => {
                self.manners.pop();
            }
            TagEnd::TableHead | TagEnd::TableRow => {}
            _ if self.beyond > 0 => self.beyond -= 1,
            _ => self.close(),
        }
    }

    fn close(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if !matches!(open, Open::Image(..) | Open::Cell(_)) && self.open.is_empty() {
            // What was opened by a tag within a block ends with it at the latest.
            self.manners.clear();
        }
        match open {
            Open::Heading(level, words) => self.block(Block::Heading(level, words)),
            Open::Paragraph(words) if words.is_empty() => {}
            Open::Paragraph(words) => self.block(Block::Paragraph(words)),
            Open::List(first, items) => self.block(Block::List(first, items)),
            Open::Item(item, words) => {
                let item = told(item, words);
                if let Some(Open::List(_, items)) = self.open.last_mut() {
                    items.push(item);
                }
            }
            Open::Quote(blocks) => self.block(Block::Quote(blocks)),
            Open::Code(language, text) => self.block(Block::Code(language, text)),
            Open::Table(table) => self.block(Block::Table(table.squared())),
            Open::Cell(words) => {
                if let Some(Open::Table(table)) = self.open.last_mut() {
                    table.rows.last_mut().unwrap_or(&mut table.head).push(words);
                }
            }
            Open::Note(name, blocks) => {
                if let Some(key) = name.strip_prefix('@') {
                    self.cite(key);
                }
                self.notes.entry(name).or_insert(blocks);
            }
            Open::Html(html) => self.html(&html),
            Open::Metadata(text) => self.metadata(&text),
            Open::Image(source, words) => {
                let image = Image { source, alt: plain(&words) };
                self.inline(Inline::Image(image));
            }
            Open::Nothing => {}
        }
    }

    fn html(&mut self, html: &str) {
        match html.trim() {
            CONTENTS => self.block(Block::Contents),
            PAGE_BREAK => self.block(Block::PageBreak),
            remark if remark.starts_with("<!--") => {}
            _ => self.losses.add("html"),
        }
    }

    fn metadata(&mut self, text: &str) {
        for line in text.lines() {
            let said = line.strip_prefix("title:").map(str::trim);
            match said {
                Some(title) if self.title.is_none() => {
                    let read = serde_json::from_str(title);
                    self.title = Some(read.unwrap_or_else(|_| title.to_owned()));
                }
                _ => self.losses.add("metadata"),
            }
        }
    }

    fn tag(&mut self, html: &str) {
        match html.to_ascii_lowercase().as_str() {
            "<u>" => self.manner(|it| it.underlined = true),
            "<sub>" => self.manner(|it| it.raised = Raised::Below),
            "<sup>" => self.manner(|it| it.raised = Raised::Above),
            "<ins>" => self.manner(|it| it.change = Some(change(true))),
            "<del>" => self.manner(|it| it.change = Some(change(false))),
            "</u>" | "</sub>" | "</sup>" | "</ins>" | "</del>" => {
                self.manners.pop();
            }
            "<br>" | "<br/>" | "<br />" => self.inline(Inline::Break),
            remark if remark.starts_with("<!--") => {}
            _ => self.losses.add("html"),
        }
    }

    fn manner(&mut self, change: impl FnOnce(&mut Manner)) {
        let mut manner = self.manners.last().cloned().unwrap_or_default();
        change(&mut manner);
        self.manners.push(manner);
    }

    fn link(&mut self, to: &str) {
        let taken = leads(to);
        if !taken {
            self.losses.add("links");
        }
        self.manner(|it| it.link = taken.then(|| to.to_owned()));
    }

    fn text(&mut self, text: &str, code: bool) {
        match self.open.last_mut() {
            Some(Open::Code(_, shown) | Open::Metadata(shown)) => shown.push_str(text),
            _ => {
                let mut manner = self.manners.last().cloned().unwrap_or_default();
                manner.code |= code;
                self.inline(Inline::Text(text.to_owned(), manner));
            }
        }
    }

    fn inline(&mut self, inline: Inline) {
        match self.open.last_mut() {
            Some(
                Open::Heading(_, words)
                | Open::Paragraph(words)
                | Open::Item(_, words)
                | Open::Image(_, words)
                | Open::Cell(words),
            ) => push(words, inline),
            Some(Open::Nothing) => {}
            _ => self.block(Block::Paragraph(vec![inline])),
        }
    }

    fn block(&mut self, block: Block) {
        match self.open.last_mut() {
            Some(Open::Quote(blocks) | Open::Note(_, blocks)) => blocks.push(block),
            Some(Open::Item(item, words)) => {
                *item = told(std::mem::take(item), std::mem::take(words));
                item.blocks.push(block);
            }
            None => self.blocks.push(block),
            Some(_) => self.losses.add("nesting"),
        }
    }

    fn refer(&mut self, name: &str) {
        let inline = match name.strip_prefix('@') {
            Some(key) => Inline::Cite(self.cite(key)),
            None => Inline::Note(place(&mut self.named, name)),
        };
        self.inline(inline);
    }

    fn cite(&mut self, key: &str) -> usize {
        place(&mut self.cited, key)
    }

    fn done(mut self) -> (Document, Losses) {
        let mut sources = Vec::with_capacity(self.cited.len());
        for key in self.cited {
            let blocks = self.notes.remove(&format!("@{key}")).unwrap_or_default();
            let mut words = Vec::new();
            for block in blocks {
                match block {
                    Block::Paragraph(said) => said.into_iter().for_each(|it| push(&mut words, it)),
                    _ => self.losses.at("blocks", &key, 1),
                }
            }
            sources.push(Source { key, words });
        }
        let notes = self.named.iter().map(|name| self.notes.remove(name).unwrap_or_default());
        let notes = notes.collect();
        self.losses.at("notes", "", self.notes.len() as u64);
        let (title, blocks) = (self.title, self.blocks);
        (Document { title, blocks, notes, sources, ..Document::default() }, self.losses)
    }
}

/// The place of a name, which is added where it is new.
fn place(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

const fn change(added: bool) -> Change {
    Change { added, by: String::new(), at_s: None }
}

/// An item whose words, where they stand in no paragraph, are one.
fn told(mut item: Item, words: Vec<Inline>) -> Item {
    if !words.is_empty() {
        item.blocks.push(Block::Paragraph(words));
    }
    item
}

fn language(kind: CodeBlockKind<'_>) -> Option<String> {
    let named = |info: CowStr<'_>| info.split_whitespace().next().map(str::to_owned);
    match kind {
        CodeBlockKind::Fenced(info) => named(info),
        CodeBlockKind::Indented => None,
    }
}

const fn aligned(alignment: Alignment) -> Aligned {
    match alignment {
        Alignment::None | Alignment::Left => Aligned::Start,
        Alignment::Center => Aligned::Center,
        Alignment::Right => Aligned::End,
    }
}
