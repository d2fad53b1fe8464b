use std::collections::{BTreeMap, VecDeque};

use contracts::kinds::webhook::limits::RECENT_MAX;
use contracts::kinds::webhook::{Delivery, Event, Filter, Reason, Words};
use contracts::{ActorId, Caller, SecretName, Timestamp};
use serde::{Deserialize, Serialize};

/// What a webhook is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Where to; empty = nobody has created it.
    pub url: String,
    /// Which events.
    pub filter: Filter,
    /// What it is for.
    pub description: Option<String>,
    /// What its secret is called in the vault.
    pub secret: Option<SecretName>,
    /// As whom it reads.
    pub owner: Option<Caller>,
    /// Whether it sends events.
    pub enabled: bool,
    /// Why it does not.
    pub disabled: Option<Reason>,
    /// Until when the secret before the present one counts.
    pub rotated_until: Option<Timestamp>,
    /// What is on its way.
    pub pending: BTreeMap<ActorId, Known>,
    /// What has ended, the oldest first.
    pub recent: VecDeque<Known>,
    /// Since when nothing has come through; absent = the last message has.
    pub failing_since: Option<Timestamp>,
    /// In whose words it tells.
    #[serde(default, skip_serializing_if = "Words::is_usual")]
    pub words: Words,
}

/// A delivery, and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// What is sent.
    #[serde(flatten)]
    pub delivery: Delivery,
    /// When it was asked.
    pub at: Timestamp,
    /// How it ended; absent = it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
}

/// How a delivery ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The receiver has taken it, with this status.
    Delivered(u16),
    /// It has not: a stable code.
    Failed(String),
}

impl State {
    /// Whether somebody has created it.
    #[must_use]
    pub const fn exists(&self) -> bool {
        !self.url.is_empty()
    }

    /// What is known of a delivery.
    #[must_use]
    pub fn delivery(&self, name: &ActorId) -> Option<&Known> {
        let recent = || self.recent.iter().rev().find(|it| it.delivery.delivery == *name);
        self.pending.get(name).or_else(recent)
    }

    /// The webhook after `event`, which was decided at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::Created { url, filter, description, secret, owner, words } => {
                self.words = *words;
                self.url.clone_from(url);
                self.filter = filter.clone();
                self.description.clone_from(description);
                self.secret = Some(secret.clone());
                self.owner = Some(owner.clone());
                self.enabled = true;
            }
            Event::Updated { url, filter, description, owner } => {
                url.iter().for_each(|url| self.url.clone_from(url));
                filter.iter().for_each(|filter| self.filter = filter.clone());
                if description.is_some() {
                    self.description.clone_from(description);
                }
                self.owner = Some(owner.clone());
            }
            Event::Rotated { until } => self.rotated_until = Some(*until),
            Event::Enabled { owner } => {
                self.owner = Some(owner.clone());
                (self.enabled, self.disabled, self.failing_since) = (true, None, None);
            }
            Event::Disabled { reason, .. } => {
                (self.enabled, self.disabled) = (false, Some(*reason));
            }
            Event::Pinged { .. } => {}
            Event::DeliveryAsked(delivery) => {
                let known = Known { delivery: delivery.clone(), at, ended: None };
                self.pending.insert(delivery.delivery.clone(), known);
            }
            Event::Delivered { delivery, status, .. } => {
                self.end(delivery, Ended::Delivered(*status));
                self.failing_since = None;
            }
            Event::DeliveryFailed { delivery, code, .. } => {
                let began = self.pending.get(delivery).map_or(at, |known| known.at);
                self.failing_since.get_or_insert(began);
                self.end(delivery, Ended::Failed(code.clone()));
            }
        }
        self
    }

    fn end(&mut self, name: &ActorId, how: Ended) {
        let Some(known) = self.pending.remove(name) else { return };
        self.recent.push_back(Known { ended: Some(how), ..known });
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }
}
