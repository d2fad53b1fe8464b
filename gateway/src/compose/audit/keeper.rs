//! The task that signs heads of the chains and lets go of what was kept long enough.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use contracts::audit::{
    AUDIT_HEAD_VERSION, AuditRecord, ChainName, Hold, Link, Outcome, Signed, Statement as _,
    TrailAnchor, classes,
};
use contracts::ports::AuditFilter;
use contracts::{Refusal, Tenant};
use futures_util::TryStreamExt as _;
use serde_json::json;
use tokio::time::{MissedTickBehavior, interval};

use super::super::reporter::now;
use super::Trails;
use crate::edge::trail::Trail as _;

/// How often the newest record is looked for, so that the lag can be told.
const LOOK_EVERY: Duration = Duration::from_secs(5);

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Signs and purges. Several nodes may do so at once: each finds what the others have done.
#[derive(Clone)]
pub struct Keeper {
    /// The trail.
    pub trails: Trails,
}

impl Keeper {
    /// Runs until it is dropped.
    pub async fn run(self) {
        let limits = &self.trails.limits;
        let every = |ms: u64| {
            let mut ticks = interval(Duration::from_millis(ms.max(1)));
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        };
        let (mut heads, mut purges) =
            (every(limits.head_interval_ms), every(limits.retention_interval_ms));
        let (mut looks, mut signed) = (interval(LOOK_EVERY), 0);
        if let Err(refusal) = self.finish().await {
            tracing::warn!(%refusal, "audit.purge_unfinished");
        }
        loop {
            let done = tokio::select! {
                _ = looks.tick() => self.trails.look().await.map(drop),
                _ = heads.tick() => self.sign(&mut signed).await,
                _ = purges.tick() => self.purge().await,
            };
            if let Err(refusal) = done {
                tracing::warn!(%refusal, "audit.keeper");
            }
        }
    }

    /// Signs heads of the tenants whose chains have grown since `signed`.
    async fn sign(&self, signed: &mut u64) -> Result<(), Refusal> {
        let before = self.trails.rows.position();
        let links = self.trails.rows.links(None).await?;
        let grown: BTreeSet<Tenant> = links
            .into_iter()
            .filter(|(name, link)| name.class != classes::HEAD && link.sequence > *signed)
            .map(|(name, _)| name.tenant)
            .collect();
        for tenant in &grown {
            self.trails.sign(tenant).await?;
        }
        *signed = before;
        Ok(())
    }

    /// Ends what a program before this one has begun: an anchor stands, the records are still
    /// there.
    async fn finish(&self) -> Result<(), Refusal> {
        self.trails.caught_up().await?;
        let filter = AuditFilter { tenant: None, class: Some(classes::RETENTION) };
        let mut last: BTreeMap<ChainName, u64> = BTreeMap::new();
        let mut all = self.trails.stored(filter, 0);
        while let Some(entry) = all.try_next().await? {
            let anchor: Option<Signed<TrailAnchor>> =
                entry.record().ok().and_then(|it| contracts::read::from_value(it.details).ok());
            if let Some(TrailAnchor { tenant, class, link, .. }) = anchor.map(|it| it.statement) {
                let until = last.entry(ChainName { tenant, class }).or_default();
                *until = link.sequence.max(*until);
            }
        }
        for (chain, until) in last {
            self.trails.rows.purge(&*self.trails.audit, &chain, until).await?;
        }
        Ok(())
    }

    /// Lets the beginning of each chain go that is older than it must be kept and that nobody
    /// holds.
    async fn purge(&self) -> Result<(), Refusal> {
        self.trails.caught_up().await?;
        let own = self.trails.rows.rules(None).await?;
        let holds = self.trails.rows.holds(None, false).await?;
        for (chain, _) in self.trails.rows.links(None).await? {
            let rule = own
                .iter()
                .find(|(tenant, rule)| *tenant == chain.tenant && rule.class == chain.class)
                .and_then(|(_, rule)| rule.days);
            let set = || self.trails.limits.retention_days.get(chain.class.as_str()).copied();
            let Some(days) = rule.or_else(set).filter(|_| !classes::KEPT.contains(&chain.class))
            else {
                continue;
            };
            let Some(held) = held(&chain, holds.iter().map(|(hold, _)| hold)) else { continue };
            self.purge_chain(&chain, days, &held).await?;
        }
        Ok(())
    }

    async fn purge_chain(
        &self,
        chain: &ChainName,
        days: u32,
        held: &[String],
    ) -> Result<(), Refusal> {
        let before = now().plus_millis(-DAY_MS * i64::from(days));
        let Some(link) = self.trails.rows.purgeable(chain, before, held).await? else {
            return Ok(());
        };
        self.trails.audit.record(self.anchor(chain, link, days)?).await?;
        self.trails.caught_up().await?;
        let rows = &self.trails.rows;
        match rows.purge(&*self.trails.audit, chain, link.sequence).await? {
            Some(records) => tracing::info!(%chain, records, until = link.sequence, "audit.purged"),
            None => tracing::info!(%chain, "a hold was said meanwhile; nothing was purged"),
        }
        Ok(())
    }

    fn anchor(&self, chain: &ChainName, link: Link, days: u32) -> Result<AuditRecord, Refusal> {
        let (ChainName { tenant, class }, at, v) = (chain.clone(), now(), AUDIT_HEAD_VERSION);
        let said = format!("records of {class} up to {} go: kept for {days} days", link.sequence);
        let anchor = TrailAnchor { v, tenant: tenant.clone(), class, at, link };
        let signed = serde_json::to_value(anchor.sign(&*self.trails.signer));
        let mut details = signed.map_err(|error| Refusal::internal(error.to_string()))?;
        details["days"] = json!(days);
        let record = AuditRecord::new(tenant, classes::RETENTION, at, said);
        Ok(record.outcome(Outcome::Done).action("purge").details(details))
    }
}

/// Whose records of the chain are held; `None` = all of it is.
fn held<'a>(chain: &ChainName, holds: impl Iterator<Item = &'a Hold>) -> Option<Vec<String>> {
    let about = |hold: &&Hold| {
        hold.tenant == chain.tenant && hold.class.as_ref().is_none_or(|it| *it == chain.class)
    };
    holds.filter(about).map(|hold| hold.principal.clone()).collect()
}
