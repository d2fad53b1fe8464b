//! Suggested changes, taken or turned down.

use super::{Block, Change, Document, Inline, Item, Table, push};

impl Document {
    /// The document without suggestions, and without words that stand in it as inserted or deleted
    /// ones. Where they are taken, what shall come is there and what shall go is not; otherwise the
    /// other way round.
    #[must_use]
    pub fn settled(&self, taken: bool) -> (Self, Settled) {
        let mut settler = Settler { taken, count: Settled::default() };
        let mut document = self.clone();
        document.blocks = settler.blocks(&self.blocks);
        document.notes = self.notes.iter().map(|note| settler.blocks(note)).collect();
        for source in &mut document.sources {
            source.words = settler.words(&source.words);
        }
        (document, settler.count)
    }
}

/// How much of a document was settled, in pieces of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settled {
    /// What somebody suggested.
    pub suggestions: u64,
    /// What stood in the text as inserted or deleted.
    pub marked: u64,
}

struct Settler {
    taken: bool,
    count: Settled,
}

impl Settler {
    fn blocks(&mut self, blocks: &[Block]) -> Vec<Block> {
        let mut kept = Vec::with_capacity(blocks.len());
        for block in blocks {
            kept.push(match block {
                Block::Heading(level, words) => Block::Heading(*level, self.words(words)),
                Block::Paragraph(words) => {
                    let left = self.words(words);
                    if left.is_empty() && !words.is_empty() {
                        continue;
                    }
                    Block::Paragraph(left)
                }
                Block::List(first, items) => Block::List(*first, self.items(items)),
                Block::Quote(blocks) => Block::Quote(self.blocks(blocks)),
                Block::Table(table) => Block::Table(self.table(table)),
                block => block.clone(),
            });
        }
        kept
    }

    fn items(&mut self, items: &[Item]) -> Vec<Item> {
        let item = |item: &Item| Item { done: item.done, blocks: self.blocks(&item.blocks) };
        items.iter().map(item).collect()
    }

    fn table(&mut self, table: &Table) -> Table {
        let mut row = |cells: &Vec<Vec<Inline>>| -> Vec<Vec<Inline>> {
            cells.iter().map(|cell| self.words(cell)).collect()
        };
        let head = row(&table.head);
        let rows = table.rows.iter().map(row).collect();
        Table { aligned: table.aligned.clone(), head, rows }
    }

    fn words(&mut self, words: &[Inline]) -> Vec<Inline> {
        let mut kept = Vec::with_capacity(words.len());
        for word in words {
            match word {
                Inline::Text(text, manner) => {
                    let mut manner = manner.clone();
                    let change = manner.change.take();
                    match change.as_ref().map(Change::is_suggested) {
                        Some(true) => self.count.suggestions += 1,
                        Some(false) => self.count.marked += 1,
                        None => {}
                    }
                    if change.is_none_or(|change| change.added == self.taken) {
                        push(&mut kept, Inline::Text(text.clone(), manner));
                    }
                }
                word => kept.push(word.clone()),
            }
        }
        kept
    }
}
