//! Slides and parts as people and agents give them: texts in CommonMark, tables of texts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::content::{Area, Chart, Diagram, Picture};
use super::limits::{
    CARD_BYTES_MAX, CELLS_MAX, PLACE_MAX, POINTS_MAX, TEXT_BYTES_MAX, TITLE_BYTES_MAX,
};
use crate::kinds::check::{PLAIN, SAID, one_of};

/// Something that is put on a slide: one of `text`, `table`, `chart`, `diagram` and `picture`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend(
    "oneOf" = one_of(&["text", "table", "chart", "diagram", "picture"])
))]
pub struct GivenPart {
    /// The number of the place of the layout where it stands: what stands there is replaced. The
    /// first free one that is meant for such things when neither this nor `area` is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = PLACE_MAX))]
    pub place: Option<u32>,
    /// Where it stands otherwise than its place does, or without a place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// A text in CommonMark: paragraphs, lists, emphasis, links.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// A table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<GivenTable>,
    /// A chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<Chart>,
    /// Boxes and arrows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diagram: Option<Diagram>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<Picture>,
}

impl GivenPart {
    /// How many things it is.
    #[must_use]
    pub fn said(&self) -> usize {
        let all = [
            self.text.is_some(),
            self.table.is_some(),
            self.chart.is_some(),
            self.diagram.is_some(),
            self.picture.is_some(),
        ];
        all.into_iter().filter(|said| *said).count()
    }
}

/// A table of plain texts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenTable {
    /// The cells of the head.
    #[schemars(length(min = 1, max = CELLS_MAX), inner(regex(pattern = PLAIN)))]
    pub head: Vec<String>,
    /// The cells of each row. One that is shorter than the widest is filled up.
    #[schemars(length(max = CELLS_MAX))]
    pub rows: Vec<Vec<String>>,
    /// What it shows, for who cannot see it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = PLAIN))]
    pub alt: String,
}

/// A planned slide.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Its title.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
    /// What it is to say.
    #[serde(default)]
    #[schemars(length(max = CARD_BYTES_MAX), regex(pattern = PLAIN))]
    pub description: String,
    /// What sort of slide it is.
    #[serde(default)]
    pub slide_type: SlideType,
    /// Its points, when they are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = POINTS_MAX),
        inner(length(max = CARD_BYTES_MAX), regex(pattern = SAID))
    )]
    pub points: Vec<String>,
}

/// A sort of slide.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlideType {
    /// The first one, with the title of the deck.
    Title,
    /// Points.
    #[default]
    Content,
    /// Something to look at.
    Image,
    /// Numbers.
    Data,
    /// What is to be remembered.
    Conclusion,
}

impl SlideType {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Title, Self::Content, Self::Image, Self::Data, Self::Conclusion];

    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Content => "content",
            Self::Image => "image",
            Self::Data => "data",
            Self::Conclusion => "conclusion",
        }
    }
}
