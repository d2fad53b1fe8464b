//! What becomes of an effect when what was at work on it has ended.

use std::time::Duration;

use contracts::{EffectId, Timestamp};

use super::board::{Board, Phase};
use super::job::{Ended, Stage};
use super::policy::Policy;

/// The pause before something that was cut off for no reason is tried again.
const CUT_MS: u64 = 1_000;

impl Board {
    /// What was at work on an effect has ended.
    pub fn ended(&mut self, id: EffectId, how: Ended, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id).filter(|job| job.stage.is_busy()) else { return };
        match job.stage {
            Stage::Settling => self.settling -= 1,
            _ if std::mem::take(&mut job.waits) => {}
            _ => self.free(id),
        }
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if job.concluded {
            self.jobs.remove(&id);
            return;
        }
        if matches!(how, Ended::NotOwed) {
            self.pass(id);
            self.jobs.remove(&id);
            self.ledger.remove(id);
            return;
        }
        self.go_on(id, how, now);
    }

    fn go_on(&mut self, id: EffectId, how: Ended, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let settled = job.stage == Stage::Settling;
        let told = self.ledger.get(id).is_some_and(|due| settled && due.standing == job.settling);
        let once = self.ledger.get(id).is_some_and(|due| due.is_once() && !settled);
        let due = self.ledger.get(id).is_some_and(|due| due.standing.is_due());
        if matches!(how, Ended::Retry(..)) {
            job.known = job.attempts;
        }
        match how {
            Ended::Back if due => {
                if once {
                    job.known = job.attempts;
                } else {
                    job.attempts = job.attempts.saturating_sub(1);
                }
                job.round = job.round.saturating_sub(1);
                job.stage = Stage::Queued;
                self.queue(id);
            }
            Ended::Retry(refusal, ms) | Ended::Later(refusal, ms) if due => {
                job.last = Some(refusal);
                self.back_off(id, ms, now);
            }
            Ended::Told(_) => {
                job.stage = Stage::Told;
                self.pass(id);
                // It was paused at the end of its attempts, or given up meanwhile.
                if !due && !told {
                    self.judge(id, now);
                }
            }
            Ended::Refused(refusal) => {
                (job.stage, job.last) = (Stage::Stuck, Some(refusal));
                self.pass(id);
            }
            Ended::Elsewhere => self.elsewhere(id, now),
            Ended::Cut if due && once && self.phase == Phase::Open => {
                job.stage = Stage::Settling;
                self.settles.push_back(id);
            }
            Ended::Cut if due && !settled && self.phase == Phase::Open => {
                self.back_off(id, CUT_MS, now)
            }
            _ => self.judge(id, now),
        }
    }

    /// Another node attempts an effect. When that node is gone, nobody hears of the attempt, so
    /// it is waited for no longer than it may take.
    pub(super) fn elsewhere(&mut self, id: EffectId, now: Timestamp) {
        let Some(effect) = self.ledger.get(id).and_then(|due| due.asked.effect()) else { return };
        let within = Policy::of(effect, &self.config).timeout;
        let most = within.saturating_add(Duration::from_millis(self.config.effect_drain_ms));
        let until = now.plus_millis(i64::try_from(most.as_millis()).unwrap_or(i64::MAX / 2));
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.stage = Stage::Elsewhere(until);
        self.wakes.insert((until, id));
        self.pass(id);
    }

    fn back_off(&mut self, id: EffectId, ms: u64, now: Timestamp) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let until = now.plus_millis(i64::try_from(ms).unwrap_or(i64::MAX / 2));
        job.stage = Stage::BackOff(until);
        self.wakes.insert((until, id));
    }

    /// What was sent is taken, and its answer may take long: others of its class start meanwhile.
    pub fn waits(&mut self, id: EffectId) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if job.stage == Stage::Running && !std::mem::replace(&mut job.waits, true) {
            self.free(id);
        }
    }

    /// The place of one that was under way is another's.
    fn free(&mut self, id: EffectId) {
        let Some(job) = self.jobs.get(&id) else { return };
        self.running[job.class() as usize] -= 1;
        self.gates.end(&job.lane.gates);
        self.news.all |= self.work_held;
    }

    /// Nothing was attempted after all.
    pub fn unattempted(&mut self, id: EffectId) {
        if let Some(job) = self.jobs.get_mut(&id) {
            job.attempts = job.attempts.saturating_sub(1);
            job.round = job.round.saturating_sub(1);
        }
    }
}
