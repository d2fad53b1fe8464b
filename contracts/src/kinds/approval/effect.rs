//! An effect that somebody has to say yes to before it is performed.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{INPUT_BYTES_MAX, Proposal, Proposed};
use crate::address::Address;
use crate::canonical::state_hash;
use crate::effect::{Agreed, Awaited, Cancel, Effect, Resume};
use crate::hash::Hash;
use crate::ids::{ActorId, CommandName, EffectId, Revision};
use crate::lifecycle;
use crate::refusal::{Refusal, RefusalClass};

/// The exact effect that a yes lets go on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedEffect {
    /// Its id.
    #[schemars(with = "String")]
    pub id: EffectId,
    /// In which commit of its actor it was asked.
    #[schemars(with = "u64")]
    pub revision: Revision,
    /// At which place of that commit.
    pub index: u32,
    /// Its class: `llm`, `send`, `timer`, `work` …
    #[schemars(length(max = 64))]
    pub class: String,
    /// BLAKE3 of its canonical JSON `{type, data}`.
    #[schemars(with = "String")]
    pub hash: Hash,
    /// What is asked of the world. Left out when it is larger than a proposal may be: it stands in
    /// the log of its actor, at this revision and place, and the hash tells that it is the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Value>,
}

impl ProposedEffect {
    /// `effect`, the one at `index` of the commit `revision`.
    ///
    /// # Errors
    /// `number_imprecise` when it has no canonical form.
    pub fn of(
        id: EffectId,
        (revision, index): (Revision, u32),
        effect: &Effect,
    ) -> Result<Self, Refusal> {
        let mut value = serde_json::to_value(effect)
            .map_err(|error| Refusal::internal(format!("an effect has no form: {error}")))?;
        let hash = hash_of(&value)?;
        let data = value["data"].take();
        let data = (data.to_string().len() <= INPUT_BYTES_MAX).then_some(data);
        let class = effect.class().as_str().to_owned();
        Ok(Self { id, revision, index, class, hash, data })
    }

    /// Whether what is shown is what the hash tells.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        let Some(data) = &self.data else { return true };
        hash_of(&json!({ "type": self.class, "data": data })).is_ok_and(|hash| hash == self.hash)
    }

    /// What tells it from any other, without what it asks: its hash stands for that.
    #[must_use]
    pub fn mark(&self) -> Value {
        let Self { id, revision, index, class, hash, .. } = self;
        json!({ "id": id, "revision": revision, "index": index, "class": class, "hash": hash })
    }

    /// The command that lets it go on, which a yes sends.
    #[must_use]
    pub fn resume(&self, actor: &Address) -> Proposed {
        let input =
            serde_json::to_value(Resume { effect: self.id, agreed: None }).unwrap_or_default();
        let (kind, id) = (actor.kind.clone(), actor.id.clone());
        Proposed { kind, id, name: lifecycle::RESUME, input }
    }
}

fn hash_of(value: &Value) -> Result<Hash, Refusal> {
    state_hash(value).map_err(|error| {
        Refusal::new(RefusalClass::Malformed, "number_imprecise", error.to_string())
    })
}

impl Proposal {
    /// The input of the command that gives its effect up, which a no sends, with what the actor is
    /// told then. `None` when it is about a command: that is not sent, and nothing else is done.
    #[must_use]
    pub fn give_up(&self, refusal: Refusal) -> Option<(CommandName, Value)> {
        let effect = self.effect.as_ref()?.id;
        let (reason, refusal) = (Some(refusal.message.clone()), Some(refusal));
        let cancel = Cancel { effect, reason, refusal, awaited: None };
        Some((lifecycle::CANCEL, serde_json::to_value(cancel).unwrap_or_default()))
    }

    /// The yes of `approval` to its effect.
    #[must_use]
    pub fn agreed(&self, approval: &ActorId) -> Agreed {
        let Awaited { approval, hash, rule } = self.held_by(approval);
        Agreed { approval, hash, rule, quorum: self.quorum, approvers: self.approvers.clone() }
    }

    /// What its effect waits for, when that is `approval`.
    #[must_use]
    pub fn held_by(&self, approval: &ActorId) -> Awaited {
        let rule = self.gate.as_ref().map(|gate| gate.rule.clone()).unwrap_or_default();
        Awaited { approval: approval.clone(), hash: self.hash, rule }
    }
}
