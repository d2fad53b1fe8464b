//! What the runtime needs of the world.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use contracts::caller::Identity;
use contracts::envelope::NodeKey;
use contracts::ports::{
    Asks, Audit, Blobs, Checkpoints, CommandIndex, CommandQueue, DeadLetters, Feed, Live, Log,
    Restore, SearchIndex, Secrets, Signer, Snapshots, Store, Timers, TreeHeads, WorkCalls, Wrap,
};
use contracts::telemetry::Telemetry;
use contracts::{Hash, Timestamp};

use super::cluster::Membership;
use crate::model::{Prices, Providers};
use crate::tools::Tools;

/// The ports of one process, put together by the composition root.
#[derive(Clone)]
pub struct World {
    /// EVENTS.
    pub log: Arc<dyn Log>,
    /// The process's one tail of EVENTS.
    pub feed: Arc<dyn Feed>,
    /// COMMANDS.
    pub queue: Arc<dyn CommandQueue>,
    /// `ask.`.
    pub asks: Arc<dyn Asks>,
    /// Schedules in COMMANDS.
    pub timers: Arc<dyn Timers>,
    /// SNAPSHOTS.
    pub snapshots: Arc<dyn Snapshots>,
    /// BLOBS.
    pub blobs: Arc<dyn Blobs>,
    /// EVENTS as an import writes it.
    pub restore: Arc<dyn Restore>,
    /// TREES.
    pub trees: Arc<dyn TreeHeads>,
    /// CHECKPOINTS.
    pub checkpoints: Arc<dyn Checkpoints>,
    /// Sealed secrets of tenants.
    pub secrets: Arc<dyn Secrets>,
    /// The wrapped keys of persons.
    pub subject_keys: Arc<dyn Store>,
    /// Tickets that are good for one use.
    pub tickets: Arc<dyn Store>,
    /// Signs tree heads.
    pub signer: Arc<dyn Signer>,
    /// AUDIT.
    pub audit: Arc<dyn Audit>,
    /// DEAD.
    pub dead: Arc<dyn DeadLetters>,
    /// `live.`.
    pub live: Arc<dyn Live>,
    /// `work.`.
    pub work: Arc<dyn WorkCalls>,
    /// The read model `commands`.
    pub index: Arc<dyn CommandIndex>,
    /// The read models that are searched.
    pub search: Arc<dyn SearchIndex>,
    /// Who holds a credential.
    pub credentials: Arc<dyn Credentials>,
    /// Who can be asked for text.
    pub providers: Providers,
    /// What they cost.
    pub prices: Arc<Prices>,
    /// What models may call.
    pub tools: Tools,
    /// Where it is told what is done, and how long that takes.
    pub telemetry: Telemetry,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// What keeps keys under the master key of this system.
    pub wrap: Arc<dyn Wrap>,
    /// What makes this process one node of several; `None` = there is no other, and it owns all.
    pub cluster: Option<Membership>,
    /// The secret of the nodes of this system.
    pub node_key: NodeKey,
    /// What tells this run of the program from every other: see [`run_nonce`].
    pub nonce: Hash,
}

/// A nonce for one run of the program, of the system's randomness: two programs may start at the
/// same instant under the same process id, as the first of its container each. A simulation makes
/// its own, so that a run can be repeated.
#[must_use]
pub fn run_nonce() -> Hash {
    let chance = [(); 2].map(|()| RandomState::new().build_hasher().finish().to_string());
    Hash::of_parts("cambium run v1", &[&chance[0], &chance[1]])
}

/// Tells what a credential entitles to.
pub trait Credentials: Send + Sync {
    /// The identity behind `credential`; `None` when it is wrong, revoked or expired.
    fn identify(&self, credential: &str) -> Option<Identity>;
}

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}
