//! One principal at home.

use std::sync::Arc;

use contracts::access::{Pattern, Rights, Roles};
use contracts::kinds::organization::MemberRole;
use contracts::{Caller, CredentialId, Origin, Timestamp};

use super::house::role_of;
use crate::kinds::principal::Access;

/// The role that makes a principal of the tenant `system` a super admin.
pub const ADMIN: &str = "admin";

/// A principal, with what follows from what it was given.
#[derive(Debug, Clone)]
pub struct Resident {
    /// What it was given.
    pub access: Access,
    /// What it may at home.
    pub rights: Rights,
    /// What it may in every other tenant when its home is `system`: all, as long as it is an admin
    /// there.
    pub above: Rights,
    /// The scopes of its keys that have one.
    scopes: Vec<(CredentialId, Arc<[Pattern]>)>,
}

/// What a credential of a principal is worth.
pub enum Carried {
    /// All that its principal may.
    All,
    /// What this means of it.
    Scope(Arc<[Pattern]>),
    /// Nothing: it was revoked or has expired.
    Nothing,
}

impl Resident {
    /// The principal of `access`, where these roles are known and its standing is `member`.
    #[must_use]
    pub fn new(access: Access, roles: &Roles, member: Option<MemberRole>) -> Self {
        let member = member.map(|member| member.role());
        let assigned = access.roles.iter();
        let own = assigned.filter_map(|it| Some((roles.get(&it.role)?, it.expires_at)));
        let own = own.chain(member.as_ref().and_then(|role| Some((roles.get(role)?, None))));
        let rights = Rights::of(&access.grants, own);
        let admin = access.roles.iter().filter(|it| it.role.as_str() == ADMIN);
        let admin = admin.filter_map(|it| Some((roles.get(&it.role)?, it.expires_at)));
        let standing = member.as_ref().filter(|role| role.as_str() == ADMIN);
        let standing = standing.and_then(|role| Some((roles.get(role)?, None)));
        let above = Rights::of([], admin.chain(standing));
        let scopes = access.keys.iter().filter_map(|key| {
            let scope = key.scope.as_ref()?;
            Some((key.id.clone(), scope.clone().into()))
        });
        let ended = access.ended_scopes.iter();
        let scopes = scopes.chain(ended.map(|it| (it.id.clone(), it.scope.clone().into())));
        let scopes = scopes.collect();
        Self { access, rights, above, scopes }
    }

    /// What the credential that `by` came with is worth at `now`. What the runtime does because of
    /// it later stays within its scope, and goes on when it has ended: keys are rotated and people
    /// sign out while their timers run.
    #[must_use]
    pub fn carried(&self, by: &Caller, now: Timestamp) -> Carried {
        let Some(credential) = &by.credential else { return Carried::All };
        let later = by.origin == Origin::Runtime;
        let counts = match self.access.key(credential) {
            Some(key) => later || key.counts(now),
            None => later || self.access.has_session(credential, now),
        };
        if !counts {
            return Carried::Nothing;
        }
        let scope = self.scopes.iter().find(|(id, _)| id == credential);
        scope.map_or(Carried::All, |(_, scope)| Carried::Scope(scope.clone()))
    }
}

/// The role of a member who is at home elsewhere, as rights.
#[must_use]
pub fn guest(roles: &Roles, member: MemberRole) -> Rights {
    role_of(roles, &member.role())
}
