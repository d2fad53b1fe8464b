//! Dates in a text.

use super::lines::head;
use super::tokens::{Token, tokens};

/// A date as a text writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The words.
    pub words: String,
    /// Where they begin, in bytes.
    pub start: usize,
    /// Where they end, in bytes.
    pub end: usize,
    /// `YYYY-MM-DD`, when the words name day, month and year.
    pub iso: Option<String>,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

const DAYS: [&str; 9] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "today",
    "tomorrow",
];

fn month(word: &str) -> Option<u32> {
    let lower = word.to_lowercase();
    let short = |name: &&&str| {
        **name == lower || (lower.len() >= 3 && lower.len() <= 4 && name.starts_with(&lower))
    };
    let at = MONTHS.iter().position(|name| short(&name))?;
    // `may`, `mar` and `march` are other words too: as months they have a capital.
    let capital = word.starts_with(char::is_uppercase);
    capital.then(|| u32::try_from(at + 1).unwrap_or(1))
}

fn day(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_lowercase());
    let ending = &word[digits.len()..];
    let known = matches!(ending, "" | "st" | "nd" | "rd" | "th");
    let number: u32 = digits.parse().ok()?;
    (known && digits.len() <= 2 && (1..=31).contains(&number)).then_some(number)
}

fn year(word: &str) -> Option<u32> {
    let number: u32 = word.parse().ok()?;
    (word.len() == 4 && (1_000..=2_999).contains(&number)).then_some(number)
}

fn days_of(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn iso(year: u32, month: u32, day: u32) -> Option<String> {
    let real = (1..=12).contains(&month) && day >= 1 && day <= days_of(month, year);
    real.then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// The dates of `text`, in order, at most `count_max`. Weekdays count as dates without `iso`.
pub fn moments(text: &str, count_max: usize) -> Vec<Moment> {
    let all = tokens(text);
    let mut starts = Vec::with_capacity(all.len());
    let mut at = 0;
    for token in &all {
        starts.push(at);
        at += token.text().len();
    }
    let mut out = Vec::new();
    let mut index = 0;
    while index < all.len() && out.len() < count_max {
        match read(&all[index..]) {
            Some((length, iso)) => {
                let start = starts[index];
                let last = index + length - 1;
                let end = starts[last] + all[last].text().len();
                out.push(Moment { words: text[start..end].to_owned(), start, end, iso });
                index += length;
            }
            None => index += 1,
        }
    }
    out
}

/// The date that `all` begins with: how many tokens, and its ISO form.
fn read(all: &[Token<'_>]) -> Option<(usize, Option<String>)> {
    let word = |at: usize| all.get(at).and_then(|token| token.word());
    let gap = |at: usize, allowed: &[&str]| {
        let text = all.get(at).filter(|token| token.word().is_none()).map(|token| token.text());
        text.is_some_and(|text| allowed.contains(&text))
    };
    let first = word(0)?;
    // 2026-05-03, 3.5.2026, 3/5/2026 (day first only where the month cannot be).
    for sign in ["-", ".", "/"] {
        if gap(1, &[sign])
            && gap(3, &[sign])
            && let (Some(second), Some(third)) = (word(2), word(4))
            && let Some(iso) = numeric(first, second, third)
        {
            return Some((5, iso));
        }
    }
    if let Some(day) = day(first) {
        let of = gap(1, &[" "]) && word(2) == Some("of") && gap(3, &[" "]);
        let at = if of { 4 } else { 2 };
        if (of || gap(1, &[" ", ". ", "\u{a0}"]))
            && let Some(month) = word(at).and_then(month)
        {
            return Some(with_year(all, at, month, day));
        }
    }
    if let Some(month) = month(first) {
        if gap(1, &[" ", ". "])
            && let Some(day) = word(2).and_then(day)
        {
            return Some(with_year(all, 2, month, day));
        }
        if gap(1, &[" "]) && word(2).and_then(year).is_some() {
            return Some((3, None));
        }
    }
    let lower = head(first, 12).to_lowercase();
    DAYS.contains(&lower.as_str()).then_some((1, None))
}

fn with_year(all: &[Token<'_>], at: usize, month: u32, day: u32) -> (usize, Option<String>) {
    let word = all.get(at + 2).and_then(|token| token.word());
    let near = matches!(all.get(at + 1), Some(Token::Gap(" " | ", ")));
    match word.and_then(year).filter(|_| near) {
        Some(year) => (at + 3, iso(year, month, day)),
        None => (at + 1, None),
    }
}

fn numeric(first: &str, second: &str, third: &str) -> Option<Option<String>> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|_| text.len() <= 2);
    // A time after the day, as in 2026-05-03T10:00, belongs to the same word.
    if let (Some(year), Some(month)) = (year(first), number(second)) {
        let day = third.split(['T', 't']).next().and_then(number)?;
        return iso(year, month, day).map(Some);
    }
    let (one, two, year) = (number(first)?, number(second)?, year(third)?);
    match (one > 12, two > 12) {
        (true, false) => iso(year, two, one).map(Some),
        (false, true) => iso(year, one, two).map(Some),
        (false, false) => Some(if one == two { iso(year, one, two) } else { None }),
        (true, true) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::moments;

    fn isos(text: &str) -> Vec<(String, Option<String>)> {
        moments(text, 20).into_iter().map(|one| (one.words, one.iso)).collect()
    }

    #[test]
    fn dates_are_read_as_people_write_them() {
        for text in ["2026-05-03", "3 May 2026", "May 3, 2026", "3rd of May 2026", "3. May 2026"] {
            assert_eq!(isos(text)[0].1.as_deref(), Some("2026-05-03"), "{text}");
        }
        assert_eq!(isos("by 31.12.2026 at noon")[0].1.as_deref(), Some("2026-12-31"));
        assert_eq!(isos("due Friday, or May 3")[0].0, "Friday");
        assert_eq!(isos("due Friday, or May 3")[1], ("May 3".to_owned(), None));
    }

    #[test]
    fn an_ambiguous_or_impossible_date_gets_no_iso_form() {
        assert_eq!(isos("3/4/2026")[0].1, None);
        assert!(isos("2026-13-40").is_empty());
        assert!(isos("you may 3 times march").is_empty());
        assert_eq!(isos("30 February 2026")[0].1, None);
    }
}
