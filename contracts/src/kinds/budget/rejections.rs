//! Why a budget says no.

use crate::page::RejectionSpec;
use crate::refusal::{Refusal, RefusalClass};

/// Too little is left of a budget.
pub const EXCEEDED: &str = "budget_exceeded";
/// A budget of money counts no call whose price nobody knows.
pub const PRICE_UNKNOWN: &str = "budget_price_unknown";

/// Why a budget says no.
#[derive(Debug, Clone, PartialEq)]
pub enum Rejection {
    /// The input breaks a rule.
    Invalid(Refusal),
    /// Only budgets of the tenant `system` are about tenants.
    TenantScope,
    /// Nothing was set.
    Unset,
    /// Somebody else made the reservation.
    Foreign,
    /// Too many reservations are open.
    Overloaded,
}

impl From<Rejection> for Refusal {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::Invalid(refusal) => refusal,
            Rejection::TenantScope => Self::rejected(
                "budget_scope_foreign",
                "`scope.tenant` is for budgets of the tenant `system`; another's is its own",
            ),
            Rejection::Unset => Self::rejected("budget_unset", "the budget says nothing yet"),
            Rejection::Foreign => Self::new(
                RefusalClass::Forbidden,
                "reservation_foreign",
                "somebody else made the reservation",
            ),
            Rejection::Overloaded => Self::new(
                RefusalClass::Overloaded,
                "budget_overloaded",
                "the budget holds as many reservations as it may",
            )
            .retry_after(1_000),
        }
    }
}

pub(super) fn specs() -> Vec<RejectionSpec> {
    vec![
        RejectionSpec {
            code: "budget_scope_foreign",
            about: "`scope.tenant` was set outside the tenant `system`.",
        },
        RejectionSpec { code: "budget_unset", about: "Nothing was set that could be changed." },
        RejectionSpec {
            code: "reservation_foreign",
            about: "Somebody else made the reservation that is settled or released.",
        },
        RejectionSpec {
            code: "budget_overloaded",
            about: "The budget holds as many open reservations as it may.",
        },
    ]
}
