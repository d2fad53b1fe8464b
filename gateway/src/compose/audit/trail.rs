//! The rows of the trail and the stream behind them, as the edge asks them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use contracts::audit::{
    AuditHead, AuditQuery, AuditRecord, AuditRow, ChainHead, ChainName, FindingKind, Outcome,
    Retention, Signed, Statement as _, Verifier, VerifyReport, classes,
};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, Signer};
use contracts::tree::{PublicKey, Signature};
use contracts::view::Page;
use contracts::{Cursor, Hash, Refusal, Tenant};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::super::reporter::now;
use crate::edge::trail::{Holds, Retentions, Trail};
use crate::settings::Audit as Limits;

/// Records read at once.
const PAGE_RECORDS: usize = 500;

/// How long the rows may take to read what the stream holds.
const SETTLED_WITHIN: Duration = Duration::from_secs(10);

/// What a page of rows was asked with, and how far it is.
struct Reading {
    trails: Trails,
    query: AuditQuery,
    ready: VecDeque<AuditRow>,
    follow: bool,
    ended: bool,
}

/// The audit trail of this program. Clones share everything.
#[derive(Clone)]
pub struct Trails {
    /// The stream.
    pub audit: Arc<dyn Audit>,
    /// Its rows.
    pub rows: projections::Trail,
    /// What signs heads.
    pub signer: Arc<dyn Signer>,
    /// How long classes are kept.
    pub limits: Limits,
    /// Where the newest record was last seen to stand.
    pub seen: Arc<AtomicU64>,
}

impl Trails {
    /// How many places the rows lie behind the stream, as far as it was seen.
    #[must_use]
    pub fn lag(&self) -> u64 {
        self.seen.load(Ordering::Relaxed).saturating_sub(self.rows.position())
    }

    /// Looks where the newest record stands.
    ///
    /// # Errors
    /// When the stream does not say.
    pub async fn look(&self) -> Result<u64, Refusal> {
        let head = self.audit.head().await?;
        self.seen.store(head, Ordering::Relaxed);
        Ok(head)
    }

    /// Resolves once the rows have read what was stored before; where the newest record stands.
    ///
    /// # Errors
    /// `min_cursor_timeout`, or trouble with the stream.
    pub async fn caught_up(&self) -> Result<u64, Refusal> {
        let head = self.look().await?;
        self.rows.reached(head, SETTLED_WITHIN).await?;
        Ok(head)
    }

    /// How far the chains of `tenant` are, in the order of their classes.
    async fn chains(&self, tenant: &Tenant) -> Result<Vec<ChainHead>, Refusal> {
        let links = self.rows.links(Some(tenant)).await?;
        Ok(links.into_iter().map(|(name, link)| ChainHead { class: name.class, link }).collect())
    }

    /// The newest head of `tenant`.
    async fn last_head(&self, tenant: &Tenant) -> Result<Option<Signed<AuditHead>>, Refusal> {
        let query = AuditQuery {
            tenant: Some(tenant.clone()),
            class: Some(classes::HEAD),
            items_max: 1,
            newest_first: true,
            ..AuditQuery::default()
        };
        let page = self.rows.list(&query).await?;
        let last = page.items.into_iter().next();
        Ok(last.and_then(|row| contracts::read::from_value(row.record.details).ok()))
    }

    /// Signs a head of the chains of `tenant` as the rows know them, and stores it; the last one
    /// again when nothing is new but heads.
    ///
    /// # Errors
    /// `audit_empty`; the stream's, when it cannot be written.
    pub async fn sign(&self, tenant: &Tenant) -> Result<Signed<AuditHead>, Refusal> {
        let chains = self.chains(tenant).await?;
        let news = |chains: &[ChainHead]| -> Vec<ChainHead> {
            chains.iter().filter(|chain| chain.class != classes::HEAD).cloned().collect()
        };
        if chains.is_empty() {
            let message = "nothing was ever written about this tenant";
            return Err(Refusal::not_found("audit_empty", message));
        }
        if let Some(last) = self.last_head(tenant).await?
            && news(&last.statement.chains) == news(&chains)
            && last.public_key == self.signer.public_key()
        {
            return Ok(last);
        }
        let at = now();
        let head = AuditHead::new(tenant.clone(), at, chains).sign(&*self.signer);
        let said = "a head of the chains was signed";
        let details = serde_json::to_value(&head);
        let details = details.map_err(|error| Refusal::internal(error.to_string()))?;
        let record = AuditRecord::new(tenant.clone(), classes::HEAD, at, said)
            .outcome(Outcome::Done)
            .details(details);
        self.audit.record(record).await?;
        Ok(head)
    }

    async fn verified(&self, tenant: Option<Tenant>) -> Result<VerifyReport, Refusal> {
        self.caught_up().await?;
        let check = |key: &PublicKey, message: &[u8], signature: &Signature| {
            self.signer.verifies(key, message, signature)
        };
        let mut verifier = Verifier::new(self.signer.public_key(), &check);
        let mut rulings = Vec::new();
        for class in [classes::HOLD, classes::RETENTION] {
            let filter = AuditFilter { tenant: tenant.clone(), class: Some(class) };
            rulings.extend(self.stored(filter, 0).try_collect::<Vec<_>>().await?);
        }
        rulings.sort_by_key(|entry| entry.sequence);
        rulings.iter().for_each(|entry| verifier.learn(entry));
        let filter = AuditFilter { tenant: tenant.clone(), class: None };
        let mut all = self.stored(filter, 0).ready_chunks(PAGE_RECORDS);
        let mut told = BTreeSet::new();
        while let Some(page) = all.next().await {
            let page: Vec<AuditEntry> = page.into_iter().collect::<Result<_, _>>()?;
            let (Some(first), Some(last)) = (page.first(), page.last()) else { continue };
            let rows = self.rows.hashes(tenant.as_ref(), first.sequence, last.sequence).await?;
            let rows: BTreeMap<u64, Hash> = rows.into_iter().collect();
            for entry in &page {
                verifier.take(entry);
                self.compare(&mut verifier, entry, &rows, &mut told);
            }
        }
        for (name, known) in self.rows.links(tenant.as_ref()).await? {
            let found = verifier.link(&name).map_or(0, |link| link.sequence);
            // What a purge has left of a chain may be nothing at all.
            let left = self.rows.hashes(Some(&name.tenant), known.sequence, known.sequence).await?;
            if known.sequence > found && !left.is_empty() {
                let message = format!("the rows know of a record at {}", known.sequence);
                verifier.find(FindingKind::RecordsMissing, &name, known.sequence, &message);
            }
        }
        Ok(verifier.report())
    }

    /// The rows were folded when the record was new: they know what it was.
    fn compare(
        &self,
        verifier: &mut Verifier<'_>,
        entry: &AuditEntry,
        rows: &BTreeMap<u64, Hash>,
        told: &mut BTreeSet<ChainName>,
    ) {
        let Some(found) = verifier.link(&entry.chain) else { return };
        let differs = rows.get(&entry.sequence).is_some_and(|row| *row != found.hash);
        if !differs {
            told.remove(&entry.chain);
        } else if told.insert(entry.chain.clone()) {
            let message = "it is not what it was when the rows read it, or one before it is not";
            let kind = FindingKind::ReadModelDiffers;
            verifier.find(kind, &entry.chain, entry.sequence, message);
        }
    }
}

impl Trail for Trails {
    fn list(&self, query: AuditQuery) -> Fut<'_, Result<Page<AuditRow, String>, Refusal>> {
        Box::pin(async move { self.rows.list(&query).await })
    }

    fn rows(&self, query: AuditQuery, follow: bool) -> Flow<Result<AuditRow, Refusal>> {
        let query = AuditQuery { items_max: PAGE_RECORDS, newest_first: false, ..query };
        let (trails, ready) = (self.clone(), VecDeque::new());
        let reading = Reading { trails, query, ready, follow, ended: false };
        Box::pin(stream::unfold(reading, |mut reading| async move {
            let item = reading.next().await?;
            Some((item, reading))
        }))
    }

    fn stored(&self, filter: AuditFilter, after: u64) -> Flow<Result<AuditEntry, Refusal>> {
        let state = (Arc::clone(&self.audit), filter, after);
        let pages = stream::try_unfold(state, |(audit, filter, after)| async move {
            let page = audit.entries(&filter, after, PAGE_RECORDS).await?;
            let Some(last) = page.last() else { return Ok::<_, Refusal>(None) };
            let last = last.sequence;
            Ok(Some((stream::iter(page.into_iter().map(Ok)), (audit, filter, last))))
        });
        Box::pin(pages.try_flatten())
    }

    fn verify(&self, tenant: Option<Tenant>) -> Fut<'_, Result<VerifyReport, Refusal>> {
        Box::pin(self.verified(tenant))
    }

    fn head(&self, tenant: Tenant) -> Fut<'_, Result<Signed<AuditHead>, Refusal>> {
        Box::pin(async move {
            self.caught_up().await?;
            self.sign(&tenant).await
        })
    }

    fn holds(&self, tenant: Option<Tenant>, released: bool) -> Fut<'_, Result<Holds, Refusal>> {
        Box::pin(async move { self.rows.holds(tenant.as_ref(), released).await })
    }

    fn retention(&self, tenant: Tenant) -> Fut<'_, Result<Retentions, Refusal>> {
        Box::pin(async move {
            let set = self.limits.retention_days.iter().filter_map(|(class, days)| {
                Some(Retention { class: class.parse().ok()?, days: Some(*days) })
            });
            let own = self.rows.rules(Some(&tenant)).await?;
            Ok((set.collect(), own.into_iter().map(|(_, rule)| rule).collect()))
        })
    }

    fn settled(&self) -> Fut<'_, Result<u64, Refusal>> {
        Box::pin(self.caught_up())
    }

    fn position(&self) -> u64 {
        self.rows.position()
    }
}

impl Reading {
    async fn next(&mut self) -> Option<Result<AuditRow, Refusal>> {
        loop {
            if let Some(row) = self.ready.pop_front() {
                return Some(Ok(row));
            }
            if self.ended {
                return None;
            }
            let before = self.trails.rows.position();
            match self.trails.rows.list(&self.query).await {
                Ok(page) => self.take(page, before).await,
                Err(refusal) => {
                    self.ended = true;
                    return Some(Err(refusal));
                }
            }
        }
    }

    async fn take(&mut self, page: Page<AuditRow, String>, before: u64) {
        if let Some(last) = page.items.last() {
            self.query.after = Some(last.cursor);
        }
        let (more, empty) = (page.next.is_some(), page.items.is_empty());
        self.ready.extend(page.items);
        if more {
            return;
        }
        if !self.follow {
            self.ended = true;
        } else if empty {
            // None of those up to here fits: they need not be looked at again.
            let after = self.query.after.map_or(0, |cursor| cursor.0).max(before);
            self.query.after = Some(Cursor(after));
            let mut positions = self.trails.rows.positions();
            self.ended = positions.wait_for(|at| *at > before).await.is_err();
        }
    }
}
