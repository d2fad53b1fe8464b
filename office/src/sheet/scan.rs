//! A formula as references and what stands between them. Texts in quotes, names, functions and
//! what stands in brackets are left as they are.

use super::reference::{Corner, Reference};

/// A piece of a formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A reference to cells.
    Reference(Reference),
    /// Anything else, as it is written.
    Other(&'a str),
}

/// The pieces of a formula, in order. Written one after the other they are the formula again, but
/// for the case of columns and needless quotes.
#[must_use]
pub fn scan(formula: &str) -> Vec<Piece<'_>> {
    let mut scanner = Scanner { text: formula, at: 0, plain: 0, pieces: Vec::new() };
    scanner.run();
    scanner.pieces
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Where what has not become a piece begins.
    plain: usize,
    pieces: Vec<Piece<'a>>,
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '\\' | '?')
}

impl<'a> Scanner<'a> {
    fn run(&mut self) {
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '"' => self.skip_quoted('"'),
                '\'' => self.quoted_sheet(),
                '[' => self.skip_brackets(),
                c if in_word(c) => self.word(),
                c => self.at += c.len_utf8(),
            }
        }
        self.take_plain(self.at);
    }

    /// What was passed up to `end` becomes a piece.
    fn take_plain(&mut self, end: usize) {
        if self.plain < end {
            self.pieces.push(Piece::Other(&self.text[self.plain..end]));
        }
        self.plain = end;
    }

    fn skip_quoted(&mut self, quote: char) {
        let mut rest = self.text[self.at + 1..].char_indices().peekable();
        while let Some((at, c)) = rest.next() {
            if c != quote {
                continue;
            }
            if rest.peek().is_some_and(|(_, next)| *next == quote) {
                rest.next();
            } else {
                self.at += 1 + at + c.len_utf8();
                return;
            }
        }
        self.at = self.text.len();
    }

    fn skip_brackets(&mut self) {
        let mut depth = 0_usize;
        for (at, c) in self.text[self.at..].char_indices() {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                self.at += at + 1;
                return;
            }
        }
        self.at = self.text.len();
    }

    fn quoted_sheet(&mut self) {
        let start = self.at;
        self.skip_quoted('\'');
        if self.text[self.at..].starts_with('!') {
            let inner = &self.text[start + 1..self.at - 1];
            let sheet = inner.replace("''", "'");
            self.at += 1;
            self.after_sheet(start, sheet);
        }
    }

    /// The longest run of a word's letters from here.
    fn run_of_word(&self, from: usize) -> &'a str {
        let rest = &self.text[from..];
        &rest[..rest.find(|c| !in_word(c)).unwrap_or(rest.len())]
    }

    fn word(&mut self) {
        let start = self.at;
        let word = self.run_of_word(start);
        let end = start + word.len();
        if self.text[end..].starts_with('!') {
            self.at = end + 1;
            self.after_sheet(start, word.to_owned());
        } else {
            self.reference(start, start, None);
        }
    }

    /// A sheet is named from `start` on; here its reference begins.
    fn after_sheet(&mut self, start: usize, sheet: String) {
        let from = self.at;
        self.reference(start, from, Some(sheet));
    }

    /// Takes the reference at `from`, or else passes the word there.
    fn reference(&mut self, start: usize, from: usize, sheet: Option<String>) {
        let word = self.run_of_word(from);
        self.at = from + word.len();
        let called = self.text[self.at..].starts_with(['(', '!']);
        let Some(corner) = Corner::parse(word).filter(|_| !called) else {
            return;
        };
        let to = self.second(&corner);
        if to.is_none() && !corner.is_cell() {
            return;
        }
        if let Some((_, end)) = &to {
            self.at = *end;
        }
        let end = self.at;
        self.take_plain(start);
        let to = to.map(|(corner, _)| corner);
        self.pieces.push(Piece::Reference(Reference { sheet, from: corner, to }));
        self.plain = end;
    }

    /// The second corner after a colon, of the same sort as the first, and where it ends.
    fn second(&self, first: &Corner) -> Option<(Corner, usize)> {
        let after = self.at;
        if !self.text[after..].starts_with(':') {
            return None;
        }
        let word = self.run_of_word(after + 1);
        let end = after + 1 + word.len();
        let called = self.text[end..].starts_with(['(', '!']);
        let corner = Corner::parse(word).filter(|_| !called)?;
        let alike = corner.row.is_some() == first.row.is_some()
            && corner.column.is_some() == first.column.is_some();
        alike.then_some((corner, end))
    }
}
