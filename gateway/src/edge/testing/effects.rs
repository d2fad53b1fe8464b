//! The effects of the small world: one of `main` that waits under a limit, one that is done.

use contracts::effect::{
    EffectCounts, EffectGroup, EffectHold, EffectPhase, EffectQuery, EffectRecorded, EffectRow,
    EffectRowQuery, EffectText, EffectVerb, EffectView, LimitHold, LimitView,
};
use contracts::kinds::limit::{Limits, Scope};
use contracts::model::{CircuitState, CircuitView, ModelView};
use contracts::ports::{Effects, Fut, Models};
use contracts::view::{Answer, Status};
use contracts::{
    Address, Caller, Cursor, EffectId, Hash, LimitKey, Refusal, Revision, Tenant, Timestamp, commit,
};
use serde_json::json;

use super::world::World;

const MAIN: Tenant = Tenant::from_static("main");

/// The one that waits.
pub fn waiting() -> EffectId {
    EffectId(Hash::of(b"waiting"))
}

/// The one that is done.
pub fn done() -> EffectId {
    EffectId(Hash::of(b"done"))
}

fn key() -> Scope {
    Scope::Key(LimitKey::from_static("account"))
}

fn asked() -> Timestamp {
    Timestamp::from_millis(1_763_700_000_000)
}

fn view() -> EffectView {
    let what = LimitHold::Concurrency;
    EffectView {
        id: waiting(),
        address: "main/job/a".parse().unwrap(),
        revision: Revision(1),
        index: 0,
        cursor: Cursor(4),
        class: "llm".to_owned(),
        limit: Some(LimitKey::from_static("account")),
        queue: None,
        asked_at: asked(),
        status: EffectPhase::Queued,
        why: Some(EffectHold::Limit { tenant: MAIN, scope: key(), what }),
        attempts: 0,
        next_at: None,
        last: None,
    }
}

/// The effect with this id as the log tells it.
pub fn row(tenant: &Tenant, id: EffectId) -> Option<EffectRow> {
    let own = *tenant == MAIN && [waiting(), done()].contains(&id);
    let concluded = id == done();
    own.then(|| EffectRow {
        id,
        kind: "job".parse().unwrap(),
        actor: "a".parse().unwrap(),
        revision: Revision(1),
        index: u32::from(concluded),
        class: "llm".to_owned(),
        limit: view().limit,
        queue: None,
        status: if concluded { EffectRecorded::Done } else { EffectRecorded::Pending },
        attempts: u32::from(concluded),
        asked_at: asked(),
        concluded_at: concluded.then(asked),
        code: None,
        reason: None,
        by: None,
        cursor: Cursor(4),
        last_cursor: Cursor(5),
    })
}

/// The effects that are asked for.
pub fn rows(query: &EffectRowQuery) -> Vec<EffectRow> {
    let both = [done(), waiting()].into_iter().filter_map(|id| row(&query.tenant, id));
    both.filter(|row| query.status.is_none_or(|status| row.status == status)).collect()
}

impl Effects for World {
    fn list(&self, query: &EffectQuery) -> Vec<EffectView> {
        let past = query.after.is_some_and(|after| after >= (Cursor(4), 0));
        Some(view()).filter(|view| !past && query.matches(view)).into_iter().collect()
    }

    fn get(&self, effect: EffectId) -> Option<EffectView> {
        (effect == waiting()).then(view)
    }

    fn limits(&self, tenant: Option<&Tenant>) -> Vec<LimitView> {
        let limits = Limits { concurrent_max: Some(1), ..Limits::default() };
        let counts = EffectCounts { queued: 1, ..EffectCounts::default() };
        let own = LimitView {
            tenant: MAIN,
            scope: key(),
            limits,
            paused: false,
            counts,
            holds: Some(LimitHold::Concurrency),
            next_at: None,
        };
        Some(own).filter(|own| tenant.is_none_or(|it| *it == own.tenant)).into_iter().collect()
    }

    fn groups(&self) -> Vec<EffectGroup> {
        Vec::new()
    }

    fn peek(&self, effect: EffectId) -> Fut<'_, Option<EffectText>> {
        let text = "Half an".to_owned();
        let known = (effect == waiting()).then_some(EffectText { offset: text.len() as u64, text });
        Box::pin(std::future::ready(known))
    }

    fn control<'a>(
        &'a self,
        address: &'a Address,
        effect: EffectId,
        verb: EffectVerb,
        _: Caller,
    ) -> Fut<'a, Result<Answer, Refusal>> {
        Box::pin(async move {
            if effect != waiting() || *address != view().address {
                return Err(Refusal::not_found("effect_not_found", "the actor waits for none"));
            }
            let status = match verb {
                EffectVerb::Pause { .. } => "paused",
                EffectVerb::Resume => "queued",
                EffectVerb::Cancel { .. } => "cancelled",
                EffectVerb::Resolve(resolution) => {
                    resolution.result("llm")?;
                    "resolved"
                }
            };
            Ok(Answer {
                command: commit::sample_command_id(1),
                address: address.clone(),
                status: Status::Completed,
                revision: Revision(2),
                cursor: Cursor(9),
                reply: json!({ "status": status }),
                at: asked(),
            })
        })
    }
}

impl Models for World {
    fn list(&self) -> Vec<ModelView> {
        Vec::new()
    }

    fn circuits(&self) -> Vec<CircuitView> {
        vec![circuit("paid")]
    }

    fn reset_circuit(&self, provider: &str) -> Option<CircuitView> {
        (provider == "paid").then(|| circuit(provider))
    }
}

fn circuit(provider: &str) -> CircuitView {
    let (provider, state) = (provider.to_owned(), CircuitState::Closed);
    CircuitView { provider, state, calls: 3, failed: 1, tried_in_ms: None }
}
