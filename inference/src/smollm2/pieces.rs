//! Texts as pieces of bytes, pairs of which were put together by a list in order.

use std::collections::HashMap;

use unicode_normalization::char::is_combining_mark;

use super::bytes::{bytes_of, letter};

/// The list of pieces, and which pairs are put together first.
#[derive(Debug)]
pub struct Pieces {
    numbers: HashMap<String, u32>,
    bytes: Vec<Vec<u8>>,
    /// The pair, its rank, and what it makes.
    pairs: HashMap<(u32, u32), (u32, u32)>,
    letters: [Option<u32>; 256],
}

impl Pieces {
    /// Of a list in order, and of pairs in order, each two pieces with a blank between.
    #[must_use]
    pub fn new(list: &[String], merges: &[String]) -> Self {
        let numbers: HashMap<_, _> = list.iter().cloned().zip(0..).collect();
        // What stands for no bytes is a sign between turns, and never text.
        let bytes = list.iter().map(|piece| bytes_of(piece).unwrap_or_default()).collect();
        let pair = |(rank, merge): (u32, &String)| {
            let (left, right) = merge.split_once(' ')?;
            let made = *numbers.get(&format!("{left}{right}"))?;
            Some(((*numbers.get(left)?, *numbers.get(right)?), (rank, made)))
        };
        let pairs = (0..).zip(merges).filter_map(pair).collect();
        let mut letters = [None; 256];
        for (byte, place) in (0..=u8::MAX).zip(&mut letters) {
            *place = numbers.get(letter(byte).encode_utf8(&mut [0; 4])).copied();
        }
        Self { numbers, bytes, pairs, letters }
    }

    /// The number of a sign, such as the one that ends a turn.
    #[must_use]
    pub fn sign(&self, name: &str) -> Option<u32> {
        self.numbers.get(name).copied()
    }

    /// How many pieces there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes that a piece stands for.
    #[must_use]
    pub fn bytes(&self, number: u32) -> &[u8] {
        self.bytes.get(number as usize).map_or(&[], Vec::as_slice)
    }

    /// The numbers of a text's pieces. Whatever looks like a sign in it is text.
    #[must_use]
    pub fn of(&self, text: &str) -> Vec<u32> {
        let mut all = Vec::new();
        for word in words(text) {
            let mut pieces: Vec<u32> =
                word.bytes().filter_map(|byte| self.letters[usize::from(byte)]).collect();
            self.put_together(&mut pieces);
            all.extend(pieces);
        }
        all
    }

    fn put_together(&self, pieces: &mut Vec<u32>) {
        loop {
            let pair = |(place, pair): (usize, &[u32])| {
                let (rank, made) = *self.pairs.get(&(pair[0], pair[1]))?;
                Some((rank, place, made))
            };
            let Some((_, place, made)) = pieces.windows(2).enumerate().filter_map(pair).min()
            else {
                return;
            };
            pieces[place] = made;
            pieces.remove(place + 1);
        }
    }
}

/// A text up to so many bytes without a blank is one word; a longer one is cut, since putting one
/// together takes the square of its length.
const WORD_BYTES_MAX: usize = 512;

/// The words of a text, each with the blank before it; digits stand alone.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let digit = rest.find(char::is_numeric);
        if digit == Some(0) {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            words.push(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        let (mut run, after) = rest.split_at(digit.unwrap_or(rest.len()));
        while !run.is_empty() {
            let length = run.floor_char_boundary(word(run).min(WORD_BYTES_MAX));
            words.push(&run[..length]);
            run = &run[length..];
        }
        rest = after;
    }
    words
}

/// The length of the word that a text without digits begins with, in bytes.
fn word(run: &str) -> usize {
    if run.starts_with('\'') {
        let endings = ["s", "t", "re", "ve", "m", "ll", "d"];
        let said = endings.iter().find(|ending| run[1..].starts_with(**ending));
        if let Some(ending) = said {
            return 1 + ending.len();
        }
    }
    let blank = usize::from(run.starts_with(' '));
    let first = run[blank..].chars().next();
    let same: fn(char) -> bool = match first {
        Some(letter) if is_letter(letter) => is_letter,
        Some(letter) if !letter.is_whitespace() => {
            |letter| !letter.is_whitespace() && !is_letter(letter)
        }
        _ => return blanks(run),
    };
    blank + run[blank..].find(|letter| !same(letter)).unwrap_or(run.len() - blank)
}

/// Blanks, but for the last one where a word follows: that one belongs to it.
fn blanks(run: &str) -> usize {
    let Some(end) = run.find(|letter: char| !letter.is_whitespace()) else { return run.len() };
    let last = run[..end].chars().next_back().map_or(0, char::len_utf8);
    if end > last { end - last } else { end }
}

fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() && !is_combining_mark(letter)
}
