//! What models answer, checked: an answer that does not follow the schema is refused, never
//! mended.

use std::collections::BTreeMap;

use contracts::Refusal;
use contracts::kinds::generated::GeneratedBy;
use contracts::kinds::nucleus::answers::{
    FinalMetadata, Finalized, KeyOutput, Reviewed, Routed, Verdict,
};
use contracts::kinds::nucleus::limits::{LINES_MAX, TEXT_BYTES_MAX};
use contracts::kinds::nucleus::{Finalize, Rejection, catalogue};
use contracts::model::ModelResponse;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::plan::Said;
use super::state::{Stage, State};
use super::{prompt, results};

fn invalid(reason: impl Into<String>) -> Refusal {
    Rejection::ModelAnswerInvalid { reason: reason.into() }.into()
}

fn read<T: DeserializeOwned>(response: &ModelResponse) -> Result<T, Refusal> {
    let read = match &response.value {
        Some(value) => contracts::read::from_ref(value),
        None => contracts::read::from_str(&response.text),
    };
    read.map_err(|error| invalid(error.to_string()))
}

/// A plan as it was said.
pub(super) fn plan(response: &ModelResponse) -> Result<Said, Refusal> {
    read(response)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judgement {
    criteria_results: Vec<Judged>,
    feedback: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Judged {
    criterion: String,
    pass: Option<bool>,
    score: Option<u32>,
    notes: String,
}

/// A judgement: that of the whole follows from those of the criteria.
pub(super) fn review(response: &ModelResponse, criteria: &[String]) -> Result<Reviewed, Refusal> {
    let Judgement { criteria_results, feedback } = read(response)?;
    let mut found: BTreeMap<String, Verdict> = BTreeMap::new();
    for Judged { criterion, pass, score, notes } in criteria_results {
        if !criteria.contains(&criterion) {
            return Err(invalid(format!("nobody asked for the criterion {criterion}")));
        }
        if score.is_some_and(|score| score > 100) {
            return Err(invalid(format!("the score of {criterion} is more than 100")));
        }
        let twice = found.insert(criterion.clone(), Verdict { pass, score, notes: clip(notes) });
        if twice.is_some() {
            return Err(invalid(format!("the criterion {criterion} is judged twice")));
        }
    }
    if let Some(missing) = criteria.iter().find(|it| !found.contains_key(*it)) {
        return Err(invalid(format!("the criterion {missing} is not judged")));
    }
    let passes: Vec<bool> = found.values().filter_map(|verdict| verdict.pass).collect();
    let unjudged = found.iter().filter(|(_, verdict)| verdict.pass.is_none());
    let unjudged = unjudged.map(|(criterion, _)| criterion.clone()).collect();
    let scores: Vec<u32> = found.values().filter_map(|verdict| verdict.score).collect();
    let count = u32::try_from(scores.len()).unwrap_or(u32::MAX).max(1);
    Ok(Reviewed {
        pass: !passes.is_empty() && passes.iter().all(|pass| *pass),
        score: scores.iter().sum::<u32>() / count,
        feedback: feedback.into_iter().take(LINES_MAX).map(clip).collect(),
        unjudged,
        criteria_results: found,
        generated_by: GeneratedBy::of(response),
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Way {
    agent: Option<String>,
    endpoint: Option<String>,
    reasoning: String,
    confidence: u32,
}

/// Who is to be asked, and how sure that is, in percent.
pub(super) fn route(response: &ModelResponse) -> Result<(Routed, u32), Refusal> {
    let Way { agent, endpoint, reasoning, confidence } = read(response)?;
    let percent = confidence.min(100);
    let way = match (agent, endpoint) {
        (Some(agent), Some(endpoint)) => {
            if catalogue::find(&agent, &endpoint).is_none() {
                return Err(invalid(format!("nobody is called {agent} and can {endpoint}")));
            }
            Some((agent, endpoint))
        }
        (None, None) => None,
        _ => return Err(invalid("an agent and an endpoint belong together")),
    };
    let routed = way.is_some();
    let (agent, endpoint) = way.unzip();
    let routed = Routed {
        agent,
        endpoint,
        reasoning: clip(reasoning),
        confidence: f64::from(percent) / 100.0,
        routed,
        generated_by: GeneratedBy::of(response),
    };
    Ok((routed, percent))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    r#final: String,
    summary: String,
    key_outputs: Vec<KeyOutput>,
    recommendations: Vec<String>,
}

/// An end, with where each part comes from.
pub(super) fn end(
    response: &ModelResponse,
    state: &State,
    finalize: &Finalize,
) -> Result<Finalized, Refusal> {
    let End { r#final, summary, key_outputs, recommendations } = read(response)?;
    if r#final.trim().is_empty() {
        return Err(invalid("the end says nothing"));
    }
    let parts = results::gather(state, finalize);
    let known = |id: &str| parts.iter().any(|part| part.origin.step_id == id);
    if let Some(unknown) = key_outputs.iter().find(|it| !known(&it.step_id)) {
        return Err(invalid(format!("there is no step {}", unknown.step_id)));
    }
    let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let own = finalize.workflow_results.is_none();
    let execution = state.execution.as_ref().filter(|it| own && it.stage == Stage::Over);
    let metadata = FinalMetadata {
        goal: prompt::goal(state, finalize),
        run: execution.map(|execution| execution.asked.run.clone()),
        steps: count(parts.len()),
        done: count(parts.iter().filter(|part| part.is_done()).count()),
        generated_by: GeneratedBy::of(response),
    };
    let clipped = |it: KeyOutput| KeyOutput { text: clip(it.text), ..it };
    Ok(Finalized {
        r#final: clip(r#final),
        summary: clip(summary),
        key_outputs: key_outputs.into_iter().take(LINES_MAX).map(clipped).collect(),
        recommendations: recommendations.into_iter().take(LINES_MAX).map(clip).collect(),
        sources: parts.into_iter().map(|part| part.origin).collect(),
        metadata,
    })
}

/// A text of a model, at most as long as is kept.
fn clip(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
    text.replace('\0', " ")
}
