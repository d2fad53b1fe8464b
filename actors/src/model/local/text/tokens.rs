//! Words and what stands between them.

/// A run of text: a word or a gap. Put together, the tokens of a text are the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// Letters and digits, with apostrophes between them; or one mark.
    Word(&'a str),
    /// Anything else.
    Gap(&'a str),
}

impl<'a> Token<'a> {
    /// The token's text.
    pub const fn text(self) -> &'a str {
        match self {
            Self::Word(text) | Self::Gap(text) => text,
        }
    }

    /// The word, when it is one.
    pub const fn word(self) -> Option<&'a str> {
        match self {
            Self::Word(text) => Some(text),
            Self::Gap(_) => None,
        }
    }
}

/// The first mark: a character of a private plane that stands for a protected passage.
pub const MARK_FIRST: u32 = 0xF_0000;

/// The last mark.
pub const MARK_LAST: u32 = 0x10_FFFD;

/// Whether a character stands for a protected passage.
pub fn is_mark(character: char) -> bool {
    (MARK_FIRST..=MARK_LAST).contains(&u32::from(character))
}

fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}')
}

/// Scripts that are written without blanks: each character is a word.
fn is_ideograph(character: char) -> bool {
    matches!(character, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}')
}

/// The tokens of `text`, in order.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut out = Vec::with_capacity(text.len() / 3);
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_mark(first) || is_ideograph(first) {
            first.len_utf8()
        } else if first.is_alphanumeric() {
            word_end(rest)
        } else {
            let stop = |c: char| c.is_alphanumeric() || is_mark(c);
            rest.find(stop).unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        let word = is_mark(first) || first.is_alphanumeric();
        out.push(if word { Token::Word(piece) } else { Token::Gap(piece) });
        rest = after;
    }
    out
}

fn word_end(text: &str) -> usize {
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let inner = |next: Option<&(usize, char)>| {
            next.is_some_and(|(_, c)| c.is_alphanumeric() && !is_ideograph(*c))
        };
        let goes_on = (character.is_alphanumeric() && !is_ideograph(character))
            || (is_apostrophe(character) && inner(characters.peek()))
            || is_combining(character);
        if !goes_on {
            return at;
        }
    }
    text.len()
}

/// Accents and joiners that belong to the letter before them.
fn is_combining(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36F}' | '\u{64B}'..='\u{65F}' | '\u{200C}' | '\u{200D}')
}

/// The words of `text`.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    tokens(text).into_iter().filter_map(Token::word)
}

/// How many words `text` has.
pub fn word_count(text: &str) -> usize {
    words(text).count()
}

/// The text with each run of blanks and line ends as one blank, and without control characters.
pub fn flat(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// At most `chars_max` characters of `text`, cut before a word and told by an ellipsis. Characters
/// that are shown as one are never parted.
pub fn clip(text: &str, chars_max: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation as _;
    if text.chars().nth(chars_max).is_none() {
        return text.to_owned();
    }
    let mut end = 0;
    let mut count = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        count += grapheme.chars().count();
        if count >= chars_max {
            break;
        }
        end = at + grapheme.len();
    }
    let cut = &text[..end];
    let whole = cut.rfind(char::is_whitespace).filter(|at| *at * 2 > end);
    format!("{}…", cut[..whole.unwrap_or(end)].trim_end_matches([' ', ',', ';', ':', '-']))
}
