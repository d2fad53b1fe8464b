//! Colours and fonts.

use super::super::super::theme::{Colors, Slot, Theme, color};
use crate::package::Element;

/// A theme; what it does not say is as programs have it.
pub fn read(root: &Element) -> Theme {
    let mut colors = Colors::default();
    let scheme = root.at(&["themeElements", "clrScheme"]);
    let said = |name: &str| {
        let color = scheme?.child(name)?;
        let own = color.child("srgbClr").and_then(|it| it.says("val"));
        let own = own.or_else(|| color.child("sysClr").and_then(|it| it.says("lastClr")))?;
        self::color(own).map(|_| own.to_uppercase())
    };
    for (name, slot) in [
        ("dk1", &mut colors.ink),
        ("lt1", &mut colors.ground),
        ("dk2", &mut colors.deep),
        ("lt2", &mut colors.soft),
        ("hlink", &mut colors.link),
        ("folHlink", &mut colors.seen),
    ] {
        if let Some(color) = said(name) {
            *slot = color;
        }
    }
    for (number, slot) in (1..).zip(&mut colors.accents) {
        if let Some(color) = said(&format!("accent{number}")) {
            *slot = color;
        }
    }
    let font = |sort: &str| {
        let font = root.at(&["themeElements", "fontScheme", sort, "latin"]);
        font.and_then(|it| it.says("typeface")).filter(|it| !it.is_empty()).map(str::to_owned)
    };
    let default = Theme::default();
    Theme {
        name: root.says("name").unwrap_or_default().to_owned(),
        colors,
        heading_font: font("majorFont").unwrap_or(default.heading_font),
        body_font: font("minorFont").unwrap_or(default.body_font),
    }
}

/// The colour of the theme in a fill; none where it is another colour.
pub fn slot(fill: &Element) -> Option<Slot> {
    let named = fill.child("solidFill")?.child("schemeClr")?;
    Some(match named.says("val")? {
        "tx1" | "dk1" => Slot::Ink,
        "bg1" | "lt1" => Slot::Ground,
        "tx2" | "dk2" => Slot::Deep,
        "bg2" | "lt2" => Slot::Soft,
        "accent1" => Slot::Accent1,
        "accent2" => Slot::Accent2,
        "accent3" => Slot::Accent3,
        "accent4" => Slot::Accent4,
        "accent5" => Slot::Accent5,
        "accent6" => Slot::Accent6,
        "hlink" => Slot::Link,
        _ => return None,
    })
}
