use contracts::effect::Delivery;
use contracts::work::{Ticket, WorkAnswer};
use contracts::{ActorId, Hash};
use tokio::time::Instant;

use super::piece::Piece;

/// One piece of work on the board: an effect that has no outcome yet.
#[derive(Debug, Clone)]
pub struct Item {
    /// What is to be done.
    pub piece: Piece,
    /// How many times it was handed out, as far as is known.
    pub attempts: u32,
    /// Where it stands.
    pub state: State,
    /// The last lease of this run; `None` = nobody had it in this run.
    pub last_lease: Option<Hash>,
    /// What the holder of the last lease was told, when it said that it failed: which outcome, and
    /// the answer.
    pub told: Option<(Hash, WorkAnswer)>,
}

/// Where a piece of work stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It waits for a worker.
    Offered,
    /// A worker has it.
    Leased {
        /// Until then.
        until: Instant,
        /// Who.
        worker: Option<ActorId>,
    },
    /// A worker failed, and it is offered again.
    Pausing {
        /// Then.
        until: Instant,
    },
    /// An earlier run of the program handed it out, and it may not be handed out again: its worker
    /// may still answer.
    Orphaned {
        /// Until then; past it nobody knows what came of it.
        until: Instant,
    },
    /// Its outcome is on its way to the actor.
    Settling,
}

impl Item {
    /// Whether it may be handed out only once.
    #[must_use]
    pub fn is_once(&self) -> bool {
        self.piece.work.delivery == Delivery::AtMostOnce
    }

    /// When something must be done about it.
    #[must_use]
    pub const fn next_at(&self) -> Option<Instant> {
        match self.state {
            State::Leased { until, .. } | State::Pausing { until } | State::Orphaned { until } => {
                Some(until)
            }
            State::Offered | State::Settling => None,
        }
    }

    /// Whether the holder of `ticket` may still say what came of the work: nobody has it since.
    #[must_use]
    pub fn is_held_by(&self, ticket: &Ticket) -> bool {
        match (&self.state, self.last_lease) {
            (State::Settling, _) => false,
            (State::Orphaned { .. }, _) => ticket.attempt == self.attempts,
            // Handed out by an earlier run of the program, and by this one to nobody.
            (_, None) => true,
            (_, Some(last)) => last == ticket.lease && self.told.is_none(),
        }
    }
}
