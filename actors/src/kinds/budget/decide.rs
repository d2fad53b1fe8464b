use contracts::decider::EventContext;
use contracts::kinds::budget::{
    self as page, Adjust, Command, Definition, EXCEEDED, Event, Ledger, PRICE_UNKNOWN, Rejection,
    Reserve, Reset, SYSTEM, Standing, Verdict,
};
use contracts::{Context, Decider, Decision, Principal};
use serde_json::Value;

use super::spend::{Draft, amount_of, ensure_room};
use super::state::Open;
use super::{Budget, State};

impl Decider for Budget {
    type Page = page::Budget;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let mut draft = Draft::of(state, cx.now);
        match command {
            Command::Set(definition) => return set(draft, definition, cx),
            Command::Reserve(reserve) => return reserve_for(draft, reserve, cx),
            Command::Settle(settle) => {
                settle.check().map_err(Rejection::Invalid)?;
                let open = open_of(state, &settle.reservation, &cx.by.principal)?;
                if let Some(open) = open {
                    draft.settle(settle, open);
                }
                return Ok(closed(draft, open.is_some()));
            }
            Command::Release(release) => {
                release.check().map_err(Rejection::Invalid)?;
                let open = open_of(state, &release.reservation, &cx.by.principal)?;
                if let Some(open) = open {
                    draft.release(&release.reservation, open);
                }
                return Ok(closed(draft, open.is_some()));
            }
            Command::Adjust(input) => adjust(&mut draft, input, cx)?,
            Command::Reset(input) => reset(&mut draft, input, cx)?,
            Command::Clear(_) => {
                if state.definition.is_some() {
                    draft.happen(Event::Cleared {});
                }
            }
        }
        Ok(standing(draft))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// A fork is another budget, and holds nothing of what was reserved in this one.
    fn forked(_: State) -> State {
        State::default()
    }
}

fn value(reply: &impl serde::Serialize) -> Value {
    serde_json::to_value(reply).unwrap_or_default()
}

fn standing(draft: Draft) -> Decision<Event> {
    answer(draft, None)
}

fn closed(draft: Draft, open: bool) -> Decision<Event> {
    answer(draft, Some(open))
}

fn answer(draft: Draft, closed: Option<bool>) -> Decision<Event> {
    let limit = draft.state.definition.as_ref().map(|it| it.limit);
    let reply = Standing { closed, limit, ledger: draft.state.ledger };
    Decision::now(draft.events, value(&reply))
}

/// An open reservation; only who made it says what became of it.
fn open_of<'a>(
    state: &'a State,
    reservation: &str,
    by: &Principal,
) -> Result<Option<&'a Open>, Rejection> {
    match state.open.get(reservation) {
        Some(open) if open.by != *by => Err(Rejection::Foreign),
        open => Ok(open),
    }
}

fn set(
    mut draft: Draft,
    definition: &Definition,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    definition.check(cx.now).map_err(Rejection::Invalid)?;
    if definition.scope.tenant.is_some() && cx.tenant != SYSTEM {
        return Err(Rejection::TenantScope);
    }
    if draft.state.definition.as_deref() != Some(definition) {
        let ledger = draft.set(definition);
        draft.happen(Event::Set { definition: Box::new(definition.clone()), ledger });
        draft.speak(0);
    }
    Ok(standing(draft))
}

fn adjust(draft: &mut Draft, input: &Adjust, cx: &Context) -> Result<(), Rejection> {
    input.check().map_err(Rejection::Invalid)?;
    if draft.state.definition.is_none() {
        return Err(Rejection::Unset);
    }
    if input.amount != 0 {
        let (amount, reason) = (input.amount, input.reason.clone());
        let ledger = draft.adjusted(amount);
        draft.happen(Event::Adjusted { amount, by: cx.by.principal.clone(), reason, ledger });
        draft.speak(0);
    }
    Ok(())
}

fn reset(draft: &mut Draft, input: &Reset, cx: &Context) -> Result<(), Rejection> {
    input.check().map_err(Rejection::Invalid)?;
    if draft.state.definition.is_none() {
        return Err(Rejection::Unset);
    }
    let (by, reason, ledger) = (cx.by.principal.clone(), input.reason.clone(), draft.reset());
    draft.happen(Event::Reset { by, reason, ledger });
    Ok(())
}

fn reserve_for(
    mut draft: Draft,
    reserve: &Reserve,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    reserve.check().map_err(Rejection::Invalid)?;
    let Some(definition) = draft.state.definition.clone() else {
        return Ok(Decision::now(Vec::new(), value(&free())));
    };
    if let Some(open) = draft.state.open.get(&reserve.reservation) {
        if open.by != cx.by.principal {
            return Err(Rejection::Foreign);
        }
        let verdict = Verdict { amount: open.amount, ..told(&draft, &definition) };
        return Ok(Decision::now(Vec::new(), value(&verdict)));
    }
    draft.lapse();
    let Some(amount) = amount_of(&definition, reserve) else {
        let refused = refused(&draft, &definition, PRICE_UNKNOWN, cx);
        return Ok(Decision::now(draft.events, value(&refused)));
    };
    let left = draft.state.ledger.left;
    if amount > left {
        if !draft.state.exceeded {
            let event = exceeded(&definition, reserve, amount, draft.state.ledger);
            draft.happen(event);
        }
        if definition.hard {
            let verdict = Verdict { amount, ..refused(&draft, &definition, EXCEEDED, cx) };
            return Ok(Decision::now(draft.events, value(&verdict)));
        }
    }
    ensure_room(&draft.state)?;
    draft.reserve(&definition, reserve, amount, &cx.by);
    let verdict = Verdict { amount, ..told(&draft, &definition) };
    Ok(Decision::now(draft.events, value(&verdict)))
}

/// Nothing is limited, and nothing counted.
const fn free() -> Verdict {
    Verdict {
        granted: true,
        amount: 0,
        code: None,
        fallback: None,
        unit: None,
        limit: None,
        ledger: None,
        retry_after_ms: None,
    }
}

fn told(draft: &Draft, definition: &Definition) -> Verdict {
    let (unit, limit) = (Some(definition.unit), Some(definition.limit));
    Verdict { unit, limit, ledger: Some(draft.state.ledger), ..free() }
}

fn refused(draft: &Draft, definition: &Definition, code: &str, cx: &Context) -> Verdict {
    // Another window counts from zero; a price that nobody knows is not known then either.
    let ends = draft.state.ledger.ends.filter(|_| code == EXCEEDED);
    let retry_after_ms = ends.map(|ends| ends.millis_since(cx.now).max(1).unsigned_abs());
    Verdict {
        granted: false,
        code: Some(code.to_owned()),
        fallback: definition.fallback().map(str::to_owned),
        retry_after_ms,
        ..told(draft, definition)
    }
}

fn exceeded(definition: &Definition, reserve: &Reserve, asked: u64, ledger: Ledger) -> Event {
    Event::Exceeded {
        asked,
        limit: definition.limit,
        unit: definition.unit,
        model: reserve.model.clone(),
        principal: reserve.spender.principal.clone(),
        refused: definition.hard,
        ledger,
    }
}
