//! How cells look.

use serde::{Deserialize, Serialize};

/// How cells look; what is left out is as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// How numbers are shown, as spreadsheets write it: `0.00`, `#,##0`, `0%`, `yyyy-mm-dd`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Bold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bold: Option<bool>,
    /// Italic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub italic: Option<bool>,
    /// On which side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<Align>,
    /// The colour of letters, `RRGGBB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The colour behind them, `RRGGBB`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<String>,
}

/// On which side of its cell a content stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// On the left.
    Left,
    /// In the middle.
    Center,
    /// On the right.
    Right,
}

impl Style {
    /// This style with what `later` says in place of it.
    #[must_use]
    pub fn with(self, later: &Self) -> Self {
        let later = later.clone();
        Self {
            number: later.number.or(self.number),
            bold: later.bold.or(self.bold),
            italic: later.italic.or(self.italic),
            align: later.align.or(self.align),
            color: later.color.or(self.color),
            fill: later.fill.or(self.fill),
        }
    }

    /// Whether its numbers are shown as days or times.
    #[must_use]
    pub fn is_date(&self) -> bool {
        self.number.as_deref().is_some_and(is_date_format)
    }
}

/// Whether a format of numbers shows days or times: it names parts of them outside quotes.
#[must_use]
pub fn is_date_format(format: &str) -> bool {
    let mut quoted = false;
    let mut bracket = false;
    for c in format.chars() {
        match c {
            '"' => quoted = !quoted,
            '[' => bracket = true,
            ']' => bracket = false,
            'd' | 'D' | 'm' | 'M' | 'y' | 'Y' | 'h' | 'H' | 's' | 'S' if !quoted && !bracket => {
                return true;
            }
            _ => {}
        }
    }
    false
}
