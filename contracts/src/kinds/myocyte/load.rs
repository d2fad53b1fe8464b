//! A part of a workbook that comes from a file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::commands::{Filled, Style};
use super::lasting::KeptView;
use super::layout::Layout;
use super::limits::{
    LEFT_OUT_MAX, NAMES_MAX, PLACE_BYTES_MAX, RULES_MAX, SHEET_NAME_MAX, SHEETS_MAX,
    TITLE_BYTES_MAX, VIEWS_MAX,
};
use super::rules::Rule;
use crate::hash::Hash;
use crate::kinds::check::SAID;

/// Input of `load`. A large file comes as several of them; `chaperone` makes and sends them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// What the workbook is called when it begins with this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = TITLE_BYTES_MAX), regex(pattern = SAID))]
    pub title: Option<String>,
    /// The file that it comes from; said once, with the first part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<LoadedFile>,
    /// What is on its sheets.
    #[schemars(length(max = SHEETS_MAX))]
    pub sheets: Vec<LoadedSheet>,
    /// What names mean, each an area with its sheet. One that the workbook has stays as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = NAMES_MAX))]
    pub names: BTreeMap<String, String>,
    /// Charts and sums that stay with the workbook. One whose name it has stays as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = VIEWS_MAX))]
    pub views: BTreeMap<String, KeptView>,
}

/// The file that a part comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadedFile {
    /// Its BLAKE3.
    #[schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$"))]
    pub hash: Hash,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// What of it was left out, by a word for it, and how often.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = LEFT_OUT_MAX))]
    pub left_out: BTreeMap<String, u32>,
}

/// A sheet, or more of one.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadedSheet {
    /// What it is called.
    #[schemars(length(min = 1, max = SHEET_NAME_MAX))]
    pub name: String,
    /// Whether the workbook has it already; a new one comes when left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more: bool,
    /// What its cells hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Filled>,
    /// How areas of it look; later ones win.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub styles: Vec<LoadedStyle>,
    /// What cells of it may hold; lists may stand on sheets of this part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = RULES_MAX))]
    pub rules: Vec<Rule>,
    /// How it is laid out, beside what was said before.
    #[serde(default, skip_serializing_if = "Layout::is_plain")]
    pub layout: Layout,
}

/// How an area looks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadedStyle {
    /// Which cells.
    #[schemars(length(max = PLACE_BYTES_MAX))]
    pub area: String,
    /// How they look.
    pub style: Style,
}
