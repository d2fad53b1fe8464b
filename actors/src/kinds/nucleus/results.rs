//! What came of steps, as it is put together: its words, and where it is from.

use contracts::Revision;
use contracts::kinds::nucleus::Finalize;
use contracts::kinds::nucleus::answers::Origin;
use contracts::kinds::nucleus::limits::RESULT_SHOWN_BYTES_MAX;
use contracts::kinds::run::{StepStatus, StepView};
use serde_json::Value;

use super::state::{Stage, State};

/// What came of a step.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    /// Where it is from.
    pub origin: Origin,
    /// What it says.
    pub text: String,
}

impl Part {
    /// Whether there is something to put together.
    pub fn is_done(&self) -> bool {
        !matches!(self.origin.status.as_str(), "failed" | "skipped" | "pending")
    }
}

/// The results that `input` brings, or those of the nucleus's own run.
pub(super) fn gather(state: &State, input: &Finalize) -> Vec<Part> {
    match &input.workflow_results {
        Some(results) => results.iter().enumerate().map(given).collect(),
        None => own(state),
    }
}

fn given((place, result): (usize, &Value)) -> Part {
    let said = |names: &[&str]| {
        let found = names.iter().find_map(|name| result[*name].as_str());
        found.map(str::to_owned)
    };
    let step_id = said(&["step_id", "step", "agent"]);
    let content = ["result", "output", "reply", "content"].iter().find_map(|it| result.get(*it));
    let origin = Origin {
        step_id: step_id.unwrap_or_else(|| format!("result_{}", place + 1)),
        status: said(&["status"]).unwrap_or_else(|| "given".to_owned()),
        actor: said(&["actor"]),
        revision: result["revision"].as_u64().map(Revision),
        reason: said(&["error", "reason"]),
    };
    let text = clip(words_of(content.unwrap_or(result)));
    Part { origin, text }
}

fn own(state: &State) -> Vec<Part> {
    let Some(execution) = state.execution.as_ref().filter(|it| it.stage == Stage::Over) else {
        return Vec::new();
    };
    // Of a plan that took another's place, nothing was carried out.
    let planned = state.planned.as_ref().filter(|it| it.hash == execution.asked.plan_hash);
    let graph = planned.map(|planned| &planned.graph);
    let steps = graph.into_iter().flat_map(|graph| &graph.steps);
    let parts = steps.filter_map(|step| {
        let view = execution.steps.get(&step.id)?;
        let words = execution.output.get(&step.id).map(words_of).unwrap_or_default();
        Some(Part { origin: origin(&step.id, view), text: clip(words) })
    });
    parts.collect()
}

fn origin(step: &str, view: &StepView) -> Origin {
    let status = match view.status {
        StepStatus::Done => "done",
        StepStatus::Failed => "failed",
        StepStatus::Skipped => "skipped",
        StepStatus::Pending | StepStatus::Running | StepStatus::Asking => "pending",
    };
    Origin {
        step_id: step.to_owned(),
        status: status.to_owned(),
        actor: view.actor.clone(),
        revision: view.revision,
        reason: view.reason.clone(),
    }
}

/// The words of a value: a text as it is, of an object or a list those of its members, each with
/// its name where it is short.
pub(super) fn words_of(value: &Value) -> String {
    let mut lines = Vec::new();
    gather_words(value, None, &mut lines);
    lines.join("\n")
}

/// Members that say who or what, and nothing that is read.
const SILENT: &[&str] = &[
    "generated_by",
    "hash",
    "id",
    "length",
    "meta",
    "metadata",
    "ok",
    "original_length",
    "revision",
];

fn gather_words(value: &Value, name: Option<&str>, lines: &mut Vec<String>) {
    let named = |text: String| match name {
        Some(name) => format!("{name}: {text}"),
        None => text,
    };
    match value {
        Value::Null => {}
        Value::Bool(it) => lines.push(named(it.to_string())),
        Value::Number(it) => lines.push(named(it.to_string())),
        // Titles and texts read by themselves.
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(text) if text.contains([' ', '\n']) => lines.push(text.trim().to_owned()),
        Value::String(text) => lines.push(named(text.clone())),
        // Of a file, that there is one: where its bytes are is nothing that is read.
        Value::Object(members) if members.contains_key("media_type") => {
            lines.extend(members.get("filename").and_then(Value::as_str).map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| gather_words(item, name, lines)),
        Value::Object(members) => {
            for (name, member) in members.iter().filter(|(it, _)| !SILENT.contains(&it.as_str())) {
                gather_words(member, Some(name), lines);
            }
        }
    }
}

fn clip(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(RESULT_SHOWN_BYTES_MAX));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::words_of;

    #[test]
    fn of_a_file_its_name_is_said_and_not_where_its_bytes_are() {
        let made = json!({ "job": "job_0123456789", "format": "docx", "bytes": 9_000,
            "media_type": "application/x", "filename": "Bees.docx", "content": "/v1/chaperone/x",
            "losses": [], "lost": 0 });
        assert_eq!(words_of(&json!({ "handout": made })), "Bees.docx");
    }

    #[test]
    fn how_long_a_text_is_says_nothing_of_it() {
        let made = json!({ "summary": "Bees fly.", "length": 9, "original_length": 900 });
        assert_eq!(words_of(&made), "Bees fly.");
    }
}
