//! What operators do about read models.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::audit::{AuditRecord, Outcome};
use contracts::caller::Caller;
use contracts::ports::{Audit, Feed};
use contracts::{ActorId, Cursor, Refusal, Tenant};
use projections::{Models, RebuildMode, Skipped};
use serde_json::{Value, json};

use super::admin::items;
use super::audit::Trails;
use super::reporter::now;
use crate::edge::admin::Rebuild;

/// The name of the read model of the audit trail.
const TRAIL: &str = "audit";

async fn of_trail(trails: &Trails, what: Rebuild) -> Result<Value, Refusal> {
    let report = trails.rows.rebuild(&*trails.audit, what == Rebuild::Swap).await?;
    Ok(json!(report))
}

/// Rebuilds in a task of its own: whoever asked may go away, and finds the report later.
pub(super) async fn rebuild(
    (models, trails): (&Models, &Trails),
    feed: &Arc<dyn Feed>,
    mut names: Vec<String>,
    what: Rebuild,
) -> Result<Value, Refusal> {
    // The trail is folded from a stream of its own, and keeps no former tables to go back to.
    let all = names.is_empty();
    let named = names.iter().any(|name| name == TRAIL);
    let trail = (named || all) && what != Rebuild::RollBack;
    if trail {
        names.retain(|name| name != TRAIL);
    }
    let mode = match what {
        Rebuild::Check => RebuildMode::Check,
        Rebuild::Swap => RebuildMode::Swap,
        Rebuild::RollBack => RebuildMode::RollBack,
    };
    let (models, trails, feed) = (models.clone(), trails.clone(), Arc::clone(feed));
    let rebuilding = tokio::spawn(async move {
        let told = |progress| tracing::debug!(?progress, "read_model.rebuilding");
        if trail && !all && names.is_empty() {
            return Ok(vec![of_trail(&trails, what).await?]);
        }
        let reports = models.rebuild(&names, mode, feed, told).await;
        if let Err(refusal) = &reports {
            tracing::warn!(%refusal, ?mode, "a rebuild of read models did not come to its end");
        }
        let mut reports: Vec<Value> = reports?.iter().map(|report| json!(report)).collect();
        if trail {
            reports.push(of_trail(&trails, what).await?);
        }
        Ok(reports)
    });
    let reports: Result<Vec<Value>, Refusal> =
        rebuilding.await.map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(items(reports?))
}

/// The read models, each with the commits that it passes.
pub(super) async fn models(models: &Models, trails: &Trails) -> Result<Value, Refusal> {
    let mut passed: BTreeMap<(String, u32), Vec<Skipped>> = BTreeMap::new();
    for skipped in models.skipped().await? {
        passed.entry((skipped.model.clone(), skipped.version)).or_default().push(skipped);
    }
    let rows = models.status().await?.into_iter().map(|model| {
        let skipped = passed.get(&(model.name.clone(), model.version));
        let mut row = serde_json::to_value(&model).unwrap_or_default();
        row["skipped"] = json!(skipped.map(Vec::as_slice).unwrap_or_default());
        row
    });
    let mut rows: Vec<Value> = rows.collect();
    let trail = trails.rows.status().await?;
    rows.push(json!({
        "name": TRAIL, "version": 1, "state": "live", "cursor": Cursor(trail.cursor),
        "rows": trail.rows, "commits": 0, "foreign": 0, "failed_reason": trail.trouble,
        "fault": null, "skipped": [],
    }));
    Ok(items(rows))
}

/// Lets a read model pass a commit, and writes down on whose word.
pub(super) async fn skip(
    models: &Models,
    audit: &dyn Audit,
    house: &Tenant,
    (model, cursor): (String, Cursor),
    by: Caller,
) -> Result<Value, Refusal> {
    let (principal, at) = (by.principal.as_str(), now());
    let skipped = models.skip(&model, cursor, principal, at).await?;
    let tenant = skipped.actor.as_deref().and_then(|actor| actor.split('/').next()?.parse().ok());
    let told = serde_json::to_value(&skipped).unwrap_or_default();
    let (tenant, class) =
        (tenant.unwrap_or_else(|| house.clone()), ActorId::from_static("read_model"));
    let said = "a read model passes a commit that it cannot apply";
    let record = AuditRecord::new(tenant, class, at, said)
        .by(&by)
        .outcome(Outcome::Done)
        .action("cap:admin.skip")
        .details(json!({ "skipped": told }));
    if let Err(error) = audit.record(record).await {
        tracing::error!(%error, "audit.unwritten");
    }
    Ok(told)
}
