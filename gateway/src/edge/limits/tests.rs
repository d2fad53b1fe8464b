//! The three ways of counting against a naive memory of everything that was let through, and two
//! nodes that share.

use std::sync::Arc;

use contracts::ports::Gossip;
use nats::Memory;
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

use super::algorithm::{Algorithm, Limit};
use super::{Charge, Config, Limiter, Rate, Scope};

/// Everything that was let through, and what it means, looked up from the beginning each time.
struct Naive {
    limit: Limit,
    passed: Vec<(u64, u32)>,
}

impl Naive {
    fn between(&self, from: u64, to: u64) -> u64 {
        let within = self.passed.iter().filter(|(at, _)| (from..to).contains(at));
        within.map(|(_, cost)| u64::from(*cost)).sum()
    }

    /// Whether `cost` may pass at `now`, in exact fractions.
    fn fits(&self, now: u64, cost: u32) -> bool {
        let (quota, window) = (u64::from(self.limit.quota), u64::from(self.limit.window_ms));
        let begins = now / window * window;
        let cost = u64::from(cost);
        match self.limit.algorithm {
            Algorithm::FixedWindow => self.between(begins, begins + window) + cost <= quota,
            Algorithm::SlidingWindow => {
                let now_spent = self.between(begins, begins + window);
                let before = self.between(begins.saturating_sub(window), begins);
                let covered = window - (now - begins);
                before * covered + (now_spent + cost) * window <= quota * window
            }
            Algorithm::TokenBucket => {
                // Step by step, a millisecond each.
                let start = self.passed.first().map_or(now, |(at, _)| *at);
                let mut level = quota * window;
                for at in start..=now {
                    if at > start {
                        level = (level + quota).min(quota * window);
                    }
                    level -= self.between(at, at + 1) * window;
                }
                cost * window <= level
            }
        }
    }
}

fn limits() -> impl Strategy<Value = Limit> {
    let algorithm = proptest::sample::select(vec![
        Algorithm::FixedWindow,
        Algorithm::SlidingWindow,
        Algorithm::TokenBucket,
    ]);
    (algorithm, 1_u32..12, 1_u32..200).prop_map(|(algorithm, quota, window_ms)| Limit {
        algorithm,
        quota,
        window_ms,
    })
}

proptest! {
    #[test]
    fn each_way_of_counting_agrees_with_a_memory_of_everything(
        limit in limits(),
        begin in 0_u64..1_000,
        steps in proptest::collection::vec((0_u64..120, 1_u32..4), 1..60),
    ) {
        let (mut now, mut state) = (begin, limit.fresh(begin));
        let mut naive = Naive { limit, passed: Vec::new() };
        for (pause, cost) in steps {
            now += pause;
            let fits = naive.fits(now, cost);
            let wait = limit.wait_ms(&mut state, now, cost);
            prop_assert_eq!(wait == 0, fits, "{:?} at {} with {:?}", limit, now, naive.passed);
            if !fits && cost <= limit.quota {
                prop_assert!(naive.fits(now + wait, cost), "{limit:?}: {wait} is not enough");
                prop_assert!(!naive.fits(now + wait - 1, cost), "{limit:?}: {wait} is too long");
            }
            prop_assert_eq!(limit.spend(&mut state, now, cost), fits);
            if fits {
                naive.passed.push((now, cost));
            }
            let standing = limit.standing(&mut state, now);
            if standing.left > 0 {
                prop_assert!(naive.fits(now, standing.left));
            }
            prop_assert!(!naive.fits(now, standing.left + 1));
            let later = now + standing.full_after_ms;
            let mut then = state;
            prop_assert_eq!(limit.standing(&mut then, later).left, limit.quota);
        }
    }

    #[test]
    fn no_stretch_of_time_sees_more_than_it_may(
        limit in limits(),
        steps in proptest::collection::vec((0_u64..90, 1_u32..4), 1..80),
    ) {
        let (mut now, mut state) = (0, limit.fresh(0));
        let mut naive = Naive { limit, passed: Vec::new() };
        for (pause, cost) in steps {
            now += pause;
            if limit.spend(&mut state, now, cost) {
                naive.passed.push((now, cost));
            }
        }
        let (quota, window) = (u64::from(limit.quota), u64::from(limit.window_ms));
        for (at, _) in &naive.passed {
            let seen = naive.between(*at, at + window);
            let most = match limit.algorithm {
                // Around a border of windows, or with a bucket that fills meanwhile.
                Algorithm::FixedWindow | Algorithm::TokenBucket => 2 * quota,
                Algorithm::SlidingWindow => 2 * quota - 1,
            };
            prop_assert!(seen <= most, "{limit:?}: {seen} in one window");
        }
    }

    #[test]
    fn what_others_spend_shuts_nobody_out_for_long(
        limit in limits(),
        costs in proptest::collection::vec(0_u32..u32::MAX, 1..20),
    ) {
        let mut state = limit.fresh(0);
        for cost in costs {
            limit.charge(&mut state, 0, cost);
        }
        let mut state_then = state;
        prop_assert!(limit.spend(&mut state_then, 3 * u64::from(limit.window_ms), 1));
    }
}

fn config(quota: u32) -> Config {
    let rate = Rate { algorithm: Algorithm::SlidingWindow, quota, window_s: 3_600 };
    Config { principal: rate.clone(), address: Rate { quota: 3, ..rate }, ..Config::default() }
}

#[test]
fn of_several_limits_the_tightest_answers_and_a_refusal_spends_nothing() {
    let limiter = Limiter::new(&config(10), 1);
    let both = [Charge::one(Scope::Address, "192.0.2.1"), Charge::one(Scope::Principal, "t/a")];
    for left in [2, 1, 0] {
        let verdict = limiter.spend_all(&both).unwrap();
        assert_eq!((verdict.allowed, verdict.scope), (true, Scope::Address));
        assert_eq!(verdict.left, left);
    }
    for _ in 0..20 {
        let verdict = limiter.spend_all(&both).unwrap();
        assert_eq!((verdict.allowed, verdict.scope), (false, Scope::Address));
        assert!(verdict.retry_after_ms > 0);
    }
    let verdict = limiter.spend(Scope::Principal, "t/a", 1).unwrap();
    assert_eq!(verdict.left, 6, "what was refused by the address was not spent by the principal");
    let elsewhere =
        [Charge::one(Scope::Address, "192.0.2.2"), Charge::one(Scope::Principal, "t/a")];
    assert!(limiter.spend_all(&elsewhere).unwrap().allowed);
    assert_eq!(limiter.spend(Scope::Tenant, "t", 1), None, "a quota of 0 is no limit");
}

/// Two limiters on one broker in memory.
fn two(quota: u32) -> [Arc<Limiter>; 2] {
    let memory = Memory::new();
    [1, 2].map(|node| {
        let limiter = Arc::new(Limiter::new(&config(quota), node));
        tokio::spawn(super::share(limiter.clone(), memory.gossip()));
        limiter
    })
}

#[tokio::test]
async fn what_one_node_lets_through_the_other_counts() {
    let [one, other] = two(100);
    tokio::task::yield_now().await;
    for _ in 0..100 {
        assert!(one.spend(Scope::Principal, "t/a", 1).unwrap().allowed);
    }
    assert!(!one.spend(Scope::Principal, "t/a", 1).unwrap().allowed);
    // What it has heard by then it does not say; in the end it refuses, and never asks for leave.
    let mut over = 0;
    while other.spend(Scope::Principal, "t/a", 1).unwrap().allowed {
        over += 1;
        tokio::task::yield_now().await;
    }
    assert!(over <= 100, "{over}: a node alone lets through its quota at most");
    assert!(other.spend(Scope::Principal, "t/b", 1).unwrap().allowed, "another key");
}

/// The bound of docs/decisions/0063: what nodes let through together is the quota, and what each
/// of the others admits between two messages.
#[test]
fn the_overshoot_of_two_nodes_is_what_one_admits_between_two_messages() {
    const QUOTA: u32 = 2_000;
    for between in [1, 7, 50, 333, QUOTA, 3 * QUOTA] {
        let nodes = [1, 2].map(|node| Limiter::new(&config(QUOTA), node));
        let (mut passed, mut refusing) = (0, false);
        while !refusing {
            refusing = true;
            for node in &nodes {
                for _ in 0..between {
                    let allowed = node.spend(Scope::Principal, "t/a", 1).unwrap().allowed;
                    passed += u32::from(allowed);
                    refusing &= !allowed;
                }
            }
            for (from, to) in [(0, 1), (1, 0)] {
                for message in nodes[from].outgoing.as_ref().unwrap().take() {
                    super::share::receive(&nodes[to], &message);
                    super::share::receive(&nodes[from], &message);
                }
            }
        }
        assert!(passed >= QUOTA, "{passed}: sharing takes nothing away");
        let over = passed - QUOTA;
        assert!(over <= between.min(QUOTA), "{over} too many with {between} between messages");
    }
}

/// A wire that takes nothing.
struct Broken;

impl Gossip for Broken {
    fn tell<'a>(
        &'a self,
        _: &'static str,
        _: bytes::Bytes,
    ) -> contracts::ports::Fut<'a, Result<(), contracts::ports::PortError>> {
        Box::pin(async { Err(contracts::ports::PortError::Unavailable("cut".to_owned())) })
    }

    fn listen(&self, _: &'static str) -> contracts::ports::Flow<bytes::Bytes> {
        Box::pin(futures_util::stream::empty())
    }
}

#[tokio::test]
async fn a_wire_that_takes_nothing_leaves_each_node_its_own_limits() {
    let limiter = Arc::new(Limiter::new(&config(5), 1));
    let sharing = tokio::spawn(super::share(limiter.clone(), Arc::new(Broken)));
    for number in 0..10 {
        tokio::task::yield_now().await;
        let verdict = limiter.spend(Scope::Principal, "t/a", 1).unwrap();
        assert_eq!(verdict.allowed, number < 5);
    }
    assert!(!sharing.is_finished());
}

#[test]
fn a_flood_of_addresses_is_bounded_and_the_rest_goes_on() {
    let config = Config { keys_max: 64, share_keys_max: 16, ..config(5) };
    let limiter = Limiter::new(&config, 1);
    for number in 0..50_000 {
        let address = format!("2001:db8:{:x}:{:x}::/64", number >> 16, number & 0xffff);
        assert!(limiter.spend(Scope::Address, &address, 1).unwrap().allowed);
    }
    assert!(limiter.keys() <= 64);
}

#[test]
fn what_is_left_out_of_a_limit_is_as_usual() {
    let usual = Config::default();
    let given = serde_json::json!({ "address": { "quota": 7 }, "frames": { "window_s": 1 } });
    let read: Config = serde_json::from_value(given).unwrap();
    assert_eq!(read.address, Rate { quota: 7, ..usual.address.clone() });
    assert_eq!(read.frames, Rate { window_s: 1, ..usual.frames.clone() });
    assert_eq!(read.tenant, usual.tenant);
    let whole = serde_json::to_value(&usual).unwrap();
    assert_eq!(serde_json::from_value::<Config>(whole).unwrap(), usual);
    for odd in ["quotas", "algorithm"] {
        let given = serde_json::json!({ "address": { odd: 1 } });
        assert!(serde_json::from_value::<Config>(given).is_err(), "{odd}");
    }
}

#[test]
fn what_comes_back_comes_back_on_all_nodes() {
    let nodes = [1, 2].map(|node| Limiter::new(&config(2), node));
    let hear = || {
        for (from, to) in [(0, 1), (1, 0)] {
            for message in nodes[from].outgoing.as_ref().unwrap().take() {
                super::share::receive(&nodes[to], &message);
            }
        }
    };
    let one = [Charge::one(Scope::Principal, "t/a")];
    for _ in 0..10 {
        assert!(nodes[0].spend_all(&one).unwrap().allowed);
        hear();
        nodes[0].refund_all(&one);
        hear();
    }
    assert_eq!(
        nodes[1].spend(Scope::Principal, "t/a", 1).unwrap().left,
        1,
        "nothing was left over"
    );
    // What was never told is never told.
    nodes[1].refund_all(&one);
    assert!(nodes[1].outgoing.as_ref().unwrap().take().is_empty());
    for node in [0, 1] {
        assert!(nodes[node].spend_all(&one).unwrap().allowed);
        hear();
    }
    assert!(!nodes[0].spend_all(&one).unwrap().allowed, "two nodes, one count");
}
