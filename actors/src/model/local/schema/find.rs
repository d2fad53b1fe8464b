//! What can be found in a text by its form: addresses, links, numbers, sums of money, `yes`.

use crate::model::local::text::lines::head;
use crate::model::local::text::tokens::words;

/// Words with the signs around them taken off.
fn bare_words(text: &str) -> impl Iterator<Item = &str> {
    let sides = |c: char| {
        matches!(
            c,
            '.' | ','
                | ';'
                | ':'
                | '!'
                | '?'
                | '('
                | ')'
                | '<'
                | '>'
                | '"'
                | '\''
                | '['
                | ']'
                | '“'
                | '”'
        )
    };
    text.split_whitespace().map(move |word| word.trim_matches(sides))
}

/// Mail addresses, in order.
pub fn emails(text: &str) -> impl Iterator<Item = &str> {
    bare_words(text).map(|word| word.strip_prefix("mailto:").unwrap_or(word)).filter(|word| {
        let Some((name, domain)) = word.split_once('@') else { return false };
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '+');
        let dotted =
            domain.split_once('.').is_some_and(|(one, two)| !one.is_empty() && !two.is_empty());
        !name.is_empty() && dotted && name.chars().all(plain) && domain.chars().all(plain)
    })
}

/// Links, in order.
pub fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '<' | '>' | '"' | ']'))
        .filter(|word| word.starts_with("https://") || word.starts_with("http://"))
        .map(|word| word.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'']))
        .filter(|word| word.len() > 8)
}

/// Telephone numbers, in order.
pub fn phones(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '+' || c.is_ascii_digit()) {
        let from = &rest[at..];
        let end = from
            .char_indices()
            .find(|(_, c)| !(c.is_ascii_digit() || matches!(c, '+' | ' ' | '-' | '(' | ')' | '/')))
            .map_or(from.len(), |(at, _)| at);
        let found = head(from, end).trim_end_matches([' ', '-', '(', '/']);
        let digits = found.bytes().filter(u8::is_ascii_digit).count();
        let dated = found.len() == 10 && found.matches('-').count() == 2;
        if (7..=15).contains(&digits) && !dated {
            return Some(found.to_owned());
        }
        rest = &from[end.max(1)..];
    }
    None
}

/// A number in a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number {
    /// Its value.
    pub value: f64,
    /// Where it begins, in bytes.
    pub start: usize,
    /// Where it ends, in bytes.
    pub end: usize,
    /// Whether a currency stands beside it.
    pub money: bool,
}

/// Numbers, in order, at most `count_max`: `1,200.50`, `1 200`, `-3`, `5k`, `2 million`. Not those
/// inside words, dates or versions.
pub fn numbers(text: &str, count_max: usize) -> Vec<Number> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() && out.len() < count_max {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && number_goes_on(bytes, at) {
            at += 1;
        }
        let before = text[..start].chars().next_back();
        let after = text[at..].chars().next();
        let dated = matches!(after, Some('-' | '/' | ':'))
            && bytes.get(at + 1).is_some_and(u8::is_ascii_digit)
            || matches!(before, Some('-' | '/' | ':'))
                && bytes.get(start.wrapping_sub(2)).is_some_and(u8::is_ascii_digit);
        let glued = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '.') || dated;
        let token = text[start..at].replace(',', "");
        let (Ok(value), false) = (token.parse::<f64>(), glued) else { continue };
        let negative = matches!(before, Some('-' | '−'));
        let (scale, end) = scale(text, at);
        let value = if negative { -value * scale } else { value * scale };
        out.push(Number { value, start, end, money: is_money(text, start, end) });
        at = end;
    }
    out
}

fn number_goes_on(bytes: &[u8], at: usize) -> bool {
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    match bytes[at] {
        b'0'..=b'9' => true,
        b'.' => digit(at + 1),
        // A comma in a number parts groups of three.
        b',' => digit(at + 1) && digit(at + 2) && digit(at + 3) && !digit(at + 4),
        _ => false,
    }
}

/// `5k`, `2 million`: the factor, and where it ends.
fn scale(text: &str, at: usize) -> (f64, usize) {
    let rest = &text[at..];
    for (word, factor) in
        [(" million", 1e6), (" thousand", 1e3), (" billion", 1e9), ("k", 1e3), ("M", 1e6)]
    {
        if let Some(after) = rest.strip_prefix(word)
            && !after.starts_with(char::is_alphanumeric)
        {
            return (factor, at + word.len());
        }
    }
    (1.0, at)
}

fn is_money(text: &str, start: usize, end: usize) -> bool {
    let before = text[..start].trim_end();
    let after = text[end..].trim_start();
    let signs = ['$', '€', '£', '¥', '₹'];
    let names = ["euro", "eur", "dollar", "usd", "pound", "gbp", "chf", "franc", "yen"];
    let next = head(after, 8).to_lowercase();
    before.ends_with(signs)
        || after.starts_with(signs)
        || names.iter().any(|name| next.starts_with(name))
        || ["EUR", "USD", "GBP", "CHF"].iter().any(|code| before.ends_with(code))
}

/// Whether `phrase` stands in `text` as whole words, and where: both in small letters.
pub fn phrase(text: &str, phrase: &str) -> Option<usize> {
    if phrase.is_empty() {
        return None;
    }
    let letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(phrase).map(|(at, _)| at).find(|at| {
        !letter(text[..*at].chars().next_back())
            && !letter(text[at + phrase.len()..].chars().next())
    })
}

/// Whether words deny what they speak of.
pub fn denies(text: &str) -> bool {
    words(text).any(|word| {
        let lower = word.to_lowercase();
        matches!(lower.as_str(), "no" | "not" | "never" | "none" | "without" | "false" | "nobody")
            || lower.ends_with("n't")
            || lower.ends_with("n\u{2019}t")
    })
}
