//! What is on slides, as it is kept and as `.synslide` files have it. Lengths are English metric
//! units: 12,700 to a point.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::limits::{
    LAYOUT_BYTES_MAX, NODES_MAX, PARAGRAPHS_MAX, PARTS_MAX, PLACE_MAX, SLIDE_ID_BYTES_MAX,
    TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use crate::kinds::check::{PICTURE, PLAIN};

/// What the id of a slide looks like.
pub const ID: &str = "^[A-Za-z0-9][A-Za-z0-9_:@-]{0,63}$";

/// A slide.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Slide {
    /// Its id, which no other slide of the deck has.
    #[schemars(length(max = SLIDE_ID_BYTES_MAX))]
    pub id: String,
    /// The id of its layout.
    #[schemars(length(max = LAYOUT_BYTES_MAX))]
    pub layout: String,
    /// Whether it is left out when the deck is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// What is on it, in the order in which it is read aloud.
    #[schemars(length(max = PARTS_MAX))]
    pub parts: Vec<Part>,
    /// What who speaks has to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = PARAGRAPHS_MAX))]
    pub notes: Vec<Paragraph>,
}

/// Something on a slide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The number of the place of its layout where it stands; none where it stands in no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = PLACE_MAX))]
    pub place: Option<u32>,
    /// Where it stands otherwise than its place does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// What it is.
    pub content: Content,
}

/// A box on a slide, in English metric units from its left and top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Area {
    /// How far it is from the left.
    #[schemars(range(min = -1_000_000_000, max = 1_000_000_000))]
    pub x: i64,
    /// How far it is from the top.
    #[schemars(range(min = -1_000_000_000, max = 1_000_000_000))]
    pub y: i64,
    /// How wide it is.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub wide: i64,
    /// How high it is.
    #[schemars(range(min = 0, max = 1_000_000_000))]
    pub high: i64,
}

/// What a part of a slide is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// A text.
    Text(#[schemars(length(max = PARAGRAPHS_MAX))] Vec<Paragraph>),
    /// A picture.
    Picture(Picture),
    /// A table.
    Table(Table),
    /// A chart.
    Chart(Chart),
    /// Boxes and the arrows between them.
    Diagram(Diagram),
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

impl Paragraph {
    /// A plain paragraph.
    #[must_use]
    pub fn plain(text: &str) -> Self {
        let words = vec![Run { text: text.to_owned(), ..Run::default() }];
        Self { words, ..Self::default() }
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
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: String,
    /// Strongly.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bold: bool,
    /// With emphasis.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub italic: bool,
    /// With a line below.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub underlined: bool,
    /// Struck out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub struck: bool,
    /// As code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code: bool,
    /// Above or below the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Raised>,
    /// Where it leads: an address of the web, of mail or of telephones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub link: Option<String>,
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
    /// Which of the tenant's blobs: `blob:` and the BLAKE3 of its bytes.
    #[schemars(regex(pattern = PICTURE))]
    pub source: String,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub alt: String,
}

/// A table. Every row has as many cells as its head.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The cells of the head.
    pub head: Vec<Vec<Run>>,
    /// The cells of each row.
    pub rows: Vec<Vec<Vec<Run>>>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub alt: String,
}

/// A chart, drawn from its numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Chart {
    /// What sort.
    pub sort: ChartSort,
    /// What stands above it; nothing when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub title: String,
    /// What the places along the lower axis, or the parts of a pie, are called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Its series; a pie shows the first.
    pub series: Vec<Series>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
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

impl ChartSort {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bar => "bar",
            Self::Line => "line",
            Self::Scatter => "scatter",
            Self::Pie => "pie",
        }
    }
}

/// A row of numbers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// What it is called; nothing when empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = PLAIN))]
    pub name: String,
    /// Where its points stand along the lower axis, for a scatter; 1, 2 … where it is empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<Amount>,
    /// Its numbers; null where there is a gap.
    pub values: Vec<Option<Amount>>,
}

/// A number; or the text of one that has more than fifteen digits, which not every reader takes as
/// it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Amount {
    /// A number.
    Number(f64),
    /// The text of one, such as `1.2345678901234567e-3`.
    Text(#[schemars(length(max = 40))] String),
}

/// Boxes and the arrows between them. Where they stand follows from who leads to whom.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagram {
    /// Which way most arrows lead.
    #[serde(default)]
    pub direction: Direction,
    /// The boxes.
    #[schemars(length(max = NODES_MAX))]
    pub nodes: Vec<Node>,
    /// The arrows; they may lead in circles.
    pub edges: Vec<Edge>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
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
    #[schemars(length(min = 1, max = TITLE_BYTES_MAX), regex(pattern = PLAIN))]
    pub id: String,
    /// What stands in it.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = PLAIN))]
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out references")]
const fn is_zero(number: &u8) -> bool {
    *number == 0
}
