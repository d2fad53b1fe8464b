//! Function words: what carries no topic, and what tells English from other languages.

use super::tokens::words;

/// English words that carry no topic, in alphabetical order.
const STOP: &[&str] = &[
    "a",
    "about",
    "above",
    "across",
    "after",
    "again",
    "against",
    "all",
    "almost",
    "along",
    "already",
    "also",
    "although",
    "always",
    "am",
    "among",
    "an",
    "and",
    "another",
    "any",
    "anyone",
    "anything",
    "are",
    "aren't",
    "around",
    "as",
    "at",
    "away",
    "back",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "can't",
    "cannot",
    "could",
    "couldn't",
    "did",
    "didn't",
    "do",
    "does",
    "doesn't",
    "doing",
    "don't",
    "done",
    "down",
    "during",
    "each",
    "either",
    "else",
    "enough",
    "etc",
    "even",
    "ever",
    "every",
    "everyone",
    "everything",
    "few",
    "for",
    "from",
    "further",
    "get",
    "gets",
    "getting",
    "go",
    "goes",
    "going",
    "got",
    "had",
    "has",
    "have",
    "haven't",
    "having",
    "he",
    "he's",
    "her",
    "here",
    "hers",
    "herself",
    "him",
    "himself",
    "his",
    "how",
    "however",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "into",
    "is",
    "isn't",
    "it",
    "it's",
    "its",
    "itself",
    "just",
    "later",
    "least",
    "less",
    "let",
    "let's",
    "like",
    "made",
    "make",
    "makes",
    "many",
    "may",
    "maybe",
    "me",
    "might",
    "mine",
    "more",
    "most",
    "much",
    "must",
    "my",
    "myself",
    "near",
    "need",
    "needs",
    "neither",
    "never",
    "no",
    "nobody",
    "none",
    "nor",
    "not",
    "nothing",
    "now",
    "of",
    "off",
    "often",
    "on",
    "once",
    "one",
    "ones",
    "only",
    "onto",
    "or",
    "other",
    "others",
    "otherwise",
    "our",
    "ours",
    "ourselves",
    "out",
    "over",
    "own",
    "per",
    "perhaps",
    "please",
    "quite",
    "rather",
    "really",
    "s",
    "same",
    "say",
    "says",
    "shall",
    "she",
    "she's",
    "should",
    "shouldn't",
    "since",
    "so",
    "some",
    "someone",
    "something",
    "still",
    "such",
    "t",
    "than",
    "that",
    "that's",
    "the",
    "their",
    "theirs",
    "them",
    "themselves",
    "then",
    "there",
    "there's",
    "therefore",
    "these",
    "they",
    "they're",
    "they've",
    "this",
    "those",
    "though",
    "through",
    "thus",
    "to",
    "too",
    "toward",
    "towards",
    "under",
    "until",
    "up",
    "upon",
    "us",
    "use",
    "used",
    "uses",
    "using",
    "very",
    "via",
    "was",
    "wasn't",
    "we",
    "we'll",
    "we're",
    "we've",
    "well",
    "were",
    "weren't",
    "what",
    "what's",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "who's",
    "whole",
    "whom",
    "whose",
    "why",
    "will",
    "with",
    "within",
    "without",
    "won't",
    "would",
    "wouldn't",
    "yes",
    "yet",
    "you",
    "you'll",
    "you're",
    "you've",
    "your",
    "yours",
    "yourself",
];

/// Words that hardly any other language writes.
const ENGLISH: &[&str] = &[
    "and", "are", "by", "for", "has", "have", "he", "her", "his", "is", "it", "its", "not", "of",
    "our", "she", "that", "the", "their", "they", "this", "to", "was", "we", "were", "what",
    "will", "with", "you", "your",
];

/// Words of the most common other languages in the Latin alphabet.
const FOREIGN: &[&str] = &[
    "al", "aus", "avec", "che", "como", "da", "das", "de", "dei", "dem", "den", "der", "des", "di",
    "die", "du", "ein", "eine", "el", "en", "er", "es", "est", "et", "för", "het", "ist", "la",
    "las", "le", "les", "los", "mit", "nicht", "och", "para", "per", "por", "pour", "que", "se",
    "sie", "sind", "som", "sont", "sur", "um", "un", "una", "und", "une", "van", "von", "wir",
    "zu",
];

/// Whether a lower-case word carries no topic.
pub fn is_stop(lower: &str) -> bool {
    if lower.contains('\u{2019}') {
        return STOP.binary_search(&lower.replace('\u{2019}', "'").as_str()).is_ok();
    }
    STOP.binary_search(&lower).is_ok()
}

/// Whether rules for English words may be used on `text`: its first few hundred words decide.
/// A text of few words is taken for English unless it is plainly another language.
pub fn is_english(text: &str) -> bool {
    let (mut english, mut foreign, mut all, mut other) = (0_usize, 0_usize, 0_usize, 0_usize);
    let beginning = super::tokens::flat(super::lines::head(text, 4_096));
    for word in words(&beginning).take(300) {
        let lower = word.to_lowercase();
        all += 1;
        english += usize::from(ENGLISH.binary_search(&lower.as_str()).is_ok());
        foreign += usize::from(FOREIGN.contains(&lower.as_str()));
        other += usize::from(!lower.is_ascii());
    }
    if all < 12 {
        english >= foreign && other * 2 <= all
    } else {
        english > foreign && english * 14 >= all
    }
}

#[cfg(test)]
mod tests {
    use super::{ENGLISH, STOP, is_english};

    #[test]
    fn the_lists_are_sorted() {
        assert!(STOP.is_sorted());
        assert!(ENGLISH.is_sorted());
    }

    #[test]
    fn english_is_told_from_other_languages() {
        assert!(is_english("The council decided that the library will stay open."));
        assert!(!is_english(
            "Der Rat hat beschlossen, dass die Bibliothek offen bleibt und wir \
            das Geld für die Bücher aus dem Haushalt nehmen."
        ));
        assert!(!is_english("a ella le gusta el queso de la abuela"));
        assert!(!is_english("نظام الطاقة الشمسية في المدينة"));
        assert!(is_english("teh cat sat"));
    }
}
