//! Giving and taking rights: nobody changes his own, nobody gives what is not his.

use contracts::access::RoleName;
use contracts::kinds::principal::{Command, Event, GRANTS_MAX, ROLES_MAX, Rejection, SessionEnd};
use contracts::{Context, Timestamp};

use super::{State, keys};

pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Vec<Event>, Rejection> {
    if cx.by.principal.as_str() == cx.me.as_str() {
        return Err(Rejection::OwnRights);
    }
    let access = &state.access;
    let event = match command {
        Command::Assign(assign) => {
            ensure_role(&assign.role, assign.expires_at, cx)?;
            let (role, expires_at) = (assign.role.clone(), assign.expires_at);
            let known = access.roles.iter().find(|known| known.role == role);
            if known.is_none() && access.roles.len() >= ROLES_MAX {
                return Err(Rejection::TooMany("roles"));
            }
            let news = known.is_none_or(|known| known.expires_at != expires_at);
            news.then_some(Event::RoleAssigned { role, expires_at })
        }
        Command::Unassign(unassign) => {
            let role = unassign.role.clone();
            let has = access.roles.iter().any(|known| known.role == role);
            has.then_some(Event::RoleRemoved { role })
        }
        Command::Grant(grant) => {
            if !cx.authority.rights.may_give(grant) {
                return Err(Rejection::Exceeds(grant.capability.to_string()));
            }
            if access.grants.len() >= GRANTS_MAX {
                return Err(Rejection::TooMany("grants"));
            }
            (!access.grants.contains(grant)).then(|| Event::Granted(grant.clone()))
        }
        Command::Revoke(revoke) => {
            let capability = revoke.capability.clone();
            let has = access.grants.iter().any(|known| known.capability == capability);
            has.then_some(Event::Revoked { capability })
        }
        Command::Transfer(transfer) => {
            let news = access.owner.as_ref() != Some(&transfer.owner);
            news.then(|| Event::Transferred { owner: transfer.owner.clone() })
        }
        Command::Suspend(suspend) => {
            suspend.check().map_err(Rejection::Invalid)?;
            if access.suspended {
                return Ok(Vec::new());
            }
            let (by, reason) = (cx.by.principal.clone(), suspend.reason.clone());
            let mut events = vec![Event::Suspended { by, reason }];
            events.extend(keys::end_all(state, SessionEnd::Suspended));
            return Ok(events);
        }
        _ => access.suspended.then_some(Event::Restored {}),
    };
    Ok(event.into_iter().collect())
}

/// The role exists, and the caller holds all that it would give.
pub(super) fn ensure_role(
    name: &RoleName,
    expires_at: Option<Timestamp>,
    cx: &Context,
) -> Result<(), Rejection> {
    let role = cx.authority.roles.get(name);
    let role = role.ok_or_else(|| Rejection::RoleUnknown(name.to_string()))?;
    if cx.authority.rights.may_give_role(role, expires_at) {
        Ok(())
    } else {
        Err(Rejection::Exceeds(format!("the role {name}")))
    }
}
