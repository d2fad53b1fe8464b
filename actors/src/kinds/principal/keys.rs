//! Keys and sessions.

use contracts::access::{Grant, Pattern};
use contracts::kinds::principal::{
    BeginSession, Command, Crowded, Event, IssueKey, KEYS_MAX, RefreshSession, Rejection,
    RotateKey, SESSION_MS_MAX, SESSIONS_MAX, SessionEnd,
};
use contracts::{Context, CredentialId, Decision, Timestamp};
use serde_json::json;

use super::State;
use super::access::Session;

pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Vec<Event>, Rejection> {
    match command {
        Command::IssueKey(issue) => issued(state, issue, cx),
        Command::RotateKey(rotate) => rotated(state, rotate, cx),
        Command::RevokeKey(revoke) => {
            state.access.key(&revoke.id).ok_or(Rejection::KeyUnknown)?;
            Ok(vec![Event::KeyRevoked { id: revoke.id.clone() }])
        }
        Command::BeginSession(begin) => begun(state, begin, cx),
        Command::AskReset(ask) => {
            if state.access.suspended {
                return Err(Rejection::Suspended);
            }
            let (ticket, expires_at) = (ask.ticket.clone(), ask.expires_at);
            Ok(vec![Event::ResetAsked { ticket, expires_at }])
        }
        Command::EndSession(end) => {
            state.access.session(&end.family).ok_or(Rejection::SessionUnknown)?;
            Ok(vec![ended(&end.family, SessionEnd::Ended)])
        }
        _ => Ok(end_all(state, SessionEnd::Ended).collect()),
    }
}

fn ended(family: &CredentialId, why: SessionEnd) -> Event {
    Event::SessionEnded { family: family.clone(), why }
}

/// Every session ends.
pub(super) fn end_all(state: &State, why: SessionEnd) -> impl Iterator<Item = Event> {
    state.access.sessions.iter().map(move |session| ended(&session.family, why))
}

fn issued(state: &State, issue: &IssueKey, cx: &Context) -> Result<Vec<Event>, Rejection> {
    issue.check().map_err(Rejection::Invalid)?;
    if state.access.suspended {
        return Err(Rejection::Suspended);
    }
    let keys = &state.access.keys;
    if keys.iter().any(|key| key.id == issue.id || key.hash == issue.hash) {
        return Err(Rejection::KeyExists);
    }
    if keys.iter().filter(|key| key.counts(cx.now)).count() >= KEYS_MAX {
        return Err(Rejection::TooMany("keys"));
    }
    ensure_scope(issue.scope.as_deref(), cx)?;
    let IssueKey { id, hash, label, scope, expires_at } = issue.clone();
    Ok(vec![Event::KeyIssued { id, hash, label, scope, expires_at }])
}

/// Who came with a key of some scope makes no key of more than that.
fn ensure_scope(scope: Option<&[Pattern]>, cx: &Context) -> Result<(), Rejection> {
    if !cx.authority.rights.is_scoped() {
        return Ok(());
    }
    let wanted = scope.unwrap_or(&[Pattern::ALL]);
    let within = |pattern: &Pattern| cx.authority.rights.may_give(&Grant::of(pattern.clone()));
    if wanted.iter().all(within) {
        Ok(())
    } else {
        Err(Rejection::Exceeds("a key of that scope".to_owned()))
    }
}

fn rotated(state: &State, rotate: &RotateKey, cx: &Context) -> Result<Vec<Event>, Rejection> {
    if state.access.suspended {
        return Err(Rejection::Suspended);
    }
    let keys = &state.access.keys;
    let old = state.access.key(&rotate.id).filter(|key| key.counts(cx.now));
    let old = old.ok_or(Rejection::KeyUnknown)?;
    if keys.iter().any(|key| key.id == rotate.successor || key.hash == rotate.hash) {
        return Err(Rejection::KeyExists);
    }
    if keys.iter().filter(|key| key.counts(cx.now)).count() >= KEYS_MAX && rotate.overlap_ms > 0 {
        return Err(Rejection::TooMany("keys"));
    }
    ensure_scope(old.scope.as_deref(), cx)?;
    let RotateKey { id, successor, hash, overlap_ms } = rotate.clone();
    let until = cx.now.plus_millis(i64::from(overlap_ms));
    Ok(vec![Event::KeyRotated { id, until, successor, hash }])
}

fn begun(state: &State, begin: &BeginSession, cx: &Context) -> Result<Vec<Event>, Rejection> {
    begin.check().map_err(Rejection::Invalid)?;
    if state.access.suspended {
        return Err(Rejection::Suspended);
    }
    let alive: Vec<&Session> =
        state.access.sessions.iter().filter(|it| it.expires_at > cx.now).collect();
    if alive.iter().any(|session| session.family == begin.family) {
        return Err(Rejection::KeyExists);
    }
    let most = begin.sessions_max.map_or(SESSIONS_MAX, |most| most as usize).clamp(1, SESSIONS_MAX);
    let too_many = (alive.len() + 1).saturating_sub(most);
    if too_many > 0 && begin.crowded == Crowded::Refuse {
        return Err(Rejection::Sessions);
    }
    let exceeded = alive.iter().take(too_many);
    let mut events: Vec<Event> =
        exceeded.map(|session| ended(&session.family, SessionEnd::Exceeded)).collect();
    let BeginSession { family, token_hash, expires_at, device, .. } = begin.clone();
    let expires_at = within(expires_at, cx.now);
    events.push(Event::SessionBegun { family, token_hash, expires_at, device });
    Ok(events)
}

/// Goes on with a session. A token that does not count was used before, or is nobody's: whoever
/// has it and whoever has the one that counts are not the same, so both must log in again.
pub(super) fn refresh(
    state: &State,
    refresh: &RefreshSession,
    cx: &Context,
) -> Result<Decision<Event>, Rejection> {
    let session = state.access.session(&refresh.family).filter(|it| it.expires_at > cx.now);
    let session = session.ok_or(Rejection::SessionUnknown)?;
    if !session.token_hash.same(&refresh.token_hash) {
        let events = vec![ended(&refresh.family, SessionEnd::Reused)];
        return Ok(Decision::now(events, json!({ "refreshed": false })));
    }
    let (family, token_hash) = (refresh.family.clone(), refresh.next_hash);
    let expires_at = within(refresh.expires_at, cx.now);
    let events = vec![Event::SessionRefreshed { family, token_hash, expires_at }];
    Ok(Decision::now(events, json!({ "refreshed": true })))
}

/// No session lasts longer than it may without being refreshed.
fn within(expires_at: Timestamp, now: Timestamp) -> Timestamp {
    expires_at.min(now.plus_millis(SESSION_MS_MAX))
}
