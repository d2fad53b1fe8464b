//! A response that belongs to a conversation. It is written down there first and then begun under
//! the name that was written down: whoever comes again with the same key meets both, and a
//! response that was written down and never begun is as if it were not there.

use std::time::Duration;

use actors::kinds::thread::Entry;
use contracts::kinds::run::{self, Start};
use contracts::model::Turn;
use contracts::view::At;
use contracts::{ActorId, Address, Refusal, RefusalClass};
use serde_json::json;

use super::{kept, order};
use crate::dialects::common::asker::Asker;
use crate::dialects::common::runs::{self, Begun};
use crate::edge::shared::Shared;
use crate::edge::submit::made;
use crate::problem::codes;

/// What the names of runs begin with that belong to conversations: `conv:<thread>:<name>`.
pub const RUN: &str = "conv:";

/// How long a response may take from being written down to being begun, in milliseconds.
const BEGIN_MS: i64 = 30_000;

/// A place in a conversation that a response is about to take.
pub struct Joined {
    /// Which conversation.
    thread: ActorId,
    /// The name of its run.
    run: ActorId,
    /// How many entries were seen.
    seen: u64,
    /// How many turns of the conversation's the run is told.
    took: u64,
}

/// Lets a run follow on what was said in a conversation.
///
/// # Errors
/// `actor_not_found`, `forbidden`; `conversation_locked` while another response is made.
pub async fn join(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    start: &mut Start,
) -> Result<Joined, Refusal> {
    let kept = kept(shared, asker, thread).await?;
    let page = shared.edge.pages.get(&run::KIND).ok_or_else(codes::unknown_kind)?;
    let name = made(page, &asker.tenant, &asker.caller, asker.key.as_ref());
    let run = ActorId::new(format!("{RUN}{thread}:{name}"))
        .map_err(|error| codes::invalid_id("conversation", &error))?;
    let is_it = |entry: &Entry| matches!(entry, Entry::Ran { run: known, .. } if *known == run);
    let again = kept.entries.iter().position(is_it);
    let before = &kept.entries[..again.unwrap_or(kept.entries.len())];
    let (after, said) = last(shared, asker, before, again.is_some()).await?;
    let (seen, took) = (before.len() as u64, said.len() as u64);
    start.turns.splice(0..0, said);
    start.after = after;
    Ok(Joined { thread: thread.clone(), run, seen, took })
}

/// The last run of a conversation that was begun, and what was said since.
async fn last(
    shared: &Shared,
    asker: &Asker,
    entries: &[Entry],
    again: bool,
) -> Result<(Option<ActorId>, Vec<Turn>), Refusal> {
    let mut said = Vec::new();
    for entry in entries.iter().rev() {
        match entry {
            Entry::Said(turn) => said.insert(0, turn.clone()),
            Entry::Ran { run, at, .. } => {
                let address = Address::new(asker.tenant.clone(), run::KIND, run.clone());
                let status = match shared.edge.history.state(&address, At::Latest).await {
                    Ok(view) => Some(view.state["status"].clone()),
                    Err(refusal) if refusal.class == RefusalClass::NotFound => None,
                    Err(refusal) => return Err(refusal),
                };
                let begins = shared.now().as_millis() - at.as_millis() < BEGIN_MS;
                match status {
                    Some(status) if status != "running" || again => {
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

/// Takes the place, and begins the run.
///
/// # Errors
/// As [`runs::begin`]; `thread_moved` when somebody was faster.
pub async fn begin(
    shared: &Shared,
    asker: &Asker,
    joined: &Joined,
    start: &Start,
    wait: Duration,
) -> Result<Begun, Refusal> {
    let Joined { thread, run, seen, took } = joined;
    let input = json!({ "run": run, "seen": seen, "took": took });
    order(shared, asker, (Some(thread.clone()), "extend"), input, None).await?;
    runs::begin(shared, asker, start, Some(run.clone()), wait).await
}
