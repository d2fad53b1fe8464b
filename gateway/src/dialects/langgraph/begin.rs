//! A run that is begun in a thread, or goes on with what it waited for.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, header};
use axum::response::Response;
use contracts::kinds::run::limits::DELAY_S_MAX;
use contracts::kinds::run::{self, AnswerTools, Start, Status, ToolOutput};
use contracts::view::At;
use contracts::{ActorId, CommandId, Refusal, RefusalClass, Revision};
use serde_json::{Value, json};
use uuid::Uuid;

use super::back::{self, Strategy};
use super::modes::Mode;
use super::state::{self, Ran};
use super::{assistants, hooks, messages, threads};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::{assistants as asked, images, threads as joined};
use crate::dialects::rest::respond;
use crate::edge::headers::Key;
use crate::edge::shared::Shared;
use crate::problem::codes;

/// What of a run is noted of this dialect: which assistant was asked.
pub const ASSISTANT: &str = "langgraph.assistant";
/// And its metadata, as JSON.
pub const METADATA: &str = "langgraph.metadata";
/// And what becomes of it while another run of its thread goes on.
pub const STRATEGY: &str = "langgraph.multitask_strategy";
/// And what of it is told to whoever watches its thread.
pub const MODES: &str = "langgraph.stream_mode";
/// The longest metadata of a run, in bytes of JSON.
const METADATA_BYTES_MAX: usize = 512;

/// A run that goes on.
pub struct Going {
    /// The thread.
    pub thread: ActorId,
    /// The run.
    pub run: ActorId,
    /// As of which revision it holds what the request caused.
    pub from: u64,
    /// What of it is told.
    pub modes: Vec<Mode>,
}

impl Going {
    fn location(&self) -> String {
        format!("/threads/{}/runs/{}", self.thread, self.run)
    }

    /// An answer that says which run it is of, and where to come again.
    #[must_use]
    pub fn named(&self, response: Response, way: &str) -> Response {
        let response = respond::with(response, header::CONTENT_LOCATION, &self.location());
        let mut location = format!("{}/{way}", self.location());
        if way == "stream" {
            // Whoever is cut off comes again just so, and is told the same sorts of things.
            let modes: Vec<_> = self.modes.iter().map(|mode| mode.name()).collect();
            location = format!("{location}?stream_mode={}", modes.join("&stream_mode="));
        }
        let response = respond::with(response, header::LOCATION, &location);
        let actor = HeaderName::from_static("cambium-actor");
        respond::with(response, actor, &format!("run/{}", self.run))
    }
}

/// Begins a run, or goes on with one that waits.
///
/// # Errors
/// What the run, its thread or its assistant is refused with.
pub async fn begin(shared: &Arc<Shared>, asker: &mut Asker, body: Value) -> Result<Going, Refusal> {
    asker.ensure(shared, (&run::KIND, "start"), None)?;
    let wanted = Wanted::read(body)?;
    if asker.key.is_none() {
        asker.key = Some(Key::Id(CommandId(Uuid::now_v7())));
    }
    let thread = place(shared, asker, wanted.missing.as_deref()).await?;
    let modes = wanted.modes.clone();
    if let Some(command) = wanted.command {
        let hook = wanted.webhook.as_deref();
        let (run, from) = resume(shared, asker, (&thread, hook), command).await?;
        return Ok(Going { thread, run, from, modes });
    }
    let mut start = start_of(shared, asker, wanted.assistant, wanted.said).await?;
    images::keep(shared, asker, &mut start.turns).await?;
    start.delay_s = wanted.delay_s;
    wanted.strategy.note(&mut start);
    let told: Vec<_> = modes.iter().map(|mode| mode.name()).collect();
    start.metadata.insert(MODES.to_owned(), told.join(","));
    let run = match asked::named(&start.model) {
        Some(assistant) => asked::foreseen(asker, &assistant),
        None => Some(joined::run_in(shared, asker, &thread)?),
    };
    let run = run.ok_or_else(|| Refusal::internal("a run without a name"))?;
    let meant = (wanted.strategy, wanted.checkpoint);
    let manner = back::manner(shared, asker, (&thread, &run), meant).await?;
    let (called, as_it) = (format!("thread {thread}"), (run.clone(), manner));
    let place = joined::join_as(shared, asker, (&thread, &called), as_it, &mut start).await?;
    if let Some(url) = &wanted.webhook {
        hooks::tell(shared, asker, &run, url).await?;
    }
    joined::begin(shared, asker, &place, &start, Duration::ZERO).await?;
    Ok(Going { thread, run, from: 1, modes })
}

/// What a body says of a run that is to begin.
struct Wanted {
    assistant: String,
    modes: Vec<Mode>,
    said: Said,
    command: Option<Fields>,
    missing: Option<String>,
    strategy: Strategy,
    checkpoint: Option<Revision>,
    delay_s: u64,
    webhook: Option<String>,
}

impl Wanted {
    fn read(body: Value) -> Result<Self, Refusal> {
        let mut body = Fields::new(body, "")?;
        let assistant = body.needed_text("assistant_id")?;
        let modes = Mode::read(body.take("stream_mode"))?;
        let (input, command) = (body.take("input"), body.fields("command")?);
        let metadata = body.take("metadata");
        let missing = body.text("if_not_exists")?;
        let strategy = Strategy::read(&mut body)?;
        let (config, context) = (body.take("config"), body.take("context"));
        let checkpoint = back::checkpoint(&mut body, config.as_ref())?;
        let delay_s = body.integer("after_seconds", 0, DELAY_S_MAX)?.unwrap_or(0);
        let webhook = body.text("webhook")?;
        body.unsupported(&["interrupt_after", "interrupt_before"])?;
        // What says nothing about the answer: the log keeps everything, and nobody's stream ends a
        // run.
        body.ignore(&[
            "checkpoint_during",
            "durability",
            "langsmith_tracer",
            "on_completion",
            "on_disconnect",
            "stream_resumable",
            "stream_subgraphs",
            "strict_resume",
            "feedback_keys",
        ]);
        body.done()?;
        // A run that goes on does so at once, and where it stands.
        let late = [(checkpoint.is_some(), "checkpoint_id"), (delay_s > 0, "after_seconds")];
        if let Some((_, name)) = late.iter().find(|(said, _)| *said && command.is_some()) {
            return Err(codes::unsupported_parameter(name));
        }
        let said = Said { input, config, context, metadata };
        Ok(Self {
            assistant,
            modes,
            said,
            command,
            missing,
            strategy,
            checkpoint,
            delay_s,
            webhook,
        })
    }
}

/// What is said of a run.
pub struct Said {
    /// The messages that begin it.
    pub input: Option<Value>,
    /// `configurable` and `recursion_limit`.
    pub config: Option<Value>,
    /// As `configurable`, over it.
    pub context: Option<Value>,
    /// Notes of the caller's.
    pub metadata: Option<Value>,
}

/// What a run is begun with.
///
/// # Errors
/// `actor_not_found`, `invalid_input`, `unsupported_parameter`, `unknown_parameter`.
pub async fn start_of(
    shared: &Shared,
    asker: &Asker,
    assistant: String,
    said: Said,
) -> Result<Start, Refusal> {
    let model = assistants::meant(shared, asker, &assistant).await?;
    let turns = match said.input {
        Some(input) => messages::input(input, "input")?,
        None => Vec::new(),
    };
    let mut start = Start::new(model, turns);
    configure(&mut start, said.config, said.context)?;
    start.stream = true;
    start.metadata.insert(ASSISTANT.to_owned(), assistant);
    if let Some(metadata) = said.metadata {
        let text = metadata.to_string();
        if !metadata.is_object() || text.len() > METADATA_BYTES_MAX {
            let wanted = format!("is an object of at most {METADATA_BYTES_MAX} bytes");
            return Err(wrong("metadata", &wanted));
        }
        start.metadata.insert(METADATA.to_owned(), text);
    }
    Ok(start)
}

/// The thread of a run: the one that the path names, or one of its own.
async fn place(shared: &Shared, asker: &Asker, missing: Option<&str>) -> Result<ActorId, Refusal> {
    if asker.id.is_empty() {
        // Whoever comes again with the key of a request means the same thread.
        let key = asker.key.as_ref().ok_or_else(|| Refusal::internal("a run without a key"))?;
        let command = key.command(&asker.tenant, &asker.caller.principal).to_string();
        let id = CommandId::derived("cambium langgraph thread v1", &[&command]).to_string();
        let id = ActorId::new(id).map_err(|_| state::unknown())?;
        let (asker, notes) = (asker.keyless(), json!({ "stateless": true }));
        return match threads::open(shared, &asker, id.clone(), notes).await {
            Err(refusal) if refusal.code != "actor_exists" => Err(refusal),
            Ok(()) | Err(_) => Ok(id),
        };
    }
    let id = ActorId::new(&asker.id).map_err(|error| codes::invalid_id("id", &error))?;
    match state::view(shared, asker, &id, At::Latest).await {
        Ok(_) => Ok(id),
        Err(refusal) if refusal.class == RefusalClass::NotFound && missing == Some("create") => {
            threads::open(shared, &asker.keyless(), id.clone(), json!({})).await?;
            Ok(id)
        }
        Err(refusal) => Err(refusal),
    }
}

/// What a run is told beside its input.
fn configure(
    start: &mut Start,
    config: Option<Value>,
    context: Option<Value>,
) -> Result<(), Refusal> {
    let config = config.unwrap_or_default();
    if let Some(limit) = config["recursion_limit"].as_u64() {
        start.rounds_max = u32::try_from(limit).unwrap_or(u32::MAX);
    }
    for (place, set) in [
        ("config.configurable", config["configurable"].clone()),
        ("context", context.unwrap_or_default()),
    ] {
        if set.is_null() {
            continue;
        }
        let mut set = Fields::new(set, place)?;
        if let Some(text) = set.text("instructions")?.or(set.text("system_prompt")?) {
            start.instructions = Some(text);
        }
        if let Some(most) = set.integer("max_tokens", 1, 1_000_000)? {
            start.max_tokens = u32::try_from(most).ok();
        }
        if let Some(number) = set.number("temperature", 0.0, 2.0)? {
            let options = json!({ "temperature": number });
            start.options = contracts::read::from_value(options)
                .map_err(|error| set.wrong("temperature", &error.to_string()))?;
        }
        for name in ["tools", "uses"] {
            let Some(list) = set.take(name) else { continue };
            let odd = |error: serde_json::Error| set.wrong(name, &error.to_string());
            match name {
                "tools" => start.tools = contracts::read::from_value(list).map_err(odd)?,
                _ => start.uses = contracts::read::from_value(list).map_err(odd)?,
            }
        }
        // What else is set is of other graphs; these are LangGraph's own.
        set.ignore(&["thread_id", "checkpoint_ns", "checkpoint_id", "run_id", "user_id"]);
        set.done()?;
    }
    Ok(())
}

/// Goes on with the run of a thread that waits for its caller's tools.
async fn resume(
    shared: &Shared,
    asker: &Asker,
    (thread, hook): (&ActorId, Option<&str>),
    mut command: Fields,
) -> Result<(ActorId, u64), Refusal> {
    command.unsupported(&["goto", "update"])?;
    let answer = command.needed("resume")?;
    command.done()?;
    let snapshot = state::snapshot(shared, asker, thread, At::Latest).await?;
    let waits = snapshot.last.filter(|(_, ran)| ran.status == Status::Waiting);
    let Some((run, ran)) = waits else {
        let message = "no run of the thread waits for an answer";
        return Err(Refusal::new(RefusalClass::Conflict, "run_not_waiting", message));
    };
    let body = json!(AnswerTools { outputs: outputs(&ran, answer)? });
    if let Some(url) = hook {
        hooks::tell(shared, asker, &run, url).await?;
    }
    let (kind, id, key) = (&run::KIND, Some(run.clone()), asker.key.clone());
    let wait = Some(Duration::ZERO);
    let order = Order { kind, id, command: "answer_tools", body, key, wait };
    let told = asker.order(shared, order).await?;
    Ok((run, told.revision.0))
}

/// What `resume` answers: by the ids of the calls, or plainly where one waits.
fn outputs(ran: &Ran, answer: Value) -> Result<Vec<ToolOutput>, Refusal> {
    let waits = ran.waits_for();
    let output = |call: &str, value: Value| ToolOutput {
        call: call.to_owned(),
        output: Some(value),
        error: None,
    };
    if let Value::Object(members) = &answer
        && !members.is_empty()
        && members.keys().all(|name| waits.iter().any(|call| call.id == *name))
    {
        return Ok(members.iter().map(|(name, value)| output(name, value.clone())).collect());
    }
    match waits.as_slice() {
        [call] => Ok(vec![output(&call.id, answer)]),
        _ => Err(wrong("command.resume", "is an object: an answer for the id of each call")),
    }
}
