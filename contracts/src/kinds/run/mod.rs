//! `run`: one execution: a model, its tools and what they answered, until there is an answer; or a
//! graph of steps, until all are done.

pub mod answers;
mod commands;
mod events;
mod graph;
pub mod limits;
mod rejections;
mod specs;

pub use answers::{Answer, Ended, Status};
pub use commands::{
    AnswerTools, Begin, Cancel, Command, Definition, Join, Remember, Start, ToolOutput, ToolUse,
};
pub use events::{
    Answered, Asked, Begun, Cancelled, Completed, Event, Failed, Queued, Recalled, Recalling,
    Resumed, Returned, Started, ToolAnswered, ToolAsk, ToolError, ToolsAsked, WaitsForTools,
};
pub use graph::{
    GraphStarted, Perform, Performed, PlanRef, Reran, Rerun, Skipped, StepBegun, StepDone,
    StepFailed, StepSkipped, StepStatus, StepView,
};
pub use rejections::{GraphRejection, Rejection};
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::stop::{Stop, UnderWay};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("run");

/// The tool that searches what was said before.
pub const MEMORY_TOOL: &str = "memory_search";
/// The call of it that a run makes by itself, before a model is asked.
pub const MEMORY_CALL: &str = "memory";

/// The page of `run`.
pub struct Run;

impl Page for Run {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "One execution: a model and its tools, or a graph of steps, until there is an answer.";
    const CREATE: &'static str = "start";
    const COMMANDS: &'static [&'static str] =
        &["start", "answer_tools", "cancel", "begin", "join", "perform", "rerun"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Started", 1),
        ("Recalling", 1),
        ("Recalled", 1),
        ("Asked", 1),
        ("Answered", 1),
        ("Returned", 1),
        ("ToolsAsked", 1),
        ("ToolAnswered", 1),
        ("WaitsForTools", 1),
        ("Resumed", 1),
        ("Completed", 1),
        ("Failed", 1),
        ("Cancelled", 1),
        ("Queued", 1),
        ("Begun", 1),
        ("Joined", 1),
        ("GraphStarted", 1),
        ("StepBegun", 1),
        ("StepDone", 1),
        ("StepFailed", 1),
        ("StepSkipped", 1),
        ("Reran", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::specs()
    }

    fn stop(asked: &UnderWay<'_>) -> Option<Stop> {
        asked.cancelled(KIND, &["start", "perform", "rerun"])
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Started(started) => {
                let Start { model, of, .. } = &started.run;
                let assistant = of.as_ref().map(|of| &of.assistant);
                json!({ "status": Status::Running, "model": model, "assistant": assistant })
            }
            Event::Asked(asked) => json!({ "status": Status::Running, "rounds": asked.round }),
            Event::WaitsForTools(_) => json!({ "status": Status::Waiting }),
            Event::Completed(_) => json!({ "status": Status::Completed }),
            Event::Failed(failed) => json!({ "status": Status::Failed, "code": failed.code }),
            Event::Cancelled(_) => json!({ "status": Status::Cancelled }),
            Event::Queued(_) => json!({ "status": Status::Queued }),
            Event::Resumed(_) | Event::Begun(_) => json!({ "status": Status::Running }),
            Event::GraphStarted(started) => {
                let plan = started.perform.plan.as_ref();
                let plan = plan.map(|plan| format!("{}/{}", plan.kind, plan.id));
                let steps = started.perform.graph.steps.len();
                json!({ "status": Status::Running, "steps": steps, "plan": plan })
            }
            Event::Reran(_) => json!({ "status": Status::Running, "code": null }),
            Event::StepBegun(_)
            | Event::StepDone(_)
            | Event::StepFailed(_)
            | Event::StepSkipped(_)
            | Event::Recalling(_)
            | Event::Recalled(_)
            | Event::Answered(_)
            | Event::Returned(_)
            | Event::Joined { .. }
            | Event::ToolsAsked(_)
            | Event::ToolAnswered(_) => return None,
        })
    }
}
