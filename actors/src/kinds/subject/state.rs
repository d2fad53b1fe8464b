use std::collections::BTreeMap;

use contracts::kinds::subject::{Event, RECEIPTS_MAX};
use contracts::privacy::{KeyId, SignedReceipt};
use contracts::{Hash, Principal, Timestamp};
use serde::{Deserialize, Serialize};

/// What is kept of a subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// What it was asked to agree to, by purpose.
    pub consents: BTreeMap<String, Consent>,
    /// Why its data must be kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<Hold>,
    /// The erasure that is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasing: Option<Erasing>,
    /// How often its data was erased.
    pub erasures: u32,
    /// The newest receipts of that.
    pub receipts: Vec<SignedReceipt>,
}

/// What it said of one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// To which version of the words.
    pub version: String,
    /// BLAKE3 of the words.
    pub text_hash: Hash,
    /// Since when.
    pub given_at: Timestamp,
    /// Who said so.
    pub by: Principal,
    /// Since when no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn_at: Option<Timestamp>,
}

/// That its data must be kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub reason: String,
    /// Who says so.
    pub by: Principal,
    /// Since when.
    pub since: Timestamp,
}

/// An erasure that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasing {
    /// Of which key.
    pub key: KeyId,
    /// Who asked.
    pub by: Principal,
    /// When.
    pub asked_at: Timestamp,
}

impl State {
    /// The subject after `event`, which happened at `at`.
    #[must_use]
    pub fn after(mut self, event: &Event, at: Timestamp) -> Self {
        match event {
            Event::ConsentGiven { consent, by } => {
                let given = Consent {
                    version: consent.version.clone(),
                    text_hash: consent.text_hash,
                    given_at: at,
                    by: by.clone(),
                    withdrawn_at: None,
                };
                self.consents.insert(consent.purpose.clone(), given);
            }
            Event::ConsentWithdrawn { purpose, .. } => {
                if let Some(consent) = self.consents.get_mut(purpose) {
                    consent.withdrawn_at = Some(at);
                }
            }
            Event::Held { reason, by } => {
                self.hold = Some(Hold { reason: reason.clone(), by: by.clone(), since: at });
            }
            Event::Released { .. } => self.hold = None,
            Event::ErasureAsked { key, by, .. } => {
                self.erasing = Some(Erasing { key: *key, by: by.clone(), asked_at: at });
            }
            Event::Erased { receipt } => {
                self.erasing = None;
                self.erasures = self.erasures.saturating_add(1);
                if self.receipts.len() == RECEIPTS_MAX {
                    self.receipts.remove(0);
                }
                self.receipts.push(receipt.clone());
            }
        }
        self
    }

    /// What it agrees to.
    pub fn purposes(&self) -> impl Iterator<Item = &str> {
        let standing = self.consents.iter().filter(|(_, it)| it.withdrawn_at.is_none());
        standing.map(|(purpose, _)| purpose.as_str())
    }
}
