//! What each class of effects does in the world.

use std::sync::Arc;
use std::time::Duration;

use contracts::effect::{Effect, Llm, OutcomeResult, Send, Timer};
use contracts::envelope::Approved;
use contracts::kinds::approval::{self, Proposal};
use contracts::model::{ModelResponse, Task as Wanted};
use contracts::ports::{TimerId, Wait};
use contracts::view::{Answer, Status};
use contracts::{ActorId, Address, Caller, Envelope, Origin, Refusal, RefusalClass, lifecycle};
use serde_json::Value;

use super::insist::Backoff;
use super::policy::is_retryable;
use super::prompt::Prompt;
use super::task::{Task, late};
use crate::model::request_hash;
use crate::runtime::privacy::Opened;

/// A command that an approval sends is the word of whoever asked, by the road and with the key that
/// it was asked with, and carries the yes to it.
fn agreed(envelope: &mut Envelope, approval: &ActorId, tag: &Value) {
    let proposal = contracts::read::from_ref::<Proposal>(&tag["proposal"]);
    if let Ok(proposal) = proposal {
        // What becomes of an effect is the runtime's word, by the yes or no that it carries.
        envelope.by = if proposal.effect.is_some() {
            let (member, said) = if envelope.name == lifecycle::RESUME {
                ("agreed", serde_json::to_value(proposal.agreed(approval)))
            } else {
                ("awaited", serde_json::to_value(proposal.held_by(approval)))
            };
            envelope.input[member] = said.unwrap_or_default();
            Caller::runtime()
        } else {
            let origin = proposal.origin.unwrap_or(Origin::Http);
            Caller::new(proposal.by.clone(), origin).with(proposal.credential.clone())
        };
        let approval = approval.clone();
        envelope.approved = Some(Box::new(Approved { approval, proposal }));
    }
}

impl Task {
    /// Attempts the effect.
    ///
    /// # Errors
    /// Why it was not done.
    pub(super) async fn perform(&self, effect: &Arc<Effect>) -> Result<OutcomeResult, Refusal> {
        match &**effect {
            Effect::Llm(llm) => self.asking(llm).await,
            Effect::Send(_) => Err(Refusal::internal("a command is sent by its own clock")),
            Effect::Timer(timer) => self.set_timer(timer).await,
            Effect::Fetch(fetch) => self.fetching(fetch).await.map(OutcomeResult::Fetched),
            Effect::Tool(tool) => self.calling(tool).await,
            Effect::Convert(convert) => {
                self.converting(convert).await.map(|it| OutcomeResult::Converted(Box::new(it)))
            }
            Effect::Work(_) => Err(Refusal::internal("work is leased by workers, not performed")),
        }
    }

    /// Asks a model. What is read, opened or shown here stands in no log; the answer does.
    pub(super) async fn ask_model(&self, llm: &Llm) -> Result<OutcomeResult, Refusal> {
        let (shared, due) = (&self.runtime.shared, self.due());
        let tenant = &due.address.tenant;
        let by = Caller::new(due.principal.clone(), Origin::Runtime).with(due.credential.clone());
        let prompt = shared.prompt((&due.address, &by), &llm.request, &[]).await?;
        let Prompt { request: asked, histories, remote } = prompt;
        // Kept before anybody is asked: what cannot be kept is not paid for.
        let remote = shared.keep_tools(&due.address, remote).await?;
        let Opened { mut request, sealing } = shared.open_request(tenant, &asked).await?;
        let pictured = shared.read_images(tenant, &mut request).await?;
        // What answers protected words is protected too, and not shown while it grows.
        let providers = shared.providers_of(tenant, &due.principal)?;
        let mut response = match request.task {
            Wanted::Embed { dimensions } => self.embed(&providers, &request, dimensions).await?,
            _ if llm.stream && sealing.is_none() => {
                self.show_growing(&providers, llm, &request).await?
            }
            _ => providers.complete(&request, None).await?,
        };
        // Images are asked about by their hash.
        if pictured {
            response.request_hash = request_hash(&asked)?;
        }
        let response = match &sealing {
            Some(sealing) => sealing.seal(&asked, response),
            None => response,
        };
        Ok(OutcomeResult::Llm(Box::new(ModelResponse { histories, remote, ..response })))
    }

    /// Sends a command. That it is taken is waited for as long as an attempt may take; what is
    /// taken is answered by its actor's own deadline, which may be days away when people decide,
    /// unless the effect names a time of its own.
    ///
    /// # Errors
    /// Why it was not done.
    pub(super) async fn send(
        &self,
        send: &Send,
        timeout: Duration,
    ) -> Result<OutcomeResult, Refusal> {
        let due = self.due();
        let to = Address::new(due.address.tenant.clone(), send.kind.clone(), send.id.clone());
        let id = due.id.sends();
        let input = match send.input_blob {
            Some(blob) => self.kept_input(blob).await?,
            None => send.input.clone(),
        };
        let mut envelope = self.envelope(id, to, send.name.clone(), input);
        envelope.hops = due.hops.saturating_add(1);
        if let Some(by) = &send.by {
            envelope.by =
                Caller::new(by.principal.clone(), Origin::Runtime).with(by.credential.clone());
        }
        if due.address.kind == approval::KIND {
            agreed(&mut envelope, &due.address.id, &send.tag);
        }
        let asked = self.ask(envelope.clone(), Wait::Accepted);
        let asked = tokio::time::timeout(timeout, asked).await;
        let mut answer = asked.unwrap_or_else(|_| Err(late()))?;
        // Whatever is sent next comes after it, and need not wait for its answer.
        self.runtime.shared.effects.pass(due.id);
        if answer.status == Status::Accepted {
            self.runtime.shared.effects.waits(due.id);
            let own = send.terms.retry.as_ref().is_some_and(|it| it.timeout_ms.is_some());
            answer = self.answered(envelope, timeout, own).await?;
        }
        match answer.status {
            Status::Completed => {
                Ok(OutcomeResult::Sent { revision: answer.revision, reply: answer.reply })
            }
            // Its final answer, which asking again does not change.
            Status::Failed => Ok(OutcomeResult::Failed(
                contracts::read::from_value(answer.reply)
                    .unwrap_or_else(|_| Refusal::internal("the command failed")),
            )),
            _ => Err(Refusal::new(
                RefusalClass::Timeout,
                "effect_timeout",
                "the other actor has not answered yet",
            )),
        }
    }

    /// The final answer to a command that was taken.
    async fn answered(
        &self,
        envelope: Envelope,
        timeout: Duration,
        once: bool,
    ) -> Result<Answer, Refusal> {
        let shared = &self.runtime.shared;
        let mut backoff = Backoff::new(&shared.config, self.due().id.0);
        loop {
            match self.ask(envelope.clone(), Wait::Completed(timeout)).await {
                Ok(answer) if answer.status == Status::Accepted && !once => {}
                Err(refusal) if is_retryable(&refusal) && !once => {
                    if !backoff.wait(&shared.stop).await {
                        return Err(refusal);
                    }
                }
                answer => return answer,
            }
        }
    }

    async fn set_timer(&self, timer: &Timer) -> Result<OutcomeResult, Refusal> {
        let id = TimerId { address: self.due().address.clone(), name: timer.name.clone() };
        // Cancelling all is done for each of them by the desk, which knows which they are.
        if !timer.all {
            self.runtime.shared.timers.settle(id).await?;
        }
        Ok(OutcomeResult::TimerSet)
    }
}
