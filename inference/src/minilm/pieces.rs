//! Texts as word pieces, as BERT cuts them: in lower case, without accents, each word as few and
//! long pieces of a list as there are.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// The list of pieces, one a line, its place the number: `bert-base-uncased`, by Google, under the
/// Apache License 2.0. The model was made with it.
const LIST: &str = include_str!("vocab.txt");
/// The longest word that is cut, in letters; a longer one is unknown.
const WORD_CHARS_MAX: usize = 100;
/// How much of a text is looked at, in bytes: far more than pieces count.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// What a piece that does not begin a word begins with in the list.
const INSIDE: &str = "##";

/// The list of word pieces.
#[derive(Debug)]
pub struct Pieces {
    numbers: HashMap<&'static str, u32>,
    unknown: u32,
    begin: u32,
    end: u32,
}

impl Default for Pieces {
    fn default() -> Self {
        let numbers: HashMap<_, _> = LIST.lines().zip(0..).collect();
        let of = |piece: &str| numbers.get(piece).copied().unwrap_or_default();
        let (unknown, begin, end) = (of("[UNK]"), of("[CLS]"), of("[SEP]"));
        Self { numbers, unknown, begin, end }
    }
}

impl Pieces {
    /// The numbers of a text's pieces between those that begin and end it, at most `max` in all.
    #[must_use]
    pub fn of(&self, text: &str, max: usize) -> Vec<u32> {
        let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
        let room = max.saturating_sub(2);
        let mut pieces = vec![self.begin];
        for word in words(text) {
            self.cut(&word, &mut pieces);
            if pieces.len() > room {
                pieces.truncate(room + 1);
                break;
            }
        }
        pieces.push(self.end);
        pieces
    }

    fn cut(&self, word: &str, pieces: &mut Vec<u32>) {
        let begun = pieces.len();
        if word.chars().count() > WORD_CHARS_MAX {
            pieces.push(self.unknown);
            return;
        }
        let (mut rest, mut inside) = (word, false);
        while !rest.is_empty() {
            let Some((number, length)) = self.longest(rest, inside) else {
                // A word that cannot be cut to its end is unknown as a whole.
                pieces.truncate(begun);
                pieces.push(self.unknown);
                return;
            };
            pieces.push(number);
            (rest, inside) = (&rest[length..], true);
        }
    }

    /// The longest piece that `rest` begins with, and its length in bytes.
    fn longest(&self, rest: &str, inside: bool) -> Option<(u32, usize)> {
        let mut piece = String::with_capacity(INSIDE.len() + rest.len());
        if inside {
            piece.push_str(INSIDE);
        }
        let before = piece.len();
        piece.push_str(rest);
        while piece.len() > before {
            if let Some(number) = self.numbers.get(piece.as_str()) {
                return Some((*number, piece.len() - before));
            }
            piece.pop();
        }
        None
    }
}

/// The words of a text; a sign of punctuation or a letter of Chinese is a word of its own.
fn words(text: &str) -> Vec<String> {
    let clean = text.chars().filter(|letter| !is_dropped(*letter));
    let mut spaced = String::with_capacity(text.len());
    for letter in clean {
        if is_chinese(letter) {
            spaced.extend([' ', letter, ' ']);
        } else {
            spaced.push(if letter.is_whitespace() { ' ' } else { letter });
        }
    }
    let mut words = vec![String::new()];
    let plain = spaced.as_str().nfd().filter(|letter| !is_mark(*letter));
    for letter in plain.flat_map(char::to_lowercase) {
        if letter.is_whitespace() {
            words.push(String::new());
        } else if is_punctuation(letter) {
            words.extend([letter.to_string(), String::new()]);
        } else if let Some(word) = words.last_mut() {
            word.push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// What is no part of a text: controls, but for those that are blanks.
fn is_dropped(letter: char) -> bool {
    let blank = matches!(letter, '\t' | '\n' | '\r');
    let format = matches!(
        letter,
        '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{180e}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0001}'
        | '\u{e0020}'..='\u{e007f}' | '\u{e000}'..='\u{f8ff}'
    );
    matches!(letter, '\0' | '\u{fffd}') || (!blank && (letter.is_control() || format))
}

fn is_mark(letter: char) -> bool {
    // Marks that take room of their own stay: only those that stand on a letter go.
    is_combining_mark(letter) && !is_spacing_mark(letter)
}

/// Marks of Indic scripts that follow their letter; as a rule of thumb, those whose names end in
/// a vowel sign that stands beside it.
fn is_spacing_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{903}' | '\u{93b}' | '\u{93e}'..='\u{940}' | '\u{949}'..='\u{94c}'
        | '\u{94e}'..='\u{94f}' | '\u{982}'..='\u{983}' | '\u{9be}'..='\u{9c0}'
        | '\u{9c7}'..='\u{9c8}'
        | '\u{9cb}'..='\u{9cc}' | '\u{bbe}'..='\u{bbf}' | '\u{bc1}'..='\u{bc2}'
        | '\u{bc6}'..='\u{bc8}' | '\u{bca}'..='\u{bcc}'
    )
}

/// Letters that stand for words, without blanks between them.
fn is_chinese(letter: char) -> bool {
    matches!(
        u32::from(letter),
        0x4e00..=0x9fff | 0x3400..=0x4dbf | 0x2_0000..=0x2_a6df | 0x2_a700..=0x2_b73f
        | 0x2_b740..=0x2_b81f | 0x2_b920..=0x2_ceaf | 0xf900..=0xfaff | 0x2_f800..=0x2_fa1f
    )
}

fn is_punctuation(letter: char) -> bool {
    letter.is_ascii_punctuation()
        || matches!(
            letter,
            '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}'..='\u{b7}' | '\u{bb}' | '\u{bf}' | '\u{37e}'
            | '\u{387}' | '\u{55a}'..='\u{55f}' | '\u{589}'..='\u{58a}' | '\u{5be}' | '\u{5c0}'
            | '\u{5c3}' | '\u{5c6}' | '\u{5f3}'..='\u{5f4}' | '\u{609}'..='\u{60a}'
            | '\u{60c}'..='\u{60d}' | '\u{61b}' | '\u{61e}'..='\u{61f}' | '\u{66a}'..='\u{66d}'
            | '\u{6d4}' | '\u{964}'..='\u{965}' | '\u{970}' | '\u{e4f}' | '\u{e5a}'..='\u{e5b}'
            | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{2043}' | '\u{2045}'..='\u{2051}'
            | '\u{2053}'..='\u{205e}' | '\u{207d}'..='\u{207e}' | '\u{208d}'..='\u{208e}'
            | '\u{2308}'..='\u{230b}' | '\u{2329}'..='\u{232a}' | '\u{2768}'..='\u{2775}'
            | '\u{27e6}'..='\u{27ef}' | '\u{2983}'..='\u{2998}' | '\u{2cf9}'..='\u{2cfc}'
            | '\u{2cfe}'..='\u{2cff}' | '\u{2e00}'..='\u{2e2e}' | '\u{2e30}'..='\u{2e4f}'
            | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
            | '\u{3030}' | '\u{303d}' | '\u{30a0}' | '\u{30fb}' | '\u{fe10}'..='\u{fe19}'
            | '\u{fe30}'..='\u{fe52}' | '\u{fe54}'..='\u{fe61}' | '\u{fe63}' | '\u{fe68}'
            | '\u{fe6a}'..='\u{fe6b}' | '\u{ff01}'..='\u{ff03}' | '\u{ff05}'..='\u{ff0a}'
            | '\u{ff0c}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff1b}' | '\u{ff1f}'..='\u{ff20}'
            | '\u{ff3b}'..='\u{ff3d}' | '\u{ff3f}' | '\u{ff5b}' | '\u{ff5d}'
            | '\u{ff5f}'..='\u{ff65}'
        )
}

#[cfg(test)]
mod tests {
    use super::{LIST, Pieces};
    use crate::minilm::PIECES_MAX;

    fn shown(text: &str, max: usize) -> Vec<&'static str> {
        let list: Vec<&str> = LIST.lines().collect();
        Pieces::default().of(text, max).into_iter().map(|piece| list[piece as usize]).collect()
    }

    #[test]
    fn the_list_is_the_one_that_the_model_was_made_with() {
        assert_eq!(LIST.lines().count(), 30_522);
        let hash = contracts::Hash::of(LIST.as_bytes()).to_string();
        assert_eq!(hash, "29a772c92cf4b7bc8f4c52d801f03d36ad8528ef964f856dadc4c4e7cb14e451");
    }

    #[test]
    fn words_are_cut_into_the_longest_pieces_without_case_and_accents() {
        assert_eq!(
            shown("Naïve embeddings, don't!", PIECES_MAX),
            ["[CLS]", "naive", "em", "##bed", "##ding", "##s", ",", "don", "'", "t", "!", "[SEP]",]
        );
        assert_eq!(shown("汉字", 9), ["[CLS]", "[UNK]", "[UNK]", "[SEP]"]);
        assert_eq!(shown("", 9), ["[CLS]", "[SEP]"]);
        assert_eq!(shown(&"x".repeat(101), 9), ["[CLS]", "[UNK]", "[SEP]"]);
        let unseen = shown("soft\u{ad}hyphen zero\u{200b}width", PIECES_MAX);
        assert_eq!(unseen, shown("softhyphen zerowidth", PIECES_MAX), "what is not seen");
    }

    #[test]
    fn what_is_too_long_ends_where_it_must() {
        let long = shown(&"tree ".repeat(1_000), 256);
        assert_eq!((long.len(), long[254], long[255]), (256, "tree", "[SEP]"));
        assert_eq!(shown("one two three", 4), ["[CLS]", "one", "two", "[SEP]"]);
    }
}
