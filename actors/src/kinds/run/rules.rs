//! What an input may hold.

use std::collections::BTreeSet;

use contracts::kinds::check::Check;
use contracts::kinds::run::limits::{
    CALLS_MAX, DELAY_S_MAX, INSTRUCTIONS_BYTES_MAX, METADATA_MAX, METADATA_NAME_BYTES_MAX,
    METADATA_TEXT_BYTES_MAX, MODEL_BYTES_MAX, OUTPUT_BYTES_MAX, REASON_BYTES_MAX, REMEMBERED_MAX,
    ROUNDS_MAX, SCHEMA_BYTES_MAX, TIMEOUT_S_MAX, TOKENS_MAX, TOOL_BYTES_MAX, TOOLS_BYTES_MAX,
    TOOLS_MAX, TURNS_BYTES_MAX, TURNS_MAX, USES_MAX,
};
use contracts::kinds::run::{AnswerTools, Cancel, Rejection, Start, ToolOutput, ToolUse};
use contracts::model::Tool;
use serde::Serialize;
use serde_json::Value;

use crate::schema;

/// Checks the input of `start`.
pub fn check_start(start: &Start) -> Result<(), Rejection> {
    let bytes = bytes_of(&start.turns);
    let size = format!("have {bytes} bytes; {TURNS_BYTES_MAX} are allowed");
    let instructions = start.instructions.as_deref().unwrap_or_default();
    let mut check = Check::new()
        .text("model", &start.model, MODEL_BYTES_MAX)
        .body("instructions", instructions, INSTRUCTIONS_BYTES_MAX)
        .items("turns", start.turns.len(), TURNS_MAX)
        .ensure(bytes <= TURNS_BYTES_MAX, "turns", size)
        .ensure(
            !start.turns.is_empty() || start.after.is_some(),
            "turns",
            "says nothing, and there is nothing before it",
        )
        .ensure(
            (1..=ROUNDS_MAX).contains(&start.rounds_max),
            "rounds_max",
            format!("is 1 to {ROUNDS_MAX}"),
        )
        .ensure(
            (1..=TIMEOUT_S_MAX).contains(&start.timeout_s),
            "timeout_s",
            format!("is 1 to {TIMEOUT_S_MAX}"),
        )
        .ensure(
            start.max_tokens.is_none_or(|most| (1..=TOKENS_MAX).contains(&most)),
            "max_tokens",
            format!("is 1 to {TOKENS_MAX}"),
        );
    let delay = format!("is at most {DELAY_S_MAX}");
    check = check.ensure(start.delay_s <= DELAY_S_MAX, "delay_s", delay);
    let remembered = 1..=REMEMBERED_MAX;
    let wanted = start.memory.as_ref().is_none_or(|it| remembered.contains(&it.items));
    check = check.ensure(wanted, "memory.items", format!("is 1 to {REMEMBERED_MAX}")).ensure(
        start.memory.is_none() || start.of.is_some(),
        "memory",
        "is an assistant's",
    );
    for (place, turn) in start.turns.iter().enumerate() {
        check = check.body(format!("turns[{place}].content"), &turn.content, TURNS_BYTES_MAX);
    }
    check = tools(check, &start.tools, &start.uses);
    check = metadata(check, start);
    if let Some(schema) = &start.schema {
        check = answer_schema(check, schema);
    }
    Ok(check.done()?)
}

/// Checks what a run is made of: the tools that a model may call.
pub(super) fn tools(check: Check, tools: &[Tool], uses: &[ToolUse]) -> Check {
    let bytes = bytes_of(&tools);
    let size = format!("have {bytes} bytes; {TOOLS_BYTES_MAX} are allowed");
    let mut check = check
        .items("tools", tools.len(), TOOLS_MAX)
        .ensure(bytes <= TOOLS_BYTES_MAX, "tools", size)
        .items("uses", uses.len(), USES_MAX);
    let mut names = BTreeSet::new();
    for (place, tool) in tools.iter().enumerate() {
        let field = format!("tools[{place}].name");
        check = name(check, &field, &tool.name).ensure(
            names.insert(tool.name.as_str()),
            &field,
            "is named twice",
        );
        let parameters = match &tool.parameters {
            Value::Null => Ok(()),
            schema => schema::compile(schema).map(drop),
        };
        let fault = parameters.err().unwrap_or_default();
        check = check.ensure(fault.is_empty(), format!("tools[{place}].parameters"), fault);
    }
    for (place, used) in uses.iter().enumerate() {
        let field = format!("uses[{place}].name");
        check = name(check, &field, &used.name).ensure(
            names.insert(used.name.as_str()),
            &field,
            "is named twice",
        );
    }
    check
}

fn name(check: Check, field: &str, name: &str) -> Check {
    let ok = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-');
    check.text(field, name, TOOL_BYTES_MAX).ensure(
        ok,
        field,
        "has only letters, digits, `_` and `-`",
    )
}

/// Checks the schema of an answer.
pub(super) fn answer_schema(check: Check, schema: &Value) -> Check {
    let bytes = bytes_of(schema);
    let size = format!("has {bytes} bytes; {SCHEMA_BYTES_MAX} are allowed");
    let fault = schema::compile(schema).err().unwrap_or_default();
    check.ensure(bytes <= SCHEMA_BYTES_MAX, "schema", size).ensure(
        fault.is_empty(),
        "schema",
        fault,
    )
}

fn metadata(check: Check, start: &Start) -> Check {
    let mut check = check.items("metadata", start.metadata.len(), METADATA_MAX);
    for (name, text) in &start.metadata {
        check = check.text("metadata", name, METADATA_NAME_BYTES_MAX).body(
            format!("metadata.{name}"),
            text,
            METADATA_TEXT_BYTES_MAX,
        );
    }
    check
}

/// Checks the input of `answer_tools`.
pub(super) fn check_answers(answers: &AnswerTools) -> Result<(), Rejection> {
    let bytes = bytes_of(&answers.outputs);
    let size = format!("have {bytes} bytes; {TURNS_BYTES_MAX} are allowed");
    let mut check = Check::new()
        .items("outputs", answers.outputs.len(), CALLS_MAX)
        .ensure(bytes <= TURNS_BYTES_MAX, "outputs", size)
        .ensure(!answers.outputs.is_empty(), "outputs", "answers nothing");
    let mut calls = BTreeSet::new();
    for (place, output) in answers.outputs.iter().enumerate() {
        check = check
            .ensure(
                calls.insert(output.call.as_str()),
                format!("outputs[{place}].call"),
                "is answered twice",
            )
            .ensure(
                output.output.is_some() != output.error.is_some(),
                format!("outputs[{place}]"),
                "has either an output or an error",
            )
            .ensure(
                is_small(output),
                format!("outputs[{place}]"),
                format!("has at most {OUTPUT_BYTES_MAX} bytes"),
            );
    }
    Ok(check.done()?)
}

fn is_small(output: &ToolOutput) -> bool {
    bytes_of(output) <= OUTPUT_BYTES_MAX
}

/// Checks the input of `cancel`.
pub(super) fn check_cancel(cancel: &Cancel) -> Result<(), Rejection> {
    let check = Check::new().text_opt("reason", cancel.reason.as_ref(), REASON_BYTES_MAX);
    Ok(check.done()?)
}

/// How long a value is as JSON, in bytes.
pub(super) fn bytes_of<T: Serialize>(value: &T) -> usize {
    serde_json::to_vec(value).map_or(usize::MAX, |bytes| bytes.len())
}
