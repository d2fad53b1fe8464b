//! A page of HTML as a document.

use super::super::file::{Error, Limits, utf8};
use super::super::{
    Block, Change, Comment, Document, Image, Inline, Item, Manner, Raised, Source, leads, picture,
    push, reference,
};
use super::tree::{Element, Node, tree};
use crate::losses::Losses;

/// How many elements may be around each block that is kept.
const WRAPS: usize = 8;

/// Reads a page. Scripts, styles and what is embedded are left out and named.
///
/// # Errors
/// When it is no UTF-8, or too long.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<(Document, Losses), Error> {
    let mut losses = Losses::new();
    let depth_max = limits.depth_max.saturating_mul(WRAPS);
    let root = tree(utf8(bytes)?, depth_max, limits.pieces_max, &mut losses)?;
    let mut reader = Reader { losses, limits: *limits, ..Reader::default() };
    let mut flow = Flow::default();
    reader.flow(&root.nodes, &Manner::default(), &mut flow);
    let mut document = reader.document;
    document.blocks = flow.done();
    let wanted = reader.notes_wanted.max(document.notes.len());
    document.notes.resize(wanted, Vec::new());
    document.sources.resize(reader.sources_wanted.max(document.sources.len()), Source::default());
    Ok((document, reader.losses))
}

/// Blocks, and the words of one that has not ended.
#[derive(Default)]
pub(super) struct Flow {
    blocks: Vec<Block>,
    words: Vec<Inline>,
}

impl Flow {
    fn text(&mut self, text: &str, manner: &Manner) {
        let mut out = String::with_capacity(text.len());
        let spaced = |words: &[Inline]| match words.last() {
            None | Some(Inline::Break) => true,
            Some(Inline::Text(text, _)) => text.ends_with(' '),
            Some(_) => false,
        };
        let mut space = spaced(&self.words);
        for letter in text.chars() {
            if letter.is_ascii_whitespace() {
                if !space {
                    out.push(' ');
                }
                space = true;
            } else if !letter.is_control() {
                out.push(letter);
                space = false;
            }
        }
        push(&mut self.words, Inline::Text(out, manner.clone()));
    }

    fn words(&mut self) -> Vec<Inline> {
        let mut words = std::mem::take(&mut self.words);
        loop {
            match words.last_mut() {
                Some(Inline::Break) => {
                    words.pop();
                }
                Some(Inline::Text(text, _)) if text.ends_with(' ') => {
                    text.pop();
                    if text.is_empty() {
                        words.pop();
                    }
                }
                _ => return words,
            }
        }
    }

    fn end(&mut self) {
        let words = self.words();
        if !words.is_empty() {
            self.blocks.push(Block::Paragraph(words));
        }
    }

    fn put(&mut self, block: Block) {
        self.end();
        self.blocks.push(block);
    }

    fn done(mut self) -> Vec<Block> {
        self.end();
        self.blocks
    }
}

#[derive(Default)]
pub(super) struct Reader {
    document: Document,
    pub(super) losses: Losses,
    limits: Limits,
    media_bytes: usize,
    notes_wanted: usize,
    sources_wanted: usize,
}

impl Reader {
    fn flow(&mut self, nodes: &[Node], manner: &Manner, flow: &mut Flow) {
        for node in nodes {
            match node {
                Node::Text(text) => flow.text(text, manner),
                Node::Element(element) => self.element(element, manner, flow),
            }
        }
    }

    fn element(&mut self, it: &Element, manner: &Manner, flow: &mut Flow) {
        let name = it.name.as_str();
        if let Some(lost) = lost(name) {
            return self.losses.add(lost);
        }
        match name {
            "head" | "html" | "body" => self.flow(&it.nodes, manner, flow),
            "title" => {
                let title = it.text().trim().to_owned();
                self.document.title = (!title.is_empty()).then_some(title);
            }
            "meta" | "base" | "col" | "colgroup" | "wbr" => {}
            "h1" if it.is("title") => {}
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => {
                let level = name.bytes().last().map_or(1, |digit| digit - b'0');
                let words = self.words(&it.nodes, manner);
                flow.put(Block::Heading(level, words));
            }
            "hr" => flow.put(Block::Rule),
            "nav" if it.is("contents") => flow.put(Block::Contents),
            "div" if it.is("page-break") => flow.put(Block::PageBreak),
            "ol" if it.is("notes") => self.notes(it, flow),
            "ol" if it.is("sources") => self.sources(it, flow),
            "ul" | "ol" | "menu" => {
                let start = it.attribute("start").and_then(|it| it.parse().ok()).unwrap_or(1);
                let first = (name == "ol").then_some(start);
                let items = self.items(it);
                flow.put(Block::List(first, items));
            }
            "blockquote" => {
                let blocks = self.blocks(&it.nodes);
                flow.put(Block::Quote(blocks));
            }
            "pre" => flow.put(code(it)),
            "table" => {
                let table = self.table(it);
                flow.put(Block::Table(table));
            }
            "br" => flow.words.push(Inline::Break),
            "img" => self.image(it, flow),
            "a" => self.link(it, manner, flow),
            "input" => {}
            "span" if it.is("comment") => {
                let by = it.attribute("data-by").unwrap_or_default().to_owned();
                let text = it.text();
                self.document.comments.push(Comment { by, text, ..Comment::default() });
                flow.words.push(Inline::Comment(self.document.comments.len() - 1));
            }
            _ => match shown(it, manner) {
                Some(manner) => self.flow(&it.nodes, &manner, flow),
                None => {
                    flow.end();
                    self.flow(&it.nodes, manner, flow);
                    flow.end();
                }
            },
        }
    }

    fn blocks(&mut self, nodes: &[Node]) -> Vec<Block> {
        let mut flow = Flow::default();
        self.flow(nodes, &Manner::default(), &mut flow);
        flow.done()
    }

    /// What stands in a line, whatever blocks a page puts there.
    pub(super) fn words(&mut self, nodes: &[Node], manner: &Manner) -> Vec<Inline> {
        let mut flow = Flow::default();
        self.flow(nodes, manner, &mut flow);
        let mut words = Vec::new();
        let last = Block::Paragraph(flow.words());
        for block in flow.blocks.into_iter().chain([last]) {
            let said = match block {
                Block::Paragraph(said) | Block::Heading(_, said) => said,
                Block::Code(_, text) => {
                    let manner = Manner { code: true, ..Manner::default() };
                    vec![Inline::Text(text.replace('\n', " "), manner)]
                }
                _ => {
                    self.losses.add("blocks");
                    continue;
                }
            };
            if !words.is_empty() && !said.is_empty() {
                words.push(Inline::Break);
            }
            said.into_iter().for_each(|word| push(&mut words, word));
        }
        words
    }

    fn items(&mut self, list: &Element) -> Vec<Item> {
        let mut items = Vec::new();
        for node in &list.nodes {
            match node {
                Node::Element(item) if item.name == "li" => {
                    let mut boxes = item.nodes.iter().filter_map(|node| match node {
                        Node::Element(it) if it.name == "input" => Some(it),
                        _ => None,
                    });
                    let task = boxes.find(|it| it.attribute("type") == Some("checkbox"));
                    let done = task.map(|it| it.attribute("checked").is_some());
                    items.push(Item { done, blocks: self.blocks(&item.nodes) });
                }
                Node::Element(other) if lost(&other.name).is_none() => {
                    let blocks = self.blocks(std::slice::from_ref(node));
                    if !blocks.is_empty() {
                        items.push(Item { done: None, blocks });
                    }
                }
                _ => {}
            }
        }
        items
    }

    fn notes(&mut self, list: &Element, flow: &mut Flow) {
        rule_before(flow);
        for item in self.items(list) {
            self.document.notes.push(item.blocks);
        }
    }

    fn sources(&mut self, list: &Element, flow: &mut Flow) {
        rule_before(flow);
        for node in &list.nodes {
            if let Node::Element(item) = node {
                let key = item.attribute("data-key").unwrap_or_default().to_owned();
                let words = self.words(&item.nodes, &Manner::default());
                self.document.sources.push(Source { key, words });
            }
        }
    }

    fn link(&mut self, it: &Element, manner: &Manner, flow: &mut Flow) {
        let to = it.attribute("href").unwrap_or_default();
        let numbered = |letter| -> Option<usize> {
            let number: usize = to.strip_prefix('#')?.strip_prefix(letter)?.parse().ok()?;
            number.checked_sub(1).filter(|place| *place < self.limits.pieces_max)
        };
        if let Some(place) = numbered('n').filter(|_| it.is("note")) {
            self.notes_wanted = self.notes_wanted.max(place + 1);
            return flow.words.push(Inline::Note(place));
        }
        if let Some(place) = numbered('s').filter(|_| it.is("cite")) {
            self.sources_wanted = self.sources_wanted.max(place + 1);
            return flow.words.push(Inline::Cite(place));
        }
        let mut manner = manner.clone();
        if leads(to) {
            manner.link = Some(to.to_owned());
        } else if !to.is_empty() {
            self.losses.add("links");
        }
        self.flow(&it.nodes, &manner, flow);
    }

    fn image(&mut self, it: &Element, flow: &mut Flow) {
        let alt = it.attribute("alt").unwrap_or_default().to_owned();
        let source = it.attribute("src").unwrap_or_default();
        let source = match picture::inlined(source) {
            Some(bytes) if picture::kind(&bytes).is_some() => {
                self.media_bytes += bytes.len();
                if self.media_bytes > self.limits.media_bytes_max {
                    return self.losses.add("pictures");
                }
                let key = reference(&bytes);
                self.document.media.insert(key.clone(), bytes);
                key
            }
            None if leads(source) => source.to_owned(),
            _ => {
                self.losses.at("pictures", &alt, 1);
                return flow.text(&alt, &Manner::default());
            }
        };
        flow.words.push(Inline::Image(Image { source, alt }));
    }
}

/// The line across that stands before notes is no part of what was said.
fn rule_before(flow: &mut Flow) {
    flow.end();
    if matches!(flow.blocks.last(), Some(Block::Rule)) {
        flow.blocks.pop();
    }
}

/// What is lost with an element of this name.
fn lost(name: &str) -> Option<&'static str> {
    match name {
        "script" | "noscript" => Some("scripts"),
        "style" | "link" => Some("styles"),
        "iframe" | "object" | "embed" | "audio" | "video" | "canvas" | "svg" | "math"
        | "applet" | "frame" | "frameset" => Some("embedded"),
        "form" | "select" | "textarea" | "button" => Some("forms"),
        "template" | "slot" => Some("templates"),
        _ => None,
    }
}

/// How the text in an element is shown; none where it stands by itself.
fn shown(it: &Element, manner: &Manner) -> Option<Manner> {
    let mut manner = manner.clone();
    let by = || it.attribute("data-by").unwrap_or_default().to_owned();
    match it.name.as_str() {
        "b" | "strong" => manner.bold = true,
        "i" | "em" | "cite" | "var" | "dfn" => manner.italic = true,
        "s" | "strike" => manner.struck = true,
        "u" => manner.underlined = true,
        "code" | "kbd" | "samp" | "tt" => manner.code = true,
        "sup" => manner.raised = Raised::Above,
        "sub" => manner.raised = Raised::Below,
        "ins" => manner.change = Some(Change { added: true, by: by(), at_s: None }),
        "del" => manner.change = Some(Change { added: false, by: by(), at_s: None }),
        "span" | "font" | "small" | "big" | "mark" | "abbr" | "q" | "time" | "label" | "bdi"
        | "bdo" | "data" | "ruby" => {}
        _ => return None,
    }
    Some(manner)
}

/// A text that is shown as it is.
fn code(it: &Element) -> Block {
    let inner = it.nodes.iter().find_map(|node| match node {
        Node::Element(inner) if inner.name == "code" => inner.attribute("class"),
        _ => None,
    });
    let mut classes = inner.unwrap_or_default().split_whitespace();
    let language = classes.find_map(|class| class.strip_prefix("language-"));
    let text = it.text();
    Block::Code(language.map(str::to_owned), text.strip_prefix('\n').unwrap_or(&text).to_owned())
}
