//! What happens long after its cause, or again, begins a trace of its own that is linked to it.

use cambium_tests::otlp::{Otlp, attributes, hex, named};
use cambium_tests::program::Program;
use opentelemetry_proto::tonic::trace::v1::Span;
use reqwest::Method;
use serde_json::{Value, json};

use super::approvals::{person, until, vote};
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

/// A model is asked once somebody has said yes to it.
const HELD: &str = "{ version: 1, rules: [{ id: held, effect: review,
    match: { effect: { classes: [llm] } }, reason: it is to be late }] }";

#[tokio::test(flavor = "multi_thread")]
async fn an_effect_that_waited_for_a_person_is_linked_to_the_command_that_asked_for_it() {
    let (home, otlp) = (tempfile::tempdir().expect("a directory"), Otlp::start().await);
    // By the time that a person has answered over HTTP, so much has passed.
    let late = [("CAMBIUM_TELEMETRY__LATE_MS", "1")];
    let program = telling(super::BINARY, home.path(), &otlp.url, &late).await;
    let anna = person(&program, "anna").await;
    program.post("/v1/policy/team/put", &json!({ "text": HELD })).await.expect("a policy");
    let request = program.request(Method::POST, "/v1/osteon/roof/outline");
    let request = request.header("traceparent", parent()).header("prefer", "wait=0");
    let asked = request.json(&json!({ "goal": "Repair the roof" })).send().await.expect("asked");
    assert_eq!(asked.status(), 202);
    let path = "/v1/approval?status=pending";
    let id = until(&program, path, |page| page["items"][0]["id"].as_str().map(str::to_owned)).await;
    assert!(called(&otlp, "chat local/rules").is_empty());
    let state = program.get(&format!("/v1/approval/{id}")).await.expect("a state");
    let hash = &state["state"]["proposal"]["hash"];
    assert_eq!(vote(&program, &anna, &id, hash).await.0, 200);

    otlp.until("the call", |otlp| !called(otlp, "chat local/rules").is_empty()).await;
    let call = &called(&otlp, "chat local/rules")[0];
    let attempt = |otlp: &Otlp| {
        let attempts = called(otlp, "effect llm").into_iter();
        attempts.filter(|span| span.span_id == call.parent_span_id).collect::<Vec<_>>()
    };
    otlp.until("the attempt", |otlp| !attempt(otlp).is_empty()).await;
    let (command, effect) = (called(&otlp, "osteon.outline"), &attempt(&otlp)[0]);
    assert_eq!((command.len(), hex(&command[0].trace_id)), (1, TRACE.to_owned()));
    assert_eq!(links(effect), [(TRACE.to_owned(), hex(&command[0].span_id))], "{effect:?}");
    assert!(hex(&effect.trace_id) != TRACE && effect.parent_span_id.is_empty(), "{effect:?}");
    assert_eq!(call.trace_id, effect.trace_id);
    program.stop().expect("it ends in order");
}
