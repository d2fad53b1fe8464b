//! What programs of tenants tell of themselves, and what is made of it.

mod bounds;
mod sdk;

use std::io::Write as _;
use std::time::Duration;

use cambium_tests::program::Program;
use futures_util::StreamExt as _;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message as _;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

fn asked(program: &Program, method: Method, path: &str, tenant: &str) -> RequestBuilder {
    program.request(method, path).header("cambium-tenant", tenant).header("cambium-reason", "test")
}

async fn read(answer: Response) -> Value {
    let (status, text) = (answer.status(), answer.text().await.expect("text"));
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).expect("JSON")
}

async fn get(program: &Program, path: &str) -> Value {
    read(asked(program, Method::GET, path, "main").send().await.expect("asked")).await
}

async fn tell(program: &Program, signal: &str, body: &Value) -> Response {
    let path = format!("/v1/telemetry/{signal}");
    asked(program, Method::POST, &path, "main").json(body).send().await.expect("asked")
}

/// Where the last of the records stands.
async fn told(program: &Program, signal: &str, records: Value) -> String {
    let taken = read(tell(program, signal, &json!({ "records": records })).await).await;
    assert_eq!(taken["rejected"], 0, "{taken}");
    taken["cursor"].as_str().expect("a cursor").to_owned()
}

/// Waits until `path` answers with so many items.
async fn items(program: &Program, path: &str, wanted: usize) -> Vec<Value> {
    let waiting = async {
        loop {
            let told = get(program, path).await;
            let items = told["items"].as_array().expect("items").clone();
            if items.len() >= wanted {
                return items;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("they come")
}

fn messages(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["message"].as_str().unwrap_or_default()).collect()
}

fn keyed(program: &Program) -> RequestBuilder {
    let request = asked(program, Method::POST, "/v1/telemetry/logs", "main");
    request.header("idempotency-key", "one")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_once_whatever_comes_twice_or_is_wrong() {
    let (home, program) = super::started().await;
    let body = json!({ "service": "web", "labels": { "region": "eu" }, "records": [
        { "message": "first", "level": "WARNING" }, { "level": "info" },
        { "message": "third", "trace": "nonsense" },
    ] });
    let first = read(keyed(&program).json(&body).send().await.expect("asked")).await;
    assert_eq!((&first["accepted"], &first["rejected"]), (&json!(1), &json!(2)));
    assert_eq!((&first["errors"][0]["index"], &first["repeated"]), (&json!(1), &json!(false)));
    let cursor = first["cursor"].as_str().expect("a cursor").to_owned();
    let path = format!("/v1/telemetry/logs?min_cursor={cursor}");
    let items = get(&program, &path).await;
    assert_eq!(items["items"][0]["level"], "warn");
    let again = read(keyed(&program).json(&body).send().await.expect("asked")).await;
    assert_eq!((&again["repeated"], &again["cursor"]), (&json!(true), &first["cursor"]));
    let other = json!({ "records": [{ "message": "other" }] });
    let refused = keyed(&program).json(&other).send().await.expect("asked");
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    let none = tell(&program, "logs", &json!({ "records": [{}] })).await;
    assert_eq!(none.status(), StatusCode::UNPROCESSABLE_ENTITY);
    for (signal, body) in [("logs", json!({ "record": [] })), ("logs", json!([])), ("none", other)]
    {
        assert!(tell(&program, signal, &body).await.status().is_client_error(), "{body}");
    }
    let text = program.request(Method::GET, "/metrics").send().await.expect("asked");
    let text = text.text().await.expect("text");
    for (outcome, count) in [("kept", 1), ("repeated", 1), ("rejected", 5), ("refused", 1)] {
        let of = format!("signal=\"logs\",outcome=\"{outcome}\"");
        let line = format!("cambium_records_total{{{of}}} {count}");
        assert!(text.lines().any(|it| it == line), "no {line}: {text}");
    }
    program.kill().expect("killed");
    let data = home.path().join("data");
    let program = Program::start(super::BINARY, &data).await.expect("it starts again");
    let items = get(&program, &path).await;
    assert_eq!(messages(items["items"].as_array().expect("items")), ["first"]);
    program.stop().expect("it ends in order");
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packer.write_all(bytes).expect("in memory");
    packer.finish().expect("in memory")
}

#[tokio::test(flavor = "multi_thread")]
async fn otlp_is_taken_in_json_and_packed_and_what_is_wrong_is_told() {
    let (_home, program) = super::started().await;
    let span = |id: &str| {
        json!({ "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": id, "name": "get",
                "kind": 2, "startTimeUnixNano": "1790000000000000123", "futureField": 1,
                "endTimeUnixNano": "1790000000250000123", "status": { "code": 2 },
                "attributes": [{ "key": "n", "value": { "intValue": "9" } }] })
    };
    let service = json!([{ "key": "service.name", "value": { "stringValue": "web" } }]);
    let body = json!({ "resourceSpans": [{ "resource": { "attributes": service },
        "scopeSpans": [{ "spans": [span("b7ad6b7169203331"), span("0000000000000000")] }] }] });
    let post = |media: &str, body: Vec<u8>| {
        let request = asked(&program, Method::POST, "/v1/traces", "main");
        request.header("content-type", media.to_owned()).body(body)
    };
    let text = body.to_string().into_bytes();
    let answer = read(post("application/json", text.clone()).send().await.expect("asked")).await;
    assert_eq!(answer["partialSuccess"]["rejectedSpans"], 1, "{answer}");
    let gzip = post("application/json; charset=utf-8", packed(&text));
    let again = gzip.header("content-encoding", "gzip").send().await.expect("asked");
    assert!(again.status().is_success());
    let rows = items(&program, "/v1/telemetry/traces?min_ms=200&where=n=9", 1).await;
    assert_eq!(rows.len(), 1, "the same bytes are the same spans");
    let row = &rows[0];
    assert_eq!(
        (&row["service"], &row["kind"], &row["nanos"]),
        (&json!("web"), &json!("server"), &json!(123))
    );
    assert_eq!((&row["duration_ns"], &row["status"]), (&json!(250_000_000), &json!("error")));
    let empty = post("application/x-protobuf", Vec::new()).send().await.expect("asked");
    assert_eq!(empty.headers()["content-type"], "application/x-protobuf");
    let empty = empty.bytes().await.expect("bytes");
    let empty = ExportTraceServiceResponse::decode(empty).expect("a message");
    assert_eq!(empty.partial_success, None);
    for (media, body, wanted) in [
        ("application/x-protobuf", vec![0xff; 9], StatusCode::BAD_REQUEST),
        ("application/json", b"{".to_vec(), StatusCode::BAD_REQUEST),
        ("text/plain", text, StatusCode::UNSUPPORTED_MEDIA_TYPE),
    ] {
        let refused = post(media, body).send().await.expect("asked");
        assert_eq!(refused.status(), wanted, "{media}");
    }
    let bare = cambium_tests::program::client().post(format!("{}/v1/traces", program.url()));
    assert_eq!(bare.send().await.expect("asked").status(), StatusCode::UNAUTHORIZED);
    program.stop().expect("it ends in order");
}

/// Reads events until so many have come: their ids and messages.
async fn events(request: RequestBuilder, wanted: usize) -> Vec<(String, String)> {
    let answer = request.header("accept", "text/event-stream").send().await.expect("asked");
    assert!(answer.status().is_success(), "{}", answer.status());
    let (mut body, mut text, mut told) = (answer.bytes_stream(), String::new(), Vec::new());
    let reading = async {
        while told.len() < wanted {
            let chunk = body.next().await.expect("it goes on").expect("bytes");
            text.push_str(std::str::from_utf8(&chunk).expect("text"));
            while let Some((event, rest)) = text.split_once("\n\n") {
                let line = |name| event.lines().find_map(|line| line.strip_prefix(name));
                if let (Some(id), Some(data)) = (line("id: "), line("data: ")) {
                    let data: Value = serde_json::from_str(data).expect("JSON");
                    let said = data["message"].as_str().unwrap_or_default().to_owned();
                    told.push((id.to_owned(), said));
                }
                text = rest.to_owned();
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("they come");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_followed_without_a_gap_exported_and_forgotten() {
    let (_home, program) = super::started().await;
    let line = |n: usize| json!({ "message": format!("line {n}"), "labels": { "n": n } });
    for n in 0..5 {
        told(&program, "logs", json!([line(n)])).await;
    }
    let path = "/v1/telemetry/logs?after=0&where=n!=3";
    let first = events(asked(&program, Method::GET, path, "main"), 3).await;
    let said: Vec<&str> = first.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said, ["line 0", "line 1", "line 2"]);
    for n in 5..8 {
        told(&program, "logs", json!([line(n), line(n + 100)])).await;
    }
    let resumed = asked(&program, Method::GET, "/v1/telemetry/logs?where=n<100", "main");
    let rest = events(resumed.header("last-event-id", &first[2].0), 5).await;
    let said: Vec<&str> = rest.iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said, ["line 3", "line 4", "line 5", "line 6", "line 7"]);
    let whole = |media: &'static str| {
        let request = asked(&program, Method::GET, "/v1/telemetry/logs?order=oldest", "main");
        request.header("accept", media)
    };
    let csv = whole("text/csv").send().await.expect("asked").text().await.expect("text");
    assert_eq!(csv.lines().count(), 12, "{csv}");
    assert!(csv.starts_with("cursor,at,") && csv.contains(",line 107,"), "{csv}");
    let lines = whole("application/x-ndjson").send().await.expect("asked");
    let lines = lines.text().await.expect("text");
    let lines: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(messages(&lines)[0], "line 0");
    let kept = get(&program, "/v1/telemetry").await;
    assert_eq!(kept["items"][0]["records"], 11, "{kept}");
    let navy = asked(&program, Method::GET, "/v1/telemetry/logs", "system");
    assert_eq!(read(navy.send().await.expect("asked")).await["items"], json!([]));
    let rule = json!({ "signal": "logs", "days": 1 });
    let said = asked(&program, Method::POST, "/v1/telemetry/retention", "main").json(&rule);
    assert_eq!(read(said.send().await.expect("asked")).await, rule);
    let rules = get(&program, "/v1/telemetry/retention").await;
    let logs = rules["items"].as_array().expect("rules").iter().find(|it| it["signal"] == "logs");
    assert_eq!(logs.expect("told")["days"], 1);
    program.stop().expect("it ends in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn bounds_hold_and_known_secrets_are_masked() {
    let home = tempfile::tempdir().expect("a directory");
    let bounds = [
        ("CAMBIUM_EDGE__RECORDS__TENANT_BYTES_MAX", "3000"),
        ("CAMBIUM_EDGE__RECORDS__RECORDS_MAX", "20"),
        ("CAMBIUM_EDGE__RECORDS__UNPACKED_BYTES_MAX", "100000"),
        ("CAMBIUM_EDGE__LIMITS__RECORDS__QUOTA", "40"),
    ];
    let data = home.path().join("data");
    let program = Program::start_in(super::BINARY, &data, &[], &bounds).await.expect("started");
    let key = program.key().to_owned();
    let secret = json!([{ "message": format!("my key is {key}"), "labels": { "k": key } }]);
    let cursor = told(&program, "logs", secret).await;
    let page = get(&program, &format!("/v1/telemetry/logs?min_cursor={cursor}")).await;
    assert!(page["items"][0]["message"].as_str().expect("text").starts_with("my key is "));
    assert!(!page.to_string().contains(program.key()), "{page}");
    let many: Vec<Value> = (0..21).map(|n| json!({ "message": n.to_string() })).collect();
    let refused = tell(&program, "logs", &json!({ "records": many })).await;
    assert_eq!(refused.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let bomb = packed(&vec![b' '; 200_000]);
    let bomb = asked(&program, Method::POST, "/v1/telemetry/logs", "main").body(bomb);
    let bomb = bomb.header("content-encoding", "gzip").send().await.expect("asked");
    assert_eq!(bomb.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let large: Vec<Value> = (0..4).map(|_| json!({ "message": "x".repeat(600) })).collect();
    let cursor = told(&program, "logs", json!(large)).await;
    get(&program, &format!("/v1/telemetry/logs?min_cursor={cursor}")).await;
    let more = json!({ "records": [{ "message": "x".repeat(600) }] });
    let full = tell(&program, "logs", &more).await;
    assert_eq!(full.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(read_code(full).await, "telemetry_quota_exceeded");
    let many: Vec<Value> = (0..20).map(|n| json!({ "message": n.to_string() })).collect();
    let mut codes = Vec::new();
    for _ in 0..3 {
        codes.push(read_code(tell(&program, "metrics", &json!({ "records": many })).await).await);
        codes.push(read_code(tell(&program, "logs", &json!({ "records": many })).await).await);
    }
    assert_eq!(codes[0], "telemetry_rejected");
    assert!(codes.iter().any(|code| code == "rate_limited"), "{codes:?}");
    program.stop().expect("it ends in order");
}

async fn read_code(answer: Response) -> String {
    let told: Value = answer.json().await.expect("JSON");
    told["code"].as_str().unwrap_or_default().to_owned()
}
