//! What happens to a budget.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::{Definition, Unit};
use crate::ids::Principal;
use crate::time::Timestamp;

/// How a window stands after an event. Told with each of them, so that a fold needs no calendar.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Ledger {
    /// When the window began.
    pub starts: Timestamp,
    /// When it ends; left out = never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Timestamp>,
    /// What was spent in it.
    pub used: u64,
    /// Of that, what was set aside for calls of which nobody knows what came of them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unknown: u64,
    /// What is set aside for calls that are being made.
    pub reserved: u64,
    /// What may still be reserved.
    pub left: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(amount: &u64) -> bool {
    *amount == 0
}

/// What happened to a budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It allows this from now on.
    Set {
        /// What.
        definition: Box<Definition>,
        /// How the window stands.
        ledger: Ledger,
    },
    /// What a call may cost was set aside.
    Reserved {
        /// For which call.
        reservation: String,
        /// How much.
        amount: u64,
        /// On which model.
        model: String,
        /// Who spends.
        principal: Principal,
        /// Who reserved, and may settle.
        by: Principal,
        /// Until when it is held.
        until: Timestamp,
        /// How the window stands.
        ledger: Ledger,
    },
    /// A call was made.
    Settled {
        /// Which.
        reservation: String,
        /// What it cost.
        amount: u64,
        /// What had been set aside.
        reserved: u64,
        /// Nobody knows what came of it: what had been set aside is spent.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        unknown: bool,
        /// How the window stands.
        ledger: Ledger,
    },
    /// A call was not made, and nothing is spent.
    Released {
        /// Which.
        reservation: String,
        /// What had been set aside.
        reserved: u64,
        /// How the window stands.
        ledger: Ledger,
    },
    /// Nobody said in time what became of a call: what had been set aside is spent.
    Lapsed {
        /// Which.
        reservation: String,
        /// What had been set aside.
        amount: u64,
        /// How the window stands.
        ledger: Ledger,
    },
    /// Somebody counted more or less.
    Adjusted {
        /// How much.
        amount: i64,
        /// Who.
        by: Principal,
        /// Why.
        reason: String,
        /// How the window stands.
        ledger: Ledger,
    },
    /// The window is counted from zero again.
    Reset {
        /// Who said so.
        by: Principal,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// How the window stands.
        ledger: Ledger,
    },
    /// Nothing is limited any more.
    Cleared {},
    /// So much of the limit is spent: told once in a window for each threshold.
    ThresholdCrossed {
        /// Which share, in percent.
        percent: u8,
        /// What was spent.
        used: u64,
        /// Of how much.
        limit: u64,
        /// In what.
        unit: Unit,
    },
    /// Too little was left for a call: told once in a window.
    Exceeded {
        /// What the call may have cost.
        asked: u64,
        /// Of how much.
        limit: u64,
        /// In what.
        unit: Unit,
        /// On which model.
        model: String,
        /// Who asked.
        principal: Principal,
        /// Whether it was refused.
        refused: bool,
        /// How the window stands.
        ledger: Ledger,
    },
    /// It is spent faster than usual: told once in a span.
    SpikeSeen {
        /// When the span began.
        since: Timestamp,
        /// How long a span is, in minutes.
        minutes: u32,
        /// What was spent in it.
        spent: u64,
        /// What is usual.
        usual: u64,
        /// In what.
        unit: Unit,
    },
}
