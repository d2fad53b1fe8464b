//! Erasures that were begun and not ended, such as by a program that was killed: they are found in
//! the index of actors at the start, and finished without anybody's asking again.

use std::sync::Arc;
use std::time::Duration;

use contracts::audit::{AuditRecord, Outcome, classes};
use contracts::kinds::subject;
use contracts::ports::{Audit, Counted, Feed, Privacy};
use contracts::{Address, Caller, Refusal};
use projections::Models;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::supervisor::Supervisor;
use crate::auth::now;

/// Subjects that are looked up together.
const SUBJECTS: usize = 100;
/// What the summary of a subject says while it is being erased.
const ERASING: &str = "erasing";
/// The read models that are asked.
const ASKED: [&str; 2] = ["heads", "personal"];

/// Finishes what was begun.
#[derive(Clone)]
pub(super) struct Erasures {
    pub(super) models: Models,
    pub(super) privacy: Arc<dyn Privacy>,
    pub(super) audit: Arc<dyn Audit>,
    pub(super) feed: Arc<dyn Feed>,
    /// How long it waits before it tries again what could not be done.
    pub(super) pause: Duration,
}

impl Erasures {
    /// Runs until it is aborted.
    pub(super) fn supervised(self, supervisor: &Supervisor) -> JoinHandle<()> {
        supervisor.spawn("erasures", CancellationToken::new(), move || self.clone().run())
    }

    /// Looks until all is finished that was under way, and rests.
    async fn run(self) {
        while let Err(refusal) = self.finish().await {
            let code = &*refusal.code;
            tracing::warn!(code, error = %refusal.message, "erasures wait to be finished");
            tokio::time::sleep(self.pause).await;
        }
        std::future::pending().await
    }

    async fn finish(&self) -> Result<(), Refusal> {
        let head = self.feed.head().await?;
        for model in ASKED {
            self.models.model_reached(model, head, self.pause).await?;
        }
        let mut after: Option<Address> = None;
        loop {
            let of = (&subject::KIND, ERASING);
            let subjects = self.models.flagged(of, after.as_ref(), SUBJECTS).await?;
            for subject in &subjects {
                self.finish_one(subject).await?;
            }
            if subjects.len() < SUBJECTS {
                return Ok(());
            }
            after = subjects.last().cloned();
        }
    }

    async fn finish_one(&self, Address { tenant, id, .. }: &Address) -> Result<(), Refusal> {
        let cursor = self.feed.position();
        let values = self.models.personal_count(tenant, id).await?;
        let Some(signed) = self.privacy.finish(tenant, id, Counted { values, cursor }).await?
        else {
            return Ok(());
        };
        let key = signed.receipt.key;
        tracing::warn!(%tenant, %key, "an erasure that was cut short is finished");
        let said = "an erasure that was cut short was finished: the key of a subject was destroyed";
        let record = AuditRecord::new(tenant.clone(), classes::PRIVACY, now(), said)
            .by(&Caller::runtime())
            .outcome(Outcome::Done)
            .action("erase")
            .details(json!({ "key": key, "values": signed.receipt.values }));
        let record = AuditRecord { actor: Some(format!("{}/{id}", subject::KIND)), ..record };
        Ok(self.audit.record(record).await?)
    }
}
