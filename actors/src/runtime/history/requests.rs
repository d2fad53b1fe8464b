//! What models were asked, put together again from the log: nobody is called, and what a model is
//! said to have been asked must have the same hash.

use std::collections::HashMap;
use std::sync::Arc;

use contracts::effect::{Effect, Llm, Outcome, OutcomeResult};
use contracts::lifecycle;
use contracts::view::Drift;
use contracts::{Address, Caller, EffectId, Hash, Origin, Recorded, Refusal};
use serde_json::json;

use super::Runtime;
use crate::model::request_hash;
use crate::runtime::effects::Prompt;

/// What is decided again, and whose it is.
type Decided = (Address, Option<Arc<Recorded>>);

impl Runtime {
    /// Puts every request together again whose answer is recorded; tells which had another hash.
    /// A provider that says nothing of what it was asked is not compared.
    pub(super) async fn ask_all(&self, recorded: &[Decided]) -> Result<Vec<Drift>, Refusal> {
        let mut asked: HashMap<EffectId, (Arc<Recorded>, Box<Llm>)> = HashMap::new();
        let mut drift = Vec::new();
        for (_, recorded) in recorded {
            let Some(recorded) = recorded else { continue };
            if recorded.commit.command.name == lifecycle::OUTCOME {
                drift.extend(self.answer_checked(recorded, &asked).await?);
            }
            for record in &recorded.commit.effects {
                let Ok(Effect::Llm(llm)) = record.effect() else { continue };
                if llm.request.history.is_some() || !llm.request.uses.is_empty() {
                    let id = recorded.commit.effect_id(record.index);
                    asked.insert(id, (recorded.clone(), llm));
                }
            }
        }
        Ok(drift)
    }

    async fn answer_checked(
        &self,
        recorded: &Recorded,
        asked: &HashMap<EffectId, (Arc<Recorded>, Box<Llm>)>,
    ) -> Result<Option<Drift>, Refusal> {
        let input = self.input_of(&recorded.commit).await?;
        let Ok(outcome) = contracts::read::from_value::<Outcome>(input) else { return Ok(None) };
        let (Some((asking, llm)), OutcomeResult::Llm(response)) =
            (asked.get(&outcome.effect), &outcome.result)
        else {
            return Ok(None);
        };
        if response.request_hash == Hash::ZERO {
            return Ok(None);
        }
        let commit = &asking.commit;
        // What whoever asked may read now says nothing about what was read then.
        let by = Caller::new(Caller::RUNTIME, Origin::Runtime);
        let own = commit.address();
        let before = (&*response.histories, response.remote.as_ref());
        let prompt = self.shared.prompt_again((&own, &by), &llm.request, before).await;
        let again = match prompt {
            Ok(Prompt { request, .. }) => request_hash(&request).map_err(Refusal::from),
            Err(refusal) => Err(refusal),
        };
        if again.as_ref().is_ok_and(|hash| *hash == response.request_hash) {
            return Ok(None);
        }
        Ok(Some(Drift {
            revision: recorded.commit.revision,
            command: recorded.commit.command.name.clone(),
            rules: (recorded.commit.command.decider, recorded.commit.command.decider),
            recorded: json!({ "request_hash": response.request_hash, "asked_at": commit.revision }),
            decided: match again {
                Ok(hash) => json!({ "request_hash": hash }),
                Err(refusal) => json!({ "refused": refusal }),
            },
        }))
    }
}
