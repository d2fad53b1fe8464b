use contracts::effect::OutcomeResult;
use contracts::kinds::assistant as page;
use contracts::kinds::run::Start;
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision};
use serde_json::{Value, json};

use super::Assistant;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

fn defined() -> Given<Assistant> {
    let input = json!({
        "model": "fake/one", "instructions": "be brief", "uses": [{ "name": "calculator" }],
        "timeout_s": 5, "metadata": { "team": "a" },
    });
    given::<Assistant>([]).when("define", input).given
}

fn outcome(run: &str, result: OutcomeResult) -> Outcome {
    let effect = EffectId(Hash::of(run.as_bytes()));
    let tag = json!({ "run": run });
    Outcome { effect, revision: Revision(2), index: 0, tag, attempts: 1, result, metered: None }
}

fn run_of(then: &Then<Assistant>) -> (String, Start) {
    let [Effect::Send(send)] = &then.effects[..] else { panic!("one run") };
    assert_eq!((send.kind.as_str(), send.name.as_str()), ("run", "start"));
    assert!(send.terms.independent, "questions do not wait for one another");
    (send.id.to_string(), serde_json::from_value(send.input.clone()).expect("a start"))
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Assistant>();
}

#[test]
fn each_definition_is_a_version() {
    let again = json!({ "model": "fake/two" });
    let then =
        defined().when("define", again).then_reply(json!({ "version": 2, "retired": false }));
    assert_eq!((then.given.state.version, then.given.state.revision), (2, Revision(2)));
    then.given.state_is_the_fold();
}

#[test]
fn a_question_is_a_run_of_the_version_in_force() {
    let ask = json!({
        "text": "go", "turns": [{ "role": "user", "content": "before" }], "after": "earlier",
        "metadata": { "ticket": "7" }, "stream": true,
    });
    let then = defined().when("ask", ask);
    assert_eq!(then.decided().reply, Reply::Later { deadline_ms: 5_000 });
    let (run, start) = run_of(&then);
    assert_eq!((&*start.model, start.instructions.as_deref()), ("fake/one", Some("be brief")));
    assert_eq!(start.turns.iter().map(|it| &*it.content).collect::<Vec<_>>(), ["before", "go"]);
    assert_eq!(start.metadata.len(), 2);
    assert!(start.stream && start.after.is_some());
    let of = start.of.clone().expect("its definition");
    assert_eq!((of.assistant.as_str(), of.version, of.revision), ("me", 1, Revision(1)));
    let reply = json!({ "text": "done" });
    let sent = OutcomeResult::Sent { revision: Revision(3), reply: reply.clone() };
    let then = then.given.when_outcome(&outcome(&run, sent));
    assert_eq!(then.decided().completes[0].reply, reply);
    assert!(then.given.state.waiting.is_empty());
    then.given.state_is_the_fold();
}

#[test]
fn a_run_that_fails_is_told_aloud() {
    let then = defined().when("ask", json!({ "text": "go" }));
    let (run, _) = run_of(&then);
    let failed = OutcomeResult::Failed(Refusal::rejected("model_quota", "used up"));
    let then = then.given.when_outcome(&outcome(&run, failed));
    assert_eq!(then.decided().completes[0].refusal().map(|it| it.code), Some("model_quota".into()));
    let late = then.given.when_outcome(&outcome(&run, OutcomeResult::Unknown));
    assert_eq!(late.decided().events, []);
}

#[test]
fn who_is_retired_is_not_asked_until_restored() {
    let then = defined().when("retire", json!({}));
    let again = then.given.when("retire", json!({})).then_events(&[]);
    let no = again.given.when("ask", json!({ "text": "go" })).then_refused("assistant_retired");
    let back = no.given.when("restore", json!({}));
    assert_eq!(back.given.when("ask", json!({ "text": "go" })).effects.len(), 1);
}

#[test]
fn inputs_have_limits() {
    for (name, bad) in [
        ("define", json!({ "model": " " })),
        ("define", json!({ "model": "m", "rounds_max": 0 })),
        ("define", json!({ "model": "m", "schema": { "type": 1 } })),
        ("ask", json!({})),
        ("ask", json!({ "text": " " })),
        ("ask", json!({ "text": "x".repeat(400_000) })),
    ] {
        defined().when(name, bad).then_refused("invalid_input");
    }
    given::<Assistant>([]).when("ask", json!({ "text": "go" })).then_refused("actor_not_found");
}

#[test]
fn a_busy_assistant_says_so_and_a_fork_answers_nobody() {
    use contracts::Decider as _;
    let mut given = defined();
    for _ in 0..page::WAITING_MAX {
        given = given.when("ask", json!({ "text": "go" })).given;
    }
    let then = given.when("ask", json!({ "text": "go" })).then_refused("too_many_waiting");
    let fork = Assistant::forked(then.given.state);
    assert!(fork.waiting.iter().all(|it| it.command.is_none()));
    let _: Value = serde_json::to_value(fork).expect("JSON");
}
