//! How a model is to answer, as Anthropic's clients say it.

use actors::model::prompt_tokens;
use contracts::Refusal;
use contracts::kinds::run::Start;
use contracts::kinds::run::limits::TOKENS_MAX;
use contracts::model::{Effort, ModelRequest, Tool, ToolChoice};
use serde_json::{Value, json};

use super::request::unsupported;
use crate::dialects::common::fields::Fields;

/// The least that a model may be told to think, in tokens.
const BUDGET_MIN: u64 = 1_024;
/// Up to so many tokens, thinking is little.
const LOW_TOKENS_MAX: u64 = 4_096;
/// Up to so many tokens, it is some; above, much.
const MEDIUM_TOKENS_MAX: u64 = 16_384;

/// How many tokens what is said, with its tools and schema, has, near enough.
#[must_use]
pub fn tokens_of(start: &Start) -> u32 {
    prompt_tokens(&ModelRequest {
        turns: start.turns.clone(),
        tools: start.tools.clone(),
        schema: start.schema.clone(),
        ..ModelRequest::default()
    })
}

/// Takes how many tokens an answer may have: it is needed here.
///
/// # Errors
/// `invalid_input`.
pub fn tokens(body: &mut Fields) -> Result<Option<u32>, Refusal> {
    let most = body.integer("max_tokens", 1, u64::from(TOKENS_MAX))?;
    let most = most.ok_or_else(|| body.wrong("max_tokens", "is needed"))?;
    Ok(u32::try_from(most).ok())
}

/// Takes the tools: the caller's own.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for tools that Anthropic performs.
pub fn tools(body: &mut Fields) -> Result<Vec<Tool>, Refusal> {
    let at = body.place("tools");
    let tools = body.list("tools")?.unwrap_or_default().into_iter().enumerate();
    tools
        .map(|(index, value)| {
            let mut tool = Fields::new(value, format!("{at}[{index}]"))?;
            tool.only("type", &[json!("custom")])?;
            let read = Tool {
                name: tool.needed_text("name")?,
                description: tool.text("description")?.unwrap_or_default(),
                parameters: tool.needed("input_schema")?,
                strict: tool.flag("strict")?.unwrap_or_default(),
            };
            tool.only("allowed_callers", &[json!(["direct"])])?;
            tool.unsupported(&["defer_loading", "input_examples"])?;
            // When arguments are shown says nothing about them.
            tool.ignore(&["cache_control", "eager_input_streaming"]);
            tool.done()?;
            Ok(read)
        })
        .collect()
}

/// Takes whether a tool is to be called, and which, and whether several may be at once.
///
/// # Errors
/// `invalid_input`.
pub fn choice(body: &mut Fields, start: &mut Start) -> Result<(), Refusal> {
    let Some(mut choice) = body.fields("tool_choice")? else { return Ok(()) };
    start.tool_choice = match choice.needed_text("type")?.as_str() {
        "auto" => ToolChoice::Auto,
        "any" => ToolChoice::Required,
        "tool" => ToolChoice::Named(choice.needed_text("name")?),
        "none" => ToolChoice::None,
        _ => return Err(choice.wrong("type", "is auto, any, tool or none")),
    };
    start.options.sequential_tools = choice.flag("disable_parallel_tool_use")?.unwrap_or_default();
    choice.done()
}

/// Takes the form of the answer and how much effort it is worth; older clients say the form
/// beside.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`.
pub fn output(body: &mut Fields, start: &mut Start) -> Result<(), Refusal> {
    if let Some(mut output) = body.fields("output_config")? {
        start.options.effort = match output.text("effort")?.as_deref() {
            None => None,
            Some("low") => Some(Effort::Low),
            Some("medium") => Some(Effort::Medium),
            Some("high") => Some(Effort::High),
            Some(_) => return unsupported(&output, "effort"),
        };
        output.unsupported(&["task_budget"])?;
        format(&mut output, "format", start)?;
        output.done()?;
    }
    format(body, "output_format", start)
}

fn format(body: &mut Fields, name: &str, start: &mut Start) -> Result<(), Refusal> {
    let Some(mut form) = body.fields(name)? else { return Ok(()) };
    form.only("type", &[json!("json_schema")])?;
    start.schema = Some(form.needed("schema")?);
    form.done()
}

/// Takes how long the model thinks; gives whether the caller wants to see it.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`.
pub fn thinking(body: &mut Fields, start: &mut Start) -> Result<bool, Refusal> {
    let Some(mut thinking) = body.fields("thinking")? else { return Ok(false) };
    let effort = start.options.effort;
    let effort = match thinking.needed_text("type")?.as_str() {
        "disabled" if effort.is_some() => return unsupported(body, "output_config.effort"),
        "disabled" => Effort::None,
        "adaptive" => effort.unwrap_or(Effort::High),
        "enabled" => {
            let most = start.max_tokens.map_or(u64::from(TOKENS_MAX), u64::from);
            let budget = thinking.integer("budget_tokens", BUDGET_MIN, most.max(BUDGET_MIN))?;
            let budget = budget.ok_or_else(|| thinking.wrong("budget_tokens", "is needed"))?;
            effort.unwrap_or_else(|| effort_of(budget))
        }
        _ => return unsupported(&thinking, "type"),
    };
    start.options.effort = Some(effort);
    let shown = match thinking.text("display")?.as_deref() {
        None | Some("summarized") => effort != Effort::None,
        Some("omitted") => false,
        Some(_) => return Err(thinking.wrong("display", "is summarized or omitted")),
    };
    thinking.done()?;
    Ok(shown)
}

const fn effort_of(budget: u64) -> Effort {
    if budget <= LOW_TOKENS_MAX {
        Effort::Low
    } else if budget <= MEDIUM_TOKENS_MAX {
        Effort::Medium
    } else {
        Effort::High
    }
}

/// Takes what is to be done about a long context: thoughts are never kept between turns, so that
/// it may be said that they go; nothing else is.
///
/// # Errors
/// `unsupported_parameter`.
pub fn thoughts_only(body: &mut Fields) -> Result<(), Refusal> {
    let Some(mut context) = body.fields("context_management")? else { return Ok(()) };
    let at = context.place("edits");
    for (index, edit) in context.list("edits")?.unwrap_or_default().into_iter().enumerate() {
        let sort = edit.get("type").and_then(Value::as_str).unwrap_or_default();
        if !sort.starts_with("clear_thinking_") {
            return unsupported(&Fields::new(edit, format!("{at}[{index}]"))?, "type");
        }
    }
    context.done()
}
