//! Which passage goes where: BM25 of each passage against each section's words, then the best
//! pairs first, so that each is used once and no section takes all.

use std::collections::{BTreeMap, BTreeSet};

use super::material::Passage;
use crate::model::local::LocalConfig;
use crate::model::local::goal::Goal;
use crate::model::local::roles::Role;
use crate::model::local::text::rank::likeness;
use crate::model::local::text::stem::stem;
use crate::model::local::text::stems;

/// How fast repeats of a word stop counting.
const K1: f64 = 1.2;
/// How much the length of a sentence counts.
const B: f64 = 0.5;
/// The score of any passage in a section that may hold anything.
const FITS_ANYWHERE: f64 = 0.05;
/// Sections beside which a sentence's fit is looked at.
const SECTIONS_MAX: usize = 200;

/// A section's words and how much each counts.
type Query = BTreeMap<String, f64>;

/// For each section the places of its passages in `material`, in reading order.
pub fn assign(
    material: &[Passage],
    titles: &[String],
    roles: &[&Role],
    goal: &Goal,
    config: &LocalConfig,
) -> Vec<Vec<usize>> {
    let mut out = vec![Vec::new(); titles.len()];
    if material.is_empty() || titles.is_empty() {
        return out;
    }
    let queries: Vec<_> = titles
        .iter()
        .zip(roles)
        .take(SECTIONS_MAX)
        .map(|(title, role)| query(title, role, goal))
        .collect();
    let sentences: usize = material.iter().map(|passage| passage.sentences.len()).sum();
    let share = sentences.div_ceil(titles.len()) + 1;
    let most = share.min(config.section_sentences_max);
    let index = Index::of(material);
    let mut pairs = Vec::new();
    for (place, passage) in material.iter().enumerate() {
        let often = often(passage);
        for (section, query) in queries.iter().enumerate() {
            let least = if roles[section].wide { FITS_ANYWHERE } else { 0.0 };
            let score = index.score(passage, &often, query).max(least);
            if score > 0.0 {
                pairs.push((score, section, place));
            }
        }
    }
    pairs.sort_by(|one, other| {
        other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2))
    });
    let sets: Vec<BTreeSet<String>> =
        material.iter().map(|one| one.stems.iter().cloned().collect()).collect();
    let mut used = vec![false; material.len()];
    for (_, section, place) in pairs {
        let held = out[section].iter().map(|place: &usize| material[*place].sentences.len());
        let full = held.sum::<usize>() + material[place].sentences.len() > most.max(3);
        if used[place] || full || repeats(&sets, &out[section], place) {
            continue;
        }
        used[place] = true;
        out[section].push(place);
    }
    lead(material, titles.len(), &mut used, &mut out);
    for places in &mut out {
        places.sort_by_key(|place| (material[*place].source.is_none(), *place));
    }
    out
}

/// Words of the title count most, then those that belong to its role, then the topic's.
fn query(title: &str, role: &Role, goal: &Goal) -> Query {
    let topic: BTreeSet<_> = stems(&goal.topic).into_iter().collect();
    let mut query = Query::new();
    for word in &topic {
        query.insert(word.clone(), 0.15);
    }
    for word in role.related.split_whitespace() {
        query.insert(stem(word), 1.0);
    }
    for word in stems(title) {
        if !topic.contains(&word) {
            query.insert(word, 2.0);
        }
    }
    query
}

/// How often words come in the material.
struct Index<'a> {
    holders: BTreeMap<&'a str, u32>,
    count: f64,
    mean: f64,
}

impl<'a> Index<'a> {
    fn of(material: &'a [Passage]) -> Self {
        let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
        let mut words = 0;
        for passage in material {
            words += passage.stems.len();
            let distinct = passage.stems.iter().chain(&passage.signs).map(String::as_str);
            let distinct: BTreeSet<_> = distinct.collect();
            for stem in distinct {
                *holders.entry(stem).or_default() += 1;
            }
        }
        let count = material.len() as f64;
        Self { holders, count, mean: (words as f64 / count).max(1.0) }
    }

    /// BM25.
    fn score(&self, passage: &Passage, often: &BTreeMap<&str, f64>, query: &Query) -> f64 {
        let length = 1.0 - B + B * passage.stems.len() as f64 / self.mean;
        let mut sum = 0.0;
        for (stem, times) in often {
            let Some(weight) = query.get(*stem) else { continue };
            let holders = f64::from(self.holders.get(*stem).copied().unwrap_or(1));
            let rare = (1.0 + (self.count - holders + 0.5) / (holders + 0.5)).ln();
            sum += weight * rare * times * (K1 + 1.0) / (times + K1 * length);
        }
        if passage.leans { sum * 0.6 } else { sum }
    }
}

/// How often each stem comes. A heading's words count as if half said in each sentence below it.
fn often(passage: &Passage) -> BTreeMap<&str, f64> {
    let mut often: BTreeMap<&str, f64> = BTreeMap::new();
    for stem in &passage.stems {
        *often.entry(stem).or_default() += 1.0;
    }
    for sign in &passage.signs {
        *often.entry(sign).or_default() += 1.0;
    }
    for stem in &passage.heading {
        *often.entry(stem).or_default() += 0.5;
    }
    often
}

/// Whether the section says nearly the same already.
fn repeats(sets: &[BTreeSet<String>], taken: &[usize], place: usize) -> bool {
    taken.iter().any(|other| likeness(&sets[*other], &sets[place]) > 0.8)
}

/// A first section without words of its own gets the sentence that opens the material.
fn lead(material: &[Passage], sections: usize, used: &mut [bool], out: &mut [Vec<usize>]) {
    if sections < 2 || !out[0].is_empty() {
        return;
    }
    let free = |place: &usize| !used[*place] && !material[*place].leans;
    if let Some(place) = (0..material.len()).find(free) {
        used[place] = true;
        out[0].push(place);
    }
}
