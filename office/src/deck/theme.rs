//! Colours and fonts of a deck.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::draw::Color;

/// Colours and fonts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// What it is called.
    pub name: String,
    /// Its colours.
    pub colors: Colors,
    /// The font of titles. Texts are measured in DejaVu Sans, whatever it is.
    pub heading_font: String,
    /// The font of everything else.
    pub body_font: String,
}

/// The font that comes with the program, in which all text is measured.
pub const MEASURED_FONT: &str = "DejaVu Sans";
/// The font of code.
pub const CODE_FONT: &str = "DejaVu Sans Mono";

/// The colours of a theme, each `RRGGBB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Colors {
    /// Letters.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub ink: String,
    /// What letters stand on.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub ground: String,
    /// A ground for letters in the colour of the ground.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub deep: String,
    /// Another ground for letters.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub soft: String,
    /// What stands out, in order.
    pub accents: [String; 6],
    /// What leads elsewhere.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub link: String,
    /// What leads where somebody has been.
    #[schemars(regex(pattern = "^[0-9A-F]{6}$"))]
    pub seen: String,
}

/// A colour of the theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// That of letters.
    #[default]
    Ink,
    /// That of what they stand on.
    Ground,
    /// The ground for letters in the colour of the ground.
    Deep,
    /// The other ground for letters.
    Soft,
    /// What stands out first.
    Accent1,
    /// Second.
    Accent2,
    /// Third.
    Accent3,
    /// Fourth.
    Accent4,
    /// Fifth.
    Accent5,
    /// Sixth.
    Accent6,
    /// What leads elsewhere.
    Link,
}

impl Colors {
    /// The colour at a slot; black where it is none.
    #[must_use]
    pub fn at(&self, slot: Slot) -> Color {
        let accents = &self.accents;
        let text = match slot {
            Slot::Ink => &self.ink,
            Slot::Ground => &self.ground,
            Slot::Deep => &self.deep,
            Slot::Soft => &self.soft,
            Slot::Accent1 => &accents[0],
            Slot::Accent2 => &accents[1],
            Slot::Accent3 => &accents[2],
            Slot::Accent4 => &accents[3],
            Slot::Accent5 => &accents[4],
            Slot::Accent6 => &accents[5],
            Slot::Link => &self.link,
        };
        color(text).unwrap_or_default()
    }

    /// What stands out, in order.
    pub(super) fn accents(&self) -> [Color; 6] {
        [Slot::Accent1, Slot::Accent2, Slot::Accent3, Slot::Accent4, Slot::Accent5, Slot::Accent6]
            .map(|slot| self.at(slot))
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        let own = [&self.ink, &self.ground, &self.deep, &self.soft, &self.link, &self.seen];
        own.into_iter().chain(&self.accents)
    }
}

/// The colour that `RRGGBB` names.
pub(super) fn color(text: &str) -> Option<Color> {
    if text.len() != 6 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let whole = u32::from_str_radix(text, 16).ok()?;
    let [_, red, green, blue] = whole.to_be_bytes();
    Some([red, green, blue])
}

/// The names of the themes that come with the program.
pub const THEMES: [&str; 3] = ["forest", "ocean", "night"];

impl Theme {
    /// A theme that comes with the program.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (own, accents) = match name {
            "forest" => (
                ["1E2220", "FFFFFF", "1B3A2F", "EEF3F0", "195F46", "5B4B8A"],
                ["1F7A5A", "E69F00", "0072B2", "CC79A7", "56B4E9", "D55E00"],
            ),
            "ocean" => (
                ["1C2430", "FFFFFF", "12304F", "EDF2F8", "0B5CAD", "6A4C93"],
                ["0072B2", "E69F00", "009E73", "CC79A7", "56B4E9", "D55E00"],
            ),
            "night" => (
                ["F2F4F3", "1A1F24", "A9CBE8", "2A323A", "7FC8F8", "C5A3E8"],
                ["56B4E9", "E69F00", "2DBE8F", "CC79A7", "F0E442", "E8703A"],
            ),
            _ => return None,
        };
        let [ink, ground, deep, soft, link, seen] = own.map(str::to_owned);
        let accents = accents.map(str::to_owned);
        Some(Self {
            name: name.to_owned(),
            colors: Colors { ink, ground, deep, soft, accents, link, seen },
            heading_font: MEASURED_FONT.to_owned(),
            body_font: MEASURED_FONT.to_owned(),
        })
    }
}

impl Default for Theme {
    fn default() -> Self {
        let plain = |text: &str| text.to_owned();
        Self::named(THEMES[0]).unwrap_or_else(|| Self {
            name: plain("plain"),
            colors: Colors::default(),
            heading_font: plain(MEASURED_FONT),
            body_font: plain(MEASURED_FONT),
        })
    }
}

impl Default for Colors {
    fn default() -> Self {
        let plain = |text: &str| text.to_owned();
        Self {
            ink: plain("000000"),
            ground: plain("FFFFFF"),
            deep: plain("44546A"),
            soft: plain("E7E6E6"),
            accents: ["4472C4", "ED7D31", "A5A5A5", "FFC000", "5B9BD5", "70AD47"].map(plain),
            link: plain("0563C1"),
            seen: plain("954F72"),
        }
    }
}
