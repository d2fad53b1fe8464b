//! Chance: three-point estimates and what they come to together.

use super::Task;
use super::network::Network;

/// Tasks times runs of one simulation.
pub const STEPS_MAX: usize = 2_000_000;

/// A task's mean and standard deviation by PERT, in minutes.
#[must_use]
pub fn pert(task: &Task) -> (f64, f64) {
    let (low, likely, high) =
        (task.minutes_min as f64, task.minutes as f64, task.minutes_max as f64);
    ((low + 4.0 * likely + high) / 6.0, (high - low) / 6.0)
}

/// What many runs of chance came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Simulated {
    /// How many runs.
    pub runs: usize,
    /// The mean end, in minutes.
    pub mean: f64,
    /// Its standard deviation.
    pub deviation: f64,
    /// The ends by which a tenth, half, eight tenths and 95 of 100 runs were done.
    pub done_by: [i64; 4],
    /// In which share of the runs each task could not be late.
    pub critical: Vec<f64>,
}

/// The shares that [`Simulated::done_by`] tells, in hundredths.
pub const SHARES: [usize; 4] = [10, 50, 80, 95];

/// Runs the plan again and again with durations of triangular distributions. The same seed leads to
/// the same numbers.
#[must_use]
pub fn simulate(network: &Network, tasks: &[Task], runs: usize, seed: u64) -> Simulated {
    let runs = runs.clamp(1, (STEPS_MAX / tasks.len().max(1)).max(1));
    let mut chance = Chance(seed);
    let (mut spans, mut finishes) = (Vec::new(), Vec::new());
    let mut minutes = vec![0; tasks.len()];
    let mut critical = vec![0_u64; tasks.len()];
    let mut ends = Vec::with_capacity(runs);
    for _ in 0..runs {
        for (minutes, task) in minutes.iter_mut().zip(tasks) {
            *minutes = chance.triangular(task);
        }
        let end = network.forward(&minutes, &mut spans);
        network.backward(&minutes, end, &mut finishes);
        for (at, count) in critical.iter_mut().enumerate() {
            *count += u64::from(finishes[at] <= spans[at].1);
        }
        ends.push(end);
    }
    ends.sort_unstable();
    let count = runs as f64;
    let mean = ends.iter().map(|end| *end as f64).sum::<f64>() / count;
    let square = |end: &i64| (*end as f64 - mean) * (*end as f64 - mean);
    let deviation = (ends.iter().map(square).sum::<f64>() / count).sqrt();
    let done_by = SHARES.map(|share| ends[(runs * share).div_ceil(100).clamp(1, runs) - 1]);
    let critical = critical.into_iter().map(|times| times as f64 / count).collect();
    Simulated { runs, mean, deviation, done_by, critical }
}

/// SplitMix64: numbers that follow from the seed alone.
struct Chance(u64);

impl Chance {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Minutes by the inverse of the distribution: sums, products and a square root, which are the
    /// same on every machine.
    fn triangular(&mut self, task: &Task) -> i64 {
        let share = self.share();
        let (low, likely, high) =
            (task.minutes_min as f64, task.minutes as f64, task.minutes_max as f64);
        let width = high - low;
        if width <= 0.0 {
            return task.minutes;
        }
        let minutes = if share * width < likely - low {
            low + (share * width * (likely - low)).sqrt()
        } else {
            high - ((1.0 - share) * width * (high - likely)).sqrt()
        };
        minutes.round() as i64
    }
}
