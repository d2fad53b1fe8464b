//! The commands and events of a nucleus, as documented.

use serde_json::{Value, json};

use super::{answers, commands};
use crate::commit::sample_command_id;
use crate::hash::Hash;
use crate::page::{self, CommandSpec, EventSpec, command, event};

/// The commands that may be sent to a nucleus that does not exist.
const BEGINNERS: &[&str] = &["plan", "adopt", "review", "finalize", "route"];

/// A plan of one step.
fn sample_graph() -> Value {
    json!({ "steps": [
        { "id": "count", "about": "Counts.", "kind": "counter", "command": "add",
          "input": { "by": 1 } },
    ] })
}

/// The commands, in the order of the docs.
pub(super) fn commands() -> Vec<CommandSpec> {
    let all = vec![
        command::<commands::Plan, answers::Planned>(
            "plan",
            "Makes a plan for a goal: steps that need each other, each a command to an actor.",
            json!({ "goal": "Write a report about bees in the city",
                "requirements": ["hives", "costs"], "criteria": ["at least 100 words"] }),
        ),
        command::<commands::Adopt, answers::Planned>(
            "adopt",
            "Takes over a plan of one's own, or one that was edited.",
            json!({ "graph": sample_graph() }),
        ),
        command::<commands::Execute, answers::Executed>(
            "execute",
            "Carries the plan out as a run, after a person's yes when that is asked for, and \
             answers with what the run gave.",
            json!({ "parallel_max": 4 }),
        ),
        command::<commands::Cancel, answers::Cancelling>(
            "cancel",
            "Ends the execution before its time.",
            json!({ "reason": "no longer needed" }),
        ),
        command::<commands::Rerun, answers::Executed>(
            "rerun",
            "Does steps of the run anew, and all that need them.",
            json!({ "from": ["count"] }),
        ),
        command::<commands::Review, answers::Reviewed>(
            "review",
            "Judges a content by criteria. Rules measure what can be measured and say so.",
            json!({ "content": "Bees live in 12 hives on the roof of the town hall.",
                "criteria": ["completeness", "has figures"] }),
        ),
        command::<commands::Finalize, answers::Finalized>(
            "finalize",
            "Puts together what came of the steps, and says where each part comes from.",
            json!({ "goal": "A report about bees",
                "workflow_results": [{ "step_id": "draft", "agent": "osteon",
                    "result": { "text": "Bees live in 12 hives." } }] }),
        ),
        command::<commands::Route, answers::Routed>(
            "route",
            "Picks who is to be asked for something, and says why.",
            json!({ "request": "Write a memo about the new hives" }),
        ),
        command::<commands::Agree, answers::Noted>(
            "agree",
            "What a person is shown who is asked for a yes to the plan. Changes nothing: what \
             counts is that the approval was granted.",
            json!({ "run": "bees-1", "plan_hash": Hash::of(b"a plan"), "graph": sample_graph() }),
        ),
    ];
    page::beginning(BEGINNERS, all)
}

/// The events, in the order of the page.
pub(super) fn events() -> Vec<EventSpec> {
    let mut all = of_plans();
    all.extend(of_executions());
    all.extend(of_judgements());
    all
}

fn of_plans() -> Vec<EventSpec> {
    let command = sample_command_id(1);
    vec![
        event(
            "PlanAsked",
            "A model was asked for a plan; the request is the commit's effect.",
            json!({ "command": command,
                "plan": { "goal": "A report about bees", "requirements": ["hives"] } }),
        ),
        event(
            "PlanReturned",
            "The plan broke a rule, and the model was told so.",
            json!({ "command": command, "reason": "steps[0].agent: there is no agent osteo" }),
        ),
        event(
            "PlanMade",
            "There is a plan.",
            json!({ "command": command, "graph": sample_graph(),
                "why": { "count": "the goal asks for a number" },
                "generated_by": { "provider": "local", "model": "local/rules" } }),
        ),
        event("PlanAdopted", "Somebody brought a plan.", json!({ "graph": sample_graph() })),
    ]
}

fn of_executions() -> Vec<EventSpec> {
    let command = sample_command_id(2);
    vec![
        event(
            "ExecutionAsked",
            "The plan is to be carried out.",
            json!({ "command": command, "run": "bees-1",
                "plan": { "kind": "nucleus", "id": "bees", "revision": 2 },
                "plan_hash": Hash::of(b"a plan"),
                "parallel_max": 8, "timeout_s": 86_400, "approval": "bees-1-approval" }),
        ),
        event("Agreed", "Somebody said yes to the plan.", json!({})),
        event("BudgetSet", "The budget of the run stands.", json!({})),
        event("CancelAsked", "It is no longer wanted.", json!({ "reason": "no longer needed" })),
        event(
            "RerunAsked",
            "Steps are to be done anew.",
            json!({ "command": sample_command_id(3), "from": ["count"] }),
        ),
        event(
            "Ended",
            "The run is over.",
            json!({ "status": "completed",
                "steps": { "count": { "status": "done", "actor": "counter/bees-1-count",
                    "revision": 1 } },
                "output": { "count": { "value": 1 } } }),
        ),
    ]
}

fn of_judgements() -> Vec<EventSpec> {
    let command = sample_command_id(4);
    vec![
        event(
            "ReviewAsked",
            "A model was asked for a judgement.",
            json!({ "command": command,
                "review": { "content": "Bees.", "criteria": ["completeness"] } }),
        ),
        event("Reviewed", "It judged.", json!({ "command": command, "pass": true, "score": 90 })),
        event(
            "FinalizeAsked",
            "A model was asked to put results together.",
            json!({ "command": command, "finalize": { "goal": "A report about bees" } }),
        ),
        event(
            "Finalized",
            "They were put together.",
            json!({ "command": command, "answer": {
                "final": "Bees live in 12 hives.",
                "summary": "12 hives.",
                "key_outputs": [{ "step_id": "draft", "text": "12 hives" }],
                "recommendations": [],
                "sources": [{ "step_id": "draft", "status": "done",
                    "actor": "osteon/bees-1-outline", "revision": 4 }],
                "metadata": { "goal": "A report about bees", "run": "bees-1", "steps": 1, "done": 1,
                    "generated_by": { "provider": "local", "model": "local/rules" } },
            } }),
        ),
        event(
            "RouteAsked",
            "A model was asked who is to be asked.",
            json!({ "command": command, "route": { "request": "Write a memo" } }),
        ),
        event(
            "Routed",
            "It said.",
            json!({ "command": command, "to": "osteon/draft", "percent": 60 }),
        ),
        event(
            "AskFailed",
            "What a model was asked came to nothing.",
            json!({ "command": command, "code": "plan_invalid" }),
        ),
    ]
}
