//! How a deck looks.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::limits::TITLE_BYTES_MAX;
use crate::kinds::check::SAID;

/// What a colour looks like.
const COLOR: &str = "^[0-9A-F]{6}$";

/// The size of the slides, theme, master and layouts, as the members `size`, `theme`, `master` and
/// `layouts` of a `.synslide` file have them.
pub type Design = Map<String, Value>;

/// Colours and fonts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Theme {
    /// What it is called.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub name: String,
    /// Its colours.
    pub colors: Colors,
    /// The font of titles. Texts are measured in DejaVu Sans, whatever it is.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub heading_font: String,
    /// The font of everything else.
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub body_font: String,
}

/// The colours of a theme, each `RRGGBB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Colors {
    /// Letters.
    #[schemars(regex(pattern = COLOR))]
    pub ink: String,
    /// What letters stand on.
    #[schemars(regex(pattern = COLOR))]
    pub ground: String,
    /// A ground for letters in the colour of the ground.
    #[schemars(regex(pattern = COLOR))]
    pub deep: String,
    /// Another ground for letters.
    #[schemars(regex(pattern = COLOR))]
    pub soft: String,
    /// What stands out, in order.
    #[schemars(inner(regex(pattern = COLOR)))]
    pub accents: [String; 6],
    /// What leads elsewhere.
    #[schemars(regex(pattern = COLOR))]
    pub link: String,
    /// What leads where somebody has been.
    #[schemars(regex(pattern = COLOR))]
    pub seen: String,
}

impl Colors {
    /// Each of them, by its name.
    pub fn named(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let one = [
            ("ink", &self.ink),
            ("ground", &self.ground),
            ("deep", &self.deep),
            ("soft", &self.soft),
            ("link", &self.link),
            ("seen", &self.seen),
        ];
        one.into_iter().chain(self.accents.iter().map(|color| ("accents", color)))
    }
}

/// A theme that comes with the program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ThemeName {
    /// Green on white.
    #[default]
    Forest,
    /// Blue on white.
    Ocean,
    /// Light on dark.
    Night,
}

impl ThemeName {
    /// Its name, as on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Forest => "forest",
            Self::Ocean => "ocean",
            Self::Night => "night",
        }
    }
}
