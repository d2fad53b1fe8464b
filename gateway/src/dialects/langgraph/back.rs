//! Where in a thread a run begins: behind all that was said, behind the run that goes on, in its
//! place, or at an earlier checkpoint.

use std::sync::Arc;

use actors::kinds::thread::Entry;
use contracts::kinds::run::{self, Start, Status};
use contracts::kinds::thread::Back;
use contracts::view::At;
use contracts::{ActorId, Refusal, RefusalClass, Revision};
use serde_json::{Value, json};

use super::begin::STRATEGY;
use super::state::{self, Kept};
use crate::dialects::common::asker::{Asker, Order};
use crate::dialects::common::fields::{Fields, wrong};
use crate::dialects::common::threads::Manner;
use crate::edge::shared::Shared;

/// What becomes of a run while another one of its thread goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// It is refused.
    Reject,
    /// It waits for the end of the other.
    Enqueue,
    /// The other is cancelled; what it has said stays.
    Interrupt,
    /// The other is cancelled, and is as if it had never been in the thread.
    Rollback,
}

impl Strategy {
    /// What a body says.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn read(body: &mut Fields) -> Result<Self, Refusal> {
        let wanted = "is reject, enqueue, interrupt or rollback";
        Ok(match body.text("multitask_strategy")?.as_deref() {
            None | Some("reject") => Self::Reject,
            Some("enqueue") => Self::Enqueue,
            Some("interrupt") => Self::Interrupt,
            Some("rollback") => Self::Rollback,
            Some(_) => return Err(wrong("multitask_strategy", wanted)),
        })
    }

    /// Writes down what is not so by itself.
    pub fn note(self, start: &mut Start) {
        let named = match self {
            Self::Reject => return,
            Self::Enqueue => "enqueue",
            Self::Interrupt => "interrupt",
            Self::Rollback => "rollback",
        };
        start.metadata.insert(STRATEGY.to_owned(), named.to_owned());
    }
}

/// The checkpoint from which a run is to begin, as a body and its `config` say.
///
/// # Errors
/// `revision_not_found`, `invalid_input`.
pub fn checkpoint(body: &mut Fields, config: Option<&Value>) -> Result<Option<Revision>, Refusal> {
    let (plain, whole) = (body.text("checkpoint_id")?, body.take("checkpoint"));
    let set = config.and_then(|config| config["configurable"]["checkpoint_id"].as_str());
    let named = match &whole {
        Some(Value::Object(members)) => members.get("checkpoint_id").and_then(Value::as_str),
        Some(_) => return Err(wrong("checkpoint", "is an object with a checkpoint_id")),
        None => None,
    };
    plain.as_deref().or(named).or(set).map(revision).transpose()
}

/// The revision that a checkpoint means.
///
/// # Errors
/// `revision_not_found`.
pub fn revision(text: &str) -> Result<Revision, Refusal> {
    let number = text.parse::<u64>().ok().filter(|number| *number > 0);
    let missing = || Refusal::not_found("revision_not_found", "there is no such checkpoint");
    number.map(Revision).ok_or_else(missing)
}

/// How a run comes into its thread; those that it takes the place of are cancelled.
///
/// # Errors
/// `revision_not_found`; those of the log and of cancelling.
pub async fn manner(
    shared: &Shared,
    asker: &Asker,
    (thread, own): (&ActorId, &ActorId),
    (strategy, checkpoint): (Strategy, Option<Revision>),
) -> Result<Manner, Refusal> {
    let queue = strategy == Strategy::Enqueue;
    let mut back = None;
    if matches!(strategy, Strategy::Interrupt | Strategy::Rollback) {
        let first = cancel_going(shared, asker, thread, own).await?;
        if strategy == Strategy::Rollback {
            back = first.map(|keep| Back { keep, ..Back::default() });
        }
    }
    if let Some(checkpoint) = checkpoint {
        back = Some(to(shared, asker, thread, checkpoint).await?);
    }
    Ok(Manner { queue, back })
}

/// What a thread goes back to at a checkpoint.
///
/// # Errors
/// `revision_not_found`.
pub async fn to(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    checkpoint: Revision,
) -> Result<Back, Refusal> {
    let (_, then) = state::view(shared, asker, thread, At::Revision(checkpoint)).await?;
    let (_, now) = state::view(shared, asker, thread, At::Latest).await?;
    let same = then.entries.iter().zip(&now.entries).take_while(|(then, now)| then == now);
    let keep = same.count();
    let rest = then.entries.into_iter().skip(keep).map(Arc::unwrap_or_clone);
    Ok(Back { to: Some(checkpoint.0), keep: keep as u64, then: rest.collect() })
}

/// Cancels the runs that go on in a thread, but for the one that is to begin; behind how many
/// entries the first of them stands.
async fn cancel_going(
    shared: &Shared,
    asker: &Asker,
    thread: &ActorId,
    own: &ActorId,
) -> Result<Option<u64>, Refusal> {
    let (_, Kept { entries, .. }) = state::view(shared, asker, thread, At::Latest).await?;
    let (mut first, mut going) = (None, Vec::new());
    for (place, entry) in entries.iter().enumerate().rev() {
        let Entry::Ran { run, .. } = &**entry else { continue };
        if run == own {
            return Ok(None);
        }
        // One that was never begun is as if it were not there.
        let Some(ran) = state::run(shared, asker, run).await? else { continue };
        if !matches!(ran.status, Status::Running | Status::Queued) {
            break;
        }
        first = Some(place as u64);
        going.push(run.clone());
    }
    // The last first: none of them begins when the one before it ends.
    for run in going {
        let body = json!({ "reason": "another run was begun in its thread" });
        let (kind, id, command) = (&run::KIND, Some(run), "cancel");
        let order = Order { kind, id, command, body, key: None, wait: None };
        match asker.order(shared, order).await {
            // It has ended meanwhile.
            Err(refusal) if refusal.class == RefusalClass::Conflict => {}
            other => drop(other?),
        }
    }
    Ok(first)
}
