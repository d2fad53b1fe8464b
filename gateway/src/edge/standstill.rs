//! Rows that change what no actor keeps. The gate in the cell does not see them, so the edge asks
//! for them whether a kill switch is engaged.

use contracts::access::SYSTEM;
use contracts::kinds::subject;
use contracts::{Refusal, Tenant};

use super::needs::Needs;
use super::routes::Route;
use super::shared::Shared;

/// These rows, by their names. What ends a right, repairs, or keeps evidence is not among them: it
/// is wanted while all stands still.
const STANDS: &[&str] = &[
    "audit_release",
    "audit_retain",
    "connector_connect",
    "dead_bulk",
    "nats_user_add",
    "privacy_erase",
    "secret_delete",
    "secret_put",
    "secrets_rotate",
    "telemetry_retain",
];

/// Whether no switch holds up the row in `tenant`: what concerns all tenants stands with `system`.
///
/// # Errors
/// `kill_switch_engaged`.
pub(super) fn ensure(
    route: &Route,
    shared: &Shared,
    tenant: &Tenant,
    param: impl Fn(&str) -> String,
) -> Result<(), Refusal> {
    if !STANDS.contains(&route.name) {
        return Ok(());
    }
    let house = if matches!(route.needs, Needs::System(_)) { &SYSTEM } else { tenant };
    // Whose key is destroyed is an actor, too.
    let subject = (route.name == "privacy_erase").then(|| param("id").parse().ok()).flatten();
    let kind = subject::KIND;
    shared.edge.guard.ensure_moving(house, subject.as_ref().map(|id| (&kind, id)))
}

#[cfg(test)]
mod tests {
    use super::STANDS;
    use crate::edge::routes::{self, Method};

    #[test]
    fn every_name_is_that_of_a_row_that_changes_something() {
        for name in STANDS {
            let row = routes::all().find(|route| route.name == *name);
            assert!(row.is_some_and(|route| route.method != Method::Get), "{name}");
        }
    }
}
