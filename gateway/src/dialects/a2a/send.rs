//! Messages: one that names no task begins one, and one that names a task answers what it waits
//! for. A message that comes again under the same name meets what it has caused.

use std::time::Duration;

use actors::a2a::{CONTEXT, MESSAGE, State, Task};
use contracts::kinds::run::{AnswerTools, Start, ToolOutput};
use contracts::kinds::{approval, run, thread};
use contracts::ports::Flow;
use contracts::{ActorId, Refusal, RefusalClass, Revision};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::desk::Desk;
use super::message::{self, Message};
use super::{push, stream, tasks};
use crate::dialects::common::asker::Order;
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::{assistants, images, models, threads};
use crate::edge::watch::{self, Seen};

/// A message that was taken: its task, and as of which revision it holds what the message caused.
struct Taken {
    run: ActorId,
    from: Revision,
    messages: Option<usize>,
    immediately: bool,
}

/// `SendMessage`.
///
/// # Errors
/// What the message is refused with. A task that fails is a task, and no refusal.
pub async fn send(mut desk: Desk, params: Fields) -> Result<Value, Refusal> {
    let Taken { run, from, messages, immediately } = take(&mut desk, params).await?;
    let task = if immediately { desk.task(run).await? } else { settled(&desk, run, from).await? };
    Ok(json!({ "task": task.to_json(messages, true) }))
}

/// `SendStreamingMessage`.
///
/// # Errors
/// As [`send`].
pub async fn stream(
    mut desk: Desk,
    params: Fields,
) -> Result<Flow<Result<Value, Refusal>>, Refusal> {
    let Taken { run, from, messages, .. } = take(&mut desk, params).await?;
    let from = stream::From { revision: from, messages, patient: false };
    stream::watched(&desk, run, from).await
}

async fn take(desk: &mut Desk, mut params: Fields) -> Result<Taken, Refusal> {
    let said = message::read(&mut params)?;
    let configuration = params.fields("configuration")?;
    let mut configuration = match configuration {
        Some(configuration) => configuration,
        None => Fields::new(json!({}), "configuration")?,
    };
    message::ensure_modes(&mut configuration)?;
    let messages = tasks::messages(&mut configuration)?;
    let immediately = configuration.flag("returnImmediately")?.unwrap_or_default();
    let push = configuration.fields("taskPushNotificationConfig")?;
    let (run, from) = match said.task.clone() {
        Some(task) => answered(desk, &task, &said, push).await?,
        None => begun(desk, said, push).await?,
    };
    Ok(Taken { run, from, messages, immediately })
}

/// Begins a task, in its context.
async fn begun(
    desk: &mut Desk,
    said: Message,
    push: Option<Fields>,
) -> Result<(ActorId, Revision), Refusal> {
    let Message { id, context, mut turn, model, .. } = said;
    let shared = desk.shared.clone();
    desk.asker.key = Some(desk.key(&id, "begin"));
    let model = match (&desk.assistant, model) {
        (Some(assistant), _) => format!("{}{assistant}", assistants::PREFIX),
        (None, Some(named)) => models::resolve(&shared, &named)?,
        (None, None) => shared.edge.config.agent_model.clone(),
    };
    images::keep(&shared, &desk.asker, std::slice::from_mut(&mut turn)).await?;
    let context = opened(desk, &id, context).await?;
    let foreseen = match assistants::named(&model) {
        Some(assistant) => assistants::foreseen(&desk.asker, &assistant),
        None => Some(threads::run_in(&shared, &desk.asker, &context)?),
    };
    let run = foreseen.ok_or_else(|| Refusal::internal("a message without a name"))?;
    let mut start = Start::new(model, vec![turn]);
    start.stream = true;
    start.metadata.insert(MESSAGE.to_owned(), id);
    if threads::of_run(&run).is_none() {
        start.metadata.insert(CONTEXT.to_owned(), context.to_string());
    }
    let called = format!("context {context}");
    let joined =
        threads::join(&shared, &desk.asker, (&context, &called), run.clone(), &mut start).await?;
    if let Some(config) = push {
        push::add(desk, &run, config).await?;
    }
    threads::begin(&shared, &desk.asker, &joined, &start, Duration::ZERO).await.map_err(unnamed)?;
    Ok((run, Revision(1)))
}

/// Nothing that a new task asks for is a task: A2A has a code for those alone.
fn unnamed(mut refusal: Refusal) -> Refusal {
    if refusal.code == "actor_not_found" {
        refusal.class = RefusalClass::Rejected;
        return wrong("message", &refusal.message);
    }
    refusal
}

/// The thread of a context. One that its caller has named and that is not there begins.
async fn opened(desk: &Desk, message: &str, context: Option<ActorId>) -> Result<ActorId, Refusal> {
    if let Some(context) = &context {
        let address =
            contracts::Address::new(desk.asker.tenant.clone(), thread::KIND, context.clone());
        if desk.shared.kept(&address).await?.is_some() {
            return Ok(address.id);
        }
    }
    let key = Some(desk.key(message, "open"));
    let (kind, command, body) = (&thread::KIND, "open", json!({}));
    let order = Order { kind, id: context.clone(), command, body, key, wait: None };
    match (desk.asker.order(&desk.shared, order).await, context) {
        (Ok(answer), _) => Ok(answer.address.id),
        // Somebody was faster.
        (Err(refusal), Some(context)) if refusal.code == "actor_exists" => Ok(context),
        (Err(refusal), _) => Err(refusal),
    }
}

/// Answers what a task waits for.
async fn answered(
    desk: &mut Desk,
    task: &str,
    said: &Message,
    push: Option<Fields>,
) -> Result<(ActorId, Revision), Refusal> {
    let run = ActorId::new(task).map_err(|_| tasks::unknown())?;
    desk.asker.ensure(&desk.shared, (&run::KIND, "read"), Some(&run))?;
    let task = desk.task(run.clone()).await?;
    let elsewhere = said.context.as_ref().filter(|it| task.context.as_deref() != Some(it.as_str()));
    if elsewhere.is_some() {
        return Err(wrong("message.contextId", "is that of the task, or left out"));
    }
    if let Some(config) = push {
        push::add(desk, &run, config).await?;
    }
    if let Some(vote) = said.data.iter().find(|it| it["approval"].is_string()) {
        vote_on(desk, &task, vote, said).await?;
        return Ok((run, Revision(task.revision.0 + 1)));
    }
    let body = json!(AnswerTools { outputs: outputs(&task, said)? });
    let key = Some(desk.key(&said.id, "answer"));
    let (kind, id, wait) = (&run::KIND, Some(run.clone()), Some(Duration::ZERO));
    let order = Order { kind, id, command: "answer_tools", body, key, wait };
    let answer = desk.asker.order(&desk.shared, order).await?;
    Ok((run, answer.revision))
}

/// What a message says that the caller's tools answered: data with `outputs`, or words where one
/// call alone waits.
fn outputs(task: &Task, said: &Message) -> Result<Vec<ToolOutput>, Refusal> {
    let given = said.data.iter().filter_map(|it| it.get("outputs")).cloned();
    let mut outputs = Vec::new();
    for some in given {
        let some: Vec<ToolOutput> = contracts::read::from_value(some).map_err(|error| {
            let wanted = format!("is a list of {{call, output}} or {{call, error}}: {error}");
            wrong("message.parts.data.outputs", &wanted)
        })?;
        outputs.extend(some);
    }
    if !outputs.is_empty() {
        return Ok(outputs);
    }
    match task.waited() {
        [call] => {
            let output = Some(match said.data.as_slice() {
                [data] => data.clone(),
                _ => Value::String(said.turn.content.clone()),
            });
            Ok(vec![ToolOutput { call: call.id.clone(), output, error: None }])
        }
        [] => {
            let message = match task.state.is_over() {
                true => "the task is over; a new one goes on in its context",
                false => "the task waits for nothing that a message could answer",
            };
            Err(Refusal::new(RefusalClass::Conflict, "run_not_waiting", message))
        }
        _ => {
            let wanted = "has `outputs`: the task waits for several calls";
            Err(wrong("message.parts.data", wanted))
        }
    }
}

/// Says yes or no to what the task is about to do.
async fn vote_on(desk: &Desk, task: &Task, vote: &Value, said: &Message) -> Result<(), Refusal> {
    let place = "message.parts.data";
    let mut vote = Fields::new(vote.clone(), place)?;
    let id = vote.needed_text("approval")?;
    if !task.approvals().iter().any(|it| it["approval"] == id.as_str()) {
        return Err(vote.wrong("approval", "is one that the task waits for"));
    }
    let command = match vote.needed_text("decision")?.as_str() {
        "approve" => "approve",
        "reject" => "reject",
        _ => return Err(vote.wrong("decision", "is approve or reject")),
    };
    let mut body = json!({ "hash": vote.needed("hash")? });
    if let Some(note) = vote.text("note")? {
        body["note"] = json!(note);
    }
    let id = ActorId::new(&id).map_err(|error| vote.wrong("approval", &error.to_string()))?;
    let (kind, key) = (&approval::KIND, Some(desk.key(&said.id, "vote")));
    let order = Order { kind, id: Some(id), command, body, key, wait: None };
    desk.asker.order(&desk.shared, order).await.map(drop)
}

/// The task once it is over or waits for somebody, or as it is when patience ends.
async fn settled(desk: &Desk, run: ActorId, from: Revision) -> Result<Task, Refusal> {
    let mut seen = watch::actor(&desk.shared, desk.run(run.clone())).await?;
    let mut task = Task::new(run);
    let until = tokio::time::Instant::now() + desk.asker.patience(&desk.shared);
    while let Ok(Some(next)) = tokio::time::timeout_at(until, seen.next()).await {
        let Seen::Commit(recorded) = next? else { continue };
        task.take(&recorded);
        let stands = task.state.is_over() || task.state == State::InputRequired;
        if stands && task.revision >= from {
            break;
        }
    }
    if task.has_begun() { Ok(task) } else { Err(tasks::unknown()) }
}
