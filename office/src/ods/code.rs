//! Formats of numbers: as people write them in workbooks (`#,##0.00`), and as the parts that files
//! of OpenDocument make of them.

use std::fmt::{self, Write as _};

/// A part of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A number: how many digits stand before the point at least, how many behind it at least and
    /// at most, whether thousands are set apart, and how many digits an exponent has.
    Number { whole: usize, least: usize, most: usize, grouped: bool, exponent: Option<usize> },
    /// A text that stands there as it is.
    Literal(String),
    /// A year, of two or four digits.
    Year(bool),
    /// A month: as a word or a number, and whether it is the long form.
    Month { word: bool, long: bool },
    /// A day, with two digits or as few as it takes.
    Day(bool),
    /// A day of the week, as a word.
    Weekday(bool),
    /// Hours.
    Hours(bool),
    /// Minutes.
    Minutes(bool),
    /// Seconds, with so many digits behind the point.
    Seconds(bool, usize),
    /// Before or after noon.
    Noon,
    /// The text of the cell.
    Text,
}

/// A format for some numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Section {
    /// In which colour.
    pub color: Option<&'static str>,
    /// Whether hours go on after 24.
    pub elapsed: bool,
    /// What is shown.
    pub parts: Vec<Part>,
}

/// Colours that formats name.
pub(super) const COLORS: [(&str, &str); 8] = [
    ("Black", "#000000"),
    ("Blue", "#0000ff"),
    ("Cyan", "#00ffff"),
    ("Green", "#00ff00"),
    ("Magenta", "#ff00ff"),
    ("Red", "#ff0000"),
    ("White", "#ffffff"),
    ("Yellow", "#ffff00"),
];

/// The sections of a format; none when it has something that files do not.
pub(super) fn sections(code: &str) -> Option<Vec<Section>> {
    let mut sections = vec![Section::default()];
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let section = sections.last_mut()?;
        if c == ';' {
            sections.push(Section::default());
            rest = &rest[1..];
            continue;
        }
        rest = section.take(rest, c)?;
    }
    sections.iter_mut().for_each(Section::settle);
    let told = sections.len() <= 3 && sections.iter().all(|it| !it.parts.is_empty());
    told.then_some(sections)
}

fn run(text: &str, of: char) -> usize {
    text.chars().take_while(|c| c.eq_ignore_ascii_case(&of)).count()
}

impl Section {
    /// Takes the part at the beginning of `text`, and gives what is behind it.
    fn take<'a>(&mut self, text: &'a str, c: char) -> Option<&'a str> {
        let lower = c.to_ascii_lowercase();
        let length = run(text, c);
        let mut long = c.len_utf8() * length;
        match lower {
            '0' | '#' => long = self.number(text)?,
            'y' => self.parts.push(Part::Year(length > 2)),
            'm' => self.parts.push(match length {
                1 | 2 => Part::Month { word: false, long: length == 2 },
                3 | 4 => Part::Month { word: true, long: length == 4 },
                _ => return None,
            }),
            'd' => self.parts.push(match length {
                1 | 2 => Part::Day(length == 2),
                _ => Part::Weekday(length > 3),
            }),
            'h' => self.parts.push(Part::Hours(length > 1)),
            's' => {
                let behind = text[long..].strip_prefix('.').map_or(0, |rest| run(rest, '0'));
                self.parts.push(Part::Seconds(length > 1, behind));
                long += if behind > 0 { behind + 1 } else { 0 };
            }
            '@' => {
                self.parts.push(Part::Text);
                long = 1;
            }
            'a' if text.len() >= 5 && text.as_bytes()[..5].eq_ignore_ascii_case(b"am/pm") => {
                self.parts.push(Part::Noon);
                long = 5;
            }
            '"' => {
                let end = text[1..].find('"')?;
                self.literal(&text[1..=end]);
                long = end + 2;
            }
            '\\' => {
                let next = text[1..].chars().next()?;
                self.literal(next.encode_utf8(&mut [0; 4]));
                long = 1 + next.len_utf8();
            }
            // Room as wide as the sign behind it, or filled with that: neither is kept.
            '_' | '*' => long = 1 + text[1..].chars().next().map_or(0, char::len_utf8),
            '[' => long = self.bracket(text)?,
            c if plain(c) => {
                self.literal(c.encode_utf8(&mut [0; 4]));
                long = c.len_utf8();
            }
            _ => return None,
        }
        Some(&text[long..])
    }

    fn literal(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(Part::Literal(last)) => last.push_str(text),
            _ => self.parts.push(Part::Literal(text.to_owned())),
        }
    }

    fn number(&mut self, text: &str) -> Option<usize> {
        let sign = |c: char| matches!(c, '0' | '#' | ',');
        let end = text.find(|c| !sign(c)).unwrap_or(text.len());
        // Commas at the end divide by thousands, which files say otherwise.
        let whole = (!text[..end].ends_with(',')).then_some(&text[..end])?;
        let mut long = end;
        let behind = text[end..].strip_prefix('.').map_or("", |rest| {
            &rest[..rest.find(|c| !matches!(c, '0' | '#')).unwrap_or(rest.len())]
        });
        if text[end..].starts_with('.') {
            long += 1 + behind.len();
        }
        let exponent = text[long..].strip_prefix("E+").map(|rest| run(rest, '0'));
        long += exponent.map_or(0, |digits| digits + 2);
        self.parts.push(Part::Number {
            whole: whole.matches('0').count(),
            least: behind.matches('0').count(),
            most: behind.len(),
            grouped: whole.contains(','),
            exponent,
        });
        let numbers = self.parts.iter().filter(|part| matches!(part, Part::Number { .. })).count();
        (numbers == 1 && exponent != Some(0)).then_some(long)
    }

    fn bracket(&mut self, text: &str) -> Option<usize> {
        let end = text.find(']')?;
        let inside = &text[1..end];
        if let Some(currency) = inside.strip_prefix('$') {
            let sign = currency.split('-').next().unwrap_or_default().to_owned();
            if !sign.is_empty() {
                self.literal(&sign);
            }
        } else if inside.eq_ignore_ascii_case("h") || inside.eq_ignore_ascii_case("hh") {
            self.elapsed = true;
            self.parts.push(Part::Hours(inside.len() > 1));
        } else {
            let known = COLORS.iter().find(|(name, _)| name.eq_ignore_ascii_case(inside))?;
            self.color = Some(known.0);
        }
        Some(end + 1)
    }

    /// Months next to hours or seconds are minutes.
    fn settle(&mut self) {
        let timed: Vec<_> = self.parts.iter().enumerate().filter(|(_, it)| !it.is_text()).collect();
        let mut minutes = Vec::new();
        for (at, (place, part)) in timed.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| timed.get(at));
            let hours = before.is_some_and(|(_, it)| matches!(it, Part::Hours(_)));
            let after = timed.get(at + 1);
            let seconds = after.is_some_and(|(_, it)| matches!(it, Part::Seconds(..)));
            if let Part::Month { word: false, long } = part
                && (hours || seconds)
            {
                minutes.push((*place, *long));
            }
        }
        for (place, long) in minutes {
            self.parts[place] = Part::Minutes(long);
        }
    }

    /// Whether it shows days.
    pub(super) fn is_date(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(part, Part::Year(_) | Part::Month { .. } | Part::Day(_) | Part::Weekday(_))
        })
    }

    /// Whether it shows times, and no days.
    pub(super) fn is_time(&self) -> bool {
        let timed = |part: &Part| {
            matches!(part, Part::Hours(_) | Part::Minutes(_) | Part::Seconds(..) | Part::Noon)
        };
        !self.is_date() && self.parts.iter().any(timed)
    }

    /// Whether it shows shares.
    pub(super) fn is_share(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Literal(text) if text.contains('%')))
    }
}

impl Part {
    const fn is_text(&self) -> bool {
        matches!(self, Self::Literal(_))
    }
}

/// Signs that stand for themselves in formats.
fn plain(c: char) -> bool {
    matches!(c, ' ' | '-' | '+' | '/' | ':' | '.' | ',' | '(' | ')' | '%' | '$' | '€' | '£' | '¥')
        || !c.is_ascii() && c.is_whitespace()
}

impl fmt::Display for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(color) = self.color {
            write!(f, "[{color}]")?;
        }
        for part in &self.parts {
            match part {
                Part::Hours(long) if self.elapsed => {
                    f.write_str(if *long { "[hh]" } else { "[h]" })?;
                }
                part => part.fmt(f)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let either = |long: bool, yes: &'static str, no: &'static str| if long { yes } else { no };
        match self {
            Self::Number { whole, least, most, grouped, exponent } => {
                number(f, (*whole, *least, *most), *grouped, *exponent)
            }
            Self::Literal(text) => literal(f, text),
            Self::Year(long) => f.write_str(either(*long, "yyyy", "yy")),
            Self::Month { word: true, long } => f.write_str(either(*long, "mmmm", "mmm")),
            Self::Month { word: false, long } => f.write_str(either(*long, "mm", "m")),
            Self::Day(long) => f.write_str(either(*long, "dd", "d")),
            Self::Weekday(long) => f.write_str(either(*long, "dddd", "ddd")),
            Self::Hours(long) => f.write_str(either(*long, "hh", "h")),
            Self::Minutes(long) => f.write_str(either(*long, "mm", "m")),
            Self::Seconds(long, behind) => {
                f.write_str(either(*long, "ss", "s"))?;
                if *behind > 0 {
                    write!(f, ".{}", "0".repeat(*behind))?;
                }
                Ok(())
            }
            Self::Noon => f.write_str("AM/PM"),
            Self::Text => f.write_char('@'),
        }
    }
}

fn number(
    f: &mut fmt::Formatter<'_>,
    (whole, least, most): (usize, usize, usize),
    grouped: bool,
    exponent: Option<usize>,
) -> fmt::Result {
    let mut digits = "0".repeat(whole);
    if whole == 0 {
        digits.push('#');
    }
    if grouped {
        let lacking = 4_usize.saturating_sub(digits.len());
        digits.insert_str(0, &"#".repeat(lacking));
        digits.insert(digits.len() - 3, ',');
    }
    f.write_str(&digits)?;
    if most > 0 {
        write!(f, ".{}{}", "0".repeat(least), "#".repeat(most.saturating_sub(least)))?;
    }
    if let Some(exponent) = exponent {
        write!(f, "E+{}", "0".repeat(exponent))?;
    }
    Ok(())
}

fn literal(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if plain(c) {
            f.write_char(c)?;
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let end = rest.find(|c| plain(c) || c == '"').unwrap_or(rest.len());
        if end == 0 {
            f.write_str("\\\"")?;
            rest = &rest[1..];
            continue;
        }
        write!(f, "\"{}\"", &rest[..end])?;
        rest = &rest[end..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Part, sections};

    #[test]
    fn formats_come_back_as_they_were() {
        for code in [
            "0",
            "0.00",
            "#,##0",
            "#,##0.00",
            "0.00%",
            "0.0##",
            "0.00E+00",
            "yyyy-mm-dd",
            "yyyy-mm-dd hh:mm:ss",
            "d-mmm-yy",
            "mm:ss",
            "[h]:mm",
            "h:mm AM/PM",
            "dddd",
            "@",
            "#,##0.00 €",
            "0 \"pieces\"",
            "[Red]0;0",
            "0.00;-0.00;\"none\"",
            "$#,##0",
            "hh:mm:ss.00",
        ] {
            let read = sections(code).unwrap_or_else(|| panic!("{code}"));
            let told: Vec<_> = read.iter().map(ToString::to_string).collect();
            assert_eq!(told.join(";"), code);
        }
    }

    #[test]
    fn months_beside_hours_are_minutes() {
        let read = sections("mm hh:mm").expect("known");
        let minutes = read[0].parts.iter().filter(|part| matches!(part, Part::Minutes(_)));
        assert_eq!(minutes.count(), 1);
    }

    #[test]
    fn what_files_do_not_have_is_not_known() {
        for code in ["# ?/?", "0,", "[>5]0", "0;;;@", "\"open", "General", "0 0", "", "[", "\\"] {
            assert_eq!(sections(code), None, "{code}");
        }
    }
}
