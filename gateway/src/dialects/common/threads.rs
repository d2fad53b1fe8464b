//! Runs that belong to a thread: a conversation, a context. A run is written down there first and
//! then begun under the name that was written down: whoever comes again with the same key meets
//! both, and a run that was written down and never begun is as if it were not there.

use std::time::Duration;

use actors::kinds::thread::Entry;
use contracts::access::Capability;
use contracts::kinds::run::{self, Start};
use contracts::kinds::thread::{self, Back, Extend};
use contracts::model::Turn;
use contracts::view::At;
use contracts::{ActorId, Address, Refusal, RefusalClass, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asker::{Asker, Order};
use super::runs::{self, Begun};
use crate::edge::shared::Shared;
use crate::edge::submit::made;
use crate::problem::codes;

/// What the names of runs begin with that belong to threads: `conv:<thread>:<name>`.
pub const RUN: &str = actors::a2a::OF_THREAD;

/// Where a run stands that has not answered.
const GOING: [&str; 2] = ["running", "queued"];

/// How long a run may take from being written down to being begun, in milliseconds.
const BEGIN_MS: i64 = 30_000;

/// What a thread is, as its state is read.
#[derive(Deserialize)]
pub struct Kept {
    /// When it began.
    pub at: Timestamp,
    /// What was said and what answered, in order.
    pub entries: Vec<Entry>,
    /// The caller's own notes.
    pub metadata: Value,
}

/// The thread, for who may read it; `called` is what the dialect calls it.
///
/// # Errors
/// `actor_not_found`, `forbidden`.
pub async fn kept(
    shared: &Shared,
    asker: &Asker,
    id: &ActorId,
    called: &str,
) -> Result<Kept, Refusal> {
    asker.ensure(shared, (&thread::KIND, Capability::READ), Some(id))?;
    let address = Address::new(asker.tenant.clone(), thread::KIND, id.clone());
    let view = shared
        .kept(&address)
        .await?
        .ok_or_else(|| Refusal::not_found("actor_not_found", format!("there is no {called}")))?;
    contracts::read::from_value(view.state).map_err(|error| Refusal::internal(error.to_string()))
}

/// The thread that a run belongs to, by its name.
#[must_use]
pub fn of_run(run: &ActorId) -> Option<&str> {
    run.as_str().strip_prefix(RUN)?.rsplit_once(':').map(|(thread, _)| thread)
}

/// The name of the run that the caller's request makes in a thread: the same for the same key.
///
/// # Errors
/// `invalid_id` where the thread's own is too long for it.
pub fn run_in(shared: &Shared, asker: &Asker, thread: &ActorId) -> Result<ActorId, Refusal> {
    let page = shared.edge.pages.get(&run::KIND).ok_or_else(codes::unknown_kind)?;
    let name = made(page, &asker.tenant, &asker.caller, asker.key.as_ref());
    ActorId::new(format!("{RUN}{thread}:{name}"))
        .map_err(|error| codes::invalid_id("conversation", &error))
}

/// A place in a thread that a run is about to take.
pub struct Joined {
    /// Which thread.
    pub thread: ActorId,
    /// The name of its run.
    pub run: ActorId,
    /// How many entries were seen.
    seen: u64,
    /// How many turns of the thread's the run is told.
    took: u64,
    /// The thread goes back first.
    back: Option<Back>,
}

/// How a run comes into a thread.
#[derive(Default)]
pub struct Manner {
    /// While another run answers it waits for that; otherwise it is refused.
    pub queue: bool,
    /// The thread goes back first: to what the run comes after.
    pub back: Option<Back>,
}

/// Lets `run` follow on what was said in a thread.
///
/// # Errors
/// `actor_not_found`, `forbidden`; `conversation_locked` while another run answers.
pub async fn join(
    shared: &Shared,
    asker: &Asker,
    (thread, called): (&ActorId, &str),
    run: ActorId,
    start: &mut Start,
) -> Result<Joined, Refusal> {
    join_as(shared, asker, (thread, called), (run, Manner::default()), start).await
}

/// As [`join`], in a manner.
///
/// # Errors
/// As [`join`].
pub async fn join_as(
    shared: &Shared,
    asker: &Asker,
    (thread, called): (&ActorId, &str),
    (run, manner): (ActorId, Manner),
    start: &mut Start,
) -> Result<Joined, Refusal> {
    let Manner { queue, back } = manner;
    let mut entries = kept(shared, asker, thread, called).await?.entries;
    let is_it = |entry: &Entry| matches!(entry, Entry::Ran { run: known, .. } if *known == run);
    let again = entries.iter().position(is_it);
    let seen = again.unwrap_or(entries.len()) as u64;
    match (again, &back) {
        // It has gone back already.
        (Some(again), _) => entries.truncate(again),
        (None, Some(back)) => {
            // Nothing answers that would be left behind.
            last(shared, asker, &entries[kept_of(&entries, back)..], (false, false)).await?;
            entries.truncate(kept_of(&entries, back));
            entries.extend(back.then.iter().cloned());
        }
        (None, None) => {}
    }
    let (after, said) = last(shared, asker, &entries, (again.is_some(), queue)).await?;
    let took = said.len() as u64;
    start.turns.splice(0..0, said);
    start.queue = queue && after.is_some();
    start.after = after;
    Ok(Joined { thread: thread.clone(), run, seen, took, back })
}

fn kept_of(entries: &[Entry], back: &Back) -> usize {
    usize::try_from(back.keep).unwrap_or(usize::MAX).min(entries.len())
}

/// The last run of a thread that was begun, and what was said since.
async fn last(
    shared: &Shared,
    asker: &Asker,
    entries: &[Entry],
    (again, queue): (bool, bool),
) -> Result<(Option<ActorId>, Vec<Turn>), Refusal> {
    let mut said = Vec::new();
    for entry in entries.iter().rev() {
        match entry {
            Entry::Said(turn) => said.insert(0, turn.clone()),
            Entry::Ran { run, at, .. } => {
                let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
                let status = match shared.edge.history.state(&address, At::Latest).await {
                    Ok(view) => Some(view.state["status"].as_str().unwrap_or_default().to_owned()),
                    Err(refusal) if refusal.class == RefusalClass::NotFound => None,
                    Err(refusal) => return Err(refusal),
                };
                let begins = shared.now().as_millis() - at.as_millis() < BEGIN_MS;
                match status {
                    Some(status) if again || queue || !GOING.contains(&status.as_str()) => {
                        return Ok((Some(run.clone()), said));
                    }
                    Some(_) => return Err(locked()),
                    None if begins && !again => return Err(locked()),
                    None => {}
                }
            }
        }
    }
    Ok((None, said))
}

fn locked() -> Refusal {
    let message = "another response of this conversation is being made";
    Refusal::new(RefusalClass::Conflict, "conversation_locked", message).retry_after(1_000)
}

/// Takes the place.
///
/// # Errors
/// `thread_moved` when somebody was faster.
pub async fn take(shared: &Shared, asker: &Asker, joined: &Joined) -> Result<(), Refusal> {
    let Joined { thread, run, seen, took, back } = joined;
    let (run, back) = (run.clone(), back.clone());
    let body = json!(Extend { run, seen: *seen, took: *took, back });
    let (kind, id, command) = (&thread::KIND, Some(thread.clone()), "extend");
    let order = Order { kind, id, command, body, key: None, wait: None };
    asker.order(shared, order).await.map(drop)
}

/// Takes the place, and begins the run.
///
/// # Errors
/// As [`runs::begin`] and [`take`].
pub async fn begin(
    shared: &Shared,
    asker: &Asker,
    joined: &Joined,
    start: &Start,
    wait: Duration,
) -> Result<Begun, Refusal> {
    take(shared, asker, joined).await?;
    runs::begin(shared, asker, start, Some(joined.run.clone()), wait).await
}
