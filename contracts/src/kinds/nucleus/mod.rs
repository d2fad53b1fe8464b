//! `nucleus`: a goal, the plan for it, its execution as a run, the judgement of what came of it,
//! and its end.

pub mod answers;
pub mod catalogue;
mod commands;
mod events;
pub mod limits;
pub mod material;
mod rejections;
mod specs;
#[cfg(test)]
mod tests;

pub use commands::{
    Adopt, Agree, Allowance, Cancel, Command, Execute, Finalize, Plan, Rerun, Review, Route,
};
pub use events::{
    AskFailed, CancelAsked, Ended, Event, ExecutionAsked, FinalMade, FinalizeAsked, PlanAdopted,
    PlanAsked, PlanMade, PlanReturned, RerunAsked, ReviewAsked, Reviewed, RouteAsked, Routed,
};
pub use rejections::Rejection;
use serde_json::{Value, json};

use crate::ids::Kind;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::stop::{Stop, UnderWay};

/// The kind's name.
pub const KIND: Kind = Kind::from_static("nucleus");

/// What a content is judged by when nobody says.
pub const CRITERIA: [&str; 3] = ["quality", "completeness", "accuracy"];

/// The page of `nucleus`.
pub struct Nucleus;

impl Page for Nucleus {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "A goal: planned, agreed to, carried out, judged and finished.";
    const CREATE: &'static str = "plan";
    const COMMANDS: &'static [&'static str] =
        &["plan", "adopt", "execute", "cancel", "rerun", "review", "finalize", "route", "agree"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("PlanAsked", 1),
        ("PlanReturned", 1),
        ("PlanMade", 1),
        ("PlanAdopted", 1),
        ("ExecutionAsked", 1),
        ("Agreed", 1),
        ("BudgetSet", 1),
        ("CancelAsked", 1),
        ("RerunAsked", 1),
        ("Ended", 1),
        ("ReviewAsked", 1),
        ("Reviewed", 1),
        ("FinalizeAsked", 1),
        ("Finalized", 1),
        ("RouteAsked", 1),
        ("Routed", 1),
        ("AskFailed", 1),
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
        asked.cancelled(KIND, &["execute", "rerun"])
    }

    fn summary(event: &Event) -> Option<Value> {
        use answers::Status;
        Some(match event {
            Event::PlanAsked(asked) => json!({ "goal": asked.plan.goal }),
            Event::PlanMade(made) => {
                json!({ "status": Status::Planned, "steps": made.graph.steps.len() })
            }
            Event::PlanAdopted(adopted) => {
                let steps = adopted.graph.steps.len();
                let mut told = json!({ "status": Status::Planned, "steps": steps });
                if let Some(goal) = &adopted.goal {
                    told["goal"] = json!(goal);
                }
                told
            }
            Event::ExecutionAsked(asked) => {
                let status = Status::begun(asked.approval.is_some());
                json!({ "status": status, "run": asked.run, "code": null })
            }
            Event::Agreed {} => json!({ "status": Status::Running }),
            Event::RerunAsked(asked) => {
                json!({ "status": Status::begun(asked.approval.is_some()), "code": null })
            }
            Event::Ended(ended) => json!({ "status": ended.status, "code": ended.code }),
            Event::Reviewed(reviewed) => {
                json!({ "pass": reviewed.pass, "score": reviewed.score })
            }
            Event::AskFailed(failed) => json!({ "failed": failed.code }),
            Event::Finalized(_) => json!({ "finalized": true }),
            Event::PlanReturned(_)
            | Event::BudgetSet {}
            | Event::CancelAsked(_)
            | Event::ReviewAsked(_)
            | Event::FinalizeAsked(_)
            | Event::RouteAsked(_)
            | Event::Routed(_) => return None,
        })
    }
}
