//! What the program tells of itself to a server of OTLP, and that nothing depends on whether
//! anybody listens.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cambium_tests::otlp::{Otlp, attributes, hex, named};
use cambium_tests::program::Program;
use cambium_tests::python;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde_json::{Value, json};

/// The trace of the caller.
pub(super) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
/// The caller's own span.
pub(super) const CALLER: &str = "b7ad6b7169203331";

pub(super) fn parent() -> String {
    format!("00-{TRACE}-{CALLER}-01")
}

/// Spans and measures go to `otlp` soon after they are made.
pub(super) async fn telling(
    binary: &str,
    home: &Path,
    otlp: &str,
    more: &[(&str, &str)],
) -> Program {
    let mut environment = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", otlp),
        ("OTEL_BSP_SCHEDULE_DELAY", "20"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "300"),
        ("OTEL_TRACES_SAMPLER", "parentbased_always_off"),
    ];
    environment.extend(more);
    let program = Program::start_in(binary, &home.join("data"), &[], &environment).await;
    program.expect("the program starts")
}

/// The spans of the caller's trace, by their ids.
fn tree(otlp: &Otlp) -> BTreeMap<String, Span> {
    let own = otlp.spans().into_iter().filter(|span| hex(&span.trace_id) == TRACE);
    own.map(|span| (hex(&span.span_id), span)).collect()
}

/// The names from a span up to the caller's.
fn way(tree: &BTreeMap<String, Span>, span: &Span) -> Vec<String> {
    let (mut names, mut at) = (Vec::new(), span);
    loop {
        names.push(at.name.clone());
        match tree.get(&hex(&at.parent_span_id)) {
            Some(parent) => at = parent,
            None => {
                names.push(hex(&at.parent_span_id));
                return names;
            }
        }
    }
}

async fn turn(program: &Program) -> Value {
    let agent = json!({ "principal": "helper", "role": "agent", "model": "local/rules" });
    let create = json!({ "kind": "group", "members": [agent] });
    let path = "/v1/conversation/told";
    let made = program.request(reqwest::Method::PUT, path).json(&create).send().await;
    assert!(made.expect("asked").status().is_success());
    let post = program.request(reqwest::Method::POST, &format!("{path}/post"));
    let post = post.header("traceparent", parent()).header("tracestate", "vendor=1");
    let post = post.header("baggage", "team=red, secret=hidden-words");
    let answer = post.json(&json!({ "text": "Hello?" })).send().await.expect("posted");
    let told = answer.headers()["traceparent"].to_str().expect("text").to_owned();
    assert!(told.starts_with(&format!("00-{TRACE}-")) && told.ends_with("-01"), "{told}");
    answer.json().await.expect("an answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_with_a_call_of_a_model_is_one_tree_of_spans() {
    let (home, otlp) = (tempfile::tempdir().expect("a directory"), Otlp::start().await);
    let more = [
        ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=open%20sesame"),
    ];
    std::fs::create_dir_all(home.path().join("data")).expect("made");
    let settings = "[telemetry]\nbaggage_keys = [\"team\"]\n";
    std::fs::write(home.path().join("data/cambium.toml"), settings).expect("written");
    let program = telling(super::BINARY, home.path(), &otlp.url, &more).await;
    turn(&program).await;
    let applied = |span: &Span| span.name == "read_models apply";
    let done = |otlp: &Otlp| {
        let tree = tree(otlp);
        let outcome = tree.values().find(|span| span.name == "conversation.cambium:outcome");
        outcome.is_some_and(|outcome| {
            let of = attributes(outcome)["cambium.revision"].clone();
            let rows = |span: &&Span| applied(span) && attributes(span)["cambium.revision"] == of;
            tree.values().find(rows).is_some()
        })
    };
    otlp.until("the turn and its rows", done).await;
    otlp.until("the request", |otlp| tree(otlp).values().any(|it| it.name.starts_with("POST")))
        .await;
    let tree = tree(&otlp);
    let find = |name: &str| {
        let found = tree.values().find(|span| span.name == name);
        found.unwrap_or_else(|| panic!("no {name}: {:?}", named(&otlp.spans())))
    };
    let chat = find("chat local/rules");
    let names = way(&tree, chat);
    let up = ["chat local/rules", "effect llm", "conversation.post"];
    assert_eq!(names[..3], up, "{names:?}");
    assert!(names[3].starts_with("POST /v1/"), "{names:?}");
    assert_eq!(names[4], CALLER, "{names:?}");
    assert_eq!(chat.kind(), SpanKind::Client);
    let said = attributes(chat);
    for (name, value) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "local"),
        ("gen_ai.request.model", "local/rules"),
        ("gen_ai.response.finish_reasons", "stop"),
        ("cambium.baggage", "team=red"),
    ] {
        assert_eq!(said.get(name).map(String::as_str), Some(value), "{said:?}");
    }
    assert!(said.keys().all(|name| !name.ends_with(".messages")), "no content: {said:?}");
    assert_eq!(way(&tree, find("model attempt"))[1], "chat local/rules");
    let outcome = way(&tree, find("conversation.cambium:outcome"));
    assert_eq!(outcome[1], "effect llm", "{outcome:?}");
    for step in ["gate", "decide", "append"] {
        let of = |span: &&Span| {
            let way = way(&tree, span);
            span.name == step && way[1] == "conversation.post"
        };
        assert!(tree.values().find(of).is_some(), "no {step} of the command");
    }
    told_both_ways(&program, find("conversation.post")).await;
    let resource = &otlp.resources()[0];
    assert_eq!(resource["service.name"], "cambium");
    assert_eq!(resource["deployment.environment.name"], "test");
    assert_eq!(otlp.headers()[0]["x-key"], "open sesame");
    otlp.until("measures", |otlp| !otlp.metrics().is_empty()).await;
    let texts = format!("{:?}{:?}", otlp.spans(), otlp.metrics());
    assert!(!texts.contains("hidden-words") && !texts.contains("Hello?"), "{texts}");
    program.stop().expect("it ends in order");
}

/// From the event to the span of its command, and back.
async fn told_both_ways(program: &Program, post: &Span) {
    let said = attributes(post);
    let events = program.get("/v1/conversation/told/events?limit=100").await.expect("read");
    let commits = events["items"].as_array().expect("a list");
    let at = said["cambium.revision"].parse::<u64>().ok();
    let revision = |commit: &&Value| commit["revision"].as_u64() == at;
    let commit = commits.iter().find(revision).expect("the commit of the command");
    let stands = commit["command"]["trace"]["parent"].as_str().expect("a trace");
    assert_eq!(stands, format!("00-{TRACE}-{}-01", hex(&post.span_id)), "{commit}");
    assert_eq!(commit["command"]["trace"]["state"], "vendor=1");
    assert_eq!(commit["command"]["trace"]["baggage"], "team=red");
    assert_eq!(said["cambium.actor"], "main/conversation/told");
    let rows = program.get(&format!("/v1/timeline?trace={TRACE}")).await.expect("read");
    let told = rows["items"].as_array().expect("a list");
    let of = |row: &Value| row["revision"].as_u64() == at && row["trace_id"] == TRACE;
    assert!(at.is_some() && told.iter().any(of), "{rows}");
}

/// A publisher of NATS that has a trace of its own.
const PUBLISH: &str = r#"
import asyncio, json, sys
from pathlib import Path
import nats

async def main(data, parent):
    server = json.loads((data / "nats.json").read_text())
    nc = await nats.connect(server["url"], user=server["user"], password=server["password"],
                            inbox_prefix=b"_INBOX_main")
    headers = {"cambium-command": "add", "traceparent": parent, "tracestate": "vendor=1"}
    await nc.jetstream().publish("cmd.main.counter.told", b'{"by": 1}', headers=headers)
    headers["traceparent"] = "garbage"
    await nc.jetstream().publish("cmd.main.counter.untold", b'{"by": 1}', headers=headers)
    await nc.close()

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_nats_goes_on_with_its_publishers_trace_over_grpc() {
    let (home, otlp) = (tempfile::tempdir().expect("a directory"), Otlp::start().await);
    let grpc = [("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let program = telling(super::BINARY, home.path(), &otlp.url, &grpc).await;
    let python = python::interpreter(Path::new(env!("CARGO_TARGET_TMPDIR"))).expect("python");
    let mut publish = Command::new(python);
    publish.args(["-c", PUBLISH]).arg(program.data()).arg(parent());
    python::run(&mut publish).expect("it succeeds");
    otlp.until("the command", |otlp| !tree(otlp).is_empty()).await;
    let done = |otlp: &Otlp| tree(otlp).values().any(|span| span.name == "counter.add");
    otlp.until("the command and its steps", done).await;
    let tree = tree(&otlp);
    let command = tree.values().find(|span| span.name == "counter.add").expect("waited for");
    assert_eq!(hex(&command.parent_span_id), CALLER);
    assert_eq!((command.kind(), command.trace_state.as_str()), (SpanKind::Consumer, "vendor=1"));
    assert_eq!(attributes(command)["messaging.system"], "nats");
    let commands = |metric: &opentelemetry_proto::tonic::metrics::v1::Metric| {
        let Some(Data::Sum(sum)) = &metric.data else { return false };
        metric.name == "cambium_commands" && sum.is_monotonic && !sum.data_points.is_empty()
    };
    otlp.until("measures", |otlp| otlp.metrics().iter().any(commands)).await;
    let metrics = otlp.metrics();
    let of = |name: &str| metrics.iter().find(|metric| metric.name == name).expect("told");
    let Some(Data::Histogram(took)) = &of("cambium_command_duration_seconds").data else {
        panic!("a histogram");
    };
    let point = &took.data_points[0];
    assert_eq!(point.bucket_counts.len(), point.explicit_bounds.len() + 1);
    assert_eq!(point.bucket_counts.iter().sum::<u64>(), point.count);
    assert_eq!(of("cambium_command_duration_seconds").unit, "s");
    program.stop().expect("it ends in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_answers_holds_nothing_up() {
    let home = tempfile::tempdir().expect("a directory");
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("bound"));
    // Connections are accepted by the system, and nobody reads them.
    let more = [
        ("OTEL_TRACES_SAMPLER", "always_on"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "8"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4"),
    ];
    let program = telling(super::BINARY, home.path(), &url, &more).await;
    for number in 1..=50 {
        let answer = program.post("/v1/counter/held/add", &json!({ "by": 1 })).await;
        assert_eq!(answer.expect("answered")["output"]["value"], number);
    }
    let text = program.request(reqwest::Method::GET, "/metrics").send().await.expect("asked");
    let text = text.text().await.expect("text");
    let name = "cambium_telemetry_spans_total{outcome=\"dropped\"} ";
    let dropped = text.lines().find_map(|line| line.strip_prefix(name)).expect("counted");
    assert!(dropped.parse::<u64>().expect("a number") > 0, "{text}");
    program.stop().expect("it ends in order");
}

/// Measures that are told only where there is something to tell: a model that costs, an effect that
/// waits, a task that has failed, TLS.
const SOMETIMES: &[&str] = &[
    "cambium_effects",
    "cambium_model_cost_usd",
    "cambium_task_restarts",
    "cambium_tls_certificate_ends_seconds",
    "cambium_tls_reloads",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_measure_of_the_page_is_told_and_none_besides() {
    let (home, otlp) = (tempfile::tempdir().expect("a directory"), Otlp::start().await);
    let program = telling(super::BINARY, home.path(), &otlp.url, &[]).await;
    turn(&program).await;
    let chat = |otlp: &Otlp| otlp.spans().iter().any(|span| span.name == "chat local/rules");
    otlp.until("a call of a model", chat).await;
    let refused = program.post("/v1/counter/c/add", &json!({ "by": "much" })).await;
    assert!(refused.expect("answered")["code"].is_string());
    // Between two looks of the watchers everything has a value.
    let page = crate::observed::measures();
    let mut missing = Vec::new();
    for _ in 0..600 {
        let text = program.request(reqwest::Method::GET, "/metrics").send().await.expect("asked");
        let text = text.text().await.expect("text");
        let kinds = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let told: Vec<&str> = kinds.filter_map(|rest| rest.split(' ').next()).collect();
        for name in &told {
            assert!(page.contains(*name), "{name} is not on the page");
        }
        let wanted = page.iter().filter(|name| !SOMETIMES.contains(&name.as_str()));
        missing = wanted.filter(|name| !told.contains(&name.as_str())).cloned().collect();
        if missing.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(missing.is_empty(), "on the page and not told: {missing:?}");
    let own = json!({ "change": "cambium=debug", "for_ms": 600_000 });
    let told = program.post("/v1/admin/log_level", &own).await.expect("answered");
    assert_eq!(told["items"][0]["change"], "cambium=debug", "{told}");
    program.stop().expect("it ends in order");
}
