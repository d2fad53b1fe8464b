//! How many tokens a text has, near enough.
//!
//! Tokenizers of large models differ; budgets need one number that every process agrees on. The
//! rule: six letters of an ASCII word are one token (common words are one, long ones two or
//! three), three digits are one, two letters of another alphabet are one, and so is each other
//! sign and each run of line ends. Blanks are free. On English prose this gives about one token
//! for four characters.

/// How many tokens `text` has, by the rule of this module.
#[must_use]
pub fn count_tokens(text: &str) -> u32 {
    let total: u64 = pieces(text).map(|piece| u64::from(piece.tokens)).sum();
    u32::try_from(total).unwrap_or(u32::MAX)
}

/// The longest beginning of `text` that ends with a word and has at most `tokens_max` tokens.
pub(super) fn cut(text: &str, tokens_max: u32) -> &str {
    let mut total = 0_u64;
    let mut end = 0;
    for piece in pieces(text) {
        total += u64::from(piece.tokens);
        if total > u64::from(tokens_max) {
            return text[..end].trim_end();
        }
        end = piece.end;
    }
    text
}

/// A word, a sign or a gap.
struct Piece {
    /// The byte after it.
    end: usize,
    tokens: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Latin,
    Digit,
    Letter,
    Sign,
    Line,
    Blank,
}

fn class(character: char) -> Class {
    match character {
        'a'..='z' | 'A'..='Z' => Class::Latin,
        '0'..='9' => Class::Digit,
        '\n' | '\r' => Class::Line,
        other if other.is_whitespace() => Class::Blank,
        other if other.is_alphanumeric() => Class::Letter,
        _ => Class::Sign,
    }
}

fn pieces(text: &str) -> impl Iterator<Item = Piece> {
    let mut characters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = characters.next()?;
        let kind = class(first);
        let (mut length, mut end) = (1_u32, start + first.len_utf8());
        while kind != Class::Sign
            && let Some((_, next)) = characters.next_if(|(_, next)| class(*next) == kind)
        {
            length = length.saturating_add(1);
            end += next.len_utf8();
        }
        let tokens = match kind {
            Class::Latin => length.div_ceil(6),
            Class::Digit => length.div_ceil(3),
            Class::Letter => length.div_ceil(2),
            Class::Sign | Class::Line => 1,
            Class::Blank => 0,
        };
        Some(Piece { end, tokens })
    })
}

#[cfg(test)]
mod tests {
    use super::{count_tokens, cut};

    #[test]
    fn english_prose_has_about_a_token_for_four_characters() {
        let text = "The council asks for a short report on what the new library will cost, who \
            pays for it and when the doors can open. It meets again on the third of May.";
        let characters = text.chars().count() as f64;
        let ratio = characters / f64::from(count_tokens(text));
        assert!((3.5..5.0).contains(&ratio), "{ratio} characters for a token");
    }

    #[test]
    fn a_cut_ends_with_a_whole_word_and_keeps_the_limit() {
        let text = "one two three four";
        assert_eq!(cut(text, 2), "one two");
        assert_eq!(cut(text, 100), text);
        assert_eq!(cut(text, 0), "");
    }
}
