//! By the SDK that strangers use: over HTTP, and over gRPC.

use std::fs;
use std::path::Path;
use std::process::Command;

use cambium_tests::python;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{asked, get, items, messages};

/// OpenTelemetry's own SDK for Python and its exporters.
const PACKAGES: &[&str] = &[
    "opentelemetry-sdk==1.39.1",
    "opentelemetry-exporter-otlp-proto-http==1.39.1",
    "opentelemetry-exporter-otlp-proto-grpc==1.39.1",
];

/// A program of a tenant that tells of itself: argument 1 is where, 2 its key, 3 whether it does so
/// by HTTP or by gRPC.
const SHOP: &str = r#"
import logging, sys
from opentelemetry import metrics, trace
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Status, StatusCode

url, key, way = sys.argv[1:]
headers = {"authorization": "Bearer " + key}
if way == "http":
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    gzip, at = Compression.Gzip, lambda path: url + path
else:
    import grpc
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    gzip, at = grpc.Compression.Gzip, lambda path: url
resource = Resource.create({"service.name": "shop", "region": "eu"})
logs = LoggerProvider(resource=resource)
logs.add_log_record_processor(BatchLogRecordProcessor(
    OTLPLogExporter(endpoint=at("/v1/logs"), headers=headers, compression=gzip)))
spans = TracerProvider(resource=resource)
spans.add_span_processor(BatchSpanProcessor(
    OTLPSpanExporter(endpoint=at("/v1/traces"), headers=headers)))
reader = PeriodicExportingMetricReader(
    OTLPMetricExporter(endpoint=at("/v1/metrics"), headers=headers), 3600000)
meters = MeterProvider(resource=resource, metric_readers=[reader])

log = logging.getLogger("shop.orders")
log.setLevel(logging.INFO)
log.addHandler(LoggingHandler(logger_provider=logs))
tracer = spans.get_tracer("shop.orders")
orders = meters.get_meter("shop.orders").create_counter("orders", unit="1")
size = meters.get_meter("shop.orders").create_histogram("size", unit="By")
with tracer.start_as_current_span("checkout", attributes={"http.status": 200}) as whole:
    log.info("order %s taken", 7, extra={"order": 7})
    for n in (1, 2, 3):
        orders.add(n, {"kind": "book" if n < 3 else "pen"})
        size.record(n * 10)
    with tracer.start_as_current_span("pay") as pay:
        pay.add_event("declined", {"reason": "limit"})
        pay.set_status(Status(StatusCode.ERROR, "card declined"))
        log.error("card declined")
print(format(whole.get_span_context().trace_id, "032x"))
for provider in (logs, spans, meters):
    provider.shutdown()
"#;

/// Calls the services of OTLP, and others, and prints each status: argument 1 is where, 2 a key.
const CALLS: &str = r#"
import sys, grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
channel = grpc.insecure_channel(sys.argv[1].removeprefix("http://"))
traces = TraceServiceStub(channel).Export
def call(method, request, key):
    try:
        method(request, metadata=[("authorization", "Bearer " + key)], timeout=60)
        print("OK")
    except grpc.RpcError as error:
        print(error.code().name, error.details().split(":")[0])
def raw(path):
    return channel.unary_unary(path, request_serializer=bytes, response_deserializer=bytes)
key, path = sys.argv[2], "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
call(traces, ExportTraceServiceRequest(), key)
call(traces, ExportTraceServiceRequest(), "nobody")
call(raw(path), b"\xff" * 9, key)
call(raw(path), bytes(5 << 20), key)
call(raw("/grpc.health.v1.Health/Check"), b"", key)
call(traces, ExportTraceServiceRequest(), key)
"#;

/// Runs a script of strangers' software with these arguments; what it prints.
fn run(home: &Path, script: &str, arguments: &[&str]) -> String {
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("opentelemetry");
    let python = python::with(&environment, PACKAGES).expect("Python");
    let file = home.join("script.py");
    fs::write(&file, script).expect("written");
    python::run(Command::new(python).arg(file).args(arguments)).expect("it tells")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_tells_by_opentelemetrys_own_sdk_is_found_again() {
    told_by("http").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_comes_by_grpc() {
    told_by("grpc").await;
}

async fn told_by(way: &str) {
    let (home, program) = crate::program::started().await;
    let said = run(home.path(), SHOP, &[program.url(), program.key(), way]);
    let trace = said.trim();
    let lines = items(&program, "/v1/telemetry/logs?order=oldest", 2).await;
    assert_eq!(messages(&lines), ["order 7 taken", "card declined"]);
    assert_eq!((&lines[0]["service"], &lines[0]["trace"]), (&json!("shop"), &json!(trace)));
    assert_eq!(lines[0]["labels"]["order"], 7);
    assert_eq!(
        (&lines[1]["level"], &lines[1]["labels"]["region"]),
        (&json!("error"), &json!("eu"))
    );
    let bad = get(&program, "/v1/telemetry/logs?level=error&where=region=eu,order!?").await;
    assert_eq!(messages(bad["items"].as_array().expect("items")), ["card declined"]);

    items(&program, "/v1/telemetry/traces", 2).await;
    let tree = get(&program, &format!("/v1/telemetry/trace/{trace}")).await;
    assert_eq!(
        (&tree["spans"], &tree["errors"], &tree["complete"]),
        (&json!(2), &json!(1), &json!(true))
    );
    let whole = &tree["roots"][0];
    assert_eq!(
        (&whole["name"], &whole["labels"]["http.status"]),
        (&json!("checkout"), &json!(200))
    );
    let pay = &whole["children"][0];
    assert_eq!(
        (&pay["name"], &pay["status"], &pay["message"]),
        (&json!("pay"), &json!("error"), &json!("card declined"))
    );
    assert_eq!(pay["more"]["events"][0]["labels"]["reason"], "limit");
    assert_eq!(tree["logs"].as_array().map(Vec::len), Some(2));

    items(&program, "/v1/telemetry/metrics", 3).await;
    let path = "/v1/telemetry/metrics/aggregate?name=orders&fn=sum,count&by=kind";
    let sums = get(&program, path).await;
    let told: Vec<Value> = sums["items"]
        .as_array()
        .expect("series")
        .iter()
        .map(|series| json!([series["labels"]["kind"], series["points"][0]["sum"]]))
        .collect();
    assert_eq!(json!(told), json!([["book", 3.0], ["pen", 3.0]]));
    let size = get(&program, "/v1/telemetry/metrics?name=size").await;
    let size = &size["items"][0];
    assert_eq!(
        (&size["value"], &size["more"]["count"], &size["unit"]),
        (&json!(60.0), &json!(3), &json!("By"))
    );
    let other = asked(&program, Method::GET, &format!("/v1/telemetry/trace/{trace}"), "system");
    assert_eq!(other.send().await.expect("asked").status(), StatusCode::NOT_FOUND);
    program.stop().expect("it ends in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_of_grpc_that_fails_ends_with_its_status_and_the_next_one_goes_on() {
    let (home, program) = crate::program::started().await;
    let said = run(home.path(), CALLS, &[program.url(), program.key()]);
    let wanted = [
        "OK",
        "UNAUTHENTICATED unauthenticated",
        "INVALID_ARGUMENT invalid_protobuf",
        "RESOURCE_EXHAUSTED body_too_large",
        "UNIMPLEMENTED unknown_route",
        "OK",
    ];
    assert_eq!(said.lines().collect::<Vec<_>>(), wanted);
    program.stop().expect("it ends in order");
}
