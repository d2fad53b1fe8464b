use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use contracts::ports::{Flow, Fut, PortError, RecordEntry, Records};
use contracts::records::{
    Aggregate, AggregateQuery, Batch, BatchId, Record, RecordPlace, RecordQuery, Rule, Signal,
};
use contracts::{Tenant, Timestamp};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::bytes::Bytes;
use tokio_util::sync::CancellationToken;

use super::RecordRows;
use crate::tests::engines::on_both;
use crate::tests::given::{PATIENCE, config, open, scratch};

on_both! {
    [] records_are_found_by_what_they_say_and_by_tenant_alone;
    [] numbers_are_exact;
    [] a_batch_that_comes_twice_is_in_the_rows_once;
    [] what_is_old_goes_from_the_rows_and_from_the_stream;
    [] a_trace_is_a_tree_whatever_is_missing;
    [] services_are_told_by_who_calls_whom;
    [] lines_come_to_what_stands_out_in_them;
    [] another_stream_is_read_from_its_beginning;
    [] a_question_that_looks_at_too_much_is_refused;
}

/// TELEMETRY in memory.
#[derive(Default)]
struct Tape {
    entries: Mutex<BTreeMap<u64, RecordEntry>>,
    last: watch::Sender<u64>,
}

impl Records for Tape {
    fn put<'a>(
        &'a self,
        place: &'a RecordPlace,
        payload: Bytes,
    ) -> Fut<'a, Result<u64, PortError>> {
        let sequence = *self.last.borrow() + 1;
        let entry = RecordEntry { sequence, place: place.clone(), payload };
        self.entries.lock().expect("sound").insert(sequence, entry);
        self.last.send_replace(sequence);
        Box::pin(async move { Ok(sequence) })
    }

    fn entries(&self, after: u64, limit: usize) -> Fut<'_, Result<Vec<RecordEntry>, PortError>> {
        let all = self.entries.lock().expect("sound");
        let found = all.range(after + 1..).take(limit).map(|it| it.1.clone()).collect();
        Box::pin(async move { Ok(found) })
    }

    fn follow(&self, after: u64) -> Flow<Result<RecordEntry, PortError>> {
        let all = self.entries.lock().expect("sound");
        let told: Vec<_> = all.range(after + 1..).map(|it| Ok(it.1.clone())).collect();
        let (told, waits) = (futures_util::stream::iter(told), futures_util::stream::pending());
        Box::pin(futures_util::StreamExt::chain(told, waits))
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        let last = *self.last.borrow();
        Box::pin(async move { Ok(last) })
    }

    fn purge<'a>(&'a self, place: &'a RecordPlace, until: u64) -> Fut<'a, Result<u64, PortError>> {
        let mut all = self.entries.lock().expect("sound");
        let before = all.len();
        all.retain(|sequence, entry| *sequence > until || entry.place != *place);
        let gone = (before - all.len()) as u64;
        Box::pin(async move { Ok(gone) })
    }
}

fn tenant(name: &'static str) -> Tenant {
    Tenant::from_static(name)
}

fn records(values: &Value) -> Vec<Record> {
    contracts::read::from_ref(values).expect("records")
}

async fn tell(tape: &Tape, (whose, signal): (&'static str, Signal), at: i64, values: Value) {
    let name = format!("{whose}{signal}{at}");
    let id = BatchId::of(signal, name.as_bytes(), 0);
    let batch = Batch::new(id, Timestamp::from_millis(at), "ada", records(&values));
    put(tape, (whose, Some(signal)), &batch).await;
}

async fn put(tape: &Tape, (whose, signal): (&'static str, Option<Signal>), batch: &Batch) {
    let place = RecordPlace { tenant: tenant(whose), signal };
    let payload = Bytes::from(contracts::codec::encode(batch).expect("encoded"));
    tape.put(&place, payload).await.expect("kept");
}

/// Lets the rows read all that the tape holds.
async fn read_on(rows: &RecordRows, tape: &Arc<Tape>) {
    let shutdown = CancellationToken::new();
    let head = tape.head().await.expect("in memory");
    let reached = async {
        rows.reached(head, PATIENCE).await.expect("it reads on");
        shutdown.cancel();
    };
    let records: Arc<dyn Records> = tape.clone();
    tokio::join!(rows.run(records, shutdown.clone()), reached);
}

async fn given<F: Future<Output = ()>>(case: impl FnOnce(RecordRows, Arc<Tape>) -> F) {
    let scratch = scratch();
    let models = open(config(scratch.path())).await;
    let rows = models.records(100).await.expect("its tables are made");
    let case = case(rows, Arc::new(Tape::default()));
    tokio::time::timeout(Duration::from_secs(60), case).await.expect("in time");
    models.close().await;
}

fn all(signal: Signal) -> RecordQuery {
    RecordQuery { items_max: 500, ..RecordQuery::all(tenant("acme"), signal) }
}

async fn messages(rows: &RecordRows, query: RecordQuery) -> Vec<String> {
    let page = rows.list(&query).await.expect("listed");
    page.items.into_iter().map(|row| row.record.message).collect()
}

fn time(at: i64) -> String {
    Timestamp::from_millis(at).to_string()
}

async fn records_are_found_by_what_they_say_and_by_tenant_alone() {
    given(|rows, tape| async move {
        let told = json!([
            { "at": time(10), "level": "info", "service": "web", "message": "Hello 100%",
              "labels": { "status": 200 } },
            { "at": time(20), "level": "error", "service": "web", "message": "No\u{0} such_page",
              "labels": { "status": 404 } },
            { "at": time(30), "level": "fatal", "service": "db", "message": "Gone" },
        ]);
        tell(&tape, ("acme", Signal::Logs), 100, told).await;
        tell(&tape, ("navy", Signal::Logs), 100, json!([{ "message": "secret" }])).await;
        tell(&tape, ("acme", Signal::Logs), 200, json!([{ "message": "late" }])).await;
        read_on(&rows, &tape).await;
        let logs = || all(Signal::Logs);
        assert_eq!(
            messages(&rows, logs()).await,
            ["Hello 100%", "No\u{0} such_page", "Gone", "late"]
        );
        let bad = RecordQuery { level: "error".parse().ok(), ..logs() };
        assert_eq!(messages(&rows, bad).await, ["No\u{0} such_page", "Gone"]);
        let web = RecordQuery { services: vec!["web".to_owned()], newest_first: true, ..logs() };
        assert_eq!(messages(&rows, web).await, ["No\u{0} such_page", "Hello 100%"]);
        let both = vec!["db".to_owned(), "web".to_owned()];
        let both = RecordQuery { services: both, ..logs() };
        assert_eq!(messages(&rows, both).await.len(), 3);
        for (text, found) in [("100%", 1), ("00%0", 0), ("SUCH_page", 1), ("suchXpage", 0)] {
            let query = RecordQuery { text: Some(text.to_owned()), ..logs() };
            assert_eq!(messages(&rows, query).await.len(), found, "{text}");
        }
        let when = |at| Some(Timestamp::from_millis(at));
        let window = RecordQuery { from: when(20), to: when(30), ..logs() };
        assert_eq!(messages(&rows, window).await, ["No\u{0} such_page"]);
        let status =
            RecordQuery { conditions: vec!["status>=400".parse().expect("one")], ..logs() };
        assert_eq!(messages(&rows, status).await, ["No\u{0} such_page"]);
        let (mut seen, mut after) = (Vec::new(), None);
        loop {
            let query = RecordQuery { items_max: 3, after, ..logs() };
            let page = rows.list(&query).await.expect("listed");
            seen.extend(page.items.into_iter().map(|row| row.record.message));
            let Some(next) = page.next else { break };
            after = next.parse().ok();
        }
        assert_eq!(seen.len(), 4, "each once: {seen:?}");
        let totals = rows.totals(&tenant("acme")).await.expect("told");
        assert_eq!(totals.iter().map(|it| it.records).collect::<Vec<_>>(), [4]);
    })
    .await;
}

async fn numbers_are_exact() {
    given(|rows, tape| async move {
        let points: Vec<Value> = (1..=10)
            .map(|n| {
                let region = if n % 2 == 0 { "eu" } else { "us" };
                json!({ "at": time(n * 1_000), "name": "size", "value": n,
                        "labels": { "region": region } })
            })
            .collect();
        tell(&tape, ("acme", Signal::Metrics), 20_000, json!(points)).await;
        read_on(&rows, &tape).await;
        let functions = ["count", "sum", "min", "max", "avg", "last", "p50", "p90"];
        let functions: Vec<Aggregate> = functions
            .iter()
            .map(|name| Aggregate { name: (*name).to_owned(), function: name.parse().expect(name) })
            .collect();
        let query = AggregateQuery {
            of: all(Signal::Metrics),
            functions,
            field: "value".to_owned(),
            interval_ms: None,
            by: Vec::new(),
        };
        let told = rows.aggregate(&query).await.expect("added up");
        let point = serde_json::to_value(&told[0].points[0]).expect("JSON");
        let wanted = json!({ "count": 10.0, "sum": 55.0, "min": 1.0, "max": 10.0, "avg": 5.5,
                             "last": 10.0, "p50": 5.5, "p90": 9.1 });
        assert_eq!(point, wanted);
        let by = vec!["region".to_owned()];
        let query = AggregateQuery { interval_ms: Some(4_000), by, ..query };
        let told = rows.aggregate(&query).await.expect("added up");
        let sums: Vec<Value> = told
            .iter()
            .map(|series| {
                let sums: Vec<_> = series.points.iter().map(|it| it.numbers["sum"]).collect();
                json!([series.labels["region"], sums])
            })
            .collect();
        assert_eq!(json!(sums), json!([["eu", [2.0, 10.0, 18.0]], ["us", [4.0, 12.0, 9.0]]]));
        let first = told[0].points[0].at.expect("a time");
        assert_eq!(first.as_millis(), 0, "intervals begin at multiples of their length");
        let of = RecordQuery { conditions: vec!["region=us".parse().expect("one")], ..query.of };
        let query = AggregateQuery { of, interval_ms: None, by: Vec::new(), ..query };
        let told = rows.aggregate(&query).await.expect("added up");
        assert_eq!(told[0].points[0].numbers["sum"], Some(25.0), "the filter is applied");
    })
    .await;
}

async fn a_batch_that_comes_twice_is_in_the_rows_once() {
    given(|rows, tape| async move {
        for _ in 0..2 {
            tell(&tape, ("acme", Signal::Logs), 100, json!([{ "message": "once" }])).await;
        }
        read_on(&rows, &tape).await;
        tell(&tape, ("acme", Signal::Logs), 100, json!([{ "message": "other" }])).await;
        tell(&tape, ("navy", Signal::Logs), 100, json!([{ "message": "theirs" }])).await;
        read_on(&rows, &tape).await;
        assert_eq!(messages(&rows, all(Signal::Logs)).await, ["once"]);
        let id = BatchId::of(Signal::Logs, b"acmelogs100", 0);
        let known = rows.known(&tenant("acme"), id).await.expect("asked").expect("known");
        let content =
            Batch::new(id, Timestamp::default(), "", records(&json!([{ "message": "once" }])));
        assert_eq!(known, (1, content.content()));
        assert_eq!(rows.known(&tenant("else"), id).await, Ok(None));
        assert_eq!(rows.totals(&tenant("acme")).await.expect("told")[0].records, 1);
    })
    .await;
}

async fn what_is_old_goes_from_the_rows_and_from_the_stream() {
    given(|rows, tape| async move {
        for at in [100, 200, 300] {
            let told = json!([{ "message": format!("at {at}") }, { "message": "too" }]);
            tell(&tape, ("acme", Signal::Logs), at, told.clone()).await;
            tell(&tape, ("navy", Signal::Logs), at, told).await;
        }
        let rule = Rule { signal: Signal::Logs, days: Some(3) };
        let ruling = Batch::ruling(Timestamp::from_millis(1), "ada", rule);
        put(&tape, ("acme", None), &ruling).await;
        read_on(&rows, &tape).await;
        let acme = tenant("acme");
        assert_eq!(rows.rules(Some(&acme)).await, Ok(vec![(acme.clone(), rule)]));
        let of = (&acme, Signal::Logs);
        let gone = rows.forget(&*tape, of, Timestamp::from_millis(250)).await;
        assert_eq!(gone, Ok(Some(4)));
        assert_eq!(messages(&rows, all(Signal::Logs)).await, ["at 300", "too"]);
        let left = tape.entries(0, 99).await.expect("in memory");
        let left: Vec<u64> = left.iter().map(|entry| entry.sequence).collect();
        assert_eq!(left, [2, 4, 5, 6, 7], "the others' and the rule stay");
        let totals = rows.totals(&acme).await.expect("told");
        assert_eq!(totals[0].records, 2);
        let gone = rows.forget(&*tape, of, Timestamp::from_millis(999)).await;
        assert_eq!(gone, Ok(Some(2)));
        assert_eq!(rows.totals(&acme).await.expect("told")[0].bytes, 0);
    })
    .await;
}

fn span(id: u8, parent: Option<u8>, (at, ms): (i64, u64), service: &str) -> Value {
    let name = |id: u8| format!("{id:016x}");
    json!({
        "at": time(at), "duration_ns": ms * 1_000_000, "name": format!("s{id}"),
        "trace": "0af7651916cd43dd8448eb211c80319c", "span": name(id),
        "parent": parent.map(name), "service": service,
        "status": if id == 3 { "error" } else { "unset" },
    })
}

async fn a_trace_is_a_tree_whatever_is_missing() {
    given(|rows, tape| async move {
        let spans = json!([
            span(3, Some(2), (20, 30), "db"),
            span(1, None, (0, 100), "web"),
            span(2, Some(1), (10, 50), "api"),
            span(4, Some(1), (40, 40), "api"),
            span(5, Some(9), (200, 10), "job"),
            span(6, Some(7), (1, 1), "a"),
            span(7, Some(6), (1, 1), "a"),
        ]);
        tell(&tape, ("acme", Signal::Traces), 500, spans).await;
        let line = json!([{ "message": "in it", "trace": "0af7651916cd43dd8448eb211c80319c" }]);
        tell(&tape, ("acme", Signal::Logs), 500, line).await;
        read_on(&rows, &tape).await;
        let id = "0af7651916cd43dd8448eb211c80319c";
        let tree = rows.trace(&tenant("acme"), id).await.expect("read").expect("there");
        let roots: Vec<&str> = tree.roots.iter().map(|it| it.span.record.name.as_str()).collect();
        assert_eq!(roots, ["s1", "s5", "s7"], "what hangs nowhere is told all the same");
        let web = &tree.roots[0];
        assert_eq!(web.children.len(), 2);
        assert_eq!((web.children[0].children[0].offset_ms, web.self_ms), (20.0, 30.0));
        assert_eq!((tree.spans, tree.errors, tree.orphans), (7, 1, 2));
        assert_eq!((tree.duration_ms, tree.complete, tree.logs.len()), (210.0, true, 1));
        assert_eq!(rows.trace(&tenant("navy"), id).await, Ok(None), "another's is not there");
    })
    .await;
}

async fn services_are_told_by_who_calls_whom() {
    given(|rows, tape| async move {
        let spans = json!([
            span(1, None, (0, 100), "web"),
            span(2, Some(1), (10, 50), "api"),
            span(3, Some(2), (20, 30), "db"),
            span(4, Some(2), (60, 10), "db"),
        ]);
        tell(&tape, ("acme", Signal::Traces), 500, spans).await;
        read_on(&rows, &tape).await;
        let map = rows.services(&all(Signal::Traces)).await.expect("read");
        let edges: Vec<_> =
            map.edges.iter().map(|it| (&*it.from, &*it.to, it.calls, it.errors)).collect();
        assert_eq!(edges, [("api", "db", 2, 1), ("web", "api", 1, 0)]);
        let nodes: Vec<_> =
            map.services.iter().map(|it| (&*it.service, it.spans, it.avg_ms)).collect();
        assert_eq!(nodes, [("api", 1, 50.0), ("db", 2, 20.0), ("web", 1, 100.0)]);
    })
    .await;
}

async fn lines_come_to_what_stands_out_in_them() {
    given(|rows, tape| async move {
        let line = |at: i64, service: &str, level: &str, message: String| {
            json!({ "at": time(at), "service": service, "level": level, "message": message })
        };
        let mut lines: Vec<Value> =
            (0..40).map(|n| line(n * 1_000, "web", "info", format!("order {n} taken"))).collect();
        let declined = |n: i64| line(30_000 + n, "bank", "error", format!("card {n} declined"));
        lines.extend((0..8).map(declined));
        lines.push(line(5_000, "web", "error", "late".to_owned()));
        tell(&tape, ("acme", Signal::Logs), 90_000, json!(lines)).await;
        read_on(&rows, &tape).await;
        let told = rows.analyse(&all(Signal::Logs)).await.expect("read");
        assert_eq!((told.lines, told.errors, told.warnings), (49, 9, 0));
        let first = &told.patterns[0];
        assert_eq!((&*first.pattern, first.count), ("order * taken", 40));
        let said: Vec<&str> = told.findings.iter().map(|it| it.text.as_str()).collect();
        let when = time(29_250 + 14);
        let spike = format!("All at once at {when}: \"card * declined\", 8 times.");
        let new = "New: \"card * declined\", 8 times.";
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(said[0].starts_with("All at once at ") && said[0].len() == spike.len(), "{said:?}");
        assert_eq!(said[1..], [new, "8 of 9 errors are of bank."]);
        assert_eq!(told.findings[1].search.as_deref(), Some("declined"));
        let navy = RecordQuery::all(tenant("navy"), Signal::Logs);
        let none = rows.analyse(&navy).await.expect("read");
        assert_eq!((none.lines, none.findings.len()), (0, 0));
    })
    .await;
}

async fn another_stream_is_read_from_its_beginning() {
    given(|rows, tape| async move {
        tell(&tape, ("acme", Signal::Logs), 100, json!([{ "message": "old" }])).await;
        tell(&tape, ("acme", Signal::Logs), 200, json!([{ "message": "older" }])).await;
        read_on(&rows, &tape).await;
        let fresh = Arc::new(Tape::default());
        for at in [1, 2, 3] {
            tell(&fresh, ("acme", Signal::Logs), at, json!([{ "message": "new" }])).await;
        }
        read_on(&rows, &fresh).await;
        assert_eq!(messages(&rows, all(Signal::Logs)).await, ["new", "new", "new"]);
        assert_eq!(rows.totals(&tenant("acme")).await.expect("told")[0].records, 3);
    })
    .await;
}

async fn a_question_that_looks_at_too_much_is_refused() {
    given(|rows, tape| async move {
        let many: Vec<Value> = (0..3_000).map(|n| json!({ "message": n.to_string() })).collect();
        tell(&tape, ("acme", Signal::Logs), 100, json!(many)).await;
        read_on(&rows, &tape).await;
        let count = Aggregate { name: "count".to_owned(), function: "count".parse().expect("one") };
        let query = AggregateQuery {
            of: all(Signal::Logs),
            functions: vec![count],
            field: "value".to_owned(),
            interval_ms: None,
            by: Vec::new(),
        };
        let refused = rows.aggregate(&query).await.expect_err("too much");
        assert_eq!(refused.code, "telemetry_too_wide");
        let rare =
            RecordQuery { conditions: vec!["message=2500".parse().expect("one")], ..query.of };
        let (mut after, mut found, mut pages) = (None, 0, 0);
        loop {
            let page = rows.list(&RecordQuery { after, ..rare.clone() }).await.expect("listed");
            (found, pages) = (found + page.items.len(), pages + 1);
            let Some(next) = page.next else { break };
            after = next.parse().ok();
        }
        assert_eq!((found, pages), (1, 4), "a page may be empty, and the walk goes on");
    })
    .await;
}
