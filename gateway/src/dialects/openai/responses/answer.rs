//! A run as `responses` tells it.

use contracts::kinds::run::{Answer, Start};
use contracts::model::{Effort, Finish, ToolChoice, Usage};
use contracts::{ActorId, Refusal};
use serde_json::{Value, json};

use super::{conversation_of_run, items};
use crate::dialects::common::runs::noted;
use crate::dialects::common::told::{Stands, Told};

/// The id of the answer of a run.
#[must_use]
pub fn id(run: &ActorId) -> String {
    format!("resp_{run}")
}

impl Told {
    /// The whole response.
    #[must_use]
    pub fn whole(&self) -> Value {
        let start = &self.start;
        let mut told = json!({
            "id": id(&self.run),
            "object": "response",
            "created_at": self.created,
            "completed_at": self.ended,
            "status": self.status(),
            "background": false,
            "error": null,
            "incomplete_details": null,
            "instructions": start.instructions,
            "max_output_tokens": start.max_tokens,
            "max_tool_calls": null,
            "model": start.model,
            "output": [],
            "parallel_tool_calls": !start.options.sequential_tools,
            "previous_response_id": start.after.as_ref().map(id),
            "reasoning": { "effort": start.options.effort.map(effort), "summary": null },
            "service_tier": "default",
            "store": true,
            "temperature": start.options.temperature,
            "text": { "format": format(start), "verbosity": "medium" },
            "tool_choice": choice(&start.tool_choice),
            "tools": tools(start),
            "top_logprobs": 0,
            "top_p": start.options.top_p,
            "truncation": "disabled",
            "usage": null,
            "user": null,
            "metadata": start.metadata,
        });
        if let Some(conversation) = conversation_of_run(&self.run) {
            told["conversation"] = json!({ "id": conversation });
            told["previous_response_id"] = Value::Null;
        }
        self.tell(&mut told);
        told
    }

    fn tell(&self, told: &mut Value) {
        match &self.stands {
            Stands::Running | Stands::Cancelled => {}
            Stands::Failed(refusal) => told["error"] = error(refusal),
            Stands::Answered(answer) => {
                told["model"] = json!(answer.model);
                told["output"] = output(&self.run, answer).into();
                told["usage"] = usage(&answer.usage);
                told["cambium"] = noted(&self.run, answer);
                if let Some(reason) = cut(answer.finish) {
                    told["incomplete_details"] = json!({ "reason": reason });
                }
            }
        }
    }

    /// How this dialect calls where it stands.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match &self.stands {
            Stands::Running => "in_progress",
            Stands::Answered(answer) if cut(answer.finish).is_some() => "incomplete",
            Stands::Answered(_) => "completed",
            Stands::Failed(_) => "failed",
            Stands::Cancelled => "cancelled",
        }
    }
}

/// Why an answer is not whole.
const fn cut(finish: Finish) -> Option<&'static str> {
    match finish {
        Finish::Stop | Finish::ToolCalls => None,
        Finish::Length => Some("max_output_tokens"),
        Finish::ContentFilter => Some("content_filter"),
    }
}

/// A failure inside a response.
#[must_use]
pub fn error(refusal: &Refusal) -> Value {
    json!({ "code": refusal.code, "message": refusal.message })
}

/// The items of an answer.
#[must_use]
pub fn output(run: &ActorId, answer: &Answer) -> Vec<Value> {
    let mut all = Vec::new();
    if !answer.text.is_empty() || answer.calls.is_empty() {
        all.push(items::message_of(&answer.text, &format!("msg_{run}")));
    }
    let name = run.as_str();
    all.extend(answer.calls.iter().enumerate().map(|(at, call)| items::call(call, name, at)));
    // Known only when all else has been told, and told alike whole and in pieces.
    all.extend(answer.reasoning.as_ref().map(|it| items::reasoning(it, &format!("rs_{run}"))));
    all
}

/// Tokens as this dialect counts them.
fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cached_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": { "reasoning_tokens": usage.reasoning_tokens },
        "total_tokens": u64::from(usage.input_tokens) + u64::from(usage.output_tokens),
    })
}

const fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::None => "none",
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
    }
}

fn format(start: &Start) -> Value {
    match (&start.schema, &start.options.schema_name) {
        (Some(schema), Some(name)) => {
            json!({ "type": "json_schema", "name": name, "schema": schema, "strict": true })
        }
        (Some(_), None) => json!({ "type": "json_object" }),
        (None, _) => json!({ "type": "text" }),
    }
}

fn choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => json!("auto"),
        ToolChoice::None => json!("none"),
        ToolChoice::Required => json!("required"),
        ToolChoice::Named(name) => json!({ "type": "function", "name": name }),
    }
}

fn tools(start: &Start) -> Value {
    let tools = start.tools.iter().map(|tool| {
        json!({
            "type": "function", "name": tool.name, "description": tool.description,
            "parameters": tool.parameters, "strict": tool.strict,
        })
    });
    tools.collect()
}

#[cfg(test)]
mod tests {
    use contracts::kinds::run::Status;
    use contracts::model::{Role, ToolCall, Turn};

    use super::*;

    fn told(stands: Stands) -> Told {
        let start = Start::new("local/rules", vec![Turn::new(Role::User, "hello")]);
        let run = ActorId::new("r1").unwrap();
        Told { run, start, created: 7, ended: None, stands }
    }

    #[test]
    fn every_place_where_a_run_stands_has_a_word() {
        let whole = told(Stands::Running).whole();
        assert_eq!((&whole["id"], &whole["status"]), (&json!("resp_r1"), &json!("in_progress")));
        let failed = told(Stands::Failed(Refusal::rejected("model_quota", "used up"))).whole();
        assert_eq!(failed["error"]["code"], "model_quota");
        assert_eq!(told(Stands::Cancelled).whole()["status"], "cancelled");
        let cut = Answer { text: "a".into(), finish: Finish::Length, ..Answer::default() };
        let cut = told(Stands::Answered(cut.into())).whole();
        assert_eq!(cut["status"], "incomplete");
        assert_eq!(cut["incomplete_details"]["reason"], "max_output_tokens");
    }

    #[test]
    fn an_answer_is_a_message_then_its_calls() {
        let call = ToolCall { id: "c1".into(), name: "add".into(), arguments: "{}".into() };
        let answer = Answer {
            text: "Adding.".into(),
            calls: vec![call],
            status: Status::Waiting,
            finish: Finish::ToolCalls,
            ..Answer::default()
        };
        let whole = told(Stands::Answered(answer.into())).whole();
        assert_eq!(whole["status"], "completed");
        assert_eq!(whole["output"][0]["content"][0]["text"], "Adding.");
        assert_eq!(whole["output"][1]["call_id"], "c1");
        assert_eq!(whole["usage"]["total_tokens"], 0);
    }
}
