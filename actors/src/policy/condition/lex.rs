//! From the text of a condition to its words.

use super::ConditionError;

/// A word and where it begins, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// The word.
    pub word: Word,
    /// Where it begins.
    pub at: usize,
}

/// A word of the language.
#[derive(Debug, Clone, PartialEq)]
pub enum Word {
    /// A name.
    Name(String),
    /// A whole number, without its sign: the smallest needs one more than the largest.
    Int(u64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A text.
    Text(String),
    /// An operator or a bracket.
    Sign(&'static str),
    /// Nothing follows.
    End,
}

/// The longer ones first, so that `<=` is not read as `<`.
const SIGNS: &[&str] = &[
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ",", ".",
    "(", ")", "[", "]", "{", "}",
];

/// The words of `text`.
///
/// # Errors
/// At the first character that belongs to no word.
pub fn lex(text: &str) -> Result<Vec<Token>, ConditionError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        }
        let raw = rest.starts_with("r'") || rest.starts_with("r\"");
        let (word, length) = if raw || first == '\'' || first == '"' {
            quoted(rest, raw).map_err(|message| ConditionError::at(at, message))?
        } else if first.is_ascii_digit() {
            number(rest).map_err(|message| ConditionError::at(at, message))?
        } else if first.is_ascii_alphabetic() || first == '_' {
            let in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = rest.find(|c| !in_name(c)).unwrap_or(rest.len());
            (Word::Name(rest[..length].to_owned()), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Word::Sign(sign), sign.len())
        } else {
            return Err(ConditionError::at(at, format!("{first:?} has no meaning here")));
        };
        tokens.push(Token { word, at });
        at += length;
    }
    tokens.push(Token { word: Word::End, at });
    Ok(tokens)
}

fn number(rest: &str) -> Result<(Word, usize), String> {
    let bytes = rest.as_bytes();
    let digits =
        |from: usize| from + bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut end = digits(0);
    let mut whole = true;
    if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
        (end, whole) = (digits(end + 1), false);
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + sign);
        if exponent > end + 1 + sign {
            (end, whole) = (exponent, false);
        }
    }
    let text = &rest[..end];
    let word = if whole {
        text.parse().map(Word::Int).map_err(|_| format!("{text} is too large"))?
    } else {
        text.parse().map(Word::Float).map_err(|_| format!("{text} is no number"))?
    };
    Ok((word, end))
}

fn quoted(rest: &str, raw: bool) -> Result<(Word, usize), String> {
    let from = usize::from(raw);
    let quote = rest[from..].chars().next().unwrap_or('"');
    let mut text = String::new();
    let mut chars = rest[from + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Ok((Word::Text(text), from + 1 + at + 1)),
            '\n' => break,
            '\\' if !raw => {
                let (_, escaped) = chars.next().ok_or("the text does not end")?;
                text.push(match escaped {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '\\' | '\'' | '"' | '`' | '?' => escaped,
                    'x' => code(&mut chars, 2)?,
                    'u' => code(&mut chars, 4)?,
                    'U' => code(&mut chars, 8)?,
                    other => return Err(format!("\\{other} is no escape")),
                });
            }
            c => text.push(c),
        }
    }
    Err("the text does not end".to_owned())
}

fn code(chars: &mut std::str::CharIndices<'_>, digits: usize) -> Result<char, String> {
    let hex: String = chars.by_ref().take(digits).map(|(_, c)| c).collect();
    let number = u32::from_str_radix(&hex, 16).ok().filter(|_| hex.len() == digits);
    number.and_then(char::from_u32).ok_or_else(|| format!("{hex} is no character"))
}
