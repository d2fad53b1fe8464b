//! The port through which others see effects and do something about them.

use contracts::effect::{
    Cancel, EffectGroup, EffectQuery, EffectText, EffectVerb, EffectView, LimitView, Pause,
    Resolve, Resume,
};
use contracts::kinds::check::Check;
use contracts::lifecycle;
use contracts::ports::{CommandBus, Effects, Fut, Wait};
use contracts::view::Answer;
use contracts::{
    Address, Caller, CommandName, EffectId, Envelope, Origin, Refusal, Tenant, Timestamp,
};
use serde_json::Value;

use crate::runtime::Runtime;
use crate::runtime::decide::written;

/// The longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_024;

impl Runtime {
    pub(in crate::runtime) fn now(&self) -> Timestamp {
        self.shared.world.clock.now()
    }

    async fn control_now(
        &self,
        address: &Address,
        effect: EffectId,
        verb: EffectVerb,
        by: Caller,
    ) -> Result<Answer, Refusal> {
        let (name, input) = command(effect, verb)?;
        let by = Caller { origin: Origin::Runtime, ..by };
        let id = self.shared.fresh_id();
        let envelope = Envelope::new(id, address.clone(), name, input, by);
        let answer = self.ask(envelope, Wait::Accepted).await;
        // Nobody learns from the answer whether an actor that does not wait for it exists.
        answer.map_err(|refusal| match &*refusal.code {
            "actor_not_found" => super::decide::not_found(effect),
            _ => refusal,
        })
    }
}

fn command(effect: EffectId, verb: EffectVerb) -> Result<(CommandName, Value), Refusal> {
    let reason = match &verb {
        EffectVerb::Pause { reason } | EffectVerb::Cancel { reason: Some(reason) } => reason,
        _ => "",
    };
    Check::new().body("reason", reason, REASON_BYTES_MAX).done()?;
    Ok(match verb {
        EffectVerb::Pause { reason } => {
            (lifecycle::PAUSE, written(&Pause { effect, reason, exhausted: None, awaits: None })?)
        }
        EffectVerb::Resume => (lifecycle::RESUME, written(&Resume { effect, agreed: None })?),
        EffectVerb::Cancel { reason } => {
            (lifecycle::CANCEL, written(&Cancel { effect, reason, refusal: None, awaited: None })?)
        }
        EffectVerb::Resolve(resolution) => {
            (lifecycle::RESOLVE, written(&Resolve { effect, resolution })?)
        }
    })
}

impl Effects for Runtime {
    fn list(&self, query: &EffectQuery) -> Vec<EffectView> {
        self.shared.effects.board().list(query, self.now())
    }

    fn get(&self, effect: EffectId) -> Option<EffectView> {
        self.shared.effects.board().get(effect, self.now())
    }

    fn limits(&self, tenant: Option<&Tenant>) -> Vec<LimitView> {
        self.shared.effects.board().limits_of(tenant, self.now())
    }

    fn groups(&self) -> Vec<EffectGroup> {
        self.shared.effects.board().groups()
    }

    fn peek(&self, effect: EffectId) -> Fut<'_, Option<EffectText>> {
        Box::pin(async move {
            match self.shared.effects.growing.peek(effect) {
                None => self.peek_elsewhere(effect).await,
                here => here,
            }
        })
    }

    fn control<'a>(
        &'a self,
        address: &'a Address,
        effect: EffectId,
        verb: EffectVerb,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(self.control_now(address, effect, verb, by))
    }
}
