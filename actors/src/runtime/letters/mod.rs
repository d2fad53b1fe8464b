//! Dead letters: what operators do about them, and deciding in order what waits in DEAD.

mod bulk;
mod drain;
pub(super) mod open;
mod settle;
mod view;

use contracts::audit::{AuditRecord, Outcome};
use contracts::caller::Caller;
use contracts::chain::Skip;
use contracts::ports::{
    BulkProgress, CommandBus, Flow, Fut, LetterDone, LetterQuery, LetterVerb, LetterView, Letters,
    Wait,
};
use contracts::view::{Answer, Page};
use contracts::{ActorId, Address, Envelope, Origin, Refusal, Tenant, lifecycle};
use serde_json::{Value, json};

pub use self::drain::{Drains, spawn};
use super::Runtime;
use super::decide;
use super::parked::SkipForeign;

/// Letters read at once.
const PAGE_LETTERS: usize = 200;

/// In whose house what is nobody's is written down.
pub const UNADDRESSED: Tenant = Tenant::from_static("unaddressed");

impl Runtime {
    async fn letters(
        &self,
        query: LetterQuery,
        mut after: u64,
        limit: usize,
    ) -> Result<Page<LetterView, u64>, Refusal> {
        let mut items = Vec::new();
        loop {
            let page = self.shared.world.dead.select(query.whose.clone(), after, PAGE_LETTERS);
            let page = page.await?;
            let last = page.len() < PAGE_LETTERS;
            for (position, letter) in page {
                after = position;
                if !is_meant(&query, &letter) {
                    continue;
                }
                items.push(view::view(&self.shared, position, letter));
                if items.len() == limit {
                    return Ok(Page { items, next: Some(position) });
                }
            }
            if last {
                return Ok(Page { items, next: None });
            }
        }
    }

    async fn letter(&self, id: u64) -> Result<LetterView, Refusal> {
        let letter = self.shared.world.dead.get(id).await?.ok_or_else(|| missing(id))?;
        Ok(view::view(&self.shared, id, letter))
    }

    async fn doubts(&self, actor: &Address) -> Result<Vec<Skip>, Refusal> {
        let living = self.shared.hydrator.wake_doubtful(actor).await?;
        Ok(living.doubts.messages().to_vec())
    }

    async fn skip(
        &self,
        actor: &Address,
        messages: Vec<Skip>,
        by: Caller,
    ) -> Result<Answer, Refusal> {
        self.shared.gate.ensure_moving(actor)?;
        let details = json!({ "kind": actor.kind, "id": actor.id, "messages": messages });
        let input = decide::written(&SkipForeign { messages })?;
        let own = Caller { origin: Origin::Runtime, ..by.clone() };
        let id = self.shared.fresh_id();
        let envelope = Envelope::new(id, actor.clone(), lifecycle::SKIP, input, own);
        let answer = self.ask(envelope, Wait::Accepted).await;
        let told = match &answer {
            Ok(_) => "messages on the actor's subject were skipped".to_owned(),
            Err(refusal) => refusal.to_string(),
        };
        self.write_down(&actor.tenant, (&by, "dead.skip"), (told, answer.is_ok()), details).await;
        answer
    }

    /// Writes into AUDIT what an operator did. What it did is in the actor's log already, where
    /// there is one.
    async fn write_down(
        &self,
        tenant: &Tenant,
        (by, action): (&Caller, &str),
        (message, done): (String, bool),
        details: Value,
    ) {
        let (class, now) = (ActorId::from_static("dead_letter"), self.shared.world.clock.now());
        let outcome = if done { Outcome::Done } else { Outcome::Failed };
        let record = AuditRecord::new(tenant.clone(), class, now, message)
            .by(by)
            .outcome(outcome)
            .action(action)
            .details(details);
        if let Err(error) = self.shared.world.audit.record(record).await {
            tracing::error!(%error, "audit.unwritten");
        }
    }
}

fn is_meant(query: &LetterQuery, letter: &contracts::ports::DeadLetter) -> bool {
    query.whose.fits(letter.to.as_ref())
        && query.code.as_ref().is_none_or(|code| *code == letter.code)
        && query.before.is_none_or(|before| letter.at < before)
}

fn missing(id: u64) -> Refusal {
    Refusal::not_found("letter_not_found", format!("there is no dead letter {id}"))
}

impl Letters for Runtime {
    fn list(
        &self,
        query: LetterQuery,
        after: u64,
        limit: usize,
    ) -> Fut<'_, Result<Page<LetterView, u64>, Refusal>> {
        Box::pin(self.letters(query, after, limit.max(1)))
    }

    fn show(&self, id: u64) -> Fut<'_, Result<LetterView, Refusal>> {
        Box::pin(self.letter(id))
    }

    fn settle(
        &self,
        id: u64,
        verb: LetterVerb,
        by: Caller,
    ) -> Fut<'_, Result<LetterDone, Refusal>> {
        Box::pin(async move { self.settle_letter(id, &verb, &by).await })
    }

    fn bulk(
        &self,
        query: LetterQuery,
        verb: LetterVerb,
        by: Caller,
    ) -> Flow<Result<BulkProgress, Refusal>> {
        bulk::run(self.clone(), query, verb, by)
    }

    fn foreign<'a>(&'a self, actor: &'a Address) -> Fut<'a, Result<Vec<Skip>, Refusal>> {
        Box::pin(self.doubts(actor))
    }

    fn skip_foreign<'a>(
        &'a self,
        actor: &'a Address,
        messages: Vec<Skip>,
        by: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(self.skip(actor, messages, by))
    }
}
