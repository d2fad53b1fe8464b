use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::audit::{
    AuditQuery, AuditRecord, ChainName, Link, Outcome, Retention, Statement as _, TrailAnchor,
    classes,
};
use contracts::ports::{Audit, AuditEntry, AuditFilter, Flow, Fut, PortError, Signer};
use contracts::tree::{PublicKey, Signature};
use contracts::{ActorId, Tenant, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::Trail;
use crate::tests::engines::on_both;
use crate::tests::given::{PATIENCE, config, open, scratch};

on_both! {
    [] records_are_listed_by_what_they_say_and_by_tenant_alone;
    [] a_purged_beginning_leaves_the_rows_and_a_rebuild_agrees;
    [] what_is_held_stays_whatever_an_anchor_says;
    [] an_anchor_that_the_rows_do_not_know_stands_for_nothing;
    [] a_tenants_own_rule_is_kept_until_it_is_taken_back;
    [] another_stream_is_read_from_its_beginning;
    [] what_is_no_record_is_shown_as_such_and_stays_in_its_chain;
    [] trouble_is_over_though_no_record_comes;
}

/// AUDIT in memory.
#[derive(Default)]
struct Tape {
    entries: Mutex<BTreeMap<u64, AuditEntry>>,
    last: watch::Sender<u64>,
    /// Whether nobody can follow it.
    away: AtomicBool,
}

impl Audit for Tape {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        let sequence = *self.last.borrow() + 1;
        let payload = Bytes::from(serde_json::to_vec(&record).expect("JSON"));
        let chain = ChainName { tenant: record.tenant, class: record.class };
        let entry = AuditEntry { sequence, chain, payload };
        self.entries.lock().expect("sound").insert(sequence, entry);
        self.last.send_replace(sequence);
        Box::pin(async { Ok(()) })
    }

    fn entries<'a>(
        &'a self,
        filter: &'a AuditFilter,
        after: u64,
        limit: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        let all = self.entries.lock().expect("sound");
        let behind = all.range(after + 1..).map(|(_, entry)| entry);
        let found = behind.filter(|it| filter.fits(&it.chain)).take(limit).cloned().collect();
        Box::pin(async move { Ok(found) })
    }

    fn follow(&self, after: u64) -> Flow<Result<AuditEntry, PortError>> {
        if self.away.load(Ordering::SeqCst) {
            let away = async { Err(PortError::Unavailable("the broker is away".to_owned())) };
            return Box::pin(futures_util::stream::once(away));
        }
        let all: Vec<AuditEntry> =
            self.entries.lock().expect("sound").range(after + 1..).map(|it| it.1.clone()).collect();
        let waits = futures_util::stream::pending();
        let told = futures_util::stream::iter(all.into_iter().map(Ok));
        Box::pin(futures_util::StreamExt::chain(told, waits))
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        let last = *self.last.borrow();
        Box::pin(async move { Ok(last) })
    }

    fn purge<'a>(&'a self, chain: &'a ChainName, until: u64) -> Fut<'a, Result<u64, PortError>> {
        let mut all = self.entries.lock().expect("sound");
        let before = all.len();
        all.retain(|sequence, entry| *sequence > until || entry.chain != *chain);
        let gone = (before - all.len()) as u64;
        Box::pin(async move { Ok(gone) })
    }
}

struct NoKey;

impl Signer for NoKey {
    fn sign(&self, _: &[u8]) -> Signature {
        Signature([0; 64])
    }

    fn public_key(&self) -> PublicKey {
        PublicKey([0; 32])
    }

    fn verifies(&self, _: &PublicKey, _: &[u8], _: &Signature) -> bool {
        true
    }
}

fn acme() -> Tenant {
    Tenant::from_static("acme")
}

fn chain(class: ActorId) -> ChainName {
    ChainName { tenant: acme(), class }
}

fn record(class: ActorId, at: i64, who: &str) -> AuditRecord {
    let record = AuditRecord::new(acme(), class, Timestamp::from_millis(at), format!("No {at}"));
    AuditRecord { principal: Some(who.to_owned()), ..record }
}

async fn write(tape: &Tape, record: AuditRecord) {
    tape.record(record).await.expect("kept");
}

async fn ruling(tape: &Tape, class: ActorId, details: Value) {
    write(tape, record(class, 0, "admin").details(details)).await;
}

/// Lets the rows read all that the tape holds.
async fn read_on(trail: &Trail, tape: &Arc<Tape>) {
    let shutdown = CancellationToken::new();
    let head = tape.head().await.expect("in memory");
    let reached = async {
        trail.reached(head, PATIENCE).await.expect("it reads on");
        shutdown.cancel();
    };
    let audit: Arc<dyn Audit> = tape.clone();
    tokio::join!(trail.run(audit, shutdown.clone()), reached);
}

/// Runs a case over forty records of two people in two classes and one of another tenant.
async fn given<F: Future<Output = ()>>(case: impl FnOnce(Trail, Arc<Tape>) -> F) {
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let trail = models.trail().await.expect("its tables are made");
    let tape = Arc::new(Tape::default());
    for at in 0..40 {
        let class = if at % 2 == 0 { classes::LOGIN } else { classes::REFUSED };
        let who = if at % 4 == 0 { "ada" } else { "bob" };
        write(&tape, record(class, at, who)).await;
    }
    let other = Tenant::from_static("other");
    let stranger = AuditRecord::new(other, classes::LOGIN, Timestamp::from_millis(99), "no");
    write(&tape, stranger).await;
    read_on(&trail, &tape).await;
    tokio::time::timeout(Duration::from_secs(60), case(trail, tape)).await.expect("in time");
    models.close().await;
}

fn all() -> AuditQuery {
    AuditQuery { tenant: Some(acme()), items_max: 500, ..AuditQuery::default() }
}

async fn places(trail: &Trail, query: AuditQuery) -> Vec<u64> {
    trail.list(&query).await.expect("listed").items.iter().map(|row| row.cursor.0).collect()
}

fn folded(tape: &Tape, name: &ChainName) -> Link {
    let all = tape.entries.lock().expect("sound");
    let own = all.values().filter(|entry| entry.chain == *name);
    own.fold(Link::default(), |link, it| link.then(it.sequence, &it.payload))
}

async fn anchor(trail: &Trail, tape: &Tape, class: ActorId, before: i64, held: &[String]) -> u64 {
    let before = Timestamp::from_millis(before);
    let link = trail.purgeable(&chain(class.clone()), before, held).await.expect("asked");
    let link = link.expect("something is older");
    let at = Timestamp::default();
    let statement = TrailAnchor { v: 1, tenant: acme(), class, at, link };
    let signed = serde_json::to_value(statement.sign(&NoKey)).expect("JSON");
    ruling(tape, classes::RETENTION, signed).await;
    link.sequence
}

async fn records_are_listed_by_what_they_say_and_by_tenant_alone() {
    given(|trail, tape| async move {
        assert_eq!(places(&trail, all()).await.len(), 40, "none of another tenant");
        let ada = AuditQuery { principal: Some("ada".to_owned()), ..all() };
        assert_eq!(places(&trail, ada).await, [1, 5, 9, 13, 17, 21, 25, 29, 33, 37]);
        let window = AuditQuery {
            class: Some(classes::LOGIN),
            from: Some(Timestamp::from_millis(10)),
            until: Some(Timestamp::from_millis(14)),
            ..all()
        };
        assert_eq!(places(&trail, window).await, [11, 13]);
        let text = AuditQuery { text: Some("NO 39".to_owned()), ..all() };
        assert_eq!(places(&trail, text).await, [40]);
        assert!(
            places(&trail, AuditQuery { outcome: Some(Outcome::Done), ..all() }).await.is_empty()
        );
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let query = AuditQuery { items_max: 7, newest_first: true, after, ..all() };
            let page = trail.list(&query).await.expect("listed");
            seen.extend(page.items.iter().map(|row| row.cursor.0));
            let Some(next) = page.next else { break };
            after = Some(next.parse().expect("a cursor"));
        }
        assert_eq!(seen, (1..=40).rev().collect::<Vec<u64>>());
        let link = trail.link(&chain(classes::LOGIN)).await.expect("asked").expect("there");
        assert_eq!(link, folded(&tape, &chain(classes::LOGIN)));
    })
    .await;
}

async fn a_purged_beginning_leaves_the_rows_and_a_rebuild_agrees() {
    given(|trail, tape| async move {
        let whole = folded(&tape, &chain(classes::LOGIN));
        let until = anchor(&trail, &tape, classes::LOGIN, 20, &[]).await;
        assert_eq!(until, 19);
        let early = trail.purge(&*tape, &chain(classes::LOGIN), until).await.expect("asked");
        assert_eq!(early, None, "not before the rows have read the anchor");
        read_on(&trail, &tape).await;
        let report = trail.rebuild(&*tape, false).await.expect("rebuilt");
        assert!(report.equal, "a crash before the purge: {report:?}");
        let gone = trail.purge(&*tape, &chain(classes::LOGIN), until).await.expect("purged");
        assert_eq!(gone, Some(10));
        assert_eq!(trail.link(&chain(classes::LOGIN)).await.expect("asked"), Some(whole));
        let report = trail.rebuild(&*tape, true).await.expect("rebuilt");
        assert!(report.equal && report.swapped, "{report:?}");
        write(&tape, record(classes::LOGIN, 50, "ada")).await;
        read_on(&trail, &tape).await;
        let link = trail.link(&chain(classes::LOGIN)).await.expect("asked").expect("there");
        assert_eq!(link.count, whole.count + 1);
    })
    .await;
}

async fn what_is_held_stays_whatever_an_anchor_says() {
    given(|trail, tape| async move {
        // The anchor was made before anybody knew of the hold, and came after it.
        let held = json!({ "change": "hold", "principal": "ada" });
        ruling(&tape, classes::HOLD, held).await;
        let until = anchor(&trail, &tape, classes::LOGIN, 20, &[]).await;
        read_on(&trail, &tape).await;
        let went = trail.purge(&*tape, &chain(classes::LOGIN), until).await.expect("asked");
        assert_eq!(went, None, "nobody purges what is held");
        assert_eq!(tape.entries.lock().expect("sound").len(), 43);
        let holds = trail.holds(Some(&acme()), false).await.expect("asked");
        let all_holds = trail.holds(None, true).await.expect("asked");
        assert_eq!((holds.len(), &holds), (1, &all_holds));
        let older = Timestamp::from_millis(20);
        let name = chain(classes::LOGIN);
        let before = trail.purgeable(&name, older, &["ada".to_owned()]).await.expect("asked");
        assert_eq!(before, None, "ada is in the first record");
        let release = json!({ "change": "release", "hold": holds[0].0.id });
        ruling(&tape, classes::HOLD, release).await;
        let until = anchor(&trail, &tape, classes::LOGIN, 20, &[]).await;
        read_on(&trail, &tape).await;
        assert!(trail.holds(Some(&acme()), false).await.expect("asked").is_empty());
        assert_eq!(trail.purge(&*tape, &name, until).await.expect("purged"), Some(10));
        let report = trail.rebuild(&*tape, false).await.expect("rebuilt");
        assert!(report.equal, "{report:?}");
    })
    .await;
}

async fn an_anchor_that_the_rows_do_not_know_stands_for_nothing() {
    given(|trail, tape| async move {
        let link = Link { sequence: 19, count: 10, hash: contracts::Hash::ZERO };
        let at = Timestamp::default();
        for class in [classes::LOGIN, classes::HOLD] {
            let statement = TrailAnchor { v: 1, tenant: acme(), class, at, link };
            let signed = serde_json::to_value(statement.sign(&NoKey)).expect("JSON");
            ruling(&tape, classes::RETENTION, signed).await;
        }
        read_on(&trail, &tape).await;
        assert_eq!(places(&trail, all()).await.len(), 42);
    })
    .await;
}

async fn a_tenants_own_rule_is_kept_until_it_is_taken_back() {
    given(|trail, tape| async move {
        let rule = |days| json!(Retention { class: classes::LOGIN, days });
        ruling(&tape, classes::RETENTION, rule(Some(30))).await;
        read_on(&trail, &tape).await;
        let rules = trail.rules(None).await.expect("asked");
        assert_eq!(rules, [(acme(), Retention { class: classes::LOGIN, days: Some(30) })]);
        ruling(&tape, classes::RETENTION, rule(None)).await;
        read_on(&trail, &tape).await;
        assert!(trail.rules(Some(&acme())).await.expect("asked").is_empty());
    })
    .await;
}

async fn another_stream_is_read_from_its_beginning() {
    given(|trail, _| async move {
        let other = Arc::new(Tape::default());
        write(&other, record(classes::LOGIN, 1, "eve")).await;
        let shutdown = CancellationToken::new();
        let emptied = async {
            trail.positions().wait_for(|at| *at == 1).await.expect("open");
            shutdown.cancel();
        };
        let audit: Arc<dyn Audit> = other.clone();
        tokio::join!(trail.run(audit, shutdown.clone()), emptied);
        let eve = AuditQuery { principal: Some("eve".to_owned()), ..all() };
        assert_eq!(places(&trail, all()).await, places(&trail, eve).await);
    })
    .await;
}

async fn what_is_no_record_is_shown_as_such_and_stays_in_its_chain() {
    given(|trail, tape| async move {
        let (sequence, payload) = (42, Bytes::from_static(b"{"));
        let entry = AuditEntry { sequence, chain: chain(classes::LOGIN), payload };
        tape.entries.lock().expect("sound").insert(sequence, entry);
        tape.last.send_replace(sequence);
        read_on(&trail, &tape).await;
        let name = chain(classes::LOGIN);
        let link = trail.link(&name).await.expect("asked");
        assert_eq!(link, Some(folded(&tape, &name)));
        assert!(trail.rebuild(&*tape, false).await.expect("rebuilt").equal);
    })
    .await;
}

async fn trouble_is_over_though_no_record_comes() {
    given(|trail, tape| async move {
        tape.away.store(true, Ordering::SeqCst);
        let running = trail.run(tape.clone(), CancellationToken::new());
        let told = async {
            for is_away in [true, false] {
                tape.away.store(is_away, Ordering::SeqCst);
                while trail.trouble().is_some() != is_away {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        };
        tokio::select! {
            () = running => panic!("nobody ended it"),
            told = tokio::time::timeout(PATIENCE, told) => told.expect("the trouble is over"),
        }
    })
    .await;
}
