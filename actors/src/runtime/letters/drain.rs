//! Deciding what waits in DEAD for an actor whose head was dealt with: in order, one after
//! another, until nothing waits or the next one parks the actor again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use contracts::lifecycle::{self, Park};
use contracts::ports::{DeadLetter, LetterFilter};
use contracts::{Address, Caller, Envelope, Refusal, RefusalClass};
use serde_json::{Value, json};
use tokio::sync::{Mutex as Turn, Notify};

use super::settle::is_final;
use super::{PAGE_LETTERS, open};
use crate::runtime::Runtime;
use crate::runtime::decide;
use crate::runtime::inbox::Passage;
use crate::runtime::trials::ABORTED;

/// Actors whose letters are decided at once.
const DRAINS_MAX: usize = 16;

/// Which actors' letters are to be decided, and which are being decided.
#[derive(Default)]
pub struct Drains {
    wanted: Mutex<BTreeSet<Address>>,
    news: Notify,
    turns: Mutex<BTreeMap<Address, Arc<Turn<()>>>>,
}

impl Drains {
    /// Asks that an actor's letters be decided.
    pub fn want(&self, actor: &Address) {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).insert(actor.clone());
        self.news.notify_one();
    }

    fn take(&self) -> Option<Address> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner).pop_first()
    }

    fn turn(&self, actor: &Address) -> Arc<Turn<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        turns.entry(actor.clone()).or_default().clone()
    }
}

/// Decides the letters of all actors that are wanted, beginning with those that an earlier run of
/// the program left behind.
pub fn spawn(runtime: Runtime) {
    let shared = runtime.shared.clone();
    let tasks = shared.tasks.clone();
    tasks.spawn(async move {
        let places = Arc::new(tokio::sync::Semaphore::new(DRAINS_MAX));
        if shared.cluster.is_none() {
            let looking = runtime.clone();
            shared.tasks.spawn(async move { looking.look_for_letters().await });
        }
        loop {
            while let Some(actor) = shared.drains.take() {
                let free = places.clone().acquire_owned();
                let Some(Ok(place)) = shared.stop.run_until_cancelled(free).await else { return };
                let runtime = runtime.clone();
                shared.tasks.spawn(async move {
                    runtime.drain(&actor).await;
                    drop(place);
                });
            }
            if shared.stop.run_until_cancelled(shared.drains.news.notified()).await.is_none() {
                return;
            }
        }
    });
}

/// How a drain goes on.
enum Next {
    /// With the letter after this position.
    After(u64),
    /// With the same one, after a pause.
    Again,
    /// Nothing more waits.
    Over,
    /// No further, until an operator has dealt with what stands there.
    Stop,
}

impl Runtime {
    /// Wants the letters of every actor of this process that has some waiting. One that is parked
    /// stays so.
    pub(in crate::runtime) async fn look_for_letters(&self) {
        let shared = &self.shared;
        let mut after = 0;
        loop {
            let page = shared.world.dead.select(LetterFilter::default(), after, PAGE_LETTERS);
            let Some(page) = shared.stop.run_until_cancelled(page).await else { return };
            match page {
                Ok(page) => {
                    let last = page.len() < PAGE_LETTERS;
                    for (position, letter) in page {
                        after = position;
                        let to = letter.to.filter(|_| letter.held);
                        if let Some(to) = to.filter(|to| shared.shares.owns(to.partition())) {
                            shared.drains.want(&to);
                        }
                    }
                    if last {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "letters.unread");
                    if !self.pause().await {
                        return;
                    }
                }
            }
        }
    }

    /// Decides an actor's letters until none waits or it is parked; one drain of an actor at a
    /// time.
    pub(super) async fn drain(&self, actor: &Address) {
        let turn = self.shared.drains.turn(actor);
        let Some(_mine) = self.shared.stop.run_until_cancelled(turn.lock()).await else { return };
        let mut after = 0;
        let mut standing = Value::Null;
        loop {
            if !self.shared.shares.owns(actor.partition()) {
                // Whoever has taken the partition looks by itself.
                return;
            }
            if after == 0 {
                match self.standing(actor).await {
                    Ok(told) if told["standing"] == "parked" || told["standing"] == "released" => {
                        return;
                    }
                    Ok(told) => standing = told,
                    Err(refusal) if is_final(&refusal) || refusal.retry_after_ms.is_none() => {
                        tracing::debug!(%actor, %refusal, "drain.impossible");
                        return;
                    }
                    Err(refusal) => {
                        tracing::warn!(%actor, %refusal, "drain.delayed");
                        if !self.pause().await {
                            return;
                        }
                        continue;
                    }
                }
            }
            match self.drain_next(actor, after, &standing).await {
                Next::After(position) => after = position,
                Next::Again => {
                    after = 0;
                    if !self.pause().await {
                        return;
                    }
                }
                Next::Stop => return,
                Next::Over if standing["standing"] == "free" => return,
                // Nothing more is seen: the cell, which alone adds letters, has the last word.
                Next::Over => after = 0,
            }
        }
    }

    /// How an actor stands; releases it when nothing waits.
    async fn standing(&self, actor: &Address) -> Result<Value, Refusal> {
        let (id, by) = (self.shared.fresh_id(), Caller::runtime());
        let release = Envelope::new(id, actor.clone(), lifecycle::RELEASE, json!({}), by);
        Ok(self.deliver(release, Passage::Interactive).await?.reply)
    }

    async fn drain_next(&self, actor: &Address, after: u64, standing: &Value) -> Next {
        let (position, letter) = match self.shared.world.dead.next_of(actor, after).await {
            Ok(Some(next)) => next,
            Ok(None) => return Next::Over,
            Err(error) => {
                tracing::warn!(%actor, %error, "drain.delayed");
                return Next::Again;
            }
        };
        if !letter.held {
            return Next::After(position);
        }
        let settled = standing["settled"].as_array().into_iter().flatten();
        if settled.filter_map(Value::as_u64).any(|one| one == position) {
            return self.taken_out(position).await;
        }
        if letter.code == ABORTED {
            // The program ended before its actor was parked at it; deciding it would end this one.
            let refusal = Refusal::new(RefusalClass::Internal, ABORTED, letter.reason.clone());
            return self.stuck(actor, position, &letter, &refusal).await;
        }
        let result = match open::protected(&self.shared, position, &letter).await {
            // It waits in its turn until the keys can be reached.
            Err(refusal) if refusal.class == RefusalClass::Unavailable => return Next::Again,
            Ok(envelope) => self.deliver(envelope, Passage::Drained(position)).await,
            Err(refusal) => return self.stuck(actor, position, &letter, &refusal).await,
        };
        match result {
            Ok(_) => self.taken_out(position).await,
            Err(refusal) if is_final(&refusal) => {
                let details = json!({
                    "letter": position, "code": refusal.code, "kind": actor.kind, "id": actor.id,
                });
                let who = (&Caller::runtime(), "dead.drain");
                let said = (refusal.to_string(), false);
                self.write_down(&actor.tenant, who, said, details).await;
                self.taken_out(position).await
            }
            // It parked the actor again, or the actor was quarantined meanwhile.
            Err(refusal) if refusal.retry_after_ms.is_none() => {
                tracing::warn!(%actor, letter = position, %refusal, "drain.stopped");
                Next::Stop
            }
            Err(refusal) => {
                tracing::warn!(%actor, letter = position, %refusal, "drain.delayed");
                Next::Again
            }
        }
    }

    async fn taken_out(&self, position: u64) -> Next {
        match self.shared.world.dead.remove(position).await {
            Ok(_) => Next::After(position),
            Err(error) => {
                tracing::warn!(letter = position, %error, "drain.delayed");
                Next::Again
            }
        }
    }

    /// A letter that this program can no longer open, or must not decide, parks its actor: nobody
    /// may overtake it.
    async fn stuck(
        &self,
        actor: &Address,
        position: u64,
        letter: &DeadLetter,
        refusal: &Refusal,
    ) -> Next {
        let command = open::open(&self.shared, position, letter).map(|envelope| envelope.id);
        let park = Park {
            command: command.unwrap_or_else(|_| open::unreadable(position, letter)),
            code: refusal.code.to_string(),
            reason: refusal.message.clone(),
        };
        let input = match decide::written(&park) {
            Ok(input) => input,
            Err(refusal) => {
                tracing::error!(%actor, letter = position, %refusal, "drain.unwritten");
                return Next::Again;
            }
        };
        let (id, by) = (self.shared.fresh_id(), Caller::runtime());
        let envelope = Envelope::new(id, actor.clone(), lifecycle::PARK, input, by);
        if let Err(refusal) = self.deliver(envelope, Passage::Interactive).await {
            tracing::warn!(%actor, letter = position, %refusal, "drain.delayed");
        }
        Next::Again
    }

    /// False when the runtime stops.
    async fn pause(&self) -> bool {
        let pause = Duration::from_millis(self.shared.config.redelivery_ms);
        self.shared.stop.run_until_cancelled(tokio::time::sleep(pause)).await.is_some()
    }
}
