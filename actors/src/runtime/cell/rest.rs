//! What a cell does between commands: forget, keep snapshots, show.

use bytes::Bytes;
use contracts::limits::COMMIT_BYTES_MAX;
use contracts::ports::Live;
use contracts::{Address, Signal};

use super::Cell;
use crate::runtime::hydrate::SHORT_COMMITS_MAX;
use crate::runtime::living::Living;
use crate::runtime::shared::Shared;

/// No snapshot is taken for fewer commits than these.
const SNAPSHOT_COMMITS_FLOOR: u64 = SHORT_COMMITS_MAX as u64;

/// How often the commits double after which a state that was too large is looked at again.
const UNKEPT_MAX: u32 = 6;

impl Cell {
    /// Lets go of what the index knows better.
    pub(super) fn forget(&self, living: &mut Living) {
        let config = &self.shared.config;
        let indexed = self.shared.world.index.position();
        living.header.forget(config.recent_commands_min, config.recent_commands_max, indexed);
    }

    /// Housekeeping after a run.
    pub(super) fn rest(&self, living: &mut Living) {
        self.forget(living);
        self.keep_when_dear(living);
    }

    /// Keeps a snapshot when the next to wake this actor would have much to fold.
    pub(super) fn keep_when_dear(&self, living: &mut Living) {
        let most = self.shared.config.snapshot_commits_min.max(SNAPSHOT_COMMITS_FLOOR);
        if living.since_snapshot >= most << living.unkept.min(UNKEPT_MAX) {
            self.keep(living);
        }
    }

    /// Keeps what would be dear to fold again; nothing more is asked of this cell.
    pub fn fall_asleep(&mut self) {
        let Some(mut living) = self.living.take() else { return };
        if living.since_snapshot >= SNAPSHOT_COMMITS_FLOOR && living.unkept == 0 {
            self.keep(&mut living);
        }
    }

    /// Keeps a snapshot, without anybody waiting for it.
    fn keep(&self, living: &mut Living) {
        living.since_snapshot = 0;
        let snapshot = living.snapshot().filter(|bytes| bytes.len() <= COMMIT_BYTES_MAX);
        let Some(snapshot) = snapshot else {
            living.unkept = living.unkept.saturating_add(1);
            return;
        };
        living.unkept = 0;
        living.weighed(snapshot.len());
        let (shared, address) = (self.shared.clone(), self.address.clone());
        self.shared.tasks.spawn(async move { save(&shared, address, snapshot).await });
    }

    /// Shows signals, without anybody waiting for it.
    pub(super) fn show(&self, signals: Vec<Signal>) {
        if signals.is_empty() {
            return;
        }
        let (live, address) = (self.shared.world.live.clone(), self.address.clone());
        self.shared.tasks.spawn(async move { show(&*live, &address, &signals).await });
    }
}

async fn save(shared: &Shared, address: Address, snapshot: Bytes) {
    match shared.world.snapshots.save(&address, snapshot).await {
        Ok(()) => shared.proofs.want(address),
        Err(error) => tracing::debug!(actor = %address, %error, "snapshot.unsaved"),
    }
}

async fn show(live: &dyn Live, address: &Address, signals: &[Signal]) {
    for signal in signals {
        if let Err(error) = live.publish(address, signal).await {
            tracing::debug!(actor = %address, %error, "signal.unshown");
        }
    }
}
