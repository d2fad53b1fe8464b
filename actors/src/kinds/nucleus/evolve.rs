//! A nucleus after an event.

use std::collections::BTreeMap;
use std::sync::Arc;

use contracts::CommandId;
use contracts::decider::EventContext;
use contracts::kinds::nucleus::answers::Status;
use contracts::kinds::nucleus::{
    Ended, Event, ExecutionAsked, Plan, PlanAdopted, PlanMade, RerunAsked,
};
use serde_json::Value;

use super::state::{Ask, Execution, Judged, Planned, Stage, State, hash_of};

impl State {
    /// The nucleus after `event`.
    #[must_use]
    pub(super) fn after(mut self, event: &Event, at: &EventContext) -> Self {
        self.begun = true;
        match event {
            Event::PlanAsked(asked) => {
                let ask = Ask::Plan { plan: asked.plan.clone(), breaks: 0 };
                self.waits(asked.command, ask);
            }
            Event::PlanReturned(returned) => {
                if let Some(ask) = self.waiting.get_mut(&returned.command)
                    && let Ask::Plan { breaks, .. } = Arc::make_mut(ask)
                {
                    *breaks += 1;
                }
            }
            Event::PlanMade(made) => self.planned(made, at),
            Event::PlanAdopted(adopted) => self.adopted(adopted, at),
            Event::ExecutionAsked(asked) => self.begins(asked, at),
            Event::Agreed {} => self.goes_on(false, at),
            Event::BudgetSet {} => self.goes_on(true, at),
            Event::CancelAsked(_) => {
                if let Some(execution) = &mut self.execution {
                    execution.cancelling = true;
                }
            }
            Event::RerunAsked(rerun) => self.again(rerun, at),
            Event::Ended(ended) => self.ends(ended),
            Event::ReviewAsked(asked) => {
                self.waits(asked.command, Ask::Review(asked.review.clone()));
            }
            Event::Reviewed(reviewed) => {
                self.waiting.remove(&reviewed.command);
                self.review = Some(Judged { pass: reviewed.pass, score: reviewed.score });
            }
            Event::FinalizeAsked(asked) => {
                self.waits(asked.command, Ask::Finalize(asked.finalize.clone()));
            }
            Event::Finalized(made) => {
                self.waiting.remove(&made.command);
                self.end = Some(Arc::new(made.answer.clone()));
            }
            Event::RouteAsked(asked) => self.waits(asked.command, Ask::Route(asked.route.clone())),
            Event::Routed(routed) => {
                self.waiting.remove(&routed.command);
            }
            Event::AskFailed(failed) => {
                self.waiting.remove(&failed.command);
            }
        }
        self
    }

    fn waits(&mut self, command: CommandId, ask: Ask) {
        self.waiting.insert(command, Arc::new(ask));
    }

    fn planned(&mut self, made: &PlanMade, at: &EventContext) {
        if let Some(ask) = self.waiting.remove(&made.command)
            && let Ask::Plan { plan, .. } = &*ask
        {
            self.asked = Arc::new(plan.clone());
        }
        self.planned = Some(Arc::new(Planned {
            hash: hash_of(&made.graph),
            graph: made.graph.clone(),
            why: made.why.clone(),
            unmet: made.unmet.clone(),
            generated_by: Some(made.generated_by.clone()),
            revision: at.revision,
        }));
        self.status = Status::Planned;
    }

    fn adopted(&mut self, adopted: &PlanAdopted, at: &EventContext) {
        if let Some(goal) = &adopted.goal {
            self.asked = Arc::new(Plan { goal: goal.clone(), ..Plan::clone(&self.asked) });
        }
        self.planned = Some(Arc::new(Planned {
            hash: hash_of(&adopted.graph),
            graph: adopted.graph.clone(),
            why: BTreeMap::new(),
            unmet: Vec::new(),
            generated_by: None,
            revision: at.revision,
        }));
        self.status = Status::Planned;
    }

    fn begins(&mut self, asked: &ExecutionAsked, at: &EventContext) {
        self.turn += 1;
        let stage = if asked.approval.is_some() {
            Stage::Approval
        } else if asked.budget.is_some() {
            Stage::Budget
        } else {
            Stage::Run
        };
        self.status = Status::begun(stage == Stage::Approval);
        self.execution = Some(Execution {
            asked: asked.clone(),
            plan: asked.plan.clone(),
            command: Some(asked.command),
            by: Some(at.by.clone()),
            stage,
            cancelling: false,
            rerun: None,
            code: None,
            reason: None,
            steps: BTreeMap::new(),
            output: Value::Null,
        });
    }

    fn again(&mut self, rerun: &RerunAsked, at: &EventContext) {
        self.turn += 1;
        self.status = Status::begun(rerun.approval.is_some());
        let Some(execution) = &mut self.execution else { return };
        execution.command = Some(rerun.command);
        execution.by = Some(at.by.clone());
        execution.stage = Stage::Approval;
        execution.cancelling = false;
        execution.rerun = Some(Arc::new(rerun.clone()));
        (execution.code, execution.reason) = (None, None);
        match &rerun.approval {
            Some(approval) => execution.asked.approval = Some(approval.clone()),
            None => self.goes_on(false, at),
        }
    }

    fn goes_on(&mut self, budgeted: bool, at: &EventContext) {
        self.status = Status::Running;
        let Some(execution) = &mut self.execution else { return };
        let Some(rerun) = &execution.rerun else {
            let budget = execution.asked.budget.is_some() && !budgeted;
            execution.stage = if budget { Stage::Budget } else { Stage::Run };
            return;
        };
        // The run has its budget. What is carried out is another plan, from here on.
        execution.stage = Stage::Run;
        let planned = self.planned.as_ref().filter(|it| it.hash == execution.asked.plan_hash);
        if let Some(planned) = planned.filter(|_| !rerun.steps.is_empty()) {
            let planned = planned.with(&rerun.steps, at.revision);
            execution.asked.plan_hash = planned.hash;
            execution.plan.revision = planned.revision;
            self.planned = Some(Arc::new(planned));
        }
    }

    fn ends(&mut self, ended: &Ended) {
        self.status = ended.status;
        let Some(execution) = &mut self.execution else { return };
        let again = execution.rerun.take().is_some();
        let began = execution.stage == Stage::Run || again;
        execution.stage = if began { Stage::Over } else { Stage::Void };
        execution.command = None;
        execution.code.clone_from(&ended.code);
        execution.reason.clone_from(&ended.reason);
        execution.steps.clone_from(&ended.steps);
        execution.output.clone_from(&ended.output);
    }
}
