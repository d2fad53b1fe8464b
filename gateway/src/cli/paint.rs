//! Colours, and text that cannot take over a terminal.

use std::borrow::Cow;

/// How a piece of text looks on a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// What matters.
    Strong,
    /// What rarely matters.
    Faint,
    /// Good.
    Good,
    /// Doubtful.
    Doubtful,
    /// Bad.
    Bad,
    /// A name.
    Name,
}

impl Style {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Doubtful => "33",
            Self::Bad => "31",
            Self::Name => "36",
        }
    }
}

/// `text` in `style`, when `colour` is wanted.
#[must_use]
pub fn paint(colour: bool, style: Style, text: &str) -> String {
    if !colour || style == Style::Plain {
        return text.to_owned();
    }
    format!("\u{1b}[{}m{text}\u{1b}[0m", style.code())
}

/// Text of others without control characters: a message from the log must not move the cursor,
/// recolour the screen or set the window's title.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
    } else {
        Cow::Borrowed(text)
    }
}

/// At most `max` characters of one line of `text`.
#[must_use]
pub fn short(text: &str, max: usize) -> String {
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if line.chars().count() <= max {
        return line;
    }
    let mut cut: String = line.chars().take(max.saturating_sub(1)).collect();
    cut.push('…');
    cut
}

/// The first twelve digits of a hash: enough to compare by eye.
#[must_use]
pub fn digest(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
