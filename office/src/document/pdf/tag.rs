//! What each part of a file is, for who cannot see it.

use std::num::NonZeroU16;

use krilla::tagging::{
    Identifier, ListNumbering, Node as Leaf, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// What a part of a document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A paragraph.
    Paragraph,
    /// A heading of a level, and its words.
    Heading(u8, String),
    /// A list, and whether it has numbers.
    List(bool),
    /// An item of a list.
    Item,
    /// The sign of an item.
    Label,
    /// What an item says.
    Body,
    /// What somebody else said.
    Quote,
    /// A text as it is.
    Code,
    /// A table.
    Table,
    /// A row of one.
    Row,
    /// A cell of its head.
    HeadCell,
    /// A cell.
    Cell,
    /// What leads elsewhere.
    Link,
    /// A picture, and the words for it.
    Figure(String),
    /// A note.
    Note,
    /// The table of contents.
    Contents,
    /// A line of it.
    Entry,
    /// A source.
    Source,
}

#[derive(Debug)]
enum Child {
    Node(usize),
    Slot(usize),
}

#[derive(Debug)]
struct Node {
    role: Option<Role>,
    children: Vec<Child>,
}

/// The tree of what is what. Its first node is the document.
#[derive(Debug)]
pub struct Tags {
    nodes: Vec<Node>,
    slots: Vec<Vec<Identifier>>,
}

impl Default for Tags {
    fn default() -> Self {
        Self { nodes: vec![Node { role: None, children: Vec::new() }], slots: Vec::new() }
    }
}

impl Tags {
    /// A new part of `parent`.
    pub fn node(&mut self, parent: usize, role: Role) -> usize {
        self.nodes.push(Node { role: Some(role), children: Vec::new() });
        let node = self.nodes.len() - 1;
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(Child::Node(node));
        }
        node
    }

    /// A new place in `parent` for what is drawn.
    pub fn slot(&mut self, parent: usize) -> usize {
        self.slots.push(Vec::new());
        let slot = self.slots.len() - 1;
        if let Some(parent) = self.nodes.get_mut(parent) {
            parent.children.push(Child::Slot(slot));
        }
        slot
    }

    /// A place for what is drawn and says nothing new.
    pub const fn spare(&self) -> usize {
        usize::MAX
    }

    /// Says that something drawn belongs to a place.
    pub fn drawn(&mut self, slot: usize, identifier: Identifier) {
        if let Some(slot) = self.slots.get_mut(slot) {
            slot.push(identifier);
        }
    }

    /// The tree, once all is drawn.
    pub fn tree(&self, language: &str) -> TagTree {
        let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
        tree.children = self.children(0);
        tree
    }

    fn children(&self, node: usize) -> Vec<Leaf> {
        let mut out = Vec::new();
        let Some(node) = self.nodes.get(node) else { return out };
        for child in &node.children {
            match child {
                Child::Slot(slot) => {
                    let drawn = self.slots.get(*slot).into_iter().flatten();
                    out.extend(drawn.map(|identifier| Leaf::Leaf(*identifier)));
                }
                Child::Node(child) => {
                    let children = self.children(*child);
                    let role = self.nodes.get(*child).and_then(|node| node.role.as_ref());
                    if let Some(role) = role.filter(|_| !children.is_empty()) {
                        out.push(Leaf::Group(TagGroup::with_children(kind(role), children)));
                    }
                }
            }
        }
        out
    }
}

fn kind(role: &Role) -> TagKind {
    match role {
        Role::Paragraph => Tag::P.into(),
        Role::Heading(level, words) => {
            let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
            let title = if words.trim().is_empty() { "Heading" } else { words };
            Tag::Hn(level, Some(title.to_owned())).into()
        }
        Role::List(true) => Tag::L(ListNumbering::Decimal).into(),
        Role::List(false) => Tag::L(ListNumbering::Disc).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Quote => Tag::BlockQuote.into(),
        Role::Code => Tag::Code.into(),
        Role::Table => Tag::Table.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell => Tag::TH(TableHeaderScope::Column).into(),
        Role::Cell => Tag::TD.into(),
        Role::Link => Tag::Link.into(),
        Role::Figure(alt) => Tag::Figure(Some(alt.clone())).into(),
        Role::Note => Tag::Note.into(),
        Role::Contents => Tag::TOC.into(),
        Role::Entry => Tag::TOCI.into(),
        Role::Source => Tag::BibEntry.into(),
    }
}
