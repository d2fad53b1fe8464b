//! Redirects of a request that policies let out by its host: where one leads to is asked about as
//! the request itself was.

use contracts::effect::Effect;
use contracts::{Refusal, RefusalClass};
use serde_json::json;

use super::job::Ended;
use super::task::Task;
use crate::fetch::Judge;
use crate::runtime::gate::{Allowed, Performed, Refused};

impl Task {
    /// Who says where redirects of an effect may lead; `None` = no policy decides by host. What
    /// only somebody's yes would let through is not gone to: that yes was said of another address.
    ///
    /// # Errors
    /// When what asked for the effect cannot be read.
    pub(super) async fn judge(
        &self,
        effect: impl FnOnce() -> Effect,
    ) -> Result<Option<Judge>, Refusal> {
        let (runtime, due) = (self.runtime.clone(), self.due());
        if !runtime.shared.gate.names_hosts(&due.address.tenant) {
            return Ok(None);
        }
        let recorded = self.asked_by().await.map_err(|ended| match ended {
            Ended::Later(refusal, _) => refusal,
            _ => Refusal::new(RefusalClass::Unavailable, "log_unavailable", "it was cut off"),
        })?;
        let (id, index, holds, effect) = (due.id, due.index, due.holds, effect());
        Ok(Some(std::sync::Arc::new(move |next| {
            let Some(effect) = led(&effect, next.as_str()) else { return false };
            let (commit, agreed) = (&recorded.commit, None);
            let performed = Performed { id, index, effect: &effect, commit, holds, agreed };
            let now = runtime.shared.world.clock.now();
            match runtime.shared.gate.check_effect(performed, now) {
                Ok(Allowed::Yes) => true,
                Ok(Allowed::No(no)) => {
                    Refused::keep(&runtime.shared, no.1);
                    false
                }
                Ok(Allowed::Held(_)) | Err(_) => false,
            }
        })))
    }
}

/// The effect as it would be where it leads to; `None` = nobody here can say what that is.
fn led(effect: &Effect, next: &str) -> Option<Effect> {
    match effect.clone() {
        Effect::Fetch(mut fetch) => {
            next.clone_into(&mut fetch.url);
            Some(Effect::Fetch(fetch))
        }
        Effect::Tool(mut tool) => {
            // Whoever wanted a yes to the call has it by now.
            tool.approval = false;
            *tool.input.get_mut("url")? = json!(next);
            Some(Effect::Tool(tool))
        }
        _ => None,
    }
}
