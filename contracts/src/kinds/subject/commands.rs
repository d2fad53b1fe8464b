use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::hash::Hash;
use crate::ids::Principal;
use crate::kinds::check::{Check, SAID};
use crate::privacy::{KeyId, SignedReceipt};
use crate::refusal::Refusal;

/// The longest name of a purpose or of a version, in bytes.
pub const PURPOSE_BYTES_MAX: usize = 128;
/// The longest reason, in bytes.
pub const TEXT_BYTES_MAX: usize = 1_024;

/// What may be asked of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// It agrees to something.
    Consent(Consent),
    /// It agrees no longer.
    Withdraw(Withdraw),
    /// Its data must be kept: nothing is erased.
    Hold(Hold),
    /// Its data need not be kept any more.
    Release(Nothing),
    /// Its key is about to be destroyed: said by the program itself.
    AskErasure(AskErasure),
    /// Its key is gone: said by the program itself.
    Erased(Erased),
}

/// Input of `consent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// To what, such as `newsletter`.
    #[schemars(length(min = 1, max = PURPOSE_BYTES_MAX), regex(pattern = SAID))]
    pub purpose: String,
    /// To which version of the words.
    #[schemars(length(min = 1, max = PURPOSE_BYTES_MAX), regex(pattern = SAID))]
    pub version: String,
    /// BLAKE3 of the words that were shown, so that nobody can say later that they were others.
    pub text_hash: Hash,
}

/// Input of `withdraw`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdraw {
    /// From what.
    #[schemars(length(min = 1, max = PURPOSE_BYTES_MAX), regex(pattern = SAID))]
    pub purpose: String,
}

/// Input of `hold`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why, for people; nothing personal, since it is never erased.
    #[schemars(length(min = 1, max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub reason: String,
}

/// Input of `ask_erasure`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskErasure {
    /// The key that is to be destroyed.
    pub key: KeyId,
    /// Who asks.
    pub by: Principal,
    /// Why, for people; nothing personal, since it is never erased.
    #[schemars(length(min = 1, max = TEXT_BYTES_MAX), regex(pattern = SAID))]
    pub reason: String,
}

/// Input of `erased`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// That it is so, signed.
    pub receipt: SignedReceipt,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// The answer to every command of a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// What it agrees to.
    pub purposes: Vec<String>,
    /// Whether its data must be kept.
    pub held: bool,
    /// How often its data was erased.
    pub erasures: u32,
}

impl Consent {
    /// Whether its texts can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new()
            .text("purpose", &self.purpose, PURPOSE_BYTES_MAX)
            .text("version", &self.version, PURPOSE_BYTES_MAX)
            .done()
    }
}

impl Withdraw {
    /// Whether its text can be meant.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new().text("purpose", &self.purpose, PURPOSE_BYTES_MAX).done()
    }
}

impl Hold {
    /// Whether the reason can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new().text("reason", &self.reason, TEXT_BYTES_MAX).done()
    }
}

impl AskErasure {
    /// Whether the reason can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        Check::new().text("reason", &self.reason, TEXT_BYTES_MAX).done()
    }
}
