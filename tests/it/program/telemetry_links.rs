//! What happens long after its cause, or again, begins a trace of its own that is linked to it.

use cambium_tests::otlp::{Otlp, attributes, hex, named};
use cambium_tests::program::Program;
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::telemetry::{CALLER, TRACE, parent, telling};

/// Cambium with reminders.
const REMINDER: &str = env!("CARGO_BIN_EXE_reminder");

/// The spans of this name, in the order in which they came.
fn called(otlp: &Otlp, name: &str) -> Vec<Span> {
    otlp.spans().into_iter().filter(|span| span.name == name).collect()
}

/// The causes that a span is linked to: their traces and spans.
fn links(span: &Span) -> Vec<(String, String)> {
    span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect()
}

/// Sets a reminder that rings again and again, in the caller's trace or in none.
async fn set(program: &Program, actor: &str, traced: bool) {
    let request = program.request(Method::POST, &format!("/v1/reminder/{actor}/set"));
    let repeat = json!({ "every": { "every_ms": 250 } });
    let request = request.json(&json!({ "name": "tea", "repeat": repeat }));
    let request = if traced { request.header("traceparent", parent()) } else { request };
    let answer = request.send().await.expect("an answer");
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap_or_default());
}

/// The traces of the commits of a reminder's firings.
async fn fired_in(program: &Program, actor: &str) -> Vec<Value> {
    let page = program.get(&format!("/v1/reminder/{actor}/events?limit=100")).await.expect("JSON");
    let commits = page["items"].as_array().cloned().unwrap_or_default();
    let fired = commits.iter().filter(|it| it["command"]["name"] == "cambium:fire");
    fired.map(|commit| commit["command"]["trace"]["parent"].clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fired_timer_and_a_replay_are_linked_to_what_caused_them() {
    let (home, otlp) = (tempfile::tempdir().expect("a directory"), Otlp::start().await);
    let program = telling(REMINDER, home.path(), &otlp.url, &[]).await;
    set(&program, "silent", false).await;
    set(&program, "told", true).await;
    let fire = "reminder.cambium:fire";
    otlp.until("two firings", |otlp| called(otlp, fire).len() >= 2).await;
    let set = called(&otlp, "reminder.set");
    assert_eq!(set.len(), 1, "{:?}", named(&otlp.spans()));
    let cause = (TRACE.to_owned(), hex(&set[0].span_id));
    let stands = fired_in(&program, "told").await;
    for span in called(&otlp, fire) {
        assert_eq!(attributes(&span)["cambium.actor"], "main/reminder/told", "{span:?}");
        assert_eq!(links(&span), std::slice::from_ref(&cause), "{span:?}");
        assert!(hex(&span.trace_id) != TRACE && span.parent_span_id.is_empty(), "{span:?}");
        let own = format!("00-{}-{}-01", hex(&span.trace_id), hex(&span.span_id));
        assert!(stands.contains(&json!(own)), "{own} is not among {stands:?}");
    }
    for trace in fired_in(&program, "silent").await {
        assert!(!trace.as_str().unwrap_or_default().ends_with("-01"), "nobody records {trace}");
    }
    assert!(called(&otlp, "replay").is_empty());
    program.get("/v1/reminder/silent/replay").await.expect("replayed");
    program.get("/v1/reminder/told/replay").await.expect("replayed");
    otlp.until("the replay", |otlp| !called(otlp, "replay").is_empty()).await;
    let replays = called(&otlp, "replay");
    assert_eq!(replays.len(), 1, "nothing of the other is recorded");
    assert_eq!(attributes(&replays[0])["cambium.actor"], "main/reminder/told");
    let causes = links(&replays[0]);
    assert!(causes.contains(&cause) && causes.len() >= 3, "{causes:?}");
    assert!(hex(&replays[0].trace_id) != TRACE && hex(&set[0].parent_span_id) != CALLER);
    program.stop().expect("it ends in order");
}
