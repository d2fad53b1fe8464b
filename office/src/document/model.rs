//! What a document is, whatever file it comes from or goes to.

use std::collections::BTreeMap;

/// A document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// What it is called.
    pub title: Option<String>,
    /// What it says, in order.
    pub blocks: Vec<Block>,
    /// Its notes, in the order in which they are first referred to.
    pub notes: Vec<Vec<Block>>,
    /// What it cites, in the order in which it is first cited.
    pub sources: Vec<Source>,
    /// What readers remark.
    pub comments: Vec<Comment>,
    /// Its pictures, by the reference that images have to them (see [`reference`]).
    pub media: BTreeMap<String, Vec<u8>>,
}

/// A block of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading of level 1 to 6.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; with a number it is counted from there.
    List(Option<u64>, Vec<Item>),
    /// What somebody else said.
    Quote(Vec<Self>),
    /// A text that is shown as it is, in a language where one is named.
    Code(Option<String>, String),
    /// A table.
    Table(Table),
    /// A line across.
    Rule,
    /// What follows begins a page.
    PageBreak,
    /// The headings of the document, each with the way to it.
    Contents,
}

/// An item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Whether a task is done; `None` = it is no task.
    pub done: Option<bool>,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A table. Every row has as many cells as it has columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Where the text of each column stands; the length is the number of columns.
    pub aligned: Vec<Aligned>,
    /// The cells of the head.
    pub head: Vec<Vec<Inline>>,
    /// The cells of each row.
    pub rows: Vec<Vec<Vec<Inline>>>,
}

impl Table {
    /// The table with as many columns as its widest row, and every row as wide.
    #[must_use]
    pub fn squared(mut self) -> Self {
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let columns = widest.max(self.head.len()).max(self.aligned.len());
        self.aligned.resize(columns, Aligned::default());
        self.head.resize(columns, Vec::new());
        self.rows.iter_mut().for_each(|row| row.resize(columns, Vec::new()));
        self
    }
}

/// Where a text stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Aligned {
    /// Where the writing begins.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// Where the writing ends.
    End,
}

/// What stands in a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// A text in one manner.
    Text(String, Manner),
    /// A new line.
    Break,
    /// A picture.
    Image(Image),
    /// A note: its place in [`Document::notes`].
    Note(usize),
    /// A citation: the place of its source in [`Document::sources`].
    Cite(usize),
    /// A remark: its place in [`Document::comments`].
    Comment(usize),
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// Where it is: a key of [`Document::media`], or an address, which nobody fetches.
    pub source: String,
    /// What it shows, for who cannot see it.
    pub alt: String,
}

/// How a text is shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manner {
    /// Strongly.
    pub bold: bool,
    /// With emphasis.
    pub italic: bool,
    /// Struck out.
    pub struck: bool,
    /// With a line below.
    pub underlined: bool,
    /// As code.
    pub code: bool,
    /// Above or below the line.
    pub raised: Raised,
    /// Where it leads: an address of the web, of mail or of telephones.
    pub link: Option<String>,
    /// Who suggests that it comes or goes.
    pub change: Option<Change>,
}

/// Whether a text stands above or below the line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Raised {
    /// Neither.
    #[default]
    No,
    /// Above.
    Above,
    /// Below.
    Below,
}

/// A suggested change; one of nobody at no time is no suggestion, but stands in the text so, as
/// `<ins>` and `<del>` do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Whether the text shall come; otherwise it shall go.
    pub added: bool,
    /// Who suggests it; empty where nobody is named.
    pub by: String,
    /// When, in seconds since 1970, where that is told.
    pub at_s: Option<i64>,
}

impl Change {
    /// Whether somebody suggests it.
    #[must_use]
    pub const fn is_suggested(&self) -> bool {
        !self.by.is_empty() || self.at_s.is_some()
    }
}

/// What a document cites.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// Its short name: letters, digits and `-_.:`.
    pub key: String,
    /// What it is.
    pub words: Vec<Inline>,
}

/// What a reader remarks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comment {
    /// Who; empty where nobody is named.
    pub by: String,
    /// When, in seconds since 1970, where that is told.
    pub at_s: Option<i64>,
    /// The words before its place that it is about; empty where it is about the place alone.
    pub quote: String,
    /// What.
    pub text: String,
}

/// The schemes of links that are taken.
const SCHEMES: [&str; 4] = ["http:", "https:", "mailto:", "tel:"];

/// What the name of a blob begins with where an image refers to one.
pub const BLOB: &str = "blob:";

/// Whether a link is taken: it leads to the web, to mail or to a telephone, or within the document.
#[must_use]
pub fn leads(to: &str) -> bool {
    let begins = |scheme: &&str| {
        to.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(begins) && !to.chars().any(char::is_control)
}

/// How images refer to these bytes: `blob:` and their BLAKE3 hash.
#[must_use]
pub fn reference(bytes: &[u8]) -> String {
    format!("{BLOB}{}", blake3::hash(bytes).to_hex())
}

/// The text of inlines without their manner.
#[must_use]
pub fn plain(inlines: &[Inline]) -> String {
    let text = |inline: &Inline| match inline {
        Inline::Text(text, _) => text.clone(),
        Inline::Break => " ".to_owned(),
        Inline::Image(image) => image.alt.clone(),
        Inline::Note(_) | Inline::Cite(_) | Inline::Comment(_) => String::new(),
    };
    inlines.iter().map(text).collect()
}

/// Adds what stands next in a line; texts in one manner become one.
pub fn push(words: &mut Vec<Inline>, inline: Inline) {
    match (words.last_mut(), inline) {
        (_, Inline::Text(text, _)) if text.is_empty() => {}
        (Some(Inline::Text(before, one)), Inline::Text(text, other)) if *one == other => {
            before.push_str(&text);
        }
        (_, inline) => words.push(inline),
    }
}

/// Every heading in the order of the document: its level and words. Those in quotes and lists too.
#[must_use]
pub fn headings(blocks: &[Block]) -> Vec<(u8, &[Inline])> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Heading(level, words) => found.push((*level, words.as_slice())),
            Block::Quote(blocks) => found.extend(headings(blocks)),
            Block::List(_, items) => {
                found.extend(items.iter().flat_map(|item| headings(&item.blocks)));
            }
            _ => {}
        }
    }
    found
}
