use contracts::kinds::policy::limits::VERSIONS_MAX;
use contracts::kinds::policy::{Document, Event, Scope};
use contracts::{Hash, Principal, Timestamp};
use serde::{Deserialize, Serialize};

use crate::policy::Engaged;

/// What a policy is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The versions that are kept, the oldest first.
    pub versions: Vec<Version>,
    /// The number of the last version; zero = there was none.
    pub latest: u32,
    /// The version in force.
    pub active: Option<u32>,
    /// The switches that are engaged.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<Switch>,
}

/// A version of a policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1.
    pub version: u32,
    /// BLAKE3 of the document's canonical JSON.
    pub digest: Hash,
    /// By whom.
    pub by: Principal,
    /// Since when.
    pub at: Timestamp,
    /// What it says.
    pub document: Document,
    /// The text that it was written as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A switch that is engaged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switch {
    /// What stands still.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// By whom.
    pub by: Principal,
    /// Since when.
    pub since: Timestamp,
}

impl State {
    /// The policy after `event`, which happened at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Put { version, document, digest, text, by } => {
                self.latest = *version;
                self.versions.push(Version {
                    version: *version,
                    digest: *digest,
                    by: by.clone(),
                    at,
                    document: (**document).clone(),
                    text: text.clone(),
                });
                self.drop_old();
            }
            Event::Activated { version, .. } => self.active = Some(*version),
            Event::Retired { .. } => self.active = None,
            Event::Engaged { scope, reason, by } => {
                self.switches.retain(|it| it.scope != *scope);
                self.switches.push(Switch {
                    scope: scope.clone(),
                    reason: reason.clone(),
                    by: by.clone(),
                    since: at,
                });
            }
            Event::Released { scope, .. } => self.switches.retain(|it| it.scope != *scope),
        }
        self
    }

    /// The oldest that is not in force goes first.
    fn drop_old(&mut self) {
        while self.versions.len() > VERSIONS_MAX {
            let old = self.versions.iter().position(|it| Some(it.version) != self.active);
            self.versions.remove(old.unwrap_or(0));
        }
    }

    /// The version of this number, when it is kept.
    #[must_use]
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|it| it.version == number)
    }

    /// The version before the one in force; when none is in force, the last.
    #[must_use]
    pub fn earlier(&self) -> Option<&Version> {
        let before = self.active.unwrap_or(u32::MAX);
        self.versions.iter().rfind(|it| it.version < before)
    }

    /// The document in force.
    #[must_use]
    pub fn document_in_force(&self) -> Option<&Document> {
        self.active.and_then(|number| self.version(number)).map(|it| &it.document)
    }

    /// The switches that are engaged, for the gate.
    pub fn engaged(&self) -> impl Iterator<Item = Engaged> {
        self.switches.iter().map(|it| Engaged {
            scope: it.scope.clone(),
            reason: it.reason.clone(),
            by: it.by.clone(),
            since: it.since,
        })
    }
}
