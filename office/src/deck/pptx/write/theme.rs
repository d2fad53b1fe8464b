//! Colours, fonts and fills of a theme.

use std::fmt::Write as _;

use super::super::super::theme::{Slot, Theme};
use super::super::DRAWING;
use super::XML;
use crate::draw::escaped;

/// The fills, lines and effects that a theme has to have.
const FORMATS: &str = concat!(
    "<a:fmtScheme name=\"Plain\"><a:fillStyleLst><a:solidFill><a:schemeClr val=\"phClr\"/>",
    "</a:solidFill><a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill><a:solidFill>",
    "<a:schemeClr val=\"phClr\"/></a:solidFill></a:fillStyleLst><a:lnStyleLst><a:ln w=\"9525\">",
    "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill></a:ln><a:ln w=\"12700\"><a:solidFill>",
    "<a:schemeClr val=\"phClr\"/></a:solidFill></a:ln><a:ln w=\"19050\"><a:solidFill><a:schemeClr ",
    "val=\"phClr\"/></a:solidFill></a:ln></a:lnStyleLst><a:effectStyleLst><a:effectStyle>",
    "<a:effectLst/></a:effectStyle><a:effectStyle><a:effectLst/></a:effectStyle><a:effectStyle>",
    "<a:effectLst/></a:effectStyle></a:effectStyleLst><a:bgFillStyleLst><a:solidFill><a:schemeClr ",
    "val=\"phClr\"/></a:solidFill><a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill>",
    "<a:solidFill><a:schemeClr val=\"phClr\"/></a:solidFill></a:bgFillStyleLst></a:fmtScheme>"
);

/// The part of a theme.
pub fn part(theme: &Theme) -> String {
    let colors = &theme.colors;
    let mut out = String::new();
    let own = [
        ("dk1", &colors.ink),
        ("lt1", &colors.ground),
        ("dk2", &colors.deep),
        ("lt2", &colors.soft),
    ];
    let accents = ["accent1", "accent2", "accent3", "accent4", "accent5", "accent6"];
    let accents = accents.into_iter().zip(&colors.accents);
    let links = [("hlink", &colors.link), ("folHlink", &colors.seen)];
    for (name, color) in own.into_iter().chain(accents).chain(links) {
        let _ = write!(out, "<a:{name}><a:srgbClr val=\"{color}\"/></a:{name}>");
    }
    let name = escaped(&theme.name);
    let font = |font: &str| {
        format!(
            "<a:latin typeface=\"{}\"/><a:ea typeface=\"\"/><a:cs typeface=\"\"/>",
            escaped(font)
        )
    };
    let (heading, body) = (font(&theme.heading_font), font(&theme.body_font));
    format!(
        "{XML}<a:theme xmlns:a=\"{DRAWING}\" name=\"{name}\"><a:themeElements>\
         <a:clrScheme name=\"{name}\">{out}</a:clrScheme><a:fontScheme name=\"{name}\">\
         <a:majorFont>{heading}</a:majorFont><a:minorFont>{body}</a:minorFont></a:fontScheme>\
         {FORMATS}</a:themeElements><a:objectDefaults/><a:extraClrSchemeLst/></a:theme>"
    )
}

/// What a colour of the theme is called on slides.
pub const fn named(slot: Slot) -> &'static str {
    match slot {
        Slot::Ink => "tx1",
        Slot::Ground => "bg1",
        Slot::Deep => "tx2",
        Slot::Soft => "bg2",
        Slot::Accent1 => "accent1",
        Slot::Accent2 => "accent2",
        Slot::Accent3 => "accent3",
        Slot::Accent4 => "accent4",
        Slot::Accent5 => "accent5",
        Slot::Accent6 => "accent6",
        Slot::Link => "hlink",
    }
}

/// A fill of one colour of the theme.
pub fn fill(slot: Slot) -> String {
    format!("<a:solidFill><a:schemeClr val=\"{}\"/></a:solidFill>", named(slot))
}
