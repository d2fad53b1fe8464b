//! Passages inside prose that stay byte for byte: inline code, links, addresses, citations, names
//! of files. Each is put away behind one mark while the words around it change.

use crate::model::local::text::lines::head;
use crate::model::local::text::tokens::{MARK_FIRST, MARK_LAST, is_mark};

/// What was put away.
#[derive(Default)]
pub struct Shield {
    passages: Vec<String>,
}

/// The longest passage that is looked for, in bytes.
const PASSAGE_BYTES_MAX: usize = 4_096;

/// The longest word that is looked at, in bytes.
const WORD_BYTES_MAX: usize = 512;

impl Shield {
    /// `body` with its passages behind marks; `None` when there are more passages than marks.
    pub fn cover(&mut self, body: &str, literals: &[String]) -> Option<String> {
        let mut out = String::with_capacity(body.len());
        let mut at = 0;
        let mut word_start = true;
        while let Some(first) = body[at..].chars().next() {
            let rest = &body[at..];
            let inside = body[..at].ends_with(char::is_alphanumeric);
            let literals = if inside { &[] } else { literals };
            let length = passage(rest, first, word_start, literals);
            if length == 0 {
                out.push(first);
                at += first.len_utf8();
            } else {
                out.push(self.put_away(&rest[..length])?);
                at += length;
            }
            word_start = body[..at].ends_with(opens_word);
        }
        Some(out)
    }

    fn put_away(&mut self, passage: &str) -> Option<char> {
        let number = u32::try_from(self.passages.len()).ok()?;
        let mark = MARK_FIRST.checked_add(number).filter(|mark| *mark <= MARK_LAST)?;
        self.passages.push(passage.to_owned());
        char::from_u32(mark)
    }

    /// `text` with the passages back in their places.
    pub fn uncover(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 16);
        for character in text.chars() {
            let number = u32::from(character).checked_sub(MARK_FIRST);
            let passage = number.and_then(|number| self.passages.get(number as usize));
            match passage {
                Some(passage) if is_mark(character) => out.push_str(passage),
                _ => out.push(character),
            }
        }
        out
    }
}

/// Whether an address or a name of a file may begin after this sign.
fn opens_word(sign: char) -> bool {
    sign.is_whitespace() || matches!(sign, '(' | '[' | '"' | '\'' | '*' | '_' | '“' | '‘' | '«')
}

/// The bytes of the passage that `rest` begins with; 0 when none begins here.
fn passage(rest: &str, first: char, word_start: bool, literals: &[String]) -> usize {
    if is_mark(first) {
        return first.len_utf8();
    }
    let literal = literals.iter().find(|one| !one.is_empty() && rest.starts_with(one.as_str()));
    if let Some(literal) = literal {
        return literal.len();
    }
    match first {
        '`' => code(rest),
        '<' => angle(rest),
        ']' if rest.starts_with("](") => {
            head(rest, PASSAGE_BYTES_MAX).find(')').map_or(0, |at| at + 1)
        }
        '[' => citation(rest),
        // Two blanks before a line end are a line break in Markdown.
        ' ' if rest.starts_with("  ") => hard_break(rest),
        '\\' => rest[1..].chars().next().map_or(0, |next| 1 + next.len_utf8()),
        _ if word_start => technical(rest),
        _ => 0,
    }
}

fn hard_break(rest: &str) -> usize {
    let blanks = rest.bytes().take_while(|byte| *byte == b' ').count();
    if rest[blanks..].starts_with('\n') { blanks + 1 } else { 0 }
}

fn code(rest: &str) -> usize {
    let ticks = rest.bytes().take_while(|byte| *byte == b'`').count();
    let inner = head(&rest[ticks..], PASSAGE_BYTES_MAX);
    let fence = &rest[..ticks];
    inner.find(fence).map_or(ticks, |at| ticks + at + ticks)
}

fn angle(rest: &str) -> usize {
    let named = rest[1..].trim_start_matches('/').starts_with(|c: char| c.is_ascii_alphabetic());
    let inner = head(rest, PASSAGE_BYTES_MAX);
    if named { inner.find('>').map_or(0, |at| at + 1) } else { 0 }
}

/// `[3]`, `[1, 2]`, `[^note]`, `[@id]`.
fn citation(rest: &str) -> usize {
    let Some(close) = head(rest, 200).find(']') else { return 0 };
    let inner = &rest[1..close];
    let numbers = inner.chars().all(|c| c.is_ascii_digit() || c == ',' || c == ' ')
        && inner.bytes().any(|byte| byte.is_ascii_digit());
    if numbers || inner.starts_with(['^', '@']) { close + 1 } else { 0 }
}

/// An address, a name of a file, a version: a word with signs inside that prose does not have.
fn technical(rest: &str) -> usize {
    if !rest.starts_with(|c: char| c.is_alphanumeric() || c == '/' || c == '@') {
        return 0;
    }
    let near = head(rest, WORD_BYTES_MAX);
    let word = near.split(char::is_whitespace).next().unwrap_or_default();
    let word = word.find("](").map_or(word, |at| &word[..at]);
    let address =
        ["http://", "https://", "www.", "mailto:"].iter().any(|head| word.starts_with(head));
    let trailing = ['.', ',', ';', ':', '!', '?', '"', '\'', ')', ']', '*', '_', '”', '’', '>'];
    let core = word.trim_end_matches(trailing);
    let signs = ['@', '_', '/', '\\', '=', '{', '}', '`', '#', '&', '%'];
    let inner = core.char_indices().nth(1).map_or("", |(at, _)| &core[at..]);
    let odd = inner.contains("::") || inner.contains(signs) || core.starts_with(['/', '@']);
    let dotted = core.char_indices().any(|(at, c)| {
        c == '.'
            && core[at + 1..].starts_with(|next: char| next.is_lowercase() || next.is_ascii_digit())
    });
    if address || odd || dotted { core.len() } else { 0 }
}
