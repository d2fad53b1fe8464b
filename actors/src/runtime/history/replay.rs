//! Deriving an actor again from what is recorded.

use contracts::chain::Broken;
use contracts::commit::{Commit, Input};
use contracts::lifecycle;
use contracts::view::{At, Drift, Replay, ReplayMode};
use contracts::{Address, Context, Entry, Envelope, Recorded, Refusal, codec};
use serde_json::{Value, json};

use super::super::decide;
use super::super::hydrate::{Visit, Walk};
use super::super::living::Living;
use super::Runtime;

impl Runtime {
    pub(super) async fn replay_now(
        &self,
        address: &Address,
        at: At,
        mode: ReplayMode,
    ) -> Result<Replay, Refusal> {
        let hydrator = &self.shared.hydrator;
        let mut living = hydrator.fresh(address)?;
        let (mut commits, mut events) = (0, 0);
        // Deciding may need inputs from the blob store, so what is to be decided is kept first.
        let mut recorded = Vec::new();
        let visit = |visit: Visit<'_>| {
            match visit {
                Visit::Fork => {
                    living.become_fork();
                    recorded.push((address.clone(), None));
                }
                Visit::Entry { owner, entry } => {
                    living.fold(owner, &entry)?;
                    if let Entry::Commit(commit) = &entry {
                        commits += 1;
                        events += commit.commit.events.len() as u64;
                        if mode == ReplayMode::Decide {
                            recorded.push((owner.clone(), Some(commit.clone())));
                        }
                    }
                }
            }
            Ok::<_, Broken>(Walk::On)
        };
        hydrator.walk(address, at.into(), visit).await?;
        if commits == 0 {
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
        let cell = self.probe(address).await;
        let matches_cell = cell
            .filter(|(revision, _)| *revision == state.revision)
            .map(|(_, hash)| hash == state.state_hash);
        let mut drift = Vec::new();
        if mode == ReplayMode::Decide {
            let mut again = hydrator.fresh(address)?;
            for (owner, recorded) in recorded {
                match recorded {
                    None => again.become_fork(),
                    Some(recorded) => {
                        drift.extend(self.decide_again(&again, &recorded).await?);
                        let entry = Entry::Commit(recorded);
                        again
                            .fold(&owner, &entry)
                            .map_err(|broken| Refusal::internal(broken.to_string()))?;
                    }
                }
            }
        }
        Ok(Replay { state, commits, events, matches_cell, drift })
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
            me: commit.id.clone(),
            command: command.id,
            revision: commit.revision,
            policy: commit.gate.policy,
        };
        let (same, decided) = match decide::decide(before, &envelope, &cx) {
            Ok(mut decided) => {
                let frame = decide::Frame {
                    input: command.input.clone(),
                    input_hash: command.input_hash,
                    gate: commit.gate.clone(),
                    at: commit.at,
                };
                let again = decide::commit(before, &envelope, frame, &mut decided);
                let same = again.events == commit.events
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

    async fn input_of(&self, commit: &Commit) -> Result<Value, Refusal> {
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

fn told(commit: &Commit) -> Value {
    json!({
        "events": commit.events, "effects": commit.effects, "completions": commit.completions,
    })
}
