//! The state after an event.

use std::sync::Arc;

use contracts::decider::EventContext;
use contracts::kinds::circadian::limits::{BEGUN_KEPT_MAX, RUNS_KEPT_MAX};
use contracts::kinds::circadian::{Event, ProgressSaid, RunStarted, Scheduled, Why};
use contracts::{ActorId, Timestamp};

use super::state::{Entry, Known, Run, RunStatus, State, Status};

impl State {
    /// The schedule book after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: &EventContext) -> Self {
        match event {
            Event::Created(created) => {
                self.created = Some(at.at);
                self.title.clone_from(&created.title);
            }
            Event::Scheduled(set) => self.set(set, at.at),
            Event::Paused(of) => self.stand(&of.name, Status::Paused),
            Event::Ended(of) => self.stand(&of.name, Status::Ended),
            Event::Resumed(resumed) => {
                self.stand(&resumed.name, Status::Active);
                if let Some(entry) = self.schedules.get_mut(&resumed.name) {
                    entry.next = Some(resumed.next);
                }
            }
            Event::RunStarted(run) => self.began(run, at.at),
            Event::RunSkipped(skipped) => {
                if let Some(entry) = self.schedules.get_mut(&skipped.name) {
                    entry.next = skipped.next;
                }
            }
            Event::RunFinished(run) => self.ended(&run.run, at.at, None),
            Event::RunFailed(run) => {
                self.ended(&run.run, at.at, Some((&run.code, &run.reason)));
            }
            Event::Removed(of) => {
                self.schedules.remove(&of.name);
                self.reminders.remove(&of.name);
            }
            Event::CalendarImported(_) => {}
            Event::Planned(plan) => {
                let there = |id: &ActorId| plan.tasks.iter().any(|task| task.id == *id);
                self.progress.retain(|id, _| there(id));
                self.plan = Some(Arc::new((**plan).clone()));
            }
            Event::Progressed(said) => {
                let ProgressSaid { percent, started, finished, .. } = *said;
                self.progress.insert(said.task.clone(), Known { percent, started, finished });
            }
            Event::ReminderSet(set) => {
                self.reminders.insert(set.name.clone(), (**set).clone());
            }
        }
        self
    }

    fn set(&mut self, set: &Scheduled, at: Timestamp) {
        let before = self.schedules.remove(&set.schedule.name);
        let mut entry = Entry {
            schedule: set.schedule.clone(),
            secret: set.secret.clone(),
            status: Status::Active,
            set_at: at,
            next: Some(set.next),
            started: 0,
            failed: 0,
            open: None,
            begun: Default::default(),
            forgotten: None,
        };
        if let Some(before) = before {
            let Entry { started, failed, open, begun, forgotten, .. } = before;
            entry = Entry { started, failed, open, begun, forgotten, ..entry };
        }
        self.schedules.insert(set.schedule.name.clone(), entry);
    }

    fn stand(&mut self, name: &ActorId, status: Status) {
        if let Some(entry) = self.schedules.get_mut(name) {
            entry.status = status;
            entry.next = None;
        }
    }

    fn began(&mut self, run: &RunStarted, at: Timestamp) {
        if let Some(entry) = self.schedules.get_mut(&run.name) {
            entry.started += 1;
            entry.open = Some(run.run.clone());
            if run.why == Why::Time {
                entry.next = run.next;
            }
            if run.why != Why::Asked {
                entry.begun.insert(run.planned);
            }
            if entry.begun.len() > BEGUN_KEPT_MAX {
                entry.forgotten = entry.forgotten.max(entry.begun.pop_first());
            }
        }
        if self.runs.len() >= RUNS_KEPT_MAX {
            self.runs.pop_front();
        }
        self.runs.push_back(Run {
            run: run.run.clone(),
            name: run.name.clone(),
            why: run.why,
            planned: run.planned,
            missed: run.missed,
            began: at,
            status: RunStatus::Running,
            ended: None,
            code: None,
            reason: None,
        });
    }

    fn ended(&mut self, run: &str, at: Timestamp, failed: Option<(&String, &String)>) {
        let going = |entry: &&mut Entry| entry.open.as_deref() == Some(run);
        if let Some(entry) = self.schedules.values_mut().find(going) {
            entry.open = None;
        }
        let Some(kept) = self.runs.iter_mut().find(|kept| kept.run == run) else { return };
        kept.status = if failed.is_some() { RunStatus::Failed } else { RunStatus::Done };
        kept.ended = Some(at);
        if let Some((code, reason)) = failed {
            kept.code = Some(code.clone());
            kept.reason = Some(reason.clone());
            if let Some(entry) = self.schedules.get_mut(&kept.name) {
                entry.failed += 1;
            }
        }
    }
}
