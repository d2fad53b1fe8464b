//! Formats of numbers as elements.

use std::fmt::Write as _;

use super::super::code::{COLORS, Part, Section};
use crate::draw::escaped;

/// Adds the style of a format to `xml`, with those of its sections before it.
pub(super) fn add(xml: &mut String, name: &str, sections: &[Section]) {
    let Some((last, before)) = sections.split_last() else {
        return;
    };
    let conditions: &[&str] = match before.len() {
        1 => &["value()&gt;=0"],
        _ => &["value()&gt;0", "value()&lt;0"],
    };
    for (at, section) in before.iter().enumerate() {
        style(xml, &format!("{name}P{at}"), section, "");
    }
    let mut maps = String::new();
    for (at, condition) in (0..before.len()).zip(conditions) {
        let _ = write!(
            maps,
            "<style:map style:condition=\"{condition}\" style:apply-style-name=\"{name}P{at}\"/>"
        );
    }
    style(xml, name, last, &maps);
}

fn style(xml: &mut String, name: &str, section: &Section, maps: &str) {
    let (element, also) = if section.is_date() {
        ("date-style", "")
    } else if section.is_time() && section.elapsed {
        ("time-style", " number:truncate-on-overflow=\"false\"")
    } else if section.is_time() {
        ("time-style", "")
    } else if section.is_share() {
        ("percentage-style", "")
    } else if section.parts.contains(&Part::Text) {
        ("text-style", "")
    } else {
        ("number-style", "")
    };
    let _ = write!(xml, "<number:{element} style:name=\"{name}\"{also}>");
    if let Some((_, color)) = COLORS.iter().find(|(known, _)| Some(*known) == section.color) {
        let _ = write!(xml, "<style:text-properties fo:color=\"{color}\"/>");
    }
    section.parts.iter().for_each(|it| part(xml, it));
    let _ = write!(xml, "{maps}</number:{element}>");
}

fn part(xml: &mut String, part: &Part) {
    let long = |long: bool| if long { " number:style=\"long\"" } else { "" };
    let _ = match part {
        Part::Number { whole, least, most, grouped, exponent } => {
            let (element, exponent) = match exponent {
                Some(digits) => {
                    ("scientific-number", format!(" number:min-exponent-digits=\"{digits}\""))
                }
                None => ("number", String::new()),
            };
            let grouped = if *grouped { " number:grouping=\"true\"" } else { "" };
            write!(
                xml,
                "<number:{element} number:decimal-places=\"{most}\" \
                 number:min-decimal-places=\"{least}\" \
                 number:min-integer-digits=\"{whole}\"{exponent}{grouped}/>"
            )
        }
        Part::Literal(text) => write!(xml, "<number:text>{}</number:text>", escaped(text)),
        Part::Year(of) => write!(xml, "<number:year{}/>", long(*of)),
        Part::Month { word, long: of } => {
            let word = if *word { " number:textual=\"true\"" } else { "" };
            write!(xml, "<number:month{}{word}/>", long(*of))
        }
        Part::Day(of) => write!(xml, "<number:day{}/>", long(*of)),
        Part::Weekday(of) => write!(xml, "<number:day-of-week{}/>", long(*of)),
        Part::Hours(of) => write!(xml, "<number:hours{}/>", long(*of)),
        Part::Minutes(of) => write!(xml, "<number:minutes{}/>", long(*of)),
        Part::Seconds(of, 0) => write!(xml, "<number:seconds{}/>", long(*of)),
        Part::Seconds(of, behind) => {
            write!(xml, "<number:seconds{} number:decimal-places=\"{behind}\"/>", long(*of))
        }
        Part::Noon => write!(xml, "<number:am-pm/>"),
        Part::Text => write!(xml, "<number:text-content/>"),
    };
}
