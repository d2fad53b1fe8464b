//! What of an organization decides who may do what in its tenant: the part of its state that the
//! directory keeps too.

use std::collections::BTreeMap;

use contracts::access::{Grant, Role, RoleName};
use contracts::kinds::organization::{Entitle, Event, MemberRole, PlanLimits, Scope};
use contracts::privacy::{Classed, DataClass};
use contracts::{Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// Who rules, and within which bounds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Governance {
    /// Whether nobody in it may do anything.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub suspended: bool,
    /// What its plan allows.
    pub limits: PlanLimits,
    /// Its members: principals of the tenant by name, others as `name@home`.
    pub members: BTreeMap<Principal, MemberRole>,
    /// Its own roles.
    pub roles: BTreeMap<RoleName, Role>,
    /// The roles of its publisher on NATS; `None` = as the program comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Vec<RoleName>>,
    /// Which members of inputs it classes beyond what the pages do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classed: Vec<Classed>,
    /// What it may use, in the order in which it was told.
    pub allowances: Vec<Allowance>,
}

/// What may be used of one feature, and what was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The entitlement.
    pub entitle: Entitle,
    /// When the window began that `consumed` counts in.
    pub window: Timestamp,
    /// How much was used in it.
    pub consumed: u64,
}

impl Allowance {
    /// How much was used in the window that `now` is in.
    #[must_use]
    pub fn consumed(&self, now: Timestamp) -> u64 {
        if self.entitle.period.window(now) == self.window { self.consumed } else { 0 }
    }

    /// Whether it counts at `now`.
    #[must_use]
    pub fn counts(&self, now: Timestamp) -> bool {
        self.entitle.enabled && Grant::lasts(self.entitle.expires_at, now)
    }
}

impl Governance {
    /// What may be used of `feature` in `scope`.
    #[must_use]
    pub fn allowance(&self, feature: &str, scope: &Scope) -> Option<&Allowance> {
        let is = |it: &&Allowance| it.entitle.feature == feature && it.entitle.scope == *scope;
        self.allowances.iter().find(is)
    }

    /// How many owners it has.
    #[must_use]
    pub fn owners(&self) -> usize {
        self.members.values().filter(|role| **role == MemberRole::Owner).count()
    }

    /// The same after `event`, which happened at `at`.
    pub fn follow(&mut self, event: &Event, at: Timestamp) {
        match event {
            Event::PlanSet { limits, .. } => self.limits = *limits,
            Event::MemberAdded { principal, role } | Event::MemberChanged { principal, role } => {
                self.members.insert(principal.clone(), *role);
            }
            Event::MemberRemoved { principal } => {
                self.members.remove(principal);
            }
            Event::RoleDefined { role, allow, except } => {
                let defined = Role { allow: allow.clone(), except: except.clone() };
                self.roles.insert(role.clone(), defined);
            }
            Event::RoleDropped { role } => {
                self.roles.remove(role);
            }
            Event::DataClassed(classed) => {
                self.classed.retain(|known| !known.is_of(classed));
                if classed.class != DataClass::None {
                    self.classed.push(classed.clone());
                }
            }
            Event::PublisherSet { roles } => self.publisher.clone_from(roles),
            Event::Entitled(entitle) => self.entitled(entitle, at),
            Event::Consumed { feature, scope, amount, window } => {
                let is = |it: &&mut Allowance| {
                    it.entitle.feature == *feature && it.entitle.scope == *scope
                };
                if let Some(allowance) = self.allowances.iter_mut().find(is) {
                    let before = if allowance.window == *window { allowance.consumed } else { 0 };
                    allowance.consumed = before.saturating_add(*amount);
                    allowance.window = *window;
                }
            }
            Event::Withdrawn { feature, scope } => {
                self.allowances
                    .retain(|it| it.entitle.feature != *feature || it.entitle.scope != *scope);
            }
            Event::Suspended { .. } => self.suspended = true,
            Event::Restored {} => self.suspended = false,
            _ => {}
        }
    }

    /// A new quota does not forget what was used.
    fn entitled(&mut self, entitle: &Entitle, at: Timestamp) {
        let is = |it: &&mut Allowance| {
            it.entitle.feature == entitle.feature && it.entitle.scope == entitle.scope
        };
        let window = entitle.period.window(at);
        match self.allowances.iter_mut().find(is) {
            Some(known) if known.entitle.period == entitle.period => {
                known.entitle = entitle.clone();
            }
            Some(known) => {
                *known = Allowance { entitle: entitle.clone(), window, consumed: 0 };
            }
            None => {
                self.allowances.push(Allowance { entitle: entitle.clone(), window, consumed: 0 });
            }
        }
    }
}
