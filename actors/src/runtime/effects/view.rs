//! What effects do at this moment, and why they do not do more.

use contracts::effect::{
    Awaited, EffectClass, EffectCounts, EffectGroup, EffectHold, EffectPhase, EffectQuery,
    EffectView, LimitView,
};
use contracts::kinds::limit::{SYSTEM, Scope};
use contracts::{Address, EffectId, LimitKey, Queue, Tenant, Timestamp};
use std::collections::BTreeMap;

use super::board::{Board, Phase};
use super::due::Due;
use super::gates::GateId;
use super::job::{Job, Stage};
use super::pending::Standing;

impl Board {
    /// The effects that a query asks for, in the order in which they were asked.
    #[must_use]
    pub fn list(&self, query: &EffectQuery, now: Timestamp) -> Vec<EffectView> {
        let most = if query.items_max == 0 { usize::MAX } else { query.items_max };
        let views = self.ledger.after(query.after).map(|due| self.view(due, now));
        views.filter(|view| query.matches(view)).take(most).collect()
    }

    /// One effect.
    #[must_use]
    pub fn get(&self, id: EffectId, now: Timestamp) -> Option<EffectView> {
        self.ledger.get(id).map(|due| self.view(due, now))
    }

    /// How many effects do what, by class and limit key.
    #[must_use]
    pub fn groups(&self) -> Vec<EffectGroup> {
        let mut groups: BTreeMap<(String, Option<LimitKey>), EffectCounts> = BTreeMap::new();
        for due in self.ledger.all() {
            let key = (due.class_name().to_owned(), limit_of(due).cloned());
            groups.entry(key).or_default().add(self.phase_of(due));
        }
        let group = |((class, limit), counts)| EffectGroup { class, limit, counts };
        groups.into_iter().map(group).collect()
    }

    /// When the oldest effect was asked for that has no outcome.
    #[must_use]
    pub fn oldest(&self) -> Option<Timestamp> {
        self.ledger.after(None).find(|due| !due.muted).map(|due| due.at)
    }

    /// The limits of a tenant, or of all, and what the effects under each do.
    #[must_use]
    pub fn limits_of(&self, tenant: Option<&Tenant>, now: Timestamp) -> Vec<LimitView> {
        let mut views: BTreeMap<GateId, LimitView> = BTreeMap::new();
        for (id, state) in self.ledger.limits() {
            if tenant.is_some_and(|tenant| *tenant != id.tenant) {
                continue;
            }
            let view = LimitView {
                tenant: id.tenant.clone(),
                scope: id.scope.clone(),
                limits: state.limits,
                paused: state.paused.is_some(),
                counts: EffectCounts::default(),
                holds: self.gates.holds(id, now).map(|(what, _)| what),
                next_at: self.gates.holds(id, now).and_then(|(_, until)| until),
            };
            views.insert(id.clone(), view);
        }
        if views.is_empty() {
            return Vec::new();
        }
        for due in self.ledger.all() {
            let phase = self.phase_of(due);
            let under = |(id, _): &(&GateId, &mut LimitView)| is_under(due, id);
            views.iter_mut().filter(under).for_each(|(_, view)| view.counts.add(phase));
        }
        views.into_values().collect()
    }

    fn view(&self, due: &Due, now: Timestamp) -> EffectView {
        let job = self.jobs.get(&due.id);
        let next_at = match job.map(|job| job.stage) {
            Some(Stage::BackOff(at) | Stage::Adrift(at) | Stage::Elsewhere(at)) => Some(at),
            Some(Stage::Queued) => job.and_then(|job| {
                self.gates.check(&job.lane.gates, now).err().and_then(|held| held.until)
            }),
            _ => None,
        };
        EffectView {
            id: due.id,
            address: due.address.clone(),
            revision: due.revision,
            index: due.index,
            cursor: due.cursor,
            class: due.class_name().to_owned(),
            limit: limit_of(due).cloned(),
            queue: queue_of(due).cloned(),
            asked_at: due.at,
            status: self.phase_of(due),
            why: self.hold_of(due, now),
            attempts: job.map_or(due.attempts, |job| job.attempts),
            next_at,
            last: job.and_then(|job| job.last.clone()),
        }
    }

    fn phase_of(&self, due: &Due) -> EffectPhase {
        let Some(job) = self.jobs.get(&due.id) else {
            return match due.standing {
                _ if due.muted => EffectPhase::Muted,
                Standing::Paused { .. } => EffectPhase::Paused,
                Standing::Unknown => EffectPhase::Unknown,
                _ => EffectPhase::Queued,
            };
        };
        match job.stage {
            Stage::Queued => EffectPhase::Queued,
            Stage::BackOff(_) => EffectPhase::Retrying,
            Stage::Running | Stage::Settling | Stage::Told | Stage::Elsewhere(_) | Stage::Stuck => {
                EffectPhase::Running
            }
            Stage::Leased | Stage::Adrift(_) => EffectPhase::Leased,
            Stage::Paused => EffectPhase::Paused,
            Stage::Unknown => EffectPhase::Unknown,
        }
    }

    fn hold_of(&self, due: &Due, now: Timestamp) -> Option<EffectHold> {
        if let Some(Awaited { approval, rule, .. }) = due.standing.awaits() {
            let (approval, rule) = (approval.clone(), rule.clone());
            return Some(EffectHold::Approval { approval, rule });
        }
        if let Standing::Paused { by, reason, .. } = &due.standing {
            return Some(EffectHold::Pause { by: by.clone(), reason: reason.clone() });
        }
        if due.muted || due.standing == Standing::Unknown {
            return None;
        }
        if due.class().is_none() {
            return Some(EffectHold::Version);
        }
        let Some(job) = self.jobs.get(&due.id) else { return Some(EffectHold::Node) };
        match job.stage {
            Stage::Queued => Some(self.hold_of_queued(due, job, now)),
            Stage::BackOff(_) => Some(EffectHold::BackOff),
            Stage::Elsewhere(_) => Some(EffectHold::Elsewhere),
            Stage::Stuck => Some(EffectHold::Outcome),
            _ => None,
        }
    }

    fn hold_of_queued(&self, due: &Due, job: &Job, now: Timestamp) -> EffectHold {
        if self.phase != Phase::Open {
            return EffectHold::Node;
        }
        let first = job.line.as_ref().and_then(|line| self.lines.first(line));
        if let Some(behind) = first.filter(|first| *first != due.id) {
            return EffectHold::Order { behind };
        }
        let Address { tenant, kind, id } = &due.address;
        if let Some(engaged) = self.switches.engaged(tenant, Some((kind, id))) {
            let (scope, reason) = (engaged.scope.to_string(), engaged.reason.clone());
            return EffectHold::Switch { scope, reason };
        }
        if let Err(held) = self.gates.check(&job.lane.gates, now) {
            let GateId { tenant, scope } = held.gate;
            return EffectHold::Limit { tenant, scope, what: held.what };
        }
        let concurrent_max = self.running_max[job.class() as usize];
        if job.class() == EffectClass::Work {
            EffectHold::Worker
        } else {
            EffectHold::Class { concurrent_max }
        }
    }
}

fn limit_of(due: &Due) -> Option<&LimitKey> {
    due.asked.effect()?.terms().limit.as_ref()
}

fn queue_of(due: &Due) -> Option<&Queue> {
    match &**due.asked.effect()? {
        contracts::Effect::Work(work) => Some(&work.queue),
        _ => None,
    }
}

/// Whether a limit is one of those that an effect must pass.
fn is_under(due: &Due, gate: &GateId) -> bool {
    let tenant = gate.tenant == SYSTEM || gate.tenant == due.address.tenant;
    tenant
        && match &gate.scope {
            Scope::All => true,
            Scope::Class(class) => due.class() == Some(*class),
            Scope::Key(key) => limit_of(due) == Some(key),
            Scope::Tenant(of) => gate.tenant == SYSTEM && *of == due.address.tenant,
        }
}
