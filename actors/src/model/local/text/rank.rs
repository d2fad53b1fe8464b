//! Which sentences matter: frequency and place, then maximal marginal relevance, so that no two
//! of the chosen say the same.

use std::collections::{BTreeMap, BTreeSet};

use super::sentences::Placed;
use super::stem::stems;
use crate::model::local::LocalConfig;

/// A sentence made ready for comparison.
#[derive(Debug, Clone)]
pub struct Ranked {
    /// Where it stands among the sentences given.
    pub place: usize,
    /// Its stems, each once.
    pub stems: BTreeSet<String>,
    /// How much it matters by itself, from 0.
    pub score: f64,
}

/// Every sentence with its score.
pub fn scored(sentences: &[Placed], config: &LocalConfig) -> Vec<Ranked> {
    let all: Vec<Vec<String>> = sentences
        .iter()
        .take(config.ranked_sentences_max)
        .map(|sentence| stems(&sentence.text))
        .collect();
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for stem in all.iter().flatten() {
        *counts.entry(stem).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(1);
    let total = all.len().max(1);
    all.iter()
        .enumerate()
        .map(|(place, words)| {
            let weight = |stem: &String| f64::from(counts.get(stem.as_str()).copied().unwrap_or(1));
            let sum: f64 = words.iter().map(weight).sum();
            let length = words.len().max(1);
            let mean = sum / length as f64 / f64::from(most);
            // Few words say little, very many say it badly.
            let fit = match length {
                0 | 1 => 0.3,
                2 | 3 => 0.7,
                4..=24 => 1.0,
                _ => 0.8,
            };
            let early = 1.0 + 0.4 * (1.0 - place as f64 / total as f64);
            let sentence = &sentences[place];
            let lead = if sentence.first && !sentence.item { 1.25 } else { 1.0 };
            let question = if sentence.text.ends_with('?') { 0.5 } else { 1.0 };
            let score = mean * fit * early * lead * question;
            Ranked { place, stems: words.iter().cloned().collect(), score }
        })
        .collect()
}

/// How much two sentences share, from 0 to 1: common stems over the shorter one's.
pub fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let shorter = one.len().min(other.len());
    if shorter == 0 {
        return 0.0;
    }
    one.intersection(other).count() as f64 / shorter as f64
}

/// The places of at most `count` sentences that matter and differ, in reading order.
pub fn choose(sentences: &[Placed], count: usize, config: &LocalConfig) -> Vec<usize> {
    let mut ranked = scored(sentences, config);
    ranked
        .sort_by(|one, other| other.score.total_cmp(&one.score).then(one.place.cmp(&other.place)));
    let mut places: Vec<usize> = if count > config.compared_sentences_max {
        ranked.iter().take(count).map(|one| one.place).collect()
    } else {
        ranked.truncate(config.compared_sentences_max);
        relevant(ranked, count)
    };
    places.sort_unstable();
    places
}

/// Maximal marginal relevance: each time the one that matters most beyond what is chosen.
fn relevant(ranked: Vec<Ranked>, count: usize) -> Vec<usize> {
    let mut left: Vec<(Ranked, f64)> = ranked.into_iter().map(|one| (one, 0.0)).collect();
    let mut chosen = Vec::new();
    while chosen.len() < count && !left.is_empty() {
        let value = |(one, near): &(Ranked, f64)| one.score * (1.0 - 0.6 * near);
        let mut best = 0;
        for at in 1..left.len() {
            if value(&left[at]) > value(&left[best]) {
                best = at;
            }
        }
        let (one, near) = left.remove(best);
        // Nearly the same words as one that is chosen: nothing is gained.
        if near >= 0.85 {
            continue;
        }
        for (other, near) in &mut left {
            *near = near.max(likeness(&one.stems, &other.stems));
        }
        chosen.push(one.place);
    }
    chosen
}
