//! From request to response: the task's result, as text or as a value that follows the schema.

use contracts::Hash;
use contracts::model::{
    Finish, LOCAL_MODEL, LOCAL_PROVIDER, ModelRequest, ModelResponse, Role, Task, ToolCall, Usage,
};
use serde_json::{Map, Value, json};

use super::edit::{Edited, Manner};
use super::schema::Filling;
use super::tools::Called;
use super::{
    LocalConfig, chat, direct, draft, edit, outline, schema, storyboard, summarize, text, tools,
};
use crate::model::error::ModelError;
use crate::model::hash::request_hash;
use crate::model::tokens::{count_tokens, cut};

/// What a task made.
struct Made {
    /// As prose.
    text: String,
    /// By name, the main part first.
    natural: Map<String, Value>,
    /// Where a schema's other members are looked for.
    material: String,
}

/// The answer to `request`.
pub fn answer(request: &ModelRequest, config: &LocalConfig) -> Result<ModelResponse, ModelError> {
    let request_hash = request_hash(request)?;
    if request.turns.iter().any(|turn| !turn.images.is_empty()) {
        let told = "the built-in rules cannot look at images".to_owned();
        return Err(ModelError::Validation(told));
    }
    if let Some(called) = tools::choose(request, config)? {
        return Ok(calling(request, request_hash, &called));
    }
    let made = make(request, config);
    let (whole, value) = match &request.schema {
        None => (made.text, None),
        Some(schema) => {
            let filling = Filling { natural: &made.natural, text: &made.material, config };
            let value = schema::fill(schema, &filling).ok_or_else(|| {
                ModelError::Validation("the built-in rules cannot fill this schema".to_owned())
            })?;
            (value.to_string(), Some(value))
        }
    };
    let stopped = stopped(&whole, &request.options.stop);
    let text = cut(stopped, request.max_tokens);
    // Half a value is no value.
    let (finish, value) =
        if text.len() < stopped.len() { (Finish::Length, None) } else { (Finish::Stop, value) };
    let value = value.filter(|_| stopped.len() == whole.len());
    let output_tokens = count_tokens(text);
    let usage = Usage { input_tokens: asked_tokens(request), output_tokens, ..Usage::default() };
    Ok(ModelResponse {
        provider: LOCAL_PROVIDER.to_owned(),
        model: LOCAL_MODEL.to_owned(),
        text: text.to_owned(),
        value,
        finish,
        usage,
        request_hash,
        ..ModelResponse::default()
    })
}

/// The call of a tool.
fn calling(request: &ModelRequest, request_hash: Hash, called: &Called<'_>) -> ModelResponse {
    let id = Hash::of_parts("cambium local tool call v1", &[&request_hash.to_string()]).to_string();
    let call = ToolCall {
        id: format!("call_{}", &id[..24]),
        name: called.tool.name.clone(),
        arguments: called.arguments.to_string(),
    };
    let output_tokens = count_tokens(&call.name).saturating_add(count_tokens(&call.arguments));
    ModelResponse {
        provider: LOCAL_PROVIDER.to_owned(),
        model: LOCAL_MODEL.to_owned(),
        finish: Finish::ToolCalls,
        usage: Usage { input_tokens: asked_tokens(request), output_tokens, ..Usage::default() },
        request_hash,
        calls: vec![call],
        ..ModelResponse::default()
    }
}

fn asked_tokens(request: &ModelRequest) -> u32 {
    let turns = request.turns.iter();
    turns.fold(0_u32, |sum, turn| sum.saturating_add(count_tokens(&turn.content)))
}

/// `text` up to the first of the texts that end it.
fn stopped<'a>(text: &'a str, stop: &[String]) -> &'a str {
    let ends = stop.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop));
    ends.min().map_or(text, |end| &text[..end])
}

/// How many bytes of text a request has, near enough.
pub fn size(request: &ModelRequest) -> usize {
    let turns: usize = request.turns.iter().map(|turn| turn.content.len()).sum();
    let task = match &request.task {
        Task::Outline { context, .. } => context.as_ref().map_or(0, String::len),
        Task::Draft { context, sources, .. } => {
            let sources: usize = sources.iter().map(|source| source.text.len()).sum();
            sources + context.as_ref().map_or(0, String::len)
        }
        Task::Edit { text, .. } | Task::Summarize { text, .. } | Task::Extract { text } => {
            text.len()
        }
        Task::Storyboard { sections, context, .. } => {
            let sections: usize = sections.iter().map(|section| section.text.len()).sum();
            sections + context.as_ref().map_or(0, String::len)
        }
        Task::Plan { material, .. } => material.as_ref().map_or(0, String::len),
        Task::Review { content, .. } => content.len(),
        Task::Finalize { results, .. } => results.iter().map(|result| result.text.len()).sum(),
        Task::Route { .. } => 0,
        Task::Chat | Task::Embed { .. } => 0,
    };
    turns + task
}

fn make(request: &ModelRequest, config: &LocalConfig) -> Made {
    match &request.task {
        Task::Outline { goal, context, sections_min, sections_max } => {
            let context = context.as_deref();
            outlined(goal, context, *sections_min, *sections_max, config)
        }
        Task::Draft { goal, context, titles, sources, audience } => {
            let context = context.as_deref();
            let audience = audience.as_deref();
            drafted(&draft::Asked { goal, context, titles, sources, audience }, config)
        }
        Task::Edit { text, edit_type, feedback } => {
            let manner = Manner::named(edit_type);
            let Edited { text, unmet } = edit::edit(text, manner, feedback.as_deref(), config);
            let natural = object(json!({ "edited_text": text, "unmet": unmet }));
            Made { material: String::new(), natural, text }
        }
        Task::Summarize { text, sentences_max } => {
            let summary = summarize::summarize(text, *sentences_max, config);
            let natural = object(json!({ "summary": summary }));
            Made { material: head(text, config), natural, text: summary }
        }
        Task::Chat if !tools::answers(&request.turns).is_empty() => {
            let text = tools::answers(&request.turns);
            let natural = object(json!({ "text": text }));
            Made { material: head(&text, config), natural, text }
        }
        // Vectors are made elsewhere: whoever asks here wants words.
        Task::Chat | Task::Embed { .. } => {
            let text = chat::answer(&request.turns, config);
            let asked = request.turns.iter().rev().find(|turn| turn.role == Role::User);
            let material = asked.map(|turn| head(&turn.content, config)).unwrap_or_default();
            let natural = object(json!({ "text": text }));
            Made { text, natural, material }
        }
        Task::Extract { text } => {
            let material = head(text, config);
            Made { text: extracted(&material, config), natural: Map::new(), material }
        }
        Task::Storyboard { .. }
        | Task::Plan { .. }
        | Task::Route { .. }
        | Task::Review { .. }
        | Task::Finalize { .. } => directed(&request.task, config),
    }
}

/// What is planned or judged.
fn directed(task: &Task, config: &LocalConfig) -> Made {
    let value = match task {
        Task::Storyboard { topic, audience, slides, sections, context } => {
            let (slides, context) = (*slides, context.as_deref());
            let wanted = storyboard::Wanted { topic, audience, slides, sections, context };
            storyboard::storyboard(&wanted, config)
        }
        Task::Plan { goal, requirements, agents, material } => {
            direct::plan(goal, requirements, agents, material.as_deref())
        }
        Task::Route { request, .. } => direct::route(request),
        Task::Review { content, goal, requirements, criteria } => {
            direct::review(content, goal.as_deref(), requirements, criteria)
        }
        Task::Finalize { goal, results, undone } => direct::finalize(goal, results, undone, config),
        _ => Value::Null,
    };
    Made { text: value.to_string(), natural: object(value), material: String::new() }
}

fn outlined(
    goal: &str,
    context: Option<&str>,
    least: u32,
    most: u32,
    config: &LocalConfig,
) -> Made {
    let titles = outline::outline(goal, context, least, most, config);
    let lines: Vec<_> = (1..).zip(&titles).map(|(n, title)| format!("{n}. {title}")).collect();
    let natural = object(json!({ "outline": titles }));
    Made { text: lines.join("\n"), natural, material: goal.to_owned() }
}

fn drafted(asked: &draft::Asked<'_>, config: &LocalConfig) -> Made {
    let sections = draft::draft(asked, config);
    let mut text: Vec<String> =
        sections.iter().map(|one| format!("## {}\n\n{}", one.title, one.text)).collect();
    let cited: std::collections::BTreeSet<_> =
        sections.iter().flat_map(|one| one.sources.iter().copied()).collect();
    let sources: Vec<_> = cited
        .iter()
        .map(|at| {
            let source = &asked.sources[*at];
            let from = source.reference.as_ref().map(|from| format!(", {from}"));
            format!("[{}] {}{}", at + 1, source.title, from.unwrap_or_default())
        })
        .collect();
    if !sources.is_empty() {
        text.push(format!("Sources\n\n{}", sources.join("\n")));
    }
    let values: Vec<_> = sections
        .iter()
        .map(|one| json!({ "title": one.title, "text": one.text, "sources": one.sources }))
        .collect();
    let natural = object(json!({ "sections": values }));
    Made { text: text.join("\n\n"), natural, material: asked.goal.to_owned() }
}

/// Without a schema there are no slots: the dates and phrases of the text.
fn extracted(material: &str, config: &LocalConfig) -> String {
    let about = text::keywords::keywords(text::lines::head(material, 256 * 1_024), 8);
    let dates = text::moments::moments(material, config.list_items_max);
    let mut lines: Vec<_> = about.into_iter().map(|one| format!("- {}", one.phrase)).collect();
    lines.extend(dates.into_iter().map(|one| format!("- {}", one.iso.unwrap_or(one.words))));
    if lines.is_empty() { "Nothing was found in the text.".to_owned() } else { lines.join("\n") }
}

fn head(text: &str, config: &LocalConfig) -> String {
    text::lines::head(text, config.material_bytes_max).to_owned()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
