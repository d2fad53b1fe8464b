//! Dead letters and the audit trail of the small world.

use contracts::audit::{AuditHead, AuditQuery, AuditRow, ChainName, Signed, VerifyReport};
use contracts::chain::Skip;
use contracts::ports::{
    Audit, AuditEntry, AuditFilter, AuditRecord, BulkProgress, Flow, Fut, LetterDone, LetterQuery,
    LetterVerb, LetterView, Letters, PortError,
};
use contracts::view::{Answer, Page};
use contracts::{Address, Caller, Cursor, Hash, Refusal, Tenant, Timestamp};
use futures_util::{StreamExt as _, stream};
use serde_json::json;

use crate::edge::trail::{Holds, Retentions, Trail};

use super::world::{World, answer};

/// The one letter that there is.
const LETTER: u64 = 7;

fn view() -> LetterView {
    LetterView {
        id: LETTER,
        tenant: Some(Tenant::from_static("main")),
        kind: Some(contracts::Kind::from_static("counter")),
        actor: Some(contracts::ActorId::from_static("a")),
        subject: "cmd.main.counter.a".to_owned(),
        headers: Vec::new(),
        command: Some("add".to_owned()),
        command_id: None,
        by: None,
        input: json!({ "by": 1 }),
        payload: None,
        code: "decide_panicked".to_owned(),
        reason: "the rules failed".to_owned(),
        deliveries: 3,
        at: Timestamp::from_millis(1_763_700_000_000),
        held: true,
    }
}

fn known(id: u64) -> Result<(), Refusal> {
    if id == LETTER {
        return Ok(());
    }
    Err(Refusal::not_found("letter_not_found", "there is no such letter"))
}

fn fits(query: &LetterQuery) -> bool {
    let to: Address = "main/counter/a".parse().unwrap();
    query.whose.fits(Some(&to))
        && query.code.as_deref().is_none_or(|code| code == "decide_panicked")
        && query.before.is_none_or(|before| view().at < before)
}

impl Letters for World {
    fn list(
        &self,
        query: LetterQuery,
        after: u64,
        _: usize,
    ) -> Fut<'_, Result<Page<LetterView, u64>, Refusal>> {
        let items = if after < LETTER && fits(&query) { vec![view()] } else { Vec::new() };
        Box::pin(async { Ok(Page { items, next: None }) })
    }

    fn show(&self, id: u64) -> Fut<'_, Result<LetterView, Refusal>> {
        Box::pin(async move { known(id).map(|()| view()) })
    }

    fn settle(
        &self,
        id: u64,
        verb: LetterVerb,
        by: Caller,
    ) -> Fut<'_, Result<LetterDone, Refusal>> {
        Box::pin(async move {
            known(id)?;
            let action = verb.action();
            let input = match verb {
                LetterVerb::Skip => {
                    return Ok(LetterDone { id, action, answer: None, refusal: None });
                }
                LetterVerb::Retry => view().input,
                LetterVerb::Edit { input, .. } => input,
            };
            let answer = self.decide(contracts::Envelope::new(
                contracts::commit::sample_command_id(7),
                "main/counter/a".parse().unwrap(),
                "add".parse().unwrap(),
                input,
                by,
            ))?;
            Ok(LetterDone { id, action, answer: Some(answer), refusal: None })
        })
    }

    fn bulk(
        &self,
        query: LetterQuery,
        _: LetterVerb,
        _: Caller,
    ) -> Flow<Result<BulkProgress, Refusal>> {
        let total = u64::from(fits(&query));
        let line = move |done, finished| {
            let letter = LETTER;
            Ok(BulkProgress { done, failed: 0, total, letter, refusal: None, finished })
        };
        stream::iter((1..=total).map(move |done| line(done, false)).chain([line(total, true)]))
            .boxed()
    }

    fn foreign<'a>(&'a self, _: &'a Address) -> Fut<'a, Result<Vec<Skip>, Refusal>> {
        Box::pin(async { Ok(vec![Skip { cursor: Cursor(3), hash: Hash::ZERO }]) })
    }

    fn skip_foreign<'a>(
        &'a self,
        actor: &'a Address,
        messages: Vec<Skip>,
        _: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(async move {
            let last = self.of(actor).pop();
            let last =
                last.ok_or_else(|| Refusal::not_found("actor_not_found", "no such actor"))?;
            if messages.is_empty() {
                let class = contracts::RefusalClass::Conflict;
                return Err(Refusal::new(class, "skip_mismatch", "not exactly these"));
            }
            Ok(answer(&last, contracts::view::Status::Completed))
        })
    }
}

impl Audit for World {
    fn record(&self, record: AuditRecord) -> Fut<'_, Result<(), PortError>> {
        self.audited.lock().unwrap().push(record);
        Box::pin(async { Ok(()) })
    }

    fn entries<'a>(
        &'a self,
        _: &'a AuditFilter,
        _: u64,
        _: usize,
    ) -> Fut<'a, Result<Vec<AuditEntry>, PortError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn follow(&self, _: u64) -> Flow<Result<AuditEntry, PortError>> {
        Box::pin(stream::pending())
    }

    fn head(&self) -> Fut<'_, Result<u64, PortError>> {
        Box::pin(async { Ok(0) })
    }

    fn purge<'a>(&'a self, _: &'a ChainName, _: u64) -> Fut<'a, Result<u64, PortError>> {
        Box::pin(async { Ok(0) })
    }
}

impl Trail for World {
    fn list(&self, query: AuditQuery) -> Fut<'_, Result<Page<AuditRow, String>, Refusal>> {
        let all = self.audited.lock().unwrap();
        let fits =
            |record: &&AuditRecord| query.tenant.as_ref().is_none_or(|it| *it == record.tenant);
        let rows = (1..).zip(all.iter().filter(fits)).map(|(at, record)| AuditRow {
            cursor: Cursor(at),
            hash: Hash::ZERO,
            record: record.clone(),
        });
        let page = Page { items: rows.take(query.items_max).collect(), next: None };
        Box::pin(async move { Ok(page) })
    }

    fn rows(&self, query: AuditQuery, _: bool) -> Flow<Result<AuditRow, Refusal>> {
        let all = self.audited.lock().unwrap();
        let own =
            |record: &&AuditRecord| query.tenant.as_ref().is_none_or(|it| *it == record.tenant);
        let rows: Vec<_> = (1..)
            .zip(all.iter().filter(own))
            .map(|(at, record)| {
                Ok(AuditRow { cursor: Cursor(at), hash: Hash::ZERO, record: record.clone() })
            })
            .collect();
        Box::pin(stream::iter(rows))
    }

    fn stored(&self, _: AuditFilter, _: u64) -> Flow<Result<AuditEntry, Refusal>> {
        Box::pin(stream::empty())
    }

    fn verify(&self, _: Option<Tenant>) -> Fut<'_, Result<VerifyReport, Refusal>> {
        Box::pin(async { Ok(VerifyReport::default()) })
    }

    fn head(&self, _: Tenant) -> Fut<'_, Result<Signed<AuditHead>, Refusal>> {
        Box::pin(async { Err(Refusal::not_found("audit_empty", "nothing was written")) })
    }

    fn holds(&self, _: Option<Tenant>, _: bool) -> Fut<'_, Result<Holds, Refusal>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn retention(&self, _: Tenant) -> Fut<'_, Result<Retentions, Refusal>> {
        Box::pin(async { Ok((Vec::new(), Vec::new())) })
    }

    fn settled(&self) -> Fut<'_, Result<u64, Refusal>> {
        Box::pin(async { Ok(0) })
    }

    fn position(&self) -> u64 {
        0
    }
}
