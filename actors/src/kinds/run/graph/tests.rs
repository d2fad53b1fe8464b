use contracts::effect::{OutcomeResult, Send};
use contracts::kinds::run::{Performed, Status, StepStatus};
use contracts::{
    ActorId, Address, CommandId, Decider as _, Effect, EffectId, Hash, Outcome, Refusal, Reply,
    Revision, Tenant,
};
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

/// Work of three sorts under way, and a counter, whose kind has no word for giving up.
fn work() -> Value {
    json!([
        { "id": "file", "kind": "chaperone", "command": "export", "actor": "desk",
          "input": { "kind": "osteon", "id": "d", "format": "pdf" } },
        { "id": "inner", "kind": "run", "command": "perform", "input": {} },
        { "id": "ask", "kind": "assistant", "actor": "ada", "command": "ask", "input": {} },
        step("yes", json!({ "approval": true })),
        step("count", json!({})),
    ])
}

/// The id of the command that an effect of the first commit sends.
fn first_sent(index: u32) -> CommandId {
    sent_by(1, index)
}

/// The id of the command that an effect of a commit sends.
fn sent_by(revision: u64, index: u32) -> CommandId {
    let kind = contracts::kinds::run::KIND;
    let me = Address::new(Tenant::from_static("main"), kind, ActorId::from_static("me"));
    EffectId::of(&me, Revision(revision), index).sends()
}

/// What gives steps up: which, whom, with what, and in whose name.
fn stops(then: &Then<Run>) -> Vec<(String, String, Value, String)> {
    let stop = |effect: &Effect| {
        let Effect::Send(Send { kind, id, name, input, tag, by, .. }) = effect else {
            panic!("a command: {effect:?}")
        };
        let step = tag["stops"].as_str()?.to_owned();
        let by = by.as_ref().expect("a name").principal.to_string();
        Some((step, format!("{kind}/{id} {name}"), input.clone(), by))
    };
    then.effects.iter().filter_map(stop).collect()
}

#[test]
fn who_is_at_work_for_a_cancelled_run_is_told_once_in_the_name_of_who_began_it() {
    let begun = perform(work(), json!({}));
    assert_eq!(begun.effects.len(), 5);
    let then = begun.given.by("eve").when("cancel", json!({}));
    let answers = contracts::kinds::assistant::run_of(
        &Tenant::from_static("main"),
        &ActorId::from_static("ada"),
        first_sent(2),
    );
    let of = |index: u32| json!({ "command": first_sent(index) });
    let reason = contracts::stop::REASON;
    let wanted = [
        ("ask", format!("run/{answers} cancel"), json!({ "reason": reason })),
        ("file", "chaperone/desk cancel".to_owned(), of(0)),
        ("inner", "run/me-inner cancel".to_owned(), of(1)),
        ("yes", "approval/me-yes-approval withdraw".to_owned(), json!({ "note": reason })),
    ];
    let wanted = wanted.map(|(step, to, input)| (step.to_owned(), to, input, "admin".to_owned()));
    assert_eq!(stops(&then), wanted);
    for (_, to, input, _) in stops(&then) {
        let (address, name) = to.split_once(' ').expect("a command");
        let kind = address.split('/').next().and_then(|kind| kind.parse().ok()).expect("a kind");
        let page = contracts::Pages::standard().get(&kind).cloned().expect("a page");
        page.ensure_readable(name, &input).expect("it is understood");
    }
    then.given.state_is_the_fold();
    // Whatever comes of it, and of what was given up, changes nothing.
    let refusal = Refusal::rejected("job_ended", "over");
    let mut late = outcome("file", 1, OutcomeResult::Failed(refusal.clone()));
    late.tag = json!({ "stops": "file" });
    let then = then.given.when_outcome(&late);
    assert!(then.decided().events.is_empty() && then.effects.is_empty());
    let then = then.given.when_outcome(&outcome("file", 1, OutcomeResult::Failed(refusal)));
    assert!(then.decided().events.is_empty() && then.effects.is_empty());
}

#[test]
fn a_step_by_which_the_whole_fails_gives_the_others_up_and_waits_for_their_end() {
    let then = fails(perform(work(), json!({})).given, "count");
    assert_eq!(then.types(), ["StepFailed"]);
    let given_up: Vec<_> = stops(&then).into_iter().map(|(step, ..)| step).collect();
    assert_eq!(given_up, ["ask", "file", "inner", "yes"]);
    let then = fails(then.given, "file");
    assert!(then.effects.is_empty(), "nobody is told twice");
    let then = fails(fails(then.given, "ask").given, "inner");
    let then = fails(then.given, "yes");
    assert_eq!(then.types(), ["StepFailed", "Failed"]);
    assert!(then.effects.is_empty());
    assert_eq!(detail(&refusal(&then), "step"), "file", "the first of the graph that failed");
}

#[test]
fn a_step_that_takes_too_long_is_given_up_alone() {
    let steps = json!([
        { "id": "slow", "kind": "job", "command": "run", "on_failure": "continue",
          "input": { "queue": "q" } },
        { "id": "other", "kind": "job", "command": "run", "input": { "queue": "q" } },
        { "id": "next", "kind": "job", "command": "run", "input": {
          "queue": "q", "input": { "$from": "/steps/slow/reply", "$or": null } } },
    ]);
    let begun = perform(steps, json!({}));
    let late = Refusal::new(contracts::RefusalClass::Timeout, "effect_timeout", "no answer");
    let then = begun.given.when_outcome(&outcome("slow", 1, OutcomeResult::Failed(late)));
    assert_eq!(then.types(), ["StepFailed", "StepBegun"]);
    let given_up = json!({ "command": first_sent(0) });
    let wanted = ("slow".to_owned(), "job/me-slow cancel".to_owned(), given_up, "admin".to_owned());
    assert_eq!(stops(&then), [wanted]);
    // What is begun beside it is known by its own place among the effects.
    let next = then.given.state.graph.as_ref().and_then(|it| it.progress("next")?.stop.clone());
    let command = sent_by(2, 1);
    assert_eq!(next.map(|stop| stop.input), Some(json!({ "command": command })));
}

#[test]
fn what_one_command_asked_for_is_cancelled_by_its_id_alone() {
    let begun = perform(json!([step("a", json!({}))]), json!({}));
    let command = begun.given.state.command.expect("somebody waits");
    let other = contracts::commit::sample_command_id(99);
    let then = begun.given.when("cancel", json!({ "command": other }));
    assert_eq!(then.decided().reply, Reply::Now(json!({ "status": "running" })));
    assert!(then.decided().events.is_empty());
    let then = then.given.when("cancel", json!({ "command": command }));
    assert_eq!(then.types(), ["Cancelled"]);
    let then = then.given.when("cancel", json!({ "command": command }));
    assert_eq!(then.decided().reply, Reply::Now(json!({ "status": "cancelled" })));
    then.given.when("cancel", json!({})).then_refused("run_over");
}
