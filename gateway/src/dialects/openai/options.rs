//! How a model is to answer: what `chat/completions` and `responses` say alike.

use std::collections::BTreeMap;

use contracts::Refusal;
use contracts::kinds::run::Start;
use contracts::kinds::run::limits::TOKENS_MAX;
use contracts::model::{Effort, Tool, ToolChoice};
use serde_json::{Value, json};

use crate::dialects::common::fields::{Fields, wrong};
use crate::problem::codes;

/// Members that name the caller's user, or are about how a provider keeps its books and caches:
/// they say nothing about the answer.
const NOTES: &[&str] = &[
    "user",
    "safety_identifier",
    "prompt_cache_key",
    "prompt_cache_retention",
    "prompt_cache_options",
];

/// Takes what both dialects call the same.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`.
pub fn sampling(body: &mut Fields, start: &mut Start) -> Result<(), Refusal> {
    body.ignore(NOTES);
    start.options.temperature = body.number("temperature", 0.0, 2.0)?;
    start.options.top_p = body.number("top_p", 0.0, 1.0)?;
    start.options.sequential_tools = body.flag("parallel_tool_calls")? == Some(false);
    start.metadata = metadata(body)?.unwrap_or_default();
    body.only("service_tier", &[json!("auto"), json!("default")])?;
    // All that is asked is kept, since everything else is made from it.
    body.only("store", &[json!(true), json!(false)])?;
    body.unsupported(&["moderation", "access_programs", "top_logprobs"])
}

/// Takes the caller's notes.
///
/// # Errors
/// `invalid_input`.
pub fn metadata(body: &mut Fields) -> Result<Option<BTreeMap<String, String>>, Refusal> {
    let at = body.place("metadata");
    let Some(value) = body.take("metadata") else { return Ok(None) };
    let read = contracts::read::from_value(value);
    read.map(Some).map_err(|_| wrong(&at, "is an object of texts"))
}

/// Takes how many tokens an answer may have.
///
/// # Errors
/// `invalid_input`.
pub fn tokens(body: &mut Fields, name: &str) -> Result<Option<u32>, Refusal> {
    let most = body.integer(name, 1, u64::from(TOKENS_MAX))?;
    Ok(most.and_then(|most| u32::try_from(most).ok()))
}

/// How long a model thinks.
///
/// # Errors
/// `invalid_input`.
pub fn effort(body: &mut Fields, name: &str) -> Result<Option<Effort>, Refusal> {
    let Some(text) = body.text(name)? else { return Ok(None) };
    let effort = match text.as_str() {
        "none" => Effort::None,
        "minimal" => Effort::Minimal,
        "low" => Effort::Low,
        "medium" => Effort::Medium,
        "high" => Effort::High,
        _ => return Err(body.wrong(name, "is none, minimal, low, medium or high")),
    };
    Ok(Some(effort))
}

/// Takes the form of the answer: free text, JSON, or JSON after a schema. The schema stands in
/// `json_schema` or, as `responses` has it, beside the type.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`.
pub fn format(mut form: Fields, start: &mut Start) -> Result<(), Refusal> {
    match form.needed_text("type")?.as_str() {
        "text" => {}
        "json_object" => start.schema = Some(json!({ "type": "object" })),
        "json_schema" => {
            let mut inner = form.fields("json_schema")?;
            let named = inner.as_mut().unwrap_or(&mut form);
            start.options.schema_name = Some(named.needed_text("name")?);
            start.schema = Some(named.needed("schema")?);
            // An answer that breaks the schema is never given, whether that was asked or not.
            named.ignore(&["description", "strict"]);
            inner.map_or(Ok(()), Fields::done)?;
        }
        _ => return Err(codes::unsupported_parameter(&form.place("type"))),
    }
    form.done()
}

/// Takes the tools: functions of the caller's, whose members stand in `function` or, as
/// `responses` has it, beside the type.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter` for tools of other sorts.
pub fn tools(body: &mut Fields) -> Result<Vec<Tool>, Refusal> {
    let at = body.place("tools");
    let tools = body.list("tools")?.unwrap_or_default().into_iter().enumerate();
    tools
        .map(|(index, value)| {
            let mut tool = Fields::new(value, format!("{at}[{index}]"))?;
            if tool.needed_text("type")? != "function" {
                return Err(codes::unsupported_parameter(&tool.place("type")));
            }
            let mut inner = tool.fields("function")?;
            let named = inner.as_mut().unwrap_or(&mut tool);
            let read = Tool {
                name: named.needed_text("name")?,
                description: named.text("description")?.unwrap_or_default(),
                parameters: named.take("parameters").unwrap_or_else(|| json!({})),
                strict: named.flag("strict")?.unwrap_or_default(),
            };
            inner.map_or(Ok(()), Fields::done)?;
            tool.done()?;
            Ok(read)
        })
        .collect()
}

/// Takes whether a tool is to be called, and which.
///
/// # Errors
/// `invalid_input`, `unsupported_parameter`.
pub fn choice(body: &mut Fields) -> Result<ToolChoice, Refusal> {
    let wanted = "is none, auto, required or one function";
    match body.take("tool_choice") {
        None => Ok(ToolChoice::Auto),
        Some(Value::String(word)) => match word.as_str() {
            "auto" => Ok(ToolChoice::Auto),
            "none" => Ok(ToolChoice::None),
            "required" => Ok(ToolChoice::Required),
            _ => Err(body.wrong("tool_choice", wanted)),
        },
        Some(value) => {
            let mut one = Fields::new(value, body.place("tool_choice"))?;
            if one.needed_text("type")? != "function" {
                return Err(codes::unsupported_parameter(&one.place("type")));
            }
            let mut inner = one.fields("function")?;
            let name = inner.as_mut().unwrap_or(&mut one).needed_text("name")?;
            inner.map_or(Ok(()), Fields::done)?;
            one.done()?;
            Ok(ToolChoice::Named(name))
        }
    }
}

#[cfg(test)]
mod tests {
    use contracts::model::{Effort, ToolChoice};
    use serde_json::json;

    use super::*;

    fn body(value: Value) -> Fields {
        Fields::new(value, "").unwrap()
    }

    #[test]
    fn tools_and_choices_of_both_dialects_are_read() {
        let function = json!({ "name": "add", "description": "Adds.", "parameters": {} });
        let mut beside = function.clone();
        beside["type"] = json!("function");
        let both = json!({ "tools": [{ "type": "function", "function": function }, beside] });
        let tools = tools(&mut body(both)).unwrap();
        assert_eq!(tools[0], tools[1]);
        for (said, meant) in [
            (json!("required"), ToolChoice::Required),
            (json!({ "type": "function", "name": "add" }), ToolChoice::Named("add".into())),
            (
                json!({ "type": "function", "function": { "name": "add" } }),
                ToolChoice::Named("add".into()),
            ),
        ] {
            assert_eq!(choice(&mut body(json!({ "tool_choice": said }))).unwrap(), meant);
        }
        let other = json!({ "tools": [{ "type": "web_search" }] });
        let refusal = super::tools(&mut body(other)).unwrap_err();
        assert_eq!(refusal.code, "unsupported_parameter");
        assert_eq!(refusal.errors[0].field, "tools[0].type");
    }

    #[test]
    fn forms_of_answers_of_both_dialects_are_read() {
        let schema = json!({ "type": "object", "properties": {} });
        let named = json!({ "name": "n", "schema": schema, "strict": true });
        let mut beside = named.clone();
        beside["type"] = json!("json_schema");
        for form in [json!({ "type": "json_schema", "json_schema": named }), beside] {
            let mut start = Start::new("local/rules", Vec::new());
            format(Fields::new(form, "text.format").unwrap(), &mut start).unwrap();
            assert_eq!(start.schema, Some(schema.clone()));
            assert_eq!(start.options.schema_name.as_deref(), Some("n"));
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        for (said, param) in [
            (json!({ "top_logprobs": 3 }), "top_logprobs"),
            (json!({ "service_tier": "flex" }), "service_tier"),
            (json!({ "temperature": 3 }), "temperature"),
            (json!({ "metadata": { "a": 1 } }), "metadata"),
        ] {
            let mut start = Start::new("local/rules", Vec::new());
            let refusal = sampling(&mut body(said), &mut start).unwrap_err();
            assert_eq!(refusal.errors[0].field, param);
        }
        let refusal = effort(&mut body(json!({ "reasoning_effort": "xx" })), "reasoning_effort");
        assert!(refusal.is_err());
        let low = effort(&mut body(json!({ "reasoning_effort": "low" })), "reasoning_effort");
        assert_eq!(low.unwrap(), Some(Effort::Low));
    }
}
