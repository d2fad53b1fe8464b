use serde_json::{Value, json};

use super::commands::{Adjust, Nothing, Release, Reserve, Reset, Settle, Standing, Verdict};
use super::definition::Definition;
use crate::page::{CommandSpec, EventSpec, SchemaOf, schema_of};

fn spec(name: &'static str, about: &'static str, input: SchemaOf, example: Value) -> CommandSpec {
    CommandSpec { name, about, input, output: schema_of::<Standing>, example, begins: false }
}

pub(super) fn commands() -> Vec<CommandSpec> {
    let set = json!({
        "scope": { "model": "openai/*" }, "unit": "micro_usd", "limit": 5_000_000,
        "window": { "per": "day", "zone": "Europe/Berlin" },
        "alerts": { "thresholds": [50, 80] },
    });
    let reserve = json!({
        "reservation": "call-1", "tokens": 1_200, "micro_usd": 900, "model": "openai/gpt-4o-mini",
        "spender": {
            "tenant": "main", "principal": "ada", "kind": "conversation", "actor": "c1",
        },
    });
    let settle = json!({ "reservation": "call-1", "tokens": 800, "micro_usd": 610 });
    let about = "Says what may be spent, in place of what was set.";
    let begins = spec("set", about, schema_of::<Definition>, set);
    let about = "Sets aside what a call may cost at most.";
    let reserved = spec("reserve", about, schema_of::<Reserve>, reserve);
    vec![
        CommandSpec { begins: true, ..begins },
        CommandSpec { output: schema_of::<Verdict>, ..reserved },
        spec("settle", "Counts what a call did cost.", schema_of::<Settle>, settle),
        spec(
            "release",
            "Gives back what was set aside for a call that was not made.",
            schema_of::<Release>,
            json!({ "reservation": "call-2" }),
        ),
        spec(
            "adjust",
            "Counts more or less by hand.",
            schema_of::<Adjust>,
            json!({ "amount": -200, "reason": "the provider gave it back" }),
        ),
        spec(
            "reset",
            "Counts the window from zero again.",
            schema_of::<Reset>,
            json!({ "reason": "a new project" }),
        ),
        spec("clear", "Limits nothing any more.", schema_of::<Nothing>, json!({})),
    ]
}

fn sample(r#type: &'static str, about: &'static str, sample: Value) -> EventSpec {
    EventSpec { r#type, about, sample }
}

pub(super) fn events() -> Vec<EventSpec> {
    let mut all = ledger_events();
    all.extend(alerts());
    all
}

fn ledger(used: u64, reserved: u64) -> Value {
    let left = 5_000_000 - used - reserved;
    json!({
        "starts": "2027-01-15T00:00:00.000Z", "ends": "2027-01-16T00:00:00.000Z", "used": used,
        "unknown": 900, "reserved": reserved, "left": left,
    })
}

fn ledger_events() -> Vec<EventSpec> {
    let definition = json!({
        "scope": { "principal": "ada", "model": "openai/*" }, "unit": "micro_usd",
        "limit": 5_000_000, "window": { "per": "day", "zone": "Europe/Berlin" }, "hard": true,
        "on_exceeded": { "fallback": "local/rules" }, "unknown_price": { "count": 1_000 },
        "alerts": {
            "thresholds": [50, 80],
            "spike": { "minutes": 10, "percent": 300, "at_least": 10_000 },
        },
        "hold_ms": 600_000,
    });
    let reserved = json!({
        "reservation": "call-1", "amount": 900, "model": "openai/gpt-4o-mini",
        "principal": "ada", "by": "runtime", "until": "2027-01-15T08:10:00.000Z",
        "ledger": ledger(900, 900),
    });
    let settled = json!({
        "reservation": "call-1", "amount": 900, "reserved": 900, "unknown": true,
        "ledger": ledger(900, 0),
    });
    vec![
        sample(
            "Set",
            "It allows this from now on.",
            json!({ "definition": definition, "ledger": ledger(0, 0) }),
        ),
        sample("Reserved", "What a call may cost was set aside.", reserved),
        sample("Settled", "A call was made, and this is what it cost.", settled),
        sample(
            "Released",
            "A call was not made, and nothing is spent.",
            json!({ "reservation": "call-2", "reserved": 900, "ledger": ledger(900, 0) }),
        ),
        sample(
            "Lapsed",
            "Nobody said in time what became of a call: what was set aside is spent.",
            json!({ "reservation": "call-3", "amount": 900, "ledger": ledger(1_800, 0) }),
        ),
        sample(
            "Adjusted",
            "Somebody counted more or less by hand.",
            json!({
                "amount": -200, "by": "admin", "reason": "given back", "ledger": ledger(1_600, 0),
            }),
        ),
        sample(
            "Reset",
            "The window is counted from zero again.",
            json!({ "by": "admin", "reason": "a new project", "ledger": ledger(0, 0) }),
        ),
        sample("Cleared", "Nothing is limited any more.", json!({})),
    ]
}

fn alerts() -> Vec<EventSpec> {
    vec![
        sample(
            "ThresholdCrossed",
            "So much of the limit is spent: told once in a window for each threshold.",
            json!({ "percent": 80, "used": 4_100_000, "limit": 5_000_000, "unit": "micro_usd" }),
        ),
        sample(
            "Exceeded",
            "Too little was left for a call: told once in a window.",
            json!({
                "asked": 900, "limit": 5_000_000, "unit": "micro_usd",
                "model": "openai/gpt-4o-mini", "principal": "ada", "refused": true,
                "ledger": ledger(4_999_988, 0),
            }),
        ),
        sample(
            "SpikeSeen",
            "It is spent faster than usual: told once in a span.",
            json!({
                "since": "2027-01-15T08:00:00.000Z", "minutes": 10, "spent": 90_000,
                "usual": 12_000, "unit": "micro_usd",
            }),
        ),
    ]
}
