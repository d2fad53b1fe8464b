use contracts::effect::{Delivery, OutcomeResult, ToolAnswer};
use contracts::kinds::run::{self as page, Answer, Status};
use contracts::model::{Cost, Finish, ModelResponse, Role, ToolCall, ToolChoice, Usage};
use contracts::{Effect, EffectId, Hash, Outcome, Refusal, Reply, Revision, commit};
use serde_json::{Value, json};

use super::Run;
use crate::kinds::testing::{Given, Then, given, page_is_consistent};

fn outcome(tag: Value, result: OutcomeResult) -> Outcome {
    let effect = EffectId(Hash::of(tag.to_string().as_bytes()));
    Outcome { effect, revision: Revision(1), index: 0, tag, attempts: 1, result, metered: None }
}

fn said(text: &str) -> ModelResponse {
    ModelResponse {
        provider: "fake".to_owned(),
        model: "fake/one".to_owned(),
        text: text.to_owned(),
        usage: Usage { input_tokens: 10, output_tokens: 2, ..Usage::default() },
        cost: Some(Cost { micro_usd: 5, prices: "p1".to_owned() }),
        ..ModelResponse::default()
    }
}

fn calls(calls: &[(&str, &str, &str)]) -> ModelResponse {
    let call = |(id, name, arguments): &(&str, &str, &str)| ToolCall {
        id: (*id).to_owned(),
        name: (*name).to_owned(),
        arguments: (*arguments).to_owned(),
    };
    let calls = calls.iter().map(call).collect();
    ModelResponse { calls, finish: Finish::ToolCalls, ..said("") }
}

fn model(given: Given<Run>, round: u32, response: ModelResponse) -> Then<Run> {
    let result = OutcomeResult::Llm(Box::new(response));
    given.when_outcome(&outcome(json!({ "round": round }), result))
}

fn tool(given: Given<Run>, round: u32, call: &str, output: Value) -> Then<Run> {
    let result = OutcomeResult::Tool(ToolAnswer { output, blob: None, ms: 3 });
    given.when_outcome(&outcome(json!({ "round": round, "call": call }), result))
}

fn start(more: Value) -> Then<Run> {
    let mut input = json!({
        "model": "fake/one",
        "turns": [{ "role": "user", "content": "go" }],
        "tools": [{ "name": "weather", "parameters": { "type": "object" } }],
        "uses": [{ "name": "calculator" }, { "name": "pay", "approval": true }],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        input[name] = value.clone();
    }
    given::<Run>([]).when("start", input)
}

fn types(then: &Then<Run>) -> Vec<String> {
    then.types()
}

fn answer(then: &Then<Run>) -> Answer {
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    assert!(completion.ok, "{:?}", completion.reply);
    serde_json::from_value(completion.reply.clone()).expect("an answer")
}

fn refusal(then: &Then<Run>) -> Refusal {
    let [completion] = &then.decided().completes[..] else { panic!("one completion") };
    completion.refusal().expect("a refusal")
}

#[test]
fn the_page_is_consistent() {
    page_is_consistent::<page::Run>();
}

#[test]
fn a_run_asks_its_model_and_answers_with_what_it_says() {
    let then = start(json!({ "instructions": "be brief", "timeout_s": 5 }));
    assert_eq!(types(&then), ["Started", "Asked"]);
    assert_eq!(then.decided().reply, Reply::Later { deadline_ms: 5_000 });
    let [Effect::Llm(llm)] = &then.effects[..] else { panic!("one call") };
    assert_eq!(llm.request.turns[0].role, Role::System);
    assert_eq!((&*llm.request.turns[1].content, llm.request.tools.len()), ("go", 1));
    assert_eq!(llm.request.uses, ["calculator", "pay"]);
    assert_eq!(llm.terms.retry.as_ref().and_then(|it| it.timeout_ms), Some(5_000));
    let then = model(then.given, 1, said("done"));
    assert_eq!(types(&then), ["Answered", "Completed"]);
    let told = answer(&then);
    assert_eq!((told.status, &*told.text, told.rounds), (Status::Completed, "done", 1));
    assert_eq!((told.usage.input_tokens, told.cost.map(|it| it.micro_usd)), (10, Some(5)));
    assert_eq!(told.model, "fake/one");
    then.given.state_is_the_fold();
}

#[test]
fn calls_of_one_round_run_side_by_side_and_the_next_request_refers_to_them() {
    let asked = calls(&[("a", "calculator", "{\"x\":1}"), ("b", "pay", "{}")]);
    let then = model(start(json!({})).given, 1, asked);
    assert_eq!(types(&then), ["Answered", "ToolsAsked"]);
    let [Effect::Tool(one), Effect::Tool(other)] = &then.effects[..] else { panic!("two tools") };
    assert!(one.terms.independent && other.terms.independent);
    assert_eq!((one.delivery, other.delivery), (Delivery::Idempotent, Delivery::AtMostOnce));
    assert!(!one.approval && other.approval);
    assert_eq!((&one.input, &*one.call), (&json!({ "x": 1 }), "a"));
    let then = tool(then.given, 1, "b", json!("paid"));
    assert_eq!(types(&then), ["ToolAnswered"]);
    let then = tool(then.given, 1, "a", json!({ "result": 2 }));
    assert_eq!(types(&then), ["ToolAnswered", "Asked"]);
    let [Effect::Llm(llm)] = &then.effects[..] else { panic!("one call") };
    assert!(llm.request.turns.is_empty() && llm.request.tools.is_empty());
    let history = llm.request.history.clone().expect("a reference");
    assert_eq!((history.id.as_str(), history.frame), ("me", true));
    let then = model(then.given, 2, said("2, paid"));
    let told = answer(&then);
    assert_eq!((told.rounds, told.usage.output_tokens), (2, 4));
    let roles: Vec<_> = then.given.state.turns.iter().map(|turn| turn.role).collect();
    assert_eq!(roles, [Role::User, Role::Assistant, Role::Tool, Role::Tool, Role::Assistant]);
    assert_eq!(then.given.state.turns[3].content, "{\"result\":2}");
    then.given.state_is_the_fold();
}

#[test]
fn one_after_another_when_that_is_wanted() {
    let asked = calls(&[("a", "calculator", "{}"), ("b", "calculator", "{}")]);
    let options = json!({ "options": { "sequential_tools": true } });
    let then = model(start(options).given, 1, asked);
    assert_eq!(then.effects.len(), 1);
    let then = tool(then.given, 1, "a", json!(1));
    assert_eq!(types(&then), ["ToolAnswered", "ToolsAsked"]);
    let then = tool(then.given, 1, "b", json!(1));
    assert_eq!(types(&then), ["ToolAnswered", "Asked"]);
    then.given.state_is_the_fold();
}

#[test]
fn the_callers_tools_are_waited_for_and_answered_in_parts() {
    let asked = calls(&[("a", "weather", "{}"), ("b", "weather", "{}"), ("c", "calculator", "{}")]);
    let then = model(start(json!({})).given, 1, asked);
    assert_eq!(types(&then), ["Answered", "ToolsAsked"]);
    let then = tool(then.given, 1, "c", json!(1));
    assert_eq!(types(&then), ["ToolAnswered", "WaitsForTools"]);
    let told = answer(&then);
    assert_eq!((told.status, told.calls.len()), (Status::Waiting, 2));
    let outputs = json!({ "outputs": [{ "call": "a", "output": "rain" }] });
    let then = then.given.when("answer_tools", outputs.clone());
    let Reply::Now(reply) = &then.decided().reply else { panic!("at once") };
    assert_eq!(reply["calls"].as_array().map(Vec::len), Some(1));
    let twice = then.given.when("answer_tools", outputs).then_refused("tool_call_unknown");
    let outputs = json!({ "outputs": [{ "call": "b", "error": "no window" }] });
    let then = twice.given.when("answer_tools", outputs);
    assert_eq!(types(&then), ["Resumed", "ToolAnswered", "Asked"]);
    assert!(matches!(then.decided().reply, Reply::Later { .. }));
    assert!(then.given.state.turns.last().is_some_and(|it| it.content.contains("no window")));
    then.given
        .when("answer_tools", json!({ "outputs": [{ "call": "b", "output": 1 }] }))
        .then_refused("run_not_waiting");
}

#[test]
fn what_the_model_gets_wrong_it_is_told() {
    let asked = calls(&[("a", "calculator", "{not json"), ("b", "nothing", "{}")]);
    let then = model(start(json!({})).given, 1, asked);
    assert_eq!(types(&then), ["Answered", "ToolAnswered", "ToolAnswered", "Asked"]);
    let told: Vec<_> = then.given.state.turns.iter().rev().take(2).collect();
    assert!(told[0].content.contains("tool_unknown"));
    assert!(told[1].content.contains("tool_arguments_invalid"));
    let [Effect::Llm(_)] = &then.effects[..] else { panic!("asked again, and nothing called") };
    then.given.state_is_the_fold();
    let twice = calls(&[("a", "calculator", "{}"), ("a", "calculator", "{}")]);
    let then = model(start(json!({})).given, 1, twice);
    assert_eq!(refusal(&then).code, "model_answer_invalid");
}

#[test]
fn a_model_that_never_stops_calling_is_stopped() {
    let asked = || calls(&[("a", "nothing", "{}")]);
    let then = model(start(json!({ "rounds_max": 2 })).given, 1, asked());
    let then = model(then.given, 2, asked());
    assert_eq!(refusal(&then).code, "run_rounds_exceeded");
    assert_eq!(then.given.state.status, Status::Failed);
    then.given.state_is_the_fold();
}

#[test]
fn a_schema_may_be_broken_once() {
    let schema = json!({ "schema": { "type": "object", "required": ["n"] } });
    let then = model(start(schema.clone()).given, 1, said("{}"));
    assert_eq!(types(&then), ["Answered", "Returned", "Asked"]);
    assert!(then.given.state.turns.last().is_some_and(|it| it.content.contains("\"n\"")));
    let right = model(then.given, 2, said("{\"n\":1}"));
    assert_eq!(answer(&right).value, Some(json!({ "n": 1 })));
    let then = model(start(schema.clone()).given, 1, said("prose"));
    let then = model(then.given, 2, said("more prose"));
    assert_eq!(refusal(&then).code, "model_output_invalid");
    then.given.state_is_the_fold();
    let cut = ModelResponse { finish: Finish::Length, ..said("{\"n\":") };
    let then = model(start(schema).given, 1, cut);
    assert_eq!(answer(&then).finish, Finish::Length);
}

#[test]
fn nothing_is_asked_past_the_deadline() {
    let mut started = start(json!({ "timeout_s": 1 })).given;
    started.late_ms = 5_000;
    let then = model(started, 1, calls(&[("a", "calculator", "{}")]));
    assert_eq!(refusal(&then).code, "run_timeout");
    assert!(then.effects.is_empty());
}

#[test]
fn silence_and_failure_end_a_run_aloud() {
    let tag = json!({ "round": 1 });
    let unknown = outcome(tag.clone(), OutcomeResult::Unknown);
    let then = start(json!({})).given.when_outcome(&unknown);
    assert_eq!(refusal(&then).code, "effect_unknown");
    let failed = OutcomeResult::Failed(Refusal::rejected("model_quota", "used up"));
    let then = start(json!({})).given.when_outcome(&outcome(tag, failed));
    assert_eq!(refusal(&then).code, "model_quota");
    assert_eq!(then.given.state.code.as_deref(), Some("model_quota"));
    then.given.state_is_the_fold();
}

#[test]
fn a_tool_whose_answer_nobody_knows_is_told_to_the_model_and_never_called_again() {
    let then = model(start(json!({})).given, 1, calls(&[("a", "pay", "{}")]));
    let tag = json!({ "round": 1, "call": "a" });
    let then = then.given.when_outcome(&outcome(tag.clone(), OutcomeResult::Unknown));
    assert_eq!(types(&then), ["ToolAnswered", "Asked"]);
    assert!(then.given.state.turns.last().is_some_and(|it| it.content.contains("effect_unknown")));
    let late = then.given.when_outcome(&outcome(tag, OutcomeResult::Unknown));
    assert_eq!(late.decided().events, []);
}

#[test]
fn a_cancelled_run_tells_who_waits_and_takes_no_answer() {
    let then = start(json!({})).given.when("cancel", json!({ "reason": "enough" }));
    assert_eq!(refusal(&then).code, "run_cancelled");
    let late = model(then.given, 1, said("late"));
    assert_eq!(late.decided().events, []);
    late.given.when("cancel", json!({})).then_refused("run_over");
    given::<Run>([]).when("cancel", json!({})).then_refused("actor_not_found");
}

#[test]
fn a_tool_that_must_be_called_is_free_once_it_was() {
    let forced = start(json!({ "tool_choice": "required" }));
    let [Effect::Llm(llm)] = &forced.effects[..] else { panic!("one call") };
    assert_eq!(llm.request.tool_choice, ToolChoice::Required);
    let then = model(forced.given, 1, calls(&[("a", "calculator", "{}")]));
    let then = tool(then.given, 1, "a", json!(1));
    let [Effect::Llm(llm)] = &then.effects[..] else { panic!("one call") };
    assert_eq!(llm.request.tool_choice, ToolChoice::Auto);
}

#[test]
fn a_recorded_run_calls_nothing_that_is_not_recorded() {
    let then = start(json!({ "recorded": "before" }));
    let asked = calls(&[("a", "weather", "{}"), ("b", "pay", "{}")]);
    let then = model(then.given, 1, asked);
    assert_eq!(then.effects.len(), 2);
    for effect in &then.effects {
        let Effect::Tool(tool) = effect else { panic!("a tool") };
        assert_eq!(tool.recorded.as_ref().map(|it| it.as_str()), Some("before"));
        assert_eq!(tool.delivery, Delivery::Idempotent);
    }
}

#[test]
fn long_prompts_and_those_after_others_are_referred_to() {
    let long = "x".repeat(9_000);
    let turns = json!({ "turns": [{ "role": "user", "content": long }] });
    for more in [turns, json!({ "after": "before" })] {
        let then = start(more);
        let [Effect::Llm(llm)] = &then.effects[..] else { panic!("one call") };
        assert!(llm.request.history.is_some() && llm.request.turns.is_empty());
    }
}

#[test]
fn inputs_have_limits() {
    let schema = json!({ "$ref": "https://example.com/s" });
    for bad in [
        json!({ "turns": [] }),
        json!({ "model": " " }),
        json!({ "rounds_max": 0 }),
        json!({ "timeout_s": 0 }),
        json!({ "max_tokens": 0 }),
        json!({ "schema": schema }),
        json!({ "uses": [{ "name": "weather" }] }),
        json!({ "tools": [{ "name": "a b" }] }),
        json!({ "tools": [{ "name": "a", "parameters": { "type": 7 } }] }),
        json!({ "turns": [{ "role": "user", "content": "x".repeat(400_000) }] }),
        json!({ "metadata": { "a": "x".repeat(600) } }),
        json!({ "surprise": 1 }),
    ] {
        start(bad).then_refused("invalid_input");
    }
    start(json!({}))
        .given
        .when("start", json!({ "model": "m", "turns": [] }))
        .then_refused("actor_exists");
}

#[test]
fn a_fork_completes_nothing() {
    use contracts::Decider as _;
    let state = start(json!({})).given.state;
    assert_eq!(state.command, Some(commit::sample_command_id(1)));
    assert_eq!(Run::forked(state).command, None);
}

fn joined(given: Given<Run>, result: OutcomeResult) -> Then<Run> {
    given.when_outcome(&outcome(json!({ "after": "r0" }), result))
}

fn over() -> OutcomeResult {
    OutcomeResult::Sent { revision: Revision(9), reply: json!({ "status": "completed" }) }
}

#[test]
fn a_run_waits_for_its_time_and_then_for_the_run_before_it() {
    let then = start(json!({ "delay_s": 60, "queue": true, "after": "r0" }));
    assert_eq!(types(&then), ["Started", "Queued"]);
    let [Effect::Timer(timer)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!((timer.name.as_str(), timer.command.as_str()), ("begin", "begin"));
    assert!(matches!(&then.decided().reply, Reply::Now(told) if told["status"] == "queued"));
    let then = then.given.when("begin", json!({}));
    assert_eq!(types(&then), ["Queued"]);
    let [Effect::Send(send)] = &then.effects[..] else { panic!("{:?}", then.effects) };
    assert_eq!((send.id.as_str(), send.name.as_str()), ("r0", "join"));
    // Whoever says so once more changes nothing.
    let then = then.given.when("begin", json!({}));
    assert_eq!(types(&then), Vec::<String>::new());
    // It goes on for longer than anybody waits.
    let late = Refusal::new(contracts::RefusalClass::Timeout, "timeout", "it goes on");
    let then = joined(then.given, OutcomeResult::Failed(late));
    assert_eq!(types(&then), ["Queued"]);
    let then = joined(then.given, over());
    assert_eq!(types(&then), ["Begun", "Asked"]);
    assert_eq!(then.given.state.status, Status::Running);
    let then = joined(then.given, over());
    assert_eq!(types(&then), Vec::<String>::new());
    then.given.state_is_the_fold();
}

#[test]
fn a_run_that_waits_for_one_that_never_began_begins_alone() {
    let then = start(json!({ "queue": true, "after": "r0" }));
    assert_eq!(types(&then), ["Started", "Queued"]);
    let missing = Refusal::not_found("actor_not_found", "there is no such run");
    let then = joined(then.given, OutcomeResult::Failed(missing));
    assert_eq!(types(&then), ["Begun", "Asked"]);
    assert_eq!(then.given.state.after, None);
    then.given.state_is_the_fold();
}

#[test]
fn whoever_waits_for_the_end_of_a_run_is_told_by_each_of_its_ends() {
    let wait = |given: Given<Run>| {
        let then = given.when("join", json!({}));
        assert_eq!(types(&then), ["Joined"]);
        assert!(matches!(then.decided().reply, Reply::Later { .. }));
        then.given
    };
    let told = |then: &Then<Run>| -> Vec<Value> {
        let completes = then.decided().completes.iter();
        completes.filter(|it| it.ok).map(|it| it.reply["status"].clone()).collect()
    };
    let then = model(wait(start(json!({})).given), 1, said("done"));
    assert_eq!(told(&then), ["completed", "completed"]);
    let late = then.given.when("join", json!({}));
    assert!(matches!(&late.decided().reply, Reply::Now(told) if told["status"] == "completed"));
    let then = wait(start(json!({})).given).when("cancel", json!({}));
    assert_eq!(told(&then), ["cancelled"]);
    let then = model(wait(start(json!({})).given), 1, calls(&[("a", "weather", "{}")]));
    assert_eq!(told(&then), ["waiting", "waiting"]);
    let refusal = Refusal::rejected("model_refused", "no");
    let failed = outcome(json!({ "round": 1 }), OutcomeResult::Failed(refusal));
    let then = wait(start(json!({})).given).when_outcome(&failed);
    assert_eq!(told(&then), ["failed"]);
    given::<Run>([]).when("join", json!({})).then_refused("actor_not_found");
    given::<Run>([]).when("begin", json!({})).then_refused("actor_not_found");
}

#[test]
fn a_run_that_waits_may_be_cancelled_and_does_not_begin_then() {
    let then = start(json!({ "queue": true, "after": "r0" })).given.when("cancel", json!({}));
    assert_eq!(types(&then), ["Cancelled"]);
    assert_eq!(types(&joined(then.given, over())), Vec::<String>::new());
    let answer = json!({ "outputs": [{ "call": "a", "output": 1 }] });
    let waits = start(json!({ "delay_s": 60 })).given;
    waits.when("answer_tools", answer).then_refused("run_not_waiting");
    start(json!({ "delay_s": 30 * 24 * 3_600 + 1 })).then_refused("invalid_input");
}
