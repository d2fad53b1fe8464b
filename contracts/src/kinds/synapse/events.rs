//! What happens to a deck. An event is as large as the change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands::GivenSection;
use super::content::{Area, Paragraph, Part, Slide};
use super::design::{Design, Theme, ThemeName};
use super::given::Card;
use crate::ids::CommandId;
use crate::kinds::generated::GeneratedBy;

/// What happened to a deck.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// It began.
    Created(Created),
    /// It looks as a file says.
    DesignTaken(DesignTaken),
    /// A model was asked for a plan of slides.
    StoryboardAsked(StoryboardAsked),
    /// The plan of slides is another.
    StoryboardMade(StoryboardMade),
    /// What a model was asked for has come, or will not.
    AskConcluded(AskConcluded),
    /// A slide came.
    SlideAdded(SlideAdded),
    /// Something on a slide is another.
    SlideEdited(SlideEdited),
    /// A slide stands elsewhere.
    SlideMoved(SlideMoved),
    /// A slide is gone.
    SlideRemoved(SlideRemoved),
    /// A slide is laid out in another way.
    LaidOut(LaidOut),
    /// What who speaks has to say is another.
    NotesSet(NotesSet),
    /// Colours and fonts are others.
    ThemeSet(ThemeSet),
    /// The title changed.
    Renamed(Renamed),
}

/// Data of `Created`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Created {
    /// What it is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its colours.
    pub theme: ThemeName,
}

/// Data of `DesignTaken`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesignTaken {
    /// How it looks.
    pub design: Design,
}

/// Data of `StoryboardAsked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryboardAsked {
    /// The command that waits.
    pub command: CommandId,
    /// What the deck is about or for.
    pub topic: String,
    /// Who sees it.
    pub audience: String,
    /// How many slides, at most.
    pub slides: u32,
    /// The titles and texts to follow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<GivenSection>,
    /// Material to use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Which model.
    pub model: String,
}

/// Data of `StoryboardMade`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryboardMade {
    /// The planned slides, in order.
    pub storyboard: Vec<Card>,
    /// Who planned them; absent when the asker did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
}

/// Data of `AskConcluded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskConcluded {
    /// The command that waited.
    pub command: CommandId,
    /// Why nothing came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// Data of `SlideAdded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideAdded {
    /// The slide.
    pub slide: Slide,
    /// Where it stands.
    pub place: Place,
    /// How many slides there are now.
    pub slides: u32,
    /// Who planned it; absent when people did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_by: Option<GeneratedBy>,
}

/// Where a slide stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Before all others.
    First,
    /// After the slide of this id.
    After(String),
}

/// Data of `SlideEdited`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlideEdited {
    /// The id of the slide.
    pub slide: String,
    /// What became of its parts, one after the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// Whether it is left out when the deck is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
}

/// What became of a part. Parts are counted from 0, as they stand by then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is another.
    Put(u32, Part),
    /// It came, before the one that stood there.
    Insert(u32, Part),
    /// It went.
    Remove(u32),
}

/// Data of `SlideMoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlideMoved {
    /// The id of the slide.
    pub slide: String,
    /// Where it stands.
    pub place: Place,
}

/// Data of `SlideRemoved`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlideRemoved {
    /// The id of the slide.
    pub slide: String,
    /// How many slides there are now.
    pub slides: u32,
}

/// Data of `LaidOut`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaidOut {
    /// The id of the slide.
    pub slide: String,
    /// The id of the layout.
    pub layout: String,
    /// Where the parts stand that stand elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<PartMoved>,
}

/// Where a part stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartMoved {
    /// Which, from 0.
    pub part: u32,
    /// The number of its place; none where it stands in no place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<u32>,
    /// Its box, where it has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
}

/// Data of `NotesSet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesSet {
    /// The id of the slide.
    pub slide: String,
    /// What who speaks has to say.
    pub notes: Vec<Paragraph>,
}

/// Data of `ThemeSet`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThemeSet {
    /// Colours and fonts.
    pub theme: Theme,
}

/// Data of `Renamed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renamed {
    /// What the deck is called.
    pub title: String,
}
