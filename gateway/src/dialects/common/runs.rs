//! Runs as these dialects use them: begun, waited for, watched, read back.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderName;
use axum::response::Response;
use contracts::access::Capability;
use contracts::kinds::run::{self, Answer, Start};
use contracts::ports::Flow;
use contracts::view::{self, Status};
use contracts::{
    ActorId, Address, CommandId, EventRecord, Recorded, Refusal, RefusalClass, Timestamp,
};
use futures_util::{StreamExt as _, stream as flows};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::asker::{Asker, Order};
use super::assistants;
use super::steps::{self, Step, read};
use super::told::{Stands, Told};
use crate::dialects::rest::respond;
use crate::edge::shared::Shared;
use crate::edge::stream::{self, Place};
use crate::problem::codes;

/// The header that names the run, so that it can be replayed, forked and verified.
const ACTOR: HeaderName = HeaderName::from_static("cambium-actor");

/// A run that was begun, or has ended.
pub struct Begun {
    /// Which run.
    pub address: Address,
    /// The command that waits for its answer; `None` = the one that began it, whoever sent that.
    pub command: Option<CommandId>,
    /// When that was.
    pub at: Timestamp,
    /// The answer, where it was waited for.
    pub answer: Option<Answer>,
}

/// Begins a run in the name of the caller. It goes on whatever becomes of the caller's connection.
///
/// # Errors
/// What the bus refuses with; when it is waited for, why it failed, and `timeout` when it has not
/// answered in time, with the run's name.
pub async fn begin(
    shared: &Shared,
    asker: &Asker,
    start: &Start,
    id: Option<ActorId>,
    wait: Duration,
) -> Result<Begun, Refusal> {
    if let Some(assistant) = assistants::named(&start.model) {
        // The name is the assistant's to give: only one that was foreseen can be wanted.
        if id.is_some_and(|id| assistants::foreseen(asker, &assistant).as_ref() != Some(&id)) {
            return Err(codes::unsupported_parameter("conversation"));
        }
        return assistants::ask(shared, asker, (assistant, start), wait).await;
    }
    let body = serde_json::to_value(start).map_err(|it| Refusal::internal(it.to_string()))?;
    let (key, wait_for) = (asker.key.clone(), Some(wait));
    let order = Order { kind: &run::KIND, id, command: "start", body, key, wait: wait_for };
    begun(asker.order(shared, order).await?, wait)
}

/// What became of the command that began a run.
///
/// # Errors
/// As [`begin`].
pub fn begun(told: view::Answer, wait: Duration) -> Result<Begun, Refusal> {
    let view::Answer { command, address, status, reply, at, .. } = told;
    let answer = match status {
        Status::Completed => Some(read(reply)?),
        Status::Failed => return Err(failed(reply)),
        _ if wait.is_zero() => None,
        _ => {
            let message = format!("run/{} goes on and has not answered yet", address.id);
            let refusal = Refusal::new(RefusalClass::Timeout, "timeout", message);
            return Err(refusal.details(json!({ "run": address.id })));
        }
    };
    Ok(Begun { address, command: Some(command), at, answer })
}

fn failed(reply: Value) -> Refusal {
    contracts::read::from_value(reply).unwrap_or_else(|_| Refusal::internal("the run failed"))
}

/// What a watcher of a run is told.
#[derive(Debug, Clone)]
pub enum Piece {
    /// A model is asked, or somebody is waited for.
    Underway,
    /// More words.
    Text(String),
    /// It has answered.
    Answer(Box<Answer>),
    /// It has not, and will not.
    Refused(Refusal),
}

/// A run as it goes on, until `command` is answered: of its [`steps`], those that tell the answer.
///
/// # Errors
/// When the run cannot be read.
pub async fn follow(
    shared: &Shared,
    address: Address,
    command: Option<CommandId>,
    whole: bool,
) -> Result<Flow<Piece>, Refusal> {
    let steps = steps::follow(shared, address, command, whole).await?;
    Ok(Box::pin(steps.filter_map(|step| {
        std::future::ready(match step {
            Step::Underway => Some(Piece::Underway),
            Step::Text(text) => Some(Piece::Text(text)),
            Step::Answer(answer) => Some(Piece::Answer(answer)),
            Step::Refused(refusal) => Some(Piece::Refused(refusal)),
            Step::Spoke(_) | Step::Tool(_) => None,
        })
    })))
}

/// A run as the log has it, for who may read it.
///
/// # Errors
/// `actor_not_found`, `forbidden`.
pub async fn told(shared: &Shared, asker: &Asker, run: ActorId) -> Result<Told, Refusal> {
    asker.ensure(shared, (&run::KIND, Capability::READ), Some(&run))?;
    read_back(shared, asker, run).await
}

/// As [`told`], for who has just been let through to it.
///
/// # Errors
/// `actor_not_found`.
pub async fn read_back(shared: &Shared, asker: &Asker, run: ActorId) -> Result<Told, Refusal> {
    let address = Address::new(asker.tenant.clone(), run::KIND, run);
    let commits = commits(shared, &address).await?;
    told_by(address.id, &commits)
        .ok_or_else(|| Refusal::not_found("actor_not_found", "there is no such run"))
}

/// Gives the read models time to come to where the log stands; a list that is late is told late.
pub async fn caught_up(shared: &Shared) {
    let (reading, feed) = (&shared.edge.reading, &shared.edge.feed);
    let patience = Duration::from_millis(shared.edge.config.read_wait_ms);
    let catching_up = async {
        // Where the log cannot tell its end, the tail stands near it.
        let head = feed.head().await.unwrap_or_else(|_| feed.position());
        reading.reached(head).await;
    };
    let _ = tokio::time::timeout(patience, catching_up).await;
}

/// All commits of an actor.
///
/// # Errors
/// The log's.
pub async fn commits(shared: &Shared, address: &Address) -> Result<Vec<Arc<Recorded>>, Refusal> {
    let (mut all, mut after) = (Vec::new(), Place::default());
    loop {
        let history = shared.edge.history.as_ref();
        let (items, next) = stream::page(history, address, after, 256).await?;
        all.extend(items);
        match next {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}

fn told_by(run: ActorId, commits: &[Arc<Recorded>]) -> Option<Told> {
    let events = || commits.iter().flat_map(|it| it.commit.events.iter().map(move |e| (e, it)));
    let named = |event: &EventRecord, name: &str| event.r#type == name;
    let (started, first) = events().find(|(event, _)| named(event, "Started"))?;
    let started: run::Started = contracts::read::from_ref(&started.data).ok()?;
    let mut told = Told {
        run,
        start: started.run,
        created: seconds(first.commit.at),
        ended: None,
        stands: Stands::Running,
    };
    let commands = |recorded: &Recorded| recorded.commit.completions.clone();
    if let Some((done, at)) = commits
        .iter()
        .rev()
        .find_map(|it| commands(it).into_iter().next_back().map(|done| (done, it.commit.at)))
    {
        told.ended = Some(seconds(at));
        told.stands = match done.refusal() {
            Some(refusal) => Stands::Failed(refusal),
            None => read(done.reply).map_or_else(Stands::Failed, |it| Stands::Answered(it.into())),
        };
    }
    if let Some((_, last)) = events().find(|(event, _)| named(event, "Cancelled")) {
        told.ended = Some(seconds(last.commit.at));
        told.stands = Stands::Cancelled;
    }
    Some(told)
}

/// In seconds since 1970.
#[must_use]
pub const fn seconds(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(1_000)
}

/// What Cambium says of an answer beside what the dialect has words for: which run it is of, what
/// it cost, and aloud when another model answered than was asked.
#[must_use]
pub fn noted(run: &ActorId, answer: &Answer) -> Value {
    let mut told = json!({ "run": run, "rounds": answer.rounds });
    if let Some(cost) = &answer.cost {
        told["cost"] = json!(cost);
    }
    if let Some(degraded) = &answer.degraded {
        told["degraded"] = json!(degraded);
    }
    told
}

/// An answer with the name of its run.
#[must_use]
pub fn named(response: Response, run: &ActorId) -> Response {
    respond::with(response, ACTOR, &format!("run/{run}"))
}

/// The pieces, unless the first thing that happens is that the run fails: then the failure is the
/// answer, with its status. So is whatever is refused before a model is asked; once one is, it has
/// a moment to refuse, too, and a model that thinks for long is not waited for.
///
/// # Errors
/// Why the run failed.
pub async fn unless_refused(
    shared: &Shared,
    mut pieces: Flow<Piece>,
) -> Result<Flow<Piece>, Refusal> {
    let config = &shared.edge.config;
    let within = |ms: u64| Instant::now() + Duration::from_millis(ms);
    let mut until = within(config.sse_heartbeat_ms);
    loop {
        match tokio::time::timeout_at(until, pieces.next()).await {
            Ok(Some(Piece::Refused(refusal))) => return Err(refusal),
            Ok(Some(Piece::Underway)) => until = until.min(within(config.stream_headers_ms)),
            Ok(Some(piece)) => return Ok(Box::pin(flows::iter([piece]).chain(pieces))),
            Ok(None) | Err(_) => return Ok(pieces),
        }
    }
}
