//! What was said in a conversation and what answered it, as items.

use actors::kinds::thread::Entry;
use contracts::model::Turn;
use contracts::{ActorId, Refusal, RefusalClass};
use serde_json::Value;

use crate::dialects::common::asker::Asker;
use crate::dialects::common::runs;
use crate::dialects::common::told::Stands;
use crate::dialects::openai::responses::answer;
use crate::dialects::openai::responses::items;
use crate::edge::shared::Shared;

/// The items of what was said at place `at` of a thread.
#[must_use]
pub fn said(thread: &ActorId, at: usize, turn: &Turn) -> Vec<Value> {
    items::told(std::slice::from_ref(turn), &format!("{thread}-{at}"))
}

/// The items of a thread, in order: what was said, and of each run what it was asked beside that,
/// and what it answered.
///
/// # Errors
/// When a run cannot be read.
pub async fn of(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    entries: &[Entry],
) -> Result<Vec<Value>, Refusal> {
    let mut all = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let (run, took) = match entry {
            Entry::Said(turn) => {
                all.extend(said(thread, at, turn));
                continue;
            }
            Entry::Ran { run, took, .. } => (run, *took),
        };
        let told = match runs::told(shared, asker, run.clone()).await {
            Ok(told) => told,
            // It was written down, and then whoever was to begin it was gone.
            Err(refusal) if refusal.class == RefusalClass::NotFound => continue,
            Err(refusal) => return Err(refusal),
        };
        let took = usize::try_from(took).unwrap_or_default();
        all.extend(items::told(told.start.turns.get(took..).unwrap_or_default(), run.as_str()));
        if let Stands::Answered(answer) = &told.stands {
            all.extend(answer::output(run, answer));
        }
    }
    Ok(all)
}
