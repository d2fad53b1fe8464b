//! What goes wrong, how often, by chance from the seed of the run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::trace::lock;
use cambium_tests::rng::Rng;

macro_rules! rates {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Of a thousand calls, so many go wrong.
        #[derive(Debug, Clone, Default)]
        pub struct Rates {
            $($(#[$doc])* pub $name: u16,)*
        }

        impl Rates {
            /// Each fault is off in half of all runs, so that every pair of faults is met alone
            /// (swarm testing, Groce et al. 2012).
            fn swarm(rng: &mut Rng) -> Self {
                let mut rate = || match rng.below(8) {
                    0..=3 => 0,
                    4 | 5 => 20,
                    6 => 80,
                    _ => 250,
                };
                Self { $($name: rate(),)* }
            }
        }
    };
}

rates! {
    /// An append finds the log away.
    append_failed,
    /// An append is refused by the log.
    append_refused,
    /// An append is in doubt and not stored.
    append_lost,
    /// An append is in doubt and arrives later.
    append_late,
    /// An append is in doubt and stored.
    ack_lost,
    /// An append is told to be a conflict, and stored, now or later: a server that lies behind
    /// was heard.
    append_denied,
    /// The log's leader changes at this append, which the next one may store: until there is one,
    /// nobody appends or reads from it.
    leader_changed,
    /// A read of the log fails.
    read_failed,
    /// A read of the log lags behind the leader.
    read_stale,
    /// The reader of the whole log breaks off.
    follow_broken,
    /// A snapshot cannot be read.
    snapshot_failed,
    /// A snapshot is lost.
    snapshot_lost,
    /// A snapshot is damaged, when it is kept or when it is read.
    snapshot_damaged,
    /// A snapshot is another actor's.
    snapshot_foreign,
    /// A snapshot is one that was taken earlier.
    snapshot_old,
    /// A blob cannot be kept or read.
    blob_failed,
    /// DEAD is away.
    dead_failed,
    /// AUDIT is away.
    audit_failed,
    /// A durable command is not stored.
    enqueue_failed,
    /// A durable command is stored and its acknowledgement is lost.
    enqueue_ack_lost,
    /// A durable command comes twice.
    delivered_twice,
    /// A durable command is done and nobody hears of it.
    settle_lost,
    /// A timer is not set.
    timer_failed,
    /// A timer is set and the acknowledgement is lost.
    timer_ack_lost,
    /// The index of commands is away.
    index_failed,
    /// The index of commands stands still for a while.
    index_stuck,
    /// A model fails.
    model_failed,
    /// A signal is lost.
    live_failed,
    /// What the owner of a partition is asked another node hears too, as one that owned it still
    /// listens.
    heard_twice,
}

/// Chance, shared by all ports of a run.
pub struct Chaos {
    rng: Mutex<Rng>,
    rates: Rates,
    delay_ms_max: u64,
    calm: AtomicBool,
    /// Until when the log has no leader.
    leaderless: Mutex<Option<Instant>>,
}

/// How long the log may be without a leader, in milliseconds.
const LEADERLESS_MS_MAX: u64 = 4_000;

impl Chaos {
    /// The faults that `rng` chooses for a run.
    pub fn of(rng: &mut Rng) -> Self {
        let rates = Rates::swarm(rng);
        let delay_ms_max = *rng.pick(&[0, 3, 40, 700]);
        let (calm, leaderless) = (AtomicBool::new(true), Mutex::default());
        Self { rng: Mutex::new(rng.fork()), rates, delay_ms_max, calm, leaderless }
    }

    /// From now on nothing goes wrong by chance, or things do again.
    pub fn set_calm(&self, calm: bool) {
        self.calm.store(calm, Ordering::Relaxed);
    }

    /// The rates of this run.
    pub const fn rates(&self) -> &Rates {
        &self.rates
    }

    /// Whether the fault strikes now.
    pub fn strikes(&self, fault: impl Fn(&Rates) -> u16) -> bool {
        let strikes = lock(&self.rng).permille(fault(&self.rates));
        strikes && !self.calm.load(Ordering::Relaxed)
    }

    /// From now on the log has no leader for a while.
    pub fn lose_leader(&self) {
        let until = Instant::now() + Duration::from_millis(self.below(LEADERLESS_MS_MAX));
        *lock(&self.leaderless) = Some(until);
    }

    /// Whether the log has no leader now.
    pub fn is_leaderless(&self) -> bool {
        let until = *lock(&self.leaderless);
        until.is_some_and(|until| Instant::now() < until) && !self.calm.load(Ordering::Relaxed)
    }

    /// A number below `end`.
    pub fn below(&self, end: u64) -> u64 {
        lock(&self.rng).below(end)
    }

    /// Takes the time that a call takes.
    pub async fn take_time(&self) {
        let pause = self.below(self.delay_ms_max + 1);
        if pause > 0 && !self.calm.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }
}
