//! Paragraphs as blocks: items become lists again, and quotes one quote.

use super::super::super::{Block, Inline, Item, plain};
use super::super::{LEVEL_TWIPS, LEVELS_MAX, TASKS};
use super::styles::Role;

/// A paragraph that was read.
#[derive(Debug, Default)]
pub struct Paragraph {
    /// What it is.
    pub role: Role,
    /// Its list, level and from where that counts, where it is an item.
    pub item: Option<(String, usize, Option<u64>)>,
    /// How far from the edge, in twentieths of a point.
    pub indent: usize,
    /// What it says.
    pub words: Vec<Inline>,
}

/// A level of a list that has not ended.
struct Level {
    list: String,
    level: usize,
    first: Option<u64>,
    items: Vec<Item>,
}

/// Blocks as they grow.
#[derive(Default)]
pub struct Flow {
    blocks: Vec<Block>,
    levels: Vec<Level>,
}

impl Flow {
    /// Adds a paragraph.
    pub fn paragraph(&mut self, paragraph: Paragraph) {
        let Paragraph { role, item, indent, words } = paragraph;
        if let (Some((list, level, first)), Role::Text | Role::Continued) = (item, role) {
            return self.item(list, level.min(LEVELS_MAX - 1), first, words);
        }
        if words.is_empty() && role != Role::Rule && role != Role::Code {
            return;
        }
        let within = indent / LEVEL_TWIPS;
        if within > 0 && matches!(role, Role::Continued | Role::Code) && !self.levels.is_empty() {
            while self.levels.last().is_some_and(|open| open.level >= within) {
                self.close();
            }
            let items = self.levels.last_mut().map(|open| &mut open.items);
            if let Some(item) = items.and_then(|items| items.last_mut()) {
                item.blocks.push(block(role, words));
                return;
            }
        }
        self.end();
        match (self.blocks.last_mut(), role) {
            (Some(Block::Quote(quoted)), Role::Quote) => quoted.push(Block::Paragraph(words)),
            (_, Role::Quote) => self.blocks.push(Block::Quote(vec![Block::Paragraph(words)])),
            _ => self.blocks.push(block(role, words)),
        }
    }

    /// Adds what is no paragraph.
    pub fn put(&mut self, block: Block) {
        self.end();
        self.blocks.push(block);
    }

    /// All of it.
    pub fn done(mut self) -> Vec<Block> {
        self.end();
        self.blocks
    }

    fn item(&mut self, list: String, level: usize, first: Option<u64>, words: Vec<Inline>) {
        while self
            .levels
            .last()
            .is_some_and(|open| open.level > level || (open.level == level && open.list != list))
        {
            self.close();
        }
        if self.levels.last().is_none_or(|open| open.level < level) {
            self.levels.push(Level { list, level, first, items: Vec::new() });
        }
        let (done, words) = task(words);
        let blocks = if words.is_empty() { Vec::new() } else { vec![Block::Paragraph(words)] };
        if let Some(open) = self.levels.last_mut() {
            open.items.push(Item { done, blocks });
        }
    }

    /// Ends the innermost list.
    fn close(&mut self) {
        let Some(Level { first, items, .. }) = self.levels.pop() else { return };
        let list = Block::List(first, items);
        let around = self.levels.last_mut().and_then(|open| open.items.last_mut());
        match around {
            Some(item) => item.blocks.push(list),
            None => self.blocks.push(list),
        }
    }

    fn end(&mut self) {
        while !self.levels.is_empty() {
            self.close();
        }
    }
}

fn block(role: Role, words: Vec<Inline>) -> Block {
    match role {
        Role::Heading(level) => Block::Heading(level, words),
        Role::Rule => Block::Rule,
        Role::Code => {
            let line = |word: &Inline| match word {
                Inline::Break => "\n".to_owned(),
                word => plain(std::slice::from_ref(word)),
            };
            let mut text: String = words.iter().map(line).collect();
            text.push('\n');
            Block::Code(None, text)
        }
        _ => Block::Paragraph(words),
    }
}

/// The sign of a task, and the words without it.
fn task(mut words: Vec<Inline>) -> (Option<bool>, Vec<Inline>) {
    let Some(Inline::Text(text, _)) = words.first_mut() else {
        return (None, words);
    };
    let Some(place) = TASKS.iter().position(|sign| text.starts_with(*sign)) else {
        return (None, words);
    };
    *text = text[TASKS[place].len()..].to_owned();
    if text.is_empty() {
        words.remove(0);
    }
    (Some(place == 1), words)
}
