//! Words, and how well a text answers a question by them: BM25 over what is searched alone.

use std::collections::BTreeMap;

use contracts::search::{Word, Words};
use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// The longest word that is kept, in bytes.
const WORD_BYTES_MAX: usize = 64;
/// Words of a question.
const QUESTION_WORDS_MAX: usize = 32;
/// How much less each further time counts.
const K1: f64 = 1.2;
/// How much a longer text counts less.
const B: f64 = 0.75;

/// The words of a text, in lower case and in their normal form.
pub(crate) fn words(text: &str) -> Vec<String> {
    let folded: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let words = folded.unicode_words();
    let parts = words.flat_map(|word| word.split(|letter: char| !letter.is_alphanumeric()));
    let parts = parts.filter(|part| !part.is_empty() && part.len() <= WORD_BYTES_MAX);
    parts.map(ToOwned::to_owned).collect()
}

/// The words of a question, each once.
pub(crate) fn question(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(text) {
        if found.len() < QUESTION_WORDS_MAX && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// What is searched, as numbers.
pub(crate) struct Statistics {
    /// How many texts there are.
    pub(crate) texts: u64,
    /// How many words they have together.
    pub(crate) words: u64,
    /// In how many texts each word of the question stands.
    pub(crate) holding: BTreeMap<String, u64>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of texts are far below 2^52")]
const fn float(count: u64) -> f64 {
    count as f64
}

impl Statistics {
    /// How much a word says.
    fn weight(&self, word: &str) -> f64 {
        let holding = float(self.holding.get(word).copied().unwrap_or_default());
        (1.0 + (float(self.texts) - holding + 0.5).max(0.0) / (holding + 0.5)).ln()
    }

    /// The texts that hold any of the words of the question, the best first. `of` tells the words
    /// of an item.
    pub(crate) fn rank<T>(
        &self,
        items: Vec<T>,
        of: impl Fn(&T) -> Vec<String>,
        limit: usize,
    ) -> Vec<Words<T>> {
        let mean = float(self.words) / float(self.texts.max(1));
        let mut ranked: Vec<Words<T>> = items
            .into_iter()
            .map(|item| {
                let (score, words) = self.score(&of(&item), mean);
                Words { item, score, words }
            })
            .filter(|it| !it.words.is_empty())
            .collect();
        // Equal ones stay in the order in which they came, which is the same every time.
        ranked.sort_by(|one, other| other.score.total_cmp(&one.score));
        ranked.truncate(limit);
        ranked
    }

    fn score(&self, words: &[String], mean: f64) -> (f64, Vec<Word>) {
        let length = float(words.len() as u64) / mean.max(1.0);
        let mut told = Vec::new();
        for (word, documents) in &self.holding {
            let count = words.iter().filter(|it| *it == word).count();
            if count == 0 {
                continue;
            }
            let times = float(count as u64);
            let score =
                self.weight(word) * times * (K1 + 1.0) / (times + K1 * (1.0 - B + B * length));
            let count = u32::try_from(count).unwrap_or(u32::MAX);
            told.push(Word { word: word.clone(), count, documents: *documents, score });
        }
        (told.iter().map(|word| word.score).sum(), told)
    }
}

#[cfg(test)]
mod tests {
    use super::{Statistics, question, words};

    #[test]
    fn words_are_letters_and_digits_in_one_form() {
        let text = "Größe: don't ﬁx 3.14 日本 e-mail \u{0}\"x\" OR NEAR(a) caf\u{e9} cafe\u{301}";
        let expected = [
            "größe", "don", "t", "fix", "3", "14", "日", "本", "e", "mail", "x", "or", "near", "a",
            "café", "café",
        ];
        assert_eq!(words(text), expected);
        assert_eq!(question("a A b a"), ["a", "b"]);
        assert_eq!(question(&(0..99).map(|n| format!("w{n} ")).collect::<String>()).len(), 32);
    }

    #[test]
    fn rare_words_and_short_texts_count_more() {
        let texts = ["ring ring bark", "ring", "ring bark leaf leaf leaf leaf leaf leaf", "stone"];
        let holding = [("ring".to_owned(), 3), ("bark".to_owned(), 2)].into();
        let statistics = Statistics { texts: 4, words: 13, holding };
        let ranked = statistics.rank(texts.to_vec(), |text| words(text), 9);
        let order: Vec<_> = ranked.iter().map(|it| it.item).collect();
        assert_eq!(order, [texts[0], texts[2], texts[1]]);
        assert_eq!(ranked[0].words.len(), 2);
        let sum: f64 = ranked[0].words.iter().map(|word| word.score).sum();
        assert!((sum - ranked[0].score).abs() < 1e-9, "the score is told in full");
    }
}
