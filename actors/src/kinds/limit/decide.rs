use contracts::decider::EventContext;
use contracts::kinds::limit::{self as page, Command, Event, Rejection, SYSTEM, Scope};
use contracts::{Context, Decider, Decision};
use serde_json::json;

use super::{Limit, State};

impl Decider for Limit {
    type Page = page::Limit;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        let scope = cx.me.as_str().parse::<Scope>().map_err(|_| Rejection::Scope)?;
        if matches!(scope, Scope::Tenant(_)) && cx.tenant != SYSTEM {
            return Err(Rejection::TenantScope);
        }
        let event = match command {
            Command::Set(limits) => {
                limits.check().map_err(Rejection::Invalid)?;
                (*limits != state.limits).then_some(Event::Set(*limits))
            }
            Command::Pause(pause) => {
                pause.check().map_err(Rejection::Invalid)?;
                let (by, reason) = (cx.by.principal.clone(), pause.reason.clone());
                let same = |paused: &super::state::Paused| paused.reason == reason;
                let news = !state.paused.as_ref().is_some_and(same);
                news.then_some(Event::Paused { by, reason })
            }
            Command::Resume(_) => state.paused.is_some().then_some(Event::Resumed {}),
            Command::Clear(_) => (!state.is_open()).then_some(Event::Cleared {}),
        };
        let after = event.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
        let reply = json!({ "limits": after.limits, "paused": after.paused.is_some() });
        Ok(Decision::now(event.into_iter().collect(), reply))
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// A fork has another id, and so is the limit of something else.
    fn forked(_: State) -> State {
        State::default()
    }
}
