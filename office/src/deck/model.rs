//! What a deck is, whatever file it comes from or goes to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::{Area, Size};
use super::exact::Exact;
use super::layout::{Layout, Master};
use super::theme::Theme;

/// A deck of slides.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deck {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How large its slides are.
    pub size: Size,
    /// Its colours and fonts.
    pub theme: Theme,
    /// What all layouts share.
    pub master: Master,
    /// How slides may be laid out.
    pub layouts: Vec<Layout>,
    /// Its slides, in order.
    pub slides: Vec<Slide>,
    /// Its pictures, by the reference that parts have to them: `blob:` and their BLAKE3 hash.
    #[serde(skip)]
    pub media: BTreeMap<String, Vec<u8>>,
}

impl Deck {
    /// A deck in the house's layouts, without a slide.
    #[must_use]
    pub fn new(title: Option<String>, theme: Theme) -> Self {
        let (master, layouts) = super::layout::standard();
        Self { title, size: Size::WIDE, theme, master, layouts, ..Self::default() }
    }

    /// What stands in the place of a slide's title, in one line.
    #[must_use]
    pub fn title_of(&self, slide: &Slide) -> Option<String> {
        super::markdown::title(self, slide)
    }

    /// The layout of this id.
    #[must_use]
    pub fn layout(&self, id: &str) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.id == id)
    }
}

/// A slide.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slide {
    /// Its id, which no other slide of the deck has.
    pub id: String,
    /// The id of its layout.
    pub layout: String,
    /// Whether it is left out when the deck is shown.
    #[serde(default, skip_serializing_if = "is_false")]
    pub hidden: bool,
    /// What is on it, in the order in which it is read aloud.
    pub parts: Vec<Part>,
    /// What who speaks has to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Paragraph>,
}

/// Something on a slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The number of the place of its layout where it stands; none where it stands in no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// Where it stands otherwise than its place does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// What it is.
    pub content: Content,
}

/// What a part of a slide is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A text.
    Text(Vec<Paragraph>),
    /// A picture.
    Picture(Picture),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// Boxes and the arrows between them.
    Diagram(Diagram),
}

impl Content {
    /// What sort it is, in one word.
    #[must_use]
    pub const fn sort(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Picture(_) => "picture",
            Self::Table(_) => "table",
            Self::Chart(_) => "chart",
            Self::Diagram(_) => "diagram",
        }
    }
}

/// A paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Paragraph {
    /// How deep it stands, from 0 to 8.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(max = 8))]
    pub level: u8,
    /// What stands before it.
    #[serde(default, skip_serializing_if = "Sign::is_own")]
    pub sign: Sign,
    /// What it says.
    pub words: Vec<Run>,
}

/// The deepest level of a paragraph.
pub const LEVEL_MAX: u8 = 8;

impl Paragraph {
    /// A plain paragraph.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { words: vec![Run::plain(text)], ..Self::default() }
    }

    /// What it says, without how it looks.
    #[must_use]
    pub fn text(&self) -> String {
        self.words.iter().map(|run| run.text.as_str()).collect()
    }
}

/// What stands before a paragraph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sign {
    /// What its place has.
    #[default]
    Own,
    /// Nothing.
    Bare,
    /// A bullet.
    Bullet,
    /// A number, one more than that of the paragraph before it at this level.
    Number,
}

impl Sign {
    fn is_own(&self) -> bool {
        *self == Self::Own
    }
}

/// A text in one look. `\n` in it begins a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// What it says.
    pub text: String,
    /// Strongly.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bold: bool,
    /// With emphasis.
    #[serde(default, skip_serializing_if = "is_false")]
    pub italic: bool,
    /// With a line below.
    #[serde(default, skip_serializing_if = "is_false")]
    pub underlined: bool,
    /// Struck out.
    #[serde(default, skip_serializing_if = "is_false")]
    pub struck: bool,
    /// As code.
    #[serde(default, skip_serializing_if = "is_false")]
    pub code: bool,
    /// Above or below the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
    /// Where it leads: an address of the web, of mail or of telephones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Run {
    /// A text that looks as its place says.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Whether it looks as `other` does.
    #[must_use]
    pub fn looks_as(&self, other: &Self) -> bool {
        let bare = |run: &Self| Self { text: String::new(), ..run.clone() };
        bare(self) == bare(other)
    }
}

/// Where a text stands beside its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Raised {
    /// Above.
    Above,
    /// Below.
    Below,
}

/// A picture.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Which: `blob:` and the BLAKE3 hash of its bytes.
    pub source: String,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// A table. Every row has as many cells as its head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The cells of the head.
    pub head: Vec<Cell>,
    /// The cells of each row.
    pub rows: Vec<Vec<Cell>>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

impl Table {
    /// The table with every row as wide as the widest.
    #[must_use]
    pub fn squared(mut self) -> Self {
        let widest = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let columns = widest.max(self.head.len());
        self.head.resize(columns, Vec::new());
        self.rows.iter_mut().for_each(|row| row.resize(columns, Vec::new()));
        self
    }
}

/// What stands in a cell.
pub type Cell = Vec<Run>;

/// A chart, drawn from its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What sort.
    pub sort: ChartSort,
    /// What stands above it; nothing when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// What the places along the lower axis, or the parts of a pie, are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Its series; a pie shows the first.
    pub series: Vec<Series>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// A sort of chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChartSort {
    /// Bars beside each other.
    Bar,
    /// Points joined by lines.
    Line,
    /// Points at both of their numbers.
    Scatter,
    /// Parts of a whole.
    Pie,
}

/// A row of numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// What it is called; nothing when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Where its points stand along the lower axis, for a scatter; 1, 2 … where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "super::exact::all")]
    #[schemars(with = "Vec<Exact>")]
    pub along: Vec<f64>,
    /// Its numbers; null where there is a gap.
    #[serde(with = "super::exact::gaps")]
    #[schemars(with = "Vec<Option<Exact>>")]
    pub values: Vec<Option<f64>>,
}

/// Boxes and the arrows between them. Where they stand follows from who leads to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagram {
    /// Which way most arrows lead.
    #[serde(default)]
    pub direction: Direction,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub alt: String,
}

/// Which way most arrows of a diagram lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the right.
    #[default]
    Right,
    /// Down.
    Down,
}

/// A box.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its id, which no other box of the diagram has.
    pub id: String,
    /// What stands in it.
    pub label: String,
}

/// An arrow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// The id of the box where it begins.
    pub from: String,
    /// The id of the box where it ends.
    pub to: String,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}
