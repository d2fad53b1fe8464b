//! What is told of an attempt at an effect: its span, those of what it asks, and how long it took.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use contracts::Refusal;
use contracts::effect::{EffectClass, Fetch, Fetched, Llm, OutcomeResult, ToolRun};
use contracts::envelope::Trace;
use contracts::model::{ModelRequest, ModelResponse, Task as Wanted};
use contracts::telemetry::names::{gen_ai, general, own, spans};
use contracts::telemetry::{ModelMeasure, Open, SpanKind, Telemetry};

use super::due::Due;
use super::job::{Ended, Start, What};
use super::spend::{answered, is_local};
use super::task::Task;
use crate::model::telling;
use crate::runtime::Runtime;

/// What is told of one attempt.
pub struct Telling {
    span: Option<Open>,
    trace: Option<Trace>,
    /// When it began; `None` = nothing is attempted here.
    begun: Option<Instant>,
    /// Why it was refused.
    refused: OnceLock<Cow<'static, str>>,
}

impl Telling {
    /// Of what is about to be done.
    #[must_use]
    pub fn of(runtime: &Runtime, Start { due, what, .. }: &Start) -> Self {
        let class = due.class();
        let What::Perform { attempt, .. } = what else { return Self::nothing() };
        let Some(class) = class.filter(|class| *class != EffectClass::Work) else {
            return Self::nothing();
        };
        let world = &runtime.shared.world;
        let mut span = world
            .telemetry
            .spans
            .is_on()
            .then(|| {
                let age = world.clock.now().as_millis().saturating_sub(due.at.as_millis());
                let cause = (due.trace.as_ref(), u64::try_from(age).unwrap_or(0));
                world.telemetry.spans.after(cause, spans::EFFECT, SpanKind::Internal)
            })
            .flatten();
        if let Some(span) = &mut span {
            span.rename(format!("{} {}", spans::EFFECT, class.as_str()));
            span.set(own::ACTOR, due.address.to_string());
            span.set(own::REVISION, due.revision.0);
            span.set(own::CURSOR, due.cursor.0);
            span.set(own::EFFECT, due.id.to_string());
            span.set(own::CLASS, class.as_str());
            span.set(own::ATTEMPT, *attempt);
        }
        let trace = span.as_ref().map(Open::trace);
        Self { span, trace, begun: Some(Instant::now()), refused: OnceLock::new() }
    }

    const fn nothing() -> Self {
        Self { span: None, trace: None, begun: None, refused: OnceLock::new() }
    }

    /// Where what it asks belongs; `None` = nobody records it.
    #[must_use]
    pub fn trace(&self) -> Option<Trace> {
        self.trace.clone()
    }

    /// What became of what was asked, before anybody is told.
    pub fn attempted(&self, result: &Result<OutcomeResult, Refusal>) {
        let code = match result {
            Err(refusal) | Ok(OutcomeResult::Failed(refusal)) => refusal.code.clone(),
            Ok(_) => return,
        };
        let _ = self.refused.set(code);
    }

    /// The attempt is over.
    pub fn end(&mut self, telemetry: &Telemetry, due: &Due, how: &Ended) {
        let (Some(begun), Some(class)) = (self.begun.take(), due.class()) else { return };
        let outcome = match how {
            Ended::Told(_) if self.refused.get().is_some() => "failed",
            Ended::Told(_) => "done",
            Ended::Retry(..) => "retried",
            Ended::Refused(_) => "refused",
            Ended::Later(..) | Ended::Back | Ended::NotOwed | Ended::Elsewhere => "left",
            Ended::Cut => "cut",
        };
        telemetry.measures.effect(class.as_str(), outcome, begun.elapsed());
        let Some(mut span) = self.span.take() else { return };
        span.set(own::STATUS, outcome);
        match (self.refused.get(), how) {
            (Some(code), _) => span.fail(code.clone()),
            (None, Ended::Refused(refusal) | Ended::Later(refusal, _)) => {
                span.fail(refusal.code.clone());
            }
            (None, Ended::Cut) => span.fail("cut_off"),
            (None, _) => {}
        }
    }
}

impl Task {
    fn part(&self, name: String, kind: SpanKind) -> Option<Open> {
        let telemetry = &self.runtime.shared.world.telemetry;
        telemetry.spans.part(self.telling.trace.as_ref(), name, kind)
    }

    /// As [`Task::ask_model`], told.
    pub(super) async fn asking(&self, llm: &Llm) -> Result<OutcomeResult, Refusal> {
        let operation = match llm.request.task {
            Wanted::Embed { .. } => gen_ai::EMBEDDINGS,
            _ => gen_ai::CHAT,
        };
        let model = llm.request.model.as_str();
        let mut span = self.part(format!("{operation} {model}"), SpanKind::Client);
        let begun = Instant::now();
        let here = span.as_ref().map(Open::trace);
        let telemetry = &self.runtime.shared.world.telemetry;
        let asked = telling::within(telemetry.spans.clone(), here, self.ask_model(llm));
        let result = asked.await;
        self.measured(operation, &llm.request, &result, begun.elapsed());
        if let Some(span) = &mut span {
            asked_of(span, operation, &llm.request);
            span.set(gen_ai::CONVERSATION, self.due().address.to_string());
            match &result {
                Ok(OutcomeResult::Llm(response)) => answer_of(span, response),
                Ok(_) => {}
                Err(refusal) => span.fail(refusal.code.clone()),
            }
            if telemetry.spans.tells_content() {
                content(span, &llm.request, &result);
            }
        }
        result
    }

    /// What a call of a model came to.
    fn measured(
        &self,
        operation: &'static str,
        request: &ModelRequest,
        result: &Result<OutcomeResult, Refusal>,
        took: Duration,
    ) {
        let world = &self.runtime.shared.world;
        let response = match result {
            Ok(OutcomeResult::Llm(response)) => Some(response),
            _ => None,
        };
        let usage = response.map(|response| response.usage).unwrap_or_default();
        // As the ledger counts it: by whoever answered, though another was asked.
        let by = response.map_or_else(|| request.model.clone(), |it| answered(it, &request.model));
        let (provider, model) = by.split_once('/').unwrap_or(("", &by));
        let cost = world.prices.cost(&by, &usage).filter(|_| !is_local(&by));
        world.telemetry.measures.model(&ModelMeasure {
            operation,
            provider,
            model,
            error: result.as_ref().err().map(|refusal| refusal.code.as_ref()),
            took,
            input_tokens: u64::from(usage.input_tokens),
            output_tokens: u64::from(usage.output_tokens),
            micro_usd: cost.map(|cost| cost.micro_usd),
        });
    }

    /// As [`Task::call_tool`], told.
    pub(super) async fn calling(&self, tool: &ToolRun) -> Result<OutcomeResult, Refusal> {
        let name = format!("{} {}", gen_ai::EXECUTE_TOOL, tool.name);
        let mut span = self.part(name, SpanKind::Internal);
        let result = self.call_tool(tool).await;
        if let Some(span) = &mut span {
            span.set(gen_ai::OPERATION, gen_ai::EXECUTE_TOOL);
            span.set(gen_ai::TOOL_NAME, tool.name.as_str());
            span.set(gen_ai::TOOL_CALL, tool.call.as_str());
            if let Err(refusal) = &result {
                span.fail(refusal.code.clone());
            }
        }
        result
    }

    /// As [`Task::fetch`], told: who is asked, and never the path, which may carry a secret.
    pub(super) async fn fetching(&self, fetch: &Fetch) -> Result<Fetched, Refusal> {
        let name = format!("{} {}", spans::FETCH, fetch.method.as_str());
        let mut span = self.part(name, SpanKind::Client);
        let here = span.as_ref().map(Open::trace);
        let result = self.fetch(fetch, here.as_ref()).await;
        if let Some(span) = &mut span {
            span.set(general::HTTP_METHOD, fetch.method.as_str());
            let host = reqwest::Url::parse(&fetch.url).ok();
            let host = host.as_ref().and_then(reqwest::Url::host_str);
            span.set(general::SERVER_ADDRESS, host.unwrap_or_default());
            match &result {
                Ok(fetched) => span.set(general::HTTP_STATUS, u32::from(fetched.status)),
                Err(refusal) => span.fail(refusal.code.clone()),
            }
        }
        result
    }
}

fn asked_of(span: &mut Open, operation: &'static str, request: &ModelRequest) {
    span.set(gen_ai::OPERATION, operation);
    span.set(gen_ai::PROVIDER, request.provider());
    span.set(gen_ai::REQUEST_MODEL, request.model.as_str());
    span.set(gen_ai::REQUEST_MAX_TOKENS, request.max_tokens);
    span.set(gen_ai::REQUEST_SEED, request.seed);
}

fn answer_of(span: &mut Open, response: &ModelResponse) {
    let model = response.model.split_once('/').map_or(&*response.model, |(_, model)| model);
    span.set(gen_ai::RESPONSE_MODEL, model);
    if let Some(id) = &response.id {
        span.set(gen_ai::RESPONSE_ID, id.as_str());
    }
    let finish = serde_json::to_value(response.finish).unwrap_or_default();
    span.set(gen_ai::FINISH_REASONS, vec![finish.as_str().unwrap_or_default().to_owned()]);
    span.set(gen_ai::INPUT_TOKENS, response.usage.input_tokens);
    span.set(gen_ai::OUTPUT_TOKENS, response.usage.output_tokens);
    if let Some(cost) = &response.cost {
        span.set(own::COST, cost.micro_usd);
    }
}

/// What was asked and answered, as the log has it: what is protected there is protected here.
fn content(span: &mut Open, request: &ModelRequest, result: &Result<OutcomeResult, Refusal>) {
    let told = |role: serde_json::Value, text: &str| {
        let part = serde_json::json!({ "type": "text", "content": text });
        serde_json::json!({ "role": role, "parts": [part] })
    };
    let turns = request.turns.iter().map(|turn| {
        let role = serde_json::to_value(turn.role).unwrap_or_default();
        told(role, &turn.content)
    });
    span.set(gen_ai::INPUT_MESSAGES, serde_json::Value::from_iter(turns).to_string());
    if let Ok(OutcomeResult::Llm(response)) = result {
        let answer = serde_json::json!([told("assistant".into(), &response.text)]);
        span.set(gen_ai::OUTPUT_MESSAGES, answer.to_string());
    }
}
