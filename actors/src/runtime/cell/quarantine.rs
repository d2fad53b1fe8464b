//! An actor whose log holds messages that are none of its own.

use std::collections::VecDeque;

use contracts::chain::Skip;
use contracts::lifecycle;
use contracts::view::Answer;
use contracts::{Refusal, RefusalClass, Revision};
use serde_json::json;

use super::Cell;
use super::draft::input_hash;
use super::run::Run;
use crate::runtime::decide::{self, Frame};
use crate::runtime::gate::Refused;
use crate::runtime::inbox::{Passage, Work};
use crate::runtime::living::Living;
use crate::runtime::parked::{self, SkipForeign};
use crate::runtime::shared::Counters;

/// What such an actor refuses with.
pub const QUARANTINED: &str = "actor_quarantined";

/// Messages that one commit can name as skipped.
const SKIPPED_MAX: usize = 2_048;

impl Cell {
    /// Keeps what nobody may lose, refuses the rest, and goes on once an operator says so.
    pub(super) async fn quarantined(&mut self, works: &mut VecDeque<Work>, refusal: &Refusal) {
        while let Some(work) = works.pop_front() {
            if work.envelope.name == lifecycle::SKIP {
                if self.skip(work, works).await {
                    return;
                }
            } else if work.passage == Passage::Durable || work.envelope.name == lifecycle::OUTCOME {
                let kept = self.keep_quarantined(&work, refusal).await;
                work.answer(kept);
            } else {
                work.answer(Err(refusal.clone()));
            }
        }
    }

    async fn keep_quarantined(&self, work: &Work, refusal: &Refusal) -> Result<Answer, Refusal> {
        let letter = self.letter(&work.envelope, refusal, 1)?;
        let position = self.shared.world.dead.bury(letter).await?;
        Counters::add(&self.shared.counters.dead);
        let fresh = self.shared.hydrator.fresh(&self.address).map_err(Refusal::from)?;
        Ok(self.put_aside(&fresh, work.envelope.id, position, refusal))
    }

    /// Goes on behind the messages that an operator names; false when nothing was stored.
    async fn skip(&mut self, work: Work, works: &mut VecDeque<Work>) -> bool {
        let prepared = self.prepared(&work).await;
        let (mut living, skipping) = match prepared {
            Ok(prepared) => prepared,
            Err(refusal) => {
                Refused::answer(&self.shared, work, refusal);
                return false;
            }
        };
        let Skipping { frame, decided } = skipping;
        let mut run = Run::after(living.expected);
        match self.take_over(&mut living, &work.envelope, frame, decided) {
            Ok(drafted) => run.add(work, drafted),
            Err(refusal) => {
                work.answer(Err(refusal));
                return false;
            }
        }
        let stored = self.store(living, run, works).await.is_ok();
        if stored {
            tracing::warn!(actor = %self.address, "actor.skipped_foreign");
            self.shared.drains.want(&self.address);
        }
        stored
    }

    async fn prepared(&self, work: &Work) -> Result<(Living, Skipping), Refusal> {
        let envelope = &work.envelope;
        let now = self.shared.world.clock.now();
        let gate = self.ruled(envelope, Revision::ZERO, now)?.record;
        let living = self.shared.hydrator.wake_doubtful(&self.address).await?;
        let wanted: SkipForeign = decide::parse(&envelope.input)?;
        ensure_exact(&wanted.messages, living.doubts.messages())?;
        let at = decide::instant(&living.header, self.shared.world.clock.now());
        let decided = parked::decide(&living, envelope)
            .ok_or_else(|| Refusal::internal("a skip is a command of the runtime"))??;
        let input = self.stored_input(&envelope.input).await?;
        let frame = Frame { input, input_hash: input_hash(envelope)?, gate, at };
        Ok((living, Skipping { frame, decided }))
    }
}

/// What is stored to go on.
struct Skipping {
    frame: Frame,
    decided: decide::Decided,
}

/// A skip names exactly what stands there: whoever decides it has looked at it.
fn ensure_exact(wanted: &[Skip], there: &[Skip]) -> Result<(), Refusal> {
    if there.len() > SKIPPED_MAX {
        let message = format!("{} messages stand there; {SKIPPED_MAX} can be skipped", there.len());
        return Err(Refusal::new(RefusalClass::TooLarge, "skip_mismatch", message));
    }
    if !there.is_empty() && wanted == there {
        return Ok(());
    }
    let message = "the messages to skip are not exactly those that stand in doubt";
    Err(Refusal::new(RefusalClass::Conflict, "skip_mismatch", message)
        .details(json!({ "messages": there })))
}
