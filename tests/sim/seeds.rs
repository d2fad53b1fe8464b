//! Which seeds are run, and what is said when one fails.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::run::{Ran, run};
use super::trace::lock;

/// Lines kept for the report of a failure; `CAMBIUM_SIM_LINES` sets another number.
const LINES_KEPT: u64 = 60;

/// Seeds of every run; half of them are the same each time.
const SEEDS: u64 = 200;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Half of them from 0 on, half from a place that nobody has seen.
fn seeds() -> Vec<u64> {
    if let Some(seed) = number("CAMBIUM_SIM_SEED") {
        return vec![seed];
    }
    let count = number("CAMBIUM_SIM_SEEDS").unwrap_or(SEEDS);
    let fresh = RandomState::new().build_hasher().finish() >> 16;
    (0..count / 2).chain((0..count - count / 2).map(|n| fresh + n)).collect()
}

fn told(seed: u64, ran: &Ran) -> Option<String> {
    let violation = ran.violation.as_ref()?;
    let lines = ran.lines.join("\n");
    Some(format!(
        "seed {seed}: {violation}\n{lines}\nAgain: \
         CAMBIUM_SIM_SEED={seed} cargo test -p cambium-tests --test sim\n"
    ))
}

/// Every seed on as many threads as there are processors.
#[test]
fn what_must_always_hold_holds_for_every_seed() {
    let seeds = seeds();
    let (next, done) = (AtomicUsize::new(0), AtomicU64::new(0));
    let failed = Mutex::new(Vec::new());
    let keep = usize::try_from(number("CAMBIUM_SIM_LINES").unwrap_or(LINES_KEPT)).unwrap_or(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if lock(&failed).len() >= 3 {
                        return;
                    }
                    let ran = run(*seed, keep);
                    lock(&failed).extend(told(*seed, &ran).map(|told| (*seed, told)));
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let mut failed = failed.into_inner().expect("no thread panicked");
    failed.sort_unstable();
    let told: Vec<_> = failed.into_iter().map(|(_, told)| told).collect();
    assert!(told.is_empty(), "after {} seeds:\n{}", done.into_inner(), told.join("\n"));
}

/// Whoever replays a failure must meet it again.
#[test]
fn the_same_seed_is_the_same_run() {
    for seed in number("CAMBIUM_SIM_SEED").map_or(vec![1, 2, 3, 5, 8, 13], |seed| vec![seed]) {
        let (one, two) = (run(seed, usize::MAX), run(seed, usize::MAX));
        let differs = one.lines.iter().zip(&two.lines).find(|(one, two)| one != two);
        assert_eq!(differs, None, "seed {seed}");
        assert_eq!((one.hash, one.violation), (two.hash, two.violation), "seed {seed}");
    }
}
