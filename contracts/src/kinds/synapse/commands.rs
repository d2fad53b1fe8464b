//! What may be asked of a deck.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::content::{ID, Slide};
use super::design::{Design, Theme, ThemeName};
use super::given::{Card, GivenPart};
use super::limits::{
    DATA_BYTES_MAX, LAYOUT_BYTES_MAX, LOAD_SLIDES_MAX, MATERIAL_BYTES_MAX, MODEL_BYTES_MAX,
    NOTES_BYTES_MAX, PARTS_MAX, PLACE_MAX, SLIDE_ID_BYTES_MAX, STORYBOARD_MAX, TEXT_BYTES_MAX,
    TITLE_BYTES_MAX, TOPIC_BYTES_MAX,
};
use crate::kinds::check::{PLAIN, SAID};

/// What may be asked of a deck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Begins it.
    Create(Create),
    /// Asks a model for a plan of slides.
    Storyboard(Storyboard),
    /// Makes slides of a plan.
    SlideMake(SlideMake),
    /// Adds a slide.
    SlideAdd(Box<SlideAdd>),
    /// Changes what is on a slide.
    SlideEdit(Box<SlideEdit>),
    /// Moves a slide.
    SlideMove(SlideMove),
    /// Removes a slide.
    SlideRemove(SlideRemove),
    /// Lays a slide out in another way.
    Layout(Layout),
    /// Changes colours and fonts.
    Theme(SetTheme),
    /// Says what who speaks has to say.
    Notes(Notes),
    /// Draws data.
    Visualize(Visualize),
    /// Says what does not fit.
    Check(CheckFit),
    /// Tells what is in the deck, or on a slide.
    Read(Read),
    /// Gives the deck as a file.
    Export(Export),
    /// Changes the title.
    Rename(Rename),
    /// Adds what a file holds.
    Load(Load),
}

/// Input of `create`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Create {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// Its colours.
    #[serde(default)]
    pub theme: ThemeName,
}

/// Input of `storyboard`. Topic or goal is needed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Storyboard {
    /// What the deck is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TOPIC_BYTES_MAX), regex(pattern = SAID))]
    pub topic: Option<String>,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TOPIC_BYTES_MAX), regex(pattern = SAID))]
    pub goal: Option<String>,
    /// Who sees it.
    #[serde(default = "general")]
    #[schemars(length(max = TOPIC_BYTES_MAX), regex(pattern = SAID))]
    pub audience: String,
    /// How many slides, at most; when this is left out, one for each section or title and two
    /// around them, or ten.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = STORYBOARD_MAX))]
    pub num_slides: Option<u32>,
    /// The titles to follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        length(max = STORYBOARD_MAX),
        inner(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))
    )]
    pub outline: Vec<String>,
    /// The sections of a document to follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = STORYBOARD_MAX))]
    pub sections: Vec<GivenSection>,
    /// Material to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = SAID))]
    pub context: Option<String>,
    /// Which model, `provider/model`; the built-in one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = MODEL_BYTES_MAX), regex(pattern = SAID))]
    pub model: Option<String>,
}

/// For whom a deck is when nobody says.
fn general() -> String {
    "general".to_owned()
}

/// A section of a document. What else an `osteon` tells of a section is taken and not looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GivenSection {
    /// Its title.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
    /// Its text.
    #[serde(default)]
    #[schemars(length(max = MATERIAL_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: String,
}

/// Input of `slide_make`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideMake {
    /// The planned slides; those that the deck keeps when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = STORYBOARD_MAX))]
    pub storyboard: Option<Vec<Card>>,
    /// What a new deck is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub topic: Option<String>,
}

/// Input of `slide_add`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideAdd {
    /// Its id; a new one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = SLIDE_ID_BYTES_MAX), regex(pattern = ID))]
    pub slide: Option<String>,
    /// The id of its layout; that of a title and its content when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = LAYOUT_BYTES_MAX), regex(pattern = SAID))]
    pub layout: Option<String>,
    /// The slide that it comes after; the last one when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// What it says, in CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// What else is on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = PARTS_MAX))]
    pub parts: Vec<GivenPart>,
    /// What who speaks has to say, in CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = NOTES_BYTES_MAX), regex(pattern = SAID))]
    pub notes: Option<String>,
    /// Whether it is left out when the deck is shown.
    #[serde(default)]
    pub hidden: bool,
}

/// Input of `slide_edit`: parts go first, then title, text and parts come.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideEdit {
    /// The id of the slide.
    pub slide: String,
    /// The revision that last changed it when it was read; it is refused when others changed it
    /// since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
    /// Its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// What it says, in CommonMark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub text: Option<String>,
    /// What is put on it; what stands in the same place is replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = PARTS_MAX))]
    pub parts: Vec<GivenPart>,
    /// The parts that go, counted from 0 as the slide is told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = PARTS_MAX))]
    pub remove: Vec<u32>,
    /// Whether it is left out when the deck is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
}

/// Input of `slide_move`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideMove {
    /// The id of the slide.
    pub slide: String,
    /// The slide that it comes after; the beginning when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// Input of `slide_remove`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SlideRemove {
    /// The id of the slide.
    pub slide: String,
    /// The revision that last changed it when it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<u64>,
}

/// Input of `layout`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// The id of the slide.
    pub slide: String,
    /// The id of the layout.
    pub layout: String,
}

/// Input of `theme`: a name, or colours and fonts of one's own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = crate::kinds::check::one_of(&["name", "own"])))]
pub struct SetTheme {
    /// A theme that comes with the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ThemeName>,
    /// Another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Theme>,
}

/// Input of `notes`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// The id of the slide.
    pub slide: String,
    /// What who speaks has to say, in CommonMark; nothing when empty.
    #[schemars(length(max = NOTES_BYTES_MAX), regex(pattern = PLAIN))]
    pub text: String,
}

/// Input of `visualize`. Data or a description is needed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Visualize {
    /// What is drawn: numbers by their names, rows, series, or `nodes` and `edges`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
    /// The same in words: `North 10, South 20`, or `wash -> dry -> fold`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = DATA_BYTES_MAX), regex(pattern = SAID))]
    pub description: Option<String>,
    /// How; as fits the data when left out.
    #[serde(default)]
    pub viz_type: VizType,
    /// What stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// What the lower axis shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub x_label: Option<String>,
    /// What the other axis shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub y_label: Option<String>,
    /// What it shows, for who cannot see it; told from the data when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub alt: Option<String>,
    /// The slide that it is put on; it is only answered when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<String>,
    /// The place of the slide; the first free one that is meant for such things when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = PLACE_MAX))]
    pub place: Option<u32>,
}

/// How data are drawn.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum VizType {
    /// As fits them.
    #[default]
    Auto,
    /// Bars beside each other.
    Bar,
    /// Points joined by lines.
    Line,
    /// Parts of a whole.
    Pie,
    /// Points at both of their numbers.
    Scatter,
    /// Boxes and the arrows between them.
    Flow,
    /// A table.
    Table,
}

/// Input of `check`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFit {
    /// The id of the slide; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<String>,
}

/// Input of `read`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// The id of the slide that is told with all that is on it; the list of slides when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slide: Option<String>,
    /// Whether the slide is drawn, too, as SVG.
    #[serde(default)]
    pub svg: bool,
}

/// Input of `export`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// What the file says that the deck is called; its title when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// How it is written.
    #[serde(default)]
    pub format: DeckFormat,
    /// What goes beside the artifact of a deck; it is answered as it was said.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub metadata: Map<String, Value>,
}

/// How a deck is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeckFormat {
    /// As this system keeps it: all that is in it, and nothing else.
    #[default]
    Synslide,
    /// Slides of presentation programs.
    Pptx,
    /// A page for each slide.
    Pdf,
    /// CommonMark.
    Markdown,
}

/// Input of `rename`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rename {
    /// What the deck is called from now on.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: String,
}

/// Input of `load`. A large file comes as several of them; `chaperone` makes and sends them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What the deck is called when it begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// How it looks when it begins with this.
    #[serde(default, skip_serializing_if = "Design::is_empty")]
    #[schemars(extend("default" = json!({})))]
    pub design: Design,
    /// Slides, which come after those that are there. One whose id is taken gets another; one whose
    /// layout the deck does not have is laid out by another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = LOAD_SLIDES_MAX))]
    pub slides: Vec<Slide>,
}
