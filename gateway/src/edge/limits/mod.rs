//! Rate limits: how much an address, a principal and a tenant may ask for per time, several at
//! once, shared by all nodes.
//!
//! ```text
//! limiter.spend(Scope::LoginAddress, "192.0.2.7", 1)   // a verdict; None = nothing is limited
//! ```
//!
//! A limiter answers from memory and cannot fail: when other nodes cannot be told what was spent,
//! each holds the limits for itself.

pub mod algorithm;
pub mod config;
mod given;
mod share;
mod table;
#[cfg(test)]
mod tests;

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use contracts::Hash;

pub use self::algorithm::{Algorithm, Limit};
pub use self::config::{Config, Rate, Scope};
use self::share::Outgoing;
pub use self::share::run as share;
use self::table::{Key, Table};

/// What a limit says of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whose limit it is.
    pub scope: Scope,
    /// The limit.
    pub limit: Limit,
    /// Whether it may go on.
    pub allowed: bool,
    /// How much is left.
    pub left: u32,
    /// After how many milliseconds the same would be allowed; 0 when it is.
    pub retry_after_ms: u64,
    /// After how many seconds it is as if nothing had been spent.
    pub full_after_s: u64,
}

impl Verdict {
    /// The tighter of two.
    #[must_use]
    pub fn tightest(self, other: Self) -> Self {
        if other.rank() < self.rank() { other } else { self }
    }

    /// The tightest is the least: refused before allowed, then the longest wait, then the least
    /// that is left.
    const fn rank(&self) -> (bool, u64, u32) {
        (self.allowed, u64::MAX - self.retry_after_ms, self.left)
    }
}

/// What somebody wants to spend.
#[derive(Debug, Clone, Copy)]
pub struct Charge<'a> {
    /// Under which limit.
    pub scope: Scope,
    /// Another limit than the settings say; `None` = that one.
    pub limit: Option<Limit>,
    /// Whose it is.
    pub key: &'a str,
    /// How much; a request is 1.
    pub cost: u32,
}

impl<'a> Charge<'a> {
    /// One request of `key`.
    #[must_use]
    pub const fn one(scope: Scope, key: &'a str) -> Self {
        Self { scope, limit: None, key, cost: 1 }
    }
}

/// Counts what is spent.
pub struct Limiter {
    limits: [Option<Limit>; Scope::ALL.len()],
    table: Table,
    clock: Clock,
    outgoing: Option<Outgoing>,
    share_interval_ms: u64,
    share_pause_ms: u64,
}

/// The time as the windows of all nodes know it: the system's at the start, and steady after that.
struct Clock {
    began_ms: u64,
    began: Instant,
}

impl Clock {
    fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let began_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Self { began_ms, began: Instant::now() }
    }

    fn now_ms(&self) -> u64 {
        let passed = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.began_ms.saturating_add(passed)
    }
}

impl Limiter {
    /// A limiter that has counted nothing; `node` is any number that no other node has.
    #[must_use]
    pub fn new(config: &Config, node: u64) -> Self {
        Self {
            limits: Scope::ALL.map(|scope| config.limit(scope)),
            table: Table::new(config.keys_max),
            clock: Clock::start(),
            outgoing: config.shared.then(|| Outgoing::new(node, config)),
            share_interval_ms: config.share_interval_ms,
            share_pause_ms: config.share_pause_ms,
        }
    }

    /// Spends `cost` of `key` in `scope`; `None` when nothing is limited. What is refused is not
    /// counted. The key may be any text: an address, `tenant/name`.
    ///
    /// A login spends one of [`Scope::LoginAddress`] and one of [`Scope::LoginAccount`] before the
    /// password is looked at, also when there is no such account, so that the answer tells nothing;
    /// both come back when the password was right.
    pub fn spend(&self, scope: Scope, key: &str, cost: u32) -> Option<Verdict> {
        self.spend_all(&[Charge { scope, limit: None, key, cost }])
    }

    /// Spends of several limits at once, of all or of none. The tightest answers: of those that
    /// refuse, the one that takes longest; else the one of which least is left.
    pub fn spend_all(&self, charges: &[Charge<'_>]) -> Option<Verdict> {
        let now_ms = self.clock.now_ms();
        let mut tightest: Option<Verdict> = None;
        let mut spent = [None; Scope::ALL.len()];
        debug_assert!(charges.len() <= spent.len(), "one charge per scope");
        for (charge, spent) in charges.iter().zip(&mut spent) {
            let Some(limit) = charge.limit.or(self.limits[charge.scope as usize]) else { continue };
            let key = key(charge, limit);
            let verdict = self.judge(key, charge, limit, now_ms);
            *spent = verdict.allowed.then_some((key, limit, charge.cost));
            if tightest.is_none_or(|known| verdict.rank() < known.rank()) {
                tightest = Some(verdict);
            }
        }
        let allowed = tightest.is_none_or(|verdict| verdict.allowed);
        for (key, limit, cost) in spent.into_iter().flatten() {
            if !allowed {
                self.table.with(key, limit, now_ms, |state| limit.refund(state, now_ms, cost));
            } else if let Some(outgoing) = &self.outgoing {
                outgoing.spent(key, limit, cost);
            }
        }
        tightest
    }

    /// Takes back, here and on the other nodes, what was spent and turned out not to count.
    pub fn refund_all(&self, charges: &[Charge<'_>]) {
        let now_ms = self.clock.now_ms();
        for charge in charges {
            let Some(limit) = charge.limit.or(self.limits[charge.scope as usize]) else { continue };
            let key = key(charge, limit);
            self.table.with(key, limit, now_ms, |state| limit.refund(state, now_ms, charge.cost));
            if let Some(outgoing) = &self.outgoing {
                outgoing.refunded(key, limit, charge.cost);
            }
        }
    }

    /// How many keys are remembered.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.table.keys()
    }

    fn judge(&self, key: Key, charge: &Charge<'_>, limit: Limit, now_ms: u64) -> Verdict {
        self.table.with(key, limit, now_ms, |state| {
            let retry_after_ms = limit.wait_ms(state, now_ms, charge.cost);
            let allowed = limit.spend(state, now_ms, charge.cost);
            let standing = limit.standing(state, now_ms);
            Verdict {
                scope: charge.scope,
                limit,
                allowed,
                left: standing.left,
                retry_after_ms,
                full_after_s: standing.full_after_ms.div_ceil(1_000),
            }
        })
    }

    /// Notes what was spent on another node, or given back there.
    fn heard(&self, (key, limit, cost): share::Record) {
        let now_ms = self.clock.now_ms();
        let whole = cost.unsigned_abs();
        self.table.with(key, limit, now_ms, |state| match cost < 0 {
            true => limit.refund(state, now_ms, whole),
            false => limit.charge(state, now_ms, whole),
        });
    }
}

/// A key under a limit: another limit is another count.
fn key(charge: &Charge<'_>, limit: Limit) -> Key {
    let (name, text) = (charge.scope.name(), charge.key);
    let Limit { algorithm, quota, window_ms } = limit;
    let whole = format!("{name}\0{algorithm:?}\0{quota}\0{window_ms}\0{text}");
    let hash = Hash::of(whole.as_bytes());
    let bytes = hash.0.first_chunk().copied().unwrap_or_default();
    Key(u128::from_be_bytes(bytes))
}
