//! From what a model says to a graph that can be run, and back to what people read.

use std::collections::{BTreeMap, BTreeSet};

use contracts::graph::{
    ABOUT_BYTES_MAX, FROM, Fault, Graph, OnFailure, Pointer, Step, StepId, TEXT, Who, check, order,
};
use contracts::kinds::nucleus::Plan;
use contracts::kinds::nucleus::answers::{PlanStep, Planned};
use contracts::kinds::nucleus::catalogue::{self, CATALOGUE};
use contracts::kinds::nucleus::limits::PLANNED_STEPS_MAX;
use contracts::kinds::nucleus::material::Table;
use contracts::{CommandName, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::asked::{self, PAGES};
use super::state::State;

/// A plan as a model says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    /// The steps.
    pub steps: Vec<SaidStep>,
    /// What of the goal no step does.
    #[serde(default)]
    pub unmet: Vec<String>,
}

/// A step as a model says it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SaidStep {
    step_id: String,
    agent: String,
    endpoint: String,
    description: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    depends_on: Vec<String>,
    /// The step whose actor it goes on with; empty = a new one.
    #[serde(default)]
    actor_of: String,
    /// JSON, as text.
    #[serde(default)]
    input: String,
}

/// What steps find at `/input`.
pub(super) fn input(plan: &Plan) -> Value {
    let mut input = json!({ "goal": plan.goal, "requirements": plan.requirements });
    if let Some(material) = &plan.material {
        input["material"] = json!(material);
        if Table::of(material).is_none() {
            input["notes"] = json!(material);
        }
    }
    input
}

/// Who may be asked.
pub(super) fn agents(plan: &Plan) -> Vec<String> {
    let all = catalogue::agents().into_iter().map(str::to_owned);
    match &plan.available_agents {
        Some(agents) => all.filter(|agent| agents.contains(agent)).collect(),
        None => all.collect(),
    }
}

/// The graph that `said` is, and why each step is there.
///
/// # Errors
/// What is wrong with it, for whoever said it.
pub(super) fn graph_of(
    said: &Said,
    plan: &Plan,
) -> Result<(Graph, BTreeMap<StepId, String>), String> {
    if said.steps.is_empty() {
        let unmet = said.unmet.join("; ");
        let why = if unmet.is_empty() { "nobody is asked for anything".to_owned() } else { unmet };
        return Err(format!("it has no steps: {why}"));
    }
    if said.steps.len() > PLANNED_STEPS_MAX {
        let count = said.steps.len();
        return Err(format!("it has {count} steps; {PLANNED_STEPS_MAX} are allowed"));
    }
    let agents = agents(plan);
    let mut steps = Vec::with_capacity(said.steps.len());
    let mut why = BTreeMap::new();
    for (place, one) in said.steps.iter().enumerate() {
        let at = |fault: String| format!("steps[{place}] ({}): {fault}", one.step_id);
        steps.push(step_of(one, &agents).map_err(at)?);
        if !one.reason.trim().is_empty() {
            why.insert(one.step_id.clone(), clipped(&one.reason));
        }
    }
    let graph = Graph { steps, output: None };
    match check(&graph).into_iter().next() {
        None => Ok((graph, why)),
        Some(Fault::Member { field, message }) => Err(format!("{field}: {message}")),
        Some(Fault::Cycle(steps)) => {
            Err(format!("steps need each other in a circle: {}", steps.join(" → ")))
        }
    }
}

fn step_of(said: &SaidStep, agents: &[String]) -> Result<Step, String> {
    let SaidStep { step_id, agent, endpoint, description, depends_on, actor_of, .. } = said;
    if !agents.contains(agent) {
        return Err(format!("there is no agent `{agent}`; there are {}", agents.join(", ")));
    }
    if catalogue::find(agent, endpoint).is_none() {
        let known = CATALOGUE.iter().filter(|it| it.agent == *agent).map(|it| it.endpoint);
        let known: Vec<_> = known.collect();
        return Err(format!("{agent} has no endpoint `{endpoint}`; it has {}", known.join(", ")));
    }
    let input = match said.input.trim() {
        "" => json!({}),
        text => contracts::read::from_str::<Value>(text)
            .map_err(|error| format!("input is no JSON: {error}"))?,
    };
    let kind: Kind = agent.parse().map_err(|_| format!("`{agent}` is no kind"))?;
    ensure_input(&kind, endpoint, &input)?;
    let actor = (!actor_of.is_empty())
        .then(|| Who::From(Pointer { from: format!("/steps/{actor_of}/actor") }));
    let mut step = Step {
        id: step_id.clone(),
        about: clipped(description),
        kind,
        actor,
        command: endpoint.parse::<CommandName>().map_err(|error| error.to_string())?,
        input,
        needs: Vec::new(),
        when: None,
        approval: false,
        // What does not need it is done all the same, and what came of it is told.
        on_failure: OnFailure::Continue,
        attempts_max: None,
        timeout_s: None,
    };
    let named: BTreeSet<String> = step.after().into_iter().map(str::to_owned).collect();
    step.needs = depends_on.iter().filter(|id| !named.contains(*id)).cloned().collect();
    Ok(step)
}

/// Whether it is a kind of Cambium's own.
pub(super) fn is_known(kind: &Kind) -> bool {
    PAGES.get(kind).is_some()
}

/// Whether the input can be one of the command. What flows into it is not known beforehand, so
/// that of such an input the names are looked at alone.
pub(super) fn ensure_input(kind: &Kind, endpoint: &str, input: &Value) -> Result<(), String> {
    let Some(page) = PAGES.get(kind) else { return Err(format!("there is no kind {kind}")) };
    if !flows(input) {
        return asked::ensure(kind, endpoint, input);
    }
    let Some(spec) = page.command(endpoint) else {
        return Err(format!("{kind} has no command `{endpoint}`"));
    };
    let Some(members) = input.as_object() else { return Err("input is no object".to_owned()) };
    let schema = spec.input_schema();
    let Some(known) = schema["properties"].as_object() else { return Ok(()) };
    if let Some(name) = members.keys().find(|name| !known.contains_key(*name)) {
        let names: Vec<_> = known.keys().map(String::as_str).collect();
        return Err(format!("input has no member `{name}`; it has {}", names.join(", ")));
    }
    let mut required =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let missing = required.find(|name| !members.contains_key(*name));
    missing.map_or(Ok(()), |name| Err(format!("input lacks `{name}`")))
}

/// Whether something flows into the value.
fn flows(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(flows),
        Value::Object(members) => {
            members.contains_key(FROM) || members.contains_key(TEXT) || members.values().any(flows)
        }
        _ => false,
    }
}

fn clipped(text: &str) -> String {
    let text = text.trim();
    text[..text.floor_char_boundary(ABOUT_BYTES_MAX)].to_owned()
}

/// The plan as it is answered.
pub(super) fn answer(state: &State) -> Option<Value> {
    let planned = state.planned.as_ref()?;
    let graph = &planned.graph;
    let ids = order(graph).map(|order| order.steps).unwrap_or_default();
    let steps = ids.into_iter().filter_map(|id| graph.steps.iter().find(|step| step.id == id));
    let shown = |step: &Step| PlanStep {
        step_id: step.id.clone(),
        agent: step.kind.to_string(),
        endpoint: step.command.to_string(),
        description: step.about.clone(),
        reason: planned.why.get(&step.id).cloned().unwrap_or_default(),
        depends_on: step.after().into_iter().map(str::to_owned).collect(),
    };
    Some(json!(Planned {
        plan: steps.map(shown).collect(),
        graph: graph.clone(),
        hash: planned.hash,
        unmet: planned.unmet.clone(),
        generated_by: planned.generated_by.clone(),
    }))
}
