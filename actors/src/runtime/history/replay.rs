//! Deriving an actor again from what is recorded.

use std::sync::Arc;

use contracts::access::Authority;
use contracts::chain::Broken;
use contracts::commit::{Commit, Input};
use contracts::envelope::Trace;
use contracts::lifecycle;
use contracts::telemetry::SpanKind;
use contracts::telemetry::names::{own, spans};
use contracts::view::{At, Drift, Replay, ReplayMode, Replayed};
use contracts::{
    Address, Context, Entry, Envelope, EventRecord, Recorded, Refusal, RefusalClass, codec,
};
use serde_json::{Value, json};

use super::super::decide;
use super::super::gate;
use super::super::hydrate::{HydrateError, Visit, Walk};
use super::super::living::Living;
use super::Runtime;
use super::marks::{Marks, differs};

/// Commits between two words on progress.
const TOLD_COMMITS: u64 = 1_000;

/// One that is told how far a replay is.
pub(super) type Told<'a> = &'a (dyn Fn(Replayed) + Send + Sync);

/// What a replay did so far.
#[derive(Default)]
struct Folded {
    commits: u64,
    events: u64,
    /// What is to be decided again; `None` = here a fork goes its own way. Deciding may need
    /// inputs from the blob store, so it comes after the fold.
    recorded: Vec<(Address, Option<Arc<Recorded>>)>,
    /// Where the first of the commits stand in traces that are recorded.
    causes: Vec<Trace>,
}

/// So many commits are named as the causes of a replay at most.
const CAUSES_MAX: usize = 32;

impl Runtime {
    pub(super) async fn replay_now(
        &self,
        address: &Address,
        at: At,
        mode: ReplayMode,
        told: Told<'_>,
    ) -> Result<Replay, Refusal> {
        let begun_ns = self.shared.world.telemetry.spans.now_ns();
        let mut marks = Marks::of(self, address).await?;
        let mut living = self.shared.hydrator.fresh(address)?;
        let folded = self.refold(address, at, mode, &mut living, &mut marks, told).await?;
        if folded.commits == 0 {
            let message = format!("there is no {} {}", address.kind, address.id);
            return Err(Refusal::not_found("actor_not_found", message));
        }
        if let At::Revision(revision) = at
            && living.head.revision != revision
        {
            let message = format!("{} has no revision {revision}", address.id);
            return Err(Refusal::not_found("revision_not_found", message));
        }
        let state = living.view(address)?;
        let (matches_snapshot, matches_tree_head) = marks.conclude()?;
        let cell = self.probe(address).await.filter(|(at, _)| *at == state.revision);
        if let Some((revision, hash)) = cell.filter(|(_, hash)| *hash != state.state_hash) {
            return Err(differs("the living cell", revision, hash, state.state_hash));
        }
        let mut drift = self.decide_all(address, &folded, told).await?;
        drift.extend(self.ask_all(&folded.recorded).await?);
        self.tell_replay(address, &folded, begun_ns);
        Ok(Replay {
            state,
            commits: folded.commits,
            events: folded.events,
            matches_cell: cell.map(|_| true),
            matches_snapshot,
            matches_tree_head,
            drift,
        })
    }

    /// A span in a trace of its own, linked to those of the commits: a replay is no part of what
    /// happened then.
    fn tell_replay(&self, address: &Address, folded: &Folded, begun_ns: Option<u64>) {
        let tracer = &self.shared.world.telemetry.spans;
        let span = tracer.linked(&folded.causes, spans::REPLAY, SpanKind::Internal);
        let (Some(mut span), Some(begun_ns)) = (span, begun_ns) else { return };
        span.begun_at(begun_ns);
        span.set(own::ACTOR, address.to_string());
        span.set(own::COMMITS, folded.commits);
    }

    async fn refold(
        &self,
        address: &Address,
        at: At,
        mode: ReplayMode,
        living: &mut Living,
        marks: &mut Marks,
        told: Told<'_>,
    ) -> Result<Folded, Refusal> {
        let mut folded = Folded::default();
        let visit = |visit: Visit<'_>| {
            match visit {
                Visit::Fork => {
                    living.become_fork();
                    folded.recorded.push((address.clone(), None));
                }
                Visit::Entry { owner, entry } => {
                    living.take(owner, &entry)?;
                    if let Entry::Commit(commit) = &entry {
                        folded.commits += 1;
                        folded.events += commit.commit.events.len() as u64;
                        marks.meet(living, address);
                        let trace = commit.commit.command.trace.as_ref();
                        let cause = trace.filter(|it| it.is_sampled());
                        if folded.causes.len() < CAUSES_MAX {
                            folded.causes.extend(cause.cloned());
                        }
                        if mode == ReplayMode::Decide {
                            folded.recorded.push((owner.clone(), Some(commit.clone())));
                        }
                        if folded.commits % TOLD_COMMITS == 0 {
                            let (commits, revision) = (folded.commits, living.head.revision);
                            told(Replayed { commits, revision, deciding: false });
                        }
                    }
                }
            }
            Ok::<_, Broken>(Walk::On)
        };
        let doubts = self.shared.hydrator.walk(address, at.into(), visit).await?;
        doubts.close().map_err(|broken| Refusal::from(HydrateError::from(broken)))?;
        Ok(folded)
    }

    /// Decides every recorded command again; tells where today's rules would say something else.
    async fn decide_all(
        &self,
        address: &Address,
        folded: &Folded,
        told: Told<'_>,
    ) -> Result<Vec<Drift>, Refusal> {
        let mut drift = Vec::new();
        let mut again = self.shared.hydrator.fresh(address)?;
        for (commits, (owner, recorded)) in (1_u64..).zip(&folded.recorded) {
            let Some(recorded) = recorded else {
                again.become_fork();
                continue;
            };
            drift.extend(self.decide_again(&again, recorded).await?);
            let entry = Entry::Commit(recorded.clone());
            again.take(owner, &entry).map_err(|broken| Refusal::internal(broken.to_string()))?;
            if commits.is_multiple_of(TOLD_COMMITS) {
                let revision = again.head.revision;
                told(Replayed { commits, revision, deciding: true });
            }
        }
        Ok(drift)
    }

    /// Decides a recorded command again, on the state that it was decided on; tells the difference.
    async fn decide_again(
        &self,
        before: &Living,
        recorded: &Recorded,
    ) -> Result<Option<Drift>, Refusal> {
        let commit = &recorded.commit;
        if commit.command.name == lifecycle::FORK {
            return Ok(None);
        }
        let input = self.input_of(commit).await?;
        let (to, by) = (commit.address(), commit.command.by.clone());
        let command = &commit.command;
        let envelope = Envelope::new(command.id, to, command.name.clone(), input, by.clone());
        let cx = Context {
            now: commit.at,
            by,
            tenant: commit.tenant.clone(),
            me: commit.id.clone(),
            command: command.id,
            revision: commit.revision,
            policy: commit.gate.policy,
            // It was allowed then, or it would not stand here.
            authority: Authority::everything(),
            run: None,
        };
        let (same, decided) = match decide::decide(before, &envelope, &cx, barred(commit)) {
            Ok(mut decided) => {
                let frame = decide::Frame {
                    input: command.input.clone(),
                    input_hash: command.input_hash,
                    gate: commit.gate.clone(),
                    at: commit.at,
                };
                let again = decide::commit(before, &envelope, frame, &mut decided);
                // What an operator did about a letter stands before what its command decided.
                let recorded = commit.events.iter();
                let again_told = again.events.iter().filter(|it| !is_letters(it));
                let same = again_told.eq(recorded.filter(|it| !is_letters(it)))
                    && again.effects == commit.effects
                    && again.completions == commit.completions;
                (same, told(&again))
            }
            Err(refusal) => (false, json!({ "refused": refusal })),
        };
        if same {
            return Ok(None);
        }
        Ok(Some(Drift {
            revision: commit.revision,
            command: command.name.clone(),
            rules: (command.decider, before.machine.rules()),
            recorded: told(commit),
            decided,
        }))
    }

    pub(super) async fn input_of(&self, commit: &Commit) -> Result<Value, Refusal> {
        match &commit.command.input {
            Input::Inline(value) => Ok(value.clone()),
            Input::Blob { hash, .. } => {
                let found = self.shared.world.blobs.get(&commit.tenant, *hash).await?;
                let bytes = found.ok_or_else(|| {
                    Refusal::unavailable("blob_missing", format!("the input {hash} is not there"))
                })?;
                codec::decode(&bytes).map_err(|error| Refusal::internal(error.to_string()))
            }
        }
    }
}

/// Why the gate did not let a timer's command run then: it is not asked again.
fn barred(commit: &Commit) -> Option<Refusal> {
    let events = commit.events.iter().filter_map(lifecycle::Event::from_record);
    let code = events.filter_map(|event| match event {
        lifecycle::Event::TimerFired { code, .. } => code,
        _ => None,
    });
    let code = code.into_iter().find(|code| gate::BARRED.contains(&code.as_str()))?;
    Some(Refusal::new(RefusalClass::Forbidden, code, "it was not allowed then"))
}

fn is_letters(event: &EventRecord) -> bool {
    matches!(lifecycle::Event::from_record(event), Some(lifecycle::Event::LetterSettled { .. }))
}

fn told(commit: &Commit) -> Value {
    json!({
        "events": commit.events, "effects": commit.effects, "completions": commit.completions,
    })
}
