use contracts::effect::{Effect, Send};
use contracts::kinds::nucleus::answers::Status;
use contracts::kinds::nucleus::{self as page, Event};
use contracts::kinds::run::StepStatus;
use contracts::model::{Finish, ModelRequest, ModelResponse, Usage};
use contracts::{EffectId, Hash, Outcome, OutcomeResult, Refusal, Reply, Revision};
use serde_json::{Value, json};

use super::{Nucleus, Stage};
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Nucleus>();
}

fn request(then: &Then<Nucleus>) -> &ModelRequest {
    let [Effect::Llm(llm)] = &then.effects[..] else { panic!("no model: {:?}", then.effects) };
    &llm.request
}

fn sent(then: &Then<Nucleus>) -> &Send {
    let [Effect::Send(send)] = &then.effects[..] else { panic!("no command: {:?}", then.effects) };
    send
}

fn outcome(effect: &Effect, result: OutcomeResult) -> Outcome {
    let effect_id = EffectId(Hash::ZERO);
    let tag = effect.tag();
    let (revision, index) = (Revision(1), 0);
    Outcome { effect: effect_id, revision, index, tag, attempts: 1, result, metered: None }
}

/// A model answers the command's only effect.
fn says(then: Then<Nucleus>, value: &Value) -> Then<Nucleus> {
    let response = ModelResponse {
        provider: "local".to_owned(),
        model: "local/rules".to_owned(),
        text: value.to_string(),
        value: Some(value.clone()),
        finish: Finish::Stop,
        usage: Usage::default(),
        request_hash: Hash::ZERO,
        ..ModelResponse::default()
    };
    let result = OutcomeResult::Llm(Box::new(response));
    let outcome = outcome(&then.effects[0], result);
    then.given.when_outcome(&outcome)
}

fn answers(then: Then<Nucleus>, result: OutcomeResult) -> Then<Nucleus> {
    let outcome = outcome(&then.effects[0], result);
    then.given.when_outcome(&outcome)
}

/// The rules answer, as the program asks them.
fn by_rules(then: Then<Nucleus>) -> Then<Nucleus> {
    let response = crate::model::Local::default().answer(request(&then)).expect("an answer");
    let value = response.value.expect("a value");
    says(then, &value)
}

fn code(then: &Then<Nucleus>) -> String {
    then.decided().completes[0].refusal().expect("it was refused").code.into_owned()
}

fn step(id: &str, needs: &[&str]) -> Value {
    json!({ "id": id, "kind": "counter", "command": "add", "input": { "by": 1 }, "needs": needs })
}

fn adopted() -> Given<Nucleus> {
    let graph = json!({ "steps": [step("one", &[]), step("two", &["one"])] });
    let then = given::<Nucleus>([]).when("adopt", json!({ "goal": "Count", "graph": graph }));
    then.decided();
    then.given
}

fn performed(two: &str) -> Value {
    json!({ "run": "me-1", "status": "completed", "output": { "two": { "value": 1 } }, "steps": {
        "one": { "status": "done", "actor": "counter/me-1-one", "revision": 1 },
        "two": { "status": two, "actor": "counter/me-1-two", "revision": 1, "code": "broken",
            "reason": "it broke" },
    } })
}

#[test]
fn rules_plan_and_the_plan_is_a_graph_that_can_be_run() {
    let input = json!({ "goal": "Write a report with an excel file",
        "material": "month,sum\nMay,10\nJune,14\nJuly,15\n" });
    let then = given::<Nucleus>([]).when("plan", input);
    assert!(matches!(then.decided().reply, Reply::Later { .. }));
    let then = by_rules(then);
    let reply = then.decided().completes[0].reply.clone();
    let ids: Vec<_> = reply["plan"].as_array().unwrap().iter().map(|it| &it["step_id"]).collect();
    assert_eq!(ids.len(), 5, "{reply}");
    let draft = &reply["plan"].as_array().unwrap().iter().find(|it| it["step_id"] == "draft");
    assert_eq!(draft.unwrap()["depends_on"], json!(["outline"]), "{reply}");
    assert_eq!(then.given.state.status, Status::Planned);
    then.given.state_is_the_fold();
    let then = then.given.when("execute", json!({}));
    let send = sent(&then);
    assert_eq!(
        (send.kind.as_str(), send.id.as_str(), send.name.as_str()),
        ("run", "me-1", "perform")
    );
    assert_eq!(send.input["input"]["goal"], "Write a report with an excel file");
    assert_eq!(send.input["input"]["notes"], Value::Null, "a table is no note");
    assert_eq!(send.input["plan"]["id"], "me");
    then.given.state_is_the_fold();
}

#[test]
fn a_plan_that_breaks_a_rule_is_told_back_once() {
    let one = |agent: &str, endpoint: &str, depends_on: &[&str], input: &str| {
        json!({ "step_id": "a", "agent": agent, "endpoint": endpoint, "description": "x",
            "reason": "y", "depends_on": depends_on, "actor_of": "", "input": input })
    };
    for (bad, told) in [
        (one("osteo", "draft", &[], "{}"), "no agent `osteo`"),
        (one("osteon", "draw", &[], "{}"), "no endpoint `draw`"),
        (one("osteon", "draft", &["a"], r#"{"goal": "x"}"#), "circle: a → a"),
        (one("osteon", "draft", &["b"], r#"{"goal": "x"}"#), "there is no step `b`"),
        (one("osteon", "draft", &[], r#"{"gaol": {"$from": "/input/goal"}}"#), "member `gaol`"),
        (one("osteon", "draft", &[], "{"), "no JSON"),
    ] {
        let said = json!({ "steps": [bad], "unmet": [] });
        let then = given::<Nucleus>([]).when("plan", json!({ "goal": "x" }));
        let then = says(then, &said);
        assert_eq!(then.types(), ["PlanReturned"]);
        let prompt = &request(&then).turns[1].content;
        assert!(prompt.contains(told), "{told}: {prompt}");
        let then = says(then, &said);
        assert_eq!(code(&then), "plan_invalid", "{told}");
        assert_eq!(then.given.state.waiting.len(), 0);
        then.given.state_is_the_fold();
    }
}

#[test]
fn a_run_is_told_of_with_all_its_steps() {
    let then = adopted().when("execute", json!({ "parallel_max": 2 }));
    assert_eq!(sent(&then).input["parallel_max"], 2);
    then.given.state_is_the_fold();
    let then =
        answers(then, OutcomeResult::Sent { revision: Revision(9), reply: performed("done") });
    let done = &then.decided().completes[0];
    assert!(done.ok && done.reply["status"] == "completed", "{done:?}");
    let then = then.given.when("rerun", json!({ "from": ["two"] }));
    assert_eq!(sent(&then).name.as_str(), "rerun");
    let reply = performed("failed");
    let then = answers(then, OutcomeResult::Sent { revision: Revision(12), reply });
    assert_eq!(code(&then), "step_failed");
    assert_eq!(then.given.state.status, Status::Failed);
    let execution = then.given.state.execution.as_ref().unwrap();
    assert_eq!((execution.steps.len(), execution.stage), (2, Stage::Over), "what was done is told");
    then.given.state_is_the_fold();
    let then = by_rules(then.given.when("finalize", json!({})));
    let end = then.decided().completes[0].reply.clone();
    assert_eq!(end["sources"][0]["actor"], "counter/me-1-one", "{end}");
    assert_eq!((&end["metadata"]["done"], &end["metadata"]["steps"]), (&json!(1), &json!(2)));
    assert!(end["final"].as_str().unwrap().contains("two: it broke"), "{end}");
    then.given.state_is_the_fold();
}

/// A plan that was agreed to and carried out.
fn agreed_to() -> Given<Nucleus> {
    let yes = || OutcomeResult::Sent { revision: Revision(2), reply: json!({}) };
    let then = answers(adopted().when("execute", json!({ "approval": true })), yes());
    let reply = performed("done");
    answers(then, OutcomeResult::Sent { revision: Revision(9), reply }).given
}

#[test]
fn whoever_agreed_to_a_plan_is_asked_again_when_it_is_to_be_another() {
    let given = agreed_to();
    let hash = |given: &Given<Nucleus>| given.state.planned.as_ref().unwrap().hash;
    let (before, mut other) = (hash(&given), step("two", &["one"]));
    other["input"] = json!({ "by": 999 });
    let then = given.when("rerun", json!({ "steps": [other] }));
    let send = sent(&then);
    assert_eq!((send.kind.as_str(), send.id.as_str()), ("approval", "me-1-approval-2"));
    let shown = &send.input["command"]["input"];
    assert_eq!(shown["graph"]["steps"][1]["input"]["by"], 999);
    assert_ne!(shown["plan_hash"], json!(before));
    assert_eq!((then.given.state.status, hash(&then.given)), (Status::Asking, before));
    then.given.state_is_the_fold();

    let no = OutcomeResult::Failed(Refusal::rejected("approval_rejected", "no"));
    let then = answers(then, no);
    assert_eq!((code(&then).as_str(), hash(&then.given)), ("plan_not_agreed", before));
    let execution = then.given.state.execution.as_ref().unwrap();
    assert_eq!((execution.stage, execution.steps.len()), (Stage::Over, 2), "what there is stays");
    assert_eq!(execution.output["two"]["value"], 1);
    then.given.state_is_the_fold();

    let mut other = step("two", &["one"]);
    other["input"] = json!({ "by": 999 });
    let then = then.given.when("rerun", json!({ "steps": [other] }));
    let yes = OutcomeResult::Sent { revision: Revision(3), reply: json!({}) };
    let then = answers(then, yes);
    let send = sent(&then);
    assert_eq!(
        (send.name.as_str(), &send.input["steps"][0]["input"]["by"]),
        ("rerun", &json!(999))
    );
    let planned = then.given.state.planned.clone().unwrap();
    let execution = then.given.state.execution.as_ref().unwrap();
    assert!(planned.hash != before && execution.asked.plan_hash == planned.hash);
    assert_eq!(execution.plan.revision, planned.revision);
    then.given.state_is_the_fold();
}

#[test]
fn the_same_plan_goes_on_without_a_question() {
    let then = agreed_to().when("rerun", json!({ "from": ["two"] }));
    assert_eq!(sent(&then).name.as_str(), "rerun");
    assert_eq!(then.given.state.status, Status::Running);
}

#[test]
fn what_no_kind_takes_is_told_before_it_is_a_plan() {
    for (command, input, told) in [
        ("grow", json!({}), "counter has no command `grow`"),
        ("add", json!({ "by": "much" }), "counter add takes no such input"),
        ("add", json!({ "of": { "$from": "/input/goal" } }), "no member `of`"),
    ] {
        let step = json!({ "id": "a", "kind": "counter", "command": command, "input": input });
        let then = given::<Nucleus>([]).when("adopt", json!({ "graph": { "steps": [step] } }));
        let refusal = then.result.expect_err("it is told");
        let errors = format!("{:?}", refusal.errors);
        assert!(refusal.code == "invalid_input" && errors.contains(told), "{errors}");
    }
    let empty = json!({ "id": "a", "kind": "counter", "command": "add" });
    given::<Nucleus>([]).when("adopt", json!({ "graph": { "steps": [empty] } })).decided();
    let own = json!({ "id": "a", "kind": "robot", "command": "grow", "input": {} });
    given::<Nucleus>([]).when("adopt", json!({ "graph": { "steps": [own] } })).decided();
}

#[test]
fn a_run_that_stops_leaves_what_its_steps_came_to() {
    let then = adopted().when("execute", json!({}));
    let steps = performed("failed")["steps"].clone();
    let refusal = Refusal::rejected("step_failed", "the step two failed");
    let refusal = refusal.details(json!({ "step": "two", "steps": steps }));
    let then = answers(then, OutcomeResult::Failed(refusal));
    assert_eq!(code(&then), "step_failed");
    let execution = then.given.state.execution.as_ref().unwrap();
    let status = |step: &str| execution.steps.iter().find(|(id, _)| *id == step).unwrap().1.status;
    assert_eq!((status("one"), status("two")), (StepStatus::Done, StepStatus::Failed));
    then.given.state_is_the_fold();
}

#[test]
fn nothing_begins_without_a_yes_and_a_budget() {
    let budget = json!({ "unit": "tokens", "limit": 1000 });
    let then = adopted().when("execute", json!({ "approval": true, "budget": budget }));
    let send = sent(&then);
    assert_eq!((send.kind.as_str(), send.name.as_str()), ("approval", "propose"));
    let command = &send.input["command"];
    assert_eq!((&command["name"], &command["id"]), (&json!("agree"), &json!("me")));
    let hash = then.given.state.planned.as_ref().unwrap().hash;
    assert_eq!(command["input"]["plan_hash"], json!(hash));
    assert_eq!(command["input"]["graph"]["steps"].as_array().map(Vec::len), Some(2));
    assert_eq!(then.given.state.status, Status::Asking);
    // Whoever sends what the approval would send changes nothing.
    let forged = then.given.state.clone();
    let effects = then.effects;
    let told = Then { result: then.result, effects: effects.clone(), given: then.given };
    let agreed = told.given.when("agree", command_of(&effects));
    assert_eq!(agreed.decided().events, []);
    assert_eq!(agreed.given.state, forged);
    let yes =
        OutcomeResult::Sent { revision: Revision(3), reply: json!({ "status": "performed" }) };
    let then = agreed.given.when_outcome(&outcome(&effects[0], yes.clone()));
    let send = sent(&then);
    assert_eq!((send.kind.as_str(), send.name.as_str()), ("budget", "set"));
    assert_eq!(send.input["scope"]["actor"], "me-1-*");
    let then = answers(then, yes);
    assert_eq!(sent(&then).name.as_str(), "perform");
    then.given.state_is_the_fold();
}

fn command_of(effects: &[Effect]) -> Value {
    let Effect::Send(send) = &effects[0] else { panic!("a command") };
    send.input["command"]["input"].clone()
}

#[test]
fn a_no_ends_it_before_anything_began() {
    let then = adopted().when("execute", json!({ "approval": true }));
    let no = Refusal::rejected("approval_refused", "somebody said no");
    let then = answers(then, OutcomeResult::Failed(no));
    assert_eq!(code(&then), "plan_not_agreed");
    assert_eq!(then.effects, []);
    then.given.when("rerun", json!({})).then_refused("nothing_executed");
}

#[test]
fn a_cancelled_run_tells_who_waits() {
    let then = adopted().when("execute", json!({}));
    let run = then.effects[0].clone();
    let then = then.given.when("cancel", json!({ "reason": "enough" }));
    assert_eq!((sent(&then).kind.as_str(), sent(&then).name.as_str()), ("run", "cancel"));
    let gone = Refusal::rejected("run_cancelled", "the run was cancelled");
    let then = then.given.when_outcome(&outcome(&run, OutcomeResult::Failed(gone)));
    assert_eq!(code(&then), "run_cancelled");
    assert_eq!(then.given.state.status, Status::Cancelled);
    then.given.state_is_the_fold();
    let then = then.given.when("execute", json!({}));
    assert_eq!(sent(&then).id.as_str(), "me-2", "another execution is another run");
    // What is told of the first changes nothing.
    let late = OutcomeResult::Sent { revision: Revision(9), reply: performed("done") };
    let then = then.given.when_outcome(&outcome(&run, late));
    assert_eq!(then.decided().events, []);
}

#[test]
fn inputs_and_times_have_rules() {
    given::<Nucleus>([]).when("execute", json!({})).then_refused("actor_not_found");
    for (name, bad) in [
        ("plan", json!({ "goal": " " })),
        ("plan", json!({ "goal": "x", "available_agents": ["nobody"] })),
        ("plan", json!({ "goal": "x", "requirements": ["a", "a"] })),
        ("adopt", json!({ "graph": { "steps": [] } })),
        ("review", json!({ "content": "" })),
        ("finalize", json!({ "workflow_results": [] })),
        ("route", json!({ "request": "" })),
    ] {
        given::<Nucleus>([]).when(name, bad).then_refused("invalid_input");
    }
    let cycle = json!({ "graph": { "steps": [step("a", &["b"]), step("b", &["a"])] } });
    given::<Nucleus>([]).when("adopt", cycle).then_refused("graph_cycle");
    given::<Nucleus>([]).when("finalize", json!({})).then_refused("nothing_executed");
    let busy = adopted().when("execute", json!({})).given;
    busy.when("execute", json!({})).then_refused("execution_goes_on");
    adopted().when("cancel", json!({})).then_refused("execution_over");
    let then = by_rules(given::<Nucleus>([]).when("route", json!({ "request": "Write a memo" })));
    then.given.when("execute", json!({})).then_refused("plan_needed");
}

#[test]
fn rules_review_and_route() {
    let input = json!({ "content": { "text": "Bees live in 12 hives." },
        "criteria": ["has figures", "accuracy"] });
    let then = by_rules(given::<Nucleus>([]).when("review", input));
    let told = then.decided().completes[0].reply.clone();
    assert_eq!((&told["pass"], &told["score"]), (&json!(true), &json!(100)), "{told}");
    assert_eq!(told["criteria_results"]["accuracy"]["pass"], Value::Null, "{told}");
    assert_eq!(told["unjudged"], json!(["accuracy"]), "{told}");
    then.given.state_is_the_fold();
    let then = by_rules(then.given.when("route", json!({ "request": "Write a memo" })));
    let told = then.decided().completes[0].reply.clone();
    assert_eq!((&told["agent"], &told["routed"]), (&json!("osteon"), &json!(true)), "{told}");
    let then = by_rules(then.given.when("route", json!({ "request": "Hello" })));
    let told = then.decided().completes[0].reply.clone();
    assert_eq!((&told["agent"], &told["routed"]), (&Value::Null, &json!(false)), "{told}");
}

#[test]
fn what_a_model_makes_up_is_refused() {
    let review = json!({ "content": "Bees.", "criteria": ["quality"] });
    let said = json!({ "criteria_results": [], "feedback": [] });
    let then = says(given::<Nucleus>([]).when("review", review), &said);
    assert_eq!(code(&then), "model_answer_invalid");
    let said = json!({ "agent": "osteon", "endpoint": "dance", "reasoning": "", "confidence": 99 });
    let then = says(given::<Nucleus>([]).when("route", json!({ "request": "Dance" })), &said);
    assert_eq!(code(&then), "model_answer_invalid");
    assert!(matches!(then.given.happened().last(), Some(Event::AskFailed(_))));
}

#[test]
fn a_fork_has_the_plan_and_nothing_under_way() {
    use contracts::Decider as _;
    let then = adopted().when("execute", json!({}));
    let fork = Nucleus::forked(then.given.state);
    assert_eq!(fork.status, Status::Cancelled);
    assert!(fork.planned.is_some() && fork.waiting.is_empty());
    assert_eq!(fork.execution.unwrap().command, None);
}
