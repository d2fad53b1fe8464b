//! What a deck answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::commands::{DeckFormat, VizType};
use super::content::Slide;
use super::given::{Card, SlideType};
use crate::kinds::generated::GeneratedBy;

/// Answer to `create`, `rename` and `theme`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct About {
    /// What the deck is called; null while it has no title.
    pub title: Option<String>,
    /// What its theme is called.
    pub theme: String,
    /// How many slides there are.
    pub slides: u32,
}

/// Answer to `storyboard`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Planned {
    /// The planned slides, in order.
    pub storyboard: Vec<Card>,
    /// Who planned them.
    pub generated_by: GeneratedBy,
}

/// Answer to `slide_make`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Made {
    /// The slides that came.
    pub slides: Vec<MadeSlide>,
    /// What who speaks has to say, slide by slide.
    pub speaker_notes: Vec<String>,
    /// The order of all slides of the deck.
    pub layout_graph: LayoutGraph,
}

/// A slide that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MadeSlide {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its points.
    pub content: Vec<String>,
    /// What sort of slide it is.
    pub slide_type: SlideType,
}

/// Slides one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutGraph {
    /// The slides.
    pub nodes: Vec<GraphNode>,
    /// Which one follows which.
    pub edges: Vec<GraphEdge>,
}

/// A slide in a graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GraphNode {
    /// Its id.
    pub id: String,
    /// Its place, from 0.
    pub position: u32,
}

/// That one slide follows another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GraphEdge {
    /// The one before.
    pub from: String,
    /// The one after.
    pub to: String,
}

/// Answer to commands that change or arrange one slide. It does not grow with the deck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Arranged {
    /// The id of the slide.
    pub slide: String,
    /// The revision that last changed it; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<u64>,
    /// Where it stands, from 1; absent when it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// How many slides there are.
    pub slides: u32,
    /// What of a text could not be put on the slide, by a word for it, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
}

/// Answer to `visualize`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Visualized {
    /// What was drawn.
    pub viz: Viz,
    /// The drawing, as SVG.
    pub svg: String,
    /// What it shows, in words.
    pub alt: String,
    /// Which slide it was put on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<String>,
    /// Which of the parts of the slide it is, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u32>,
}

/// A drawing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Viz {
    /// How it is drawn; never `auto`.
    #[serde(rename = "type")]
    pub r#type: VizType,
    /// The series with their numbers, the rows of a table, or the arrows of a diagram.
    pub data: Value,
    /// What the places along the lower axis, the columns or the boxes are called.
    pub labels: Vec<String>,
    /// What stands beside it.
    pub config: VizConfig,
}

/// What stands beside a drawing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VizConfig {
    /// Above it.
    pub title: String,
    /// Below its lower axis.
    pub x_label: String,
    /// Beside its other axis.
    pub y_label: String,
}

/// Answer to `check`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// Whether all texts fit into their boxes, smaller where that is allowed.
    pub fits: bool,
    /// How many slides were looked at.
    pub slides: u32,
    /// All that keeps the deck from being shown well.
    pub findings: Vec<Found>,
    /// Whether there are more findings than are told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
}

/// Something that keeps a deck from being shown well.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Found {
    /// The id of the slide.
    pub slide: String,
    /// Which of its parts, from 0; null where it is the slide itself.
    pub part: Option<u32>,
    /// What it is: `overflows`, `shrunk`, `divided`, `outside`, `untitled`, `empty`, `wordless`,
    /// `undrawn` or `letters`.
    pub flaw: String,
    /// Of `overflows`: how much higher than its box it is, in points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<f64>,
    /// Of `shrunk`: how large its letters are, in hundredths of what they should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub percent: Option<u32>,
    /// Of `divided`: how many words are wider than their line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<u64>,
    /// Of `letters`: how many letters no font of the program has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Of `undrawn`: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Answer to `read`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// What the deck is called; null while it has no title.
    pub title: Option<String>,
    /// What its theme is called.
    pub theme: String,
    /// How slides may be laid out.
    pub layouts: Vec<LayoutTold>,
    /// The slides, in order; the one that was asked for alone.
    pub slides: Vec<SlideTold>,
    /// The slide that was asked for, with all that is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<Slide>,
    /// The same as a drawing; grey boxes stand where its pictures are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub svg: Option<String>,
}

/// A layout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LayoutTold {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its places: their numbers, and what they are meant for.
    pub places: BTreeMap<u32, String>,
}

/// A slide in few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SlideTold {
    /// Its id.
    pub id: String,
    /// Its title; null where it has none.
    pub title: Option<String>,
    /// The id of its layout.
    pub layout: String,
    /// What its parts are, in order: `text`, `picture`, `table`, `chart` or `diagram`.
    pub parts: Vec<String>,
    /// Whether it is left out when the deck is shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hidden: bool,
    /// The revision that last changed it.
    pub changed: u64,
}

/// Answer to `export`: one of `artifact`, `text` and `base64`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Exported {
    /// How the file is written.
    pub format: DeckFormat,
    /// Its media type.
    pub media_type: String,
    /// What it may be called.
    pub filename: String,
    /// How large it is, in bytes.
    pub bytes: u64,
    /// The `.synslide` file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifact: Option<Value>,
    /// A file that is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Any other file, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// What of the deck the file does not hold, by a word for it, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// What was said to go beside it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// Answer to `load`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Loaded {
    /// What the deck is called.
    pub title: Option<String>,
    /// The ids of the slides that came, in order.
    pub loaded: Vec<String>,
    /// How many slides there are.
    pub slides: u32,
}
