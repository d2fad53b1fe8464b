//! Outcomes of work that is not on the board: what the log says of it.

use std::sync::Arc;

use contracts::commit::Input;
use contracts::lifecycle::Event;
use contracts::ports::PortError;
use contracts::view::{Answer, Status};
use contracts::work::{Ticket, WorkAnswer, WorkError, WorkStatus};
use contracts::{
    Address, Cursor, EffectId, Entry, Outcome, OutcomeResult, Recorded, Refusal, codec,
};
use serde_json::Value;

use super::piece::Piece;
use super::settle::{Said, is_unneeded, recorded, result_of};
use super::{Runtime, lost};
use crate::runtime::effects::decide::cancelled;

/// What the log says of an effect.
enum Past {
    /// There is no such effect.
    None,
    /// It has no outcome.
    Pending(Box<Piece>),
    /// It has one: in which commit, and which; `None` = it cannot be read.
    Concluded(Arc<Recorded>, Option<Box<Outcome>>),
    /// It was cancelled.
    Cancelled,
}

/// Takes an outcome of work that is not on the board.
pub async fn settle(runtime: &Runtime, ticket: &Ticket, said: Said) -> Result<WorkAnswer, Refusal> {
    match find(runtime, &ticket.address, ticket.effect(), ticket.cursor).await? {
        Past::None => {
            Err(Refusal::not_found("effect_not_found", "there is no such work under this lease"))
        }
        Past::Concluded(at, outcome) => {
            let (status, result) = result_of(said);
            match outcome {
                Some(outcome) if same(&outcome.result, &result) => {
                    Ok(recorded(ticket.effect(), status, &answer(&at)))
                }
                outcome => Err(otherwise(outcome.as_deref())),
            }
        }
        Past::Cancelled => Err(cancelled()),
        // Whether it may be offered again is for the board to say, which does not know it now.
        Past::Pending(_) if said.as_ref().is_err_and(|error: &WorkError| error.retryable) => {
            Err(lost())
        }
        Past::Pending(piece) => {
            let (status, result) = result_of(said);
            let told = runtime.bring_outcome(&piece, result.clone(), ticket.attempt).await?;
            if is_unneeded(&told) {
                return told_again(runtime, ticket, (status, result)).await;
            }
            Ok(recorded(piece.id, status, &told))
        }
    }
}

/// Why the holder of `ticket` does not hold it any more.
pub async fn ended(runtime: &Runtime, ticket: &Ticket) -> Result<Refusal, Refusal> {
    Ok(why(&find(runtime, &ticket.address, ticket.effect(), ticket.cursor).await?))
}

/// What such a one is told of its outcome: what it was told before, when the log has the same.
pub async fn told_again(
    runtime: &Runtime,
    ticket: &Ticket,
    (status, result): (WorkStatus, OutcomeResult),
) -> Result<WorkAnswer, Refusal> {
    match find(runtime, &ticket.address, ticket.effect(), ticket.cursor).await? {
        Past::Concluded(at, Some(outcome)) if same(&outcome.result, &result) => {
            Ok(recorded(ticket.effect(), status, &answer(&at)))
        }
        past => Err(why(&past)),
    }
}

fn why(past: &Past) -> Refusal {
    match past {
        Past::Concluded(_, outcome) => otherwise(outcome.as_deref()),
        Past::Cancelled => cancelled(),
        Past::None | Past::Pending(_) => lost(),
    }
}

fn otherwise(outcome: Option<&Outcome>) -> Refusal {
    match outcome.map(|outcome| &outcome.result) {
        Some(OutcomeResult::Failed(refusal)) if refusal.code == cancelled().code => cancelled(),
        _ => lost(),
    }
}

/// Whether both say the same of the work.
fn same(one: &OutcomeResult, other: &OutcomeResult) -> bool {
    match (one, other) {
        (OutcomeResult::Worked(one), OutcomeResult::Worked(other)) => one == other,
        (OutcomeResult::Failed(one), OutcomeResult::Failed(other)) => {
            (&one.code, &one.message) == (&other.code, &other.message)
        }
        _ => false,
    }
}

fn answer(recorded: &Recorded) -> Answer {
    let Recorded { cursor, commit, .. } = recorded;
    Answer {
        command: commit.command.id,
        address: commit.address(),
        status: Status::Completed,
        revision: commit.revision,
        cursor: *cursor,
        reply: Value::Null,
        at: commit.at,
    }
}

/// Reads on from the commit that asked until the one that concludes.
async fn find(
    runtime: &Runtime,
    address: &Address,
    effect: EffectId,
    cursor: Cursor,
) -> Result<Past, Refusal> {
    let shared = &runtime.shared;
    let limit = shared.config.read_commits_max;
    let mut after = Cursor(cursor.0.saturating_sub(1));
    let mut asked = None;
    loop {
        let page = shared.world.log.read(address, after, limit).await?;
        let last = page.len() < limit;
        for stored in page {
            after = stored.cursor;
            let Entry::Commit(recorded) = Entry::from(stored) else { continue };
            if asked.is_none() {
                asked = Piece::of(&recorded, effect);
                if asked.is_none() {
                    return Ok(Past::None);
                }
            } else if is_cancelled(&recorded, effect) {
                return Ok(Past::Cancelled);
            } else if concludes(&recorded, effect) {
                let outcome = outcome(runtime, &recorded).await?;
                return Ok(Past::Concluded(recorded, outcome.map(Box::new)));
            }
        }
        if last {
            return Ok(asked.map_or(Past::None, |piece| Past::Pending(Box::new(piece))));
        }
    }
}

fn is_cancelled(recorded: &Recorded, effect: EffectId) -> bool {
    recorded
        .commit
        .events
        .iter()
        .filter_map(Event::from_record)
        .any(|event| matches!(event, Event::EffectCancelled { effect: one, .. } if one == effect))
}

fn concludes(recorded: &Recorded, effect: EffectId) -> bool {
    recorded
        .commit
        .events
        .iter()
        .filter_map(Event::from_record)
        .any(|event| matches!(event, Event::EffectConcluded { effect: one, .. } if one == effect))
}

async fn outcome(runtime: &Runtime, recorded: &Recorded) -> Result<Option<Outcome>, PortError> {
    let input = match &recorded.commit.command.input {
        Input::Inline(value) => value.clone(),
        Input::Blob { hash, .. } => {
            let tenant = &recorded.commit.tenant;
            let bytes = runtime.shared.world.blobs.get(tenant, *hash).await?;
            let read = bytes.and_then(|bytes| codec::decode_json(&bytes).ok());
            read.unwrap_or_default()
        }
    };
    Ok(contracts::read::from_value(input).ok())
}
