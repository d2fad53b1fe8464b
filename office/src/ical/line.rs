//! Lines: a name, parameters and a value, folded at 75 bytes.

use super::{Bounds, Unread};

/// A line as it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In upper case.
    pub name: String,
    /// Names in upper case, and values.
    pub parameters: Vec<(String, String)>,
    /// As it stands, escapes and all.
    pub value: String,
    /// The line of the file on which it begins, from 1.
    pub number: usize,
}

impl Line {
    /// The value of a parameter.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The value without its escapes.
    pub fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut chars = self.value.chars();
        while let Some(c) = chars.next() {
            match (c, if c == '\\' { chars.next() } else { None }) {
                ('\\', Some('n' | 'N')) => text.push('\n'),
                ('\\', Some(c)) => text.push(c),
                (c, _) => text.push(c),
            }
        }
        text
    }
}

/// The lines of a file, unfolded.
///
/// # Errors
/// A line is too long, or none.
pub fn lines(text: &str, bounds: Bounds) -> Result<Vec<Line>, Unread> {
    let mut whole: Vec<(usize, String)> = Vec::new();
    for (at, raw) in text.split('\n').enumerate() {
        let raw = raw.strip_suffix('\r').unwrap_or(raw);
        let number = at + 1;
        if let Some(folded) = raw.strip_prefix([' ', '\t'])
            && let Some((_, last)) = whole.last_mut()
        {
            last.push_str(folded);
            if last.len() > bounds.line_bytes_max {
                let what = format!("the line is longer than {} bytes", bounds.line_bytes_max);
                return Err(Unread { line: number, what });
            }
        } else if !raw.trim().is_empty() {
            whole.push((number, raw.to_owned()));
        }
    }
    whole.into_iter().map(|(number, text)| one(&text, number, bounds)).collect()
}

fn one(text: &str, number: usize, bounds: Bounds) -> Result<Line, Unread> {
    let wrong = |what: &str| Unread { line: number, what: what.to_owned() };
    if text.len() > bounds.line_bytes_max {
        return Err(wrong("the line is too long"));
    }
    let mut parts = Vec::new();
    let (mut quoted, mut from) = (false, 0);
    let mut end = None;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            ';' | ':' if !quoted => {
                parts.push(&text[from..at]);
                from = at + 1;
                if c == ':' {
                    end = Some(at + 1);
                    break;
                }
            }
            _ => {}
        }
    }
    let Some(end) = end else { return Err(wrong("there is no name with a colon behind it")) };
    let name = parts.first().copied().unwrap_or_default();
    let named = |name: &str| name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-');
    if name.is_empty() || name.len() > 64 || !named(name) {
        return Err(wrong("what stands before the colon is no name"));
    }
    let parameters = parts[1..].iter().map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_ascii_uppercase(), value.trim_matches('"').to_owned())
    });
    let (name, parameters) = (name.to_ascii_uppercase(), parameters.collect());
    Ok(Line { name, parameters, value: text[end..].to_owned(), number })
}

/// Bytes of a line before it is folded.
const FOLD_BYTES: usize = 75;

/// Writes a line, folded between characters.
pub fn put(file: &mut String, line: &str) {
    let mut bytes = 0;
    for c in line.chars().filter(|c| !matches!(c, '\r' | '\n')) {
        if bytes + c.len_utf8() > FOLD_BYTES {
            file.push_str("\r\n ");
            bytes = 1;
        }
        file.push(c);
        bytes += c.len_utf8();
    }
    file.push_str("\r\n");
}

/// Writes a text with its escapes.
pub fn put_text(file: &mut String, name: &str, text: &str) {
    let mut line = format!("{name}:");
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => line.extend(['\\', c]),
            '\n' => line.push_str("\\n"),
            c if c.is_control() && c != '\t' => {}
            c => line.push(c),
        }
    }
    put(file, &line);
}
