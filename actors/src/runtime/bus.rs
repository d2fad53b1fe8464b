//! How a command gets into its cell, and its answer out again.

use std::sync::atomic::Ordering;
use std::time::Duration;

use contracts::ports::{CommandBus, Fut, PortError, Wait};
use contracts::view::{Answer, Status};
use contracts::{Envelope, Origin, Refusal, RefusalClass, codec};
use tokio::sync::oneshot;

use super::Runtime;
use super::cell::fill;
use super::cells::Next;
use super::directory;
use super::host::HostMessage;
use super::inbox::{Passage, Work};
use super::told::Watch;

/// The header that marks a message sealed by a node.
pub const SEALED: &str = "cambium-sealed";

impl Runtime {
    /// Puts a command that came by `passage` into its cell's mailbox. Commands put there one after
    /// another are decided in that order.
    pub(super) fn put_by(
        &self,
        mut envelope: Envelope,
        passage: Passage,
    ) -> oneshot::Receiver<Result<Answer, Refusal>> {
        let (respond, answer) = oneshot::channel();
        let to = envelope.to.clone();
        let watch = Watch::begin(&self.shared.world.telemetry, &mut envelope, &passage);
        let watch = Some(Box::new(watch));
        let (envelope, lines) = (Box::new(envelope), tracing::Span::current());
        let work = Work { envelope, respond, passage, watch, lines };
        match self.shared.cells.put(work, &self.shared.config) {
            Ok(Next::Nothing) => {}
            Ok(Next::Spawn) => {
                let host = &self.hosts[usize::from(to.partition().number())];
                if let Err(error) = host.cast(HostMessage::Spawn(to.clone())) {
                    // Only a stopped host takes no message; the dropped work tells the caller.
                    tracing::debug!(%error, "host.stopped");
                    drop(self.shared.cells.failed(&to));
                }
            }
            Err(refused) => {
                let (work, refusal) = *refused;
                work.answer(Err(refusal));
            }
        }
        answer
    }

    /// What a command leads to: put into its mailbox at once where its partition is this process's,
    /// and else sent to its owner.
    pub(super) fn sent(
        &self,
        envelope: Envelope,
        passage: Passage,
    ) -> Fut<'static, Result<Answer, Refusal>> {
        let runtime = self.clone();
        if self.shared.shares.owns(envelope.to.partition()) {
            let committing = self.put_by(envelope, passage);
            return Box::pin(async move { runtime.committed(committing).await });
        }
        Box::pin(async move { runtime.deliver(envelope, passage).await })
    }

    /// Waits for what [`Runtime::put_by`] leads to: the acknowledged commit.
    pub(super) async fn committed(
        &self,
        answer: oneshot::Receiver<Result<Answer, Refusal>>,
    ) -> Result<Answer, Refusal> {
        let wait = Duration::from_millis(self.shared.config.commit_wait_ms_max);
        let result = match tokio::time::timeout(wait, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) | Err(_) => Err(in_doubt()),
        };
        let counters = &self.shared.counters;
        let counter = if result.is_ok() { &counters.commands } else { &counters.refusals };
        counter.fetch_add(1, Ordering::Relaxed);
        result
    }

    /// The acknowledged commit. Who may do what, and whether anything may be done at all, is in
    /// force on every node that lives when its change is answered.
    async fn settled(&self, envelope: Envelope) -> Result<Answer, Refusal> {
        let rules = directory::is_of(&envelope.to.kind);
        let answer = self.deliver(envelope, Passage::Interactive).await?;
        if rules {
            let patience = Duration::from_millis(self.shared.config.directory_stale_ms);
            let reached = self.shared.directory.reached(answer.cursor);
            if tokio::time::timeout(patience, reached).await.is_err() {
                tracing::warn!(cursor = %answer.cursor, "directory.behind");
            }
            self.reached_everywhere(answer.cursor).await;
        }
        Ok(answer)
    }

    async fn ask_now(&self, mut envelope: Envelope, wait: Wait) -> Result<Answer, Refusal> {
        let draining = self.shared.effects.draining.is_cancelled();
        // Outcomes of what is still under way are taken to the last.
        if self.shared.stop.is_cancelled() || (draining && envelope.by.origin != Origin::Runtime) {
            return Err(Refusal::unavailable("stopping", "this node is stopping; try again"));
        }
        if self.shared.registry.get(&envelope.to.kind).is_none() {
            let message = format!("there is no kind {}", envelope.to.kind);
            return Err(Refusal::not_found("unknown_kind", message));
        }
        self.shared.protect(&mut envelope).await?;
        let Wait::Completed(patience) = wait else {
            return self.settled(envelope).await;
        };
        let mut waiting = self.shared.waiters.wait(envelope.to.clone(), envelope.id);
        let mut answer = self.settled(envelope).await?;
        if answer.status != Status::Accepted {
            return Ok(answer);
        }
        let recorded = tokio::select! {
            biased;
            done = tokio::time::timeout(patience, &mut waiting.answered) => {
                done.ok().and_then(Result::ok)
            }
            () = self.shared.stop.cancelled() => None,
        };
        if let Some(recorded) = recorded
            && let Some(done) = recorded.commit.completion(answer.command)
        {
            fill(&mut answer, &recorded, done);
        }
        Ok(answer)
    }

    async fn tell_later(&self, mut envelope: Envelope) -> Result<(), PortError> {
        // What is queued is stored too.
        let protected = self.shared.protect(&mut envelope).await;
        protected.map_err(|refusal| match refusal.class {
            RefusalClass::Unavailable => PortError::Unavailable(refusal.message),
            _ => PortError::Refused(refusal.message),
        })?;
        let sealed = self.shared.world.node_key.seal(&envelope);
        let sealed = sealed.and_then(|sealed| codec::encode(&sealed));
        let payload = sealed.map_err(|error| PortError::Refused(error.to_string()))?;
        let headers = vec![(SEALED.to_owned(), "1".to_owned())];
        self.shared.world.queue.enqueue(&envelope.to, headers, payload.into()).await?;
        Ok(())
    }
}

impl CommandBus for Runtime {
    fn ask(&self, envelope: Envelope, wait: Wait) -> Fut<'_, Result<Answer, Refusal>> {
        Box::pin(self.ask_now(envelope, wait))
    }

    fn tell(&self, envelope: Envelope) -> Fut<'_, Result<(), PortError>> {
        Box::pin(self.tell_later(envelope))
    }
}

/// Nobody can say yet whether the command is stored.
pub(super) fn in_doubt() -> Refusal {
    Refusal::new(
        RefusalClass::Unavailable,
        "in_doubt",
        "the log has not said yet whether the command is stored; send it again with the same id",
    )
    .retry_after(1_000)
}

/// Whether a command was refused before anybody looked whether it is stored.
pub(super) const fn is_undecided(refusal: &Refusal) -> bool {
    use RefusalClass::{Internal, Overloaded, Timeout, Unavailable};
    !refusal.decided && matches!(refusal.class, Internal | Overloaded | Timeout | Unavailable)
}
