//! Formats of numbers as they are told by elements.

use std::collections::BTreeMap;

use super::super::code::{COLORS, Part, Section};
use super::names::Of;

/// The most digits of a format that are believed.
const DIGITS_MAX: usize = 30;

/// A format as it is told: its section, and those that others tell for some numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Told {
    section: Section,
    /// The names of those, each with its condition.
    maps: Vec<(String, String)>,
    /// Whether something of it has no word in a workbook.
    odd: bool,
    /// Whether a number shows as many digits as it has.
    general: bool,
}

impl Told {
    /// A format begins with an element.
    pub fn begin(element: &str, of: &Of<'_>) -> Option<Self> {
        let known = matches!(
            element,
            "number-style"
                | "currency-style"
                | "percentage-style"
                | "date-style"
                | "time-style"
                | "text-style"
                | "boolean-style"
        );
        let elapsed = of.says("number:truncate-on-overflow") == Some("false");
        let section = Section { elapsed, ..Section::default() };
        known.then(|| Self { section, ..Self::default() })
    }

    /// An element of it.
    pub fn element(&mut self, element: &str, of: &Of<'_>) {
        let long = of.says("number:style") == Some("long");
        let digits = |name: &str| of.number::<usize>(name).map(|it| it.min(DIGITS_MAX));
        let part = match element {
            "number" | "scientific-number" => {
                self.general |= of.says("number:decimal-places").is_none();
                let most = digits("number:decimal-places").unwrap_or(0);
                let least = digits("number:min-decimal-places").unwrap_or(most).min(most);
                let exponent = (element == "scientific-number")
                    .then(|| digits("number:min-exponent-digits").unwrap_or(2).max(1));
                let whole = digits("number:min-integer-digits").unwrap_or(1);
                Part::Number { whole, least, most, grouped: of.is("number:grouping"), exponent }
            }
            "year" => Part::Year(long),
            "month" => Part::Month { word: of.is("number:textual"), long },
            "day" => Part::Day(long),
            "day-of-week" => Part::Weekday(long),
            "hours" => Part::Hours(long),
            "minutes" => Part::Minutes(long),
            "seconds" => Part::Seconds(long, digits("number:decimal-places").unwrap_or(0)),
            "am-pm" => Part::Noon,
            "text-content" => Part::Text,
            "text-properties" => {
                let color = of.says("fo:color").unwrap_or_default();
                let known = COLORS.iter().find(|(_, hex)| hex.eq_ignore_ascii_case(color));
                self.section.color = known.map(|(name, _)| *name);
                return;
            }
            "map" => {
                let name = of.says("style:apply-style-name").unwrap_or_default();
                let condition = of.says("style:condition").unwrap_or_default();
                self.maps.push((condition.replace(' ', ""), name.to_owned()));
                return;
            }
            "text" | "currency-symbol" | "boolean" | "fill-character" => return,
            _ => {
                self.odd = true;
                return;
            }
        };
        self.section.parts.push(part);
    }

    /// A text that stands in it.
    pub fn text(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.section.parts.last_mut() {
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.section.parts.push(Part::Literal(text.to_owned())),
        }
    }

    /// It as people write it; none where nothing is said, an error where it cannot be.
    pub fn code(&self, all: &BTreeMap<String, Self>) -> Result<Option<String>, ()> {
        let of = |(_, name): &(String, String)| all.get(name).map(|it| it.section.to_string());
        let own = self.section.to_string();
        if self.odd || own.is_empty() {
            return if self.odd { Err(()) } else { Ok(None) };
        }
        // Such a number alone is no format, and beside others it has no word.
        if self.general {
            return if self.section.parts.len() == 1 { Ok(None) } else { Err(()) };
        }
        let conditions: Vec<_> = self.maps.iter().map(|(of, _)| of.as_str()).collect();
        let before: Vec<_> = match conditions.as_slice() {
            [] | ["value()>=0"] | ["value()>0", "value()<0"] => {
                self.maps.iter().filter_map(of).collect()
            }
            _ => return Err(()),
        };
        let mut sections = before;
        sections.push(own);
        Ok(Some(sections.join(";")))
    }
}
