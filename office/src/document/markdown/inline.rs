//! What stands in a line, as CommonMark.
//!
//! Delimiters count only beside certain letters. Where the letter beside one is no such, it is
//! written as a reference to it, so that every text can be told in every manner.

use std::fmt::Write as _;

use super::super::{Document, Inline, Manner, Raised};
use crate::losses::Losses;

/// Where a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Within {
    /// A paragraph: it may have several lines.
    Paragraph,
    /// A heading: one line.
    Heading,
    /// A cell of a table: one line, and bars part cells.
    Cell,
}

/// The line or lines of `words`.
pub fn line(words: &[Inline], within: Within, document: &Document, losses: &mut Losses) -> String {
    let mut writer =
        Writer { out: String::new(), open: Vec::new(), within, next: false, opened: false };
    let last = words.iter().rposition(|word| !matches!(word, Inline::Break));
    let first = words.iter().position(|word| !matches!(word, Inline::Break));
    let (Some(first), Some(last)) = (first, last) else { return String::new() };
    for word in words.iter().take(last + 1).skip(first) {
        writer.word(word, document, losses);
    }
    writer.turn(&Manner::default(), None);
    writer.end();
    writer.out
}

/// A delimiter that is open.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    /// It says the same at both ends.
    Sign(&'static str),
    /// A tag.
    Tag(&'static str),
    /// A link to there.
    Link(String),
}

struct Writer {
    out: String,
    open: Vec<Mark>,
    within: Within,
    /// Whether the next letter, where it is one, is written as a reference to it.
    next: bool,
    /// Whether the last sign opened something.
    opened: bool,
}

impl Writer {
    fn word(&mut self, word: &Inline, document: &Document, losses: &mut Losses) {
        match word {
            Inline::Text(text, _) if text.is_empty() => {}
            Inline::Text(text, manner) => {
                let first = if manner.code { None } else { text.chars().next() };
                self.turn(manner, first);
                if manner.code {
                    self.code(text);
                } else {
                    self.text(text);
                }
            }
            Inline::Break => {
                self.turn(&Manner::default(), None);
                self.edge();
                self.out.push_str(if self.within == Within::Paragraph { "\\\n" } else { "<br>" });
                self.next = false;
            }
            Inline::Image(image) => {
                self.turn(&Manner::default(), None);
                self.out.push_str("![");
                self.opened = true;
                self.text(&image.alt);
                self.edge();
                self.opened = false;
                let _ = write!(self.out, "]({})", address(&image.source));
                if document.media.contains_key(&image.source) {
                    losses.at("pictures", &image.source, 1);
                }
            }
            Inline::Note(place) => {
                self.turn(&Manner::default(), None);
                self.bracket();
                let _ = write!(self.out, "^{}]", place + 1);
            }
            Inline::Cite(place) => {
                self.turn(&Manner::default(), None);
                if let Some(source) = document.sources.get(*place) {
                    self.bracket();
                    let _ = write!(self.out, "^@{}]", key(&source.key));
                }
            }
            Inline::Comment(place) => {
                let text = document.comments.get(*place).map_or("", |comment| &comment.text);
                losses.at("comments", text, 1);
            }
        }
    }

    /// Ends what `manner` is not and begins what it is; `first` is the letter that follows.
    fn turn(&mut self, manner: &Manner, first: Option<char>) {
        let marks = marks(manner);
        let same = self.open.iter().zip(&marks).take_while(|(one, other)| one == other).count();
        while self.open.len() > same {
            let Some(mark) = self.open.pop() else { break };
            let plain = self.out.chars().last().is_some_and(char::is_alphanumeric);
            self.edge();
            match &mark {
                Mark::Sign(sign) => {
                    self.out.push_str(sign);
                    self.next |= !plain || *sign == "_";
                }
                Mark::Tag(tag) => {
                    let _ = write!(self.out, "</{tag}>");
                }
                Mark::Link(to) => {
                    let _ = write!(self.out, "]({})", address(to));
                }
            }
        }
        let opened = marks.get(same..).unwrap_or_default();
        for (place, mark) in opened.iter().enumerate() {
            (self.next, self.opened) = (false, true);
            match mark {
                Mark::Sign(sign) => {
                    let direct = place + 1 == opened.len()
                        && first.is_some_and(char::is_alphanumeric)
                        && *sign != "_";
                    if !direct {
                        self.shield();
                    }
                    self.out.push_str(sign);
                }
                Mark::Tag(tag) => {
                    let _ = write!(self.out, "<{tag}>");
                }
                Mark::Link(_) => self.bracket(),
            }
        }
        self.open = marks;
    }

    /// Begins a link or note. After an exclamation mark it would be a picture.
    fn bracket(&mut self) {
        if self.out.ends_with('!') {
            self.out.pop();
            self.out.push_str("\\!");
        }
        self.out.push('[');
    }

    /// Writes a letter that stands before a delimiter as a reference to it.
    fn shield(&mut self) {
        let letter = self.out.chars().last();
        let Some(letter) = letter.filter(|it| !it.is_whitespace() && !it.is_ascii_punctuation())
        else {
            return;
        };
        self.out.pop();
        self.reference(letter);
    }

    /// Writes a space that stands before an end as a reference to it.
    fn edge(&mut self) {
        let last = self.out.chars().last();
        if let Some(space) = last.filter(|it| it.is_whitespace() && *it != '\n') {
            self.out.pop();
            self.reference(space);
        }
    }

    fn end(&mut self) {
        self.edge();
    }

    fn reference(&mut self, letter: char) {
        let _ = write!(self.out, "&#{};", u32::from(letter));
    }

    fn text(&mut self, text: &str) {
        let letters = text.chars().map(|it| if it == '\n' || it == '\r' { ' ' } else { it });
        let mut letters = letters.peekable();
        let Some(first) = letters.next() else { return };
        let before = self.out.chars().last();
        let begins = before.is_none_or(|it| it == '\n');
        let opened = std::mem::take(&mut self.opened);
        let apart = self.next && !first.is_whitespace() && !first.is_ascii_punctuation();
        if apart || (first.is_whitespace() && (begins || opened)) {
            self.reference(first);
        } else if begins && matches!(first, '#' | '+' | '-' | '=' | ':') {
            self.out.push('\\');
            self.out.push(first);
        } else {
            self.letter(first, letters.peek().copied());
        }
        self.next = false;
        while let Some(letter) = letters.next() {
            self.letter(letter, letters.peek().copied());
        }
    }

    /// A letter that means nothing but itself, before `next`.
    fn letter(&mut self, letter: char, next: Option<char>) {
        match letter {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '&' | '~' | '|' => {
                self.out.push('\\');
                self.out.push(letter);
            }
            '#' if self.within == Within::Heading => self.out.push_str("\\#"),
            '.' | ')' if next.is_none_or(char::is_whitespace) && self.counts() => {
                self.out.push('\\');
                self.out.push(letter);
            }
            '\t' => self.out.push(letter),
            letter if letter.is_control() => {}
            letter => self.out.push(letter),
        }
    }

    /// Whether the line has been nothing but a number.
    fn counts(&self) -> bool {
        let line = self.out.rsplit('\n').next().unwrap_or_default();
        !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn code(&mut self, text: &str) {
        (self.next, self.opened) = (false, false);
        let text: String = text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect();
        let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or_default();
        let fence = "`".repeat(longest + 1);
        let blank = text.chars().all(|it| it == ' ');
        let padded = text.starts_with('`')
            || text.ends_with('`')
            || (text.starts_with(' ') && text.ends_with(' ') && !blank);
        let space = if padded { " " } else { "" };
        let text = match self.within {
            Within::Cell => text.replace('|', "\\|"),
            _ => text,
        };
        let _ = write!(self.out, "{fence}{space}{text}{space}{fence}");
    }
}

/// What is open while a text of this manner is told, from without to within.
fn marks(manner: &Manner) -> Vec<Mark> {
    let change = manner.change.as_ref().map(|it| Mark::Tag(if it.added { "ins" } else { "del" }));
    let raised = match manner.raised {
        Raised::No => None,
        Raised::Above => Some(Mark::Tag("sup")),
        Raised::Below => Some(Mark::Tag("sub")),
    };
    let all = [
        change,
        manner.underlined.then_some(Mark::Tag("u")),
        raised,
        manner.struck.then_some(Mark::Sign("~~")),
        manner.bold.then_some(Mark::Sign("**")),
        manner.italic.then_some(Mark::Sign("_")),
        manner.link.clone().map(Mark::Link),
    ];
    all.into_iter().flatten().collect()
}

/// Where a link or picture leads, so that nothing in it ends it.
fn address(to: &str) -> String {
    let mut out = String::with_capacity(to.len() + 2);
    out.push('<');
    for letter in to.chars() {
        match letter {
            '<' | '>' | '\\' | '&' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => {}
            letter => out.push(letter),
        }
    }
    out.push('>');
    let bare = !to.is_empty()
        && to.chars().all(|it| {
            it.is_ascii_alphanumeric()
                || matches!(it, ':' | '/' | '.' | '-' | '?' | '=' | '%' | '@' | '#' | '+' | ',')
        });
    if bare { to.to_owned() } else { out }
}

/// The key of a source as it can stand in a name of a note.
pub fn key(key: &str) -> String {
    let kept = |it: char| if it.is_alphanumeric() || "-_.:".contains(it) { it } else { '-' };
    key.chars().map(kept).collect()
}
