//! `subject`: somebody about whom something is known. It is called as the principal is, or
//! `person:<id>`; here stands what it has agreed to, whether its data must be kept, and the
//! receipts of its erasures. The data itself stands elsewhere, under its key.

mod commands;
mod rejections;
mod specs;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::{Kind, Principal};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};
use crate::privacy::{KeyId, SignedReceipt};

pub use commands::{
    AskErasure, Command, Consent, Erased, Hold, Nothing, PURPOSE_BYTES_MAX, Standing,
    TEXT_BYTES_MAX, Withdraw,
};
pub use rejections::Rejection;

/// The kind's name.
pub const KIND: Kind = Kind::from_static("subject");

/// Purposes of one subject.
pub const PURPOSES_MAX: usize = 256;

/// Receipts that the state keeps; all of them stand in the log.
pub const RECEIPTS_MAX: usize = 32;

/// Commands that a principal may send to the subject that is called as it is, without any
/// capability: what it agrees to is its own affair.
pub const OWN: &[&str] = &["consent", "withdraw"];

/// What happened to a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It has agreed to something.
    ConsentGiven {
        /// To what, and to which words.
        #[serde(flatten)]
        consent: Consent,
        /// Who says so.
        by: Principal,
    },
    /// It agrees no longer.
    ConsentWithdrawn {
        /// To what.
        purpose: String,
        /// Who says so.
        by: Principal,
    },
    /// Its data must be kept.
    Held {
        /// Why, for people.
        reason: String,
        /// Who says so.
        by: Principal,
    },
    /// Its data need not be kept any more.
    Released {
        /// Who says so.
        by: Principal,
    },
    /// Its key is about to be destroyed.
    ErasureAsked {
        /// Which.
        key: KeyId,
        /// Who asked.
        by: Principal,
        /// Why, for people.
        reason: String,
    },
    /// Its key is gone, and what was protected by it can be read no more.
    Erased {
        /// That it is so, signed.
        receipt: SignedReceipt,
    },
}

/// The page of `subject`.
pub struct Subject;

impl Page for Subject {
    const KIND: Kind = KIND;
    const ABOUT: &'static str =
        "Somebody about whom something is known: consents, legal hold and receipts of erasures.";
    const CREATE: &'static str = "consent";
    const NAMED: bool = true;
    const COMMANDS: &'static [&'static str] =
        &["consent", "withdraw", "hold", "release", "ask_erasure", "erased"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("ConsentGiven", 1),
        ("ConsentWithdrawn", 1),
        ("Held", 1),
        ("Released", 1),
        ("ErasureAsked", 1),
        ("Erased", 1),
    ];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        specs::commands()
    }

    fn events() -> Vec<EventSpec> {
        specs::events()
    }

    fn rejections() -> Vec<RejectionSpec> {
        rejections::all()
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::ConsentGiven { consent, .. } => {
                json!({ "last": { "consent": consent.purpose } })
            }
            Event::ConsentWithdrawn { purpose, .. } => json!({ "last": { "withdrawn": purpose } }),
            Event::Held { .. } => json!({ "held": true }),
            Event::Released { .. } => json!({ "held": null }),
            Event::ErasureAsked { .. } => json!({ "erasing": true }),
            Event::Erased { receipt } => {
                json!({ "erasing": null, "erased_at": receipt.receipt.erased_at })
            }
        })
    }
}
