//! Members, roles and the publisher: nobody changes his own standing, nobody gives what is not
//! his, and there is always an owner once there was one.

use contracts::access::{RoleName, Roles};
use contracts::kinds::organization::{
    AddMember, CLASSED_MAX, Command, DefineRole, Event, MEMBERS_MAX, MemberRole, ROLES_MAX,
    Rejection, SetPublisher,
};
use contracts::privacy::{Classed, DataClass};
use contracts::{Context, Principal};

use super::State;

pub(super) fn decide(
    state: &State,
    command: &Command,
    cx: &Context,
) -> Result<Vec<Event>, Rejection> {
    let event = match command {
        Command::AddMember(add) => Some(added(state, add, cx)?),
        Command::ChangeMember(change) => changed(state, change, cx)?,
        Command::RemoveMember(remove) => Some(removed(state, &remove.principal, cx)?),
        Command::DefineRole(define) => defined(state, define, cx)?,
        Command::DropRole(drop) => {
            let role = drop.role.clone();
            let known = state.governance.roles.contains_key(&role);
            if !known {
                return Err(Rejection::RoleUnknown(role.to_string()));
            }
            Some(Event::RoleDropped { role })
        }
        Command::ClassData(classed) => class_data(state, classed)?,
        Command::SetPublisher(set) => publisher(state, set, cx)?,
        _ => None,
    };
    Ok(event.into_iter().collect())
}

fn class_data(state: &State, classed: &Classed) -> Result<Option<Event>, Rejection> {
    let known = state.governance.classed.iter().find(|known| known.is_of(classed));
    let full = known.is_none() && state.governance.classed.len() >= CLASSED_MAX;
    if full && classed.class != DataClass::None {
        return Err(Rejection::Full("classed members"));
    }
    let news = match known {
        Some(known) => known != classed,
        None => classed.class != DataClass::None,
    };
    Ok(news.then(|| Event::DataClassed(classed.clone())))
}

fn added(state: &State, add: &AddMember, cx: &Context) -> Result<Event, Rejection> {
    let AddMember { principal, role } = add.clone();
    if cx.by.principal == principal {
        return Err(Rejection::OwnRights);
    }
    let members = &state.governance.members;
    if members.contains_key(&principal) {
        return Err(Rejection::AlreadyMember);
    }
    let most = state.governance.limits.members_max.map_or(MEMBERS_MAX, |most| most as usize);
    if members.len() >= most.min(MEMBERS_MAX) {
        return Err(Rejection::Full("members"));
    }
    ensure_standing(state, role, cx)?;
    Ok(Event::MemberAdded { principal, role })
}

fn changed(state: &State, change: &AddMember, cx: &Context) -> Result<Option<Event>, Rejection> {
    let AddMember { principal, role } = change.clone();
    if cx.by.principal == principal {
        return Err(Rejection::OwnRights);
    }
    let before = *state.governance.members.get(&principal).ok_or(Rejection::NotMember)?;
    if before == role {
        return Ok(None);
    }
    ensure_standing(state, role, cx)?;
    if before == MemberRole::Owner {
        ensure_owner_may_go(state, cx)?;
    }
    Ok(Some(Event::MemberChanged { principal, role }))
}

/// A member may leave by itself.
fn removed(state: &State, principal: &Principal, cx: &Context) -> Result<Event, Rejection> {
    let before = *state.governance.members.get(principal).ok_or(Rejection::NotMember)?;
    if before == MemberRole::Owner {
        ensure_owner_may_go(state, cx)?;
    }
    Ok(Event::MemberRemoved { principal: principal.clone() })
}

/// Only an owner makes owners, and nobody gives a standing whose role he does not hold.
fn ensure_standing(state: &State, role: MemberRole, cx: &Context) -> Result<(), Rejection> {
    if role == MemberRole::Owner && !is_owner(state, cx) {
        return Err(Rejection::OwnersOnly);
    }
    ensure_role(&role.role(), cx)
}

fn ensure_owner_may_go(state: &State, cx: &Context) -> Result<(), Rejection> {
    if !is_owner(state, cx) {
        return Err(Rejection::OwnersOnly);
    }
    if state.governance.owners() <= 1 {
        return Err(Rejection::LastOwner);
    }
    Ok(())
}

/// Whether the caller owns it, or has come from above it: the holder of the admin key, a super
/// admin, the runtime.
fn is_owner(state: &State, cx: &Context) -> bool {
    let member = state.governance.members.get(&cx.by.principal);
    let above = || cx.authority.rights.is_everything() && member.is_none() && !is_at_home(cx);
    member == Some(&MemberRole::Owner) || above()
}

/// Whether the caller is a principal of this tenant, or of another that is no super admin's.
fn is_at_home(cx: &Context) -> bool {
    let by = &cx.by.principal;
    let reserved = contracts::caller::RESERVED.contains(by);
    let from_system = by.home() == Some(contracts::access::SYSTEM.as_str());
    !reserved && !from_system
}

fn ensure_role(name: &RoleName, cx: &Context) -> Result<(), Rejection> {
    let role = cx.authority.roles.get(name);
    let role = role.ok_or_else(|| Rejection::RoleUnknown(name.to_string()))?;
    if cx.authority.rights.may_give_role(role, None) {
        Ok(())
    } else {
        Err(Rejection::Exceeds(format!("the role {name}")))
    }
}

fn defined(state: &State, define: &DefineRole, cx: &Context) -> Result<Option<Event>, Rejection> {
    if Roles::is_standard(&define.role) {
        return Err(Rejection::RoleStandard);
    }
    let (roles, role) = (&state.governance.roles, define.to_role());
    if !roles.contains_key(&define.role) && roles.len() >= ROLES_MAX {
        return Err(Rejection::Full("roles"));
    }
    if !cx.authority.rights.may_give_role(&role, None) {
        return Err(Rejection::Exceeds(format!("the role {}", define.role)));
    }
    if roles.get(&define.role) == Some(&role) {
        return Ok(None);
    }
    let DefineRole { role, allow, except } = define.clone();
    Ok(Some(Event::RoleDefined { role, allow, except }))
}

fn publisher(state: &State, set: &SetPublisher, cx: &Context) -> Result<Option<Event>, Rejection> {
    if cx.by.principal == contracts::Caller::PUBLISHER {
        return Err(Rejection::OwnRights);
    }
    for role in set.roles.iter().flatten() {
        ensure_role(role, cx)?;
    }
    let news = state.governance.publisher != set.roles;
    Ok(news.then(|| Event::PublisherSet { roles: set.roles.clone() }))
}
