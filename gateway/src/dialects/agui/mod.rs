//! What clients of AG-UI say: `POST /v1/agui/{assistant}` with what a user sees, answered by the
//! events of one run. The thread is the caller's: its messages name the runs that they came from
//! (`msg_<run>.<round>`), so that each run comes after the last one and nothing is copied. A run's
//! name is derived from the assistant, the thread and the caller's own name for it: whoever comes
//! again with the same meets the same run, however far it has come.

mod history;
mod input;
mod messages;
mod names;
mod state;
mod teller;

use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::assistant;
use contracts::kinds::run::Start;
use contracts::ports::Flow;
use contracts::{ActorId, Refusal};
use futures_util::{StreamExt as _, stream as flows};

use self::input::Input;
use self::teller::Teller;
use crate::dialects::common::asker::Asker;
use crate::dialects::common::steps::{self, Step};
use crate::dialects::common::{assistants, images, read, runs};
use crate::dialects::rest::respond::SSE;
use crate::edge::call::Call;
use crate::edge::routes::{Access, Method, Needs, Route};
use crate::edge::shared::Shared;
use crate::edge::sse::{self, Event};
use crate::edge::standing;
use crate::problem::codes;

/// The rows of this dialect.
pub const ROUTES: &[&[Route]] = &[&[Route {
    method: Method::Post,
    path: "/v1/agui/{id}",
    name: "agui_run",
    about: "Runs an assistant for an AG-UI client and tells what happens as AG-UI's events.",
    access: Access::Key,
    needs: Needs::Named(Capability::new("assistant", "ask")),
    offers: SSE,
    query: &[],
    handler: |shared, call| Box::pin(run(shared, call)),
}]];

async fn run(shared: Arc<Shared>, mut call: Call) -> Result<Response, Refusal> {
    let input = input::read(read(&shared, &mut call).await?)?;
    let mut asker = Asker::of(&call)?;
    let permit = call.open_stream(&shared)?;
    drop(call);
    let id = ActorId::new(&asker.id).map_err(|error| codes::invalid_id("id", &error))?;
    asker.key = Some(names::key(&id, &input.thread, &input.run));
    let (start, told) = start(&shared, &asker, &id, &input).await?;
    let begun = runs::begin(&shared, &asker, &start, None, Duration::ZERO).await?;
    let run = begun.address.id.clone();
    let steps = steps::follow(&shared, begun.address, begun.command, false).await?;
    let steps = standing::while_standing(steps, &shared, &asker.identity, Step::Refused);
    let events = events(Teller::new(run.clone(), input), told, steps);
    Ok(runs::named(sse::response(&shared, events, permit, asker.scene), &run))
}

/// The run that is asked for, and the messages that the caller has lost.
async fn start(
    shared: &Shared,
    asker: &Asker,
    assistant: &ActorId,
    input: &Input,
) -> Result<(Start, Option<Vec<serde_json::Value>>), Refusal> {
    let parent = input.parent.as_ref().map(|parent| {
        let key = names::key(assistant, &input.thread, parent);
        let command = key.command(&asker.tenant, &asker.entrance.principal);
        assistant::run_of(&asker.tenant, assistant, command)
    });
    let joined = history::join(shared, asker, input, parent).await?;
    let mut start = Start::new(format!("{}{assistant}", assistants::PREFIX), joined.turns);
    start.after = joined.after;
    start.tools.clone_from(&input.tools);
    start.stream = true;
    for (name, text) in [("agui_thread", &input.thread), ("agui_run", &input.run)] {
        start.metadata.insert(name.to_owned(), text.clone());
    }
    images::keep(shared, asker, &mut start.turns).await?;
    Ok((start, joined.lost))
}

fn events(
    mut teller: Teller,
    lost: Option<Vec<serde_json::Value>>,
    steps: Flow<Step>,
) -> Flow<Event> {
    let first = flows::iter(teller.begin(lost));
    let rest = steps.flat_map(move |step| {
        flows::iter(match step {
            Step::Underway => Vec::new(),
            Step::Text(text) => teller.text(&text),
            Step::Spoke(answered) => teller.spoke(&answered),
            Step::Tool(answered) => teller.tool(&answered),
            Step::Answer(answer) => teller.end(&answer),
            Step::Refused(refusal) => teller.refused(&refusal),
        })
    });
    Box::pin(first.chain(rest))
}
