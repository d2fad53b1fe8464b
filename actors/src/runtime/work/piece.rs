use contracts::effect::{Effect, Work};
use contracts::envelope::{Cause, Trace};
use contracts::{
    Address, Caller, CommandId, CommandName, Correlation, CredentialId, EffectId, Envelope, Origin,
    Principal, Recorded, Revision,
};
use serde_json::Value;

/// One piece of work as its actor asked it.
#[derive(Debug, Clone)]
pub struct Piece {
    /// The effect.
    pub id: EffectId,
    /// Whose it is.
    pub address: Address,
    /// In which commit it was asked.
    pub revision: Revision,
    /// At which place.
    pub index: u32,
    /// What is to be done.
    pub work: Work,
    /// Who caused it: the outcome acts in this name.
    pub principal: Principal,
    /// The key or session that it came with.
    pub credential: Option<CredentialId>,
    /// Where that stands in a trace.
    pub trace: Option<Trace>,
    /// The errand it belongs to.
    pub correlation: Option<Correlation>,
    /// How many commands of actors led to it.
    pub hops: u32,
}

impl Piece {
    /// The work that a commit asks as effect `id`; `None` = it asks none of that id.
    #[must_use]
    pub fn of(recorded: &Recorded, id: EffectId) -> Option<Self> {
        let commit = &recorded.commit;
        let record = commit.effects.iter().find(|one| commit.effect_id(one.index) == id)?;
        let Ok(Effect::Work(work)) = record.effect() else { return None };
        Some(Self {
            id,
            address: commit.address(),
            revision: commit.revision,
            index: record.index,
            work,
            principal: commit.command.by.principal.clone(),
            credential: commit.command.by.credential.clone(),
            trace: commit.command.trace.clone(),
            correlation: commit.command.correlation.clone(),
            hops: commit.command.hops,
        })
    }

    /// A command to its actor, in the name of whoever caused it.
    #[must_use]
    pub fn envelope(&self, id: CommandId, name: CommandName, input: Value) -> Envelope {
        let by = Caller::new(self.principal.clone(), Origin::Runtime).with(self.credential.clone());
        let mut envelope = Envelope::new(id, self.address.clone(), name, input, by);
        envelope.cause = Some(Cause::Effect(self.id));
        envelope.correlation = self.correlation.clone();
        envelope.hops = self.hops;
        envelope.trace = self.trace.clone();
        envelope
    }
}
