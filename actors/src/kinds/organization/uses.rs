//! Entitlements, and what is used of them.

use contracts::kinds::organization::{
    Command, Consume, ENTITLEMENTS_MAX, Event, Rejection, Withdraw,
};
use contracts::{Caller, Context, Decision, Origin};
use serde_json::json;

use super::State;

pub(super) fn decide(state: &State, command: &Command) -> Result<Vec<Event>, Rejection> {
    let governance = &state.governance;
    let event = match command {
        Command::Entitle(entitle) => {
            let known = governance.allowance(&entitle.feature, &entitle.scope);
            if known.is_none() && governance.allowances.len() >= ENTITLEMENTS_MAX {
                return Err(Rejection::Full("entitlements"));
            }
            let news = known.is_none_or(|known| known.entitle != *entitle);
            news.then(|| Event::Entitled(entitle.clone()))
        }
        Command::Withdraw(withdraw) => {
            let Withdraw { feature, scope } = withdraw.clone();
            governance.allowance(&feature, &scope).ok_or(Rejection::NotEntitled)?;
            Some(Event::Withdrawn { feature, scope })
        }
        _ => None,
    };
    Ok(event.into_iter().collect())
}

/// What the runtime itself counts has happened, whatever is left.
pub(super) fn consume(
    state: &State,
    consume: &Consume,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let Consume { feature, scope, amount } = consume.clone();
    let counted = cx.by.origin == Origin::Runtime && cx.by.principal == Caller::RUNTIME;
    let allowance = state.governance.allowance(&feature, &scope);
    let allowance = allowance.filter(|it| counted || it.counts(cx.now));
    let allowance = allowance.ok_or(Rejection::NotEntitled)?;
    let consumed = allowance.consumed(cx.now).saturating_add(amount);
    let quota = allowance.entitle.quota;
    if let Some(quota) = quota.filter(|quota| consumed > *quota && !counted) {
        let consumed = allowance.consumed(cx.now);
        return Err(Rejection::Quota { consumed, quota });
    }
    let left = quota.map(|quota| quota.saturating_sub(consumed));
    let mut reply = json!({ "consumed": consumed });
    if let Some(left) = left {
        reply["left"] = json!(left);
    }
    let window = allowance.entitle.period.window(cx.now);
    let event = Event::Consumed { feature, scope, amount, window };
    Ok(Decision::now(if amount == 0 { Vec::new() } else { vec![event] }, reply))
}
