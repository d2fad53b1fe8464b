//! Exit codes and what is printed, against servers of our own.

use axum::Json;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::cli::testing::{run_at, serve};

fn envelope(ok: bool, output: Value) -> Value {
    json!({
        "id": "i", "ts": 1.0, "agent": "counter", "ok": ok, "output": output, "state_hash": "ab",
        "api_version": "v1", "kind": "counter", "actor": "c1", "revision": 3, "cursor": "9",
    })
}

async fn counter(
    path: Path<String>,
    headers: HeaderMap,
    Json(input): Json<Value>,
) -> axum::response::Response {
    let problem = |status: StatusCode, code: &str| {
        let body = json!({
            "type": format!("/docs/errors/{code}"), "status": status.as_u16(), "code": code,
            "detail": "it is \u{1b}[31mnot so", "trace_id": "t1",
            "errors": [{ "field": "input.by", "message": "too much" }],
        });
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string())
    };
    let text =
        |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
    match path.as_str() {
        "add" => Json(envelope(
            true,
            json!({
                "input": input, "if_match": text("if-match"), "key": text("idempotency-key"),
                "prefer": text("prefer"), "auth": text("authorization"),
                "tenant": text("cambium-tenant"),
            }),
        ))
        .into_response(),
        "fail" => Json(envelope(false, json!({ "code": "timeout" }))).into_response(),
        "later" => {
            let location = [(header::LOCATION, "/v1/commands/77")];
            (StatusCode::ACCEPTED, location, Json(json!({}))).into_response()
        }
        _ => problem(StatusCode::UNPROCESSABLE_ENTITY, "counter_out_of_bounds").into_response(),
    }
}

async fn server() -> String {
    serve(Router::new().route("/v1/counter/c1/{command}", post(counter))).await
}

#[tokio::test]
async fn a_command_carries_what_was_typed() {
    let url = server().await;
    let words = [
        "--json",
        "send",
        "counter/c1",
        "add",
        "--input",
        r#"{"by":1,"x":true}"#,
        "--field",
        "by=2",
        "--if-match",
        "3",
        "--wait",
        "5",
        "--idempotency-key",
        "k",
        "--key",
        "secret",
        "--tenant",
        "acme",
    ];
    let ran = run_at(&url, &words).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let output = &ran.lines()[0]["output"];
    let wanted = json!({
        "input": { "by": 2, "x": true }, "if_match": "\"3\"", "key": "k", "prefer": "wait=5",
        "auth": "Bearer secret", "tenant": "acme",
    });
    assert_eq!(output, &wanted);
}

#[tokio::test]
async fn a_refusal_is_told_on_the_side_and_ends_with_1() {
    let url = server().await;
    let ran = run_at(&url, &["send", "counter/c1", "bad"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.starts_with("error: counter_out_of_bounds: it is "), "{}", ran.err);
    assert!(ran.err.contains("  input.by: too much\n"), "{}", ran.err);
    let docs = format!("  docs: {url}/docs/errors/counter_out_of_bounds\n");
    assert!(ran.err.contains(&docs), "{}", ran.err);
    assert!(!ran.err.contains('\u{1b}'), "a server must not paint our terminal: {}", ran.err);

    let ran = run_at(&url, &["--json", "send", "counter/c1", "bad"]).await;
    let told: Value = serde_json::from_str(&ran.err).unwrap();
    assert_eq!(told["error"]["code"], "counter_out_of_bounds");
}

#[tokio::test]
async fn failed_is_1_and_accepted_is_0() {
    let url = server().await;
    let ran = run_at(&url, &["send", "counter/c1", "fail"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.out.starts_with("✗ counter/c1"), "{}", ran.out);
    let ran = run_at(&url, &["send", "counter/c1", "later", "--wait", "0"]).await;
    assert_eq!(ran.code, 0);
    assert!(ran.out.contains("cambium show 77"), "{}", ran.out);
}

#[tokio::test]
async fn nobody_there_is_3_and_nonsense_is_2() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let ran = run_at(&url, &["show", "counter/c1"]).await;
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.err.contains(&url) && ran.err.contains("cambium up"), "{}", ran.err);
    assert_eq!(run_at("ftp://x", &["show", "counter/c1"]).await.code, 2);
    assert_eq!(run_at(&url, &["frobnicate"]).await.code, 2);
    assert_eq!(run_at(&url, &["send", "counter/c1", "add", "--input", "{"]).await.code, 2);
    assert_eq!(run_at(&url, &["diff", "counter/c1", "osteon/x"]).await.code, 2);
    assert_eq!(run_at(&url, &["--listen", "127.0.0.1:0", "show", "counter/c1"]).await.code, 2);
}

/// Whatever goes wrong is called by a code that has a page.
#[tokio::test]
async fn every_failure_prints_its_code() {
    let url = "http://127.0.0.1:9";
    for (words, code) in [
        (&["diff", "counter/c1", "osteon/x"][..], "diff_kinds_differ"),
        (&["show", "counter/c1"], "unreachable"),
        (&["send", "counter/c1", "add", "--input", "{"], "usage"),
        (&["--listen", "127.0.0.1:0", "show", "counter/c1"], "usage"),
        (&["verify", "--file", "/nowhere/at/all"], "failed"),
        (&["up", "--config", "/nowhere/at/all"], "settings_invalid"),
        (&["up", "--listen", "127.0.0.1:0"], "failed"),
    ] {
        let ran = run_at(url, words).await;
        assert!(ran.code > 0 && ran.err.starts_with(&format!("error: {code}: ")), "{ran:?}");
        let ran = run_at(url, &[&["--json"], words].concat()).await;
        let told: Value = serde_json::from_str(&ran.err).expect("JSON");
        assert_eq!(told["error"]["code"], code, "{ran:?}");
        assert!(!told["error"]["detail"].as_str().expect("why").is_empty());
    }
}

/// A command that changes nothing begins no actor, and has no revision to tell.
#[tokio::test]
async fn what_stored_nothing_has_no_revision() {
    let answer = || async {
        let mut told = envelope(true, json!({ "paused": false }));
        told["revision"] = json!(0);
        Json(told)
    };
    let url = serve(Router::new().route("/v1/counter/c1/resume", post(answer))).await;
    let ran = run_at(&url, &["send", "counter/c1", "resume"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("✓ counter/c1  nothing was stored"), "{}", ran.out);
    assert!(!ran.out.contains("revision"), "{}", ran.out);
}

#[tokio::test]
async fn an_answer_that_is_not_ours_is_a_failure_with_its_status() {
    let router = Router::new().fallback(|| async { (StatusCode::BAD_GATEWAY, "<h1>proxy</h1>") });
    let ran = run_at(&serve(router).await, &["admin", "lag"]).await;
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("http_502: <h1>proxy</h1>"), "{}", ran.err);
}

async fn verification(Path((kind, id)): Path<(String, String)>) -> Json<Value> {
    let zero = "0".repeat(64);
    let bad = id == "c2";
    Json(json!({
        "kind": kind, "id": id, "ok": !bad, "commits": 2, "revision": 2, "commit_hash": zero,
        "state_hash": zero, "broken_at": bad.then_some(2), "reason": bad.then_some("flipped"),
    }))
}

#[tokio::test]
async fn verify_names_what_is_broken() {
    let router = Router::new().route("/v1/{kind}/{id}/verify", get(verification));
    let url = serve(router).await;
    let ran = run_at(&url, &["verify", "counter/c2"]).await;
    assert_eq!((ran.code, ran.out.as_str()), (1, "✗ counter/c2 revision 2: flipped\n"));
    let ran = run_at(&url, &["verify", "counter/c1"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.out.starts_with("✓ counter/c1  2 commits, revision 2"), "{}", ran.out);
}

#[tokio::test]
async fn tables_are_aligned() {
    let rows = json!({ "items": [
        { "name": "heads", "behind": 0 }, { "name": "timeline", "behind": 12 },
    ]});
    let answer = rows.clone();
    let router = Router::new().route("/v1/admin/lag", get(|| async { Json(answer) }));
    let url = serve(router).await;
    let ran = run_at(&url, &["admin", "lag"]).await;
    assert_eq!(ran.out, "behind  name\n0       heads\n12      timeline\n");
    assert_eq!(run_at(&url, &["admin", "lag", "--json"]).await.lines()[0], rows);
}
