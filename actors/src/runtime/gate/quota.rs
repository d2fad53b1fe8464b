//! Quotas: how many commands a tenant may still send. What was used stands with the organization;
//! what came since is counted here, from the tail, and told to the organization from time to time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use contracts::access::Capability;
use contracts::kinds::organization::{self, Consume, Event, Scope};
use contracts::page::read_event;
use contracts::ports::{CommandBus as _, Wait};
use contracts::{
    ActorId, Address, Caller, CommandName, Envelope, Recorded, Refusal, Tenant, Timestamp,
    lifecycle,
};

use super::takes::Takes;
use crate::runtime::Runtime;
use crate::runtime::directory::Snapshot;

/// One feature of one tenant.
type Feature = (Tenant, String, Scope);

/// What was used and is not told yet.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    window: Timestamp,
    used: u64,
}

/// Counts what the gate lets through, as the log tells it.
#[derive(Default)]
pub struct Meter {
    counts: Mutex<HashMap<Feature, Count>>,
}

impl Meter {
    fn counts(&self) -> MutexGuard<'_, HashMap<Feature, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is enough left for one more command.
    ///
    /// # Errors
    /// `quota_exceeded`, `organization_full`.
    pub fn ensure(
        &self,
        snapshot: &Snapshot,
        envelope: &Envelope,
        takes: Takes<'_>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Takes::Command(name) = takes else { return Ok(()) };
        let house = snapshot.house(&envelope.to.tenant);
        if let Some(most) = house.is_full(&envelope.to.kind, name.as_str()) {
            return Err(organization::quota_exceeded(most, most));
        }
        if house.counted.is_empty() {
            return Ok(());
        }
        let capability = Capability::new(envelope.to.kind.as_str(), name.as_str());
        for (pattern, place) in house.counted.iter() {
            let Some(allowance) = house.governance.allowances.get(*place) else { continue };
            if !pattern.matches(capability) || allowance.entitle.scope != Scope::Organization {
                continue;
            }
            // What is not entitled any more may not be used any more.
            let quota = if allowance.counts(now) { allowance.entitle.quota } else { Some(0) };
            let Some(quota) = quota else { continue };
            let window = allowance.entitle.period.window(now);
            let feature = &allowance.entitle.feature;
            let since = self.since(&envelope.to.tenant, feature, window);
            let used = allowance.consumed(now).saturating_add(since);
            if used >= quota {
                return Err(organization::quota_exceeded(used, quota));
            }
        }
        Ok(())
    }

    fn since(&self, tenant: &Tenant, feature: &str, window: Timestamp) -> u64 {
        let key = (tenant.clone(), feature.to_owned(), Scope::Organization);
        let count = self.counts().get(&key).copied().unwrap_or_default();
        if count.window == window { count.used } else { 0 }
    }

    /// Counts a commit against what its tenant may use, as `before` knows it; what an organization
    /// was told is no longer counted here.
    pub fn see(&self, before: &Snapshot, recorded: &Recorded) {
        let commit = &recorded.commit;
        if commit.kind == organization::KIND {
            self.told(recorded);
        }
        let house = before.house(&commit.tenant);
        let own = commit.command.by.principal == Caller::RUNTIME;
        if house.counted.is_empty() || own || lifecycle::is_runtime(&commit.command.name) {
            return;
        }
        let capability = Capability::new(commit.kind.as_str(), commit.command.name.as_str());
        for (pattern, place) in house.counted.iter() {
            let Some(allowance) = house.governance.allowances.get(*place) else { continue };
            if !pattern.matches(capability) || allowance.entitle.scope != Scope::Organization {
                continue;
            }
            let window = allowance.entitle.period.window(commit.at);
            let feature = allowance.entitle.feature.clone();
            let key = (commit.tenant.clone(), feature, Scope::Organization);
            let mut counts = self.counts();
            let count = counts.entry(key).or_default();
            if count.window != window {
                *count = Count { window, used: 0 };
            }
            count.used += 1;
        }
    }

    fn told(&self, recorded: &Recorded) {
        let commit = &recorded.commit;
        if commit.command.by.principal != Caller::RUNTIME {
            return;
        }
        for event in &commit.events {
            if let Ok(Event::Consumed { feature, scope, amount, window }) =
                read_event::<organization::Organization>(event)
            {
                let key = (commit.tenant.clone(), feature, scope);
                let mut counts = self.counts();
                if let Some(count) = counts.get_mut(&key).filter(|it| it.window == window) {
                    count.used = count.used.saturating_sub(amount);
                }
            }
        }
    }

    /// What is to be told now.
    fn untold(&self) -> Vec<(Feature, u64)> {
        let mut counts = self.counts();
        counts.retain(|_, count| count.used > 0);
        counts.iter().map(|(feature, count)| (feature.clone(), count.used)).collect()
    }
}

/// Tells organizations from time to time what was used.
pub fn spawn(runtime: &Runtime) {
    let runtime = runtime.clone();
    let tracker = runtime.shared.tasks.clone();
    tracker.spawn(async move {
        let shared = runtime.shared.clone();
        let pause = Duration::from_millis(shared.config.quota_told_ms.max(1));
        loop {
            let slept = shared.stop.run_until_cancelled(tokio::time::sleep(pause)).await;
            if slept.is_none() {
                return;
            }
            for (feature, amount) in shared.gate.meter.untold() {
                tell(&runtime, feature, amount).await;
            }
        }
    });
}

/// A failure changes nothing: what was not told is told the next time.
async fn tell(runtime: &Runtime, (tenant, feature, scope): Feature, amount: u64) {
    let Ok(id) = ActorId::new(tenant.as_str()) else { return };
    let to = Address::new(tenant, organization::KIND, id);
    if !runtime.shared.shares.owns(to.partition()) {
        // Its owner counts the same, and tells.
        return;
    }
    let Ok(input) = serde_json::to_value(Consume { feature, scope, amount }) else { return };
    let name = CommandName::from_static("consume");
    let (command, by) = (runtime.shared.fresh_id(), Caller::runtime());
    let asked = runtime.ask(Envelope::new(command, to, name, input, by), Wait::Accepted);
    if let Err(refusal) = asked.await {
        tracing::warn!(%refusal, "quota.untold");
        return;
    }
    // Its commit is seen before the next telling, or what it tells would be told again.
    let directory = &runtime.shared.directory;
    let head = runtime.shared.world.feed.position();
    let seen = tokio::time::timeout(Duration::from_secs(1), directory.reached(head)).await;
    drop(seen);
}
