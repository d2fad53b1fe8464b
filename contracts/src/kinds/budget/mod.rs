//! `budget`: how much may be spent, by whom, on which models, in which window. Whoever spends
//! reserves before and settles after; what is reserved counts as spent until then.

mod commands;
mod definition;
mod events;
mod rejections;
mod scope;
mod specs;

use serde_json::{Value, json};

use crate::ids::{Kind, Tenant};
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec};

pub use commands::{Adjust, Command, Nothing, Release, Reserve, Reset, Settle, Standing, Verdict};
pub use definition::{Alerts, Definition, OnExceeded, Spike, THRESHOLDS_MAX, Unit, UnknownPrice};
pub use events::{Event, Ledger};
pub use rejections::{EXCEEDED, PRICE_UNKNOWN, Rejection};
pub use scope::{PATTERN_BYTES_MAX, Scope, Spender, matches};

/// The tenant whose budgets are about all tenants, or those that their scope names.
pub const SYSTEM: Tenant = Tenant::from_static("system");
/// The kind's name.
pub const KIND: Kind = Kind::from_static("budget");
/// The largest amount, in tokens or millionths of a dollar: whole in every JSON reader.
pub const AMOUNT_MAX: u64 = 9_007_199_254_740_991;
/// The longest reason, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;
/// The longest name of a reservation, in bytes.
pub const RESERVATION_BYTES_MAX: usize = 128;
/// The longest name of a model, in bytes.
pub const MODEL_BYTES_MAX: usize = 256;
/// Reservations that one budget may hold open at once; more are answered `budget_overloaded`.
pub const RESERVATIONS_OPEN_MAX: usize = 1_024;
/// How long a reservation is held when it does not say: then it is counted whole.
pub const HOLD_MS_DEFAULT: u64 = 3_600_000;
/// The longest that one can be held.
pub const HOLD_MS_MAX: u64 = 7 * 24 * 3_600_000;

/// The page of `budget`.
pub struct Budget;

impl Page for Budget {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "How much may be spent: limits, reservations, what was used.";
    const CREATE: &'static str = "set";
    const COMMANDS: &'static [&'static str] =
        &["set", "reserve", "settle", "release", "adjust", "reset", "clear"];
    const EVENTS: &'static [(&'static str, u32)] = &[
        ("Set", 1),
        ("Reserved", 1),
        ("Settled", 1),
        ("Released", 1),
        ("Lapsed", 1),
        ("Adjusted", 1),
        ("Reset", 1),
        ("Cleared", 1),
        ("ThresholdCrossed", 1),
        ("Exceeded", 1),
        ("SpikeSeen", 1),
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
        rejections::specs()
    }

    fn summary(event: &Event) -> Option<Value> {
        match event {
            Event::Set { definition, ledger } => {
                let Definition { scope, unit, limit, window, hard, .. } = definition.as_ref();
                let mut summary = shown(ledger);
                // All members, since a merge leaves what it does not name.
                summary["scope"] = json!({
                    "tenant": scope.tenant, "principal": scope.principal,
                    "credential": scope.credential, "kind": scope.kind, "actor": scope.actor,
                    "model": scope.model,
                });
                summary["unit"] = json!(unit);
                summary["limit"] = json!(limit);
                summary["window"] = json!({ "per": window.per, "zone": window.zone });
                summary["hard"] = json!(hard);
                Some(summary)
            }
            Event::Cleared {} => Some(json!({ "limit": null, "left": null })),
            Event::Reserved { ledger, .. }
            | Event::Settled { ledger, .. }
            | Event::Released { ledger, .. }
            | Event::Lapsed { ledger, .. }
            | Event::Adjusted { ledger, .. }
            | Event::Reset { ledger, .. }
            | Event::Exceeded { ledger, .. } => Some(shown(ledger)),
            Event::ThresholdCrossed { .. } | Event::SpikeSeen { .. } => None,
        }
    }
}

/// What the row of a budget says of its window.
fn shown(ledger: &Ledger) -> Value {
    json!({
        "used": ledger.used, "reserved": ledger.reserved, "unknown": ledger.unknown,
        "left": ledger.left, "starts": ledger.starts, "ends": ledger.ends,
    })
}
