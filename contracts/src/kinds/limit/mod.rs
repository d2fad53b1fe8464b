//! `limit`: how many effects may start and run, as data. One actor per limit; its id says which
//! effects it is about, see [`Scope`].

mod scope;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::ids::{Kind, Principal, Tenant};
use crate::kinds::check::Check;
use crate::page::{CommandSpec, EventSpec, Page, RejectionSpec, schema_of};
use crate::refusal::Refusal;

pub use scope::{Scope, ScopeError};

/// The tenant whose limits are those of all tenants together.
pub const SYSTEM: Tenant = Tenant::from_static("system");
/// The kind's name.
pub const KIND: Kind = Kind::from_static("limit");
/// The highest rate that can be set, per second.
pub const RATE_MAX: f64 = 1_000_000.0;
/// The highest burst and concurrency that can be set.
pub const COUNT_MAX: u32 = 1_000_000;
/// The longest reason, in bytes.
pub const REASON_BYTES_MAX: usize = 1_024;

/// The page of `limit`.
pub struct Limit;

/// What may be asked of a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Sets rate, burst and concurrency, in place of those that were set.
    Set(Limits),
    /// Lets nothing more start.
    Pause(Pause),
    /// Lets effects start again.
    Resume(Nothing),
    /// Lifts the limit.
    Clear(Nothing),
}

/// How many effects may start and run. What is left out is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How many may start per second, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = RATE_MAX), extend("exclusiveMinimum" = 0))]
    pub rate_per_s: Option<f64>,
    /// How many may start at once after a quiet time; 1 when left out. Only beside a rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub burst: Option<u32>,
    /// How many may run at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = COUNT_MAX))]
    pub concurrent_max: Option<u32>,
}

/// Input of `pause`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pause {
    /// Why, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = REASON_BYTES_MAX))]
    pub reason: Option<String>,
}

/// No input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// What happened to a limit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// Rate, burst and concurrency were set.
    Set(Limits),
    /// Nothing more starts.
    Paused {
        /// By whom.
        by: Principal,
        /// Why, for people.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Effects start again.
    Resumed {},
    /// The limit was lifted.
    Cleared {},
}

/// The answer to every command of a limit: how it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// What is limited.
    pub limits: Limits,
    /// Whether nothing starts.
    pub paused: bool,
}

/// Why a limit says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// Its id says nothing that can be limited.
    Scope,
    /// The limits of a tenant as a whole are set in the tenant [`SYSTEM`].
    TenantScope,
    /// The input breaks a rule.
    Invalid(Refusal),
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Scope => Self::rejected("limit_scope_unknown", ScopeError.to_string()),
            Rejection::TenantScope => Self::rejected(
                "limit_scope_unknown",
                "`tenant:…` is a limit of the tenant `system`; one's own is called `all`",
            ),
            Rejection::Invalid(refusal) => refusal,
        }
    }
}

impl Limits {
    /// Whether nothing is limited.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether each number can be meant.
    ///
    /// # Errors
    /// `invalid_input`, naming each member at fault.
    pub fn check(&self) -> Result<(), Refusal> {
        let rate = self.rate_per_s.is_none_or(|rate| rate > 0.0 && rate <= RATE_MAX);
        let counts = |count: Option<u32>| count.is_none_or(|it| (1..=COUNT_MAX).contains(&it));
        Check::new()
            .ensure(rate, "rate_per_s", format!("is above 0 and at most {RATE_MAX}"))
            .ensure(counts(self.burst), "burst", format!("is 1 to {COUNT_MAX}"))
            .ensure(self.burst.is_none() || self.rate_per_s.is_some(), "burst", "needs a rate")
            .ensure(counts(self.concurrent_max), "concurrent_max", format!("is 1 to {COUNT_MAX}"))
            .done()
    }
}

impl Pause {
    /// Whether the reason can be kept.
    ///
    /// # Errors
    /// `invalid_input`.
    pub fn check(&self) -> Result<(), Refusal> {
        let reason = self.reason.as_deref().unwrap_or_default();
        Check::new().body("reason", reason, REASON_BYTES_MAX).done()
    }
}

fn command(
    name: &'static str,
    about: &'static str,
    input: crate::page::SchemaOf,
    example: Value,
    begins: bool,
) -> CommandSpec {
    CommandSpec { name, about, input, output: schema_of::<Standing>, example, begins }
}

impl Page for Limit {
    const KIND: Kind = KIND;
    const ABOUT: &'static str = "How many effects may start and run: rate, concurrency, pause.";
    const CREATE: &'static str = "set";
    const NAMED: bool = true;
    const COMMANDS: &'static [&'static str] = &["set", "pause", "resume", "clear"];
    const EVENTS: &'static [(&'static str, u32)] =
        &[("Set", 1), ("Paused", 1), ("Resumed", 1), ("Cleared", 1)];
    type Command = Command;
    type Event = Event;
    type Rejection = Rejection;

    fn commands() -> Vec<CommandSpec> {
        let limits = json!({ "rate_per_s": 5.0, "burst": 10, "concurrent_max": 4 });
        let set = "Sets rate, burst and concurrency in place of those that were set.";
        let pause = "Lets nothing more start; what runs goes on.";
        vec![
            command("set", set, schema_of::<Limits>, limits, true),
            command("pause", pause, schema_of::<Pause>, json!({ "reason": "maintenance" }), true),
            command("resume", "Lets effects start again.", schema_of::<Nothing>, json!({}), true),
            command("clear", "Lifts the limit.", schema_of::<Nothing>, json!({}), true),
        ]
    }

    fn events() -> Vec<EventSpec> {
        let set = json!({ "rate_per_s": 0.5, "burst": 10, "concurrent_max": 4 });
        let paused = json!({ "by": "admin", "reason": "maintenance" });
        vec![
            EventSpec { r#type: "Set", about: "Rate and concurrency were set.", sample: set },
            EventSpec { r#type: "Paused", about: "Nothing more starts.", sample: paused },
            EventSpec { r#type: "Resumed", about: "Effects start again.", sample: json!({}) },
            EventSpec { r#type: "Cleared", about: "The limit was lifted.", sample: json!({}) },
        ]
    }

    fn rejections() -> Vec<RejectionSpec> {
        vec![RejectionSpec {
            code: "limit_scope_unknown",
            about: "The id is none of `all`, `class:…`, `key:…` and, in `system`, `tenant:…`.",
        }]
    }

    fn summary(event: &Event) -> Option<Value> {
        Some(match event {
            Event::Set(limits) => json!({
                "rate_per_s": limits.rate_per_s, "burst": limits.burst,
                "concurrent_max": limits.concurrent_max,
            }),
            Event::Paused { .. } => json!({ "paused": true }),
            Event::Resumed {} => json!({ "paused": false }),
            Event::Cleared {} => json!({
                "rate_per_s": null, "burst": null, "concurrent_max": null, "paused": false,
            }),
        })
    }
}
