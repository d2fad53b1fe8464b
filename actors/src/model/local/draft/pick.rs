//! Which sentence goes where: BM25 of each sentence against each section's words, then the best
//! pairs first, so that each sentence is used once and no section takes all.

use std::collections::{BTreeMap, BTreeSet};

use super::material::Sentence;
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
/// Sections beside which a sentence's fit is looked at.
const SECTIONS_MAX: usize = 200;

/// A section's words and how much each counts.
type Query = BTreeMap<String, f64>;

/// For each section the places of its sentences in `material`, in reading order.
pub fn assign(
    material: &[Sentence],
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
    let share = material.len().div_ceil(titles.len()).max(2);
    let most = share.min(config.section_sentences_max);
    let index = Index::of(material);
    let mut pairs = Vec::new();
    for (place, sentence) in material.iter().enumerate() {
        let often = often(sentence);
        for (section, query) in queries.iter().enumerate() {
            let score = index.score(sentence, &often, query);
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
        let full = out[section].len() >= most;
        if used[place] || full || repeats(&sets, &out[section], place) {
            continue;
        }
        used[place] = true;
        out[section].push(place);
    }
    lead(material, titles.len(), &mut used, &mut out);
    together(material, &mut used, &mut out, config);
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
    for word in role.related {
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
    fn of(material: &'a [Sentence]) -> Self {
        let mut holders: BTreeMap<&str, u32> = BTreeMap::new();
        let mut words = 0;
        for sentence in material {
            words += sentence.stems.len();
            let distinct: BTreeSet<_> = sentence.stems.iter().map(String::as_str).collect();
            for stem in distinct {
                *holders.entry(stem).or_default() += 1;
            }
        }
        let count = material.len() as f64;
        Self { holders, count, mean: (words as f64 / count).max(1.0) }
    }

    /// BM25.
    fn score(&self, sentence: &Sentence, often: &BTreeMap<&str, f64>, query: &Query) -> f64 {
        let length = 1.0 - B + B * sentence.stems.len() as f64 / self.mean;
        let mut sum = 0.0;
        for (stem, times) in often {
            let Some(weight) = query.get(*stem) else { continue };
            let holders = f64::from(self.holders.get(*stem).copied().unwrap_or(1));
            let rare = (1.0 + (self.count - holders + 0.5) / (holders + 0.5)).ln();
            sum += weight * rare * times * (K1 + 1.0) / (times + K1 * length);
        }
        if sentence.leans { sum * 0.6 } else { sum }
    }
}

/// How often each stem comes. A heading's words count as if half said in each sentence below it.
fn often(sentence: &Sentence) -> BTreeMap<&str, f64> {
    let mut often: BTreeMap<&str, f64> = BTreeMap::new();
    for stem in &sentence.stems {
        *often.entry(stem).or_default() += 1.0;
    }
    for stem in &sentence.heading {
        *often.entry(stem).or_default() += 0.5;
    }
    often
}

/// Whether the section says nearly the same already.
fn repeats(sets: &[BTreeSet<String>], taken: &[usize], place: usize) -> bool {
    taken.iter().any(|other| likeness(&sets[*other], &sets[place]) > 0.8)
}

/// A first section without words of its own gets the sentence that opens the material.
fn lead(material: &[Sentence], sections: usize, used: &mut [bool], out: &mut [Vec<usize>]) {
    if sections < 2 || !out[0].is_empty() {
        return;
    }
    let free = |place: &usize| !used[*place] && !material[*place].leans;
    if let Some(place) = (0..material.len()).find(free) {
        used[place] = true;
        out[0].push(place);
    }
}

/// A sentence that leans on the one before it brings it along or follows it.
fn together(
    material: &[Sentence],
    used: &mut [bool],
    out: &mut [Vec<usize>],
    config: &LocalConfig,
) {
    for places in out.iter_mut() {
        for place in places.clone() {
            let Some(before) = place.checked_sub(1) else { continue };
            let next_to = material[before].source == material[place].source
                && material[before].place + 1 == material[place].place;
            let room = places.len() <= config.section_sentences_max;
            if material[place].leans && next_to && room && !used[before] {
                used[before] = true;
                places.push(before);
            }
        }
    }
    // What is left over goes where its neighbours went, while there is room.
    for place in 0..material.len() {
        if used[place] || !material[place].leans || place == 0 {
            continue;
        }
        let before = place - 1;
        let next_to = material[before].source == material[place].source;
        let home = out.iter().position(|places| places.contains(&before));
        if let Some(home) = home.filter(|_| next_to)
            && out[home].len() < config.section_sentences_max
        {
            used[place] = true;
            out[home].push(place);
        }
    }
}
