//! How slides are laid out: the places of a layout and what is drawn behind them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::area::Area;
use super::theme::Slot;

/// What all layouts share.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Master {
    /// What slides stand on.
    pub ground: Slot,
    /// What is drawn on it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<Band>,
    /// The places of most layouts: a title, a text and the number of the slide.
    pub places: Vec<Place>,
}

/// How a slide may be laid out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Its id: its name in small letters, with `_` for all else.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What its slides stand on, where that is other than the master's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ground: Option<Slot>,
    /// What is drawn on that in place of what the master draws.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Vec<Band>>,
    /// Where things stand.
    pub places: Vec<Place>,
}

impl Layout {
    /// The place of this number.
    #[must_use]
    pub fn place(&self, number: u32) -> Option<&Place> {
        self.places.iter().find(|place| place.number == number)
    }

    /// The place of the title.
    #[must_use]
    pub fn title(&self) -> Option<&Place> {
        self.places.iter().find(|place| place.role == Role::Title)
    }
}

/// A box of one colour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Where.
    pub area: Area,
    /// In which colour.
    pub color: Slot,
}

/// Where something may stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Its number, which no other place of the layout has.
    pub number: u32,
    /// What is meant to stand there.
    pub role: Role,
    /// Where it is.
    pub area: Area,
    /// How its text looks.
    #[serde(default)]
    pub letters: Letters,
}

/// What is meant to stand in a place.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The title of the slide.
    Title,
    /// What stands below the title of a deck.
    Subtitle,
    /// A text.
    Text,
    /// A text or anything else.
    #[default]
    Content,
    /// A picture.
    Picture,
    /// A chart.
    Chart,
    /// A table.
    Table,
    /// The number of the slide, which nobody writes.
    Number,
}

/// How the text of a place looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Letters {
    /// How large the letters of the first level are, in hundredths of a point.
    #[schemars(range(min = 100, max = 400_000))]
    pub size: u32,
    /// How small they may become so that a text fits, in hundredths of a point.
    #[schemars(range(min = 100, max = 400_000))]
    pub size_min: u32,
    /// Strongly.
    #[serde(default)]
    pub bold: bool,
    /// Their colour.
    #[serde(default)]
    pub color: Slot,
    /// Whether paragraphs have bullets.
    #[serde(default)]
    pub bullets: bool,
    /// Where lines stand.
    #[serde(default)]
    pub aligned: Aligned,
    /// Where the text stands.
    #[serde(default)]
    pub anchor: Anchor,
}

impl Default for Letters {
    fn default() -> Self {
        Self {
            size: 1_800,
            size_min: 1_200,
            bold: false,
            color: Slot::Ink,
            bullets: false,
            aligned: Aligned::Start,
            anchor: Anchor::Top,
        }
    }
}

/// Where lines stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aligned {
    /// Where the writing begins.
    #[default]
    Start,
    /// In the middle.
    Center,
    /// Where the writing ends.
    End,
}

/// Where a text stands in its box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// At its top.
    #[default]
    Top,
    /// In its middle.
    Middle,
    /// At its bottom.
    Bottom,
}

/// The id of a layout of this name.
pub(super) fn id(name: &str) -> String {
    let mut id = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            id.push(letter);
        } else if !id.ends_with('_') && !id.is_empty() {
            id.push('_');
        }
    }
    let id = id.trim_end_matches('_');
    if id.is_empty() { "layout".to_owned() } else { id.to_owned() }
}

/// The number of the place where the number of a slide stands.
const NUMBER: u32 = 12;

fn place(number: u32, role: Role, area: Area, letters: Letters) -> Place {
    Place { number, role, area, letters }
}

fn letters(size: u32, size_min: u32) -> Letters {
    Letters { size: size * 100, size_min: size_min * 100, ..Letters::default() }
}

fn title() -> Place {
    let letters = Letters { bold: true, anchor: Anchor::Bottom, ..letters(30, 22) };
    place(0, Role::Title, Area::points(48, 26, 864, 72), letters)
}

fn number() -> Place {
    let letters = Letters { aligned: Aligned::End, anchor: Anchor::Middle, ..letters(10, 10) };
    place(NUMBER, Role::Number, Area::points(832, 504, 80, 24), letters)
}

fn content(number: u32, area: Area) -> Place {
    place(number, Role::Content, area, Letters { bullets: true, ..letters(20, 12) })
}

/// What stands below the title of most slides.
const BODY: Area = Area::points(48, 122, 864, 374);

fn layout(name: &str, places: Vec<Place>) -> Layout {
    Layout { id: id(name), name: name.to_owned(), ground: None, bands: None, places }
}

/// A layout of large letters on a ground of its own.
fn opening(name: &str, ground: Slot, size: (u32, u32)) -> Layout {
    let large = Letters {
        bold: true,
        color: Slot::Ground,
        anchor: Anchor::Bottom,
        ..letters(size.0, size.1)
    };
    let below = Letters { color: Slot::Soft, ..letters(20, 14) };
    let places = vec![
        place(0, Role::Title, Area::points(72, 120, 816, 160), large),
        place(1, Role::Subtitle, Area::points(72, 308, 816, 120), below),
    ];
    let band = Band { area: Area::points(79, 290, 96, 5), color: Slot::Accent2 };
    Layout { ground: Some(ground), bands: Some(vec![band]), ..layout(name, places) }
}

fn quote() -> Layout {
    let said = Letters { anchor: Anchor::Bottom, ..letters(30, 18) };
    let by = Letters { color: Slot::Accent1, ..letters(16, 12) };
    let places = vec![
        place(1, Role::Text, Area::points(120, 90, 720, 260), said),
        place(2, Role::Text, Area::points(120, 366, 720, 60), by),
        number(),
    ];
    let bar = Band { area: Area::points(96, 100, 6, 320), color: Slot::Accent2 };
    Layout { bands: Some(vec![bar]), ..layout("Quote", places) }
}

/// The layouts that come with the program, and what they share.
pub(super) fn standard() -> (Master, Vec<Layout>) {
    let one = |role: Role| {
        let text = Letters { bullets: role == Role::Content, ..letters(24, 12) };
        vec![title(), place(1, role, BODY, text), number()]
    };
    let halves = || {
        let half = |x: i64| Area::points(x, 122, 420, 374);
        vec![title(), content(1, half(48)), content(2, half(492)), number()]
    };
    let beside = || {
        let seen = Area::points(48, 122, 520, 374);
        let text = Letters { bullets: true, ..letters(18, 12) };
        let said = place(2, Role::Content, Area::points(588, 122, 324, 374), text);
        let picture = place(1, Role::Picture, seen, letters(18, 12));
        vec![title(), picture, said, number()]
    };
    let layouts = vec![
        opening("Title", Slot::Deep, (44, 28)),
        layout("Title and content", one(Role::Content)),
        layout("Two columns", halves()),
        opening("Section", Slot::Accent1, (38, 26)),
        layout("Picture", beside()),
        layout("Chart", one(Role::Chart)),
        layout("Table", one(Role::Table)),
        quote(),
        layout("Blank", vec![number()]),
    ];
    let band = Band { area: Area::points(0, 0, 960, 8), color: Slot::Accent1 };
    let places = vec![title(), content(1, BODY), number()];
    (Master { ground: Slot::Ground, bands: vec![band], places }, layouts)
}
