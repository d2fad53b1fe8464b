//! Whether an actor waits for an effect. A message on its subject that is no commit of it asks
//! nothing of the world, however well formed it is.

use contracts::{EffectId, Refusal};
use tokio::sync::oneshot;

use super::due::Due;
use crate::runtime::Runtime;
use crate::runtime::header::Header;
use crate::runtime::host::CellMessage;

/// What an actor says of an effect.
#[derive(Debug, Clone, PartialEq)]
pub enum Owed {
    /// It waits for it.
    Yes,
    /// It does not.
    No,
    /// It cannot say now, or says that it should not start; the log will say more in a moment.
    Behind(Refusal),
}

/// Whether an actor with this header state waits for an effect that may start.
#[must_use]
pub fn waits(header: &Header, effect: EffectId) -> bool {
    header
        .pending
        .get(&effect)
        .is_some_and(|it| it.standing.may_start() && !it.imported && !header.is_muted())
}

/// Asks the actor: the awake cell when it knows it, the log otherwise.
pub async fn owed(runtime: &Runtime, due: &Due) -> Owed {
    if cell_waits(runtime, due).await {
        return Owed::Yes;
    }
    let living = match runtime.shared.hydrator.wake(&due.address).await {
        Ok(living) => living,
        Err(error) => return Owed::Behind(error.into()),
    };
    if waits(&living.header, due.id) {
        return Owed::Yes;
    }
    let known = living.header.pending.contains_key(&due.id);
    if known || living.expected.max(living.head.cursor) < due.cursor {
        let message = "the actor has not read yet what was said of the effect";
        return Owed::Behind(Refusal::unavailable("log_unavailable", message));
    }
    Owed::No
}

async fn cell_waits(runtime: &Runtime, due: &Due) -> bool {
    let (respond, answer) = oneshot::channel();
    let Some(cell) = runtime.shared.cells.find(&due.address) else { return false };
    if cell.cast(CellMessage::Waits(due.id, respond)).is_err() {
        return false;
    }
    answer.await.unwrap_or(false)
}
