use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::chain::{ChainName, Link};
use super::head::{AuditHead, Signed, Statement, TrailAnchor};
use super::hold::HoldChange;
use super::record::{AuditRecord, classes};
use crate::ids::{ActorId, Tenant};
use crate::ports::AuditEntry;
use crate::tree::{PublicKey, Signature};

/// What is wrong with a trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A signed head says otherwise than the records: one was changed, removed, inserted or moved.
    ChainDiffers,
    /// A signed head tells of records that are not there.
    RecordsMissing,
    /// A head or anchor is not signed by the key that is trusted.
    SignatureInvalid,
    /// A record stands on the subject of another tenant or class, or cannot be read.
    RecordForeign,
    /// Records come in another order than they were stored in, or twice.
    OrderBroken,
    /// The read model has kept another hash of this record.
    ReadModelDiffers,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What.
    pub kind: FindingKind,
    /// In which chain, as `tenant/class`.
    pub chain: String,
    /// At which record, or else at which head.
    pub sequence: u64,
    /// One sentence.
    pub message: String,
}

/// What a trail was found to be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Whether nothing is wrong.
    pub ok: bool,
    /// How many records were read.
    pub records: u64,
    /// How many chains they are of.
    pub chains: u64,
    /// How many signed heads were checked.
    pub heads: u64,
    /// How many chains begin behind a signed anchor.
    pub anchors: u64,
    /// How many records no head covers yet.
    pub uncovered: u64,
    /// What is wrong, at most [`FINDINGS_MAX`].
    pub findings: Vec<Finding>,
}

/// How many findings a report tells.
pub const FINDINGS_MAX: usize = 100;

/// Checks a signature.
pub type Check<'a> = &'a (dyn Fn(&PublicKey, &[u8], &Signature) -> bool + Send + Sync);

/// Walks a trail in the order of the stream, pure and with bounded memory: what was folded is kept
/// until a head of the tenant has spoken of it.
pub struct Verifier<'a> {
    key: PublicKey,
    check: Check<'a>,
    chains: BTreeMap<ChainName, Chain>,
    anchors: BTreeMap<ChainName, Vec<Link>>,
    anchored: BTreeSet<ChainName>,
    /// The holds in force, by tenant and id: of which class.
    holds: BTreeMap<(Tenant, String), Option<ActorId>>,
    last: u64,
    report: VerifyReport,
}

#[derive(Default)]
struct Chain {
    now: Link,
    /// What it came from, since the last head: by sequence.
    recent: BTreeMap<u64, Link>,
    covered: u64,
}

impl<'a> Verifier<'a> {
    /// A verifier that trusts `key` alone.
    #[must_use]
    pub fn new(key: PublicKey, check: Check<'a>) -> Self {
        Self {
            key,
            check,
            chains: BTreeMap::new(),
            anchors: BTreeMap::new(),
            anchored: BTreeSet::new(),
            holds: BTreeMap::new(),
            last: 0,
            report: VerifyReport::default(),
        }
    }

    /// Reads what `entry` says of purged beginnings and of holds; all entries of the classes
    /// `retention` and `hold` are told in their order before the first [`Verifier::take`].
    pub fn learn(&mut self, entry: &AuditEntry) {
        if entry.chain.class == classes::HOLD {
            return self.heed(entry);
        }
        let Some(anchor) = anchor(entry) else { return };
        let known = self.trusts(&anchor) && anchor.statement.tenant == entry.chain.tenant;
        if !known {
            let message = "an anchor is not signed by the key that is trusted";
            self.find(FindingKind::SignatureInvalid, &entry.chain, entry.sequence, message);
            return;
        }
        let TrailAnchor { tenant, class, link, .. } = anchor.statement;
        let held = |held: &Option<ActorId>| held.as_ref().is_none_or(|it| *it == class);
        if self.holds.iter().any(|((of, _), about)| *of == tenant && held(about)) {
            // It came after a hold: it stands for nothing, and nothing may be gone for it.
            return;
        }
        self.anchors.entry(ChainName { tenant, class }).or_default().push(link);
    }

    /// Notes a hold of all records of a class, or of all. Whose records a hold of one principal
    /// covers cannot be told once they are gone.
    fn heed(&mut self, entry: &AuditEntry) {
        let (tenant, id) = (entry.chain.tenant.clone(), entry.sequence.to_string());
        let details = entry.record().map(|record| record.details).unwrap_or_default();
        match crate::read::from_value(details) {
            Ok(HoldChange::Hold { class, principal: None }) => {
                self.holds.insert((tenant, id), class);
            }
            Ok(HoldChange::Release { hold }) => drop(self.holds.remove(&(tenant, hold))),
            _ => {}
        }
    }

    /// The next entry.
    pub fn take(&mut self, entry: &AuditEntry) {
        self.report.records += 1;
        let AuditEntry { sequence, chain, payload } = entry;
        if *sequence <= self.last {
            self.find(FindingKind::OrderBroken, chain, *sequence, "it stands behind a later one");
        }
        self.last = self.last.max(*sequence);
        let record = entry.record().ok();
        let own = |it: &AuditRecord| it.tenant == chain.tenant && it.class == chain.class;
        if !record.as_ref().is_some_and(own) {
            let message = "what stands there is no record of this tenant and class";
            self.find(FindingKind::RecordForeign, chain, *sequence, message);
        }
        let seed = self.seed(chain, *sequence);
        let known = self.chains.entry(chain.clone()).or_insert_with(|| Chain {
            now: seed,
            recent: BTreeMap::from([(seed.sequence, seed)]),
            covered: seed.count,
        });
        known.now = known.now.then(*sequence, payload);
        known.recent.insert(*sequence, known.now);
        if chain.class == classes::HEAD
            && let Some(record) = record
        {
            self.head(chain, *sequence, record);
        }
    }

    /// Where a chain whose first record is at `first` begins: behind the last anchor before it.
    fn seed(&mut self, chain: &ChainName, first: u64) -> Link {
        if self.chains.contains_key(chain) {
            return Link::default();
        }
        let anchors = self.anchors.get(chain).into_iter().flatten();
        let seed = anchors.filter(|link| link.sequence < first).max_by_key(|link| link.sequence);
        let Some(seed) = seed.copied() else { return Link::default() };
        self.anchored.insert(chain.clone());
        seed
    }

    fn head(&mut self, chain: &ChainName, sequence: u64, record: AuditRecord) {
        let signed: Option<Signed<AuditHead>> = crate::read::from_value(record.details).ok();
        let signed = signed.filter(|signed| {
            self.trusts(signed)
                && signed.statement.root_holds()
                && signed.statement.tenant == chain.tenant
        });
        let Some(signed) = signed else {
            let message = "a head is not signed by the key that is trusted";
            return self.find(FindingKind::SignatureInvalid, chain, sequence, message);
        };
        self.report.heads += 1;
        for said in signed.statement.chains {
            let name = ChainName { tenant: chain.tenant.clone(), class: said.class };
            self.compare(&name, sequence, said.link);
        }
    }

    fn compare(&mut self, name: &ChainName, head: u64, said: Link) {
        let purged = |link: &Link| link.sequence >= said.sequence;
        let purged = self.anchors.get(name).is_some_and(|all| all.iter().any(purged));
        let Some(known) = self.chains.get_mut(name) else {
            if !purged {
                let message = format!("the head tells of {} records; none is there", said.count);
                self.find(FindingKind::RecordsMissing, name, head, &message);
            }
            return;
        };
        let found = known.recent.get(&said.sequence).copied();
        known.covered = known.covered.max(said.count);
        known.recent.retain(|sequence, _| *sequence >= said.sequence);
        match found {
            Some(found) if found == said => {}
            Some(found) => {
                let message = format!(
                    "up to {} the head tells of {} records with the hash {}; there are {} with {}",
                    said.sequence, said.count, said.hash, found.count, found.hash
                );
                self.find(FindingKind::ChainDiffers, name, said.sequence, &message);
                // What comes behind it is judged by itself: one fault is told once.
                self.go_on_from(name, said);
            }
            None if purged => {}
            None => {
                let message = format!("the head tells of a record at {}", said.sequence);
                self.find(FindingKind::RecordsMissing, name, said.sequence, &message);
                self.go_on_from(name, said);
            }
        }
    }

    /// Folds what was read behind `said` as if the chain were what the head says; the hashes of
    /// what stands between are not known any more, so that it waits for the next head.
    fn go_on_from(&mut self, name: &ChainName, said: Link) {
        if let Some(known) = self.chains.get_mut(name)
            && known.now.sequence <= said.sequence
        {
            known.now = said;
            known.recent = BTreeMap::from([(said.sequence, said)]);
        }
    }

    fn trusts<T: Statement>(&self, signed: &Signed<T>) -> bool {
        signed.public_key == self.key
            && (self.check)(&self.key, &signed.statement.message(), &signed.signature)
    }

    /// Notes something that the caller has found by itself.
    pub fn find(&mut self, kind: FindingKind, chain: &ChainName, sequence: u64, message: &str) {
        if self.report.findings.len() < FINDINGS_MAX {
            let (chain, message) = (chain.to_string(), message.to_owned());
            self.report.findings.push(Finding { kind, chain, sequence, message });
        }
    }

    /// How far a chain is.
    #[must_use]
    pub fn link(&self, chain: &ChainName) -> Option<Link> {
        self.chains.get(chain).map(|known| known.now)
    }

    /// The tenants that were met.
    #[must_use]
    pub fn tenants(&self) -> BTreeSet<Tenant> {
        self.chains.keys().map(|chain| chain.tenant.clone()).collect()
    }

    /// What was found.
    #[must_use]
    pub fn report(mut self) -> VerifyReport {
        self.report.ok = self.report.findings.is_empty();
        self.report.chains = self.chains.len() as u64;
        self.report.anchors = self.anchored.len() as u64;
        let left = |chain: &Chain| chain.now.count.saturating_sub(chain.covered);
        self.report.uncovered = self.chains.values().map(left).sum();
        self.report
    }
}

/// The anchor that an entry tells.
fn anchor(entry: &AuditEntry) -> Option<Signed<TrailAnchor>> {
    (entry.chain.class == classes::RETENTION).then_some(())?;
    crate::read::from_value(entry.record().ok()?.details).ok()
}
