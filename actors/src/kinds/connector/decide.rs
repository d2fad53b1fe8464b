use contracts::access::{Act, Capability};
use contracts::decider::EventContext;
use contracts::kinds::check::Check;
use contracts::kinds::connector::limits::{
    CHECK_MS, CHECKS_MAX, REFRESH_BEFORE_MS, REFRESH_MS_MIN,
};
use contracts::kinds::connector::{self as page, Auth, Command, Create, Event, Rejection, Tokens};
use contracts::{Caller, Context, Decider, Decision, Effect, Outcome, SecretName, Timestamp};

use super::outcome::outcome;
use super::react::react;
use super::{Connector, State, Status};

/// Who may do with everybody's connectors what their owners may.
const SHARE: Capability<'static> = Capability::new("connector", "share");

impl Decider for Connector {
    type Page = page::Connector;
    type State = State;

    const RULES: u32 = 1;
    const STATE_VERSION: u32 = 1;

    fn decide(
        state: &State,
        command: &Command,
        cx: &Context,
    ) -> Result<Decision<Event>, Rejection> {
        if let Command::Create(create) = command {
            return begin(state, create, cx);
        }
        ensure_own(state, cx)?;
        let by = cx.by.principal.clone();
        match command {
            Command::Create(_) => Err(Rejection::Exists),
            Command::Share(share) => {
                // What everybody uses is nobody's alone to give, nor to take back.
                if !may_share(cx) {
                    return Err(Rejection::NotYours);
                }
                Ok(done(state, Event::Shared { shared: share.shared, by }))
            }
            Command::Seal(seal) => {
                ensure_named(cx, &seal.secret)?;
                Ok(done(state, Event::Sealed { secret: seal.secret.clone(), by }))
            }
            Command::Authorize(authorize) => {
                let Auth::Oauth(_) = state.auth() else { return Err(Rejection::Mismatch) };
                ensure_named(cx, &authorize.secret)?;
                let tokens = Tokens::from(authorize.clone());
                let refresh_at = refresh_at(&tokens, cx.now);
                Ok(done(state, Event::Authorized { tokens, refresh_at, by }))
            }
            Command::Refresh(_) => refresh(state),
            Command::Check(_) => check(state, cx),
            Command::Revoke(_) => Ok(done(state, Event::Revoked { by })),
        }
    }

    fn outcome(state: &State, told: &Outcome, cx: &Context) -> Decision<Event> {
        outcome(state, told, cx)
    }

    fn evolve(state: State, event: &Event, _: &EventContext) -> State {
        state.after(event)
    }

    fn react(before: &State, event: &Event, after: &State) -> Vec<Effect> {
        react(before, event, after)
    }
}

fn begin(state: &State, create: &Create, cx: &Context) -> Result<Decision<Event>, Rejection> {
    if state.create.is_some() {
        return Err(Rejection::Exists);
    }
    create.check().map_err(Rejection::Invalid)?;
    let owner = cx.by.principal.clone();
    Ok(done(state, Event::Created { create: Box::new(create.clone()), owner }))
}

fn may_share(cx: &Context) -> bool {
    let id = Some(cx.me.as_str());
    cx.authority.rights.may(&Act { capability: SHARE, id, road: cx.by.origin, now: cx.now })
}

fn ensure_own(state: &State, cx: &Context) -> Result<(), Rejection> {
    let by = &cx.by.principal;
    let owner = state.owner.as_ref().ok_or(Rejection::NotFound)?;
    // What everybody uses obeys those who may share.
    let own = owner == by && !state.shared;
    if !own && *by != Caller::RUNTIME && !may_share(cx) {
        return Err(Rejection::NotYours);
    }
    if state.status == Status::Revoked {
        return Err(Rejection::Revoked);
    }
    Ok(())
}

/// A connector uses no secret but its own.
fn ensure_named(cx: &Context, secret: &SecretName) -> Result<(), Rejection> {
    let own = page::is_secret_of(&cx.me, secret);
    let checked = Check::new().ensure(own, "secret", "is no secret of this connector");
    checked.done().map_err(Rejection::Invalid)
}

/// When tokens that came at `now` are refreshed: some time before they expire, at half their life
/// where that is short.
pub(super) fn refresh_at(tokens: &Tokens, now: Timestamp) -> Option<Timestamp> {
    let expires_at = tokens.expires_at.filter(|_| tokens.refreshable)?;
    let life_ms = expires_at.millis_since(now).max(0);
    let before_ms = REFRESH_BEFORE_MS.min(life_ms / 2);
    Some(now.plus_millis((life_ms - before_ms).max(REFRESH_MS_MIN)))
}

fn refresh(state: &State) -> Result<Decision<Event>, Rejection> {
    if !matches!(state.auth(), Auth::Oauth(_)) || !state.refreshable {
        return Err(Rejection::Mismatch);
    }
    if state.refreshing {
        return Ok(Decision::now(Vec::new(), state.standing().told()));
    }
    Ok(done(state, Event::RefreshAsked {}))
}

fn check(state: &State, cx: &Context) -> Result<Decision<Event>, Rejection> {
    if state.secret.is_none() {
        return Err(Rejection::Unsealed);
    }
    if state.checks.len() >= CHECKS_MAX {
        return Err(Rejection::Busy);
    }
    Ok(Decision::later(vec![Event::CheckAsked { command: cx.command }], CHECK_MS))
}

fn done(state: &State, event: Event) -> Decision<Event> {
    let standing = state.clone().after(&event).standing();
    Decision::now(vec![event], standing.told())
}
