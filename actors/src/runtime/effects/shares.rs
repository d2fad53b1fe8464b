//! Of which partitions this process performs effects. The ledger holds those of all, so that
//! whoever takes a partition has nothing to read.

use contracts::effect::EffectClass;
use contracts::{EffectId, Partition, Timestamp};

use super::board::{Board, Phase};
use super::job::Stage;

/// Whose effects start here.
pub struct Shares([bool; Partition::COUNT as usize]);

impl Default for Shares {
    /// All: where there are no other nodes.
    fn default() -> Self {
        Self([true; Partition::COUNT as usize])
    }
}

impl Shares {
    /// Whether effects of the partition start here.
    pub const fn performs(&self, partition: Partition) -> bool {
        self.0[partition.number() as usize]
    }

    const fn set(&mut self, partition: Partition, performs: bool) {
        self.0[partition.number() as usize] = performs;
    }
}

impl Board {
    /// Nothing is this process's yet.
    pub fn own_nothing(&mut self) {
        Partition::all().for_each(|it| self.shares.set(it, false));
    }

    /// What the log has left of a partition is performed here from now on.
    pub fn take_over(&mut self, partition: Partition, now: Timestamp) {
        self.shares.set(partition, true);
        self.ledger.expect_again(|address| address.partition() == partition);
        if self.phase != Phase::Open {
            return;
        }
        let left = self.ledger.all().filter(|due| due.address.partition() == partition);
        let left: Vec<EffectId> = left.map(|due| due.id).collect();
        for id in left {
            self.enter(id, now);
        }
    }

    /// Nothing more of a partition starts here; what may be done again is cut off.
    pub fn rest(&mut self, partition: Partition) {
        self.shares.set(partition, false);
        for id in self.of(partition) {
            let once = self.ledger.get(id).is_some_and(super::due::Due::is_once);
            match self.jobs.get(&id) {
                Some(job) if job.stage == Stage::Running && !once => job.cut.cancel(),
                Some(job) if job.stage.is_busy() => {}
                _ => {
                    self.pass(id);
                    self.jobs.remove(&id);
                }
            }
        }
    }

    /// As [`Board::rest`]; what still runs is forgotten when it ends, whatever came of it.
    pub fn let_go(&mut self, partition: Partition) {
        self.rest(partition);
        for id in self.of(partition) {
            self.pass(id);
            if let Some(job) = self.jobs.get_mut(&id) {
                job.concluded = true;
            }
        }
    }

    /// How many calls of a partition that may be made only once are under way.
    #[must_use]
    pub fn once_running_of(&self, partition: Partition) -> usize {
        let running = self.jobs.iter().filter(|(_, job)| {
            matches!(job.stage, Stage::Running | Stage::Settling) && !job.cut.is_cancelled()
        });
        running.filter(|(id, _)| self.is_of(**id, partition)).count()
    }

    /// A worker that waits here may have it from the node that performs it.
    pub(super) fn tell_of_work(&mut self, id: EffectId) {
        let Some(due) = self.ledger.get(id) else { return };
        let Some(effect) = due.asked.effect() else { return };
        if let (Some(EffectClass::Work), contracts::Effect::Work(work)) = (due.class(), &**effect) {
            self.news.queues.push((due.address.tenant.clone(), work.queue.clone()));
        }
    }

    fn is_of(&self, id: EffectId, partition: Partition) -> bool {
        self.ledger.get(id).is_some_and(|due| due.address.partition() == partition)
    }

    fn of(&self, partition: Partition) -> Vec<EffectId> {
        let mut ids: Vec<EffectId> = self.jobs.keys().copied().collect();
        ids.retain(|id| self.is_of(*id, partition));
        // In a fixed order, so that a run can be repeated.
        ids.sort_unstable();
        ids
    }
}
