use contracts::effect::{OutcomeResult, Send};
use contracts::kinds::run::{Performed, Status, StepStatus};
use contracts::{Decider as _, Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision};
use serde_json::{Value, json};

use crate::kinds::run::Run;
use crate::kinds::testing::{Given, Then, given};

fn from(pointer: &str) -> Value {
    json!({ "$from": pointer })
}

fn step(id: &str, more: Value) -> Value {
    let mut step = json!({ "id": id, "kind": "counter", "command": "add", "input": {} });
    for (name, value) in more.as_object().into_iter().flatten() {
        step[name] = value.clone();
    }
    step
}

fn perform(steps: Value, more: Value) -> Then<Run> {
    let mut input = json!({ "graph": { "steps": steps } });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    given::<Run>([]).when("perform", input)
}

/// What the commands sent by effects are: which step, to whom, with what.
fn sent(then: &Then<Run>) -> Vec<(String, String, Value)> {
    let send = |effect: &Effect| {
        let Effect::Send(Send { kind, id, name, input, tag, terms, .. }) = effect else {
            panic!("a command: {effect:?}")
        };
        assert!(terms.independent, "steps do not wait for each other");
        let step = tag["step"].as_str().expect("a step").to_owned();
        (step, format!("{kind}/{id} {name}"), input.clone())
    };
    then.effects.iter().map(send).collect()
}

fn names(then: &Then<Run>) -> Vec<String> {
    sent(then).into_iter().map(|(step, ..)| step).collect()
}

fn outcome(step: &str, turn: u32, result: OutcomeResult) -> Outcome {
    let tag = json!({ "step": step, "turn": turn });
    let effect = EffectId(Hash::of(tag.to_string().as_bytes()));
    Outcome { effect, revision: Revision(1), index: 0, tag, attempts: 1, result, metered: None }
}

fn done(given: Given<Run>, step: &str, reply: Value) -> Then<Run> {
    let result = OutcomeResult::Sent { revision: Revision(3), reply };
    given.when_outcome(&outcome(step, 1, result))
}

fn fails(given: Given<Run>, step: &str) -> Then<Run> {
    let refusal = Refusal::rejected("no_such_thing", "there is none");
    given.when_outcome(&outcome(step, 1, OutcomeResult::Failed(refusal)))
}

fn answer(then: &Then<Run>) -> Performed {
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert!(completion.ok, "{:?}", completion.reply);
    serde_json::from_value(completion.reply.clone()).expect("an answer")
}

fn refusal(then: &Then<Run>) -> Refusal {
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    completion.refusal().expect("a refusal")
}

fn detail(refusal: &Refusal, name: &str) -> Value {
    refusal.details.as_ref().map(|details| details[name].clone()).unwrap_or_default()
}

/// `a` and `b` side by side, `sum` after both, `after` beside it.
fn diamond() -> Value {
    json!([
        step("a", json!({ "input": { "by": from("/input/by") } })),
        step("b", json!({ "actor": "shared" })),
        step(
            "sum",
            json!({
                "actor": from("/steps/a/actor"),
                "input": { "by": from("/steps/b/reply/value"), "text": { "$text": [
                    "of ", from("/steps/a/reply/value"),
                ] } },
            })
        ),
        step("after", json!({ "needs": ["b"] })),
    ])
}

#[test]
fn steps_go_side_by_side_and_their_answers_flow_on() {
    let then = perform(diamond(), json!({ "input": { "by": 5 } }));
    assert_eq!(then.types(), ["GraphStarted", "StepBegun", "StepBegun"]);
    assert!(matches!(then.decided().reply, Reply::Later { .. }));
    let expected = [
        ("a".to_owned(), "counter/me-a add".to_owned(), json!({ "by": 5 })),
        ("b".to_owned(), "counter/shared add".to_owned(), json!({})),
    ];
    assert_eq!(sent(&then), expected);
    let then = done(then.given, "b", json!({ "value": 7 }));
    assert_eq!(then.types(), ["StepDone", "StepBegun"]);
    assert_eq!(names(&then), ["after"]);
    let then = done(then.given, "a", json!({ "value": 5 }));
    let expected = json!({ "by": 7, "text": "of 5" });
    assert_eq!(sent(&then), [("sum".to_owned(), "counter/me-a add".to_owned(), expected)]);
    let then = done(then.given, "after", json!("late"));
    assert_eq!(then.types(), ["StepDone"]);
    let then = done(then.given, "sum", json!({ "value": 12 }));
    assert_eq!(then.types(), ["StepDone", "Completed"]);
    let told = answer(&then);
    assert_eq!(told.status, Status::Completed);
    assert_eq!(told.output, json!({ "sum": { "value": 12 }, "after": "late" }));
    let view = &told.steps["sum"];
    assert_eq!((view.status, view.actor.as_deref()), (StepStatus::Done, Some("counter/me-a")));
    assert_eq!(view.revision, Some(Revision(3)));
    then.given.state_is_the_fold();
}

#[test]
fn no_more_than_may_be_are_under_way_at_once() {
    let steps = json!([step("a", json!({})), step("b", json!({})), step("c", json!({}))]);
    let then = perform(steps, json!({ "parallel_max": 2 }));
    assert_eq!(names(&then), ["a", "b"]);
    let then = done(then.given, "b", json!(1));
    assert_eq!(names(&then), ["c"]);
}

#[test]
fn an_outcome_that_comes_twice_or_late_changes_nothing() {
    let then = perform(json!([step("a", json!({})), step("b", json!({}))]), json!({}));
    let then = done(then.given, "a", json!(1));
    let then = done(then.given, "a", json!(2));
    assert_eq!(then.types(), Vec::<String>::new());
    let result = OutcomeResult::Sent { revision: Revision(3), reply: json!(1) };
    let then = then.given.when_outcome(&outcome("b", 2, result));
    assert_eq!(then.types(), Vec::<String>::new(), "another turn of it");
}

#[test]
fn a_step_that_fails_ends_the_run_once_the_others_have_ended() {
    let then = perform(diamond(), json!({ "input": { "by": 1 } }));
    let then = fails(then.given, "a");
    assert_eq!(then.types(), ["StepFailed"], "b is under way");
    let then = done(then.given, "b", json!({ "value": 1 }));
    assert_eq!(then.types(), ["StepDone", "Failed"]);
    let refused = refusal(&then);
    assert_eq!(refused.code, "step_failed");
    assert_eq!(detail(&refused, "code"), "no_such_thing");
    let steps = &refused.details.as_ref().expect("details")["steps"];
    assert_eq!((&steps["a"]["status"], &steps["b"]["status"]), (&json!("failed"), &json!("done")));
    then.given.state_is_the_fold();
}

#[test]
fn a_failure_that_may_be_gone_on_from_passes_over_what_needs_it() {
    let steps = json!([
        step("a", json!({ "on_failure": "continue" })),
        step("of_a", json!({ "input": { "x": from("/steps/a/reply") } })),
        step("despite", json!({ "input": { "x": { "$from": "/steps/a/reply", "$or": "none" } } })),
        step("of_of", json!({ "needs": ["of_a"] })),
    ]);
    let then = fails(perform(steps, json!({})).given, "a");
    assert_eq!(then.types(), ["StepFailed", "StepSkipped", "StepBegun", "StepSkipped"]);
    assert_eq!(sent(&then)[0].2, json!({ "x": "none" }));
    let then = done(then.given, "despite", json!("ok"));
    let told = answer(&then);
    assert_eq!(told.steps["of_a"].status, StepStatus::Skipped);
    let reason = told.steps["of_a"].reason.as_deref();
    assert_eq!(reason, Some("there is nothing at /steps/a/reply"));
    assert_eq!(told.output, json!({ "despite": "ok", "of_of": null }));
}

#[test]
fn a_condition_decides_whether_a_step_is_done() {
    let steps = json!([
        step("a", json!({})),
        step("large", json!({ "when": { "$from": "/steps/a/reply/value", "min": 10.0 } })),
        step("small", json!({ "when": { "$from": "/steps/a/reply/value", "max": 9.0 } })),
    ]);
    let then = done(perform(steps, json!({})).given, "a", json!({ "value": 12 }));
    assert_eq!(then.types(), ["StepDone", "StepBegun", "StepSkipped"]);
    assert_eq!(names(&then), ["large"]);
}

#[test]
fn somebody_is_asked_for_a_yes_to_the_very_command() {
    let steps = json!([step("pay", json!({ "approval": true, "input": { "by": 3 } }))]);
    let then = perform(steps, json!({}));
    let [(step, to, input)] = &sent(&then)[..] else { panic!("one command") };
    assert_eq!((&**step, &**to), ("pay", "approval/me-pay-approval propose"));
    let command = json!({ "kind": "counter", "id": "me-pay", "name": "add", "input": { "by": 3 } });
    assert_eq!((&input["command"], &input["wait"]), (&command, &json!(true)));
    contracts::page::read_command::<contracts::kinds::approval::Approval>("propose", input)
        .expect("an approval understands it");
    let graph = then.given.state.graph.as_ref().expect("a graph");
    assert_eq!(graph.progress("pay").map(|it| it.status), Some(StepStatus::Asking));
    let then = done(then.given, "pay", json!({ "value": 3 }));
    assert_eq!(answer(&then).steps["pay"].revision, None, "the approval's is not the counter's");
}

#[test]
fn what_is_done_anew_takes_along_all_that_needs_it_and_nothing_else() {
    let then = perform(diamond(), json!({ "input": { "by": 5 } }));
    let then = done(then.given, "b", json!({ "value": 7 }));
    let then = done(then.given, "a", json!({ "value": 5 }));
    then.given.state_is_the_fold();
    let then = then.given.when("rerun", json!({ "from": ["a"] })).then_refused("run_goes_on");
    let then = done(then.given, "after", json!("late"));
    let then = done(then.given, "sum", json!({ "value": 12 }));
    let fork = Run::forked(then.given.state.clone());
    assert_eq!(fork.command, None);
    let changed = step("sum", json!({ "actor": "other", "input": { "by": 1 } }));
    let then = then.given.when("rerun", json!({ "from": ["a"], "steps": [changed] }));
    assert_eq!(then.types(), ["Reran", "StepBegun", "StepBegun"]);
    let told: Vec<_> = sent(&then).into_iter().map(|(step, to, _)| (step, to)).collect();
    let expected = [("a", "counter/me-a-2 add"), ("sum", "counter/other add")];
    assert_eq!(told, expected.map(|(step, to)| (step.to_owned(), to.to_owned())));
    then.given.state_is_the_fold();
    let then = then.given.when("rerun", json!({})).then_refused("run_goes_on");
    let then = then.given.when("cancel", json!({}));
    let then = then.given.when("rerun", json!({}));
    assert_eq!(names(&then), ["a", "sum"], "all that is not done");
    then.given.when("rerun", json!({ "from": ["nobody"] })).then_refused("run_goes_on");
}

#[test]
fn a_fork_of_what_goes_on_is_over_and_goes_on_by_rerun() {
    let then = perform(diamond(), json!({ "input": { "by": 5 } }));
    let then = done(then.given, "b", json!({ "value": 7 }));
    let mut fork = then.given;
    fork.state = Run::forked(fork.state);
    assert_eq!(fork.state.status, Status::Cancelled);
    fork.me = "fork".parse().expect("an id");
    let then = fork.when("rerun", json!({}));
    assert_eq!(names(&then), ["a", "after"], "b is done, and stays so");
    assert_eq!(sent(&then)[0].1, "counter/fork-a add");
}

#[test]
fn of_an_answer_that_is_large_what_is_named_is_kept() {
    let steps = json!([
        step("a", json!({})),
        step("b", json!({ "input": { "x": from("/steps/a/reply/small") } })),
    ]);
    let large = json!({ "small": [1, 2], "large": "x".repeat(70_000) });
    let then = done(perform(steps, json!({})).given, "a", large);
    assert_eq!(sent(&then)[0].2, json!({ "x": [1, 2] }));
    let stored = serde_json::to_string(&then.given.state).expect("JSON");
    assert!(stored.len() < 4_000, "{} bytes", stored.len());
    then.given.state_is_the_fold();
    let steps = json!([
        step("a", json!({})),
        step("b", json!({ "input": { "x": from("/steps/a/reply") } })),
    ]);
    let then = done(perform(steps, json!({})).given, "a", json!("x".repeat(70_000)));
    assert_eq!(detail(&refusal(&then), "code"), "step_reply_too_large");
}

#[test]
fn what_is_no_graph_is_told_with_its_place() {
    let cycle =
        json!(
            [step("one", json!({ "needs": ["two"] })), step("two", json!({ "needs": ["one"] })),]
        );
    let then = perform(cycle, json!({})).then_refused("graph_cycle");
    let told = then.result.map(drop).expect_err("refused");
    assert_eq!(detail(&told, "steps"), json!(["one", "two", "one"]));
    let then = perform(json!([step("a", json!({ "needs": ["b"] }))]), json!({ "parallel_max": 0 }));
    let told = then.then_refused("invalid_input").result.map(drop).expect_err("refused");
    let fields: Vec<_> = told.errors.iter().map(|error| &*error.field).collect();
    assert_eq!(fields, ["input.parallel_max", "input.graph.steps[0].needs"]);
    perform(json!([]), json!({})).then_refused("invalid_input");
    let then = given::<Run>([]).when("rerun", json!({})).then_refused("actor_not_found");
    drop(then);
}

#[test]
fn no_step_begins_too_late() {
    let steps = json!([step("a", json!({})), step("b", json!({ "needs": ["a"] }))]);
    let mut then = perform(steps, json!({ "timeout_s": 10 }));
    then.given.late_ms = 20_000;
    let then = done(then.given, "a", json!(1));
    assert_eq!(then.types(), ["StepDone", "Failed"]);
    assert_eq!(refusal(&then).code, "run_timeout");
}
