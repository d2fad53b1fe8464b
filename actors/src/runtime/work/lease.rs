//! Handing work out.

use std::time::Duration;

use contracts::lifecycle::{self, Attempt};
use contracts::ports::{CommandBus, Wait};
use contracts::work::{ExtendInput, LeaseRequest, Ticket, WorkExtended, WorkItem, millis};
use contracts::{CommandId, Effect, EffectId, Hash, Refusal, Tenant, state_hash};
use futures_util::future::join_all;
use tokio::time::Instant;

use super::board::Taken;
use super::{Board, lost, past, stopping};
use crate::runtime::Runtime;

/// Work that was taken and has not reached its worker; dropped, it goes back.
struct Hand<'a> {
    board: &'a Board,
    taken: Option<Taken>,
}

impl Drop for Hand<'_> {
    fn drop(&mut self) {
        if let Some(taken) = self.taken.take() {
            self.board.give_back(taken.piece.id, taken.lease);
        }
    }
}

impl Runtime {
    pub(super) async fn lease_work(&self, request: LeaseRequest) -> Result<Vec<WorkItem>, Refusal> {
        let board = &self.shared.board;
        let bell = board.bell(&request.tenant, &request.queue);
        let leased = self.wait_for_work(&request, &bell).await;
        board.leave(&request.tenant, &request.queue, bell);
        leased
    }

    async fn wait_for_work(
        &self,
        request: &LeaseRequest,
        bell: &tokio::sync::Notify,
    ) -> Result<Vec<WorkItem>, Refusal> {
        let shared = &self.shared;
        let until = Instant::now() + Duration::from_millis(request.wait_ms);
        loop {
            if shared.stop.is_cancelled() {
                return Err(stopping());
            }
            let rung = bell.notified();
            let taken = shared.board.lease(request, shared.world.nonce);
            let found = !taken.is_empty();
            let items = self.hand_out(taken, request.lease_ms).await?;
            if !items.is_empty() {
                return Ok(items);
            }
            if found {
                continue;
            }
            tokio::select! {
                biased;
                () = shared.stop.cancelled() => return Err(stopping()),
                () = rung => {}
                () = tokio::time::sleep_until(until) => return Ok(Vec::new()),
            }
        }
    }

    /// Hands out what may be handed out: work that may be attempted once only after that stands in
    /// the log.
    async fn hand_out(&self, taken: Vec<Taken>, lease_ms: u64) -> Result<Vec<WorkItem>, Refusal> {
        let board = &self.shared.board;
        let hands = taken.into_iter().map(|taken| Hand { board, taken: Some(taken) });
        let tried = join_all(hands.map(|hand| self.commit_lease(hand))).await;
        let mut refused = None;
        let mut items = Vec::new();
        for one in tried {
            match one {
                Ok(Some(mut hand)) => items.extend(self.item(&mut hand, lease_ms)),
                Ok(None) => {}
                Err(refusal) => refused = Some(refusal),
            }
        }
        match refused {
            Some(refusal) if items.is_empty() => Err(refusal),
            _ => Ok(items),
        }
    }

    /// `None` = the actor does not wait for it any more.
    async fn commit_lease<'a>(&self, mut hand: Hand<'a>) -> Result<Option<Hand<'a>>, Refusal> {
        let Some(taken) = &hand.taken else { return Ok(None) };
        let effect = Effect::Work(taken.piece.work.clone());
        if effect.delivery() == contracts::effect::Delivery::Idempotent {
            return Ok(Some(hand));
        }
        let value = serde_json::to_value(&effect).unwrap_or_default();
        let request_hash =
            state_hash(&value).map_err(|error| Refusal::internal(error.to_string()))?;
        let attempt = Attempt { effect: taken.piece.id, attempt: taken.attempt, request_hash };
        // Of two runtimes only one is told that it may; this one is told so again.
        let parts = [taken.piece.id.to_string(), self.shared.world.nonce.to_string()];
        let id = CommandId::derived("cambium attempt command v1", &[&parts[0], &parts[1]]);
        let input = serde_json::to_value(attempt).unwrap_or_default();
        let envelope = taken.piece.envelope(id, lifecycle::ATTEMPT, input);
        let answer = self.ask(envelope, Wait::Accepted).await?;
        if answer.reply["attempted"] == true {
            return Ok(Some(hand));
        }
        if let Some(taken) = hand.taken.take() {
            self.shared.board.withdraw(taken.piece.id);
        }
        Ok(None)
    }

    fn item(&self, hand: &mut Hand<'_>, lease_ms: u64) -> Option<WorkItem> {
        let taken = hand.taken.as_ref()?;
        let piece = &taken.piece;
        let ticket = Ticket {
            address: piece.address.clone(),
            revision: piece.revision,
            index: piece.index,
            cursor: piece.cursor,
            attempt: taken.attempt,
            lease: taken.lease,
        };
        let lease = ticket.seal(&self.shared.world.node_key)?;
        let Taken { piece, attempt, .. } = hand.taken.take()?;
        Some(WorkItem {
            effect_id: piece.id,
            lease,
            queue: piece.work.queue,
            input: piece.work.input,
            attempt,
            kind: piece.address.kind,
            actor: piece.address.id,
            revision: piece.revision,
            lease_until: self.shared.world.clock.now().plus_millis(as_millis(lease_ms)),
            trace: piece.trace,
        })
    }

    pub(super) async fn extend_work(
        &self,
        tenant: &Tenant,
        effect: EffectId,
        input: ExtendInput,
    ) -> Result<WorkExtended, Refusal> {
        let config = &self.shared.config;
        let (min, max) = (config.work_lease_ms_min, config.work_lease_ms_max);
        let lease_ms = millis("lease_s", input.lease_s, min, max)?;
        let ticket = self.ticket(tenant, effect, &input.lease)?;
        match self.shared.board.extend(&ticket, Duration::from_millis(lease_ms)) {
            Some(true) => Ok(WorkExtended {
                effect_id: effect,
                lease_until: self.shared.world.clock.now().plus_millis(as_millis(lease_ms)),
            }),
            Some(false) => Err(lost()),
            None => Err(past::ended(self, &ticket).await?),
        }
    }
}

pub(super) fn as_millis(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// What tells one outcome of a worker from another.
pub(super) fn mark(value: &serde_json::Value) -> Hash {
    state_hash(value).unwrap_or(Hash::ZERO)
}
