use std::collections::BTreeMap;

use contracts::Principal;
use contracts::kinds::approval::{Event, Proposal, Status};
use serde::{Deserialize, Serialize};

/// What an approval is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where it stands.
    pub status: Status,
    /// What is decided about.
    pub proposal: Option<Proposal>,
    /// Who said yes, and in whose place.
    pub approvals: BTreeMap<Principal, Principal>,
    /// Who decides in an approver's place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub delegates: BTreeMap<Principal, Principal>,
    /// Whether it is a fork: those decide about nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forked: bool,
}

impl State {
    /// The approval after `event`.
    #[must_use]
    pub fn after(mut self, event: &Event) -> Self {
        match event {
            Event::Proposed(proposal) => {
                self.status = Status::Pending;
                self.proposal = Some((**proposal).clone());
            }
            Event::Approved { by, for_whom, .. } => {
                let place = for_whom.clone().unwrap_or_else(|| by.clone());
                self.approvals.insert(place, by.clone());
            }
            Event::Delegated { from, to } => {
                self.delegates.insert(from.clone(), to.clone());
            }
            Event::Granted { .. } => self.status = Status::Granted,
            Event::Rejected { .. } => self.status = Status::Rejected,
            Event::Withdrawn { .. } => self.status = Status::Withdrawn,
            Event::Expired {} => self.status = Status::Expired,
            Event::Performed { .. } => self.status = Status::Performed,
            Event::Failed { .. } => self.status = Status::Failed,
        }
        self
    }

    /// Whose place `principal` decides in: their own, or that of one who lets them. `None` when
    /// they may not, or every place of theirs is taken.
    #[must_use]
    pub fn place(&self, principal: &Principal) -> Option<Principal> {
        let proposal = self.proposal.as_ref()?;
        let open = |place: &&Principal| !self.approvals.contains_key(*place);
        if proposal.approvers.is_empty() {
            return Some(principal).filter(open).cloned();
        }
        let places = proposal.approvers.iter();
        let own = |place: &&Principal| match self.delegates.get(*place) {
            Some(delegate) => delegate == principal,
            None => *place == principal,
        };
        places.filter(own).find(open).cloned()
    }

    /// Whether `principal` has said yes, for whomever.
    #[must_use]
    pub fn has_approved(&self, principal: &Principal) -> bool {
        self.approvals.values().any(|by| by == principal)
    }
}
