//! Calling a tool of the program's: in the name of whoever is behind the call, within its limits.

use std::time::Duration;

use bytes::Bytes;
use contracts::effect::{Effect, OutcomeResult, ToolAnswer, ToolRun};
use contracts::kinds::connector;
use contracts::model::ToolView;
use contracts::ports::{Fut, Wait};
use contracts::search::Asked;
use contracts::view::{Answer, At, Status};
use contracts::{
    ActorId, Address, Caller, CommandId, CommandName, Hash, Kind, Origin, Refusal, RefusalClass,
    Timestamp, lifecycle,
};
use serde_json::Value;
use tokio::time::Instant;

use super::searches::is_private;
use super::task::Task;
use crate::fetch::{Answered, Request};
use crate::runtime::privacy::Sealing;
use crate::schema;
use crate::tools::{Ask, Got, Hands, fault};

/// How long another actor's answer is waited for, unless the tool's own time is over before.
const PATIENCE: Duration = Duration::from_secs(60 * 60);

/// The most that is read of a page, in bytes.
const PAGE_BYTES_MAX: u32 = 512 * 1024;

/// How many redirects to a page are followed.
const PAGE_REDIRECTS_MAX: u8 = 5;

impl Task {
    /// Calls a tool, or tells what it answered in the run that it was recorded in.
    ///
    /// # Errors
    /// Why it did not answer.
    pub(super) async fn call_tool(&self, tool: &ToolRun) -> Result<OutcomeResult, Refusal> {
        if self.due().address.kind == connector::KIND {
            return self.tend(tool).await;
        }
        if tool.recorded.is_some() {
            return self.recall(tool).await.map(OutcomeResult::Tool);
        }
        let began = Instant::now();
        let shared = &self.runtime.shared;
        let tenant = &self.due().address.tenant;
        let behalf = Behalf { task: self, tool };
        let known = shared.tool(tenant, &behalf.caller(), &tool.name).await?;
        let view = known.view();
        let (input, sealing) = shared.open_value(tenant, tool.input.clone()).await?;
        let input = arguments(input)?;
        if let Some(reason) = schema::fault(&view.parameters, &input) {
            return Err(fault(reason));
        }
        let limit = Duration::from_millis(view.timeout_ms);
        let output = tokio::time::timeout(limit, known.call(&input, &behalf)).await;
        let output = output.map_err(|_| late(view))??;
        let mut answer = self.fitting(output, view, sealing.as_ref()).await?;
        answer.ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        Ok(OutcomeResult::Tool(answer))
    }

    /// An answer that a model can be told: the whole of a longer one is kept as a blob, unless it
    /// is about persons, whose words are kept nowhere in plain.
    async fn fitting(
        &self,
        output: Value,
        view: &ToolView,
        sealing: Option<&Sealing>,
    ) -> Result<ToolAnswer, Refusal> {
        let told = |output: Value, blob| {
            let output = match sealing {
                Some(sealing) => sealing.output(&self.due().id.to_string(), output),
                None => output,
            };
            ToolAnswer { output, blob, ms: 0 }
        };
        let text = match &output {
            Value::String(text) => text.clone(),
            value => value.to_string(),
        };
        if text.len() <= view.output_bytes_max {
            return Ok(told(output, None));
        }
        let head = &text[..text.floor_char_boundary(view.output_bytes_max)];
        let bytes = text.len();
        if sealing.is_some() {
            let note = format!("{head}\n[The answer has {bytes} bytes; the rest is left out.]");
            return Ok(told(Value::String(note), None));
        }
        let tenant = &self.due().address.tenant;
        let kept = Bytes::copy_from_slice(text.as_bytes());
        let blob = self.runtime.shared.world.blobs.put(tenant, kept).await?;
        let note = format!("{head}\n[The answer has {bytes} bytes; all of it is kept as {blob}.]");
        Ok(told(Value::String(note), Some(blob)))
    }
}

/// The arguments; those that were protected come as a text.
fn arguments(input: Value) -> Result<Value, Refusal> {
    match input {
        Value::String(text) => serde_json::from_str(&text)
            .map_err(|error| fault(format!("the arguments are no JSON: {error}"))),
        value => Ok(value),
    }
}

fn late(view: &ToolView) -> Refusal {
    let message = format!("{} took longer than {} ms", view.name, view.timeout_ms);
    Refusal::new(RefusalClass::Timeout, "tool_timeout", message)
}

fn got(answered: Answered) -> Got {
    let Answered { status, headers, body, truncated, .. } = answered;
    let text = String::from_utf8_lossy(&body).replace('\0', "\u{fffd}");
    let media_type = headers.get("content-type").cloned();
    Got { status, media_type, text, truncated }
}

/// What a tool does is the word of whoever is behind the call.
struct Behalf<'a> {
    task: &'a Task,
    tool: &'a ToolRun,
}

impl Behalf<'_> {
    fn caller(&self) -> Caller {
        let due = self.task.due();
        let origin = self.tool.origin.unwrap_or(Origin::Runtime);
        Caller::new(due.principal.clone(), origin).with(due.credential.clone())
    }

    fn address(&self, kind: Kind, id: ActorId) -> Address {
        Address::new(self.task.due().address.tenant.clone(), kind, id)
    }
}

impl Hands for Behalf<'_> {
    fn now(&self) -> Timestamp {
        self.task.runtime.shared.world.clock.now()
    }

    fn send<'a>(
        &'a self,
        kind: Kind,
        id: ActorId,
        name: CommandName,
        input: Value,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(async move {
            if lifecycle::is_runtime(&name) {
                let message = "commands of the runtime are nobody's to send";
                return Err(Refusal::new(RefusalClass::Forbidden, "forbidden", message));
            }
            let effect = self.task.due().id.to_string();
            let command = CommandId::derived("cambium tool command v1", &[&effect]);
            let to = self.address(kind, id);
            let mut envelope = self.task.envelope(command, to, name, input);
            envelope.by = self.caller();
            let answer = self.task.ask(envelope, Wait::Completed(PATIENCE)).await?;
            if answer.status != Status::Failed {
                return Ok(answer);
            }
            Err(contracts::read::from_value(answer.reply)
                .unwrap_or_else(|_| Refusal::internal("the command failed")))
        })
    }

    fn state<'a>(&'a self, kind: Kind, id: ActorId) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move {
            let (shared, by, address) =
                (&self.task.runtime.shared, self.caller(), self.address(kind, id));
            shared.ensure_may_read(&by, &address)?;
            let view = contracts::ports::History::state(&self.task.runtime, &address, At::Latest);
            let view = view.await?;
            let state = serde_json::json!({ "revision": view.revision, "state": view.state });
            // What a tool tells stands in the run's log.
            Ok(shared.kept_for(&address.tenant, &by, state))
        })
    }

    fn keep<'a>(&'a self, content: Bytes) -> Fut<'a, Result<Hash, Refusal>> {
        Box::pin(async move {
            let tenant = &self.task.due().address.tenant;
            Ok(self.task.runtime.shared.world.blobs.put(tenant, content).await?)
        })
    }

    fn request<'a>(&'a self, ask: Ask<'a>) -> Fut<'a, Result<Got, Refusal>> {
        Box::pin(async move {
            let mut request = Request::new(ask.method, ask.url, PAGE_BYTES_MAX)?;
            for (name, value) in &ask.headers {
                request.header(name, value)?;
            }
            request.body = ask.body.map(Into::into);
            let tenant = &self.task.due().address.tenant;
            let shared = &self.task.runtime.shared;
            let secret = match ask.connector {
                Some(id) => Some(shared.signed(tenant, &self.caller(), id, &mut request).await?),
                None => None,
            };
            let mut answered = shared.fetcher.send(request, self.now()).await?;
            if let Some(secret) = secret {
                answered.mask(secret.reveal());
            }
            Ok(got(answered))
        })
    }

    fn search<'a>(&'a self, base: ActorId, asked: Asked) -> Fut<'a, Result<Value, Refusal>> {
        let asked = Asked { private: is_private(&self.tool.input), ..asked };
        Box::pin(async move { self.task.found(&self.caller(), base, asked).await })
    }

    fn remember<'a>(
        &'a self,
        agent: Option<ActorId>,
        asked: Asked,
    ) -> Fut<'a, Result<Value, Refusal>> {
        Box::pin(async move { self.task.remembered(&self.caller(), agent, asked).await })
    }

    fn blob(&self, blob: Hash) -> Fut<'_, Result<Bytes, Refusal>> {
        Box::pin(self.task.kept(blob))
    }

    fn get<'a>(&'a self, url: &'a str, accept: Option<&'a str>) -> Fut<'a, Result<Got, Refusal>> {
        Box::pin(async move {
            let mut request = Request::new("GET", url, PAGE_BYTES_MAX)?;
            request.redirects_max = PAGE_REDIRECTS_MAX;
            let tool = || Effect::Tool(Box::new(self.tool.clone()));
            request.judge = self.task.judge(tool).await?;
            if let Some(accept) = accept {
                request.header("accept", accept)?;
            }
            let answered = self.task.runtime.shared.fetcher.send(request, self.now()).await?;
            Ok(got(answered))
        })
    }
}
