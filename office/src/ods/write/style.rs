//! How cells look, as elements; each look once.

use std::fmt::Write as _;

use super::super::code::{Section, sections};
use super::format;
use crate::sheet::{Align, Style};

/// The looks of a file.
#[derive(Default)]
pub(super) struct Looks {
    known: Vec<Look>,
    /// How many formats of numbers files cannot say.
    pub unsaid: u64,
}

/// A look.
struct Look {
    style: Style,
    sections: Vec<Section>,
}

impl Looks {
    /// The number of this look, from 1; none for one that says nothing.
    pub fn number(&mut self, style: &Style) -> Option<usize> {
        if *style == Style::default() {
            return None;
        }
        if let Some(at) = self.known.iter().position(|known| known.style == *style) {
            return Some(at + 1);
        }
        let general = |code: &&str| !code.eq_ignore_ascii_case("general");
        let code = style.number.as_deref().filter(general);
        let sections = code.map(sections);
        self.unsaid += u64::from(matches!(sections, Some(None)));
        let sections = sections.flatten().unwrap_or_default();
        self.known.push(Look { style: style.clone(), sections });
        Some(self.known.len())
    }

    /// What the numbers of a look are: days, times or shares.
    pub fn first(&self, number: Option<usize>) -> Option<&Section> {
        self.known.get(number?.checked_sub(1)?)?.sections.first()
    }

    /// The elements of all.
    pub fn xml(&self) -> String {
        let mut xml = String::new();
        for (number, look) in (1..).zip(&self.known) {
            if !look.sections.is_empty() {
                format::add(&mut xml, &format!("N{number}"), &look.sections);
            }
        }
        for (number, look) in (1..).zip(&self.known) {
            element(&mut xml, number, look);
        }
        xml
    }
}

fn element(xml: &mut String, number: usize, look: &Look) {
    let style = &look.style;
    let format = match look.sections.is_empty() {
        true => String::new(),
        false => format!(" style:data-style-name=\"N{number}\""),
    };
    let _ = write!(
        xml,
        "<style:style style:name=\"ce{number}\" style:family=\"table-cell\" \
         style:parent-style-name=\"Default\"{format}>"
    );
    let aligned = style.align.map(|align| match align {
        Align::Left => "start",
        Align::Center => "center",
        Align::Right => "end",
    });
    if style.fill.is_some() || aligned.is_some() {
        let fill = style.fill.as_ref().map(|fill| format!(" fo:background-color=\"#{fill}\""));
        let source = aligned.map(|_| " style:text-align-source=\"fix\"").unwrap_or_default();
        let fill = fill.unwrap_or_default();
        let _ = write!(xml, "<style:table-cell-properties{fill}{source}/>");
    }
    if let Some(side) = aligned {
        let _ = write!(xml, "<style:paragraph-properties fo:text-align=\"{side}\"/>");
    }
    let weight = style.bold.map(|yes| if yes { "bold" } else { "normal" });
    let slant = style.italic.map(|yes| if yes { "italic" } else { "normal" });
    if weight.is_some() || slant.is_some() || style.color.is_some() {
        xml.push_str("<style:text-properties");
        for (kind, said) in [("weight", weight), ("style", slant)] {
            if let Some(said) = said {
                let _ = write!(
                    xml,
                    " fo:font-{kind}=\"{said}\" style:font-{kind}-asian=\"{said}\" \
                     style:font-{kind}-complex=\"{said}\""
                );
            }
        }
        if let Some(color) = &style.color {
            let _ = write!(xml, " fo:color=\"#{color}\"");
        }
        xml.push_str("/>");
    }
    xml.push_str("</style:style>");
}
