use bytes::Bytes;
use serde_json::json;

use super::{
    AuditHead, AuditRecord, ChainHead, ChainName, FindingKind, Link, Signed, Statement as _,
    TrailAnchor, Verifier, VerifyReport, classes,
};
use crate::hash::Hash;
use crate::ids::{ActorId, Tenant};
use crate::ports::{AuditEntry, Signer};
use crate::time::Timestamp;
use crate::tree::{PublicKey, Signature};

/// Signs by a keyed hash: whoever has not the key cannot.
struct Keyed([u8; 32]);

impl Keyed {
    fn of(key: &[u8; 32], message: &[u8]) -> Signature {
        let hash = Hash::keyed(key, message);
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&hash.0);
        Signature(bytes)
    }
}

impl Signer for Keyed {
    fn sign(&self, message: &[u8]) -> Signature {
        Self::of(&self.0, message)
    }

    fn public_key(&self) -> PublicKey {
        PublicKey(self.0)
    }

    fn verifies(&self, key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        Self::of(&key.0, message) == *signature
    }
}

const KEY: Keyed = Keyed([7; 32]);

fn acme() -> Tenant {
    Tenant::from_static("acme")
}

fn record(class: ActorId, number: i64) -> AuditRecord {
    AuditRecord::new(acme(), class, Timestamp::from_millis(number), format!("no {number}"))
}

fn entry(sequence: u64, record: &AuditRecord) -> AuditEntry {
    let chain = ChainName { tenant: record.tenant.clone(), class: record.class.clone() };
    AuditEntry { sequence, chain, payload: Bytes::from(serde_json::to_vec(record).unwrap()) }
}

fn signed<T: super::Statement>(sequence: u64, class: ActorId, statement: T) -> AuditEntry {
    let signed = serde_json::to_value(statement.sign(&KEY)).unwrap();
    entry(sequence, &record(class, 0).details(signed))
}

fn link_of(entries: &[AuditEntry]) -> Link {
    entries.iter().fold(Link::default(), |link, it| link.then(it.sequence, &it.payload))
}

/// Six records, a head over them, two more and a head over all.
fn trail() -> Vec<AuditEntry> {
    let mut all: Vec<AuditEntry> = (1..=6)
        .map(|number| entry(number, &record(classes::REFUSED, i64::try_from(number).unwrap())))
        .collect();
    let head = |all: &[AuditEntry], sequence| {
        let own: Vec<AuditEntry> =
            all.iter().filter(|it| it.chain.class == classes::REFUSED).cloned().collect();
        let chains = vec![ChainHead { class: classes::REFUSED, link: link_of(&own) }];
        signed(sequence, classes::HEAD, AuditHead::new(acme(), Timestamp::default(), chains))
    };
    all.push(head(&all, 7));
    all.push(entry(8, &record(classes::REFUSED, 8)));
    all.push(entry(9, &record(classes::REFUSED, 9)));
    all.push(head(&all, 10));
    all
}

fn verified(entries: &[AuditEntry]) -> VerifyReport {
    let check = |key: &PublicKey, message: &[u8], signature: &Signature| {
        KEY.verifies(key, message, signature)
    };
    let mut verifier = Verifier::new(KEY.public_key(), &check);
    entries.iter().for_each(|entry| verifier.learn(entry));
    entries.iter().for_each(|entry| verifier.take(entry));
    verifier.report()
}

fn kinds(entries: &[AuditEntry]) -> Vec<FindingKind> {
    verified(entries).findings.into_iter().map(|finding| finding.kind).collect()
}

#[test]
fn a_whole_trail_is_whole() {
    let report = verified(&trail());
    assert!(report.ok, "{report:?}");
    assert_eq!((report.records, report.chains, report.heads), (10, 2, 2));
    // The heads themselves: the next one covers them.
    assert_eq!(report.uncovered, 2);
}

#[test]
fn a_changed_record_is_found_once() {
    let mut all = trail();
    all[2] = entry(3, &record(classes::REFUSED, 999));
    assert_eq!(kinds(&all), [FindingKind::ChainDiffers]);
}

#[test]
fn a_removed_record_is_found_wherever_it_stood() {
    for at in [0, 2, 5, 8] {
        let mut all = trail();
        all.remove(at);
        assert!(!verified(&all).ok, "without {at}");
    }
}

#[test]
fn an_inserted_or_moved_record_is_found() {
    let mut all = trail();
    let second = all[1].payload.clone();
    all[1].payload = std::mem::replace(&mut all[2].payload, second);
    assert_eq!(kinds(&all), [FindingKind::ChainDiffers]);
    let mut all = trail();
    let (mut last, copy) = (all.len() as u64, all[0].payload.clone());
    last += 1;
    all.insert(4, AuditEntry { sequence: 5, payload: copy, ..all[4].clone() });
    all.iter_mut().skip(5).rev().for_each(|entry| {
        entry.sequence = last;
        last -= 1;
    });
    assert!(!verified(&all).ok);
    let mut all = trail();
    all.swap(1, 2);
    assert!(kinds(&all).contains(&FindingKind::OrderBroken));
}

#[test]
fn a_head_of_another_key_counts_nothing() {
    let mut all = trail();
    all.truncate(6);
    let chains = vec![ChainHead { class: classes::REFUSED, link: link_of(&all) }];
    let head = AuditHead::new(acme(), Timestamp::default(), chains).sign(&Keyed([8; 32]));
    let head: Signed<AuditHead> = Signed { public_key: KEY.public_key(), ..head };
    let details = serde_json::to_value(head).unwrap();
    all.push(entry(7, &record(classes::HEAD, 0).details(details)));
    assert_eq!(kinds(&all), [FindingKind::SignatureInvalid]);
}

#[test]
fn a_purged_beginning_needs_its_anchor() {
    let all = trail();
    let link = link_of(&all[..4]);
    let anchor = TrailAnchor {
        v: 1,
        tenant: acme(),
        class: classes::REFUSED,
        at: Timestamp::default(),
        link,
    };
    let mut purged = all[4..].to_vec();
    assert!(!verified(&purged).ok, "without an anchor");
    purged.push(signed(11, classes::RETENTION, anchor.clone()));
    let report = verified(&purged);
    assert!(report.ok, "{report:?}");
    assert_eq!(report.anchors, 1);
    // An anchor that came after a hold is none.
    let hold = record(classes::HOLD, 0).details(json!({ "change": "hold" }));
    let mut held = purged.clone();
    held.insert(held.len() - 1, entry(10, &hold));
    assert!(!verified(&held).ok);
    // Nor may the purge have gone further than the anchor says.
    let mut further = all[5..].to_vec();
    further.push(signed(11, classes::RETENTION, anchor));
    assert!(!verified(&further).ok);
}

#[test]
fn a_record_on_a_strange_subject_is_found() {
    let mut all = trail();
    all.push(AuditEntry { sequence: 11, payload: Bytes::from_static(b"{}"), ..all[0].clone() });
    assert_eq!(kinds(&all), [FindingKind::RecordForeign]);
}

#[test]
fn a_record_of_the_first_version_is_read() {
    let old = json!({
        "tenant": "acme", "class": "refused", "at": "2026-01-01T00:00:00.000Z",
        "principal": null, "message": "no", "details": { "code": "forbidden" },
    });
    let record: AuditRecord = serde_json::from_value(old).unwrap();
    assert_eq!((record.v, record.principal.as_deref(), record.code.as_deref()), (1, None, None));
}
