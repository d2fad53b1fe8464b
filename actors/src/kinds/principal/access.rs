//! What of a principal decides what it may: the part of its state that the directory keeps too.

use contracts::access::{Grant, Pattern, RoleName};
use contracts::kinds::principal::{Event, Sort};
use contracts::{CredentialId, Hash, Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// What a principal may, and what it proves itself with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// What sort it is.
    pub sort: Sort,
    /// Whether it may do nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Principal>,
    /// Its roles, each until its instant, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Assigned>,
    /// Its grants, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
    /// Its keys, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<Key>,
    /// Its sessions, the one that was used last at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
    /// The scopes of keys that have ended, for what they caused before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_scopes: Vec<EndedScope>,
}

/// What a key carried that counts no longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedScope {
    /// What the key was called.
    pub id: CredentialId,
    /// What of the principal's rights it carried.
    pub scope: Vec<Pattern>,
}

/// A role that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assigned {
    /// Which.
    pub role: RoleName,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

/// A key, told by its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    /// What it is called.
    pub id: CredentialId,
    /// BLAKE3 of the key.
    pub hash: Hash,
    /// What it is for.
    pub label: String,
    /// What of the principal's rights it carries; `None` = all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Vec<Pattern>>,
    /// Until when it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Since when there is such a key.
    pub issued_at: Timestamp,
}

impl Key {
    /// Whether it counts at `now`.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        Grant::lasts(self.expires_at, now)
    }
}

/// A session, told by the hash of its refresh token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What it and all tokens that come of it are called.
    pub family: CredentialId,
    /// BLAKE3 of the refresh token that counts.
    pub token_hash: Hash,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when.
    pub begun_at: Timestamp,
    /// On which device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
}

impl Access {
    /// The key called `id`.
    #[must_use]
    pub fn key(&self, id: &CredentialId) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == *id)
    }

    /// The session called `family`.
    #[must_use]
    pub fn session(&self, family: &CredentialId) -> Option<&Session> {
        self.sessions.iter().find(|session| session.family == *family)
    }

    /// Whether the session called `family` goes on at `now`.
    #[must_use]
    pub fn has_session(&self, family: &CredentialId, now: Timestamp) -> bool {
        !self.suspended && self.session(family).is_some_and(|session| session.expires_at > now)
    }

    /// The same after `event`, which happened at `at`.
    pub fn follow(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::Registered { sort, owner, .. } => {
                (self.sort, self.owner) = (*sort, owner.clone());
            }
            Event::RoleAssigned { role, expires_at } => {
                self.roles.retain(|known| known.role != *role);
                let (role, expires_at) = (role.clone(), *expires_at);
                self.roles.push(Assigned { role, expires_at });
            }
            Event::RoleRemoved { role } => self.roles.retain(|known| known.role != *role),
            Event::Granted(grant) => {
                let same = |known: &Grant| {
                    known.capability == grant.capability && known.condition == grant.condition
                };
                self.grants.retain(|known| !same(known));
                self.grants.push(grant.clone());
            }
            Event::Revoked { capability } => {
                self.grants.retain(|known| known.capability != *capability);
            }
            Event::Transferred { owner } => self.owner = Some(owner.clone()),
            Event::Suspended { .. } => self.suspended = true,
            Event::Restored {} => self.suspended = false,
            _ => self.follow_credentials(event, at),
        }
    }

    fn follow_credentials(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::KeyIssued { id, hash, label, scope, expires_at } => {
                self.let_go(|key| !key.counts(at));
                let (id, label, scope) = (id.clone(), label.clone(), scope.clone());
                let (hash, expires_at) = (*hash, *expires_at);
                self.keys.push(Key { id, hash, label, scope, expires_at, issued_at: at });
            }
            Event::KeyRotated { id, until, successor, hash } => {
                self.rotate(id, *until, (successor, *hash), at);
            }
            Event::KeyRevoked { id } => self.let_go(|key| key.id == *id),
            Event::SessionBegun { family, token_hash, expires_at, device } => {
                self.sessions.retain(|session| session.expires_at > at);
                let (family, device) = (family.clone(), device.clone());
                let (token_hash, expires_at) = (*token_hash, *expires_at);
                self.sessions.push(Session {
                    family,
                    token_hash,
                    expires_at,
                    begun_at: at,
                    device,
                });
            }
            Event::SessionRefreshed { family, token_hash, expires_at } => {
                let place = self.sessions.iter().position(|it| it.family == *family);
                if let Some(place) = place {
                    let mut session = self.sessions.remove(place);
                    (session.token_hash, session.expires_at) = (*token_hash, *expires_at);
                    self.sessions.push(session);
                }
            }
            Event::SessionEnded { family, .. } => {
                self.sessions.retain(|session| session.family != *family);
            }
            _ => {}
        }
    }

    /// Keys end. What a scoped one has caused goes on within its scope, which is kept for that.
    fn let_go(&mut self, ends: impl Fn(&Key) -> bool) {
        let ended = self.keys.iter().filter(|key| ends(key));
        let scopes = ended.filter_map(|key| Some((key.id.clone(), key.scope.clone()?)));
        self.ended_scopes.extend(scopes.map(|(id, scope)| EndedScope { id, scope }));
        self.keys.retain(|key| !ends(key));
    }

    fn rotate(
        &mut self,
        id: &CredentialId,
        until: Timestamp,
        (successor, hash): (&CredentialId, Hash),
        at: Timestamp,
    ) {
        self.let_go(|key| !key.counts(at));
        let Some(old) = self.keys.iter_mut().find(|key| key.id == *id) else { return };
        let (id, issued_at) = (successor.clone(), at);
        let next = Key { id, hash, issued_at, ..old.clone() };
        old.expires_at = Some(old.expires_at.map_or(until, |end| end.min(until)));
        self.keys.push(next);
        self.let_go(|key| !key.counts(at));
    }
}
