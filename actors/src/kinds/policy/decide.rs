use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::policy::limits::{REASON_BYTES_MAX, SWITCHES_MAX};
use contracts::kinds::policy::{
    self as page, Command, Engage, Event, Put, Rejection, Release, SYSTEM, Scope, Why,
};
use contracts::{Context, Decider, Decision};
use serde_json::{Value, json};

use super::{Policy, State};
use crate::policy::{self, Compiled};

impl Decider for Policy {
    type Page = page::Policy;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        match command {
            Command::Put(put) => put_version(state, put, cx),
            Command::Activate(activate) => activate_version(state, activate.version, cx),
            Command::Rollback(_) => {
                let earlier = state.earlier().ok_or(Rejection::NoEarlier)?;
                activate_version(state, earlier.version, cx)
            }
            Command::Retire(why) => retire(state, why, cx),
            Command::Engage(engage) => engage_switch(state, engage, cx),
            Command::Release(release) => release_switch(state, release, cx),
        }
    }

    fn evolve(state: State, event: &Event, cx: &EventContext) -> State {
        state.after(event, cx.at)
    }

    /// A copy of a policy would be in force beside it, so a fork begins with nothing.
    fn forked(_: State) -> State {
        State::default()
    }
}

fn decided(state: &State, events: Vec<Event>, version: u32, cx: &Context) -> Decision<Event> {
    let after = events.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
    let digest = after.active.and_then(|number| after.version(number)).map(|it| it.digest);
    let reply = json!({ "version": version, "active": after.active, "digest": digest });
    Decision::now(events, reply)
}

fn put_version(state: &State, put: &Put, cx: &Context) -> Result<Decision<Event>, Rejection> {
    put.check().map_err(Rejection::Invalid)?;
    let document = match (&put.text, &put.document) {
        (Some(text), _) => policy::read(text),
        (None, document) => policy::document(document.clone().unwrap_or(Value::Null)),
    };
    let document = document.map_err(Rejection::Document)?;
    Compiled::new(cx.me.as_str(), &document).map_err(Rejection::Document)?;
    let digest = policy::digest(&document);
    let by = || cx.by.principal.clone();
    let last = state.versions.last().filter(|it| it.digest == digest && it.text == put.text);
    let mut events = Vec::new();
    let version = match last {
        // The same document again is the same version.
        Some(last) => last.version,
        None => {
            let version = state.latest + 1;
            let (text, document) = (put.text.clone(), Box::new(document));
            events.push(Event::Put { version, document, digest, text, by: by() });
            version
        }
    };
    if put.activate && state.active != Some(version) {
        events.push(Event::Activated { version, digest, by: by() });
    }
    Ok(decided(state, events, version, cx))
}

fn activate_version(
    state: &State,
    version: u32,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let kept = state.version(version).ok_or(Rejection::Version(version))?;
    if state.active == Some(version) {
        return Ok(decided(state, Vec::new(), version, cx));
    }
    // It was compiled when it was put; this program may read documents otherwise.
    Compiled::new(cx.me.as_str(), &kept.document).map_err(Rejection::Document)?;
    let by = cx.by.principal.clone();
    let activated = Event::Activated { version, digest: kept.digest, by };
    Ok(decided(state, vec![activated], version, cx))
}

fn retire(state: &State, why: &Why, cx: &Context) -> Result<Decision<Event>, Rejection> {
    let reason = why.reason.clone();
    reason_fits(reason.as_deref())?;
    let by = cx.by.principal.clone();
    let was = state.active;
    let events = was.map(|_| Event::Retired { by, reason }).into_iter().collect();
    Ok(decided(state, events, was.unwrap_or(state.latest), cx))
}

fn reason_fits(reason: Option<&str>) -> Result<(), Rejection> {
    let check = Check::new().body("reason", reason.unwrap_or_default(), REASON_BYTES_MAX);
    check.done().map_err(Rejection::Invalid)
}

fn may_switch(scope: &Scope, cx: &Context) -> Result<(), Rejection> {
    if scope.is_of_the_system() && cx.tenant != SYSTEM { Err(Rejection::NotYours) } else { Ok(()) }
}

fn switched(state: &State, event: Option<Event>, cx: &Context) -> Decision<Event> {
    let after = event.iter().fold(state.clone(), |state, event| state.after(event, cx.now));
    let engaged: Vec<_> = after.switches.iter().map(|it| &it.scope).collect();
    let reply = json!({ "engaged": engaged });
    Decision::now(event.into_iter().collect(), reply)
}

fn engage_switch(
    state: &State,
    engage: &Engage,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let Engage { scope, reason } = engage;
    let check = Check::new().text("reason", reason, REASON_BYTES_MAX);
    check.done().map_err(Rejection::Invalid)?;
    may_switch(scope, cx)?;
    let there = state.switches.iter().find(|it| it.scope == *scope);
    if there.is_none() && state.switches.len() >= SWITCHES_MAX {
        return Err(Rejection::TooMany);
    }
    let news = there.is_none_or(|it| it.reason != *reason);
    let by = cx.by.principal.clone();
    let (scope, reason) = (scope.clone(), reason.clone());
    Ok(switched(state, news.then_some(Event::Engaged { scope, reason, by }), cx))
}

fn release_switch(
    state: &State,
    release: &Release,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let Release { scope, reason } = release;
    reason_fits(reason.as_deref())?;
    may_switch(scope, cx)?;
    let there = state.switches.iter().any(|it| it.scope == *scope);
    let by = cx.by.principal.clone();
    let (scope, reason) = (scope.clone(), reason.clone());
    Ok(switched(state, there.then_some(Event::Released { scope, by, reason }), cx))
}
