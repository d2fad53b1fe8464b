//! Which piece comes next: by likelihood, and by chance that a seed makes repeatable.

use std::collections::BTreeMap;

use contracts::model::Options;

/// How freely words are chosen where nobody says: not at all. So small a model is wrong where the
/// likeliest word is not taken.
const TEMPERATURE: f64 = 0.0;
/// From which share of the likeliest where nobody says.
const TOP_P: f64 = 0.9;
/// Below this the likeliest is always chosen.
const TEMPERATURE_MIN: f64 = 1e-4;
/// How many of the likeliest are looked at, at most.
const LOOKED_AT_MAX: usize = 256;

/// Chooses pieces.
#[derive(Debug)]
pub struct Chooser {
    temperature: f64,
    top_p: f64,
    top_k: usize,
    frequency: f64,
    presence: f64,
    said: BTreeMap<usize, u32>,
    state: u64,
}

impl Chooser {
    /// By these wishes; the same seed makes the same choices.
    #[must_use]
    pub fn new(options: &Options, seed: u64) -> Self {
        let top_k = options.top_k.and_then(|it| usize::try_from(it).ok()).unwrap_or(LOOKED_AT_MAX);
        Self {
            temperature: options.temperature.unwrap_or(TEMPERATURE),
            top_p: options.top_p.unwrap_or(TOP_P),
            top_k: top_k.clamp(1, LOOKED_AT_MAX),
            frequency: options.frequency_penalty.unwrap_or_default(),
            presence: options.presence_penalty.unwrap_or_default(),
            said: BTreeMap::new(),
            state: seed,
        }
    }

    /// The next piece, of how likely each is said to be.
    pub fn next(&mut self, scores: &[f32]) -> usize {
        let mut likely = self.likeliest(scores);
        let chosen = if self.temperature < TEMPERATURE_MIN {
            likely.first().map_or(0, |first| first.0)
        } else {
            self.among(&mut likely)
        };
        *self.said.entry(chosen).or_default() += 1;
        chosen
    }

    /// The likeliest pieces with their scores, the best first; equal ones by their number.
    fn likeliest(&self, scores: &[f32]) -> Vec<(usize, f64)> {
        let mut all: Vec<(usize, f64)> =
            scores.iter().enumerate().map(|(at, score)| (at, f64::from(*score))).collect();
        for (said, times) in &self.said {
            if let Some((_, score)) = all.get_mut(*said) {
                *score -= self.presence + self.frequency * f64::from(*times);
            }
        }
        all.retain(|(_, score)| score.is_finite());
        let best = |a: &(usize, f64), b: &(usize, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if all.len() > self.top_k {
            all.select_nth_unstable_by(self.top_k - 1, best);
            all.truncate(self.top_k);
        }
        all.sort_unstable_by(best);
        all
    }

    fn among(&mut self, likely: &mut Vec<(usize, f64)>) -> usize {
        let top = likely.first().map_or(0.0, |first| first.1);
        for (_, score) in likely.iter_mut() {
            *score = ((*score - top) / self.temperature).exp();
        }
        let all: f64 = likely.iter().map(|(_, share)| share).sum();
        let (mut sum, mut kept) = (0.0, 0);
        for (_, share) in likely.iter() {
            kept += 1;
            sum += share;
            if sum >= self.top_p * all {
                break;
            }
        }
        likely.truncate(kept.max(1));
        let mut left = self.chance() * sum;
        for (piece, share) in likely.iter() {
            left -= share;
            if left < 0.0 {
                return *piece;
            }
        }
        likely.last().map_or(0, |last| last.0)
    }

    /// A number from 0 up to 1: `SplitMix64`.
    fn chance(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        // 53 bits are what a double holds exactly.
        (mixed >> 11) as f64 / (1_u64 << 53) as f64
    }
}
