//! What a text is about: its phrases between function words, weighed by how often their words
//! come and in what company (after RAKE).

use std::collections::{BTreeMap, BTreeSet};

use super::language::is_stop;
use super::stem::{singular, stem, stems};
use super::tokens::{Token, flat, is_mark, tokens};

/// A phrase that a text is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyword {
    /// The phrase as the text writes it first.
    pub phrase: String,
    /// Its stems.
    pub stems: Vec<String>,
    /// How often it comes.
    pub count: u32,
}

/// Words that are no topics though they are no function words.
const WEAK: &[&str] = &[
    "able",
    "add",
    "agree",
    "allow",
    "ask",
    "become",
    "begin",
    "believe",
    "big",
    "bring",
    "case",
    "close",
    "come",
    "different",
    "fall",
    "find",
    "first",
    "follow",
    "give",
    "good",
    "great",
    "happen",
    "help",
    "high",
    "important",
    "include",
    "keep",
    "kind",
    "know",
    "large",
    "last",
    "lead",
    "long",
    "look",
    "low",
    "lower",
    "mean",
    "new",
    "next",
    "number",
    "old",
    "open",
    "part",
    "pay",
    "place",
    "provide",
    "put",
    "require",
    "run",
    "second",
    "see",
    "set",
    "show",
    "small",
    "start",
    "stay",
    "take",
    "tell",
    "thing",
    "think",
    "third",
    "three",
    "today",
    "try",
    "two",
    "want",
    "way",
    "work",
    "write",
    "year",
];

struct Found {
    phrase: String,
    count: u32,
    place: usize,
}

/// The phrases that `text` is about, best first, at most `count_max`.
pub fn keywords(text: &str, count_max: usize) -> Vec<Keyword> {
    let mut found: BTreeMap<Vec<String>, Found> = BTreeMap::new();
    let mut weights: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for (place, words) in phrases(text).into_iter().enumerate() {
        let stems: Vec<_> = words.iter().map(|word| stem(&word.to_lowercase())).collect();
        let others = u32::try_from(stems.len()).unwrap_or(1);
        for stem in &stems {
            let weight = weights.entry(stem.clone()).or_default();
            weight.0 += 1;
            weight.1 += others;
        }
        let entry = found.entry(stems).or_insert_with(|| Found {
            phrase: words.join(" "),
            count: 0,
            place,
        });
        entry.count += 1;
        // A capital only at the beginning of a sentence is no part of the phrase.
        let words = words.join(" ");
        if words.chars().filter(|c| c.is_uppercase()).count()
            < entry.phrase.chars().filter(|c| c.is_uppercase()).count()
        {
            entry.phrase = words;
        }
    }
    let mut ranked: Vec<_> = found
        .into_iter()
        .map(|(stems, found)| (score(&stems, &found, &weights), stems, found))
        .collect();
    ranked.sort_by(|one, other| other.0.cmp(&one.0).then(one.2.place.cmp(&other.2.place)));
    distinct(ranked, count_max)
}

fn distinct(ranked: Vec<(u64, Vec<String>, Found)>, count_max: usize) -> Vec<Keyword> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for (_, stems, found) in ranked {
        if out.len() >= count_max {
            break;
        }
        if stems.iter().all(|stem| !taken.contains(stem)) {
            taken.extend(stems.iter().cloned());
            out.push(Keyword { phrase: found.phrase, stems, count: found.count });
        }
    }
    out
}

/// Frequency times company, in thousandths; a phrase that comes once counts little.
fn score(stems: &[String], found: &Found, weights: &BTreeMap<String, (u32, u32)>) -> u64 {
    let words: u64 = stems
        .iter()
        .map(|stem| {
            let (count, company) = weights.get(stem).copied().unwrap_or((1, 1));
            u64::from(company) * 1_000 / u64::from(count) + u64::from(count) * 600
        })
        .sum();
    let often = u64::from(found.count.min(8));
    words * (1 + often)
}

/// Runs of one to three content words.
fn phrases(text: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut close = |run: &mut Vec<&str>| {
        if (1..=3).contains(&run.len()) && run.iter().any(|word| word.chars().count() > 3) {
            out.push(run.iter().map(|word| (*word).to_owned()).collect());
        }
        run.clear();
    };
    for token in tokens(text) {
        match token {
            Token::Gap(gap) if gap == " " || gap == "-" => {}
            Token::Gap(_) => close(&mut run),
            Token::Word(word) => {
                let lower = word.to_lowercase();
                let digit = word.starts_with(|c: char| c.is_ascii_digit());
                let weak = WEAK.contains(&singular(&lower).as_str()) || is_verb(&lower);
                if is_stop(&lower) || digit || weak || word.starts_with(is_mark) {
                    close(&mut run);
                } else {
                    run.push(word);
                }
            }
        }
    }
    close(&mut run);
    out
}

/// Forms that are hardly ever nouns.
fn is_verb(lower: &str) -> bool {
    (lower.ends_with("ed") && lower.len() > 4 && !lower.ends_with("eed")) || lower.ends_with("ly")
}

/// Whether `phrase` says nothing that `known` does not say.
pub fn is_within(phrase: &Keyword, known: &str) -> bool {
    let known: BTreeSet<_> = stems(&flat(known)).into_iter().collect();
    phrase.stems.iter().all(|stem| known.contains(stem))
}

#[cfg(test)]
mod tests {
    use super::keywords;

    #[test]
    fn repeated_phrases_lead() {
        let text = "Battery storage lowers the peak. With battery storage, a town keeps its \
            power. Battery storage needs space. The mayor agrees.";
        let found = keywords(text, 3);
        assert_eq!((found[0].phrase.as_str(), found[0].count), ("battery storage", 3));
    }

    #[test]
    fn no_stem_comes_in_two_phrases() {
        let found = keywords("Solar power. Solar panels. Wind power. Wind farms.", 10);
        let mut stems: Vec<_> = found.iter().flat_map(|one| one.stems.clone()).collect();
        let all = stems.len();
        stems.sort();
        stems.dedup();
        assert_eq!(all, stems.len());
    }
}
